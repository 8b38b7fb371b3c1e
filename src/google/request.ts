/**
 * The request that calls of Google's services are made for: how long all of them may take together, and whether anybody still waits for the answer.
 * Whoever answers requests opens a scope; work in the background has none.
 */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'

interface Scope {
  /** Aborted when the client went away. */
  readonly signal: AbortSignal
  /** By performance.now(), in milliseconds; set by the first call. */
  deadline: number | undefined
}

const scopes = new AsyncLocalStorage<Scope | undefined>()

/** Runs the work of one request. In what it gives to `bound`, functions run as part of it, wherever they are called. */
export function asRequest<T>(signal: AbortSignal, work: (bound: (run: () => void) => void) => T): T {
  return scopes.run({ signal, deadline: undefined }, () => {
    const resource = new AsyncResource('wardbridge-request')
    return work((run) => resource.runInAsyncScope(run))
  })
}

/** Runs work that goes to its end although the client may go away: what has begun to be written. Its time is still that of the request. */
export function toTheEnd<T>(work: () => T): T {
  const scope = scopes.getStore()
  return scope === undefined ? work() : scopes.run({ signal: NEVER, deadline: scope.deadline }, work)
}

/** Runs work whose calls have a time of their own each. */
export function inTheBackground<T>(work: () => T): T {
  return scopes.run(undefined, work)
}

/** The same for a list that is read piece by piece, however long that takes. */
export async function* pieceByPiece<T>(list: AsyncIterable<T>): AsyncIterable<T> {
  const pieces = list[Symbol.asyncIterator]()
  try {
    for (let next = await inTheBackground(() => pieces.next()); !next.done; next = await inTheBackground(() => pieces.next()))
      yield next.value
  } finally {
    await pieces.return?.()
  }
}

/** When calls that are made now must end (by performance.now()), and what ends them before. budget: milliseconds for all calls of a request. */
export function callLimits(budget: number): { readonly deadline: number; readonly signal: AbortSignal } {
  const scope = scopes.getStore()
  if (scope === undefined) return { deadline: performance.now() + budget, signal: NEVER }
  scope.deadline ??= performance.now() + budget
  return { deadline: scope.deadline, signal: scope.signal }
}

const NEVER = new AbortController().signal
