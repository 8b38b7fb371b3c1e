/** read, vread and history on the Cloud Healthcare API. */
import { hash } from 'node:crypto'
import { fail } from '../../errors.js'
import { isResourceType } from '../../fhir/definitions.js'
import type { HistoryPage, HistoryQuery, ReadResource, StoredVersion } from '../repository.js'
import { type Found, type Mark, readResource, storedResource, verbOf } from './body.js'
import { type AnsweredEntry, readAnswer, versionOf } from './bundle.js'
import type { Caller } from './caller.js'
import type { Witness } from './claims.js'
import type { StoreFacts } from './facts.js'
import { isAddressable } from './plan.js'

/** The most that the API gives in a page. */
const MOST = 1000

/** A version with the mark of the write that made it. */
export interface MarkedVersion extends StoredVersion {
  readonly mark: Mark | undefined
}

interface MarkedPage extends Omit<HistoryPage, 'versions'> {
  readonly versions: readonly MarkedVersion[]
}

export class Reads {
  readonly #caller: Caller
  readonly #facts: StoreFacts

  constructor(caller: Caller, facts: StoreFacts) {
    this.#caller = caller
    this.#facts = facts
  }

  async read(type: string, id: string): Promise<ReadResource | undefined> {
    const found = await this.current(type, id)
    if (found === undefined) return undefined
    const { mark: _, ...stored } = found
    return stored
  }

  /** The same with the mark of the write that made the version. */
  async current(type: string, id: string): Promise<Found | undefined> {
    if (!isPlace(type, id)) return undefined
    const { status, text } = await this.#caller.call({
      method: 'read',
      again: 'reads',
      answers: [404, 410],
      what: `${type}/${id}`,
      send: ({ fhirStores }, options) => fhirStores.fhir.read({ name: this.#caller.name(type, id) }, options)
    })
    if (status === 404) return undefined
    return status === 410 ? this.#deleted(type, id) : readResource(text)
  }

  async vread(type: string, id: string, versionId: string): Promise<ReadResource | undefined> {
    if (!isPlace(type, id) || !isAddressable(versionId)) return undefined
    const name = `${this.#caller.name(type, id)}/_history/${versionId}`
    const { status, text } = await this.#caller.call({
      method: 'vread',
      again: 'reads',
      // What the API says to a version that it never gave out is not documented: 400 counts as not found, too.
      answers: [400, 404, 410],
      what: `${type}/${id}`,
      send: ({ fhirStores }, options) => fhirStores.fhir.vread({ name }, options)
    })
    // What it says to a version that is a deletion is not documented either: the history tells.
    if (status !== 200) return this.#deletedAs(type, id, versionId)
    const { mark: _, ...stored } = readResource(text)
    return stored.versionId === versionId ? stored : undefined
  }

  /** Of one resource; the API has no other history. Throws not-supported, search.page. */
  async history({ type, id, since, at, count, cursor }: HistoryQuery): Promise<HistoryPage | undefined> {
    if (type === undefined || id === undefined)
      throw fail('not-supported', { what: `The history of ${type === undefined ? 'the store' : 'a type'} on the Cloud Healthcare API` })
    if (!isPlace(type, id)) return undefined
    // A position counts only for the history that it was given for.
    const own = `${hash('sha256', JSON.stringify([type, id, since, at]), 'hex').slice(0, 12)}.`
    if (cursor !== undefined && !(cursor.startsWith(own) && cursor.length > own.length)) throw fail('search.page')
    const page = await this.#page(type, id, { count: at === undefined ? count : MOST, since, cursor: cursor?.slice(own.length) })
    if (page === undefined) return undefined
    if (at === undefined) {
      if (count === 0) return { versions: [], next: undefined, total: page.total }
      return { ...page, versions: page.versions.map(withoutMark), next: page.next && own + page.next }
    }
    // The span is cut here: what the API takes for one instant is not what R4 says of a day.
    const versions = [...page.versions]
    for (let next = page.next; next !== undefined; ) {
      const more: MarkedPage | undefined = await this.#page(type, id, { count: MOST, since, cursor: next })
      versions.push(...(more?.versions ?? []))
      next = more?.next
    }
    const within = versions.filter((one, n) => one.lastUpdated < at.to && (n === 0 || versions[n - 1]!.lastUpdated > at.from))
    return { versions: count === 0 ? [] : within.map(withoutMark), next: undefined, total: within.length }
  }

  /**
   * Versions that are newer than one (empty: than none), newest first. Only the current one where that has the mark, or the store keeps no others.
   */
  async after({ type, id, mark: wanted, before }: Witness): Promise<readonly MarkedVersion[]> {
    const current = await this.current(type, id)
    if (current === undefined || current.versionId === before) return []
    const { mark, ...found } = current
    const newest: MarkedVersion = {
      ...storedResource(current),
      deleted: found.deleted,
      method: found.deleted ? 'DELETE' : verbOf(mark),
      mark
    }
    if (!this.#facts.versioned || (mark !== undefined && mark === wanted)) return [newest]
    const versions: MarkedVersion[] = []
    for (let cursor: string | undefined, more = true; more; ) {
      const page: MarkedPage | undefined = await this.#page(type, id, { count: 100, since: undefined, cursor })
      for (const version of page?.versions ?? []) {
        if (version.versionId === before) return versions
        versions.push(version)
      }
      cursor = page?.next
      more = cursor !== undefined
    }
    return versions
  }

  /** Whether what a commit was to do is done. */
  async isDone(witness: Witness): Promise<boolean> {
    const newer = await this.after(witness)
    return newer.some(({ mark }) => witness.mark === undefined || mark === witness.mark)
  }

  async #page(
    type: string,
    id: string,
    { count, since, cursor }: { readonly count: number; readonly since: number | undefined; readonly cursor: string | undefined }
  ): Promise<MarkedPage | undefined> {
    const { status, text } = await this.#caller.call({
      method: 'history',
      again: 'reads',
      answers: cursor === undefined ? [404] : [400, 404],
      what: `${type}/${id}`,
      send: ({ fhirStores }, options) =>
        fhirStores.fhir.history(
          {
            name: this.#caller.name(type, id),
            _count: Math.min(Math.max(count, 1), MOST),
            ...(since === undefined ? {} : { _since: new Date(since).toISOString() }),
            ...(cursor === undefined ? {} : { _page_token: cursor })
          },
          options
        )
    })
    if (status === 400) throw fail('search.page')
    if (status === 404) return undefined
    const { entries, links, total } = readAnswer(text)
    const next = links.next === undefined ? undefined : (new URL(links.next).searchParams.get('_page_token') ?? undefined)
    const versions = entries.map((entry) => versionIn(entry, type, id))
    const isAll = cursor === undefined && next === undefined
    return { versions, next, total: isAll ? versions.length : total }
  }

  /** The end of a resource: its history says when that was. */
  async #deleted(type: string, id: string): Promise<Found> {
    const [newest] = (await this.#page(type, id, { count: 1, since: undefined, cursor: undefined }))?.versions ?? []
    if (newest?.deleted !== true) return { type, id, versionId: '', lastUpdated: 0, deleted: true, body: '', mark: undefined }
    return { type, id, versionId: newest.versionId, lastUpdated: newest.lastUpdated, deleted: true, body: '', mark: undefined }
  }

  async #deletedAs(type: string, id: string, versionId: string): Promise<ReadResource | undefined> {
    for (let cursor: string | undefined, more = true; more; ) {
      const page: MarkedPage | undefined = await this.#page(type, id, { count: MOST, since: undefined, cursor })
      const found = page?.versions.find((one) => one.versionId === versionId)
      if (found !== undefined) {
        const { method: _, mark: __, body, ...stored } = found
        return { ...stored, body: body.toString() }
      }
      cursor = page?.next
      more = cursor !== undefined
    }
    return undefined
  }
}

function isPlace(type: string, id: string): boolean {
  return isResourceType(type) && isAddressable(id)
}

function withoutMark({ mark: _, ...version }: MarkedVersion): StoredVersion {
  return version
}

function versionIn({ text, request, response }: AnsweredEntry, type: string, id: string): MarkedVersion {
  const isDeleted = request?.method === 'DELETE' || text === undefined
  const found = text === undefined ? undefined : readResource(text)
  if (found !== undefined && !isDeleted) return { ...storedResource(found), method: verbOf(found.mark), mark: found.mark }
  return {
    type,
    id,
    versionId: versionOf(response?.etag) ?? found?.versionId ?? '',
    lastUpdated: Date.parse(response?.lastModified ?? '') || found?.lastUpdated || 0,
    deleted: true,
    body: Buffer.alloc(0),
    method: 'DELETE',
    mark: undefined
  }
}
