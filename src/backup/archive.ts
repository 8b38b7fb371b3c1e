/**
 * The archive of a backup: a plain tar file (POSIX ustar), which every tar can read. Ours are read back strictly: a header that we would not have written so,
 * or padding that is not zero, counts as damage.
 */
import { fail } from '../errors.js'
import { ByteReader } from './bytes.js'

export interface Entry {
  readonly name: string
  /** Bytes. */
  readonly size: number
  readonly content: AsyncIterable<Buffer>
}

const BLOCK = 512
const END = Buffer.alloc(2 * BLOCK)

/** The bytes of an archive. made: milliseconds since 1970 UTC, for all entries. Throws when the content of an entry has another size. */
export async function* pack(entries: AsyncIterable<Entry>, made: number): AsyncGenerator<Buffer> {
  for await (const { name, size, content } of entries) {
    yield header(name, size, made)
    let written = 0
    for await (const piece of content) {
      written += piece.length
      yield piece
    }
    if (written !== size) throw new Error(`${name} was changed while it was read`)
    yield Buffer.alloc(padding(size))
  }
  yield END
}

/** The entries of an archive, one after the other: the content of one must be read before the next is asked for. Throws backup.damaged. */
export async function* unpack(source: AsyncIterable<Buffer>, file: string): AsyncGenerator<Entry> {
  const reader = new ByteReader(source)
  const damaged = (reason: string) => fail('backup.damaged', { file, reason })
  for (;;) {
    const at = reader.taken
    const head = await reader.take(BLOCK)
    if (head.length < BLOCK) throw damaged(`it ends early, at byte ${at + head.length}`)
    if (head.every((byte) => byte === 0)) break
    const entry = readHeader(head)
    if (entry === undefined) throw damaged(`the header at byte ${at} is damaged`)
    const { name, size } = entry
    let read = 0
    yield {
      name,
      size,
      content: (async function* () {
        for await (const piece of reader.stream(size)) {
          read += piece.length
          yield piece
        }
        if (read < size) throw damaged(`it ends early, in ${name}`)
      })()
    }
    if (read < size) throw new Error('The content of an entry was not read')
    const after = await reader.take(padding(size))
    if (after.length < padding(size)) throw damaged(`it ends early, after ${name}`)
    if (after.some((byte) => byte !== 0)) throw damaged(`it is damaged after ${name}`)
  }
  const end = await reader.take(BLOCK + 1)
  if (end.length !== BLOCK || end.some((byte) => byte !== 0)) throw damaged('its end is damaged')
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK
}

/** Of a file that its owner only can read. Sizes from 8 GiB on are in the binary form that GNU tar and libarchive read. */
function header(path: string, size: number, made: number): Buffer {
  const head = Buffer.alloc(BLOCK)
  const [prefix, name] = split(path)
  const octal = (value: number, at: number, length: number) => head.write(value.toString(8).padStart(length - 1, '0'), at)
  head.write(name, 0)
  octal(0o600, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  if (size < 8 ** 11) octal(size, 124, 12)
  else {
    head[124] = 0x80
    head.writeBigUInt64BE(BigInt(size), 128)
  }
  octal(Math.floor(made / 1000), 136, 12)
  head.write('0', 156)
  head.write('ustar\x0000', 257, 'latin1')
  head.write(prefix, 345)
  head.fill(' ', 148, 156)
  const sum = head.reduce((total, byte) => total + byte, 0)
  head.write(`${sum.toString(8).padStart(6, '0')}\x00 `, 148, 'latin1')
  return head
}

function split(path: string): readonly [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ['', path]
  const slash = path.indexOf('/', path.length - 101)
  if (slash <= 0 || Buffer.byteLength(path) !== path.length || slash > 155) throw new Error(`${path} is too long a name for an archive`)
  return [path.slice(0, slash), path.slice(slash + 1)]
}

/** Undefined when it is not as header() writes it. */
function readHeader(head: Buffer): { readonly name: string; readonly size: number } | undefined {
  const text = (at: number, length: number) =>
    head
      .subarray(at, at + length)
      .toString('utf8')
      .replace(/\0.*$/s, '')
  const prefix = text(345, 155)
  const name = prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`
  const size = head[124] === 0x80 ? Number(head.readBigUInt64BE(128)) : Number.parseInt(text(124, 12), 8)
  const made = Number.parseInt(text(136, 12), 8) * 1000
  if (!Number.isSafeInteger(size) || size < 0 || !Number.isSafeInteger(made)) return undefined
  try {
    return header(name, size, made).equals(head) ? { name, size } : undefined
  } catch {
    return undefined
  }
}
