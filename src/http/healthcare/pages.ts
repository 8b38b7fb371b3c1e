/** Pages of a list (AIP-158): pageSize, and an opaque pageToken that says after which name the next one begins. */
import { fail } from '../../errors.js'
import type { Call } from './method.js'

const DEFAULT = 100
const MOST = 1000

/** One page of names in their order. nextPageToken: undefined on the last one. Throws twin.argument. */
export function pageOf<T>(
  all: ReadonlyArray<readonly [name: string, one: T]>,
  { query: { pageSize = '', pageToken = '' } }: Pick<Call, 'query'>
): { readonly items: ReadonlyArray<readonly [string, T]>; readonly nextPageToken?: string } {
  if (!/^\d{0,9}$/.test(pageSize)) throw fail('twin.argument', { reason: 'pageSize is not a whole number of 0 or more' })
  const size = Math.min(Number(pageSize) || DEFAULT, MOST)
  const after = pageToken === '' ? undefined : nameIn(pageToken)
  const from = after === undefined ? 0 : all.findIndex(([name]) => name > after)
  const items = from < 0 ? [] : all.slice(from, from + size)
  const last = items.at(-1)?.[0]
  return { items, ...(last === undefined || last === all.at(-1)?.[0] ? {} : { nextPageToken: Buffer.from(last).toString('base64url') }) }
}

function nameIn(token: string): string {
  const name = Buffer.from(token, 'base64url').toString()
  if (Buffer.from(name).toString('base64url') !== token) throw fail('twin.argument', { reason: 'pageToken is not one of ours' })
  return name
}

/** Entries in the order of their names. */
export function inOrder<T>(entries: ReadonlyArray<readonly [string, T]>): ReadonlyArray<readonly [string, T]> {
  return [...entries].sort(([one], [other]) => (one < other ? -1 : 1))
}
