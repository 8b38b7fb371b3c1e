/** A worker thread that validates pieces. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { type Issue, type Validation, validate } from '../fhir/profile/index.js'
import { type Answer, threadError } from '../ingest/pool.js'
import type { Piece } from './inputs.js'
import { addTo, newTally, type Tally } from './tally.js'

export interface WorkerSetup {
  /** Profiles that every resource of the type has to meet. */
  readonly profiles: ReadonlyArray<{ readonly url: string; readonly type: string }>
  /** Which faults are wanted one by one. */
  readonly faults: 'none' | 'errors' | 'all'
}

export type Task = { readonly kind: 'validate' } & Piece

export interface Results {
  readonly validate: PieceResult
}

export interface PieceResult {
  readonly tally: Tally
  /** NDJSON, one line per fault. */
  readonly faults: string
}

class PieceRun {
  readonly tally = newTally()
  faults = ''
  readonly #setup: WorkerSetup
  readonly #file: string | undefined

  constructor(setup: WorkerSetup, file: string | undefined) {
    this.#setup = setup
    this.#file = file
  }

  /** A text that holds a resource. line: in an NDJSON file. */
  text(text: string, line: number | undefined): void {
    let resource: unknown
    try {
      resource = JSON.parse(text)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const issue: Issue = { severity: 'error', code: 'structure', rule: 'json', expression: '', text: `no JSON: ${reason}` }
      this.#add('(not JSON)', this.#place(line), { issues: [issue], profiles: [] }, line)
      return
    }
    const entries = entriesOf(resource)
    const name = nameOf(resource) ?? this.#place(line)
    if (entries.length === 0) this.#resource(resource, name, undefined, line)
    else {
      const { issues, profiles } = validate(resource, { profiles: this.#profiles('Bundle'), limit: Number.POSITIVE_INFINITY })
      // What is wrong inside an entry is told of the entry.
      const own = issues.filter(({ expression }) => !/^Bundle\.entry\[\d+\]\.resource\b/.test(expression))
      this.#add('Bundle', name, { issues: own, profiles }, line)
      for (const [i, entry] of entries.entries()) this.#resource(entry, nameOf(entry) ?? `${name} entry[${i}]`, resource, line)
    }
  }

  #resource(resource: unknown, name: string, bundle: unknown, line: number | undefined): void {
    const { resourceType } = (resource ?? {}) as { resourceType?: unknown }
    const type = typeof resourceType === 'string' ? resourceType : '(no type)'
    this.#add(type, name, validate(resource, { profiles: this.#profiles(type), bundle }), line)
  }

  #profiles(type: string): string[] {
    return this.#setup.profiles.filter((profile) => profile.type === type).map(({ url }) => url)
  }

  #add(type: string, name: string, validation: Validation, line: number | undefined): void {
    addTo(this.tally, type, name, validation)
    if (this.#setup.faults === 'none') return
    for (const issue of validation.issues) {
      if (issue.severity !== 'error' && this.#setup.faults === 'errors') continue
      this.faults += `${JSON.stringify({ resource: name, file: this.#file, line, ...issue })}\n`
    }
  }

  #place(line: number | undefined): string {
    return [this.#file, line].filter((part) => part !== undefined).join(':')
  }
}

/** The resources of a Bundle. */
function entriesOf(resource: unknown): unknown[] {
  const { resourceType, entry } = (resource ?? {}) as { resourceType?: unknown; entry?: unknown }
  if (resourceType !== 'Bundle' || !Array.isArray(entry)) return []
  return entry.map((one) => (one as { resource?: unknown } | null)?.resource).filter((one) => one !== undefined)
}

function nameOf(resource: unknown): string | undefined {
  const { resourceType, id } = (resource ?? {}) as { resourceType?: unknown; id?: unknown }
  return typeof resourceType === 'string' && typeof id === 'string' ? `${resourceType}/${id}` : undefined
}

function validatePiece({ format, file, block }: Piece, setup: WorkerSetup): PieceResult {
  const run = new PieceRun(setup, file)
  const bytes = Buffer.from(block.bytes.buffer, block.bytes.byteOffset, block.bytes.byteLength)
  if (format === 'document') run.text(bytes.toString('utf8').replace(/^\ufeff/, ''), undefined)
  else {
    for (const [i, text] of bytes.toString('utf8').split('\n').entries()) {
      if (text.trim() !== '') run.text(text, file === undefined ? undefined : block.line + i)
    }
  }
  return { tally: run.tally, faults: run.faults }
}

function main(port: MessagePort, setup: WorkerSetup): void {
  port.on('message', (task: Task) => {
    try {
      port.postMessage({ result: validatePiece(task, setup) } satisfies Answer)
    } catch (error) {
      port.postMessage({ error: threadError(error) } satisfies Answer)
    }
  })
}

if (parentPort !== null) main(parentPort, workerData as WorkerSetup)
