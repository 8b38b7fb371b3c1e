/** Values that are there now or later: an answer that is at hand must not cost a turn of the event loop, as the checks of every request are made of these. */

export type Awaitable<T> = T | Promise<T>

/** What `next` makes of a value: at once when the value is there. */
export function after<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}
