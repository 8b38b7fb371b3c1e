/**
 * Bulk loads into the Cloud Healthcare API: what workers staged goes to objects in Cloud Storage, and from there in waves into the store
 * (fhirStores.import). An import overwrites without a new version in the history and does not look where references lead; what is there already with the
 * same content is left out, so that a load that is run again changes nothing.
 */
import { randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import type { AuditAgent } from '../../fhir/audit-event.js'
import type { BulkSession, Outcomes, Refused, Repeat, StageHandle } from '../repository.js'
import { contentKey } from './body.js'
import { Imports, type NotTaken, type Wave } from './imports.js'
import { clearFolders, clearStaging, LOADS, makeFolder } from './leftovers.js'
import type { HealthcareParts } from './parts.js'
import { SearchCalls } from './search-calls.js'
import { Searches } from './searches.js'
import { contentPrint, isSame, namePrint, Seen } from './seen.js'
import { linesOf, type StagedLine } from './stage.js'
import { Staging } from './staging.js'

/** A wave has at least as much; operations take minutes to begin. */
const WAVE_BYTES = 1 << 30
/** Operations at the same time: the documentation asks for no more than five. */
const MOST_IMPORTS = 4
/** Resources that are read in one call, and calls at the same time. */
const READ_TOGETHER = 200
const MOST_READS = 4

/** Throws not-supported without a staging prefix. */
export async function openBulk(parts: HealthcareParts, options: { refuseRepeats: boolean; by?: AuditAgent }): Promise<BulkSession> {
  const id = randomUUID()
  const staging = new Staging(parts.google, `${LOADS}/${id}`)
  await clearFolders()
  await clearStaging(parts.google)
  const existing = new Set(Object.keys(await new Searches(parts.caller).counts()))
  const session = new Session(parts, staging, existing, options)
  const folder = await makeFolder()
  const end = async () => {
    try {
      await session.flush()
      return session.refused
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
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
  readonly #seen = new Seen()
  /** Imports that have begun, by the numbers of their waves. */
  readonly #running = new Map<number, Promise<void>>()
  readonly refused: Refused[] = []
  #wave: Open
  #waves = 1
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
    await this.#settle()
  }

  async #settle(): Promise<void> {
    if (this.#wave.objects.length > 0) await this.#import()
    await Promise.all(this.#running.values())
    if (this.#failure !== undefined) throw this.#failure.error
  }

  async #merge({ file }: StageHandle) {
    const lines = [...linesOf(await readFile(file))]
    await rm(file)
    // Of two contents of one resource in an import nobody knows which one wins, so that the second one waits for the first.
    if (!this.#refuseRepeats && lines.some((line) => this.#isUnderWay(line))) await this.#settle()
    const stored = await this.#stored(lines)
    const byType: Record<string, Outcomes> = {}
    const repeats: Repeat[] = []
    const wanted = new Map<string, StagedLine>()
    for (const staged of lines) {
      const { type, id, key, origin } = staged
      const name = `${type}/${id}`
      const outcomes = (byType[type] ??= { created: 0, updated: 0, unchanged: 0 })
      const [print, content] = [namePrint(name), contentPrint(key)]
      const before = this.#seen.get(print)
      if (before !== undefined && isSame(before.content, content)) outcomes.unchanged++
      else if (before !== undefined && this.#refuseRepeats) repeats.push({ type, id, origin })
      else if (before === undefined && stored.get(name) === key) {
        outcomes.unchanged++
        this.#seen.set(print, { content, wave: 0, created: false })
      } else {
        const created = before === undefined && !stored.has(name)
        outcomes[created ? 'created' : 'updated']++
        wanted.set(name, staged)
        this.#seen.set(print, { content, wave: this.#wave.number, created })
      }
    }
    await this.#put([...wanted.values()])
    return { byType, repeats }
  }

  /** Whether other content of the resource waits or is being imported. */
  #isUnderWay({ type, id, key }: StagedLine): boolean {
    const before = this.#seen.get(namePrint(`${type}/${id}`))
    if (before === undefined || isSame(before.content, contentPrint(key))) return false
    return before.wave === this.#wave.number || this.#running.has(before.wave)
  }

  /** Keys of what is in the store already. */
  async #stored(lines: readonly StagedLine[]): Promise<ReadonlyMap<string, string>> {
    const asked = lines
      .filter(({ type, id }) => this.#existing.has(type) && this.#seen.get(namePrint(`${type}/${id}`)) === undefined)
      .map(({ type, id }) => ({ type, id, version: undefined }))
    const stored = new Map<string, string>()
    let at = 0
    const reader = async (): Promise<void> => {
      while (at < asked.length) {
        const some = asked.slice(at, at + READ_TOGETHER)
        at += READ_TOGETHER
        for (const { type, id, body } of await this.#calls.read(some)) stored.set(`${type}/${id}`, contentKey(body.toString(), id))
      }
    }
    await Promise.all(Array.from({ length: MOST_READS }, reader))
    return stored
  }

  /** Into the open wave. */
  async #put(wanted: readonly StagedLine[]): Promise<void> {
    if (wanted.length === 0) return
    const wave = this.#wave
    const bytes = Buffer.concat(wanted.map(({ line }) => line))
    const object = `${wave.folder}/${wave.objects.length}.ndjson`
    await this.#staging.put(object, bytes)
    wave.objects.push(object)
    wave.bytes += bytes.length
    for (const { type } of wanted) wave.counts.set(type, (wave.counts.get(type) ?? 0) + 1)
    if (wave.bytes >= WAVE_BYTES) await this.#import()
  }

  /** Begins the import of the open wave. */
  async #import(): Promise<void> {
    const wave = this.#wave
    this.#wave = new Open(this.#waves++)
    while (this.#running.size >= MOST_IMPORTS) await Promise.race(this.#running.values())
    if (this.#failure !== undefined) throw this.#failure.error
    const work = () => this.#imports.run(wave)
    const { audit } = this.#parts
    const run = (audit === undefined ? work() : audit.load(this.#by, wave.counts, work))
      .then((refused) => {
        for (const one of refused) this.refused.push({ ...one, counted: this.#countedAs(one) })
        this.#parts.wrote(new Set(wave.counts.keys()))
      })
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => this.#running.delete(wave.number))
    this.#running.set(wave.number, run)
  }

  #countedAs({ type, id }: NotTaken): Refused['counted'] {
    return this.#seen.get(namePrint(`${type}/${id}`))?.created === false ? 'updated' : 'created'
  }
}

/** A wave that objects still come to. */
class Open implements Wave {
  /** Not used for another one of the session. */
  readonly number: number
  readonly folder: string
  readonly objects: string[] = []
  readonly counts = new Map<string, number>()
  bytes = 0

  constructor(number: number) {
    this.number = number
    this.folder = String(number)
  }
}
