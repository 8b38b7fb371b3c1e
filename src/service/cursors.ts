/** Paging links: positions of the store, sealed, as they hold values of resources, and of no use to anybody else. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { fail } from '../errors.js'
import type { Principal } from './contract.js'

const CIPHER = 'aes-256-gcm'
const IV = 12
const TAG = 16

export class Cursors {
  readonly #key: Buffer

  /** key: 32 bytes; servers over one store that share it can go on with each other's pages. */
  constructor(key: Buffer = randomBytes(32)) {
    this.#key = key
  }

  seal(who: Principal, cursor: string): string {
    const iv = randomBytes(IV)
    const cipher = createCipheriv(CIPHER, this.#key, iv).setAAD(holder(who))
    const text = Buffer.concat([cipher.update(cursor, 'utf8'), cipher.final()])
    return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url')
  }

  /** Throws search.page for what was not sealed for this principal. */
  open(who: Principal, sealed: string): string {
    try {
      const bytes = Buffer.from(sealed, 'base64url')
      const decipher = createDecipheriv(CIPHER, this.#key, bytes.subarray(0, IV), { authTagLength: TAG }).setAAD(holder(who))
      decipher.setAuthTag(bytes.subarray(IV, IV + TAG))
      return decipher.update(bytes.subarray(IV + TAG), undefined, 'utf8') + decipher.final('utf8')
    } catch (error) {
      throw fail('search.page', {}, { cause: error })
    }
  }
}

function holder({ subject, role }: Principal): Buffer {
  return Buffer.from(`${role} ${subject}`)
}
