/** Single writes, inside a transaction that is open: preconditions, claims, versions and index rows. Runs in the writer thread. */
import { hash as digest } from 'node:crypto'
import { fail, type WardbridgeError } from '../../errors.js'
import { includesVersion, showVersions } from '../../fhir/etags.js'
import { joinBody, splitBody } from '../../fhir/json.js'
import type { Write } from '../repository.js'
import { type Dictionary, readDictionary, Systems, Units } from './dictionary.js'
import { FullText } from './fulltext.js'
import { codesOf, type Indexed, IndexWriter, indexRows, unitsOf } from './index-rows.js'
import { IndexKeeper } from './index-state.js'
import { type PackedId, packId, unpackId } from './pack.js'
import type { Db } from './schema.js'
import { Shapes } from './shapes.js'
import { Spellings } from './spellings.js'
import { Texts } from './texts.js'

/** A WriteResult whose body has not been cut out of a shared buffer yet. */
export interface Written {
  readonly type: string
  readonly id: string
  readonly versionId: string
  readonly lastUpdated: number
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'deleted'
  readonly text: string
  /** What was there before; undefined: nothing, or the same. */
  readonly before?: string
}

/** What the store says about a resource now. */
export interface Current {
  readonly rid: number
  readonly vid: number
  readonly seq: number
  readonly deleted: number
  readonly updated: number
  readonly hash: Buffer | null
}

/** A resource ready to be written: from splitBody, or from a stage. */
export interface Prepared {
  readonly hash: Buffer
  readonly head: string
  readonly tail: string
}

/** The first 16 bytes of SHA-256 over the content: see docs/decisions/0022. */
export function contentHash(content: string): Buffer {
  return digest('sha256', content, 'buffer').subarray(0, 16)
}

/** Resources of this type say what the indexes hold. */
export const SEARCH_PARAMETER = 'SearchParameter'

export class ResourceWriter {
  readonly dictionary: Dictionary
  readonly systems: Systems
  /** What the indexes hold. */
  readonly index: IndexKeeper
  readonly #units: Units
  readonly #spellings: Spellings
  readonly #texts: Texts
  readonly fullText: FullText
  readonly #shapes: Shapes
  readonly #rowWriter: IndexWriter
  readonly #sql
  #seq = 0
  #rid = 0
  #now = 0

  constructor(db: Db) {
    this.dictionary = readDictionary(db)
    this.systems = new Systems(db)
    this.index = new IndexKeeper(db, this.dictionary)
    this.#units = new Units(db, this.systems)
    this.#spellings = new Spellings(db)
    this.#texts = new Texts(db)
    this.fullText = new FullText(db)
    this.#shapes = new Shapes(db)
    this.#rowWriter = new IndexWriter(db)
    this.#sql = {
      lastSeq: db.prepare<[], number>('SELECT ifnull(max(seq), 0) FROM version').pluck(),
      lastRid: db.prepare<[], number>('SELECT ifnull(max(rid), 0) FROM resource').pluck(),
      current: db.prepare<[number, PackedId], Current>(
        `SELECT r.rid, r.vid, r.seq, r.deleted, r.updated, v.hash
         FROM resource r JOIN version v ON v.rid = r.rid AND v.vid = r.vid WHERE r.type = ? AND r.id = ?`
      ),
      body: db.prepare<[number], string>('SELECT body FROM version WHERE seq = ?').pluck(),
      addVersion: db.prepare('INSERT INTO version(seq, rid, vid, updated, method, deleted, hash, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
      addHistory: db.prepare('INSERT INTO history(type, updated, seq) VALUES (?, ?, ?)'),
      addResource: db.prepare('INSERT INTO resource(rid, type, id, vid, seq, deleted, updated, shape) VALUES (?, ?, ?, 1, ?, 0, ?, ?)'),
      setResource: db.prepare('UPDATE resource SET vid = ?, seq = ?, deleted = 0, updated = ?, shape = ? WHERE rid = ?'),
      setDeleted: db.prepare('UPDATE resource SET vid = ?, seq = ?, deleted = 1, updated = ? WHERE rid = ?'),
      holder: db.prepare<[string], { rid: number; type: number; id: PackedId }>(
        'SELECT c.rid, r.type, r.id FROM claim c JOIN resource r ON r.rid = c.rid WHERE c.key = ?'
      ),
      addClaim: db.prepare('INSERT OR IGNORE INTO claim(key, rid, seq) VALUES (?, ?, ?)'),
      dropClaims: db.prepare('DELETE FROM claim WHERE rid = ?')
    }
  }

  /** Reads where the numbers stand; call it first in every transaction, as other processes write too. */
  begin(): void {
    this.#seq = this.#sql.lastSeq.get()!
    this.#rid = this.#sql.lastRid.get()!
    this.#now = Date.now()
    this.index.refresh()
    if (this.index.adopt(this.#rid)) this.fullText.forget()
  }

  /** Call it last in every transaction that indexed something. */
  end(): void {
    this.index.giveUp()
  }

  /** After a rollback, whole or to a savepoint. */
  rolledBack(): void {
    this.systems.forget()
    this.index.forget()
    this.#units.forget()
    this.#spellings.forget()
    this.#texts.forget()
    this.#shapes.forget()
  }

  get lastSeq(): number {
    return this.#seq
  }

  get lastRid(): number {
    return this.#rid
  }

  /** Time of the transaction, milliseconds since 1970. */
  get now(): number {
    return this.#now
  }

  /** Takes note of rows that were written by other means. */
  skip(rids: number, seqs: number): void {
    this.#rid += rids
    this.#seq += seqs
  }

  current(type: number, id: PackedId): Current | undefined {
    return this.#sql.current.get(type, id)
  }

  /** Throws resource.conflict, resource.exists, http.precondition-failed, claim.taken, resource.not-found, resource.unknown-type. */
  write(write: Write): Written {
    const type = this.dictionary.types.get(write.type)
    if (type === undefined) throw fail('resource.unknown-type', { type: write.type })
    // An earlier call of the group may have changed it and then failed.
    this.index.refresh()
    const current = this.current(type, packId(write.id))
    checkPrecondition(write, current)
    if (write.method === 'delete') return this.#delete(write, current)

    const split = splitBody(write.text, write.id)
    const prepared = { hash: contentHash(split.content), head: split.head, tail: split.tail }
    return this.put(write.type, write.id, prepared, current, write.verb)
  }

  /**
   * Looks at the claims of a commit before anything is written, as a call that failed by then need not be taken back. What its own resources hold they may
   * give each other. Throws claim.taken.
   */
  checkClaims(writes: readonly Write[]): void {
    if (!writes.some((write) => claimsOf(write) !== undefined)) return
    const own = new Set(writes.map((write) => this.#place(write)?.rid))
    for (const key of writes.flatMap((write) => claimsOf(write) ?? [])) {
      const holder = this.#sql.holder.get(key)
      if (holder !== undefined && !own.has(holder.rid))
        throw taken(key, `${this.dictionary.typeNames.get(holder.type)}/${unpackId(holder.id)}`)
    }
  }

  /** Takes the claims of writes that were made before in this transaction, in place of those their resources held. Throws claim.taken. */
  claim(writes: readonly Write[]): void {
    const claiming = writes.flatMap((write) => {
      const claims = claimsOf(write)
      const holder = claims && this.#place(write)
      return claims === undefined || holder === undefined || holder.deleted === 1 ? [] : [{ write, rid: holder.rid, claims }]
    })
    for (const { rid } of claiming) this.#sql.dropClaims.run(rid)
    for (const { write, rid, claims } of claiming)
      for (const key of claims)
        if (this.#sql.addClaim.run(key, rid, this.#seq).changes === 0 && this.#sql.holder.get(key)!.rid !== rid)
          throw taken(key, `another resource than ${write.type}/${write.id}`)
  }

  #place({ type, id }: Write): Current | undefined {
    return this.current(this.dictionary.types.get(type) ?? 0, packId(id))
  }

  /** Writes the next version, unless the content is what is there already. current: what current() gave. */
  put(type: string, id: string, next: Prepared, current: Current | undefined, verb = 'PUT'): Written {
    if (current?.deleted === 0 && current.hash?.equals(next.hash)) {
      const text = this.#sql.body.get(current.seq)!
      return { type, id, versionId: String(current.vid), lastUpdated: current.updated, outcome: 'unchanged', text }
    }
    const vid = (current?.vid ?? 0) + 1
    const updated = this.#stamp(current)
    const seq = ++this.#seq
    const text = joinBody(next, String(vid), updated)
    const rid = current?.rid ?? ++this.#rid
    const number = this.dictionary.types.get(type)!
    const resource = JSON.parse(text)
    const indexed = this.#indexed(resource)
    const shape = this.#shapes.number(number, indexed.shape)
    let before: string | undefined
    if (current === undefined) this.#sql.addResource.run(rid, number, packId(id), seq, updated, shape)
    else {
      before = this.#unindex(current)
      this.#sql.setResource.run(vid, seq, updated, shape, rid)
    }
    this.#sql.addVersion.run(seq, rid, vid, updated, verb, 0, next.hash, text)
    this.#sql.addHistory.run(number, updated, seq)
    this.#rowWriter.insert(rid, indexed.rows)
    this.fullText.add(rid, resource)
    for (const [system, code] of unitsOf(indexed.rows)) this.#units.note(system, code)
    this.#texts.note(indexed.texts)
    for (const code of codesOf(indexed.rows)) this.#spellings.note(code)
    if (type === SEARCH_PARAMETER) this.index.searchParameter(id, resource)
    const outcome = current?.deleted === 0 ? 'updated' : 'created'
    return { type, id, versionId: String(vid), lastUpdated: updated, outcome, text, ...(before === undefined ? {} : { before }) }
  }

  #delete({ type, id }: Write, current: Current | undefined): Written {
    if (current === undefined) throw fail('resource.not-found', { type, id })
    if (current.deleted === 1)
      return { type, id, versionId: String(current.vid), lastUpdated: current.updated, outcome: 'unchanged', text: '' }
    const vid = current.vid + 1
    const updated = this.#stamp(current)
    const seq = ++this.#seq
    const before = this.#unindex(current)!
    this.#sql.setDeleted.run(vid, seq, updated, current.rid)
    this.#sql.addVersion.run(seq, current.rid, vid, updated, 'DELETE', 1, null, null)
    this.#sql.addHistory.run(this.dictionary.types.get(type)!, updated, seq)
    this.#sql.dropClaims.run(current.rid)
    if (type === SEARCH_PARAMETER) this.index.searchParameter(id, undefined)
    return { type, id, versionId: String(vid), lastUpdated: updated, outcome: 'deleted', text: '', before }
  }

  /** lastUpdated grows with every version of a resource, whatever the clock does. */
  #stamp(current: Current | undefined): number {
    return current === undefined ? this.#now : Math.max(this.#now, current.updated + 1)
  }

  /** Gives the body that was indexed. */
  #unindex(current: Current): string | undefined {
    if (current.deleted === 1) return undefined
    const body = this.#sql.body.get(current.seq)!
    this.#rowWriter.remove(current.rid, this.#indexed(JSON.parse(body)).rows)
    this.fullText.remove(current.rid)
    return body
  }

  #indexed(resource: { resourceType: string }): Indexed {
    return indexRows(resource, this.dictionary, (uri) => this.systems.number(uri))
  }
}

function claimsOf(write: Write): readonly string[] | undefined {
  return write.method === 'delete' ? undefined : write.claims
}

function taken(claim: string, holder: string): WardbridgeError {
  return fail('claim.taken', { claim, holder })
}

function checkPrecondition({ type, id, precondition }: Write, current: Current | undefined): void {
  const live = current?.deleted === 0
  if (precondition === undefined) return
  if (precondition.kind === 'absent') {
    if (live) throw fail('resource.exists', { type, id })
    return
  }
  const isNamed = live && includesVersion(precondition.versionId, String(current.vid))
  if (isNamed === (precondition.kind === 'version')) return
  if (isNamed)
    throw fail('http.precondition-failed', { type, id, reason: `${type}/${id} has version ${current.vid}, which If-None-Match rules out` })
  throw fail('resource.conflict', { type, id, actual: live ? current.vid : 'none', expected: showVersions(precondition.versionId) })
}
