/** The mapping pack that the hospital's interface speaks: its tables, forwards and backwards. */
import { Worker } from 'node:worker_threads'
import { fail } from '../errors.js'
import { below, type Column, type CompiledPack, type CompiledTable, compilePack, derivedText, type Pack } from '../mapping/index.js'
import { localTimeReader } from '../mapping/zone.js'
import { type Sent, wrong } from './cells.js'

export interface PackOptions {
  /** Name of the pack, or the path of its folder. */
  readonly pack: string
  /** URI naming the hospital's system. */
  readonly source: string
  /** Instead of the pack's own. */
  readonly timezone: string | undefined
  readonly idSecret: () => Promise<Buffer>
}

/** Throws config when the pack cannot be used. */
export async function openPack({ pack: name, source, timezone, idSecret }: PackOptions): Promise<HospitalPack> {
  const model = await loadModel(name)
  const zone = timezone ?? model.timezone
  try {
    const pack = compilePack(model, { source, timezone: zone, ...(model.public ? {} : { idSecret: await idSecret() }) })
    return new HospitalPack(model, pack, source, zone)
  } catch (error) {
    throw unusable(name, (error as Error).message, error)
  }
}

function loadModel(name: string): Promise<Pack> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./pack-worker.js', import.meta.url), { workerData: name, execArgv: [] })
    worker.unref()
    worker.once('message', ({ model, reason }: { model?: Pack; reason?: string }) => {
      if (model === undefined) reject(unusable(name, reason ?? 'it cannot be read'))
      else resolve(model)
    })
    worker.once('error', (error) => reject(unusable(name, 'it cannot be read', error)))
  })
}

function unusable(name: string, reason: string, cause?: unknown) {
  return fail('config', { reason: `The mapping ${name} cannot serve /rest: ${reason}` }, { cause })
}

interface Others {
  readonly systems: readonly string[]
  readonly profiles: readonly string[]
}

export class HospitalPack {
  /** A FHIR dateTime as the clock of the source shows it: `YYYY-MM-DD HH:MM:SS[.fff]`. */
  readonly localTime: (dateTime: string) => string
  readonly #model: Pack
  readonly #pack: CompiledPack
  readonly #source: string
  readonly #othersOf = new Map<string, Others>()

  constructor(model: Pack, pack: CompiledPack, source: string, timezone: string) {
    this.#model = model
    this.#pack = pack
    this.#source = source
    this.localTime = localTimeReader(timezone)
  }

  /** Throws config for a pack without the table. */
  table(name: string): CompiledTable {
    const table = this.#pack.tables.get(name)
    if (table === undefined || table.homes.length === 0) throw fail('config', { reason: `The mapping of /rest has no table ${name}` })
    return table
  }

  /** identifier.system of a column's numbers. */
  system(column: string): string {
    return below(this.#source, column)
  }

  /** identifier.system and profiles of other tables' resources of the type that stands for a row. */
  #others(table: CompiledTable): Others {
    const known = this.#othersOf.get(table.table)
    if (known !== undefined) return known
    const type = table.homes[0]?.type
    const foreign = [...this.#model.tables.values()].flatMap((other) =>
      other.table === table.table ? [] : other.resources.filter((resource) => resource.type === type)
    )
    const text = (member: string) => foreign.map(({ members }) => JSON.stringify(members.find(({ name }) => name === member)?.form ?? null))
    const identifiers = text('identifier')
    const systems = identifiers.flatMap((one) =>
      [...one.matchAll(/"kind":"source","name":"([^"]+)"/g)].map(([, name = '']) => this.system(name))
    )
    const unnamed = text('meta').filter((_, at) => !identifiers[at]?.includes('"kind":"source"'))
    const profiles = unnamed.flatMap((one) =>
      [...one.matchAll(/StructureDefinition\/wardbridge-[\w-]+/g)].map(([path]) => `${this.#model.canonical}/${path}`)
    )
    const others = { systems: [...new Set(systems)], profiles: [...new Set(profiles)] }
    this.#othersOf.set(table.table, others)
    return others
  }

  /** Whether the text of a resource says that it stands for a row of another table. */
  isOfOthers(table: CompiledTable, text: string): boolean {
    const { systems, profiles } = this.#others(table)
    return [...systems, ...profiles].some((uri) => text.includes(JSON.stringify(uri)))
  }

  /** Search parameters that leave out resources of other tables' rows. */
  notOfOthers(table: CompiledTable): Array<readonly [string, string]> {
    const { systems, profiles } = this.#others(table)
    const terms = [
      ...systems.map((uri) => `identifier eq ${JSON.stringify(`${uri}|`)}`),
      ...profiles.map((uri) => `_profile eq ${JSON.stringify(uri)}`)
    ]
    return terms.length === 0 ? [] : [['_filter', `not (${terms.join(' or ')})`]]
  }

  /** The time of the clock now, milliseconds included. */
  now(): string {
    return this.localTime(new Date().toISOString())
  }

  /** Index of a column. */
  column(table: CompiledTable, name: string): number {
    const index = table.columns.findIndex((one) => one.name === name)
    if (index < 0) throw fail('config', { reason: `The table ${table.table} of the mapping of /rest has no column ${name}` })
    return index
  }

  /** Throws rest.column for each column that must not be empty and is (several: an AggregateError); the key is not looked at. */
  check(table: CompiledTable, cells: readonly string[]): void {
    const faults = table.columns.flatMap(({ name, required }, at) =>
      required && cells[at] === '' && !table.key.includes(at) ? [wrong(name, 'must not be empty')] : []
    )
    if (faults.length > 0) throw faults.length === 1 ? faults[0]! : new AggregateError(faults)
  }

  /** Cells with those of a request laid over them. A derived cell that was not sent follows the others, unless it deviated before. */
  cells(table: CompiledTable, sent: Sent, before?: readonly string[]): string[] {
    const cells = table.columns.map(({ name }, index) => sent.get(name) ?? before?.[index] ?? '')
    const columns: ReadonlyArray<Column & { readonly derived?: Parameters<typeof derivedText>[0] | undefined }> =
      this.#model.tables.get(table.table)?.columns ?? []
    table.columns.forEach(({ name, lossy }, index) => {
      const derived = columns[index]?.derived
      if (derived === undefined || lossy !== undefined || sent.get(name)) return
      if (before === undefined || before[index] === '' || before[index] === derivedText(derived, before))
        cells[index] = derivedText(derived, cells)
    })
    return cells
  }
}
