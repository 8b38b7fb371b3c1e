/**
 * Starts work on items as they come, at most `width` at a time, and finishes them one after the other in their order. When the items end with an error,
 * what was started is finished first. The first error stops everything and is thrown.
 */
export async function inOrder<T, R>(
  items: AsyncIterable<T>,
  width: number,
  start: (item: T) => Promise<R>,
  finish: (result: R, item: T) => Promise<void> | void
): Promise<void> {
  const running: Array<{ readonly item: T; readonly result: Promise<R> }> = []
  const finishOne = async (): Promise<void> => {
    const { item, result } = running.shift()!
    await finish(await result, item)
  }
  const iterator = items[Symbol.asyncIterator]()
  let failure: { readonly error: unknown } | undefined
  try {
    for (;;) {
      const next = await iterator.next().catch((error: unknown) => {
        failure = { error }
        return undefined
      })
      if (next === undefined || next.done) break
      const result = start(next.value)
      // It is looked at in its turn; until then a failure must not count as unhandled.
      result.catch(() => {})
      running.push({ item: next.value, result })
      if (running.length >= width) await finishOne()
    }
    while (running.length > 0) await finishOne()
  } finally {
    await iterator.return?.()
  }
  if (failure !== undefined) throw failure.error
}
