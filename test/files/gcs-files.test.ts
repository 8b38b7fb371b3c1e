/** Files in Cloud Storage: the contract of the port, and what is its own. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import t from 'tap'
import { openFiles } from '#wardbridge/files/files.js'
import { filesContract } from '../contract/files.js'
import { type Fault, startStorage } from '../support/storage-server.js'

const server = await startStorage(t)
// A connection that gives nothing is given up after half of that.
const google = { ...server.google, callBudget: 3000 }
let tests = 0
const open = () => openFiles(`gs://b/files-${++tests}`, { google })
const once = (method: string, fault: Fault): void => {
  server.fault = (request) => {
    if (request.method !== method) return undefined
    server.fault = () => undefined
    return fault
  }
}

async function* pieces(content: Buffer, step = 100_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += step) yield content.subarray(at, at + step)
}

t.test('contract', async (t) => filesContract(t, open))

t.test('a file stands below the prefix under its key', async (t) => {
  const key = randomUUID()
  await openFiles('gs://b/some/files/', { google }).put(key, pieces(Buffer.from('x')))
  t.equal(server.bucket('b').get(`some/files/${key}`)?.bytes.toString(), 'x')
})

t.test('a large file is sent in parts, and comes back whole or by ranges, whatever breaks', async (t) => {
  const files = open()
  const key = randomUUID()
  const content = randomBytes(17 * 1024 * 1024 + 5)
  let puts = 0
  server.fault = ({ method }) => (method === 'PUT' && ++puts === 2 ? { status: 503 } : undefined)
  t.equal(await files.put(key, pieces(content)), content.length)
  t.ok(puts > 2)
  let gets = 0
  const faults: readonly Fault[] = [{ reset: 3_000_000 }, { truncate: 5_000_000 }, { status: 503 }, { reset: 0 }]
  server.fault = ({ method, url }) => (method === 'GET' && url.includes('alt=media') ? faults[gets++] : undefined)
  const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
  t.equal(hash(await buffer(await files.open(key))), hash(content))
  t.equal(gets, faults.length + 1)
  server.fault = () => undefined
  t.equal(hash(await buffer(await files.open(key, { start: 7, end: 9_000_000 }))), hash(content.subarray(7, 9_000_001)))
})

t.test('a put whose answer was lost is done once', async (t) => {
  const files = open()
  const key = randomUUID()
  once('POST', { lost: true })
  t.equal(await files.put(key, pieces(Buffer.from('content'))), 7)
  t.equal((await buffer(await files.open(key))).toString(), 'content')
  await t.rejects(files.put(key, pieces(Buffer.from('other'))), { code: 'bucket.unexpected' }, 'a key is used once')
  once('DELETE', { lost: true })
  t.equal(await files.delete(key), true)
})

t.test('bytes that are not those that were put are an error', async (t) => {
  const files = open()
  const key = randomUUID()
  await files.put(key, pieces(Buffer.from('content')))
  once('GET', { status: 503 })
  const stream = await files.open(key)
  once('GET', { flip: 3 })
  await t.rejects(buffer(stream), { code: 'source.checksum' })
})
