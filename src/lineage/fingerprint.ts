/** A short name for what a pack says: the same for two packs that map alike, whatever their comments and line numbers. */
import { createHash } from 'node:crypto'
import type { Pack } from '../mapping/index.js'

/** 16 hexadecimal digits. */
export function packFingerprint({ tables, timezone, canonical }: Pack): string {
  const plain = (name: string, value: unknown): unknown => {
    if (name === 'place' || name === 'file') return undefined
    if (value instanceof Map || value instanceof Set) return [...value]
    return value
  }
  return createHash('sha256')
    .update(JSON.stringify([tables, timezone, canonical], plain))
    .digest('hex')
    .slice(0, 16)
}
