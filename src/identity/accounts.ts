/** Accounts of people: made, listed, changed and reset by administrators (over HTTP) and by whoever can read the state folder (on the command line). */
import { randomUUID } from 'node:crypto'
import { fail } from '../errors.js'
import { ROLES } from '../service/access.js'
import type { Account, AccountChange, AccountStatus } from '../state/accounts.js'
import type { State } from '../state/state.js'
import type { Observe } from './events.js'
import { canonicalUsername } from './login.js'
import { checkPassword, oneTimePassword, type Passwords } from './passwords.js'
import { isFhirUser } from './tokens.js'

/** How long a one-time password can be used, in milliseconds. */
const ONE_TIME = 3 * 86_400_000

/** Who must be whom in FHIR: the type of fhirUser that a role needs. */
const PERSONS: Readonly<Record<string, string>> = { patient: 'Patient', physician: 'Practitioner' }

const USERNAME = /^[\p{Ll}\p{Lo}\p{N}][\p{Ll}\p{Lo}\p{Lm}\p{M}\p{N}._@+-]{0,63}$/u

/** What others may know of an account. */
export interface AccountView {
  readonly id: string
  readonly username: string
  readonly role: string
  readonly fhirUser?: string
  readonly status: AccountStatus
  /** True until the one-time password was replaced. */
  readonly mustChangePassword: boolean
  /** ISO 8601, UTC. */
  readonly created: string
  readonly changed: string
}

/** An account that has a one-time password, which is told this once. */
export interface AccountWithPassword extends AccountView {
  readonly oneTimePassword?: string
}

export interface NewAccount {
  readonly username: string
  readonly role: string
  readonly fhirUser?: string | undefined
  /** undefined: a one-time password is made. */
  readonly password?: string | undefined
}

/** Who makes the change, for the audit: id of an account, and where from. */
export interface Actor {
  readonly subject: string
  readonly from: string
}

export class Accounts {
  readonly #state: State
  readonly #passwords: Passwords
  readonly #unlock: (username: string) => Promise<void>
  readonly #observe: Observe

  constructor(state: State, passwords: Passwords, unlock: (username: string) => Promise<void>, observe: Observe) {
    this.#state = state
    this.#passwords = passwords
    this.#unlock = unlock
    this.#observe = observe
  }

  /** Throws account.invalid, account.taken, auth.password. */
  async create(asked: NewAccount, by: Actor): Promise<AccountWithPassword> {
    return (await this.#add(asked, by, { first: false }))!
  }

  /** The administrator of a server that has no account yet; undefined when it has one. */
  async createFirst(): Promise<AccountWithPassword | undefined> {
    if ((await this.#state.accounts.list()).length > 0) return undefined
    return this.#add({ username: 'admin', role: 'administrator' }, { subject: 'system', from: 'command line' }, { first: true })
  }

  async #add(
    { username: name, role, fhirUser, password }: NewAccount,
    by: Actor,
    options: { first: boolean }
  ): Promise<AccountWithPassword | undefined> {
    const username = canonicalUsername(name)
    if (!USERNAME.test(username)) {
      throw fail('account.invalid', { reason: 'A username has 1 to 64 letters, digits and . _ @ + -, and begins with a letter or digit' })
    }
    checkPerson(role, fhirUser)
    if (password !== undefined) checkPassword(password, username)
    const oneTime = password === undefined ? oneTimePassword() : undefined
    const now = Date.now()
    const account: Account = {
      id: randomUUID(),
      username,
      role,
      fhirUser,
      status: 'active',
      password: await this.#passwords.hash(password ?? oneTime!),
      oneTimeUntil: oneTime === undefined ? undefined : now + ONE_TIME,
      made: now,
      changed: now
    }
    if (!(await this.#state.accounts.add(account, options))) {
      if (options.first) return undefined
      throw fail('account.taken', { username })
    }
    this.#observe({ action: 'account-create', outcome: 'success', subject: by.subject, target: account.id, from: by.from })
    return { ...view(account), ...(oneTime === undefined ? {} : { oneTimePassword: oneTime }) }
  }

  async list(): Promise<readonly AccountView[]> {
    return (await this.#state.accounts.list()).map(view)
  }

  /** undefined: there is none of that id. */
  async find(id: string): Promise<AccountView | undefined> {
    const account = await this.#state.accounts.get(id)
    return account && view(account)
  }

  /** Throws account.unknown. */
  async get(id: string): Promise<AccountView> {
    const account = await this.find(id)
    if (account === undefined) throw fail('account.unknown', { account: id })
    return account
  }

  /** Throws account.unknown. */
  async named(username: string): Promise<AccountView> {
    const account = await this.#state.accounts.named(canonicalUsername(username))
    if (account === undefined) throw fail('account.unknown', { account: username })
    return view(account)
  }

  /** Ends every session of the account; one that is active again is not locked. Throws account.unknown, account.invalid, account.last-administrator. */
  async change(id: string, change: AccountChange, by: Actor): Promise<AccountView> {
    const known = await this.get(id)
    checkPerson(change.role ?? known.role, 'fhirUser' in change ? change.fhirUser : known.fhirUser)
    const outcome = await this.#state.accounts.change(id, change)
    if (outcome === 'unknown') throw fail('account.unknown', { account: id })
    if (outcome === 'last-administrator') throw fail('account.last-administrator', { username: known.username })
    if (change.status === 'active') await this.#unlock(known.username)
    this.#observe({ action: 'account-change', outcome: 'success', subject: by.subject, target: id, from: by.from })
    return this.get(id)
  }

  /** Gives the account a one-time password, ends its sessions and its lock. Throws account.unknown. */
  async reset(id: string, by: Actor): Promise<AccountWithPassword> {
    const { username } = await this.get(id)
    const password = oneTimePassword()
    const kept = await this.#passwords.hash(password)
    if (!(await this.#state.accounts.setPassword(id, kept, { oneTimeUntil: Date.now() + ONE_TIME })))
      throw fail('account.unknown', { account: id })
    await this.#unlock(username)
    this.#observe({ action: 'account-reset', outcome: 'success', subject: by.subject, target: id, from: by.from })
    return { ...(await this.get(id)), oneTimePassword: password }
  }
}

/** Throws account.invalid when the role is not one that a person can have, or does not go with the resource that stands for them. */
function checkPerson(role: string, fhirUser: string | undefined): void {
  const roles = ROLES.filter((name) => name !== 'system')
  if (!roles.includes(role)) throw fail('account.invalid', { reason: `There is no role "${role}" for people (known: ${roles.join(', ')})` })
  const type = PERSONS[role]
  if (type !== undefined && !fhirUser?.startsWith(`${type}/`)) {
    throw fail('account.invalid', { reason: `An account with the role ${role} needs fhirUser ${type}/ID` })
  }
  if (fhirUser !== undefined && !isFhirUser(fhirUser)) {
    throw fail('account.invalid', {
      reason: 'fhirUser names a Patient, Practitioner, PractitionerRole, RelatedPerson or Person: Practitioner/2'
    })
  }
}

function view({ id, username, role, fhirUser, status, oneTimeUntil, made, changed }: Account): AccountView {
  return {
    id,
    username,
    role,
    ...(fhirUser === undefined ? {} : { fhirUser }),
    status,
    mustChangePassword: oneTimeUntil !== undefined,
    created: new Date(made).toISOString(),
    changed: new Date(changed).toISOString()
  }
}
