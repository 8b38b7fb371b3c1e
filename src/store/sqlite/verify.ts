/** Checks that bodies, versions and indexes agree. Runs in a reader thread, on one snapshot, without holding more than one resource. */
import { createHash } from 'node:crypto'
import { splitBody } from '../../fhir/json.js'
import { UCUM } from '../../fhir/units.js'
import type { VerifyReport } from '../repository.js'
import { digestResource } from './content-digest.js'
import { type Dictionary, Systems } from './dictionary.js'
import { FullTextCheck } from './fulltext.js'
import { INDEX_TABLES, IndexReader, type IndexRow, indexRows } from './index-rows.js'
import { customParameters, type IndexState } from './index-state.js'
import { type PackedId, unpackId } from './pack.js'
import type { Db } from './schema.js'
import { Texts } from './texts.js'
import { contentHash } from './write.js'

const MOST_PROBLEMS = 100
const PROGRESS_EVERY = 1000

/** Facts about single rows that must not be found: SQL that gives one line of text per problem. */
const CONTRADICTIONS = [
  `SELECT 'version ' || seq || ' belongs to no resource' FROM version v WHERE NOT EXISTS (SELECT 1 FROM resource r WHERE r.rid = v.rid)`,
  `SELECT 'resource ' || v.rid || ' has versions ' || min(v.vid) || ' to ' || max(v.vid) || ', but ' || count(*) || ' of them'
   FROM version v LEFT JOIN pruned p ON p.rid = v.rid GROUP BY v.rid
   HAVING min(v.vid) <> ifnull(p.vid, 0) + 1 OR max(v.vid) - min(v.vid) + 1 <> count(*)`,
  `SELECT 'resource ' || r.rid || ' does not point to its last version' FROM resource r LEFT JOIN version v ON v.seq = r.seq
   WHERE v.seq IS NULL OR v.rid <> r.rid OR v.vid <> r.vid OR v.deleted <> r.deleted OR v.updated <> r.updated
   OR EXISTS (SELECT 1 FROM version later WHERE later.rid = r.rid AND later.vid > r.vid)`,
  `SELECT 'resource ' || v.rid || ' version ' || v.vid || ' is not newer than the one before it' FROM version v
   JOIN version p ON p.rid = v.rid AND p.vid = v.vid - 1 WHERE p.updated >= v.updated OR p.seq >= v.seq`,
  `SELECT 'version ' || v.seq || ' is missing in the history of its type' FROM version v JOIN resource r ON r.rid = v.rid
   WHERE NOT EXISTS (SELECT 1 FROM history h WHERE h.type = r.type AND h.updated = v.updated AND h.seq = v.seq)`,
  `SELECT 'the histories of the types have ' || h.n || ' versions, but there are ' || v.n
   FROM (SELECT count(*) AS n FROM history) h, (SELECT count(*) AS n FROM version) v WHERE h.n <> v.n`,
  `SELECT 'shape ' || s.id || ' is not listed by its traits' FROM shape s LEFT JOIN (
     SELECT shape, group_concat(path || '.' || part, ' ') AS traits
     FROM (SELECT shape, path, part FROM shape_path ORDER BY 1, 2, 3) GROUP BY shape) l ON l.shape = s.id WHERE l.traits IS NOT s.traits`,
  `SELECT 'the code ' || t.code || ' is not listed by its spelling' FROM (SELECT DISTINCT code FROM token) t
   WHERE t.code <> lower(t.code) AND NOT EXISTS (SELECT 1 FROM spelling s WHERE s.lower = lower(t.code) AND s.code = t.code)`,
  `SELECT 'unit ' || q.code || ' is not listed' FROM (SELECT DISTINCT system, code FROM quantity) q
   JOIN system s ON s.id = q.system AND s.uri = '${UCUM}' WHERE NOT EXISTS (SELECT 1 FROM unit u WHERE u.system = q.system AND u.code = q.code)`,
  `SELECT 'claim ' || c.key || ' belongs to no living resource' FROM claim c LEFT JOIN resource r ON r.rid = c.rid WHERE r.rid IS NULL OR r.deleted = 1`
]

interface VersionRow {
  readonly seq: number
  readonly vid: number
  readonly updated: number
  readonly deleted: number
  readonly hash: Buffer | null
  readonly body: string | null
  readonly id: PackedId
  readonly type: number
}

/** progress: resources and versions looked at so far. */
export function verify(db: Db, dictionary: Dictionary, index: IndexState, progress: (done: number) => void): Omit<VerifyReport, 'rebuilt'> {
  return db.transaction(() => {
    index.refresh()
    return new Verifier(db, dictionary, index, progress).run()
  })()
}

class Verifier {
  readonly #db: Db
  readonly #dictionary: Dictionary
  readonly #progress: (done: number) => void
  /** Paths whose rows are being made or removed. */
  readonly #unsettled: readonly number[]
  readonly #problems: string[] = []
  #done = 0

  constructor(db: Db, dictionary: Dictionary, { definition }: IndexState, progress: (done: number) => void) {
    this.#db = db
    const active = definition.parameters.filter(({ state }) => state === 'active')
    this.#dictionary = { ...dictionary, custom: customParameters(active, dictionary) }
    this.#unsettled = [...definition.abandoned, ...definition.parameters.flatMap(({ state, paths }) => (state === 'waiting' ? paths : []))]
    if (!dictionary.searchable)
      this.#problem('the search indexes are being built anew, or are of another release: see `wardbridge verify --rebuild`')
    this.#progress = progress
  }

  run(): Omit<VerifyReport, 'rebuilt'> {
    for (const line of this.#db.prepare<[], string>('PRAGMA integrity_check').pluck().iterate()) if (line !== 'ok') this.#problem(line)
    for (const sql of CONTRADICTIONS) for (const line of this.#db.prepare<[], string>(sql).pluck().iterate()) this.#problem(line)
    const versions = this.#versions()
    const { resources, indexRows, digest } = this.#current()
    return { resources, versions, indexRows, digest, problems: this.#problems }
  }

  /** Every version: its content gives its hash, its meta says its version and time. */
  #versions(): number {
    const rows = this.#db.prepare<[], VersionRow>(
      `SELECT v.seq, v.vid, v.updated, v.deleted, v.hash, v.body, r.id, r.type FROM version v JOIN resource r ON r.rid = v.rid ORDER BY v.seq`
    )
    let versions = 0
    for (const row of rows.iterate()) {
      versions++
      this.#look()
      const fault = versionFault(row)
      if (fault !== undefined) this.#problem(`${this.#name(row)} version ${row.vid}: ${fault}`)
    }
    return versions
  }

  /** Every current resource, by type and id: digest, and index rows in both directions. */
  #current(): { resources: number; indexRows: number; digest: string } {
    const rows = this.#db.prepare<[number], { rid: number; id: PackedId; body: string; traits: string | null }>(
      `SELECT r.rid, r.id, v.body, s.traits FROM resource r JOIN version v ON v.seq = r.seq LEFT JOIN shape s ON s.id = r.shape
       WHERE r.type = ? AND r.deleted = 0 ORDER BY r.id`
    )
    const index = new IndexReader(this.#db)
    const systems = new Systems(this.#db)
    const expected = INDEX_TABLES.map(() => 0)
    const words = new FullTextCheck(this.#db)
    const texts = new Texts(this.#db)
    const digest = createHash('sha256')
    let resources = 0
    for (const [type, number] of [...this.#dictionary.types].sort(([a], [b]) => (a < b ? -1 : 1))) {
      for (const { rid, id, body, traits } of rows.iterate(number)) {
        resources++
        this.#look()
        try {
          const resource = JSON.parse(body) as { resourceType: string }
          words.expect(rid, resource, (text) => this.#problem(`${type}/${unpackId(id)}: ${text}`))
          digestResource(digest, type, unpackId(id), body)
          const indexed = indexRows(resource, this.#dictionary, (uri) => systems.find(uri) ?? -1)
          if (indexed.shape !== (traits ?? '')) this.#problem(`${type}/${unpackId(id)}: its shape is not that of its content`)
          for (const one of indexed.texts) if (!texts.has(one)) this.#problem(`${type}/${unpackId(id)}: a text beside a code is not listed`)
          for (const row of unique(indexed.rows)) {
            expected[row.table]!++
            if (!index.has(rid, row))
              this.#problem(`${type}/${unpackId(id)}: missing in index ${INDEX_TABLES[row.table]!.name}: ${describe(row)}`)
          }
        } catch (error) {
          this.#problem(`${type}/${unpackId(id)}: the body cannot be read (${(error as Error).message})`)
        }
      }
    }
    words.finish((text) => this.#problem(text))
    return { resources, indexRows: this.#surplus(expected), digest: digest.digest('hex') }
  }

  /** All expected rows are there (or were reported); what a table has beyond them belongs to no resource. Returns the number of rows there are. */
  #surplus(expected: readonly number[]): number {
    let all = 0
    const settled = this.#unsettled.length === 0 ? '' : `WHERE path NOT IN (${this.#unsettled.join(', ')})`
    for (const [table, { name, columns }] of INDEX_TABLES.entries()) {
      const where = (columns as readonly string[]).includes('path') ? settled : ''
      const rows = this.#db.prepare<[], number>(`SELECT count(*) FROM ${name} ${where}`).pluck().get()!
      all += rows
      if (rows !== expected[table]) this.#problem(`index ${name} has ${rows} rows, the resources give ${expected[table]}`)
    }
    return all
  }

  #look(): void {
    if (++this.#done % PROGRESS_EVERY === 0) this.#progress(this.#done)
  }

  #problem(line: string): void {
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push(line)
  }

  #name({ type, id }: { type: number; id: PackedId }): string {
    return `${this.#dictionary.typeNames.get(type)}/${unpackId(id)}`
  }
}

function versionFault({ vid, updated, deleted, hash, body, id }: VersionRow): string | undefined {
  if (deleted === 1) return body === null && hash === null ? undefined : 'a deleted version has a body'
  if (body === null || hash === null) return 'it has no body'
  try {
    const { meta } = JSON.parse(body) as { meta?: { versionId?: unknown; lastUpdated?: unknown } }
    if (meta?.versionId !== String(vid)) return 'meta.versionId is not its version'
    if (meta.lastUpdated !== new Date(updated).toISOString()) return 'meta.lastUpdated is not its time'
    return contentHash(splitBody(body, unpackId(id)).content).equals(hash) ? undefined : 'the content does not give its hash'
  } catch (error) {
    return `the body cannot be read (${(error as Error).message})`
  }
}

/** A resource may give the same row twice; a table holds it once. */
function unique(rows: readonly IndexRow[]): IndexRow[] {
  if (rows.length < 2) return [...rows]
  return [...new Map(rows.map((row) => [describe(row), row])).values()]
}

function describe({ table, values }: IndexRow): string {
  return `${table} ${JSON.stringify(values.map((value) => (Buffer.isBuffer(value) ? unpackId(value) : value)))}`
}
