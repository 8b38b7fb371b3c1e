/**
 * Where the columns of a table stand in its resources: the one walk over the forms that lineage, the way back and the source-cell extension are made from.
 * A site is a place from which the text of a cell can be read back.
 */
import { type Form, type FormMember, fileColumns, isOwned, type TableModel } from './model.js'
import type { Column } from './types.js'

export type Step =
  | { readonly kind: 'member'; readonly name: string }
  /** An item of an array, known by literals at paths inside it; sole: the only kind of item in that array. */
  | {
      readonly kind: 'item'
      readonly marks: ReadonlyArray<{ readonly path: readonly string[]; readonly text: string; readonly prefix: boolean }>
      readonly sole: boolean
    }

/** How the text of the cell is read from the element. */
export type Decoder =
  | 'text'
  | 'code'
  | 'number'
  | 'flag'
  | 'date'
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
  /** Index of the resource in the table. */
  readonly resource: number
  readonly steps: readonly Step[]
  /** Stands under a condition, so that it may be missing though the cell is filled. */
  readonly conditional: boolean
}

export interface Context {
  /** Type prefix of references into an id space: `Patient/`. */
  readonly prefix: (space: string) => string
  readonly sourceUri: (name: string) => string
  /** Members that other tables overwrite: nothing can be read back there. */
  readonly overwritten: (space: string, member: string) => boolean
  readonly columns: readonly Column[]
}

/** Decoders that do not give every cell text back: the generated code tests each cell. */
const PARTIAL: ReadonlySet<Decoder> = new Set(['code', 'reverse', 'quantity', 'unit', 'range', 'rangeUnit'])

/** Columns whose text stands in the resources whatever the row holds. */
export function certainColumns(sites: readonly Site[]): Set<number> {
  return new Set(sites.filter((site) => !site.conditional && !PARTIAL.has(site.decoder)).map((site) => site.column))
}

/** Every site of a table, in the order of the file. Sites that share a place with another column are left out: the way back could not tell them apart. */
export function sitesOf(table: TableModel, context: Context): Site[] {
  const sites = table.resources.flatMap((resource, index) => {
    if (!isOwned(resource, table)) return []
    const members = resource.members.filter((member) => !context.overwritten(resource.as, member.name))
    return new Walker(index, context).members(members, [], resource.when !== undefined)
  })
  const columnsAt = new Map<string, Set<number>>()
  const placeOf = (site: Site) => JSON.stringify([site.resource, site.steps, PARTS.has(site.decoder) ? site.decoder : ''])
  for (const site of sites) columnsAt.set(placeOf(site), (columnsAt.get(placeOf(site)) ?? new Set()).add(site.column))
  return sites.filter((site) => site.column < fileColumns(table) && columnsAt.get(placeOf(site))?.size === 1)
}

/** Decoders that read a part of an element which another column shares. */
const PARTS: ReadonlySet<Decoder> = new Set(['unit', 'rangeUnit', 'start', 'end'])

class Walker {
  readonly #resource: number
  readonly #context: Context

  constructor(resource: number, context: Context) {
    this.#resource = resource
    this.#context = context
  }

  members(members: readonly FormMember[], steps: readonly Step[], conditional: boolean): Site[] {
    return members.flatMap((member) =>
      member.choice === undefined
        ? this.form(member.form, [...steps, { kind: 'member', name: member.name }], conditional)
        : this.members(member.choice, steps, true)
    )
  }

  form(form: Form, steps: readonly Step[], conditional: boolean): Site[] {
    const site = (column: number, decoder: Decoder): Site => ({ form, column, decoder, resource: this.#resource, steps, conditional })
    switch (form.kind) {
      case 'column':
        return [site(form.column, decoderOf(form.type))]
      case 'date':
        // The day of a timestamp does not give the timestamp back.
        return this.#context.columns[form.column]?.type === 'timestamp' ? [] : [site(form.column, 'date')]
      case 'dateTime':
        return [site(form.column, 'date')]
      case 'period':
        return [site(form.start, 'start'), site(form.end, 'end')]
      case 'reference':
        return form.identifier === undefined || form.key[0] === undefined ? [] : [site(form.key[0], 'identifier')]
      case 'map':
        if (
          form.from[0] === undefined ||
          form.result === 'codings' ||
          form.result === 'Coding' ||
          form.result === 'standard' ||
          form.otherwise !== undefined
        )
          return []
        return [site(form.from[0], form.result === 'code' ? 'reverse' : 'concept')]
      case 'quantity':
        return [site(form.value, 'quantity'), ...(typeof form.unit === 'number' ? [site(form.unit, 'unit')] : [])]
      case 'range':
        return [site(form.value, 'range'), ...(typeof form.unit === 'number' ? [site(form.unit, 'rangeUnit')] : [])]
      case 'if':
        return [...this.form(form.whenTrue, steps, true), ...(form.otherwise === undefined ? [] : this.form(form.otherwise, steps, true))]
      case 'first':
        return form.items.flatMap((item) => this.form(item, steps, true))
      case 'object':
        return this.members(form.members, steps, conditional)
      case 'array':
        return this.#array(form.items, steps, conditional)
      default:
        return []
    }
  }

  #array(items: readonly Form[], steps: readonly Step[], conditional: boolean): Site[] {
    const marks = items.map((item) => this.#marks(item, []))
    return items.flatMap((item, index) => {
      const own = marks[index] ?? []
      const key = JSON.stringify(own)
      const unique = marks.every((other, at) => at === index || JSON.stringify(other) !== key)
      // An item without marks of its own can only be told apart where it is alone.
      if (items.length > 1 && (own.length === 0 || !unique)) return []
      return this.form(item, [...steps, { kind: 'item', marks: own, sole: items.length === 1 }], conditional)
    })
  }

  /** The literals by which an item is known again. */
  #marks(form: Form, path: readonly string[]): Array<{ path: readonly string[]; text: string; prefix: boolean }> {
    if (form.kind === 'literal' && path.length > 0) return [{ path, text: form.json, prefix: false }]
    if (form.kind === 'source') return [{ path, text: JSON.stringify(this.#context.sourceUri(form.name)), prefix: false }]
    if (form.kind === 'reference') return [{ path: [...path, 'reference'], text: this.#context.prefix(form.space), prefix: true }]
    if (form.kind === 'if' && form.otherwise === undefined) return this.#marks(form.whenTrue, path)
    if (form.kind !== 'object') return []
    return form.members.flatMap((member) => (member.choice === undefined ? this.#marks(member.form, [...path, member.name]) : []))
  }
}

function decoderOf(type: string): Decoder {
  if (type === 'decimal') return 'number'
  if (['integer', 'positiveInt', 'unsignedInt'].includes(type)) return 'text'
  if (type === 'boolean') return 'flag'
  return type === 'code' ? 'code' : 'text'
}
