/**
 * _include and _revinclude (R4 search.html#include), level by level: what a page refers to is read by id in batches, what refers to it is searched. Done here
 * and not by the API, so that nothing is reached through a resource that the asker may not see, references that name a version bring that version, and
 * canonical URLs are followed.
 */
import { resourceTypes } from '../../fhir/definitions.js'
import { targetsOf } from '../../fhir/search-chain.js'
import type { Criterion, SearchValue } from '../../fhir/search-criterion.js'
import { indexPaths, pathNumber } from '../../fhir/search-index.js'
import { seenUnder } from '../../fhir/search-limits.js'
import { standardParametersOf } from '../../fhir/search-parameters.js'
import type { SearchQuery } from '../../fhir/search-query.js'
import type { Include, PathOf } from '../../fhir/search-result.js'
import type { StoredResource } from '../repository.js'
import type { FindAll } from './chains.js'
import { type Link, linksOf } from './links.js'
import type { SearchCalls, Wanted } from './search-calls.js'

export interface Included {
  readonly included: readonly StoredResource[]
  /** There was more than a page holds. */
  readonly cut: boolean
}

/** Resources that refer to one page by one rule. */
const MOST_REFERRING = 5000
/** Calls at the same time. */
const AT_ONCE = 8

export class Includer {
  readonly #calls: Pick<SearchCalls, 'read'>
  readonly #find: FindAll

  constructor(calls: Pick<SearchCalls, 'read'>, find: FindAll) {
    this.#calls = calls
    this.#find = find
  }

  /** room: bytes that the page has left; most: resources. Throws search.too-broad. */
  async include(matches: readonly StoredResource[], query: SearchQuery, room: number, most: number): Promise<Included> {
    let rules = query.includes
    if (rules.length === 0 || matches.length === 0) return { included: [], cut: false }
    const page = new Page(matches, query, room, most)
    for (let from = matches; from.length > 0 && rules.length > 0 && !page.full; rules = rules.filter(({ iterate }) => iterate)) {
      const before = page.included.length
      await this.#forward(
        from,
        rules.filter(({ reverse }) => !reverse),
        query,
        page
      )
      for (const rule of rules.filter(({ reverse }) => reverse)) await this.#reverse(from, rule, query, page)
      from = page.included.slice(before)
    }
    return { included: page.included, cut: page.full }
  }

  async #forward(from: readonly StoredResource[], rules: readonly Include[], query: SearchQuery, page: Page): Promise<void> {
    const wanted = new Map<string, Wanted>()
    const canonicals = new Map<string, { link: Link; types: readonly string[] }>()
    for (const resource of from) {
      const mine = rules.filter(({ source }) => source === undefined || source === resource.type)
      if (mine.length === 0) continue
      const parsed = parse(resource)
      for (const { paths, target } of mine) {
        const targets = paths && new Map(paths.map((one) => [one.path, one.targets]))
        for (const link of linksOf(parsed, targets, query.baseUrl)) {
          if (link.type === '')
            canonicals.set(`${target ?? ''} ${link.id}`, {
              link,
              types: target === undefined ? canonicalTargets(resource.type, paths) : [target]
            })
          else if (target === undefined || target === link.type) wanted.set(`${link.type}/${link.id}/${link.version ?? ''}`, link)
        }
      }
    }
    const unread = [...wanted.values()].filter((one) => one.version !== undefined || !page.has(one.type, one.id))
    for (const resource of await this.#calls.read(unread)) page.add(resource)
    for (const { link, types } of canonicals.values()) await this.#canonical(link.id, types, query, page)
  }

  /** The resources that a canonical URL, with or without `|version`, names. */
  async #canonical(canonical: string, types: readonly string[], query: SearchQuery, page: Page): Promise<void> {
    const bar = canonical.indexOf('|')
    const url = bar < 0 ? canonical : canonical.slice(0, bar)
    for (const type of types) {
      const path = pathNumber('uri', `${type}.url`)
      if (path === undefined) continue
      const criterion: Criterion = {
        parameter: 'url',
        kind: 'uri',
        paths: [{ path }],
        modifier: undefined,
        values: [{ kind: 'uri', value: url }]
      }
      for (const found of await this.#find(
        { types: [type], criteria: [criterion], limits: query.limits, baseUrl: query.baseUrl },
        MOST_REFERRING
      ))
        if (bar < 0 || parse(found).version === canonical.slice(bar + 1)) page.add(found)
    }
  }

  async #reverse(from: readonly StoredResource[], { paths, source, target }: Include, query: SearchQuery, page: Page): Promise<void> {
    const mine = from.filter(({ type }) => target === undefined || target === type)
    const names = new Set(mine.map(({ type, id }) => `${type}/${id}`))
    const urls = new Set(mine.flatMap(canonicalsOf))
    const base = query.baseUrl === undefined ? {} : { base: query.baseUrl }
    const values: SearchValue[] = [
      ...mine.map(({ type, id }) => ({ kind: 'reference', type, id, ...base }) as const),
      ...[...urls].map((url) => ({ kind: 'reference', type: '', id: '', url }) as const)
    ]
    const types = [...new Set(mine.map(({ type }) => type))]
    if (types.length === 0 || page.full) return
    const { limits, baseUrl } = query
    // Each parameter by itself: paths of several are no parameter of the API.
    const questions = (source === undefined ? resourceTypes() : [source]).flatMap((one) =>
      parametersAmong(one, paths, types).map((own) => ({ type: one, own }))
    )
    const ask = async ({ type, own }: (typeof questions)[number]) => {
      const criterion: Criterion = { parameter: '', kind: 'reference', paths: own, modifier: undefined, values }
      const found = await this.#find({ types: [type], criteria: [criterion], limits, baseUrl }, MOST_REFERRING)
      const targets = new Map(own.map((one) => [one.path, one.targets]))
      return found.filter((resource) =>
        linksOf(parse(resource), targets, baseUrl).some(({ type, id }) => (type === '' ? urls.has(id) : names.has(`${type}/${id}`)))
      )
    }
    for (let at = 0; at < questions.length && !page.full; at += AT_ONCE) {
      const answers = questions.slice(at, at + AT_ONCE).map(ask)
      await Promise.allSettled(answers)
      for (const answer of answers) for (const resource of await answer) page.add(resource)
    }
  }
}

/** The paths of each reference parameter of a type that looks at nothing but `paths` (undefined: any) and may lead to one of the types `to`. */
function parametersAmong(type: string, paths: Include['paths'], to: readonly string[]): Array<readonly PathOf[]> {
  const wanted = paths && new Map(paths.map((one) => [one.path, one]))
  const all = [...standardParametersOf(type).values()].flatMap((parameter) => {
    const { kind, paths: own } = parameter
    if (kind !== 'reference' || !targetsOf(parameter).some((target) => to.includes(target))) return []
    const numbers: PathOf[] = own.map(({ name, targets }) => ({
      path: pathNumber(kind, name)!,
      ...(targets === undefined ? {} : { targets })
    }))
    const fits = numbers.every(({ path, targets }) => wanted === undefined || wanted.get(path)?.targets?.join() === targets?.join())
    return fits && numbers.every(({ path }) => wanted?.has(path) ?? true) ? [numbers] : []
  })
  // A parameter inside another one finds nothing more.
  const inside = (one: readonly PathOf[], other: readonly PathOf[]) =>
    one.every(({ path, targets }) =>
      other.some((same) => same.path === path && (same.targets === undefined || same.targets.join() === targets?.join()))
    )
  return all.filter((one, n) => !all.some((other, m) => m !== n && inside(one, other) && (!inside(other, one) || m < n)))
}

/** Types that canonical references may lead to: those with a URL that the parameters of these paths name. */
function canonicalTargets(type: string, paths: Include['paths']): readonly string[] {
  const wanted = paths && new Set(paths.map(({ path }) => path))
  const targets = [...standardParametersOf(type).values()].flatMap(({ kind, paths: own, targets }) =>
    kind === 'reference' && own.some(({ name }) => wanted === undefined || wanted.has(pathNumber(kind, name)!)) ? targets : []
  )
  const known = targets.length === 0 ? resourceTypes() : [...new Set(targets)]
  return known.filter((one) => pathNumber('uri', `${one}.url`) !== undefined && indexPaths().length > 0)
}

/** The canonical URLs of a resource: with and without its version. */
function canonicalsOf(resource: StoredResource): string[] {
  if (pathNumber('uri', `${resource.type}.url`) === undefined) return []
  const { url, version } = parse(resource)
  if (typeof url !== 'string') return []
  return typeof version === 'string' ? [url, `${url}|${version}`] : [url]
}

/** What a page has so far. */
class Page {
  readonly included: StoredResource[] = []
  readonly #versions = new Map<string, Set<string>>()
  readonly #isSeen: ((resource: StoredResource) => boolean) | undefined
  readonly #most: number
  #room: number
  full = false

  constructor(matches: readonly StoredResource[], { limits }: SearchQuery, room: number, most: number) {
    this.#room = room
    this.#most = most
    const isSeen = limits && seenUnder(limits, Date.now())
    this.#isSeen = isSeen && ((resource) => isSeen(resource.type, () => parse(resource)))
    for (const { type, id, versionId } of matches) this.#versions.set(`${type}/${id}`, new Set([versionId]))
  }

  has(type: string, id: string): boolean {
    return this.#versions.has(`${type}/${id}`)
  }

  add(resource: StoredResource): void {
    const name = `${resource.type}/${resource.id}`
    const versions = this.#versions.get(name) ?? new Set()
    if (versions.has(resource.versionId) || this.#isSeen?.(resource) === false) return
    if (this.included.length >= this.#most || this.#room <= 0) {
      this.full = true
      return
    }
    this.#versions.set(name, versions.add(resource.versionId))
    this.#room -= resource.body.length
    this.included.push(resource)
  }
}

function parse({ body }: StoredResource): { readonly resourceType: string; readonly url?: unknown; readonly version?: unknown } {
  return JSON.parse(body.toString()) as { resourceType: string }
}
