/**
 * Sessions. The record of a session has the hash of the refresh token that is good now: who comes with another one that leads to it came too late. A session
 * is over when its record is gone, its account is in another era (accounts.ts), or its client is not there.
 */
import type { Clients } from '../clients.js'
import type { Rotation, Session, Sessions } from '../sessions.js'
import type { ObjectAccounts } from './accounts.js'
import type { Records } from './records.js'

/** Milliseconds for which what was found valid is taken to be so: every look costs a request to where the records are. */
export const FRESH = 5000

/** To be called when something that was valid has ended. */
export type Ended = () => void

interface SessionRecord {
  readonly session: Session
  readonly era: number
  /** Hash of the refresh token that was not used yet, in hexadecimal. */
  readonly refresh: string
}

/** Where a refresh token, used or not, leads to. */
interface RefreshRecord {
  readonly session: string
  readonly until: number
}

export interface Revocation {
  readonly until: number
}

/** Counts what ends in this process; what ends in others shows when the time of what was known is over. */
export function openRevision(): { readonly ended: Ended; readonly revision: (now: number) => number } {
  let count = 0
  return {
    ended: () => {
      count++
    },
    revision: (now) => Math.floor(now / FRESH) + count * 2 ** 33
  }
}

export interface SessionParts {
  readonly records: Records
  readonly accounts: ObjectAccounts
  readonly clients: Clients
  readonly revision: ReturnType<typeof openRevision>
}

export class ObjectSessions implements Sessions {
  readonly #records: Records
  readonly #accounts: ObjectAccounts
  readonly #clients: Clients
  readonly #ended: Ended
  readonly revision: (now: number) => number

  constructor({ records, accounts, clients, revision }: SessionParts) {
    this.#records = records
    this.#accounts = accounts
    this.#clients = clients
    this.#ended = revision.ended
    this.revision = revision.revision
  }

  async open(session: Session, refresh: Buffer, password: string): Promise<boolean> {
    const known = await this.#accounts.record(session.account)
    if (known === undefined || known.account.status !== 'active' || known.account.password !== password) return false
    const text = refresh.toString('hex')
    await this.#lead(text, session)
    // Were the account changed meanwhile, it would be in another era: the session is over before it begins.
    return this.#records.create(this.#name(session.id), { session, era: known.era, refresh: text } satisfies SessionRecord)
  }

  async rotate(refresh: Buffer, next: Buffer, now: number): Promise<Rotation> {
    const [from, to] = [refresh.toString('hex'), next.toString('hex')]
    const known = await this.#by(from)
    if (known === undefined || known.session.until <= now) return { outcome: 'unknown' }
    const { session } = known
    // First: whoever gets the token must find the session by it.
    await this.#lead(to, session)
    const outcome = await this.#records.change<SessionRecord, Rotation['outcome']>(this.#name(session.id), (record) => {
      if (record === undefined) return { answer: 'unknown' }
      return record.refresh === from ? { put: { ...record, refresh: to }, answer: 'rotated' } : { answer: 'reused' }
    })
    if (outcome === 'rotated') return { outcome, session }
    await this.#records.delete(this.#refreshName(to))
    if (outcome === 'reused') await this.end(session.id)
    return { outcome }
  }

  async of(refresh: Buffer): Promise<Session | undefined> {
    return (await this.#by(refresh.toString('hex')))?.session
  }

  async get(id: string): Promise<Session | undefined> {
    return (await this.#living(id))?.session
  }

  async end(id: string): Promise<boolean> {
    const known = (await this.#living(id)) !== undefined
    const isGone = await this.#records.delete(this.#name(id))
    if (isGone) this.#ended()
    return known && isGone
  }

  async revoke(jti: string, until: number): Promise<void> {
    await this.#records.put(this.#records.name('revoked', jti), { until } satisfies Revocation)
    this.#ended()
  }

  async isRevoked(jti: string): Promise<boolean> {
    return (await this.#records.get<Revocation>(this.#records.name('revoked', jti))) !== undefined
  }

  /** Takes away sessions that are over, and refresh tokens that lead to none; how many of each. */
  async expire(now: number): Promise<{ readonly sessions: number; readonly refreshTokens: number }> {
    const sessions = await this.#records.sweep<SessionRecord>(
      'sessions',
      async (record) => record.session.until <= now || !(await this.#isLiving(record))
    )
    return { sessions, refreshTokens: await this.#records.sweep<RefreshRecord>('refresh', ({ until }) => until <= now) }
  }

  async #by(refresh: string): Promise<SessionRecord | undefined> {
    const lead = await this.#records.get<RefreshRecord>(this.#refreshName(refresh))
    return lead && this.#living(lead.session)
  }

  async #living(id: string): Promise<SessionRecord | undefined> {
    const record = await this.#records.get<SessionRecord>(this.#name(id))
    return record !== undefined && (await this.#isLiving(record)) ? record : undefined
  }

  async #isLiving({ session: { account, client }, era }: SessionRecord): Promise<boolean> {
    const [owner, app] = await Promise.all([this.#accounts.record(account), client === undefined ? true : this.#clients.get(client)])
    return owner?.era === era && app !== undefined
  }

  async #lead(refresh: string, { id, until }: Session): Promise<void> {
    await this.#records.put(this.#refreshName(refresh), { session: id, until } satisfies RefreshRecord)
  }

  #name(id: string): string {
    return this.#records.name('sessions', id)
  }

  #refreshName(hash: string): string {
    return this.#records.name('refresh', hash)
  }
}
