/**
 * History (R4 http.html#history) at instance, type and system level, newest first: by time, then by seq. A cursor names the last version that
 * was given and the last one there was when the first page was asked for, so that pages and total stay what they are while others write.
 */
import { hash } from 'node:crypto'
import { fail } from '../../errors.js'
import type { HistoryPage, HistoryQuery, StoredVersion, WriteMethod } from '../repository.js'
import { type PackedBodies, packBodies } from './bodies.js'
import type { Dictionary } from './dictionary.js'
import { type PackedId, packId, unpackId } from './pack.js'
import type { Db } from './schema.js'

/** A HistoryPage on its way to the main thread. */
export interface SentHistory extends Omit<HistoryPage, 'versions'> {
  readonly versions: ReadonlyArray<Omit<StoredVersion, 'body'>>
  readonly bodies: PackedBodies
}

/** Where a page begins: after (updated, seq), among versions up to `last`. */
interface Position {
  readonly updated: number
  readonly seq: number
  /** Seq of the newest version when the first page was asked for. */
  readonly last: number
  readonly total: number | undefined
}

interface Place {
  readonly seq: number
  readonly updated: number
}

interface VersionRow {
  readonly type: number
  readonly id: PackedId
  readonly vid: number
  readonly updated: number
  readonly method: WriteMethod
  readonly deleted: number
  readonly body: Buffer | null
}

/** Bytes of bodies after which a page ends early. */
const PAGE_BYTES = 32 << 20
const PLACES_PER_LOOK = 256
const ALWAYS = Number.MIN_SAFE_INTEGER
const NEVER = Number.MAX_SAFE_INTEGER

/** The ways through the versions, each along an index: FROM and WHERE, then the columns that tell the version. */
const LEVELS = {
  instance: 'FROM version v INDEXED BY version_rid WHERE v.rid = $scope',
  type: 'FROM history v WHERE v.type = $scope',
  system: 'FROM version v INDEXED BY version_updated WHERE $scope = 0'
} as const

type Level = keyof typeof LEVELS

export class Historian {
  readonly #dictionary: Dictionary
  readonly #seconds: number
  readonly #db: Db
  readonly #sql
  readonly #levels

  /** seconds: a page that takes longer throws search.too-costly. */
  constructor(db: Db, dictionary: Dictionary, seconds: number) {
    this.#db = db
    this.#dictionary = dictionary
    this.#seconds = seconds
    this.#sql = {
      rid: db.prepare<[number, PackedId], number>('SELECT rid FROM resource WHERE type = ? AND id = ?').pluck(),
      last: db.prepare<[], number>('SELECT ifnull(max(seq), 0) FROM version').pluck(),
      until: db
        .prepare<[number], number>('SELECT n.updated FROM version v JOIN version n ON n.rid = v.rid AND n.vid = v.vid + 1 WHERE v.seq = ?')
        .pluck(),
      version: db.prepare<[number], VersionRow>(
        `SELECT r.type, r.id, v.vid, v.updated, v.method, v.deleted, CAST(v.body AS BLOB) AS body
         FROM version v JOIN resource r ON r.rid = v.rid WHERE v.seq = ?`
      )
    }
    const level = (name: Level) => ({
      places: db.prepare<[object], Place>(placesSql(name)),
      total: db.prepare<[object], number>(`SELECT count(*) ${LEVELS[name]} AND v.updated >= $since AND v.seq <= $last`).pluck()
    })
    this.#levels = { instance: level('instance'), type: level('type'), system: level('system') }
  }

  /** Undefined: the resource asked for was never there. Throws search.page, search.too-costly. */
  page(query: HistoryQuery): SentHistory | undefined {
    return this.#db.transaction(() => this.#page(query))()
  }

  #page(query: HistoryQuery): SentHistory | undefined {
    const scope = this.#scope(query)
    if (scope === undefined) return undefined
    const first = query.cursor === undefined
    const position = readCursor(query) ?? { updated: NEVER, seq: NEVER, last: this.#sql.last.get()!, total: undefined }
    const total = first ? this.#total(query, scope, position) : position.total
    const places = this.#places(query, scope, position, query.count === 0 ? 0 : query.count + 1)

    const versions: Array<Omit<StoredVersion, 'body'>> = []
    const bodies: Buffer[] = []
    let bytes = 0
    while (versions.length < Math.min(places.length, query.count) && bytes < PAGE_BYTES) {
      const { type, id, vid, updated, method, deleted, body } = this.#sql.version.get(places[versions.length]!.seq)!
      const name = this.#dictionary.typeNames.get(type)!
      versions.push({ type: name, id: unpackId(id), versionId: String(vid), lastUpdated: updated, deleted: deleted === 1, method })
      bodies.push(body ?? Buffer.alloc(0))
      bytes += bodies.at(-1)!.length
    }
    const next = versions.length < places.length ? writeCursor(query, { ...position, ...places[versions.length - 1]!, total }) : undefined
    return { versions, bodies: packBodies(bodies), next, total }
  }

  /** What the SQL of the level is told to stay within; a type that was never used has no versions. */
  #scope({ type, id }: HistoryQuery): number | undefined {
    if (type === undefined) return 0
    const number = this.#dictionary.types.get(type) ?? 0
    return id === undefined ? number : this.#sql.rid.get(number, packId(id))
  }

  /** The next versions that are wanted, at most `most`. */
  #places(query: HistoryQuery, scope: number, { updated, seq, last }: Position, most: number): Place[] {
    const { since = ALWAYS, at } = query
    const deadline = performance.now() + this.#seconds * 1000
    const found: Place[] = []
    if (most === 0) return found
    // Versions made at or after `to` were not current in the span: begin below them.
    const upper = at === undefined || at.to > updated ? { updated, seq } : { updated: at.to, seq: ALWAYS }
    let looked = 0
    for (const place of this.#levels[levelOf(query)].places.iterate({ scope, since, last, ...upper })) {
      if (++looked % PLACES_PER_LOOK === 0 && performance.now() > deadline) throw fail('search.too-costly', { seconds: this.#seconds })
      if (at !== undefined && !this.#wasCurrent(place, at)) continue
      if (found.push(place) === most) break
    }
    return found
  }

  /** True when the version had not been replaced yet when the span began, or was made in it. */
  #wasCurrent({ seq, updated }: Place, { from }: { readonly from: number }): boolean {
    if (updated >= from) return true
    const until = this.#sql.until.get(seq)
    return until === undefined || until > from
  }

  /** A count along the index; with `at`, every version would have to be looked at, which only one resource's are. */
  #total(query: HistoryQuery, scope: number, position: Position): number | undefined {
    if (query.at === undefined) {
      return this.#levels[levelOf(query)].total.get({ scope, since: query.since ?? ALWAYS, last: position.last })
    }
    return query.id === undefined ? undefined : this.#places(query, scope, position, NEVER).length
  }
}

function levelOf({ type, id }: HistoryQuery): Level {
  if (type === undefined) return 'system'
  return id === undefined ? 'type' : 'instance'
}

/** Of one resource, later versions are newer and have a higher seq: its index gives them in order without sorting. */
function placesSql(level: Level): string {
  const order = level === 'instance' ? 'v.vid DESC' : 'v.updated DESC, v.seq DESC'
  return `SELECT v.seq, v.updated ${LEVELS[level]} AND (v.updated, v.seq) < ($updated, $seq) AND v.updated >= $since AND v.seq <= $last ORDER BY ${order}`
}

function writeCursor(query: HistoryQuery, { updated, seq, last, total }: Position): string {
  return [...[updated, seq, last, total ?? -1].map((n) => n.toString(36)), fingerprint(query)].join('.')
}

/** Throws search.page when the cursor was not given for this history. */
function readCursor(query: HistoryQuery): Position | undefined {
  if (query.cursor === undefined) return undefined
  const parts = query.cursor.split('.')
  const [updated, seq, last, total] = parts
    .slice(0, 4)
    .map((part) => (/^-?[0-9a-z]{1,11}$/.test(part) ? Number.parseInt(part, 36) : Number.NaN))
  const known = parts.length === 5 && parts[4] === fingerprint(query)
  if (!known || ![updated, seq, last, total].every(Number.isSafeInteger)) throw fail('search.page')
  return { updated: updated!, seq: seq!, last: last!, total: total! < 0 ? undefined : total }
}

/** A cursor belongs to one history only. */
function fingerprint({ type, id, since, at }: HistoryQuery): string {
  return hash('sha256', JSON.stringify([type, id, since, at])).slice(0, 16)
}
