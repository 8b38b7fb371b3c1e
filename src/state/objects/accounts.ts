/**
 * Accounts. An account is a record under its id, and counts from when that is there; a record under its username says whose the name is, and comes first. Its
 * `era` goes up with every change that ends its sessions: those of an earlier era are over, all at once.
 */
import type { Account, Accounts, Changed } from '../accounts.js'
import type { Found, Records } from './records.js'
import type { Ended } from './sessions.js'

export interface AccountRecord {
  readonly account: Account
  readonly era: number
}

/** Who has a name, since when. */
interface Holder {
  readonly account: string
  readonly at: number
}

/** Those of them that may be the last; some may not be administrators any more. */
interface Administrators {
  readonly ids: readonly string[]
}

/** Milliseconds after which a name whose account is not there was left by a process that died. */
const ABANDONED = 60_000
const ADMINISTRATORS = 'administrators'

export class ObjectAccounts implements Accounts {
  readonly #records: Records
  readonly #ended: Ended

  constructor(records: Records, ended: Ended) {
    this.#records = records
    this.#ended = ended
  }

  /** The account with its era. */
  record(id: string): Promise<AccountRecord | undefined> {
    return this.#records.get<AccountRecord>(this.#name(id))
  }

  async add(account: Account, { first } = { first: false }): Promise<boolean> {
    const { id } = account
    if (first && (await this.#records.any('accounts'))) return false
    const names = [this.#records.name('usernames', account.username), ...(first ? ['first'] : [])]
    for (const name of names) if (!(await this.#take(name, id))) return this.#giveBack(names, id)
    if (!(await this.#records.create(this.#name(id), { account, era: 1 } satisfies AccountRecord))) return this.#giveBack(names, id)
    // It took so long that somebody else was given the name.
    for (const name of names) {
      if ((await this.#records.get<Holder>(name))?.account === id) continue
      await this.#records.delete(this.#name(id))
      return false
    }
    if (isAdministrator(account)) await this.#enlist(id)
    return true
  }

  async get(id: string): Promise<Account | undefined> {
    return (await this.record(id))?.account
  }

  async named(username: string): Promise<Account | undefined> {
    const holder = await this.#records.get<Holder>(this.#records.name('usernames', username))
    return holder && this.get(holder.account)
  }

  async list(): Promise<readonly Account[]> {
    const all: Account[] = []
    for await (const { value } of this.#all()) all.push(value.account)
    return all.sort((a, b) => Buffer.compare(Buffer.from(a.username), Buffer.from(b.username)))
  }

  async change(id: string, asked: Parameters<Accounts['change']>[1]): Promise<Changed> {
    const before = await this.get(id)
    if (before === undefined) return 'unknown'
    // Struck off before it is changed, put on the list after: the list never has too few.
    const ends = isAdministrator(before) && !isAdministrator({ ...before, ...asked })
    if (ends && !(await this.#strikeOff(id))) return 'last-administrator'
    const changed = await this.#change(id, (account) => ({ ...account, ...asked, changed: Date.now() }), 'next')
    if (changed === undefined) return 'unknown'
    if (isAdministrator(changed)) await this.#enlist(id)
    return 'changed'
  }

  async setPassword(
    id: string,
    password: string,
    { oneTimeUntil, unless }: { readonly oneTimeUntil: number | undefined; readonly unless?: string }
  ): Promise<boolean> {
    const changed = await this.#change(
      id,
      (account) =>
        unless === undefined || account.password === unless ? { ...account, password, oneTimeUntil, changed: Date.now() } : undefined,
      'next'
    )
    return changed !== undefined
  }

  async rehash(id: string, from: string, to: string): Promise<void> {
    await this.#change(id, (account) => (account.password === from ? { ...account, password: to } : undefined), 'same')
  }

  /** What became of the account; undefined: it is not there, or was left as it is. */
  async #change(id: string, next: (account: Account) => Account | undefined, era: 'next' | 'same'): Promise<Account | undefined> {
    const changed = await this.#records.change<AccountRecord, Account | undefined>(this.#name(id), (known) => {
      const account = known && next(known.account)
      if (account === undefined) return { answer: undefined }
      return { put: { account, era: known!.era + (era === 'next' ? 1 : 0) }, answer: account }
    })
    if (changed !== undefined && era === 'next') this.#ended()
    return changed
  }

  /** False: it is somebody else's. */
  #take(name: string, id: string): Promise<boolean> {
    return this.#records.change<Holder, boolean>(name, async (holder) => {
      if (holder?.account === id) return { answer: true }
      if (holder !== undefined) {
        const isLeft = holder.at < Date.now() - ABANDONED && (await this.record(holder.account)) === undefined
        if (!isLeft) return { answer: false }
      }
      return { put: { account: id, at: Date.now() }, answer: true }
    })
  }

  async #giveBack(names: readonly string[], id: string): Promise<false> {
    for (const name of names)
      await this.#records.change<Holder, void>(name, (holder) =>
        holder?.account === id ? { remove: true, answer: undefined } : { answer: undefined }
      )
    return false
  }

  #enlist(id: string): Promise<void> {
    return this.#records.change<Administrators, void>(ADMINISTRATORS, (list) =>
      list?.ids.includes(id) ? { answer: undefined } : { put: { ids: [...(list?.ids ?? []), id] }, answer: undefined }
    )
  }

  /** False: there is no other administrator. Two that strike each other off meet in the one list. */
  async #strikeOff(id: string): Promise<boolean> {
    for (let isComplete = false; ; isComplete = true) {
      const isOff = await this.#records.change<Administrators, boolean>(ADMINISTRATORS, async (list) => {
        const others: string[] = []
        for (const other of list?.ids ?? []) {
          const account = other === id ? undefined : await this.get(other)
          if (account !== undefined && isAdministrator(account)) others.push(other)
        }
        return others.length > 0 ? { put: { ids: others }, answer: true } : { answer: false }
      })
      if (isOff || isComplete) return isOff
      // One that a process did not come to put on the list before it died.
      for await (const { value } of this.#all()) if (isAdministrator(value.account)) await this.#enlist(value.account.id)
    }
  }

  #all(): AsyncIterable<Found<AccountRecord>> {
    return this.#records.all<AccountRecord>('accounts')
  }

  #name(id: string): string {
    return this.#records.name('accounts', id)
  }
}

function isAdministrator({ role, status }: Pick<Account, 'role' | 'status'>): boolean {
  return role === 'administrator' && status === 'active'
}
