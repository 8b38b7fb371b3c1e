/**
 * Passwords: hashed with scrypt (RFC 7914) at a cost that settings give, and compared in constant time. Hashing happens in the threads of libuv, so the
 * event loop is free; one or two at once, so that a flood of logins neither takes all cores from reads nor all memory (32 MB each at the default cost).
 */
import { randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { fail } from '../errors.js'

/** r = 8 and p = 3: with N = 2^15 the strength OWASP asks for, in a quarter of the memory that N = 2^17 would take. */
const BLOCK = 8
const PARALLEL = 3
const BYTES = 32
const AT_ONCE = availableParallelism() > 2 ? 2 : 1
/** How many wait for their turn before others are told to come again. */
const MOST_WAITING = 1000

const SHORTEST = 10
const LONGEST = 256

export class Passwords {
  /** Base 2 logarithm of N. */
  readonly #cost: number
  #running = 0
  readonly #waiting: Array<() => void> = []
  /** What an unknown username is compared with. No password gives this hash. */
  readonly #nobody: string

  constructor(cost: number) {
    this.#cost = cost
    this.#nobody = write(cost, randomBytes(16), randomBytes(BYTES))
  }

  /** The text to keep: `scrypt$<log2 N>$<r>$<p>$<salt>$<hash>`. Throws auth.busy. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(16)
    return write(this.#cost, salt, await this.#derive(password, salt, this.#cost))
  }

  /** Whether the password is the one of `kept`; takes the same time when there is none. Throws auth.busy. */
  async verify(password: string, kept: string | undefined): Promise<boolean> {
    const { cost, salt, hash } = read(kept ?? this.#nobody)
    const derived = await this.#derive(password, salt, cost)
    return timingSafeEqual(derived, hash) && kept !== undefined
  }

  /** True when it was hashed at another cost than settings ask for now. */
  isOutdated(kept: string): boolean {
    return read(kept).cost !== this.#cost
  }

  async #derive(password: string, salt: Buffer, cost: number): Promise<Buffer> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= MOST_WAITING) throw fail('auth.busy')
      // The one before hands its place over, so the count stays.
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else this.#running++
    try {
      return await derive(password, salt, cost)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}

function derive(password: string, salt: Buffer, cost: number): Promise<Buffer> {
  const N = 2 ** cost
  const options = { N, r: BLOCK, p: PARALLEL, maxmem: 256 * BLOCK * N }
  return new Promise((resolve, reject) =>
    scrypt(password.normalize('NFKC'), salt, BYTES, options, (error, key) => (error ? reject(error) : resolve(key)))
  )
}

function write(cost: number, salt: Buffer, hash: Buffer): string {
  return ['scrypt', cost, BLOCK, PARALLEL, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

function read(kept: string): { readonly cost: number; readonly salt: Buffer; readonly hash: Buffer } {
  const [, cost = '', , , salt = '', hash = ''] = kept.split('$')
  return { cost: Number(cost), salt: Buffer.from(salt, 'base64url'), hash: Buffer.from(hash, 'base64url') }
}

/** Refuses passwords that are guessed first. Throws auth.password. */
export function checkPassword(password: string, username: string): void {
  const text = password.normalize('NFKC')
  const length = [...text].length
  const reason =
    length < SHORTEST || length > LONGEST
      ? `must have ${SHORTEST} to ${LONGEST} characters`
      : text.toLowerCase().includes(username)
        ? 'must not contain the username'
        : new Set(text).size < 5
          ? 'must have at least 5 different characters'
          : undefined
  if (reason !== undefined) throw fail('auth.password', { reason })
}

/** No letters or digits that look alike. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'

/** A password to be read out and typed once: four groups of five letters and digits, 99 bits. */
export function oneTimePassword(): string {
  const letter = () => LETTERS[randomInt(LETTERS.length)]!
  return Array.from({ length: 4 }, () => Array.from({ length: 5 }, letter).join('')).join('-')
}
