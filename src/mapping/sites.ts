/**
 * Where the columns of a table stand in its resources: the one walk over the forms that the way back and the source-cell extension are made from.
 * A site is a place from which the text of a cell can be read back.
 */
import { isSharedHome, itemHolder } from './holders.js'
import { excludes, literalMarks, type Mark, type Names } from './marks.js'
import {
  alternatives,
  type Form,
  type FormMember,
  fileColumns,
  isOwned,
  type Pack,
  type ResourceModel,
  type SlotModel,
  slotsInto,
  standingMerges,
  type TableModel
} from './model.js'
import type { Column, ColumnType } from './types.js'

export type Step =
  | { readonly kind: 'member'; readonly name: string }
  /** An item of a list; index: which one in the mapping file; marks: how it is known in a resource among the items of that list. */
  | { readonly kind: 'item'; readonly list: readonly Form[]; readonly index: number; readonly marks: readonly Mark[] }

/** How the text of the cell is read from the element. */
export type Decoder =
  | 'text'
  /** Text in an element that does not take every text. */
  | 'fitting'
  /** Text without the blanks at its ends. */
  | 'trimmed'
  /** A decimal whose source text stands beside it where it differs. */
  | 'number'
  /** A decimal without such a neighbour. */
  | 'bareNumber'
  | 'flag'
  | 'date'
  /** The day of a timestamp, which stands for midnight where nothing better is there. */
  | 'day'
  | 'base64'
  | 'identifier'
  | 'concept'
  | 'reverse'
  | 'quantity'
  | 'unit'
  | 'range'
  | 'rangeUnit'
  | 'start'
  | 'end'

export interface Site {
  readonly form: Form
  readonly column: number
  readonly decoder: Decoder
  /** What it stands in: index of the resource in the table, or itemHolder of the merge whose item it is. */
  readonly holder: number
  readonly steps: readonly Step[]
  /** Stands under a condition, so that it may be missing though the cell is filled. */
  readonly conditional: boolean
}

export interface Context extends Names {
  /** What other rows add to the resources of an id space. */
  readonly slots: (space: string) => readonly SlotModel[]
}

/** sourceUri: a URI below the source. */
export function contextOf(pack: Pick<Pack, 'tables' | 'spaces'>, sourceUri: (name: string) => string): Context {
  return { prefix: (space) => `${pack.spaces.get(space)}/`, sourceUri, slots: (space) => slotsInto(pack, space) }
}

/** Decoders that do not give every cell text back: the generated code tests each cell. */
const PARTIAL: ReadonlySet<Decoder> = new Set([
  'fitting',
  'trimmed',
  'bareNumber',
  'day',
  'base64',
  'reverse',
  'quantity',
  'unit',
  'range',
  'rangeUnit'
])

/** Columns whose text stands in some of the holders whatever the row holds. */
export function certainColumns(sites: readonly Site[], holders: ReadonlySet<number>): Set<number> {
  const certain = sites.filter((site) => holders.has(site.holder) && !site.conditional && !PARTIAL.has(site.decoder))
  return new Set(certain.map((site) => site.column))
}

/** Every site of a table, in the order of the file. */
export function sitesOf(table: TableModel, context: Context): Site[] {
  const walker = new Walker(table.columns, context)
  const leads = alternatives(table)
  const inResources = table.resources.flatMap((resource, index) => {
    const shared = isSharedHome(resource, table)
    if (!shared && !isOwned(resource, table)) return []
    const sites = told(walker.resource(resource, shared || leads.includes(resource)), index, table)
    return shared ? sites.filter((site) => resource.key.includes(site.column)) : sites
  })
  const inItems = standingMerges(table).flatMap((merge) =>
    merge.slots.flatMap((slot) => told(walker.form(slot.form, [], false), itemHolder(table, merge), table))
  )
  return [...inResources, ...inItems]
}

/** Of what is written in a holder, what can be read back. */
function told(written: readonly Written[], holder: number, table: TableModel): Site[] {
  return written.flatMap((one) =>
    one.reads
      .filter((read) => read.column < fileColumns(table) && written.every((other) => other === one || isTold(one, read, other)))
      .map(({ column, decoder }) => ({ form: one.form, column, decoder, holder, steps: one.steps, conditional: one.conditional }))
  )
}

interface Read {
  readonly column: number
  readonly decoder: Decoder
}

/** A form that writes at a place, and what can be read back from there. */
interface Written {
  readonly form: Form
  readonly steps: readonly Step[]
  readonly conditional: boolean
  readonly reads: readonly Read[]
  /** What stands beside it in the same item of a list, whenever it is there. */
  readonly marks: readonly Mark[]
}

/**
 * Whether what another form writes is never taken for the cell. Two forms stand at one place only as alternatives (if, first): then the way back cannot
 * know which of them it reads, unless both are read alike or the decoder does not take what the other one writes.
 */
function isTold(one: Written, read: Read, other: Written): boolean {
  const shared = Math.min(one.steps.length, other.steps.length)
  for (let at = 0; at < shared; at++) if (differ(one.steps[at], other.steps[at])) return true
  if (read.decoder === 'reverse' && one.form.kind === 'map' && other.form.kind === 'literal')
    return !one.form.map.reverse.has(String(JSON.parse(other.form.json)))
  // A logical identifier is known by its system.
  if (read.decoder === 'identifier' && one.form.kind === 'reference' && other.form.kind === 'reference' && other.steps.length === shared)
    return one.form.identifier !== other.form.identifier || same(one, other)
  // A concept from a map is known by the coding of the pack's own system.
  if (read.decoder === 'concept' && other.steps.length > shared) return !isMember(other.steps[shared], 'coding')
  if (read.decoder === 'reverse' && one.form.kind === 'map')
    return other.form.kind === 'map' && other.form.map === one.form.map && same(one, other)
  return same(one, other)
}

function same(one: Written, other: Written): boolean {
  return one.steps.length === other.steps.length && one.reads.length > 0 && JSON.stringify(one.reads) === JSON.stringify(other.reads)
}

/** Whether two steps lead to different places. The marks of an item tell it from the items of its own list, not from those of an alternative to it. */
function differ(one: Step | undefined, other: Step | undefined): boolean {
  if (one?.kind === 'item' && other?.kind === 'item') return one.list === other.list && one.index !== other.index
  return one?.kind !== other?.kind || (other?.kind === 'member' && !isMember(one, other.name))
}

function isMember(step: Step | undefined, name: string): boolean {
  return step?.kind === 'member' && step.name === name
}

class Walker {
  readonly #columns: readonly Column[]
  readonly #context: Context

  constructor(columns: readonly Column[], context: Context) {
    this.#columns = columns
    this.#context = context
  }

  /** always: it is there for every row that is looked for in it. */
  resource(resource: ResourceModel, always: boolean): Written[] {
    const slots = this.#context.slots(resource.as)
    const conditional = !always && (resource.when !== undefined || resource.key.some((column) => !this.#isRequired(column)))
    return resource.members.flatMap((member) => {
      const incoming = slots.filter((slot) => slot.member === member.name)
      // What another row writes over the member cannot be read back as this row's.
      if (incoming.some((slot) => !slot.item)) return []
      if (member.form.kind !== 'array') return this.members([member], [], conditional)
      const steps: Step[] = [{ kind: 'member', name: member.name }]
      return this.#array(
        member.form.items,
        steps,
        conditional,
        incoming.map((slot) => slot.form)
      )
    })
  }

  /** steps: from the item of a list, or from the resource. */
  members(members: readonly FormMember[], steps: readonly Step[], conditional: boolean): Written[] {
    const marks = literalMarks(members, this.#context, namesOf(steps))
    const written = members.flatMap((member) => {
      if (member.choice !== undefined) return member.choice.flatMap((one) => this.members([one], steps, true))
      const here: readonly Step[] = [...steps, { kind: 'member', name: member.name }]
      const { form } = member
      if (form.kind === 'column' && form.type === 'decimal')
        return [{ form, steps: here, conditional, reads: [{ column: form.column, decoder: 'number' as const }], marks: [] }]
      return this.form(form, here, conditional)
    })
    return written.map((one) => ({ ...one, marks: [...marks, ...one.marks] }))
  }

  form(form: Form, steps: readonly Step[], conditional: boolean): Written[] {
    switch (form.kind) {
      case 'object':
        return this.members(form.members, steps, conditional)
      case 'array':
        return this.#array(form.items, steps, conditional, [])
      case 'if':
        return [...this.form(form.whenTrue, steps, true), ...(form.otherwise === undefined ? [] : this.form(form.otherwise, steps, true))]
      case 'first':
        return form.items.flatMap((item) => this.form(item, steps, true))
      case 'map':
        return [
          { form, steps, conditional, reads: this.#reads(form), marks: [] },
          ...(form.otherwise === undefined ? [] : this.form(form.otherwise, steps, true))
        ]
      case 'reference': {
        const mark = { path: [...namesOf(steps), 'reference'], text: this.#context.prefix(form.space), prefix: true }
        // Missing as soon as one of its key columns is empty.
        const missing = form.key.slice(1).some((column) => !this.#isRequired(column) && !form.open.has(column))
        return [{ form, steps, conditional: conditional || missing, reads: this.#reads(form), marks: [mark] }]
      }
      case 'date':
        // The day of a timestamp gives the timestamp back at midnight only.
        return [{ form, steps, conditional: conditional || this.#isTime(form.column), reads: this.#reads(form), marks: [] }]
      default:
        return [{ form, steps, conditional, reads: this.#reads(form), marks: [] }]
    }
  }

  #reads(form: Form): Read[] {
    switch (form.kind) {
      case 'column':
        return [{ column: form.column, decoder: decoderOf(form.type, this.#columns[form.column]?.type) }]
      case 'trim':
        return [{ column: form.column, decoder: form.type === 'code' ? 'fitting' : 'trimmed' }]
      case 'date':
      case 'dateTime':
        return [
          { column: form.column, decoder: 'date' },
          ...(this.#isTime(form.column) ? [{ column: form.column, decoder: 'day' as const }] : [])
        ]
      case 'base64':
        return [{ column: form.column, decoder: 'base64' }]
      case 'period':
        return [
          { column: form.start, decoder: 'start' },
          { column: form.end, decoder: 'end' }
        ]
      case 'reference':
        return form.identifier === undefined || form.key[0] === undefined ? [] : [{ column: form.key[0], decoder: 'identifier' }]
      case 'map':
        if (form.from[0] === undefined || form.otherwise !== undefined) return []
        if (form.result === 'CodeableConcept') return [{ column: form.from[0], decoder: 'concept' }]
        return form.result === 'code' ? [{ column: form.from[0], decoder: 'reverse' }] : []
      case 'quantity':
        return [{ column: form.value, decoder: 'quantity' }, ...unitRead(form.unit, 'unit')]
      case 'range':
        return [{ column: form.value, decoder: 'range' }, ...unitRead(form.unit, 'rangeUnit')]
      default:
        return []
    }
  }

  /** added: items that other rows add to the list. */
  #array(items: readonly Form[], steps: readonly Step[], conditional: boolean, added: readonly Form[]): Written[] {
    return items.flatMap((item, index) => {
      const others = [...items.filter((other) => other !== item), ...added]
      return this.form(item, [], conditional).map((one): Written => {
        const [inner] = one.steps
        const holder: Mark[] = inner?.kind === 'member' ? [{ path: [inner.name], text: undefined, prefix: false }] : []
        const marks = [...one.marks, ...holder]
        const known = others.every((other) => marks.some((mark) => excludes(other, mark, this.#context)))
        const step: Step = { kind: 'item', list: items, index, marks: others.length === 0 ? [] : marks }
        return { ...one, steps: [...steps, step, ...one.steps], reads: known ? one.reads : [], marks: [] }
      })
    })
  }

  #isTime(column: number): boolean {
    return this.#columns[column]?.type === 'timestamp'
  }

  #isRequired(column: number): boolean {
    return this.#columns[column]?.required === true
  }
}

function namesOf(steps: readonly Step[]): string[] {
  return steps.flatMap((step) => (step.kind === 'member' ? [step.name] : []))
}

function unitRead(unit: number | string | undefined, decoder: Decoder): Read[] {
  return typeof unit === 'number' ? [{ column: unit, decoder }] : []
}

function decoderOf(type: string, columnType: ColumnType | undefined): Decoder {
  if (type === 'decimal') return 'bareNumber'
  if (type === 'boolean') return 'flag'
  return type === 'string' || type === 'markdown' || (type === 'code' && columnType === 'integer') ? 'text' : 'fitting'
}
