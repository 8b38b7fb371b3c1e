/**
 * Searches on the Cloud Healthcare API. Where its parameters say all that is meant, its pages are passed on (`stream`); else all that its parameters leave is
 * fetched, up to a limit, and looked at here (`gather`). What limits the asker's view is tested in every resource, whatever the API was asked.
 */
import { hash } from 'node:crypto'
import { fail } from '../../errors.js'
import { codesOf, lastOfEach } from '../../fhir/lastn.js'
import { testOf } from '../../fhir/search-contained.js'
import type { Criterion } from '../../fhir/search-criterion.js'
import { MAX_INCLUDED, type SearchQuery } from '../../fhir/search-query.js'
import { cutResource } from '../../fhir/subset.js'
import type { SearchPage, StoredResource } from '../repository.js'
import type { Param } from './alternatives.js'
import { ChainResolver } from './chains.js'
import { Includer } from './includes.js'
import { type ApiPage, MOST_COUNT, type SearchCalls } from './search-calls.js'
import { type Plan, planOf, type Stream, sortParam } from './search-plan.js'
import { inOrder, type Place, type Placed, placed, type SortValue } from './sorting.js'

/** Resources, and bytes of them, that are looked at for one answer. */
const MOST_GATHERED = 10_000
const MOST_BYTES = 64 << 20
/** Pages of the API that are fetched to count matches, and to fill a page. */
const MOST_COUNTED = 100
const MOST_ASKED = 400
/** Bytes of bodies after which a page ends early. */
const PAGE_BYTES = 32 << 20
/** Calls at the same time. */
const AT_ONCE = 8

type Question = Pick<SearchQuery, 'types' | 'criteria' | 'limits' | 'baseUrl'>

/** Where a page begins. */
type Position = { readonly stream: number; readonly token: string | undefined } | { readonly after: Place }

/** Parameters of a stream that the API left aside: the search is to be planned anew. */
class Ignored {
  readonly names: readonly (readonly [type: string, name: string])[]

  constructor(stream: Stream, names: readonly string[]) {
    this.names = names.flatMap((name) => stream.types.map((type) => [type, name] as const))
  }
}

export class Searcher {
  readonly #calls: SearchCalls
  readonly #chains: ChainResolver
  readonly #includer: Includer
  /** `Patient name`: what the API is known to leave aside. */
  readonly #refused = new Set<string>()

  constructor(calls: SearchCalls) {
    this.#calls = calls
    this.#chains = new ChainResolver((question, most) => this.all(question, most), this.#isRefused)
    this.#includer = new Includer(calls, (question, most) => this.all(question, most))
  }

  /** Throws search.page, search.too-broad, not-supported, and what calls throw. */
  async search(query: SearchQuery): Promise<SearchPage> {
    if (query.contained !== undefined) throw fail('not-supported', { what: '_contained on the Cloud Healthcare API' })
    return this.#retrying(async () => {
      const resolved = { ...query, criteria: await this.#chains.resolve(query) }
      const plan = planOf(resolved, this.#isRefused)
      const sort = query.sort.length === 0 ? [] : [sortParam(query.sort, plan)]
      const isStream =
        !plan.scan && query.lastPerCode === undefined && !sort.some((one) => one === undefined || this.#refuses(plan, one[0]))
      const mark = markOf(query, isStream ? plan : undefined)
      const position = readCursor(query, mark)
      if (isStream !== (position === undefined ? isStream : 'stream' in position)) throw fail('search.page')
      const page =
        position === undefined || 'stream' in position
          ? await (isStream
              ? this.#stream(query, plan, sort as readonly Param[], mark, position)
              : this.#gather(query, plan, mark, undefined))
          : await this.#gather(query, plan, mark, position.after)
      const { included, cut } = await this.#includer.include(page.resources, resolved, PAGE_BYTES - sizeOf(page.resources), MAX_INCLUDED)
      return { ...page, resources: parts(page.resources, query, false), included: parts(included, query, true), cut: page.cut || cut }
    })
  }

  /** All that meets a question. Throws search.too-broad when there are more than `most`. */
  async all(question: Question, most: number): Promise<StoredResource[]> {
    return this.#retrying(async () => {
      const plan = planOf({ ...question, criteria: await this.#chains.resolve(question) }, this.#isRefused)
      const found = await this.#everything(plan, most)
      if (found === undefined) throw fail('search.too-broad', { most })
      return found.map(({ resource }) => resource)
    })
  }

  /** Every current resource of a type, page by page. */
  async *each(type: string): AsyncIterable<StoredResource> {
    // In the order of ids nothing that stays moves; whatever comes twice all the same is given once.
    const params: Param[] = this.#refused.has(`${type} _sort`) ? [] : [['_sort', '_id']]
    const seen = new Set<string>()
    for (let token: string | undefined, more = true; more; ) {
      const page = await this.#calls.page({ path: type, params, count: MOST_COUNT, token })
      for (const resource of page.resources) {
        if (resource.type !== type || seen.has(resource.id)) continue
        seen.add(resource.id)
        yield resource
      }
      token = page.next
      more = token !== undefined
    }
  }

  readonly #isRefused = (type: string, name: string): boolean => this.#refused.has(`${type} ${name}`)

  #refuses({ streams }: Plan, name: string): boolean {
    return streams.some(({ types }) => types.some((type) => this.#isRefused(type, name)))
  }

  /** Plans anew without a parameter that the API ignores: an answer that it did not select is never given. */
  async #retrying<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof Ignored)) throw error
        const before = this.#refused.size
        for (const [type, name] of error.names) this.#refused.add(`${type} ${name}`)
        if (this.#refused.size === before) throw fail('search.ignored', { parameter: error.names.map(([, name]) => name).join() })
      }
    }
  }

  async #page(stream: Stream, params: readonly Param[], count: number, token: string | undefined): Promise<ApiPage> {
    const page = await this.#calls.page({ path: stream.path, params, count, token })
    if (page.ignored.length > 0) throw new Ignored(stream, page.ignored)
    return page
  }

  async #stream(
    query: SearchQuery,
    plan: Plan,
    sort: readonly Param[],
    mark: string,
    from: { readonly stream: number; readonly token: string | undefined } | undefined
  ): Promise<SearchPage> {
    const { streams } = plan
    const { count } = query
    const total = query.total === 'accurate' ? await this.#count(plan) : undefined
    if (count === 0) return { resources: [], included: [], cut: false, next: undefined, total }
    const accepts = acceptors(plan)
    const found: StoredResource[] = []
    let [at, token] = [from?.stream ?? 0, from?.token]
    let asked = 0
    let bytes = 0
    // First pages of the next streams, fetched together: most of many streams are empty.
    const ahead = new Map<number, Promise<ApiPage>>()
    while (at < streams.length && found.length < count && bytes < PAGE_BYTES && asked < MOST_ASKED) {
      const stream = streams[at]!
      const most = Math.min(count, MOST_COUNT)
      // A page of the API is given as a whole, or not at all.
      if (found.length > 0 && found.length + most > count && !(token === undefined && ahead.has(at))) {
        if (streams.length - at === 1 || found.length >= count / 2) break
      }
      const params = [...stream.params, ...sort]
      if (token === undefined && !ahead.has(at))
        for (const [n, next] of streams.slice(at, at + AT_ONCE).entries()) {
          const first = this.#page(next, [...next.params, ...sort], most, undefined)
          first.catch(() => {})
          ahead.set(at + n, first)
        }
      const page = await (token === undefined ? ahead.get(at)! : this.#page(stream, params, most, token))
      const mine = page.resources.filter((resource) => accepts(at, resource))
      if (found.length + mine.length > count) break
      asked++
      found.push(...mine)
      bytes += sizeOf(mine)
      token = page.next
      if (token === undefined) at++
    }
    const more = at < streams.length
    return {
      resources: found,
      included: [],
      cut: false,
      next: more ? writeCursor(mark, { stream: at, token }) : undefined,
      total: query.total === undefined && !more && from === undefined ? found.length : total
    }
  }

  /** Exactly: the API only estimates what goes beyond a page. Throws search.too-broad. */
  async #count(plan: Plan): Promise<number> {
    const accepts = acceptors(plan)
    let total = 0
    let pages = 0
    for (const [n, stream] of plan.streams.entries()) {
      for (let token: string | undefined, more = true; more; ) {
        if (++pages > MOST_COUNTED) throw fail('search.too-broad', { most: MOST_COUNTED * MOST_COUNT })
        const page = await this.#page(stream, stream.params, MOST_COUNT, token)
        total += page.resources.filter((resource) => accepts(n, resource)).length
        token = page.next
        more = token !== undefined
      }
    }
    return total
  }

  async #gather(query: SearchQuery, plan: Plan, mark: string, after: Place | undefined): Promise<SearchPage> {
    const { sort, count, lastPerCode } = query
    const found = await this.#everything(plan, MOST_GATHERED, sort)
    if (found === undefined) throw fail('search.too-broad', { most: MOST_GATHERED })
    const all = found.sort((a, b) => inOrder(sort, a, b))
    const rows =
      lastPerCode === undefined
        ? all
        : lastOfEach(
            all.map((one) => ({ ...one, time: timeOf(one), codes: codesOf(one.parsed) })),
            lastPerCode
          )
    const rest = after === undefined ? rows : rows.filter((one) => inOrder(sort, after, one) < 0)
    const page: Placed[] = []
    let bytes = 0
    for (let n = 0; n < rest.length && n < count && bytes < PAGE_BYTES; bytes += page[n++]!.resource.body.length) page.push(rest[n]!)
    const last = page.at(-1)
    const more = count > 0 && page.length < rest.length
    const unpaged = lastPerCode !== undefined
    return {
      resources: page.map(({ resource }) => resource),
      included: [],
      cut: more && unpaged,
      next: more && !unpaged && last !== undefined ? writeCursor(mark, { after: { values: last.values, name: last.name } }) : undefined,
      total: query.total === 'none' ? undefined : query.total === 'accurate' || (!more && after === undefined) ? rows.length : undefined
    }
  }

  /** What the streams give, each once, tested; undefined: more than `most` would have to be looked at. */
  async #everything({ streams }: Plan, most: number, sort: SearchQuery['sort'] = []): Promise<Placed[] | undefined> {
    const found = new Map<string, Placed>()
    const looked = { resources: 0, bytes: 0 }
    const walk = async (stream: Stream): Promise<boolean> => {
      const test = stream.test && testOf(stream.test, Date.now())
      for (let token: string | undefined, more = true; more; ) {
        const page = await this.#page(stream, stream.params, MOST_COUNT, token)
        looked.resources += page.resources.length
        looked.bytes += sizeOf(page.resources)
        if (looked.resources > most || looked.bytes > MOST_BYTES) return false
        for (const resource of page.resources) {
          if (!stream.types.includes(resource.type)) continue
          const parsed = parse(resource)
          if (test === undefined || test(parsed)) found.set(`${resource.type}/${resource.id}`, placed(resource, parsed, sort))
        }
        token = page.next
        more = token !== undefined
      }
      return true
    }
    for (let at = 0; at < streams.length; at += AT_ONCE) {
      const done = await settled(streams.slice(at, at + AT_ONCE).map(walk))
      if (done.includes(false)) return undefined
    }
    return [...found.values()]
  }
}

/** Waits for all, then throws what one of them threw. */
async function settled<T>(work: ReadonlyArray<Promise<T>>): Promise<T[]> {
  await Promise.allSettled(work)
  return Promise.all(work)
}

/** Whether what a stream gives belongs into the answer: it passes the test, and no stream before has given it. */
function acceptors({ streams }: Plan): (stream: number, resource: StoredResource) => boolean {
  const now = Date.now()
  const tests = streams.map(({ test }) => test && testOf(test, now))
  const mine = streams.map(({ mine }: Stream): ((resource: { resourceType: string }) => boolean) => testOf(mine as Criterion, now))
  const overlaps = streams.map(({ types }, n) =>
    [...streams.keys()].slice(0, n).filter((m) => streams[m]!.types.some((type) => types.includes(type)))
  )
  return (n, resource) => {
    if (!streams[n]!.types.includes(resource.type)) return false
    const test = tests[n]
    if (test === undefined && overlaps[n]!.length === 0) return true
    const parsed = parse(resource)
    if (test !== undefined && !test(parsed)) return false
    return !overlaps[n]!.some((m) => streams[m]!.types.includes(resource.type) && mine[m]!(parsed))
  }
}

function parts(resources: readonly StoredResource[], { subset }: SearchQuery, included: boolean): readonly StoredResource[] {
  if (subset === undefined) return resources
  return resources.map((one) => ({ ...one, body: Buffer.from(cutResource(one.body.toString(), subset, included)) }))
}

function sizeOf(resources: readonly StoredResource[]): number {
  return resources.reduce((sum, { body }) => sum + body.length, 0)
}

function parse({ body }: StoredResource): { readonly resourceType: string } {
  return JSON.parse(body.toString()) as { resourceType: string }
}

function timeOf({ values }: Placed): SortValue {
  return values[0] ?? null
}

/** `<position>.<mark>` */
function writeCursor(mark: string, position: Position): string {
  return `${Buffer.from(JSON.stringify(position)).toString('base64url')}.${mark}`
}

/** Throws search.page for a cursor that was not given for this search. */
function readCursor({ cursor, sort }: SearchQuery, mark: string): Position | undefined {
  if (cursor === undefined) return undefined
  const [, text = '', of] = /^([\w-]{1,8000})\.([0-9a-f]{16})$/.exec(cursor) ?? []
  if (of !== mark) throw fail('search.page')
  try {
    const position = JSON.parse(Buffer.from(text, 'base64url').toString()) as Partial<{ stream: unknown; token: unknown; after: Place }>
    const { stream, token, after } = position
    if (Number.isSafeInteger(stream) && (stream as number) >= 0 && (token === undefined || typeof token === 'string'))
      return { stream: stream as number, token }
    if (after !== undefined && isPlace(after, sort.length)) return { after }
  } catch {
    // Not one of ours.
  }
  throw fail('search.page')
}

function isPlace({ values, name }: Place, length: number): boolean {
  return (
    typeof name === 'string' &&
    Array.isArray(values) &&
    values.length === length &&
    values.every((one) => one === null || typeof one === 'string' || typeof one === 'number')
  )
}

/** Says which search a cursor is of, and where it stands in streams, which ones these are: those of a physician change with their patients. */
function markOf({ types, compartment, criteria, sort, count }: SearchQuery, plan: Plan | undefined): string {
  const streams = plan?.streams.map(({ path, params }) => [path, params])
  return hash('sha256', JSON.stringify([types, compartment ?? null, criteria, sort, plan && count, streams])).slice(0, 16)
}
