/** The Cloud Storage client as we open it, against a server that refuses what the public API does not know: the requests of the reference, one by one. */
import { buffer, text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { openStorage, parseBucketPath, statusOf } from '#wardbridge/files/gcs-client.js'
import { crc32c, md5 } from '../support/storage-objects.js'
import { startStorage } from '../support/storage-server.js'

const server = await startStorage(t)
const storage = await openStorage(server.google)
const bucket = storage.bucket('b')
server.bucket('b').put('dir/a.ndjson', 'hello', { contentType: 'application/fhir+ndjson' })
server.bucket('b').put('dir/b.ndjson', 'there')
server.bucket('b').put('dir/deep/c.ndjson', '!')
server.bucket('b').put('x', 'x')
const pages = server.fault
const last = () => server.requests.at(-1)!

t.afterEach(() => {
  server.fault = pages
})

t.test('lists by prefix and delimiter, page after page', async (t) => {
  const [files] = await bucket.getFiles({ prefix: 'dir/', delimiter: '/' })
  t.strictSame(
    files.map(({ name }) => name),
    ['dir/a.ndjson', 'dir/b.ndjson']
  )
  t.equal(last().url, '/storage/v1/b/b/o?prefix=dir%2F&delimiter=%2F')
  const [one, next] = await bucket.getFiles({ matchGlob: 'dir/**.ndjson', autoPaginate: false, maxResults: 1 })
  t.strictSame(
    one.map(({ name }) => name),
    ['dir/a.ndjson']
  )
  const [all] = await bucket.getFiles({ matchGlob: 'dir/**.ndjson', maxResults: 1, ...next })
  t.equal(all[0]!.name, 'dir/b.ndjson')
})

t.test('reads contents, ranges of them, and what is said about them', async (t) => {
  const file = bucket.file('dir/a.ndjson')
  t.equal(await text(file.createReadStream()), 'hello')
  t.equal(await text(file.createReadStream({ start: 1, end: 3, validation: false })), 'ell')
  t.equal(last().range, 'bytes=1-3')
  t.equal((await file.download())[0].toString(), 'hello')
  const [metadata] = await file.getMetadata()
  t.match(metadata, { bucket: 'b', name: 'dir/a.ndjson', size: '5', crc32c: 'mnG7TA==', md5Hash: md5(Buffer.from('hello')) })
  t.match(String(metadata.generation), /^\d{16}$/)
  t.strictSame(await bucket.exists(), [true])
  t.strictSame(await storage.bucket('none').exists(), [false])
})

t.test('an old generation is not there any more', async (t) => {
  const first = server.bucket('b').put('changing', 'one')
  const second = server.bucket('b').put('changing', 'two')
  t.ok(second.generation > first.generation)
  const file = bucket.file('changing', { generation: String(first.generation) })
  await t.rejects(text(file.createReadStream()), { code: 404 })
  t.equal(await text(bucket.file('changing', { generation: String(second.generation) }).createReadStream()), 'two')
})

t.test('writes in one request and in several', async (t) => {
  await bucket.file('out/Patient').save('{"a":1}\n', { contentType: 'application/fhir+ndjson' })
  t.match(server.bucket('b').get('out/Patient'), { contentType: 'application/fhir+ndjson' })
  await bucket.file('out/Patient').save('{"a":2}\n', { resumable: false })
  t.equal(server.bucket('b').get('out/Patient')?.bytes.toString(), '{"a":2}\n')
  const large = Buffer.alloc(1_000_000, 'large ')
  for (const [name, more] of [
    ['chunked', { chunkSize: 256 * 1024 }],
    ['whole', {}]
  ] as const) {
    await new Promise((resolve, reject) =>
      bucket
        .file(name)
        .createWriteStream({ ...more, validation: false })
        .on('error', reject)
        .on('finish', resolve)
        .end(large)
    )
    t.equal(crc32c(server.bucket('b').get(name)!.bytes), crc32c(large), name)
  }
})

t.test('preconditions', async (t) => {
  const file = bucket.file('once')
  const save = (ifGenerationMatch: number | string) => file.save('1', { resumable: false, preconditionOpts: { ifGenerationMatch } })
  await save(0)
  t.equal(statusOf(await save(0).catch((error: unknown) => error)), 412)
  const [{ generation, metageneration }] = await file.getMetadata()
  await save(String(generation))
  await t.rejects(save(String(generation)), { code: 412 })
  await t.rejects(file.delete({ ifGenerationMatch: generation! }), { code: 412 })
  await t.rejects(file.setMetadata({ contentType: 'text/plain' }, { ifMetagenerationMatch: 7 }), { code: 412 })
  await file.setMetadata({ contentType: 'text/plain' }, { ifMetagenerationMatch: metageneration! })
  t.match((await file.getMetadata())[0], { metageneration: 2, contentType: 'text/plain' })
  await file.delete()
  await t.rejects(file.delete(), { code: 404 })
})

t.test('a zipped content is given as it is stored to those that take gzip', async (t) => {
  server.bucket('b').put('zipped', gzipSync('plain'), { contentEncoding: 'gzip' })
  t.equal(await text(bucket.file('zipped').createReadStream()), 'plain')
  t.strictSame(await buffer(bucket.file('zipped').createReadStream({ decompress: false, validation: false })), gzipSync('plain'))
})

t.test('what is unknown to the API is refused, and told', async (t) => {
  const ask = async (method: string, path: string, body?: string) =>
    (
      await fetch(`${server.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${server.token}` },
        ...(body === undefined ? {} : { body })
      })
    ).status
  for (const [method, path, status, body] of [
    ['GET', '/storage/v1/b/b/o?prefx=a', 400],
    ['GET', '/storage/v1/b/b/o/x?generation=new', 400],
    ['GET', '/storage/v1/b/b/objects', 404],
    ['PUT', '/storage/v1/b/b/o/x', 404, '{}'],
    ['GET', '/storage/v2/b/b/o', 404],
    ['POST', '/upload/storage/v1/b/b/o?uploadType=resumable&name=n', 400, '{"colour":"red"}'],
    ['DELETE', '/storage/v1/b/b/o/x', 400, '{"why":1}']
  ] as const) {
    t.equal(await ask(method, path, body), status, `${method} ${path}`)
    t.equal(server.complaints.splice(0).length, 1, `${method} ${path} is told`)
  }
  t.equal((await fetch(`${server.url}/storage/v1/b/b/o`)).status, 401)
})

t.test('STORAGE_EMULATOR_HOST names a server, unless the settings do', async (t) => {
  process.env['STORAGE_EMULATOR_HOST'] = server.url
  t.teardown(() => delete process.env['STORAGE_EMULATOR_HOST'])
  const [files] = await (await openStorage({ ...server.google, storageUrl: undefined })).bucket('b').getFiles({ prefix: 'x' })
  t.equal(files.length, 1)
  t.equal(last().url, '/b/b/o?prefix=x')
  process.env['STORAGE_EMULATOR_HOST'] = 'http://127.0.0.1:9'
  const both = (await openStorage(server.google)).bucket('b')
  t.equal((await both.getFiles({ prefix: 'x' }))[0].length, 1)
  await both.file('y').save('y', { resumable: false })
})

t.test('gs:// paths', async (t) => {
  t.strictSame(parseBucketPath('gs://b-1/a/b c'), { bucket: 'b-1', name: 'a/b c' })
  t.strictSame(parseBucketPath('gs://b_1.x'), { bucket: 'b_1.x', name: '' })
  for (const path of ['gs://', 'gs:///x', 'b/x', 'gs://B/x', 'gs://-b/x', 's3://b/x'])
    t.throws(() => parseBucketPath(path), { code: 'cli.usage' }, path)
})
