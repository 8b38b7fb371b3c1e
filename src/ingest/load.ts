/**
 * A load: sources in, resources in a sink, every row counted. The coordinator of the workers; table-load.ts and fhir-load.ts know what is read.
 * See README.md for the flow.
 */
import { availableParallelism } from 'node:os'
import type { GoogleSettings } from '../config-google.js'
import { fail, WardbridgeError } from '../errors.js'
import { isResourceType } from '../fhir/definitions.js'
import { type CompiledPack, type CompileOptions, compilePack, loadPack, type Pack, type PackSource } from '../mapping/index.js'
import { type Checkpoint, type CheckpointOptions, Checkpoints, identityOf, type Place } from './checkpoint.js'
import type { BadRow } from './csv.js'
import { loadFhir } from './fhir-load.js'
import { Fingerprints, fingerprint } from './fingerprints.js'
import { Pool } from './pool.js'
import type { Output } from './protocol.js'
import { Rejects } from './rejects.js'
import { type FhirFile, type LoadReport, type TableTally, Tally } from './report.js'
import { Division, type Shard } from './shard.js'
import type { Accepted, LoadSink } from './sink.js'
import { findSources, type Sources } from './sources.js'
import { loadTables, openTables, readDictionaries } from './table-load.js'

export interface Progress {
  /** What is read now: a table, `ndjson` or `bundle`. */
  readonly table: string
  readonly rows: number
  readonly resources: number
  readonly rejected: number
  /** Bytes of the files as they are stored; files that are read twice count twice. */
  readonly bytesRead: number
  readonly bytesTotal: number
  readonly seconds: number
}

export interface LoadOptions {
  /** Files and folders, local or in Cloud Storage (`gs://bucket/name`, patterns too). */
  readonly sources: readonly string[]
  /** Needed for sources in Cloud Storage. */
  readonly google?: GoogleSettings | undefined
  /** From readPack(). */
  readonly pack: PackSource
  /** URI naming the hospital's system; the pack's own when undefined. */
  readonly source?: string | undefined
  /** Keys the ids; needed unless the pack is public. */
  readonly idSecret?: Buffer | undefined
  readonly lineage?: boolean
  /** Offset (`-05:00`) or IANA zone of the source's clock; the pack's own when undefined. */
  readonly timezone?: string | undefined
  /** File for rejected rows. */
  readonly rejects?: string | undefined
  /** Go on without tables whose header does not fit. */
  readonly allowErrors?: boolean
  readonly ignoreColumns?: readonly string[]
  /** What an earlier run of the same load left, and where to keep how far this one is. */
  readonly checkpoints?: CheckpointOptions | undefined
  /** The part of the load that this task does; undefined: all of it. */
  readonly shard?: Shard | undefined
  /** Worker threads; all cores when undefined. */
  readonly jobs?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** Given, before any row is read, what tells the report so far. */
  readonly onStart?: ((report: () => LoadReport) => void) | undefined
  /** Told what each NDJSON file and Bundle holds, once all were looked at. */
  readonly onFhirFile?: ((file: FhirFile) => void) | undefined
  /** Told of rejected rows as they are met. */
  readonly onRejects?: ((table: string, file: string, rows: readonly BadRow[]) => void) | undefined
}

export type CompileSettings = Pick<LoadOptions, 'pack' | 'source' | 'idSecret' | 'lineage' | 'timezone'>

/** The pack of the options, compiled. Throws mapping.source without a source or without the secret a pack needs, and what loadPack throws. */
export function compileFor(options: CompileSettings): { readonly model: Pack; readonly pack: CompiledPack; readonly source: string } {
  const model = loadPack(options.pack)
  const source = options.source ?? model.defaultSource
  if (source === undefined) throw fail('mapping.source', { reason: `the mapping ${model.name} names none` })
  if (!URL.canParse(source)) throw fail('mapping.source', { reason: `"${source}" is no absolute URI` })
  if (!model.public && options.idSecret === undefined)
    throw fail('mapping.source', { reason: `the mapping ${model.name} needs a secret to make ids` })
  return { model, pack: compilePack(model, compileOptions(options, source)), source }
}

/** What compilePack takes, the same in the coordinator and in workers. */
function compileOptions({ idSecret, lineage, timezone }: CompileSettings, source: string): CompileOptions {
  return {
    source,
    lineage: lineage === true,
    ...(idSecret === undefined ? {} : { idSecret }),
    ...(timezone === undefined ? {} : { timezone })
  }
}

/**
 * Loads sources into a sink. The report is given also when rows were rejected or files failed; nothing is loaded when the header of a table does not fit
 * (unless allowErrors) or a dictionary cannot be read to its end.
 * openSink: since is the place among the writes of the store after which the load has written, where it goes on.
 * Throws what findSources and compileFor throw, store errors, and the reason of the signal when it is aborted: what was merged by then stays.
 */
export async function load(
  options: LoadOptions,
  openSink: (pack: CompiledPack, since: number | undefined) => Promise<LoadSink>
): Promise<LoadReport> {
  const started = performance.now()
  const { model, pack, source } = compileFor(options)
  const sources = await findSources(options.sources, pack.name, [...pack.tables.keys()], options.google)
  const { rejects } = options
  const run = new Load(options, pack, source, sources, rejects === undefined ? undefined : new Rejects(rejects), started)
  options.onStart?.(() => run.tally.report(pack.name, source))
  try {
    const tables = await openTables(run)
    const dictionaries = await readDictionaries(run, tables)
    if (run.tally.errors.length === 0 || (options.allowErrors === true && dictionaries.complete)) {
      await run.start(await openSink(pack, run.resumes?.since), model, async () => {
        await loadTables(run, tables, dictionaries.rows)
        await loadFhir(run)
      })
    }
    return run.tally.report(pack.name, source)
  } finally {
    run.close()
  }
}

/** What the parts of a load share: options, counters, workers and the sink. */
export class Load {
  readonly options: LoadOptions
  readonly pack: CompiledPack
  readonly sources: Sources
  readonly tally: Tally
  readonly jobs: number
  readonly division: Division
  bytesTotal = 0
  readonly #source: string
  readonly #rejects: Rejects | undefined
  readonly #seenShared = new Fingerprints()
  readonly #checkpoints: Checkpoints | undefined
  readonly #started: number
  #pool: Pool | undefined
  #sink: LoadSink | undefined
  #bytesRead = 0
  #reading = ''

  constructor(options: LoadOptions, pack: CompiledPack, source: string, sources: Sources, rejects: Rejects | undefined, started: number) {
    this.#started = started
    this.tally = new Tally(started)
    this.options = options
    this.pack = pack
    this.sources = sources
    this.jobs = Math.max(1, options.jobs ?? availableParallelism())
    this.#source = source
    this.#rejects = rejects
    this.tally.skipped = sources.skipped
    this.division = new Division(options.shard)
    const { checkpoints, lineage, timezone, ignoreColumns, allowErrors, shard } = options
    if (checkpoints !== undefined)
      this.#checkpoints = new Checkpoints(
        checkpoints,
        identityOf(sources, options.pack, { source, lineage, timezone, ignoreColumns, allowErrors, shard })
      )
  }

  /** Where an earlier run of this load came to. */
  get resumes(): Checkpoint | undefined {
    return this.#checkpoints?.from
  }

  /** Counts on from what an earlier run counted. */
  resume({ tally }: Checkpoint): void {
    this.tally.restore(tally)
    this.options.checkpoints?.onResume?.()
  }

  /** Everything up to a place is merged and counted; a run that goes on may skip it. */
  async reached(place: Place, now = false): Promise<void> {
    await this.#checkpoints?.reached(place, () => this.tally.state(), now)
  }

  get pool(): Pool {
    if (this.#pool === undefined) throw new Error('the load has not started')
    return this.#pool
  }

  get sink(): LoadSink {
    if (this.#sink === undefined) throw new Error('the load has not started')
    return this.#sink
  }

  /** Does the work with workers that fill the sink and run the checked mapping, and finishes the sink; aborts it when the work throws. */
  async start(sink: LoadSink, model: Pack, work: () => Promise<void>): Promise<void> {
    this.#sink = sink
    this.#checkpoints?.begin(sink.since)
    this.#pool = new Pool(this.jobs, {
      pack: model,
      compile: compileOptions(this.options, this.#source),
      sink: sink.worker,
      shard: this.options.shard
    })
    try {
      await work()
      this.options.signal?.throwIfAborted()
      await this.#pool.close()
      for (const { type, id, reason, counted } of await sink.finish()) {
        this.tally.addOutcomes({ [type]: { created: 0, updated: 0, unchanged: 0, [counted]: -1 } })
        this.tally.addError(fail('bulk.refused', { type, id, reason }))
      }
    } catch (error) {
      await this.#pool.close()
      await sink.abort()
      throw error
    }
  }

  close(): void {
    this.#rejects?.close()
  }

  /**
   * Merges outputs and counts their resources. shared: "Type/id" of those that several rows give alike; each is counted once per load.
   * Returns the resources that came before with other content.
   */
  async accept(outputs: readonly Output[], table: TableTally, shared: readonly string[] = []): Promise<Accepted['repeats']> {
    const repeats: Array<Accepted['repeats'][number]> = []
    for (const output of outputs) {
      this.options.signal?.throwIfAborted()
      const accepted = await this.sink.accept(output)
      repeats.push(...accepted.repeats)
      this.tally.addOutcomes(accepted.byType)
      table.addResources(accepted.byType)
    }
    const refused = new Set(repeats.map(({ type, id }) => `${type}/${id}`))
    for (const name of shared) {
      if (this.noteShared(name) || refused.has(name) || !this.sink.countsRepeats) continue
      const correction = { [name.slice(0, name.indexOf('/'))]: { created: 0, updated: 0, unchanged: -1 } }
      this.tally.addOutcomes(correction)
      table.addResources(correction)
    }
    return repeats
  }

  /** True when it is the first time that a resource which several rows give is met. */
  noteShared(name: string): boolean {
    const print = new Uint32Array(2)
    fingerprint(name, print, 0)
    return this.#seenShared.addOrGet(print[0]!, print[1]!, 0) === undefined
  }

  /** Writes rejected rows to the file for them. They are counted by the caller. */
  reject(table: string, file: string, rows: readonly BadRow[]): void {
    this.#rejects?.add(table, file, rows)
    if (rows.length > 0) this.options.onRejects?.(table, file, rows)
  }

  /** Runs work on a file; an error of the file is counted, and undefined returned. */
  async guarded<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      this.fileFailed(error, false)
      return undefined
    }
  }

  /** Counts an error that ended a file; in a first pass it is left for the second one to meet. Anything else is thrown on. */
  fileFailed(error: unknown, firstPass: boolean): void {
    const ofFile = error instanceof WardbridgeError && /^(table|source|json)\./.test(error.code)
    if (!ofFile) throw error
    if (!firstPass) this.tally.addError(error)
  }

  /** What a query of a conditional reference (`Type?identifier=system|value`) finds in the store. */
  async stored(query: string): Promise<string[]> {
    const [, type, identifier] = /^(\w+)\?identifier=(.+)$/s.exec(query) ?? []
    if (type === undefined || identifier === undefined || !isResourceType(type)) return []
    return (await this.sink.stored?.find(type, identifier)) ?? []
  }

  reading(table: string): void {
    this.#reading = table
  }

  read(bytes: number): void {
    this.#bytesRead += bytes
    this.progress()
  }

  progress(): void {
    this.options.onProgress?.({
      table: this.#reading,
      rows: this.tally.sum('rowsIn'),
      resources: this.tally.resources,
      rejected: this.tally.sum('rejected'),
      bytesRead: this.#bytesRead,
      bytesTotal: this.bytesTotal,
      seconds: (performance.now() - this.#started) / 1000
    })
  }
}
