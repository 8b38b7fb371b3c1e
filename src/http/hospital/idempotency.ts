/**
 * Idempotency-Key on POST: the same request under the same key is worked on once and answered alike for a day. The key belongs to the caller; it is kept
 * in the state, so that it holds for every process. Only what was done is kept: a request that was refused has changed nothing and may be tried again.
 */
import { createHash } from 'node:crypto'
import { fail } from '../../errors.js'
import type { KeptAnswer, State } from '../../state/state.js'

export interface Keyed {
  readonly caller: string
  readonly key: string
  readonly fingerprint: Buffer
}

const KEY = /^[\x21-\x7e]{1,255}$/

/** The key of a request. A quoted one is the same as one without quotes (RFC 8941 strings). Throws http.bad-request for what is no key. */
export function keyOf(
  header: string | string[] | undefined,
  caller: string,
  request: readonly [method: string, url: string, body: string]
): Keyed | undefined {
  if (header === undefined) return undefined
  const text = [header].flat().join(',').trim()
  const key = /^"(.*)"$/.exec(text)?.[1] ?? text
  if (!KEY.test(key)) throw fail('http.bad-request', { reason: 'Idempotency-Key takes 1 to 255 visible ASCII characters' })
  return { caller, key, fingerprint: createHash('sha256').update(JSON.stringify(request)).digest() }
}

/** What the work may reserve for this request and all that repeat it. */
export async function reservation(state: State, { caller, key }: Keyed) {
  return { reserved: await state.reserved(caller, key), reserve: async (value: string) => state.reserve(caller, key, value) }
}

/** Throws rest.idempotency-reused, rest.idempotency-running, and what the work throws. */
export async function once(
  state: State,
  { caller, key, fingerprint }: Keyed,
  work: () => Promise<KeptAnswer>
): Promise<{ readonly answer: KeptAnswer; readonly again: boolean }> {
  const known = await state.beginRequest(caller, key, fingerprint)
  if (known === 'other') throw fail('rest.idempotency-reused')
  if (known === 'running') throw fail('rest.idempotency-running')
  if (known !== 'new') return { answer: known, again: true }
  try {
    const answer = await work()
    await state.endRequest(caller, key, answer)
    return { answer, again: false }
  } catch (error) {
    await state.endRequest(caller, key)
    throw error
  }
}
