/**
 * How far a load has come: what a later run of the same load may skip. It says so only of what is durably merged, and counts for the same files, mapping and
 * options only. Dictionaries and what rows give to each other are read anew: both live in memory and in a file without a name.
 */
import { createHash } from 'node:crypto'
import type { PackSource } from '../mapping/index.js'
import { VERSION } from '../version.js'
import type { TallyState } from './report.js'
import type { Sources } from './sources.js'

/** JSON. */
export interface Checkpoint {
  /** Hash of what was read and how. */
  readonly of: string
  /** Last place among the writes of the store before the first run. */
  readonly since: number
  readonly place: Place
  readonly tally: TallyState
}

export interface Place {
  /** Table and first line of the last block of rows that is merged, in the order of the mapping. */
  readonly rows?: { readonly table: string; readonly line: number } | undefined
  /** All rows are, and what they give to rows of earlier loads. */
  readonly tables?: boolean
  /** How many blocks of FHIR inputs are, then. */
  readonly fhir?: number
}

export interface CheckpointOptions {
  readonly last: Checkpoint | undefined
  /** Called when the load goes on from `last`: what was counted before this moment is in it. */
  readonly onResume?: () => void
  /** Called now and then; what is kept last is the `last` of the next run. */
  readonly keep: (checkpoint: Checkpoint) => Promise<void>
}

/** Milliseconds: making and keeping one costs a commit. */
const EVERY = 2000

export class Checkpoints {
  /** Where an earlier run of the same load came to. */
  readonly from: Checkpoint | undefined
  readonly #options: CheckpointOptions
  readonly #of: string
  #since: number | undefined
  #kept = performance.now()

  constructor(options: CheckpointOptions, of: string) {
    this.#options = options
    this.#of = of
    // A file that could not be read may be read today.
    const { last } = options
    this.from = last?.of === of && last.tally.errors.length === 0 ? last : undefined
  }

  /** since: of the session; undefined: nothing is durable before its end, so nothing is kept. */
  begin(since: number | undefined): void {
    this.#since = since
  }

  /** Everything up to a place is merged and counted. */
  async reached(place: Place, tally: () => TallyState, now = false): Promise<void> {
    const time = performance.now()
    if (this.#since === undefined || (!now && time - this.#kept < EVERY)) return
    this.#kept = time
    await this.#options.keep({ of: this.#of, since: this.#since, place, tally: tally() })
  }
}

/** What a load reads and how, as one hash: another one means that nothing of an earlier run counts. */
export function identityOf(sources: Sources, pack: PackSource, options: object): string {
  const hash = createHash('sha256')
  const files = [...sources.tables, ...sources.ndjson, ...sources.bundles].map(({ path, size, version }) => [path, size, version])
  hash.update(JSON.stringify([VERSION, files, options, pack.pack]))
  for (const [name, texts] of pack.packs) hash.update(JSON.stringify([name, ...texts]))
  return hash.digest('hex')
}
