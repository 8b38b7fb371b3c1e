/** Resource ids as the store keeps them: a canonical lower-case UUID in 16 bytes, anything else as text. */

export type PackedId = Buffer | string

const DASHES: readonly number[] = [8, 13, 18, 23]
const DASH = 0x2d

/** Value of a lower-case hexadecimal digit by its character code; -1 of any other ASCII character. */
const DIGITS = Int8Array.from({ length: 128 }, (_, code) => '0123456789abcdef'.indexOf(String.fromCharCode(code)))

/** The stored form of an id. Two ids are equal exactly when their stored forms are. Each read by id comes through here. */
export function packId(id: string): PackedId {
  if (id.length !== 36 || DASHES.some((at) => id.charCodeAt(at) !== DASH)) return id
  const packed = Buffer.allocUnsafe(16)
  for (let at = 0, n = 0; n < 16; n++) {
    if (id.charCodeAt(at) === DASH) at++
    const high = DIGITS[id.charCodeAt(at++)] ?? -1
    const low = DIGITS[id.charCodeAt(at++)] ?? -1
    if (high < 0 || low < 0) return id
    packed[n] = high * 16 + low
  }
  return packed
}

/** The id that was packed. */
export function unpackId(packed: PackedId): string {
  if (typeof packed === 'string') return packed
  const hex = packed.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
