/**
 * Conditional interactions (R4 http.html#ccreate, #cond-update, #cdelete, #patch): search, decide, and commit with the expectation that the search still
 * finds what the decision was made on. Transactions decide the same way (`ifNoneExist`, `PUT Patient?...`, conditional references).
 */
import { fail, WardbridgeError } from '../errors.js'
import { type Criteria, criteriaQuery } from '../fhir/search-condition.js'
import type { Expectation, StoredResource, WriteResult } from '../store/repository.js'
import { newId } from './new-id.js'
import { precondition, type WriteConditions } from './preconditions.js'
import type { Seen } from './view.js'

export interface Decision {
  /** The one resource that matches; undefined: none does. */
  readonly match: StoredResource | undefined
  /** Given to commit(), it makes the writes fail with resource.raced when the criteria select something else by then. */
  readonly expectation: Expectation
}

/** How often a decision is made anew after somebody else wrote in between, before the client is told. */
const ATTEMPTS = 8

/**
 * What the criteria select now. Every parameter must be known and have a value, and at least one must select: criteria that were understood in part
 * would match too much. Throws conditional.criteria, conditional.many, and what parseSearch and a search throw.
 */
export async function decide(store: Pick<Seen, 'search' | 'searchParameters'>, criteria: Criteria): Promise<Decision> {
  const { found, expectation } = await select(store, criteria, 1)
  if (found.length > 1) throw fail('conditional.many', { type: criteria.type })
  return { match: found[0], expectation }
}

/** At most one more than `most`. */
async function select(store: Pick<Seen, 'search' | 'searchParameters'>, criteria: Criteria, most: number) {
  const query = criteriaQuery(criteria, store.searchParameters(), most)
  const { resources: found } = await store.search(query)
  const expectation: Expectation = { query, found: found.map(({ type, id }) => `${type}/${id}`) }
  return { found, expectation }
}

/** Runs `attempt` (decide, then commit) again when somebody else wrote in between. Throws resource.raced when that goes on and on. */
export async function untilNotRaced<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = ATTEMPTS; ; left--) {
    try {
      return await attempt()
    } catch (error) {
      if (left <= 1 || !(error instanceof WardbridgeError) || error.code !== 'resource.raced') throw error
    }
  }
}

/** Creates, unless a resource matches: then that one is the result, `unchanged`. Throws as decide does. */
export async function createIfNone(store: Seen, criteria: Criteria, text: string): Promise<WriteResult> {
  const { type } = criteria
  return untilNotRaced(async () => {
    const { match, expectation } = await decide(store, criteria)
    if (match !== undefined) return { ...match, outcome: 'unchanged' }
    const [result] = await store.commit([{ method: 'put', type, id: newId(), text, verb: 'POST' }], [expectation])
    return result!
  })
}

/**
 * Updates what matches; without a match creates it, under the id of the body when it has one. The conditions are for the match.
 * Throws conditional.id (the body has another id than the match), conditional.taken (nothing matches, but the id of the body is in use),
 * resource.conflict, resource.exists, http.precondition-failed, and as decide does.
 */
export async function updateMatch(
  store: Seen,
  criteria: Criteria,
  body: { readonly text: string; readonly id: string | undefined },
  conditions: WriteConditions = {}
): Promise<WriteResult> {
  const { type } = criteria
  return untilNotRaced(async () => {
    const { match, expectation } = await decide(store, criteria)
    if (match === undefined && conditions.ifMatch !== undefined) throw nothingToMatch(type)
    if (match !== undefined && conditions.ifNoneMatch === '*') throw fail('resource.exists', { type, id: match.id })
    if (match !== undefined && body.id !== undefined && body.id !== match.id)
      throw fail('conditional.id', { actual: body.id, expected: match.id }, { expression: `${type}.id` })
    if (match === undefined && body.id !== undefined && (await isLiving(store, type, body.id)))
      throw fail('conditional.taken', { type, id: body.id }, { expression: `${type}.id` })
    const id = match?.id ?? body.id ?? newId()
    const asked = match === undefined ? { precondition: { kind: 'absent' } as const } : precondition(conditions)
    const put = { method: 'put', type, id, text: body.text, ...asked } as const
    const [result] = await store.commit([put], [expectation])
    return result!
  })
}

/** Resources that one conditional delete may delete: one commit holds them all. */
export const MOST_DELETED = 1000

/**
 * Deletes what matches, all or nothing; the conditions are for each of them. most: that may match. Throws conditional.many (when one is
 * the most), conditional.too-many, resource.conflict, http.precondition-failed, and what a search throws.
 */
export async function deleteMatches(
  store: Seen,
  criteria: Criteria,
  { most = MOST_DELETED, ...conditions }: WriteConditions & { readonly most?: number } = {}
): Promise<readonly WriteResult[]> {
  const { type } = criteria
  return untilNotRaced(async () => {
    const { found, expectation } = await select(store, criteria, most)
    if (found.length === 0 && conditions.ifMatch !== undefined) throw nothingToMatch(type)
    if (found.length > most) throw most === 1 ? fail('conditional.many', { type }) : fail('conditional.too-many', { type, most })
    const writes = found.map(({ id }) => ({ method: 'delete', type, id, ...precondition(conditions) }) as const)
    return writes.length === 0 ? [] : store.commit(writes, [expectation])
  })
}

function nothingToMatch(type: string): WardbridgeError {
  return fail('http.precondition-failed', { reason: `No ${type} matches the criteria, so none has the version of If-Match` })
}

async function isLiving(store: Seen, type: string, id: string): Promise<boolean> {
  return (await store.read(type, id))?.deleted === false
}
