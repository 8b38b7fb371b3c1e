/**
 * NDJSON files and Bundles of a load. They are read twice: first for the names of their resources and for conditional references, then to be loaded.
 * So a resource given more than once is written once (the last one stands), and loading the same files again changes nothing.
 */
import { fail } from '../errors.js'
import type { SourceFile } from '../files/sources.js'
import type { Contribution } from '../mapping/index.js'
import { type Block, lineBlocks } from './blocks.js'
import type { BadRow } from './csv.js'
import { Fingerprints } from './fingerprints.js'
import { inOrder } from './in-order.js'
import type { Load } from './load.js'
import type { FhirInput, FhirLoadResult, FhirSurvey } from './protocol.js'
import { damaged, readBytes } from './read.js'
import type { FhirFile } from './report.js'
import type { Repeated } from './sink.js'
import { type SortedFile, SortedFileWriter, sortedLines } from './sorted-file.js'

/** A Bundle is read as a whole; larger ones must come as NDJSON. */
const DOCUMENT_LIMIT = 256 * 1024 * 1024
/** Resources that are loaded at a time when they were set aside. */
const BATCH = 5000

type Kind = 'ndjson' | 'bundle'
type Input = FhirInput & { readonly kind: Kind }

/** Loads them after the tables of the same load. */
export async function loadFhir(load: Load): Promise<void> {
  const { sources, pool, jobs, tally } = load
  if (sources.ndjson.length + sources.bundles.length === 0) return
  const { repeated, queries } = await scan(load)
  const conditional = queries.size === 0 ? new Map<string, string>() : await answers(load, queries)
  await pool.broadcast({ kind: 'fhir-known', repeated, conditional })
  const deferred = new SortedFileWriter()
  const run = (input: Input): Promise<FhirLoadResult | undefined> =>
    load.guarded(() =>
      pool.run({ kind: 'fhir-load', format: input.format, file: input.file, block: input.block }, [input.block.bytes.buffer])
    )
  // What is given more than once is loaded last, from all inputs: then none can be left out.
  const skipped = repeated.length === 0 ? (load.resumes?.place.fhir ?? 0) : 0
  let done = skipped
  try {
    await inOrder(inputs(load, false, skipped), jobs * 2, run, async (result, { kind, file }) => {
      done++
      if (result === undefined) return
      const table = tally.table(kind)
      table.rowsIn += result.resources
      table.mapped += result.resources - result.outcomes - result.rejected.length - result.deferred.length
      table.unmapped += result.outcomes
      table.rejected += result.rejected.length
      load.reject(kind, file, result.rejected)
      for (const [query, count] of result.unresolved) table.unmappedValues.addCount(`reference=${query}`, count)
      for (const { type, id, text, origin } of result.deferred) deferred.add(`${type}/${id}`, kind, JSON.stringify([file, origin]), text)
      refuse(load, kind, await load.accept(result.outputs, table), ({ origin }) => ({ file, line: origin, row: {} }))
      load.progress()
      if (repeated.length === 0) await load.reached({ tables: true, fhir: done })
    })
    await loadDeferred(load, deferred.finish())
  } finally {
    deferred.close()
  }
}

/** The names that are given more than once, as fingerprints, and the conditional references. */
async function scan(load: Load): Promise<{ readonly repeated: Uint32Array; readonly queries: ReadonlySet<string> }> {
  const { pool, jobs } = load
  const repeated: number[] = []
  const queries = new Set<string>()
  const seen = new Fingerprints()
  const again = new Fingerprints()
  const run = (input: Input) =>
    pool.run({ kind: 'fhir-scan', format: input.format, file: input.file, block: input.block }, [input.block.bytes.buffer])
  const surveys = new Map<string, { kind: Kind; survey: FhirSurvey }>()
  await inOrder(inputs(load, true), jobs * 2, run, ({ survey, names, conditional }, { kind, file }) => {
    surveys.set(file, { kind, survey: added(survey, surveys.get(file)?.survey) })
    for (let i = 0; i < names.length; i += 2) {
      const print = [names[i]!, names[i + 1]!] as const
      if (seen.addOrGet(...print, 0) !== undefined && again.addOrGet(...print, 0) === undefined) repeated.push(...print)
    }
    for (const query of conditional) queries.add(query)
  })
  for (const [file, { kind, survey }] of surveys) load.options.onFhirFile?.(fhirFile(file, kind, survey))
  return { repeated: Uint32Array.from(repeated), queries }
}

function added(one: FhirSurvey, other: FhirSurvey = { single: 0, bundles: 0, unreadable: 0, withoutId: 0 }): FhirSurvey {
  return {
    single: one.single + other.single,
    bundles: one.bundles + other.bundles,
    unreadable: one.unreadable + other.unreadable,
    withoutId: one.withoutId + other.withoutId
  }
}

function fhirFile(file: string, kind: Kind, { single, bundles, unreadable, withoutId }: FhirSurvey): FhirFile {
  const plain = single > 0 ? (bundles > 0 ? 'mixed' : 'RESOURCE') : bundles > 0 ? 'BUNDLE' : 'unreadable'
  const contentStructure = kind === 'ndjson' || plain === 'mixed' || plain === 'unreadable' ? plain : (`${plain}_PRETTY` as const)
  return { file, contentStructure, resources: single, bundles, unreadable, withoutId }
}

/** Resources that were given more than once: the last of each is loaded, the others count as merged. */
async function loadDeferred(load: Load, file: SortedFile): Promise<void> {
  let superseded = 0
  let last: Contribution | undefined
  let batch: Contribution[] = []
  for (const line of sortedLines(file)) {
    if (last !== undefined && last.target !== line.target) batch.push(last)
    else if (last !== undefined) {
      load.tally.table(last.slot).merged++
      if (last.value !== line.value) superseded++
    }
    last = line
    if (batch.length < BATCH) continue
    await loadBatch(load, batch)
    batch = []
  }
  await loadBatch(load, last === undefined ? batch : [...batch, last])
  if (superseded > 0)
    load.tally.notes.push(`${superseded} resources were given again later in this load with other content; the last one stands`)
}

/** target: "Type/id", slot: the kind of input, order: file and origin, value: the resource. */
async function loadBatch(load: Load, lines: readonly Contribution[]): Promise<void> {
  for (const kind of ['ndjson', 'bundle'] as const) {
    const own = lines.filter(({ slot }) => slot === kind)
    if (own.length === 0) continue
    const resources = own.map(({ target, value }, origin) => {
      const [type = '', id = ''] = target.split('/')
      return { type, id, text: value, origin }
    })
    const table = load.tally.table(kind)
    const { outputs, rejected } = await load.pool.run({ kind: 'stage', resources })
    table.mapped += resources.length - rejected.length
    table.rejected += rejected.length
    for (const { origin, message } of rejected) {
      const { target, order, value } = own[origin]!
      const [file, line] = JSON.parse(order) as [string, number]
      const bad: BadRow = { line, column: undefined, rule: 'invalid', message: `${target}: ${message}`, row: { $text: value } }
      load.reject(kind, file, [bad])
    }
    refuse(load, kind, await load.accept(outputs, table), ({ origin }) => {
      const { order, value } = own[origin]!
      const [file, line] = JSON.parse(order) as [string, number]
      return { file, line, row: { $text: value } }
    })
  }
}

/** Counts and notes what the rules of threads refuse; where: what a repeat's origin stands for. */
function refuse(
  load: Load,
  kind: Kind,
  repeats: readonly Repeated[],
  where: (one: Repeated) => { readonly file: string; readonly line: number; readonly row: BadRow['row'] }
): void {
  const table = load.tally.table(kind)
  for (const one of repeats) {
    const { file, line, row } = where(one)
    table.mapped--
    table.rejected++
    const message = `${one.type}/${one.id}: ${one.message ?? 'it came before with other content'}`
    load.reject(kind, file, [{ line, column: undefined, rule: one.rule ?? 'duplicate-key', message, row }])
  }
}

/** What conditional references point to, where it is there exactly once in the load, else in the store. */
async function answers(load: Load, queries: ReadonlySet<string>): Promise<Map<string, string>> {
  const wanted = [...queries]
  const found = new Map<string, Set<string>>(wanted.map((query) => [query, new Set()]))
  await inOrder(
    inputs(load, true),
    load.jobs * 2,
    (input) =>
      load.pool.run({ kind: 'fhir-identifiers', wanted, format: input.format, file: input.file, block: input.block }, [
        input.block.bytes.buffer
      ]),
    (pairs) => {
      for (const [query, name] of pairs) found.get(query)?.add(name)
    }
  )
  const answered = new Map<string, string>()
  for (const [query, names] of found) {
    const known = names.size > 0 ? names : new Set(await load.stored(query))
    const [only] = known
    if (known.size === 1 && only !== undefined) answered.set(query, only)
  }
  return answered
}

/** skip: how many are left out. */
async function* inputs(load: Load, firstPass: boolean, skip = 0): AsyncGenerator<Input> {
  let left = skip
  const { sources, options } = load
  const read = (bytes: number): void => load.read(bytes)
  for (const [kind, files] of [
    ['ndjson', sources.ndjson],
    ['bundle', sources.bundles]
  ] as const) {
    for (const file of files) {
      load.reading(kind)
      if (!firstPass) load.tally.table(kind)
      const blocks = kind === 'ndjson' ? lineBlocks(readBytes(file, read), file.path) : wholeFile(file, read)
      try {
        for await (const block of blocks) {
          options.signal?.throwIfAborted()
          if (left-- > 0) continue
          yield { kind, format: kind === 'ndjson' ? 'ndjson' : 'document', file: file.path, block }
        }
      } catch (error) {
        load.fileFailed(error, firstPass)
      }
    }
  }
}

async function* wholeFile(file: SourceFile, onRead: (bytes: number) => void): AsyncGenerator<Block> {
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const part of readBytes(file, onRead)) {
      parts.push(part)
      size += part.length
      if (size > DOCUMENT_LIMIT)
        throw fail('source.bundle', { reason: 'the document is larger than 256 MiB; give it as NDJSON' }, { place: { file: file.path } })
    }
  } catch (error) {
    throw damaged(error, { file: file.path })
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  yield { bytes, line: 1, rows: 1 }
}
