/**
 * Searches in the audit log in objects. There is no index: batches of the days asked for are read one after the other, the newest first unless told, until the
 * page is full or the time is over. What needs more is refused: a span of time (`date`) makes it less.
 */
import { fail } from '../../errors.js'
import { type AuditPlace, auditEntries, auditEvent } from '../../fhir/audit-event.js'
import type { Objects } from '../../files/objects.js'
import type { AuditPage, AuditSearch, FoundEvent } from '../audit.js'
import { type AuditPlan, planAudit } from '../audit-plan.js'
import { type BatchName, batchAt, batchName, dayOf, placeIn, readBatch, readBatches, readName, type StoredBatch } from './audit-objects.js'

const DAY = 86_400_000

export class AuditSearches {
  readonly #objects: Objects
  readonly #folder: string
  readonly #seconds: number

  /** seconds: that a search may take. */
  constructor(objects: Objects, folder: string, seconds: number) {
    this.#objects = objects
    this.#folder = folder
    this.#seconds = seconds
  }

  async read(place: AuditPlace): Promise<FoundEvent | undefined> {
    const name = batchAt(place)
    const batch = name && (await readBatch(this.#objects, this.#folder, name))
    const one = batch && auditEntries(batch.entries.toString()).find(({ n }) => n === place.n)
    if (batch === undefined || one === undefined) return undefined
    return { place, at: batch.at, text: JSON.stringify(auditEvent(one.entry, place, batch.at)) }
  }

  /** Throws not-supported for criteria that look at other resources, search.too-costly. */
  async find({ query, descending, after }: AuditSearch): Promise<AuditPage> {
    const plan = planAudit(query)
    const deadline = performance.now() + this.#seconds * 1000
    const isFirst = after === undefined
    const wanted = query.total === 'accurate' && isFirst ? Number.POSITIVE_INFINITY : query.count
    const last = after && batchAt(after)
    const events: FoundEvent[] = []
    let total = 0
    for await (const { batch } of readBatches(this.#objects, this.#folder, this.#names(plan, descending, last, deadline))) {
      if (performance.now() > deadline) throw fail('search.too-costly', { seconds: this.#seconds })
      if (batch === undefined || (plan.key !== undefined && !batch.keys.includes(plan.key))) continue
      for (const event of eventsOf(batch, descending)) {
        const { n } = event.place
        if (last !== undefined && isSame(last, batch) && (descending ? n >= after!.n : n <= after!.n)) continue
        if (!plan.meets(event.resource)) continue
        total++
        if (events.length < query.count) events.push({ place: event.place, at: batch.at, text: JSON.stringify(event.resource) })
        else if (total > wanted) return { events, more: true, total: undefined }
      }
    }
    return { events, more: total > events.length, total: isFirst ? total : undefined }
  }

  /** Names of batches that may hold what is searched for; after: the batch to go on with. */
  async *#names(
    { span, places }: AuditPlan,
    descending: boolean,
    after: BatchName | undefined,
    deadline: number
  ): AsyncIterable<BatchName> {
    if (places !== undefined) {
      const named = new Map(places.flatMap((place) => (batchAt(place) === undefined ? [] : [[nameOf(batchAt(place)!), batchAt(place)!]])))
      for (const name of [...named.values()].sort((a, b) => compare(a, b) * (descending ? -1 : 1)))
        if (isOn(name, after, descending)) yield name
      return
    }
    const first = await this.#firstDay()
    if (first === undefined) return
    // Clocks of processes may differ: a day more.
    const from = Math.max(first, startOf(descending ? span.from : Math.max(span.from, after?.at ?? 0)))
    const to = Math.min(Date.now() + DAY, descending ? Math.min(span.to, after?.at ?? span.to) : span.to)
    for (let n = 0; n <= (startOf(to) - from) / DAY; n++) {
      if (performance.now() > deadline) throw fail('search.too-costly', { seconds: this.#seconds })
      const day = dayOf(descending ? startOf(to) - n * DAY : from + n * DAY)
      const found: BatchName[] = []
      for await (const { name } of this.#objects.list(`${this.#folder}/${day}/`)) {
        const one = readName(name)
        if (one.at >= span.from && one.at <= span.to && isOn(one, after, descending)) found.push(one)
      }
      yield* descending ? found.reverse() : found
    }
  }

  async #firstDay(): Promise<number | undefined> {
    for await (const { name } of this.#objects.list(`${this.#folder}/`)) return startOf(readName(name).at)
    return undefined
  }
}

function eventsOf(batch: StoredBatch, descending: boolean) {
  const all = auditEntries(batch.entries.toString())
  return (descending ? all.reverse() : all).map(({ n, entry }) => {
    const place = placeIn(batch, n)
    return { place, resource: auditEvent(entry, place, batch.at) }
  })
}

/** The first moment of a day, UTC. */
function startOf(at: number): number {
  return Math.floor(at / DAY) * DAY
}

/** Whether a search that has come to a batch has this one before it, or is in it. */
function isOn(one: BatchName, after: BatchName | undefined, descending: boolean): boolean {
  return after === undefined || compare(one, after) * (descending ? -1 : 1) >= 0
}

function isSame(a: BatchName, b: BatchName): boolean {
  return compare(a, b) === 0
}

/** The order of names. */
function compare(a: BatchName, b: BatchName): number {
  const [one, other] = [nameOf(a), nameOf(b)]
  return one < other ? -1 : one > other ? 1 : 0
}

function nameOf(name: BatchName): string {
  return batchName('', name)
}
