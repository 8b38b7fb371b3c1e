/** The keys that tokens are signed with, all in one record. */
import type { Awaitable } from '../../awaitable.js'
import { makeKey } from '../signing-key.js'
import type { KeyAlgorithm, SigningKey, State, VerificationKey } from '../state.js'
import type { Records, Step } from './records.js'
import { type Ended, FRESH } from './sessions.js'

const NAME = 'keys'
/** The expiry that a key is known to have signed is written in steps of this, so that not every token costs a write. */
const STEP = 86_400_000

interface Key extends VerificationKey {
  /** Empty: it signs no more. */
  readonly privateKey: string
  readonly made: number
  readonly signedUntil: number
}

/** The newest first. */
interface RingRecord {
  readonly keys: readonly Key[]
}

export function openKeys(
  records: Records,
  ended: Ended
): Pick<State, 'getSigningKey' | 'verificationKeys' | 'rotateSigningKey'> & { readonly expire: (now: number) => Promise<number> } {
  const ring = new Ring(records)
  return {
    async getSigningKey({ alg = 'EdDSA', until = 0, oldest = 0 } = {}) {
      const now = Date.now()
      const isFit = (key: Key | undefined) => key !== undefined && key.made >= oldest && key.signedUntil >= until
      const first = currentOf(await ring.read(), alg)
      if (isFit(first)) return signing(first!)
      return ring.change((keys) => {
        const current = currentOf(keys, alg)
        if (isFit(current)) return { answer: signing(current!) }
        const isNew = current === undefined || current.made < oldest
        const all = isNew ? replaced(keys, alg, now) : keys
        const key = currentOf(all, alg)!
        const extended = all.map((one) => (one === key && key.signedUntil < until ? { ...key, signedUntil: until + STEP } : one))
        return { put: { keys: extended }, answer: signing(key) }
      })
    },

    async verificationKeys(now, kid) {
      const keys = await ring.known(now, kid)
      return keys.filter(({ privateKey, signedUntil }) => privateKey !== '' || signedUntil > now).map(publicPart)
    },

    async rotateSigningKey({ forget }) {
      const now = Date.now()
      const kid = await ring.change((keys) => {
        const algorithms: readonly KeyAlgorithm[] = currentOf(keys, 'RS256') === undefined ? ['EdDSA'] : ['RS256', 'EdDSA']
        const all = algorithms.reduce<readonly Key[]>((before, alg) => replaced(before, alg, now), keys)
        const kept = forget ? all.filter(({ privateKey }) => privateKey !== '') : all
        return { put: { keys: kept }, answer: currentOf(kept, 'EdDSA')!.kid }
      })
      if (forget) ended()
      return kid
    },

    expire: (now) =>
      ring.change((keys) => {
        const kept = keys.filter(({ privateKey, signedUntil }) => privateKey !== '' || signedUntil > now)
        return kept.length === keys.length ? { answer: 0 } : { put: { keys: kept }, answer: keys.length - kept.length }
      })
  }
}

class Ring {
  readonly #records: Records
  #known: { readonly at: number; readonly keys: readonly Key[] } | undefined
  #reading: Promise<readonly Key[]> | undefined
  #next: Promise<readonly Key[]> | undefined

  constructor(records: Records) {
    this.#records = records
  }

  async read(): Promise<readonly Key[]> {
    return (await this.#records.get<RingRecord>(NAME))?.keys ?? []
  }

  async change<R>(step: (keys: readonly Key[]) => Step<RingRecord, R>): Promise<R> {
    try {
      return await this.#records.change<RingRecord, R>(NAME, (ring) => step(ring?.keys ?? []))
    } finally {
      this.#known = undefined
    }
  }

  /** As every token that is looked at asks: what was read lately, unless a key is asked for that was not there yet. */
  known(now: number, kid: string | undefined): Awaitable<readonly Key[]> {
    const known = this.#known
    const isFresh = known !== undefined && now - known.at < FRESH && now >= known.at
    return isFresh && (kid === undefined || known.keys.some((key) => key.kid === kid)) ? known.keys : this.#again()
  }

  /** Those who ask while a reading is under way share the next one: it may have begun before what they ask for was there. */
  #again(): Promise<readonly Key[]> {
    if (this.#reading === undefined) return this.#begin()
    this.#next ??= this.#reading.catch(() => {}).then(() => this.#begin())
    return this.#next
  }

  #begin(): Promise<readonly Key[]> {
    const at = Date.now()
    this.#next = undefined
    this.#reading = this.read()
      .then((keys) => {
        this.#known = { at, keys }
        return keys
      })
      .finally(() => {
        this.#reading = undefined
      })
    return this.#reading
  }
}

function currentOf(keys: readonly Key[], alg: KeyAlgorithm): Key | undefined {
  return keys.find((key) => key.alg === alg && key.privateKey !== '')
}

/** With a new key for an algorithm; the others for it sign no more. */
function replaced(keys: readonly Key[], alg: KeyAlgorithm, now: number): readonly Key[] {
  const made = Math.max(now, ...keys.map((key) => key.made + 1))
  return [{ ...makeKey(alg), made, signedUntil: 0 }, ...keys.map((key) => (key.alg === alg ? { ...key, privateKey: '' } : key))]
}

function publicPart({ kid, alg, publicKey }: Key): VerificationKey {
  return { kid, alg, publicKey }
}

function signing(key: Key): SigningKey {
  return { ...publicPart(key), privateKey: key.privateKey }
}
