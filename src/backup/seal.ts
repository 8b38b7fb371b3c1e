/**
 * Encryption of a backup with a passphrase: scrypt (RFC 7914) makes a key of it and of a salt of this file alone; AES-256-GCM encrypts chunks of 64 KiB under
 * it. The nonce of a chunk is its number and whether it is the last one, so that chunks can be neither changed, nor exchanged, nor left out at the end
 * (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár). See README.md for the bytes.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { fail } from '../errors.js'
import { ByteReader, blocks } from './bytes.js'

const MAGIC = Buffer.from('wardbridge seal\n')
const FORMAT = 1
const SALT = 32
const HEADER = MAGIC.length + 4 + SALT
const CHUNK = 65_536
const TAG = 16
/** N = 2^17, r = 8, p = 1: 128 MiB and about half a second. */
const [LOG_N, R, P] = [17, 8, 1]
/** More than this is not tried: the numbers come from the file. */
const MOST_LOG_N = 20

/** Whether a file that begins with these bytes is sealed. */
export function isSealed(start: Buffer): boolean {
  return start.subarray(0, MAGIC.length).equals(MAGIC)
}

/** The sealed bytes of a stream. */
export async function* seal(source: AsyncIterable<Buffer>, passphrase: string): AsyncGenerator<Buffer> {
  const header = Buffer.concat([MAGIC, Buffer.from([FORMAT, LOG_N, R, P]), randomBytes(SALT)])
  const key = await keyOf(passphrase, header)
  yield header
  let number = 0
  for await (const { block, isLast } of blocks(source, CHUNK)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonce(number++, isLast)).setAAD(header)
    yield Buffer.concat([cipher.update(block), cipher.final(), cipher.getAuthTag()])
  }
}

/** What was sealed. Throws backup.passphrase for another passphrase, backup.damaged; what was given until then is right as far as it goes. */
export async function* unseal(source: AsyncIterable<Buffer>, passphrase: string, file: string): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source)
  const header = await reader.take(HEADER)
  if (header.length < HEADER || !isSealed(header)) throw fail('backup.damaged', { file, reason: 'its header is not complete' })
  const [format, logN = 0, r = 0, p = 0] = header.subarray(MAGIC.length)
  if (format !== FORMAT || logN < 10 || logN > MOST_LOG_N || r !== R || p !== P)
    throw fail('backup.damaged', { file, reason: 'its header is of no known format' })
  const key = await keyOf(passphrase, header)
  let number = 0
  let ended = false
  for await (const { block, isLast } of blocks(reader.rest(), CHUNK + TAG)) {
    const plain = open(block, key, nonce(number, isLast), header)
    if (plain === undefined) {
      if (number === 0) throw fail('backup.passphrase', { reason: `The passphrase is not that of ${file}, or its beginning is damaged` })
      const reason = isLast
        ? `it ends early or is damaged after byte ${HEADER + number * (CHUNK + TAG)}`
        : `it is damaged after byte ${HEADER + number * (CHUNK + TAG)}`
      throw fail('backup.damaged', { file, reason })
    }
    number++
    ended = isLast
    yield plain
  }
  if (!ended) throw fail('backup.damaged', { file, reason: 'it ends early' })
}

function open(sealed: Buffer, key: Buffer, iv: Buffer, header: Buffer): Buffer | undefined {
  if (sealed.length < TAG) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG }).setAAD(header).setAuthTag(sealed.subarray(-TAG))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG)), decipher.final()])
  } catch {
    return undefined
  }
}

/** 11 bytes of the number of the chunk, big-endian, and one that is 1 for the last chunk. The key is of one file only, so no nonce comes twice. */
function nonce(number: number, isLast: boolean): Buffer {
  const iv = Buffer.alloc(12)
  iv.writeUIntBE(number, 5, 6)
  iv[11] = isLast ? 1 : 0
  return iv
}

function keyOf(passphrase: string, header: Buffer): Promise<Buffer> {
  const [, logN = 0, r = 0, p = 0] = header.subarray(MAGIC.length)
  const salt = header.subarray(-SALT)
  return new Promise((resolve, reject) =>
    scrypt(passphrase.normalize('NFKC'), salt, 32, { N: 2 ** logN, r, p, maxmem: 129 * r * 2 ** logN + 1024 * 1024 }, (error, key) =>
      error ? reject(error) : resolve(key)
    )
  )
}
