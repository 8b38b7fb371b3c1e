/**
 * Bulk loads into the Cloud Healthcare API: what workers staged goes to objects in Cloud Storage, and from there in waves into the store
 * (fhirStores.import). An import overwrites without a new version in the history and does not look where references lead; what is there already with the
 * same content is left out, so that a load that is run again changes nothing.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditAgent } from '../../fhir/audit-event.js'
import type { BulkSession, Outcomes, Refused, Repeat, StageHandle } from '../repository.js'
import { contentKey } from './body.js'
import { Imports, type Wave } from './imports.js'
import type { HealthcareParts } from './parts.js'
import { SearchCalls } from './search-calls.js'
import { Searches } from './searches.js'
import { linesOf, type StagedLine } from './stage.js'
import { Staging } from './staging.js'

/** A wave has at least as much; operations take minutes to begin. */
const WAVE_BYTES = 1 << 30
/** Operations at the same time: the documentation asks for no more than five. */
const MOST_IMPORTS = 4

/** Throws not-supported without a staging prefix. */
export async function openBulk(parts: HealthcareParts, options: { refuseRepeats: boolean; by?: AuditAgent }): Promise<BulkSession> {
  const id = randomUUID()
  const staging = new Staging(parts.google, `loads/${id}`)
  const folder = await mkdtemp(join(tmpdir(), 'wardbridge-load-'))
  const existing = new Set(Object.keys(await new Searches(parts.caller).counts()))
  const session = new Session(parts, staging, existing, options)
  const end = async () => {
    await session.flush()
    await rm(folder, { recursive: true, force: true })
    return session.refused
  }
  return {
    stage: { module: new URL('./stage.js', import.meta.url).href, options: { folder } },
    merge: (stage) => session.merge(stage),
    flush: () => session.flush(),
    finish: end,
    abort: async () => void (await end())
  }
}

class Session {
  readonly #parts: HealthcareParts
  readonly #staging: Staging
  readonly #imports: Imports
  readonly #calls: SearchCalls
  /** Types of which there was something before. */
  readonly #existing: ReadonlySet<string>
  readonly #refuseRepeats: boolean
  readonly #by: AuditAgent | undefined
  /** What came in this load: `Patient/1` -> key of its content. */
  readonly #seen = new Map<string, string>()
  readonly #running = new Set<Promise<void>>()
  readonly refused: Refused[] = []
  #wave: Open
  #waves = 0
  #failure: { readonly error: unknown } | undefined

  constructor(
    parts: HealthcareParts,
    staging: Staging,
    existing: ReadonlySet<string>,
    { refuseRepeats, by }: { readonly refuseRepeats: boolean; readonly by?: AuditAgent }
  ) {
    this.#parts = parts
    this.#staging = staging
    this.#calls = new SearchCalls(parts.caller)
    this.#imports = new Imports(parts.caller, this.#calls, staging)
    this.#existing = existing
    this.#refuseRepeats = refuseRepeats
    this.#by = by
    this.#wave = new Open(this.#waves++)
  }

  #last: Promise<unknown> = Promise.resolve()

  /** In the order of the calls. */
  merge(stage: StageHandle): Promise<{ byType: Record<string, Outcomes>; repeats: readonly Repeat[] }> {
    const done = this.#last.then(() => this.#merge(stage))
    this.#last = done.catch(() => {})
    return done
  }

  /** Resolved when all that was merged can be read. Throws what an import threw. */
  async flush(): Promise<void> {
    await this.#last
    if (this.#wave.resources.size > 0) await this.#import()
    await Promise.all(this.#running)
    if (this.#failure !== undefined) throw this.#failure.error
  }

  async #merge({ file }: StageHandle) {
    const lines = [...linesOf(await readFile(file))]
    await rm(file)
    const stored = await this.#stored(lines)
    const byType: Record<string, Outcomes> = {}
    const repeats: Repeat[] = []
    const wanted = new Map<string, StagedLine>()
    for (const staged of lines) {
      const { type, id, key, origin } = staged
      const name = `${type}/${id}`
      const outcomes = (byType[type] ??= { created: 0, updated: 0, unchanged: 0 })
      const before = this.#seen.get(name)
      if ((before ?? stored.get(name)) === key) outcomes.unchanged++
      else if (before !== undefined && this.#refuseRepeats) {
        repeats.push({ type, id, origin })
        continue
      } else {
        if (before === undefined && !stored.has(name)) outcomes.created++
        else outcomes.updated++
        wanted.set(name, staged)
      }
      this.#seen.set(name, key)
    }
    await this.#put(wanted)
    return { byType, repeats }
  }

  /** Keys of what is in the store already. */
  async #stored(lines: readonly StagedLine[]): Promise<ReadonlyMap<string, string>> {
    const asked = lines.filter(({ type, id }) => this.#existing.has(type) && !this.#seen.has(`${type}/${id}`))
    const found = await this.#calls.read(asked.map(({ type, id }) => ({ type, id, version: undefined })))
    return new Map(found.map(({ type, id, body }) => [`${type}/${id}`, contentKey(body.toString(), id)]))
  }

  /** Of two contents of one resource in an import nobody knows which one wins, so that the second one waits for the first. */
  async #put(wanted: ReadonlyMap<string, StagedLine>): Promise<void> {
    if (wanted.size === 0) return
    const again = [...wanted.keys()].some((name) => this.#wave.resources.has(name) || this.#under.has(name))
    if (again) {
      if (this.#wave.resources.size > 0) await this.#import()
      await Promise.all(this.#running)
    }
    const wave = this.#wave
    const bytes = Buffer.concat([...wanted.values()].map(({ line }) => line))
    const object = `${wave.folder}/${wave.objects.length}.ndjson`
    await this.#staging.put(object, bytes)
    wave.objects.push(object)
    wave.bytes += bytes.length
    for (const [name, { key }] of wanted) wave.resources.set(name, key)
    if (wave.bytes >= WAVE_BYTES) await this.#import()
  }

  /** Names of what is being imported. */
  readonly #under = new Set<string>()

  /** Begins the import of the open wave. */
  async #import(): Promise<void> {
    const wave = this.#wave
    this.#wave = new Open(this.#waves++)
    while (this.#running.size >= MOST_IMPORTS) await Promise.race(this.#running)
    if (this.#failure !== undefined) throw this.#failure.error
    for (const name of wave.resources.keys()) this.#under.add(name)
    const work = () => this.#imports.run(wave)
    const { audit } = this.#parts
    const run = (audit === undefined ? work() : audit.load(this.#by, countsOf(wave), work))
      .then((refused) => {
        this.refused.push(...refused)
        this.#parts.wrote(new Set([...wave.resources.keys()].map((name) => name.slice(0, name.indexOf('/')))))
      })
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => {
        for (const name of wave.resources.keys()) this.#under.delete(name)
        this.#running.delete(run)
      })
    this.#running.add(run)
  }
}

/** Resources of each type. */
function countsOf({ resources }: Wave): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const name of resources.keys()) {
    const type = name.slice(0, name.indexOf('/'))
    counts.set(type, (counts.get(type) ?? 0) + 1)
  }
  return counts
}

/** A wave that objects still come to. */
class Open implements Wave {
  readonly folder: string
  readonly objects: string[] = []
  readonly resources = new Map<string, string>()
  bytes = 0

  constructor(number: number) {
    this.folder = String(number)
  }
}
