/**
 * Commits on the Cloud Healthcare API: read what is there, judge, take claims, send. A commit that was overtaken begins anew. What the API does as a whole
 * is one PUT or DELETE with If-Match, or one transaction Bundle; README.md says what is not.
 */
import { fail, WardbridgeError } from '../../errors.js'
import type { AuditAgent } from '../../fhir/audit-event.js'
import { toTheEnd } from '../../google/request.js'
import type { Expectation, SearchExpectation, SearchPage, Write, WriteResult } from '../repository.js'
import { Claims, type HolderState, type Taken, type Taking } from './claims.js'
import { danglingReference, referenced } from './dangling.js'
import type { HealthcareParts } from './parts.js'
import { type Change, isContested, plan, witnessOf } from './plan.js'
import type { Reads } from './reads.js'
import { ApiError } from './refusals.js'
import { Overtaken, Sending, type Sent } from './sending.js'
import { inParallel, Turns } from './turns.js'

type Search = (query: SearchExpectation['query']) => Promise<SearchPage>

/** How often a commit begins anew after somebody else wrote in between. */
const ATTEMPTS = 20
/** Reads at a time. */
const AT_ONCE = 16

export class Commits {
  readonly #caller: HealthcareParts['caller']
  readonly #reads: Reads
  readonly #search: Search
  readonly #sending: Sending
  readonly #claims: Claims | undefined
  readonly #facts: HealthcareParts['facts']
  readonly #audit: HealthcareParts['audit']
  readonly #turns = new Turns()

  constructor({ caller, facts, objects, audit }: HealthcareParts, reads: Reads, search: Search) {
    this.#caller = caller
    this.#facts = facts
    this.#audit = audit
    this.#reads = reads
    this.#search = search
    this.#sending = new Sending(caller, reads)
    this.#claims = objects && new Claims(objects, caller, reads)
  }

  /** As the port has it; of several writes of one resource only the last one makes a version. by: whom the audit log names. Also throws healthcare.*, request.cancelled, not-supported. */
  async commit(all: readonly Write[], expectations: readonly Expectation[], by?: AuditAgent): Promise<WriteResult[]> {
    const writes = [...new Map(all.map((write) => [nameOf(write), write])).values()]
    const keys = writes.flatMap((write) => claimsOf(write) ?? [])
    if (new Set(keys).size < keys.length)
      throw fail('claim.taken', { claim: keys.find((key, n) => keys.indexOf(key) < n)!, holder: 'another' })
    if (keys.length > 0 && this.#claims === undefined) throw fail('not-supported', { what: 'A claim without a place for claims' })
    // In this process those who want the same go one after the other, and none is sent in vain; among processes If-Match and the records of claims decide.
    const names = [...searchNames(expectations), ...writes.map(nameOf), ...keys.map((key) => `claim ${key}`)]
    return this.#turns.run(names, async () => {
      for (let tries = 0; ; tries++) {
        try {
          const results = await this.#attempt(writes, expectations, by)
          return all.map((write) => results.get(nameOf(write))!)
        } catch (error) {
          if (!(error instanceof Overtaken)) throw error
          if (tries >= ATTEMPTS || (tries > 0 && !(await this.#caller.pause(tries - 1))))
            throw fail('resource.raced', { query: [...new Set(all.map(({ type }) => type))].join() }, { cause: error })
        }
      }
    })
  }

  async #attempt(
    writes: readonly Write[],
    expectations: readonly Expectation[],
    by: AuditAgent | undefined
  ): Promise<ReadonlyMap<string, WriteResult>> {
    const places = [...writes.filter(isGuarded).map(nameOf), ...(writes.length === 0 ? [] : searchNames(expectations))]
    const states = new Map<string, HolderState>()
    if (this.#claims !== undefined) for (const place of new Set(places)) states.set(place, await this.#claims.state(place))
    const changes = await this.#plan(writes, expectations)
    // From here on it is done or not, whether or not anybody waits for the answer.
    return toTheEnd(async () => {
      const taken = await this.#take(changes, states, () => this.#expect(expectations))
      try {
        await this.#checkAbsent(changes)
        const results = await this.#audited(by, changes, async () => {
          const sent = changes.filter(({ kind }) => kind !== 'same')
          const made = await this.#send(sent)
          await taken?.finish()
          return changes.map((change) => resultOf(change, made[sent.indexOf(change)]))
        })
        return new Map(results.map((result) => [nameOf(result), result]))
      } catch (error) {
        // What may have been done is left to whoever comes next: the intention says where to look.
        if (!(error instanceof WardbridgeError && error.code === 'healthcare.unanswered')) await taken?.undo()
        throw error
      }
    })
  }

  #audited(by: AuditAgent | undefined, changes: readonly Change[], work: () => Promise<readonly WriteResult[]>) {
    return this.#audit === undefined ? work() : this.#audit.commit(by, changes, work)
  }

  /** Throws as plan(); but first resource.raced, when the commit rests on what is not so any more. */
  async #plan(writes: readonly Write[], expectations: readonly Expectation[]): Promise<readonly Change[]> {
    const currents = await inParallel(writes, AT_ONCE, ({ type, id }) => this.#reads.current(type, id))
    try {
      return writes.map((write, n) => plan(write, currents[n]))
    } catch (error) {
      await this.#expect(expectations)
      throw error
    }
  }

  /** expect: looks at the expectations, once nobody else with the same ones is at work. Undefined: nothing was to be taken. Throws Overtaken, claim.taken. */
  async #take(
    changes: readonly Change[],
    states: ReadonlyMap<string, HolderState>,
    expect: () => Promise<void>
  ): Promise<Taken | undefined> {
    const byName = new Map(changes.map((change) => [nameOf(change.write), change]))
    const takings = [...states].flatMap(([name, state]): Taking[] => {
      const change = byName.get(name)
      if (change === undefined) return [{ state, keys: [], isNew: false }]
      const isNew = change.current?.deleted !== false
      const before = isNew ? [] : state.keys
      const keys = claimsOf(change.write) ?? before
      const isSame = keys.length === before.length && keys.every((key) => before.includes(key))
      return isSame && !isContested(change.write) ? [] : [{ state, keys, isNew }]
    })
    if (this.#claims === undefined || takings.length === 0) {
      await expect()
      return undefined
    }
    const own = new Map(
      changes.flatMap(({ write }) => {
        const keys = write.method === 'delete' ? [] : claimsOf(write)
        return keys === undefined ? [] : [[nameOf(write), keys] as const]
      })
    )
    const witness = changes.find(({ mark }) => mark !== undefined) ?? changes.find(({ kind }) => kind !== 'same')
    const taken = await this.#claims.take(takings, own, witness && witnessOf(witness), expect)
    if (taken === undefined) throw new Overtaken()
    return taken
  }

  /** Before the records of claims were changed, somebody may have been quicker. Throws Overtaken. */
  async #checkAbsent(changes: readonly Change[]): Promise<void> {
    const contested = changes.filter(({ write }) => isContested(write))
    await inParallel(contested, AT_ONCE, async ({ write: { type, id }, before }) => {
      if (((await this.#reads.current(type, id))?.versionId ?? '') !== before) throw new Overtaken()
    })
  }

  async #send(changes: readonly Change[]): Promise<readonly Sent[]> {
    try {
      return await this.#sending.send(changes)
    } catch (error) {
      const { cause } = error as { cause?: unknown }
      if (error instanceof Overtaken && error.said?.status === 409 && this.#facts.enforcesReferences)
        throw referenced(changes, error.said) ?? error
      if (!(cause instanceof ApiError) || cause.reason !== 'invalid_references') throw error
      throw (await danglingReference(this.#reads, changes)) ?? error
    }
  }

  /** As near to the writes as it can be. Throws resource.raced, and what a search throws. */
  async #expect(expectations: readonly Expectation[]): Promise<void> {
    await inParallel(expectations, AT_ONCE, async (expectation) => {
      if ('query' in expectation) return this.#expectFound(expectation)
      const { type, id, versionId } = expectation
      const current = await this.#reads.current(type, id)
      if ((current?.deleted === false ? current.versionId : undefined) !== versionId)
        throw fail('resource.raced', { query: `${type}/${id}` })
    })
  }

  /** One match more than expected is enough to tell. */
  async #expectFound({ query, found }: SearchExpectation): Promise<void> {
    const expected = new Set(found)
    const now = new Set<string>()
    let cursor: string | undefined
    do {
      const page = await this.#search({ ...query, count: expected.size + 1, cursor, total: 'none' })
      for (const one of page.resources) now.add(nameOf(one))
      cursor = page.next
    } while (cursor !== undefined && now.size <= expected.size)
    if (now.size !== expected.size || [...now].some((one) => !expected.has(one)))
      throw fail('resource.raced', { query: query.types.join() })
  }
}

function nameOf({ type, id }: { readonly type: string; readonly id: string }): string {
  return `${type}/${id}`
}

function claimsOf(write: Write): readonly string[] | undefined {
  return write.method === 'delete' ? undefined : write.claims
}

/** Whether the records of claims have to do with it. */
function isGuarded(write: Write): boolean {
  return claimsOf(write) !== undefined || isContested(write)
}

/** One name for each search that is expected to find something: who expects the same is judged one after the other. */
function searchNames(expectations: readonly Expectation[]): string[] {
  return expectations.flatMap((one) => ('query' in one ? [`search ${one.query.types.join()} ${JSON.stringify(one.query.criteria)}`] : []))
}

function resultOf({ write: { type, id }, kind, current }: Change, sent: Sent | undefined): WriteResult {
  if (sent === undefined) {
    const { versionId, lastUpdated, body } = current!
    return { type, id, versionId, lastUpdated, outcome: 'unchanged', body: Buffer.from(body) }
  }
  const { versionId, lastUpdated, body } = sent
  const outcome = kind === 'delete' ? 'deleted' : current?.deleted === false ? 'updated' : 'created'
  return { type, id, versionId, lastUpdated, outcome, body: Buffer.from(body) }
}
