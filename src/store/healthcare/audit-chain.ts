/** The chain of this process: what is noted while a batch is on its way goes into the next one. */
import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { fail } from '../../errors.js'
import type { AuditEntry } from '../../fhir/audit-event.js'
import { auditKeys } from '../../fhir/audit-event.js'
import type { Objects } from '../../files/objects.js'
import { inTheBackground } from '../../google/request.js'
import type { AuditBatch, AuditHead } from '../audit.js'
import { keyName } from '../audit-hash.js'
import { batchHash, batchName, beginning, formatBatch, readBatch, type StoredBatch } from './audit-objects.js'

/** Hashes of batches that are remembered, for anchors. */
const REMEMBERED = 5000
/** Tries to write a batch, and milliseconds between them; after that all who wait for it are told, and the next one begins with it. */
const TRIES = 3
const PAUSE = 100
const NEW_LINE = Buffer.from('\n')

interface Waiting {
  readonly batch: AuditBatch
  done(): void
  failed(error: unknown): void
}

export class AuditChain {
  readonly #objects: Objects
  readonly #folder: string
  readonly #secret: Uint8Array
  readonly #chain = makeName()
  #last: { readonly seq: number; readonly at: number; readonly hash: Buffer } = { seq: 0, at: 0, hash: Buffer.alloc(0) }
  /** A batch of which it is not known whether it was written: nothing else may take its number. */
  #open: StoredBatch | undefined
  #waiting: Waiting[] = []
  #writing = false
  readonly #hashes = new Map<number, Buffer>()

  constructor(objects: Objects, folder: string, secret: Uint8Array) {
    this.#objects = objects
    this.#folder = folder
    this.#secret = secret
  }

  head(): AuditHead {
    const { seq, hash } = this.#last
    return { chain: `${this.#folder}/${this.#chain}`, seq, hash }
  }

  hash(seq: number): Buffer | undefined {
    return this.#hashes.get(seq)
  }

  /** Resolved when it is written. Throws audit.unavailable. */
  append(batch: AuditBatch): Promise<void> {
    return new Promise<void>((done, failed) => {
      this.#waiting.push({ batch, done, failed })
      // What is written is of many requests: none of them may end it.
      if (!this.#writing) void inTheBackground(() => this.#write())
    })
  }

  note(entries: readonly AuditEntry[]): Promise<void> {
    const keys = new Set(entries.flatMap(({ who, patients = [] }) => auditKeys(who, patients)))
    return this.append({ entries: Buffer.from(entries.map((entry) => JSON.stringify(entry)).join('\n')), keys: [...keys] })
  }

  async #write(): Promise<void> {
    this.#writing = true
    try {
      while (this.#waiting.length > 0) {
        const waiting = this.#waiting
        this.#waiting = []
        try {
          if (this.#open !== undefined) await this.#put(this.#open)
          await this.#put(this.#join(waiting.map(({ batch }) => batch)))
          for (const { done } of waiting) done()
        } catch (error) {
          const told = fail('audit.unavailable', {}, { cause: error })
          for (const { failed } of waiting) failed(told)
        }
      }
    } finally {
      this.#writing = false
    }
  }

  #join(all: readonly AuditBatch[]): StoredBatch {
    const entries = Buffer.concat(all.flatMap((one, n) => (n === 0 ? [one.entries] : [NEW_LINE, one.entries])))
    const keys = [...new Set(all.flatMap((one) => one.keys))]
    const { seq, at, hash } = this.#last
    const batch = { chain: this.#chain, seq: seq + 1, at: Math.max(Date.now(), at), entries, keys }
    const before = seq === 0 ? beginning(this.#folder, this.#chain) : hash
    return { ...batch, key: keyName(this.#secret), hash: batchHash(this.#secret, before, batch) }
  }

  /** Once it was tried, the number is this batch's, until it is known whether it was written: a gap would look as if one had been taken out. */
  async #put(batch: StoredBatch): Promise<void> {
    this.#open = batch
    for (let tries = 1; ; tries++) {
      try {
        const isNew = (await this.#objects.put(batchName(this.#folder, batch), formatBatch(batch), 'absent')) !== undefined
        // Nobody else writes under these names: it was an earlier try of this one.
        if (!isNew && !(await readBatch(this.#objects, this.#folder, batch))?.hash.equals(batch.hash))
          throw fail('audit.broken', { batch: batch.seq, reason: `batch ${batch.seq} of chain ${this.#chain} is of somebody else` })
        break
      } catch (error) {
        if (tries === TRIES) throw error
        await wait(PAUSE * tries)
      }
    }
    this.#open = undefined
    this.#last = batch
    this.#hashes.set(batch.seq, batch.hash)
    this.#hashes.delete(batch.seq - REMEMBERED)
  }
}

/** 9 characters of time, so that it is not met again, and 7 of chance. */
function makeName(): string {
  const time = Date.now().toString(36).padStart(9, '0')
  const chance = (randomBytes(6).readUIntBE(0, 6) % 36 ** 7).toString(36).padStart(7, '0')
  return `${time}${chance}`
}
