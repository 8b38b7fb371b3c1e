/** Several bodies as one ArrayBuffer: cheap to hand to another thread, and cut into Buffers without copying there. */

export interface PackedBodies {
  readonly bytes: ArrayBuffer
  /** Length of each body, in bytes. */
  readonly lengths: readonly number[]
}

export function packBodies(bodies: ReadonlyArray<Buffer | string>): PackedBodies {
  const lengths = bodies.map((body) => Buffer.byteLength(body))
  const all = Buffer.from(new ArrayBuffer(lengths.reduce((sum, length) => sum + length, 0)))
  let at = 0
  for (const [n, body] of bodies.entries()) {
    if (typeof body === 'string') all.write(body, at)
    else body.copy(all, at)
    at += lengths[n]!
  }
  return { bytes: all.buffer, lengths }
}

export function unpackBodies({ bytes, lengths }: PackedBodies): Buffer[] {
  let at = 0
  return lengths.map((length) => {
    at += length
    return Buffer.from(bytes, at - length, length)
  })
}
