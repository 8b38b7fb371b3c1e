/** Example rows: a generated hospital mapped with a tracer, so that each cell can be shown beside what it became. */
import { readPack } from '../files/packs.js'
import { type SampleTable, sampleHospital } from '../generate/sample.js'
import {
  type CompiledPack,
  type CompiledTable,
  compilePack,
  loadPack,
  type MergedValues,
  mergeContributions,
  type Pack,
  Tracer
} from '../mapping/index.js'
import { type CellRange, cellRanges, idRanges, keptRanges } from './cells.js'

/** Enough patients that every table has rows. */
const PATIENTS = 4
const SEED = 1
/** Rows of a table among which examples are chosen, and how many are. */
const LOOK_AT = 250
const EXAMPLES = 6

/** The URI of the generated hospital; its ids are of no use elsewhere. */
const SOURCE = 'urn:wardbridge:demo-hospital'
const SECRET = Buffer.from('examples: these ids stand nowhere else')

export interface ExampleResource {
  readonly as: string
  readonly type: string
  readonly id: string
  /** JSON without white space. */
  readonly text: string
  readonly ranges: readonly CellRange[]
}

/** What the row adds to another row's resource. */
export interface ExampleAddition {
  readonly type: string
  readonly id: string
  /** `maritalStatus`, `extension`. */
  readonly member: string
  readonly text: string
  readonly ranges: readonly CellRange[]
}

export interface Example {
  readonly table: string
  /** Line of the file that `wardbridge generate` would write; the header is line 1. */
  readonly line: number
  /** Cells by column; columns of other tables' rows and computed ones are not among them. */
  readonly cells: ReadonlyMap<string, string>
  /** The key of the row: column and cell. */
  readonly key: ReadonlyArray<readonly [column: string, cell: string]>
  readonly resources: readonly ExampleResource[]
  readonly additions: readonly ExampleAddition[]
  /** `column=value` without a row in its code map. */
  readonly unmapped: readonly string[]
}

/** A pack with its example rows. */
export class ExampleHospital {
  readonly model: Pack
  readonly #pack: CompiledPack
  readonly #tracer: Tracer
  readonly #rows: ReadonlyMap<string, readonly string[][]>
  readonly #merged: ReadonlyMap<string, MergedValues>
  readonly #made = new Map<string, Example[]>()

  private constructor(model: Pack, tables: ReadonlyMap<string, SampleTable>) {
    this.model = model
    this.#tracer = new Tracer()
    this.#pack = compilePack(model, { source: SOURCE, idSecret: SECRET, tracer: this.#tracer })
    this.#rows = new Map([...this.#pack.tables.values()].map((table) => [table.table, arranged(table, tables.get(table.table))]))
    for (const [name, rows] of this.#rows) if (model.tables.get(name)?.dictionary !== undefined) this.#pack.setDictionary(name, rows)
    this.#merged = mergeContributions(
      [...this.#pack.tables.values()]
        .filter((table) => table.contributes)
        .flatMap((table) => this.#rowsOf(table).flatMap((row) => given(table, row)))
    )
  }

  /** The pack of that name or folder, with the rows of a generated hospital. Throws mapping.unknown-pack and what loadPack throws. */
  static async open(pack: string): Promise<ExampleHospital> {
    return new ExampleHospital(loadPack(await readPack(pack)), sampleHospital(PATIENTS, SEED))
  }

  /** A few rows that differ most in what they become, in the order of the file; none for dictionaries, unmapped tables and those not generated. */
  of(name: string): readonly Example[] {
    let made = this.#made.get(name)
    if (made === undefined) this.#made.set(name, (made = this.#choose(name)))
    return made
  }

  #choose(name: string): Example[] {
    const table = this.#pack.tables.get(name)
    if (table === undefined || table.disposition !== 'mapped') return []
    const rows = this.#rowsOf(table)
    const step = Math.max(1, Math.floor(rows.length / LOOK_AT))
    const candidates = rows.flatMap((row, index) => {
      const example = index % step === 0 ? this.#example(table, row, index + 2) : undefined
      return example === undefined ? [] : [{ example, forms: formsOf(example) }]
    })
    const seen = new Set<unknown>()
    const chosen: Example[] = []
    while (chosen.length < EXAMPLES) {
      let [best, most] = [candidates[0], 0]
      for (const candidate of candidates) {
        const fresh = candidate.forms.filter((form) => !seen.has(form)).length
        if (fresh > most) [best, most] = [candidate, fresh]
      }
      if (best === undefined || most === 0) break
      for (const form of best.forms) seen.add(form)
      chosen.push(best.example)
    }
    return chosen.sort((a, b) => a.line - b.line)
  }

  #example(table: CompiledTable, row: readonly string[], line: number): Example | undefined {
    const unmapped: string[] = []
    const merged = new Map(table.targetIds(row).flatMap((id) => [...(this.#merged.get(id) ?? [])]))
    const made = table.apply(row, merged, (column, value) => unmapped.push(`${column}=${value}`))
    if (!Array.isArray(made)) return undefined
    const model = this.model.tables.get(table.table)!
    const slots = new Map(model.merges.flatMap((merge) => merge.slots.map((slot) => [slot.name, { merge, slot }] as const)))
    return {
      table: table.table,
      line,
      cells: new Map(table.columns.map((column, index) => [column.name, row[index] ?? ''])),
      key: table.key.map((index) => [table.columns[index]?.name ?? '', row[index] ?? '']),
      resources: made.map(({ as, type, id, text }) => {
        const traced = this.#tracer.read(text)
        const ranges = [...idRanges(traced.text, model, as), ...cellRanges(traced), ...keptRanges(traced.text, table.table)]
        return { as, type, id, text: traced.text, ranges }
      }),
      additions: given(table, row).flatMap(({ target, slot: name, value }) => {
        const known = slots.get(name)
        if (known === undefined) return []
        const traced = this.#tracer.read(value)
        const type = this.model.spaces.get(known.merge.into.space) ?? ''
        return [{ type, id: target, member: known.slot.member, text: traced.text, ranges: cellRanges(traced) }]
      }),
      unmapped
    }
  }

  #rowsOf(table: CompiledTable): readonly string[][] {
    return this.#rows.get(table.table) ?? []
  }
}

/** What a row gives to others; nothing when it is at fault. */
function given(table: CompiledTable, row: readonly string[]) {
  const made = table.contributes ? table.contribute(row) : []
  return Array.isArray(made) ? made : []
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
