/** Example rows: a generated hospital mapped with a tracer, so that each cell can be shown beside what it became. */
import { type PackTexts, readPack } from '../files/packs.js'
import { type SampleTable, sampleHospital } from '../generate/sample.js'
import {
  type CodeMapTable,
  type CompiledPack,
  type CompiledTable,
  type Contribution,
  codeMapTable,
  compilePack,
  loadPack,
  type MappedResource,
  type MergedValues,
  mergeContributions,
  type Pack,
  sourceColumns,
  type TableModel,
  Tracer
} from '../mapping/index.js'
import { type CellRange, cellRanges, idRanges, keptRanges } from './cells.js'

/** Enough patients that every table has rows. */
const PATIENTS = 6
const SEED = 1
/** Rows of a table among which examples are chosen, and how many are: at least FEWEST where there are rows, more where they become other things. */
const LOOK_AT = 250
const FEWEST = 3
const MOST = 6

/** The URI of the generated hospital; its ids are of no use elsewhere. */
const SOURCE = 'urn:wardbridge:demo-hospital'
const SECRET = Buffer.from('examples: these ids stand nowhere else')

/** A piece of a resource that a row gave; its row is not always the one that the resource stands for. */
export interface ExampleRange extends CellRange {
  /** Line of the row in the file of its table; undefined where that cannot be told. */
  readonly line: number | undefined
}

export interface ExampleResource {
  readonly as: string
  readonly type: string
  readonly id: string
  /** JSON without white space. */
  readonly text: string
  readonly ranges: readonly ExampleRange[]
}

/** What the row adds to another row's resource. */
export interface ExampleAddition {
  /** Id space of the resource. */
  readonly as: string
  readonly type: string
  readonly id: string
  /** `maritalStatus`, `extension`. */
  readonly member: string
  /** It stands for the row, which has no resource of its own. */
  readonly standsForRow: boolean
  readonly text: string
  readonly ranges: readonly ExampleRange[]
}

export interface Example {
  readonly table: string
  /** Line of the file that `wardbridge generate` would write; the header is line 1. */
  readonly line: number
  /** Cells by column; computed columns and columns of other tables' rows are not among them. */
  readonly cells: ReadonlyMap<string, string>
  /** The key of the row: column and cell. */
  readonly key: ReadonlyArray<readonly [column: string, cell: string]>
  /** The one that stands for the row first, where the row has one. */
  readonly resources: readonly ExampleResource[]
  readonly additions: readonly ExampleAddition[]
  /** `column=value` without a row in its code map. */
  readonly unmapped: readonly string[]
  /** Columns that say into whose resource the row adds something. */
  readonly whose: ReadonlySet<string>
}

/** What a row gave to a resource: JSON without marks. */
interface Gift {
  readonly table: string
  readonly line: number
  readonly text: string
}

/** The generated hospital mapped by a pack. */
interface Mapped {
  readonly pack: CompiledPack
  readonly tracer: Tracer
  readonly rows: ReadonlyMap<string, readonly string[][]>
  readonly merged: ReadonlyMap<string, MergedValues>
  /** What rows gave, by the id of the resource it went into. */
  readonly gifts: ReadonlyMap<string, Gift[]>
}

/** A pack with its example rows, which are made when they are first asked for. */
export class ExampleHospital {
  readonly model: Pack
  readonly #texts: PackTexts
  #mapped: Mapped | undefined
  readonly #chosen = new Map<string, Example[]>()

  private constructor(texts: PackTexts) {
    this.model = loadPack(texts)
    this.#texts = texts
  }

  /** The pack of that name or folder. Throws mapping.unknown-pack and what loadPack throws. */
  static async open(pack: string): Promise<ExampleHospital> {
    return new ExampleHospital(await readPack(pack))
  }

  /** A code map as people read it; a pack's own takes the place of the one of the same name that it extends. */
  codeMap(name: string): CodeMapTable | undefined {
    for (const files of this.#texts.packs.values()) {
      const text = files.get(`maps/${name}.json`)
      if (text !== undefined) return codeMapTable(name, text)
    }
    return undefined
  }

  /** A few rows that differ most in what they become, in the order of the file; none for dictionaries, unmapped tables and those not generated. */
  of(table: string): readonly Example[] {
    let chosen = this.#chosen.get(table)
    if (chosen === undefined) this.#chosen.set(table, (chosen = this.#choose(table)))
    return chosen
  }

  get #all(): Mapped {
    this.#mapped ??= mapped(this.model)
    return this.#mapped
  }

  #choose(name: string): Example[] {
    const { pack, rows: all } = this.#all
    const table = pack.tables.get(name)
    if (table === undefined || table.disposition !== 'mapped') return []
    const rows = all.get(name) ?? []
    const step = Math.max(1, Math.floor(rows.length / LOOK_AT))
    const candidates = rows.flatMap((row, index) => {
      const example = index % step === 0 ? this.#example(table, row, index + 2) : undefined
      return example === undefined ? [] : [{ example, forms: formsOf(example) }]
    })
    const seen = new Set<unknown>()
    const chosen: typeof candidates = []
    while (chosen.length < MOST) {
      const rest = candidates.filter((one) => !chosen.includes(one))
      const fresh = ({ forms }: (typeof candidates)[number]) => forms.filter((form) => !seen.has(form)).length
      const best = rest.reduce((one, other) => (fresh(other) > fresh(one) ? other : one), rest[0]!)
      if (best === undefined || (fresh(best) === 0 && chosen.length >= FEWEST)) break
      for (const form of best.forms) seen.add(form)
      chosen.push(best)
    }
    return chosen.map(({ example }) => example).sort((a, b) => a.line - b.line)
  }

  #example(table: CompiledTable, row: readonly string[], line: number): Example | undefined {
    const unmapped: string[] = []
    const merged = new Map(table.targetIds(row).flatMap((id) => [...(this.#all.merged.get(id) ?? [])]))
    const made = table.apply(row, merged, (column, value) => unmapped.push(`${column}=${value}`))
    if (!Array.isArray(made)) return undefined
    const gifts = given(table, row)
    return {
      table: table.table,
      line,
      cells: new Map(table.columns.map((column, index) => [column.name, row[index] ?? ''])),
      key: table.key.map((index) => [table.columns[index]?.name ?? '', row[index] ?? '']),
      resources: made.map((resource) => this.#resource(table, resource, line)),
      additions: gifts.flatMap((one) => this.#addition(table, one, line)),
      unmapped,
      whose: whoseColumns(this.model.tables.get(table.table)!, gifts)
    }
  }

  #resource(table: CompiledTable, { as, type, id, text: marked }: MappedResource, line: number): ExampleResource {
    const traced = this.#all.tracer.read(marked)
    const { text } = traced
    const gifts = placed(text, this.#all.gifts.get(id) ?? [])
    const rowOf = ({ start, end, table: from }: CellRange): number | undefined =>
      gifts.find((gift) => gift.table === from && gift.start <= start && end <= gift.end)?.line ?? (from === table.table ? line : undefined)
    const ranges = [...idRanges(text, this.model.tables.get(table.table)!, as), ...cellRanges(traced), ...keptRanges(text, table.table)]
    return { as, type, id, text, ranges: ranges.map((range) => ({ ...range, line: rowOf(range) })) }
  }

  #addition(table: CompiledTable, gift: Contribution, line: number): ExampleAddition[] {
    const { target: id, value } = gift
    for (const merge of this.model.tables.get(table.table)?.merges ?? []) {
      const { into, standsForRow } = merge
      const slot = slotOf(merge, gift)
      if (slot === undefined) continue
      const traced = this.#all.tracer.read(value)
      const ranges = [...cellRanges(traced), ...keptRanges(traced.text, table.table)].map((range) => ({ ...range, line }))
      return [
        { as: into.space, type: this.model.spaces.get(into.space) ?? '', id, member: slot.member, standsForRow, text: traced.text, ranges }
      ]
    }
    return []
  }
}

/** All rows of the generated hospital, and what they give to each other. */
function mapped(model: Pack): Mapped {
  const tracer = new Tracer()
  const pack = compilePack(model, { source: SOURCE, idSecret: SECRET, tracer })
  const sample = sampleHospital(PATIENTS, SEED)
  const rows = new Map([...pack.tables.values()].map((table) => [table.table, arranged(table, sample.get(table.table))]))
  const gifts = new Map<string, Gift[]>()
  const all: Contribution[] = []
  // Dictionaries come first.
  for (const table of pack.order.flatMap((name) => pack.tables.get(name) ?? [])) {
    const own = rows.get(table.table) ?? []
    if (table.disposition === 'dictionary') pack.setDictionary(table.table, own)
    own.forEach((row, index) => {
      for (const one of given(table, row)) {
        all.push(one)
        const list = gifts.get(one.target) ?? []
        gifts.set(one.target, list)
        list.push({ table: table.table, line: index + 2, text: tracer.read(one.value).text })
      }
    })
  }
  return { pack, tracer, rows, merged: mergeContributions(all), gifts }
}

/** The columns whose cells say into whose resources the row adds what it gives. */
export function whoseColumns(table: TableModel, gifts: readonly Contribution[]): Set<string> {
  const used = table.merges.filter((merge) => gifts.some((gift) => slotOf(merge, gift) !== undefined))
  const columns = used.flatMap(({ into }) => into.key.flatMap((column) => sourceColumns(table, column)))
  return new Set(columns.map((column) => table.columns[column]?.name ?? ''))
}

/** The slot of a merge that a contribution fills; items that are told apart have the part behind the name of the slot. */
function slotOf({ slots }: TableModel['merges'][number], { slot: name }: Contribution) {
  return slots.find((one) => one.name === name || (one.part !== undefined && name.startsWith(`${one.name}:`)))
}

/** What a row gives to others; nothing when it is at fault. */
function given(table: CompiledTable, row: readonly string[]): Contribution[] {
  const made = table.contributes ? table.contribute(row) : []
  return Array.isArray(made) ? made : []
}

/** Where in a text gifts stand; those that another row's value won over are left out. */
function placed(text: string, gifts: readonly Gift[]): Array<Gift & { readonly start: number; readonly end: number }> {
  const taken = new Set<number>()
  return gifts.flatMap((gift) => {
    let start = text.indexOf(gift.text)
    while (taken.has(start)) start = text.indexOf(gift.text, start + 1)
    if (start < 0) return []
    taken.add(start)
    return [{ ...gift, start, end: start + gift.text.length }]
  })
}

/** Rows in the order of the mapping's columns; columns that the generated table does not have are empty. */
function arranged(table: CompiledTable, sample: SampleTable | undefined): string[][] {
  if (sample === undefined) return []
  const take = table.columns.map((column) => sample.columns.indexOf(column.name))
  return sample.rows.map((row) => take.map((at) => row[at] ?? ''))
}

/** The forms that a row used. */
function formsOf({ resources, additions }: Example): unknown[] {
  return [
    ...new Set([...resources, ...additions].flatMap(({ ranges }) => ranges.map(({ form, role, column }) => form ?? `${role} ${column}`)))
  ]
}
