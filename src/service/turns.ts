/** Long work on the main thread in pieces, so that other requests get their turn. */

/** Gives a function to be awaited for each piece: every `pieces` calls it waits until the event loop has come round. */
export function turns(pieces: number): () => Promise<void> | undefined {
  let done = 0
  return () => (++done % pieces === 0 ? new Promise((resolve) => setImmediate(resolve)) : undefined)
}
