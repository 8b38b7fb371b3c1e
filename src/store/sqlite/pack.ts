/** Resource ids as the store keeps them: a canonical lower-case UUID in 16 bytes, anything else as text. */

export type PackedId = Buffer | string

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The stored form of an id. Two ids are equal exactly when their stored forms are. */
export function packId(id: string): PackedId {
  return id.length === 36 && UUID.test(id) ? Buffer.from(id.replaceAll('-', ''), 'hex') : id
}

/** The id that was packed. */
export function unpackId(packed: PackedId): string {
  if (typeof packed === 'string') return packed
  const hex = packed.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
