/**
 * The writer's side of a bulk load. Resources that are new are copied by SQL, sorted by the key of each table, so that every B-tree is
 * written from left to right; the few others go the way of single writes, in the same transaction.
 */
import { rmSync } from 'node:fs'
import type { AuditAgent } from '../../fhir/audit-event.js'
import { joinBody } from '../../fhir/json.js'
import { UCUM } from '../../fhir/units.js'
import type { Outcomes, Repeat } from '../repository.js'
import type { AuditChain } from './audit-chain.js'
import { INDEX_TABLES } from './index-rows.js'
import { basisKey } from './index-state.js'
import { Marks } from './marks.js'
import { type PackedId, unpackId } from './pack.js'
import type { Db } from './schema.js'
import { mapShapes } from './shapes.js'
import { type ResourceWriter, SEARCH_PARAMETER } from './write.js'

/** Loads of one process at the same time that are told apart. */
const SESSIONS = 8

export interface MergeRequest {
  readonly file: string
  /** Last seq before the session began: what is newer was written by the session (or beside it). */
  readonly lastSeq: number
  readonly refuseRepeats: boolean
  /** Names the session. */
  readonly session: string
  /** Whom the audit log names. */
  readonly by?: AuditAgent | undefined
}

export interface MergeResult {
  readonly byType: Record<string, Outcomes>
  readonly repeats: Repeat[]
}

interface Entry {
  readonly n: number
  readonly type: number
  readonly id: PackedId
  readonly hash: Buffer
  readonly origin: number
}

/** Attaches a stage, runs the work, detaches it again. */
export function withStage<T>(db: Db, file: string, work: () => T): T {
  db.prepare('ATTACH ? AS stage').run(file)
  try {
    return work()
  } finally {
    db.exec('DETACH stage')
  }
}

/**
 * Copies the index rows of the attached stage; rid = n + base. `fresh`: an SQL condition on n, or ''.
 * temp.stage_system must translate the stage's system numbers.
 */
export function copyIndexRows(db: Db, base: number, fresh: string): void {
  for (const { name, columns } of INDEX_TABLES) {
    const keys = columns.map((column) => (column === 'system' ? 's.number' : `t.${column}`)).join(', ')
    const from = (columns as readonly string[]).includes('system')
      ? `stage.${name} t CROSS JOIN temp.stage_system s ON s.id = t.system`
      : `stage.${name} t`
    db.prepare(`INSERT OR IGNORE INTO ${name} SELECT ${keys}, t.n + ? FROM ${from} ${fresh} ORDER BY ${keys}, t.n`).run(base)
  }
  db.exec(`INSERT OR IGNORE INTO text SELECT t.path, t.folded, t.code, s.number FROM stage.text t CROSS JOIN temp.stage_system s ON s.id = t.system
    ORDER BY 1, 2, 3, 4`)
  db.exec('INSERT OR IGNORE INTO spelling SELECT DISTINCT lower(code), code FROM stage.token WHERE code <> lower(code) ORDER BY 1, 2')
  db.prepare(
    `INSERT OR IGNORE INTO unit SELECT DISTINCT s.number, t.code FROM stage.quantity t CROSS JOIN temp.stage_system s ON s.id = t.system
     WHERE s.number = (SELECT id FROM main.system WHERE uri = ?)`
  ).run(UCUM)
}

/** Fills temp.stage_system: the store's number for each system number of the attached stage. */
export function mapSystems(db: Db, number: (uri: string) => number): void {
  db.exec('CREATE TEMP TABLE IF NOT EXISTS stage_system(id INTEGER PRIMARY KEY, number INTEGER); DELETE FROM temp.stage_system')
  const add = db.prepare('INSERT INTO temp.stage_system VALUES (?, ?)')
  add.run(0, 0)
  for (const { id, uri } of db.prepare<[], { id: number; uri: string }>('SELECT id, uri FROM stage.system').all()) add.run(id, number(uri))
}

export class Merger {
  readonly #db: Db
  readonly #writer: ResourceWriter
  readonly #audit: AuditChain
  /** What sessions found unchanged: a row with the same key that comes later in the same load is as late as after one that was written. */
  readonly #met = new Map<string, Marks>()

  constructor(db: Db, writer: ResourceWriter, audit: AuditChain) {
    this.#db = db
    this.#writer = writer
    this.#audit = audit
  }

  /** What a session has written, or found to be there as its load has it. */
  #isMet({ lastSeq, session }: MergeRequest, { seq, rid }: { readonly seq: number; readonly rid: number }): boolean {
    return seq > lastSeq || this.#metBy(session).has(rid)
  }

  #metBy(session: string): Marks {
    const marks = this.#met.get(session) ?? new Marks()
    this.#met.set(session, marks)
    // Sessions that ended are not heard of: those of long ago have.
    for (const name of this.#met.keys()) if (this.#met.size > SESSIONS) this.#met.delete(name)
    return marks
  }

  /** One durable transaction. The stage file is deleted, also when it fails. */
  merge(request: MergeRequest): MergeResult {
    try {
      return withStage(this.#db, request.file, () => {
        try {
          return this.#db.transaction(() => this.#merge(request)).immediate()
        } catch (error) {
          this.#writer.rolledBack()
          throw error
        }
      })
    } finally {
      rmSync(request.file, { force: true })
    }
  }

  #merge(request: MergeRequest): MergeResult {
    const db = this.#db
    const writer = this.#writer
    const result: MergeResult = { byType: {}, repeats: [] }
    writer.begin()
    this.#audit.begin()
    mapSystems(db, (uri) => writer.systems.number(uri))

    // Those that are there already or come again within the stage, or that change what is indexed; all, when they were indexed by other parameters.
    db.exec(`CREATE TEMP TABLE IF NOT EXISTS other(n INTEGER PRIMARY KEY); DELETE FROM temp.other;
      INSERT INTO temp.other SELECT e.n FROM stage.entry e
      WHERE ${this.#isOutdated() ? 1 : 0} OR e.again = 1 OR e.type = ${writer.dictionary.types.get(SEARCH_PARAMETER)!}
      OR EXISTS (SELECT 1 FROM main.resource r WHERE r.type = e.type AND r.id = e.id)`)
    const all = db.prepare<[], number>('SELECT max(n) FROM stage.entry').pluck().get()!
    const others = db.prepare<[], number>('SELECT n FROM temp.other').pluck().all()
    if (others.length < all) this.#copyFresh(all, others.length > 0, result)
    const entry = db.prepare<[number], Entry>('SELECT n, type, id, hash, origin FROM stage.entry WHERE n = ?')
    for (const n of others) this.#writeOther(entry.get(n)!, request, result)
    writer.end()
    if (request.by !== undefined) this.#audit.load(request.by, result.byType)
    this.#audit.end()
    return result
  }

  /** True when the stage was indexed by other uploaded search parameters than there are now for its types. */
  #isOutdated(): boolean {
    const { index, dictionary } = this.#writer
    const staged = this.#db.prepare<[], { parameters: string; given_up: string }>('SELECT parameters, given_up FROM stage.custom').get()!
    index.giveUp(JSON.parse(staged.given_up))
    const types = this.#db.prepare<[], number>('SELECT DISTINCT type FROM stage.entry').pluck().all()
    const names = types.map((type) => dictionary.typeNames.get(type)!)
    return basisKey(JSON.parse(staged.parameters), names) !== basisKey(index.definition.parameters, names)
  }

  #copyFresh(all: number, withOthers: boolean, { byType }: MergeResult): void {
    const db = this.#db
    const { lastRid, lastSeq, now, dictionary } = this.#writer
    const fresh = (n: string) => (withOthers ? `WHERE ${n} NOT IN (SELECT n FROM temp.other)` : '')
    const meta = joinBody({ head: '', tail: '' }, '1', now)
    mapShapes(db)
    db.prepare(
      `INSERT INTO resource(rid, type, id, vid, seq, deleted, updated, shape)
       SELECT e.n + ?, e.type, e.id, 1, e.n + ?, 0, ?, ifnull(m.number, 0)
       FROM stage.entry e LEFT JOIN stage.shaped s ON s.n = e.n LEFT JOIN temp.stage_shape m ON m.id = s.shape ${fresh('e.n')} ORDER BY e.n`
    ).run(lastRid, lastSeq, now)
    db.prepare(
      `INSERT INTO version(seq, rid, vid, updated, method, deleted, hash, body)
       SELECT e.n + ?, e.n + ?, 1, ?, 'PUT', 0, e.hash, b.head || ? || b.tail
       FROM stage.entry e CROSS JOIN stage.body b ON b.n = e.n ${fresh('e.n')} ORDER BY e.n`
    ).run(lastSeq, lastRid, now, meta)
    db.prepare(`INSERT INTO history(type, updated, seq) SELECT type, ?, n + ? FROM stage.entry ${fresh('n')} ORDER BY type, n`).run(
      now,
      lastSeq
    )
    copyIndexRows(db, lastRid, fresh('t.n'))
    this.#writer.fullText.pend({ first: lastRid + 1, last: lastRid + all })
    this.#writer.skip(all, all)
    const counts = db.prepare<[], { type: number; created: number }>(
      `SELECT type, count(*) AS created FROM stage.entry ${fresh('n')} GROUP BY type`
    )
    for (const { type, created } of counts.all()) byType[dictionary.typeNames.get(type)!] = { created, updated: 0, unchanged: 0 }
  }

  #writeOther({ n, type: number, id: packed, hash, origin }: Entry, request: MergeRequest, { byType, repeats }: MergeResult): void {
    const type = this.#writer.dictionary.typeNames.get(number)!
    const id = unpackId(packed)
    const current = this.#writer.current(number, packed)
    const outcomes = (byType[type] ??= { created: 0, updated: 0, unchanged: 0 })
    if (current?.deleted === 0 && current.hash?.equals(hash)) {
      outcomes.unchanged++
      if (request.refuseRepeats) this.#metBy(request.session).add(current.rid)
    } else if (request.refuseRepeats && current !== undefined && this.#isMet(request, current)) repeats.push({ type, id, origin })
    else {
      const body = this.#db.prepare<[number], { head: string; tail: string }>('SELECT head, tail FROM stage.body WHERE n = ?').get(n)!
      const { outcome } = this.#writer.put(type, id, { hash, ...body }, current)
      outcomes[outcome === 'created' ? 'created' : 'updated']++
    }
  }
}
