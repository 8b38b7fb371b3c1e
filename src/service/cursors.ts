/** Paging links: positions of the store, sealed, as they hold values of resources, and of no use to anybody else. */
import { randomBytes } from 'node:crypto'
import { fail } from '../errors.js'
import type { Principal } from './contract.js'
import { seal, unseal } from './seal.js'

export class Cursors {
  readonly #key: Buffer

  /** key: 32 bytes; servers over one store that share it can go on with each other's pages. */
  constructor(key: Buffer = randomBytes(32)) {
    this.#key = key
  }

  seal(who: Principal, cursor: string): string {
    return seal(this.#key, holder(who), cursor)
  }

  /** Throws search.page for what was not sealed for this principal. */
  open(who: Principal, sealed: string): string {
    try {
      return unseal(this.#key, holder(who), sealed)
    } catch (error) {
      throw fail('search.page', {}, { cause: error })
    }
  }
}

function holder({ subject, role }: Principal): string {
  return `${role} ${subject}`
}
