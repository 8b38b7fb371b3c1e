/** Objects of Cloud Storage as sources: what is found, what is read, and what happens when something breaks or changes. */
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { findFiles, type SourceFile } from '#wardbridge/files/sources.js'
import { crc32c } from '../support/storage-objects.js'
import { type Fault, type SeenRequest, startStorage } from '../support/storage-server.js'

const server = await startStorage(t)
// A connection that gives nothing is given up after a quarter of that.
const google = { ...server.google, callBudget: 2000 }
const bucket = server.bucket('b')
const content = Buffer.from(Array.from({ length: 400_000 }, (_, i) => `${i},${i * 7}\n`).join(''))

t.afterEach(() => {
  server.fault = () => undefined
})

async function found(place: string): Promise<string[]> {
  return (await findFiles(place, google)).map(({ path, file }) => `${path}${file === undefined ? ' (folder)' : ''}`)
}

async function only(place: string): Promise<SourceFile> {
  const [first] = await findFiles(place, google)
  return first!.file!
}

async function readAll(file: SourceFile): Promise<Buffer> {
  const parts: Buffer[] = []
  let heard = 0
  for await (const part of file.read((bytes) => (heard += bytes))) parts.push(part)
  const all = Buffer.concat(parts)
  t.equal(heard, all.length)
  return all
}

const isContent = ({ url }: SeenRequest): boolean => url.includes('alt=media')

t.test('names, folders and patterns', async (t) => {
  for (const name of ['in/b.csv', 'in/a.csv.gz', 'in/deep/c.csv', 'in/deep/d.ndjson', 'in/', 'inner.csv', 'in/x[1].csv'])
    bucket.put(name, 'x')
  t.strictSame(await found('gs://b/in/b.csv'), ['gs://b/in/b.csv'])
  const folder = ['gs://b/in/a.csv.gz', 'gs://b/in/b.csv', 'gs://b/in/deep/ (folder)', 'gs://b/in/x[1].csv']
  t.strictSame(await found('gs://b/in'), folder)
  t.strictSame(await found('gs://b/in/'), folder)
  t.strictSame(await found('gs://b/in/*'), ['gs://b/in/a.csv.gz', 'gs://b/in/b.csv', 'gs://b/in/x[1].csv'])
  t.strictSame(await found('gs://b/in*'), ['gs://b/inner.csv'])
  t.strictSame(await found('gs://b/in/**.csv'), ['gs://b/in/b.csv', 'gs://b/in/deep/c.csv', 'gs://b/in/x[1].csv'])
  t.strictSame(await found('gs://b/in/{a,b}.csv*'), ['gs://b/in/a.csv.gz', 'gs://b/in/b.csv'])
  t.strictSame(await found('gs://b/in/x[1].csv'), ['gs://b/in/x[1].csv'], 'a name is no pattern where there is such an object')
  t.strictSame(await found('gs://b'), ['gs://b/in/ (folder)', 'gs://b/inner.csv'])
  for (const place of ['gs://b/none', 'gs://b/none*', 'gs://b/in/b.csv/'])
    await t.rejects(found(place), { code: 'source.not-found' }, place)
  await t.rejects(found('gs://none/x'), { code: /source.not-found|bucket.missing/ })
  await t.rejects(findFiles('gs://b/in', undefined), { code: 'cli.usage' })
})

t.test('more objects than fit into a page', async (t) => {
  for (let i = 0; i < 1100; i++) bucket.put(`many/${i}.csv`, '')
  t.equal((await found('gs://b/many/*.csv')).length, 1100)
})

t.test('what is read is what is stored, through whatever connection', async (t) => {
  bucket.put('rows.csv', content)
  bucket.put('composed.csv', content, { hasMd5: false })
  bucket.put('empty.csv', '')
  t.equal((await readAll(await only('gs://b/empty.csv'))).length, 0)
  t.equal(crc32c(await readAll(await only('gs://b/composed.csv'))), crc32c(content))
  const file = await only('gs://b/rows.csv')
  t.equal(file.size, content.length)
  const faults: readonly Fault[] = [
    { reset: 1_000_000 },
    { status: 503 },
    { truncate: 2_000_000 },
    { reset: -1 },
    { reset: 0 },
    { status: 429 }
  ]
  let reads = 0
  server.fault = (request) => (isContent(request) ? faults[reads++] : undefined)
  const before = server.requests.length
  t.equal(crc32c(await readAll(file)), crc32c(content))
  t.equal(reads, faults.length + 1)
  const starts = server.requests.slice(before).map(({ range }) => Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1]))
  t.strictSame(
    [...starts].sort((a, b) => a - b),
    starts,
    'nothing is read again'
  )
  t.ok(starts.at(-1)! > 2_000_000)
})

t.test('a slow connection is not a broken one', async (t) => {
  bucket.put('slow.csv', content.subarray(0, 200_000))
  server.fault = (request) => (isContent(request) ? { slow: 250 } : undefined)
  t.equal(crc32c(await readAll(await only('gs://b/slow.csv'))), crc32c(content.subarray(0, 200_000)))
})

t.test('reading can be left', async (t) => {
  for await (const part of (await only('gs://b/rows.csv')).read(() => {})) {
    t.ok(part.length > 0)
    break
  }
})

t.test('an object that is changed or deleted is refused by name', async (t) => {
  const file = await only('gs://b/rows.csv')
  bucket.put('rows.csv', content.subarray(1))
  await t.rejects(readAll(file), { code: 'source.changed', message: /^gs:\/\/b\/rows\.csv was changed .* \d{16} / })
  const again = await only('gs://b/rows.csv')
  t.not(again.version, file.version)
  let reads = 0
  server.fault = (request) => {
    if (!isContent(request)) return undefined
    if (reads++ === 1) bucket.put('rows.csv', content)
    return reads === 1 ? { reset: 1_000_000 } : undefined
  }
  await t.rejects(readAll(again), { code: 'source.changed' }, 'in the middle')
  const last = await only('gs://b/rows.csv')
  bucket.delete('rows.csv')
  await t.rejects(readAll(last), { code: 'source.changed' })
})

t.test('damage on the way is noticed at the end', async (t) => {
  bucket.put('rows.csv', content)
  server.fault = (request) => (isContent(request) ? { flip: 1_234_567 } : undefined)
  await t.rejects(readAll(await only('gs://b/rows.csv')), { code: 'source.checksum', message: /gs:\/\/b\/rows\.csv.*CRC32C/ })
})

t.test('what gives nothing for too long is an error of the file', async (t) => {
  const file = await only('gs://b/rows.csv')
  server.fault = (request) => (isContent(request) ? { status: 503 } : undefined)
  await t.rejects(readAll(file), { code: 'source.io', message: /gs:\/\/b\/rows\.csv: .*2 s.*status 503/ })
})

t.test('zipped contents', async (t) => {
  bucket.put('z.csv.gz', gzipSync('a,b\n'))
  bucket.put('z.csv', gzipSync('a,b\n'), { contentEncoding: 'gzip' })
  for (const name of ['z.csv.gz', 'z.csv']) {
    const file = await only(`gs://b/${name}`)
    t.equal(file.zipped, true)
    t.strictSame(await readAll(file), gzipSync('a,b\n'), name)
  }
})
