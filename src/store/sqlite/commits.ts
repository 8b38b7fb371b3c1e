/**
 * Group commit: calls that wait together share one transaction and one write to the disk, and fail each on its own.
 *
 * A savepoint for each call would be the plain way to take back one that failed, but every savepoint copies every page that is changed behind it, and has FTS5
 * write its words out. So a group is written without them first. Nearly every call that fails does so before it has written anything, which leaves
 * nothing to take back; when one fails later, the whole group is rolled back and written once more, with savepoints.
 */
import { fail } from '../../errors.js'
import type { AuditAgent } from '../../fhir/audit-event.js'
import type { AuditBatch } from '../audit.js'
import type { Expectation, SearchExpectation, VersionExpectation, Write } from '../repository.js'
import { AuditChain } from './audit-chain.js'
import { Integrity } from './integrity.js'
import { packId, unpackId } from './pack.js'
import type { Db } from './schema.js'
import { Searcher } from './search.js'
import { ResourceWriter, type Written } from './write.js'

export type CommitRequest =
  | {
      readonly kind: 'commit'
      readonly writes: readonly Write[]
      readonly expectations?: readonly Expectation[]
      readonly by?: AuditAgent | undefined
    }
  | ({ readonly kind: 'audit' } & AuditBatch)
  | { readonly kind: 'note'; readonly key: string; readonly value: string }

export type Committed = { readonly written: readonly Written[] } | { readonly error: unknown }

/** Longest that a conditional write may search while others wait. */
const EXPECTATION_SECONDS = 2

export class Commits {
  readonly writer: ResourceWriter
  readonly audit: AuditChain
  readonly #db: Db
  readonly #searcher: Searcher
  readonly #integrity: Integrity | undefined
  readonly #note
  readonly #sql

  /** integrity: refuse commits that leave references to nothing. */
  constructor(db: Db, { integrity = false, auditKey }: { readonly integrity?: boolean; readonly auditKey?: Uint8Array | undefined } = {}) {
    this.#db = db
    this.writer = new ResourceWriter(db)
    this.audit = new AuditChain(db, auditKey)
    this.#searcher = new Searcher(db, this.writer.dictionary, EXPECTATION_SECONDS, { systems: this.writer.systems })
    this.#integrity = integrity ? new Integrity(db, this.writer.dictionary) : undefined
    this.#note = db.prepare('INSERT INTO note(key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value')
    this.#sql = {
      begin: db.prepare('BEGIN IMMEDIATE'),
      changes: db.prepare<[], number>('SELECT total_changes()').pluck(),
      commit: db.prepare('COMMIT'),
      rollback: db.prepare('ROLLBACK'),
      savepoint: db.prepare('SAVEPOINT one'),
      undo: db.prepare('ROLLBACK TO one'),
      release: db.prepare('RELEASE one')
    }
  }

  /** One answer per request, in order. What is answered with `written` is on the disk. */
  run(requests: readonly CommitRequest[]): Committed[] {
    return this.#group(requests, (request) => this.#bare(request)) ?? this.#group(requests, (request) => this.#guarded(request))!
  }

  /** Undefined: one request must be taken back, and cannot be alone; then nothing is written. */
  #group(requests: readonly CommitRequest[], one: (request: CommitRequest) => Committed | undefined): Committed[] | undefined {
    try {
      this.#sql.begin.run()
      this.writer.begin()
      this.audit.begin()
      const answers: Committed[] = []
      for (const request of requests) {
        const answer = one(request)
        if (answer === undefined) {
          this.#rollBack()
          return undefined
        }
        answers.push(answer)
      }
      this.writer.end()
      this.audit.end()
      this.#sql.commit.run()
      return answers
    } catch (error) {
      this.#rollBack()
      return requests.map(() => ({ error }))
    }
  }

  /** Undefined: it failed after it had written something. */
  #bare(request: CommitRequest): Committed | undefined {
    const before = this.#sql.changes.get()
    try {
      return { written: this.#perform(request) }
    } catch (error) {
      // SQLite gives up the whole transaction when the disk is full or fails: then nothing of the group is written.
      if (!this.#db.inTransaction) throw error
      return this.#sql.changes.get() === before ? { error } : undefined
    }
  }

  #guarded(request: CommitRequest): Committed {
    this.#sql.savepoint.run()
    try {
      const written = this.#perform(request)
      this.#sql.release.run()
      return { written }
    } catch (error) {
      if (!this.#db.inTransaction) throw error
      this.#sql.undo.run()
      this.#sql.release.run()
      this.writer.rolledBack()
      return { error }
    }
  }

  #rollBack(): void {
    if (this.#db.inTransaction) this.#sql.rollback.run()
    this.writer.rolledBack()
  }

  #perform(request: CommitRequest): readonly Written[] {
    if (request.kind === 'commit') {
      for (const expectation of request.expectations ?? []) {
        if ('query' in expectation) this.#expect(expectation)
        else this.#expectVersion(expectation)
      }
      this.writer.checkClaims(request.writes)
      const written = request.writes.map((one) => this.writer.write(one))
      this.writer.claim(request.writes)
      this.#integrity?.check(written)
      // Last: what fails by then has left nothing in the log.
      if (request.by !== undefined) this.audit.writes(request.by, request.writes, written)
      return written
    }
    if (request.kind === 'audit') {
      this.audit.add(request)
      return []
    }
    this.#note.run(request.key, request.value)
    return []
  }

  /**
   * The search sees what is written in this transaction already, by other requests of the group, too, and nobody else can write until it ends.
   * One match more than expected is enough to tell. Throws resource.raced, and what a search throws.
   */
  #expect({ query, found }: SearchExpectation): void {
    const expected = new Set(found)
    const now = new Set<string>()
    let cursor: string | undefined
    do {
      const page = this.#searcher.find({ ...query, count: expected.size + 1, cursor, total: 'none' })
      for (const { id } of page.rows) now.add(`${query.types[0]}/${unpackId(id)}`)
      cursor = page.next
    } while (cursor !== undefined && now.size <= expected.size)
    if (now.size !== expected.size || [...now].some((one) => !expected.has(one)))
      throw fail('resource.raced', { query: query.types.join() })
  }

  /** Throws resource.raced. */
  #expectVersion({ type, id, versionId }: VersionExpectation): void {
    const number = this.writer.dictionary.types.get(type)
    const current = number === undefined ? undefined : this.writer.current(number, packId(id))
    const now = current?.deleted === 0 ? String(current.vid) : undefined
    if (now !== versionId) throw fail('resource.raced', { query: `${type}/${id}` })
  }
}
