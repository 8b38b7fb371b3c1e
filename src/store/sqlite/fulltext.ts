/**
 * The index of words behind `_text` and `_content`: an FTS5 table that keeps no texts, one row per resource with words, its rid as rowid. Single writes keep
 * it up to date; what a bulk load brings is noted as pending ranges of rid, indexed by the writer thread in its own time, and read from the bodies by
 * searches until then.
 */
import type { TextCriterion } from '../../fhir/search-criterion.js'
import { resourceWords } from '../../fhir/text-content.js'
import { matchesText, type TextQuery } from '../../fhir/text-query.js'
import type { Db } from './schema.js'
import type { Condition, Scope } from './search-condition.js'
import type { Statements } from './search-statements.js'
import { any, name, type Sql, sql } from './sql.js'

/** rids, both inclusive. */
export interface Pending {
  readonly first: number
  readonly last: number
}

/** Resources that are indexed in one transaction. */
const CHUNK = 200

/** Keeps the index. Everything but chunk() runs inside a transaction that is open. */
export class FullText {
  readonly #db: Db
  readonly #sql

  constructor(db: Db) {
    this.#db = db
    this.#sql = {
      add: db.prepare('INSERT INTO fulltext(rowid, narrative, content) VALUES (?, ?, ?)'),
      remove: db.prepare('DELETE FROM fulltext WHERE rowid = ?'),
      pend: db.prepare('INSERT INTO text_pending(first, last) VALUES (?, ?)'),
      pending: db.prepare<[], Pending>('SELECT first, last FROM text_pending ORDER BY first LIMIT 1'),
      done: db.prepare('DELETE FROM text_pending WHERE first = ?'),
      rows: db.prepare<[number, number, number], { rid: number; body: string }>(
        'SELECT r.rid, v.body FROM resource r JOIN version v ON v.seq = r.seq WHERE r.rid BETWEEN ? AND ? AND r.deleted = 0 ORDER BY r.rid LIMIT ?'
      )
    }
  }

  /** resource: parsed. */
  add(rid: number, resource: { resourceType: string }): void {
    const { narrative, content } = resourceWords(resource)
    if (narrative !== '' || content !== '') this.#sql.add.run(rid, narrative, content)
  }

  remove(rid: number): void {
    this.#sql.remove.run(rid)
  }

  /** Notes resources whose words are to be indexed later. */
  pend({ first, last }: Pending): void {
    if (first <= last) this.#sql.pend.run(first, last)
  }

  /** Forgets all words: every resource is pending. */
  forget(): void {
    this.#db.exec(`INSERT INTO fulltext(fulltext) VALUES ('delete-all'); DELETE FROM text_pending;
      INSERT INTO text_pending SELECT min(rid), max(rid) FROM resource HAVING count(*) > 0`)
  }

  get isPending(): boolean {
    return this.#sql.pending.get() !== undefined
  }

  /** Indexes some of what is pending, in a transaction of its own. False: nothing is left. */
  chunk(): boolean {
    return this.#db
      .transaction(() => {
        const pending = this.#sql.pending.get()
        if (pending === undefined) return false
        const rows = this.#sql.rows.all(pending.first, pending.last, CHUNK)
        for (const { rid, body } of rows) {
          // It may have been written since.
          this.remove(rid)
          this.add(rid, JSON.parse(body) as { resourceType: string })
        }
        this.#sql.done.run(pending.first)
        if (rows.length === CHUNK) this.pend({ first: rows.at(-1)!.rid + 1, last: pending.last })
        return true
      })
      .immediate()
  }
}

/** Checks that every resource with words has its row, except where it is pending, and that there are no others. */
export class FullTextCheck {
  readonly #row
  readonly #count
  readonly #pending: readonly Pending[]
  #expected = 0

  constructor(db: Db) {
    this.#pending = db.prepare<[], Pending>('SELECT first, last FROM text_pending').all()
    this.#row = db.prepare<[number], number>('SELECT 1 FROM fulltext_docsize WHERE id = ?').pluck()
    this.#count = db
      .prepare<[], number>(
        'SELECT count(*) FROM fulltext_docsize d WHERE NOT EXISTS (SELECT 1 FROM text_pending p WHERE d.id BETWEEN p.first AND p.last)'
      )
      .pluck()
  }

  expect(rid: number, resource: { resourceType: string }, problem: (text: string) => void): void {
    if (this.#pending.some(({ first, last }) => rid >= first && rid <= last)) return
    const { narrative, content } = resourceWords(resource)
    if (narrative === '' && content === '') return
    this.#expected++
    if (this.#row.get(rid) === undefined) problem('its words are missing in the full text index')
  }

  /** Call it after the last resource. */
  finish(problem: (text: string) => void): void {
    const rows = this.#count.get()!
    if (rows !== this.#expected) problem(`the full text index has ${rows} rows, the resources give ${this.#expected}`)
  }
}

/** A criterion on words as SQL. */
export function textCondition(
  { query, whole }: TextCriterion,
  { row: r, source: x }: Scope,
  pending: readonly Pending[],
  statements: Statements
): Condition {
  const match = whole ? expression(query) : `{narrative} : (${expression(query)})`
  const rids = sql`SELECT rowid AS rid FROM fulltext WHERE fulltext MATCH ${match}`
  const indexed = sql`${r}.rid IN (${rids})`
  if (pending.length === 0)
    return { check: indexed, drivers: [{ sources: [{ from: sql`(${rids}) ${x}`, where: name('1') }], ordered: true, exact: true }] }
  const within = any(pending.map(({ first, last }): Sql => sql`${r}.rid BETWEEN ${first} AND ${last}`))
  const read = statements.meets((resource) => matchesText(resourceWords(resource), query, whole), r)
  return { check: sql`(${indexed} OR (${within} AND ${read}))`, drivers: [] }
}

/** In the language of FTS5; every word is in quotes, so that none means anything to it. */
function expression(query: TextQuery): string {
  switch (query.kind) {
    case 'phrase':
      return `"${query.words.join(' ').replaceAll('"', '""')}"`
    case 'without':
      return `(${expression(query.part)} NOT ${expression(query.not)})`
    default:
      return `(${query.parts.map(expression).join(query.kind === 'and' ? ' AND ' : ' OR ')})`
  }
}
