/** Username and password in, a session out. Whatever is wrong, and whether the account exists or not: the same answer after the same work. */
import { createHmac } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { fail } from '../errors.js'
import type { Account } from '../state/accounts.js'
import type { State } from '../state/state.js'
import type { Observe } from './events.js'
import { checkPassword, type Passwords } from './passwords.js'
import type { Grant, Sessions } from './sessions.js'

export interface LoginLimits {
  /** How many failed logins of one account are let through before it has to wait. */
  readonly failures: number
  /** For how long, in seconds. */
  readonly lockout: number
}

/** Failed logins from one address per lock-out: a hospital may stand behind one address, so many times what one account may. */
const ADDRESS_FACTOR = 20

export interface Credentials {
  readonly username: string
  readonly password: string
  /** Set in the place of `password` with this login. */
  readonly newPassword?: string | undefined
}

export class Login {
  readonly #state: State
  readonly #passwords: Passwords
  readonly #sessions: Sessions
  readonly #limits: LoginLimits
  readonly #observe: Observe

  constructor(state: State, passwords: Passwords, sessions: Sessions, limits: LoginLimits, observe: Observe) {
    this.#state = state
    this.#passwords = passwords
    this.#sessions = sessions
    this.#limits = limits
    this.#observe = observe
  }

  /**
   * from: address of the caller. Throws auth.login (wrong, disabled or unknown: one answer), auth.locked after too many failures, auth.password-change when
   * a one-time password must be replaced and newPassword is not given, auth.password when that one is no good, auth.busy.
   */
  async login(credentials: Credentials, from: string): Promise<Grant> {
    const account = await this.authenticate(credentials, from)
    const grant = await this.#sessions.open(account)
    this.#observe({ action: 'login', outcome: 'success', subject: account.id, from })
    return grant
  }

  /** The account, with its new password if one was given. Throws as login. */
  async authenticate({ username, password, newPassword }: Credentials, from: string): Promise<Account> {
    const name = canonicalUsername(username)
    const account = await this.#limited(name, from, () => this.#check(name, password))
    if (newPassword !== undefined) return this.#replace(account, newPassword, from)
    if (account.oneTimeUntil !== undefined) throw fail('auth.password-change')
    return this.#rehash(account, password)
  }

  /** Changes the password of an account that has a token; every session of it ends, a new one begins. Throws as login, and auth.login when `password` is wrong. */
  async changePassword(id: string, password: string, newPassword: string, from: string): Promise<Grant> {
    const account = await this.#state.accounts.get(id)
    if (account === undefined) throw fail('auth.no-account')
    return this.#sessions.open(await this.authenticate({ username: account.username, password, newPassword }, from))
  }

  /** Lets an account try again at once. */
  async unlock(username: string): Promise<void> {
    await this.#state.limits.forget(await this.#key('account', username))
  }

  /** Counts the attempt before the work is done, so that many at once do not slip through; takes it back when it succeeds. */
  async #limited(username: string, from: string, check: () => Promise<Account | undefined>): Promise<Account> {
    const { failures, lockout } = this.#limits
    const length = lockout * 1000
    const [account, address] = [await this.#key('account', username), await this.#key('address', networkOf(from))]
    const attempts = [
      { key: account, most: failures, length },
      { key: address, most: failures * ADDRESS_FACTOR, length }
    ]
    const wait = await this.#state.limits.attempt(attempts, Date.now())
    if (wait > 0) {
      this.#observe({ action: 'login', outcome: 'locked', subject: username, from })
      throw fail('auth.locked', { seconds: Math.ceil(wait / 1000) })
    }
    const found = await check()
    if (found === undefined) {
      this.#observe({ action: 'login', outcome: 'failure', subject: username, from })
      throw fail('auth.login')
    }
    await this.#state.limits.forget(account)
    await this.#state.limits.refund(address)
    return found
  }

  async #check(username: string, password: string): Promise<Account | undefined> {
    const account = await this.#state.accounts.named(username)
    const isRight = await this.#passwords.verify(password, account?.password)
    if (!isRight || account?.status !== 'active') return undefined
    return account.oneTimeUntil !== undefined && account.oneTimeUntil <= Date.now() ? undefined : account
  }

  async #replace(account: Account, to: string, from: string): Promise<Account> {
    checkPassword(to, account.username)
    if (await this.#passwords.verify(to, account.password)) throw fail('auth.password', { reason: 'must not be the one of before' })
    const password = await this.#passwords.hash(to)
    // Somebody else changed it meanwhile.
    if (!(await this.#state.accounts.setPassword(account.id, password, { oneTimeUntil: undefined, unless: account.password })))
      throw fail('auth.login')
    this.#observe({ action: 'password-change', outcome: 'success', subject: account.id, from })
    return { ...account, password, oneTimeUntil: undefined }
  }

  async #rehash(account: Account, plain: string): Promise<Account> {
    if (!this.#passwords.isOutdated(account.password)) return account
    const password = await this.#passwords.hash(plain)
    await this.#state.accounts.rehash(account.id, account.password, password)
    return (await this.#state.accounts.get(account.id)) ?? account
  }

  /** Usernames and addresses are kept as hashes only, as what is tried may be anything, a password in the wrong field too. */
  async #key(kind: 'account' | 'address', text: string): Promise<Buffer> {
    return createHmac('sha256', await this.#state.getSecret('attempts'))
      .update(`${kind}:${text}`)
      .digest()
  }
}

/** Who has one IPv6 address has all that begin with the same 64 bits. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail] = new URL(`http://[${address.replace(/%.*/, '')}]`).hostname.slice(1, -1).split('::')
  const [before, after] = [head, tail ?? ''].map((part) => part.split(':').filter((group) => group !== '')) as [string[], string[]]
  const zeros = tail === undefined ? [] : Array<string>(8 - before.length - after.length).fill('0')
  const groups = [...before, ...zeros, ...after]
  const isMapped = groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff'
  return isMapped ? groups.join(':') : groups.slice(0, 4).join(':')
}

/** Usernames are compared in lower case. */
export function canonicalUsername(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase()
}
