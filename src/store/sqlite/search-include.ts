/**
 * _include and _revinclude (R4 search.html#include): what a page of matches refers to, and what refers to it. Each resource comes once, matches not again;
 * with :iterate the same goes on from what was included. References that name a version bring that version.
 */
import { parseReference } from '../../fhir/references.js'
import { type IndexSink, indexPaths, indexResource, pathNumber } from '../../fhir/search-index.js'
import { type Limits, seenUnder } from '../../fhir/search-limits.js'
import { MAX_INCLUDED, type SearchQuery } from '../../fhir/search-query.js'
import type { Include } from '../../fhir/search-result.js'
import type { Dictionary } from './dictionary.js'
import { type PackedId, packId, unpackId } from './pack.js'
import type { ResourceRow } from './reader.js'
import type { Db } from './schema.js'

export interface Included {
  readonly included: readonly ResourceRow[]
  /** There was more than a page holds. */
  readonly cut: boolean
}

/** An include with what is looked up for each resource. */
interface Rule extends Include {
  readonly targetsOf: ReadonlyMap<number, readonly string[] | undefined> | undefined
  /** The store's numbers of the paths, as a JSON array. */
  readonly numbers: string
}

/** A reference found in a resource. type '': an absolute or canonical URL in id. */
interface Link {
  readonly type: string
  readonly id: string
  readonly version: string | undefined
}

const COLUMNS = 'r.rid, r.type, r.id, v.vid, v.updated, CAST(v.body AS BLOB) AS body'

export class Includer {
  readonly #dictionary: Dictionary
  readonly #tick: () => void
  readonly #sql
  #canonical: string | undefined

  /** tick: asks for the time, and throws when it is up. */
  constructor(db: Db, dictionary: Dictionary, tick: () => void) {
    this.#dictionary = dictionary
    this.#tick = tick
    const row = (where: string) =>
      `SELECT ${COLUMNS} FROM resource r CROSS JOIN version v ON v.seq = r.seq WHERE r.deleted = 0 AND ${where}`
    this.#sql = {
      byRid: db.prepare<[number], ResourceRow>(row('r.rid = ?')),
      byId: db.prepare<[number, PackedId], ResourceRow>(row('r.type = ? AND r.id = ?')),
      byVersion: db.prepare<[number, PackedId, number], ResourceRow>(
        `SELECT ${COLUMNS} FROM resource r CROSS JOIN version v ON v.rid = r.rid
         WHERE r.deleted = 0 AND v.deleted = 0 AND r.type = ? AND r.id = ? AND v.vid = ?`
      ),
      byUrl: db
        .prepare<[string, string], number>('SELECT x.rid FROM json_each(?) p CROSS JOIN uri x ON x.path = p.value WHERE x.value = ?')
        .pluck(),
      referring: db
        .prepare<[string, PackedId, number, number], number>(
          'SELECT DISTINCT x.rid FROM json_each(?) p CROSS JOIN reference x ON x.path = p.value WHERE x.target = ? AND x.type = ? LIMIT ?'
        )
        .pluck()
    }
  }

  /** room: bytes of bodies that the page has left. */
  include(matches: readonly ResourceRow[], { includes, baseUrl, limits }: SearchQuery, room: number): Included {
    if (includes.length === 0 || matches.length === 0) return { included: [], cut: false }
    const page = new Page(matches, room, this.#seen(limits))
    let rules = includes.map((one) => this.#rule(one))
    for (let from = matches; from.length > 0 && rules.length > 0 && !page.full; rules = rules.filter(({ iterate }) => iterate)) {
      const before = page.included.length
      const [back, forth] = [rules.filter(({ reverse }) => reverse), rules.filter(({ reverse }) => !reverse)]
      for (const row of from) {
        if (page.full) break
        if (forth.length > 0) this.#forward(row, forth, baseUrl, page)
        for (const rule of back) this.#reverse(row, rule, baseUrl, page)
      }
      from = page.included.slice(before)
    }
    return { included: page.included, cut: page.full }
  }

  /** What the asker may see: looked at in each resource, so that nothing is reached through what is not theirs. */
  #seen(limits: Limits | undefined): ((row: ResourceRow) => boolean) | undefined {
    if (limits === undefined) return undefined
    const isSeen = seenUnder(limits, Date.now(), this.#dictionary.custom)
    return (row) => isSeen(this.#dictionary.typeNames.get(row.type)!, () => parse(row))
  }

  #rule(include: Include): Rule {
    const all = () =>
      indexPaths()
        .filter(({ kind }) => kind === 'reference')
        .map(({ number }) => ({ path: number }))
    const paths = include.paths ?? all()
    return {
      ...include,
      targetsOf: include.paths && new Map(include.paths.map(({ path, targets }) => [path, targets])),
      numbers: JSON.stringify(paths.map(({ path }) => this.#dictionary.paths[path]!))
    }
  }

  #forward(row: ResourceRow, rules: readonly Rule[], baseUrl: string | undefined, page: Page): void {
    const source = this.#dictionary.typeNames.get(row.type)!
    const mine = rules.filter((rule) => rule.source === undefined || rule.source === source)
    if (mine.length === 0) return
    const resource = parse(row)
    for (const rule of mine) {
      for (const link of linksOf(resource, rule, baseUrl, this.#dictionary)) {
        if (page.full) return
        for (const found of this.#follow(link, rule)) page.add(found)
      }
    }
  }

  *#follow({ type, id, version }: Link, { target }: Rule): Iterable<ResourceRow> {
    this.#tick()
    if (type === '') {
      yield* this.#canonicals(id, target)
      return
    }
    const number = this.#dictionary.types.get(type)
    if (number === undefined || (target !== undefined && target !== type)) return
    const found =
      version === undefined
        ? this.#sql.byId.get(number, packId(id))
        : /^[1-9]\d{0,14}$/.test(version)
          ? this.#sql.byVersion.get(number, packId(id), Number(version))
          : undefined
    if (found !== undefined) yield found
  }

  /** The resources that a canonical URL, with or without `|version`, names. */
  *#canonicals(canonical: string, target: string | undefined): Iterable<ResourceRow> {
    const bar = canonical.indexOf('|')
    const url = bar < 0 ? canonical : canonical.slice(0, bar)
    for (const rid of this.#sql.byUrl.all(this.#urlPaths(), url)) {
      const row = this.#sql.byRid.get(rid)
      if (row === undefined || (target !== undefined && this.#dictionary.types.get(target) !== row.type)) continue
      if (bar < 0 || parse(row).version === canonical.slice(bar + 1)) yield row
    }
  }

  #reverse(row: ResourceRow, rule: Rule, baseUrl: string | undefined, page: Page): void {
    const type = this.#dictionary.typeNames.get(row.type)!
    if (rule.target !== undefined && rule.target !== type) return
    const id = unpackId(row.id)
    // Paths that are for other targets only lead to nothing here.
    const numbers = rule.targetsOf === undefined ? rule.numbers : this.#pathsTo(rule, type)
    const urls = [...(baseUrl === undefined ? [] : [`${baseUrl}/${type}/${id}`]), ...this.#canonicalsOf(row, type)]
    for (const [target, kind] of [[packId(id), row.type] as const, ...urls.map((url) => [url, 0] as const)]) {
      for (const rid of this.#sql.referring.all(numbers, target, kind, MAX_INCLUDED + page.seen + 1)) {
        this.#tick()
        if (page.full) return
        const found = this.#sql.byRid.get(rid)
        if (found === undefined || (rule.source !== undefined && this.#dictionary.types.get(rule.source) !== found.type)) continue
        // `url|version` stands in the index without its version, too.
        if (kind !== 0 || linksOf(parse(found), rule, undefined, this.#dictionary).some(({ type, id }) => type === '' && id === target))
          page.add(found)
      }
    }
  }

  /** The canonical URLs of a resource: with and without its version. */
  #canonicalsOf(row: ResourceRow, type: string): string[] {
    if (pathNumber('uri', `${type}.url`) === undefined) return []
    const { url, version } = parse(row)
    if (typeof url !== 'string') return []
    return typeof version === 'string' ? [url, `${url}|${version}`] : [url]
  }

  #pathsTo({ targetsOf }: Rule, type: string): string {
    const paths = [...targetsOf!].filter(([, targets]) => targets === undefined || targets.includes(type))
    return JSON.stringify(paths.map(([path]) => this.#dictionary.paths[path]!))
  }

  /** Paths of the `url` of canonical resources. */
  #urlPaths(): string {
    this.#canonical ??= JSON.stringify(
      indexPaths()
        .filter(({ kind, name }) => kind === 'uri' && /^[A-Za-z]+\.url$/.test(name))
        .map(({ number }) => this.#dictionary.paths[number]!)
    )
    return this.#canonical
  }
}

/** What a page has so far. */
class Page {
  readonly included: ResourceRow[] = []
  readonly #versions = new Map<number, Set<number>>()
  readonly #isSeen: ((row: ResourceRow) => boolean) | undefined
  #room: number
  full = false

  constructor(matches: readonly ResourceRow[], room: number, isSeen: ((row: ResourceRow) => boolean) | undefined) {
    this.#room = room
    this.#isSeen = isSeen
    for (const row of matches) this.#versions.set(row.rid, new Set([row.vid]))
  }

  get seen(): number {
    return this.#versions.size
  }

  add(row: ResourceRow): void {
    const versions = this.#versions.get(row.rid) ?? new Set()
    if (versions.has(row.vid) || this.#isSeen?.(row) === false) return
    if (this.included.length >= MAX_INCLUDED || this.#room <= 0) {
      this.full = true
      return
    }
    this.#versions.set(row.rid, versions.add(row.vid))
    this.#room -= row.body.length
    this.included.push(row)
  }
}

/** The references of a resource that a rule follows. */
function linksOf(resource: { resourceType: string }, { targetsOf }: Rule, baseUrl: string | undefined, { custom }: Dictionary): Link[] {
  const links = new Map<string, Link>()
  const none = () => {}
  const sink: IndexSink = {
    reference(path, type, id, version) {
      if (targetsOf !== undefined && !targetsOf.has(path)) return
      const own =
        type === '' && baseUrl !== undefined && id.startsWith(`${baseUrl}/`) ? parseReference(id.slice(baseUrl.length + 1)) : undefined
      const link = own?.kind === 'relative' ? { type: own.type, id: own.id, version: own.versionId } : { type, id, version }
      const targets = targetsOf?.get(path)
      if (targets === undefined || targets.includes(link.type)) links.set(`${link.type}/${link.id}/${link.version ?? ''}`, link)
    },
    token: none,
    string: none,
    date: none,
    number: none,
    quantity: none,
    uri: none,
    patient: none
  }
  indexResource(resource, sink, custom)
  // A canonical with a version is indexed without it, too.
  for (const { type, id } of links.values()) if (type === '' && id.includes('|')) links.delete(`/${id.slice(0, id.indexOf('|'))}/`)
  return [...links.values()]
}

function parse({ body }: ResourceRow): { resourceType: string; url?: unknown; version?: unknown } {
  return JSON.parse(body.toString()) as { resourceType: string }
}
