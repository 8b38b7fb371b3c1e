/** Range requests (RFC 9110, 14): one range of bytes; of several, or in other units, the whole is sent, as the RFC allows. */
import { fail } from '../../errors.js'
import type { ByteRange } from '../../files/files.js'

/** The range that is asked for; undefined: all. ifRange: If-Range; etag: of what is sent. Throws http.range for one that lies beyond the end. */
export function rangeOf(
  header: string | undefined,
  ifRange: string | undefined,
  { size, etag }: { readonly size: number; readonly etag: string }
): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(header ?? '') ?? []
  if ((first === '' && last === '') || (ifRange !== undefined && ifRange !== etag)) return undefined
  const suffix = first === ''
  const start = suffix ? Math.max(0, size - Number(last)) : Number(first)
  const end = suffix || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (!suffix && last !== '' && Number(last) < start) return undefined
  if (start >= size || (suffix && Number(last) === 0)) throw fail('http.range', { range: `${first}-${last}`, size })
  return { start, end }
}
