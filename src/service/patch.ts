/** patch (R4 http.html#patch): read, change, write on the condition that nobody else wrote in between. */
import { fail, WardbridgeError } from '../errors.js'
import { parseJson, stringifyJson } from '../fhir/json.js'
import { parseJsonPatch } from '../fhir/patch/json-patch.js'
import { changeMeta, type MetaChange } from '../fhir/patch/meta.js'
import type { ObjectNode } from '../fhir/patch/tree.js'
import type { Criteria } from '../fhir/search-condition.js'
import type { Expectation, ReadResource, WriteResult } from '../store/repository.js'
import { decide, untilNotRaced } from './conditional.js'
import { InTurn } from './in-turn.js'
import { KillableThread } from './killable.js'
import { checkConditions, type WriteConditions } from './preconditions.js'
import type { Seen } from './view.js'

/** A patch as it was sent. */
export interface PatchBody {
  readonly format: 'json-patch' | 'fhirpath-patch'
  readonly text: string
}

/** How long a FHIRPath Patch may take, in seconds; starting the thread is part of it. */
const SECONDS = 5

const thread = new KillableThread(new URL('./patch-worker.js', import.meta.url))

/** The text of the patched resource. Throws json.syntax, json.depth, http.bad-request, patch.malformed, patch.failed, patch.too-costly. */
export async function applyPatch(resource: string, { format, text }: PatchBody): Promise<string> {
  if (format === 'json-patch') return stringifyJson(parseJsonPatch(text)(parseJson(resource)))
  return thread.call<string>({ resource, patch: text }, SECONDS * 1000, () => fail('patch.too-costly', { seconds: SECONDS }))
}

/** The text of the resource after $meta-add or $meta-delete; meta: text of a Meta. */
export function applyMeta(resource: string, change: MetaChange, meta: string): string {
  return stringifyJson(changeMeta(parseJson(resource) as ObjectNode, change, parseJson(meta) as ObjectNode))
}

/** Text of a resource in, changed text out. */
export type Change = (text: string) => string | Promise<string>

/** check: throws when the patched text is not what an update could write. */
export interface PatchOptions extends WriteConditions {
  readonly check: (text: string, id: string) => Promise<unknown>
}

/** Throws resource.not-found, resource.deleted, resource.conflict, http.precondition-failed, resource.raced, what the change throws and what the check throws. */
export async function patchById(store: Seen, place: Place, change: Change, options: PatchOptions): Promise<WriteResult> {
  return untilNotRaced(() => patchInTurn(store, place, change, options, []))
}

/** Conditional patch. Throws conditional.none, and as decide and patchById do. */
export async function patchMatch(store: Seen, criteria: Criteria, change: Change, options: PatchOptions): Promise<WriteResult> {
  return untilNotRaced(async () => {
    const { match, expectation } = await decide(store, criteria)
    if (match === undefined) throw fail('conditional.none', { type: criteria.type })
    return patchInTurn(store, match, change, options, [expectation])
  })
}

interface Place {
  readonly type: string
  readonly id: string
}

const turns = new WeakMap<object, InTurn>()

/**
 * Patches of one resource do not run at the same time: of many that read one version all but one would be made in vain. Throws resource.raced when
 * another process, or an update, came in between.
 */
function patchInTurn(
  store: Seen,
  { type, id }: Place,
  change: Change,
  options: PatchOptions,
  expectations: readonly Expectation[]
): Promise<WriteResult> {
  const raced = () => fail('resource.raced', { query: `${type}/${id}` })
  if (!turns.has(store.store)) turns.set(store.store, new InTurn())
  return turns.get(store.store)!.run(`${type}/${id}`, async () => {
    const current = await store.read(type, id)
    // What a search has just found was there a moment ago.
    if (expectations.length > 0 && current?.deleted !== false) throw raced()
    if (current === undefined) throw fail('resource.not-found', { type, id })
    if (current.deleted) throw fail('resource.deleted', { type, id })
    try {
      return await patchVersion(store, current, change, options, expectations)
    } catch (error) {
      // With a version of the client's the patch was made for that one, and for no other.
      if (namesVersion(options) || !(error instanceof WardbridgeError) || error.code !== 'resource.conflict') throw error
      throw raced()
    }
  })
}

async function patchVersion(
  store: Seen,
  current: ReadResource,
  change: Change,
  { check, ...conditions }: PatchOptions,
  expectations: readonly Expectation[]
): Promise<WriteResult> {
  const { type, id, versionId } = current
  checkConditions(current, conditions)
  const text = await change(current.body.toString())
  await check(text, id)
  const precondition = { kind: 'version', versionId } as const
  const [result] = await store.commit([{ method: 'put', type, id, text, verb: 'PATCH', precondition }], expectations)
  return result!
}

function namesVersion({ ifMatch }: WriteConditions): boolean {
  return ifMatch !== undefined && ifMatch !== '*'
}
