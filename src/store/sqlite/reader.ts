/** A reader thread: searches, listings, counts and checks on a read-only connection. */
import { workerData } from 'node:worker_threads'
import type { AuditPlace } from '../../fhir/audit-event.js'
import type { SearchQuery } from '../../fhir/search-query.js'
import type { AuditHead, AuditSearch } from '../audit.js'
import type { ChangesQuery, HistoryQuery, TypeSize } from '../repository.js'
import { AuditReader } from './audit-search.js'
import { verifyAudit } from './audit-verify.js'
import { type PackedBodies, packBodies } from './bodies.js'
import { Changes } from './changes.js'
import { readDictionary } from './dictionary.js'
import { Historian } from './history.js'
import { IndexState } from './index-state.js'
import { Labeller } from './labels.js'
import { type PackedId, unpackId } from './pack.js'
import { connect } from './schema.js'
import { Searcher } from './search.js'
import { serve } from './thread.js'
import { verify } from './verify.js'

export type ReaderRequest =
  | { readonly kind: 'search'; readonly query: SearchQuery }
  | { readonly kind: 'history'; readonly query: HistoryQuery }
  | { readonly kind: 'changes'; readonly query: ChangesQuery }
  | { readonly kind: 'labels'; readonly types: readonly string[] }
  | { readonly kind: 'counts' }
  | { readonly kind: 'sizes' }
  | { readonly kind: 'each'; readonly type: string; readonly after: number; readonly bytes: number }
  | { readonly kind: 'verify' }
  | { readonly kind: 'findAudit'; readonly search: AuditSearch }
  | { readonly kind: 'readAudit'; readonly place: AuditPlace }
  | { readonly kind: 'verifyAudit'; readonly key: Uint8Array | undefined; readonly anchor: Omit<AuditHead, 'chain'> | undefined }

/** Resources on their way to the main thread. */
export interface SentResources {
  readonly types: readonly string[]
  readonly ids: readonly string[]
  readonly vids: readonly number[]
  readonly updated: readonly number[]
  readonly bodies: PackedBodies
  /** By position, of contained resources only. */
  readonly fragments: ReadonlyMap<number, string>
}

export interface FoundPage {
  /** Matches, then what was included. */
  readonly resources: SentResources
  readonly matches: number
  readonly cut: boolean
  readonly next: string | undefined
  readonly total: number | undefined
}

export interface EachPage {
  readonly resources: SentResources
  /** Row to go on after; undefined at the end. */
  readonly next: number | undefined
}

/** A live resource with its body. */
export interface ResourceRow {
  readonly rid: number
  /** Number of its type. */
  readonly type: number
  readonly id: PackedId
  readonly vid: number
  readonly updated: number
  readonly body: Buffer
  /** The body is that of a contained resource of this id alone. */
  readonly fragment?: string
}

const { file, searchSeconds, mostSorted } = workerData as { file: string; searchSeconds: number; mostSorted?: number }
const db = connect(file, { readonly: true, cacheMiB: 8 })
const dictionary = readDictionary(db)
const index = new IndexState(db, dictionary)
const searcher = new Searcher(db, dictionary, searchSeconds, mostSorted === undefined ? {} : { mostSorted })
const audit = new AuditReader(db, searchSeconds)
const labeller = new Labeller(db, dictionary, searchSeconds)
const changes = new Changes(db, dictionary)
const historian = new Historian(db, dictionary, searchSeconds)
// In the order of the rows, which is that of the file: in the order of the ids every body would be read from another place.
const ofType = db.prepare<[number, number], ResourceRow>(
  `SELECT r.rid, r.type, r.id, r.vid, r.updated, CAST(v.body AS BLOB) AS body FROM resource r JOIN version v ON v.seq = r.seq
   WHERE r.type = ? AND r.rid > ? AND r.deleted = 0 ORDER BY r.rid`
)
const countAll = db.prepare<[], { type: number; n: number }>('SELECT type, count(*) AS n FROM resource WHERE deleted = 0 GROUP BY type')
const sizeAll = db.prepare<[], { type: number; n: number; bytes: number }>(
  `SELECT r.type, count(*) AS n, sum(octet_length(v.body)) AS bytes FROM resource r JOIN version v ON v.seq = r.seq
   WHERE r.deleted = 0 GROUP BY r.type`
)

serve<ReaderRequest>(
  (calls, replies) => {
    for (const { call, request } of calls) {
      try {
        if (request.kind === 'search') {
          const { rows, included, ...page } = searcher.search(request.query)
          const resources = send([...rows, ...included])
          replies.value(call, { ...page, resources, matches: rows.length } satisfies FoundPage, [resources.bodies.bytes])
        } else if (request.kind === 'history') {
          const page = historian.page(request.query)
          replies.value(call, page, page === undefined ? [] : [page.bodies.bytes])
        } else if (request.kind === 'changes') {
          const page = changes.page(request.query)
          replies.value(call, page, [page.bodies.bytes])
        } else if (request.kind === 'each') {
          const page = each(request.type, request.after, request.bytes)
          replies.value(call, page, [page.resources.bodies.bytes])
        } else if (request.kind === 'counts') replies.value(call, counts())
        else if (request.kind === 'sizes') replies.value(call, sizes())
        else if (request.kind === 'labels') replies.value(call, labeller.labels(request.types))
        else if (request.kind === 'findAudit') replies.value(call, audit.find(request.search))
        else if (request.kind === 'readAudit') replies.value(call, audit.read(request.place))
        else if (request.kind === 'verifyAudit')
          replies.value(
            call,
            verifyAudit(db, request, (done) => replies.progress(call, done))
          )
        else
          replies.value(
            call,
            verify(db, dictionary, index, (done) => replies.progress(call, done))
          )
      } catch (error) {
        replies.error(call, error)
      }
      replies.flush()
    }
  },
  () => db.close()
)

/** The next resources of a type, until they have `bytes` bytes. after: 0 at the beginning. */
function each(type: string, after: number, bytes: number): EachPage {
  const rows: ResourceRow[] = []
  let size = 0
  for (const row of ofType.iterate(dictionary.types.get(type) ?? 0, after)) {
    rows.push(row)
    size += row.body.length
    if (size >= bytes) return { resources: send(rows), next: row.rid }
  }
  return { resources: send(rows), next: undefined }
}

function counts(): Record<string, number> {
  const rows = countAll.all().map(({ type, n }) => [dictionary.typeNames.get(type)!, n] as const)
  return Object.fromEntries(rows.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function sizes(): Record<string, TypeSize> {
  const rows = sizeAll.all().map(({ type, n, bytes }) => [dictionary.typeNames.get(type)!, { resources: n, bytes }] as const)
  return Object.fromEntries(rows.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function send(rows: readonly ResourceRow[]): SentResources {
  return {
    types: rows.map(({ type }) => dictionary.typeNames.get(type)!),
    ids: rows.map(({ id }) => unpackId(id)),
    vids: rows.map(({ vid }) => vid),
    updated: rows.map(({ updated }) => updated),
    bodies: packBodies(rows.map(({ body }) => body)),
    fragments: new Map(rows.flatMap(({ fragment }, n) => (fragment === undefined ? [] : [[n, fragment] as const])))
  }
}
