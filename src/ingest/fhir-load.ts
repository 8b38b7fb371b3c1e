/**
 * NDJSON files and Bundles of a load. They are read twice: first for the names of their resources and for conditional references, then to be loaded.
 * So a resource given more than once is written once (the last one stands), and loading the same files again changes nothing.
 */
import { fail } from '../errors.js'
import { type Block, lineBlocks } from './blocks.js'
import type { BadRow } from './csv.js'
import { Fingerprints, fingerprint } from './fingerprints.js'
import { inOrder } from './in-order.js'
import type { Load } from './load.js'
import type { FhirInput, FhirLoadResult, PlacedResource } from './protocol.js'
import { damaged, readBytes } from './read.js'
import type { SourceFile } from './sources.js'

/** A Bundle is read as a whole; larger ones must come as NDJSON. */
const DOCUMENT_LIMIT = 256 * 1024 * 1024

interface Deferred extends PlacedResource {
  readonly kind: Kind
  readonly file: string
}
type Kind = 'ndjson' | 'bundle'
type Input = FhirInput & { readonly kind: Kind }

/** Loads them after the tables of the same load. */
export async function loadFhir(load: Load): Promise<void> {
  const { sources, pool, jobs, tally } = load
  if (sources.ndjson.length + sources.bundles.length === 0) return
  const repeated = new Set<string>()
  const queries = new Set<string>()
  const seen = new Fingerprints()
  const print = new Uint32Array(2)
  const scan = (input: Input) =>
    pool.run({ kind: 'fhir-scan', format: input.format, file: input.file, block: input.block }, [input.block.bytes.buffer])
  await inOrder(inputs(load, true), jobs * 2, scan, ({ names, conditional }) => {
    for (const name of names) {
      fingerprint(name, print, 0)
      if (seen.addOrGet(print[0]!, print[1]!, 0) !== undefined) repeated.add(name)
    }
    for (const query of conditional) queries.add(query)
  })

  const conditional = queries.size === 0 ? new Map<string, string>() : await answers(load, queries)
  await pool.broadcast({ kind: 'fhir-known', repeated: [...repeated], conditional })

  const deferred = new Map<string, Deferred>()
  let superseded = 0
  const run = (input: Input) =>
    pool.run({ kind: 'fhir-load', format: input.format, file: input.file, block: input.block }, [input.block.bytes.buffer])
  const started = async (input: Input): Promise<FhirLoadResult | undefined> => load.guarded(() => run(input))
  await inOrder(inputs(load, false), jobs * 2, started, async (result, { kind, file }) => {
    if (result === undefined) return
    const table = tally.table(kind)
    table.rowsIn += result.resources
    table.mapped += result.resources - result.outcomes - result.rejected.length - result.deferred.length
    table.unmapped += result.outcomes
    table.rejected += result.rejected.length
    load.reject(kind, file, result.rejected)
    for (const [query, count] of result.unresolved) table.unmappedValues.addCount(`reference=${query}`, count)
    await load.accept(result.outputs, table)
    for (const resource of result.deferred) {
      const name = `${resource.type}/${resource.id}`
      const earlier = deferred.get(name)
      if (earlier !== undefined) tally.table(earlier.kind).merged++
      if (earlier !== undefined && earlier.text !== resource.text) superseded++
      deferred.set(name, { ...resource, kind, file })
    }
    load.progress()
  })
  if (superseded > 0)
    tally.notes.push(`${superseded} resources were given again later in this load with other content; the last one stands`)
  for (const kind of ['ndjson', 'bundle'] as const)
    await loadDeferred(
      load,
      kind,
      [...deferred.values()].filter((one) => one.kind === kind)
    )
}

/** Resources that were given more than once, the last of each. */
async function loadDeferred(load: Load, kind: Kind, resources: readonly Deferred[]): Promise<void> {
  if (resources.length === 0) return
  const table = load.tally.table(kind)
  const { outputs, rejected } = await load.pool.run({
    kind: 'stage',
    resources: resources.map((resource, origin) => ({ ...resource, origin }))
  })
  table.mapped += resources.length - rejected.length
  table.rejected += rejected.length
  for (const { origin, message } of rejected) {
    const { file, type, id, origin: line, text } = resources[origin]!
    const bad: BadRow = { line, column: undefined, rule: 'invalid', message: `${type}/${id}: ${message}`, row: { $text: text } }
    load.reject(kind, file, [bad])
  }
  await load.accept(outputs, table)
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

async function* inputs(load: Load, firstPass: boolean): AsyncGenerator<Input> {
  const { sources, options } = load
  const read = (bytes: number): void => load.read(bytes)
  for (const [kind, files] of [
    ['ndjson', sources.ndjson],
    ['bundle', sources.bundles]
  ] as const) {
    for (const file of files) {
      load.reading(kind)
      if (!firstPass) load.tally.table(kind)
      const blocks = kind === 'ndjson' ? lineBlocks(readBytes(file.path, read), file.path) : wholeFile(file, read)
      try {
        for await (const block of blocks) {
          options.signal?.throwIfAborted()
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
    for await (const part of readBytes(file.path, onRead)) {
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
