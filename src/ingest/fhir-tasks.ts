/** Blocks of NDJSON and whole documents to resources, in a worker. */
import { isUtf8 } from 'node:buffer'
import { WardbridgeError } from '../errors.js'
import { idMaker } from '../mapping/ids.js'
import type { PlacedResource } from '../service/contract.js'
import type { Block } from './blocks.js'
import type { BadRow } from './csv.js'
import { conditionalReferences, faultOf, glanceAt, identifiersIn, lineAt, readFhir } from './fhir-entries.js'
import { normalQuery } from './fhir-links.js'
import { Fingerprints, printOf } from './fingerprints.js'
import type { FhirInput, FhirLoadResult, Results } from './protocol.js'
import type { Division } from './shard.js'
import { refusal, type WorkerSink } from './worker-sink.js'

/** A document of an input with its place: line it begins on. */
interface Piece {
  readonly text: string
  readonly line: number
  /** Where resources of the document are placed: by line in NDJSON, by number of the entry in a Bundle. */
  readonly single: boolean
}

const TEXT_LIMIT = 4000

export class FhirTasks {
  readonly #makeId: (space: string, key: string) => string
  readonly #sink: WorkerSink
  readonly #division: Division
  #repeated = new Fingerprints()
  #conditional: ReadonlyMap<string, string> = new Map()

  constructor(source: string, secret: Buffer | undefined, sink: WorkerSink, division: Division) {
    this.#makeId = idMaker(source, secret)
    this.#sink = sink
    this.#division = division
  }

  know({ repeated, conditional }: { readonly repeated: Uint32Array; readonly conditional: ReadonlyMap<string, string> }): void {
    this.#repeated = new Fingerprints()
    for (let i = 0; i < repeated.length; i += 2) this.#repeated.addOrGet(repeated[i]!, repeated[i + 1]!, 0)
    this.#conditional = conditional
  }

  scan({ format, block }: FhirInput): Results['fhir-scan'] {
    const names: number[] = []
    const conditional = new Set<string>()
    const survey = { single: 0, bundles: 0, unreadable: 0, withoutId: 0 }
    for (const { text } of pieces(format, block)) {
      const glance = glanceAt(text, this.#context())
      survey[glance.kind === 'resource' ? 'single' : glance.kind === 'bundle' ? 'bundles' : 'unreadable']++
      survey.withoutId += glance.withoutId
      for (const { type, id } of glance.names) names.push(...printOf(type, id))
      for (const reference of conditionalReferences(text)) {
        const query = normalQuery(reference)
        if (query !== undefined) conditional.add(query)
      }
    }
    return { survey, names: Uint32Array.from(names), conditional: [...conditional] }
  }

  identifiers({ format, block, wanted }: FhirInput & { readonly wanted: readonly string[] }): Results['fhir-identifiers'] {
    const queries = new Set(wanted)
    return [...pieces(format, block)].flatMap(({ text }) => identifiersIn(text, queries, this.#context()))
  }

  /** Stages the resources of an input, less those that come again in the load. A Bundle that cannot be read at all throws. */
  async load({ format, file, block }: FhirInput): Promise<FhirLoadResult> {
    const rejected: BadRow[] = [...notUtf8(format, block)].filter(({ line }) => this.#division.ownsLine(line))
    const deferred: PlacedResource[] = []
    const unresolved = new Map<string, number>()
    let resources = rejected.length
    let outcomes = 0
    for (const piece of pieces(format, block)) {
      try {
        const document = readFhir(piece.text, this.#context())
        if (this.#division.ownsLine(piece.line)) {
          resources += document.faults.length + document.outcomes
          outcomes += document.outcomes
          for (const { offset, rule, message } of document.faults) rejected.push(bad(piece, offset, rule, message))
          for (const query of document.unresolved) unresolved.set(query, (unresolved.get(query) ?? 0) + 1)
        }
        for (const [i, { type, id, text, parsed, offset, name }] of document.entries.entries()) {
          if (!this.#division.owns(id)) continue
          resources++
          const resource = { type, id, text, origin: piece.single ? piece.line : i + 1 }
          if (this.#repeated.size > 0 && this.#repeated.has(printOf(type, id))) {
            deferred.push(resource)
            continue
          }
          const fault = this.#add(resource, parsed)
          if (fault !== undefined) rejected.push(bad(piece, offset, 'invalid', `${name} ${type}/${id}: ${fault}`.trim()))
        }
      } catch (error) {
        if (!piece.single) throw placed(error, file)
        if (!this.#division.ownsLine(piece.line)) continue
        const { rule, message } = faultOf(error)
        resources++
        rejected.push(bad(piece, 0, rule, message))
      }
    }
    rejected.sort((a, b) => a.line - b.line)
    return { resources, outcomes, rejected, outputs: await this.#sink.take(), deferred, unresolved: [...unresolved] }
  }

  /** Stages resources one by one. */
  async stage(resources: readonly PlacedResource[]): Promise<Results['stage']> {
    const rejected: Array<{ origin: number; message: string }> = []
    for (const resource of resources) {
      const message = this.#add(resource)
      if (message !== undefined) rejected.push({ origin: resource.origin, message })
    }
    return { outputs: await this.#sink.take(), rejected }
  }

  /** What is wrong with a resource, or undefined when it was taken. */
  #add({ origin, ...resource }: PlacedResource, parsed?: object): string | undefined {
    try {
      this.#sink.addAll([parsed === undefined ? resource : { ...resource, parsed }], origin)
      return undefined
    } catch (error) {
      return refusal(error)
    }
  }

  #context() {
    return { makeId: this.#makeId, conditional: this.#conditional }
  }
}

/** The documents of an input; lines that are empty or not UTF-8 are left out. */
function* pieces(format: FhirInput['format'], block: Block): Generator<Piece> {
  for (const { bytes, line } of lines(format, block)) {
    if (isUtf8(bytes)) yield { text: bytes.toString('utf8').replace(/^\ufeff/, ''), line, single: format === 'ndjson' }
  }
}

function* notUtf8(format: FhirInput['format'], block: Block): Generator<BadRow> {
  for (const { bytes, line } of lines(format, block)) {
    if (!isUtf8(bytes)) {
      const row = { $text: bytes.toString('utf8').slice(0, TEXT_LIMIT) }
      yield { line, column: undefined, rule: 'encoding', message: `the ${format === 'ndjson' ? 'line' : 'document'} is not UTF-8`, row }
    }
  }
}

function* lines(format: FhirInput['format'], block: Block): Generator<{ bytes: Buffer; line: number }> {
  const bytes = Buffer.from(block.bytes.buffer, block.bytes.byteOffset, block.bytes.byteLength)
  if (format === 'document') {
    yield { bytes, line: 1 }
    return
  }
  let { line } = block
  for (let start = 0; start < bytes.length; line++) {
    const at = bytes.indexOf(10, start)
    const end = at === -1 ? bytes.length : at
    const text = bytes.subarray(start, end)
    if (text.some((byte) => byte > 32)) yield { bytes: text, line }
    start = end + 1
  }
}

function bad({ text, line, single }: Piece, offset: number, rule: string, message: string): BadRow {
  return {
    line: single ? line : lineAt(text, offset),
    column: undefined,
    rule,
    message,
    row: { $text: text.slice(offset, offset + TEXT_LIMIT) }
  }
}

/** The same error, naming the file. */
function placed(error: unknown, file: string): unknown {
  if (!(error instanceof WardbridgeError)) return error
  const { line, column } = error.params
  const where = typeof line === 'number' && typeof column === 'number' ? { line, column } : {}
  return new WardbridgeError(error.code, error.params, { place: { ...error.place, ...where, file }, cause: error })
}
