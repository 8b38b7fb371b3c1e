/** What every adapter of the files port does. */
import { randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'
import type { Files } from '#wardbridge/files/files.js'

async function* parts(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half')
  throw new Error('cut off')
}

export function filesContract(t: Test, open: (t: Test) => Files): void {
  const keys = async (files: Files) => {
    const found: string[] = []
    for await (const { key } of files.list()) found.push(key)
    return found.sort()
  }

  t.test('a file is what was put', async (t) => {
    const files = open(t)
    const key = randomUUID()
    const began = Date.now()
    t.equal(await files.find(key), undefined)
    t.equal(await files.put(key, parts('one ', 'two ', 'three')), 13)
    const found = await files.find(key)
    t.match(found, { key, size: 13 })
    t.ok(found!.made >= began - 1000 && found!.made <= Date.now() + 1000)
    t.equal((await buffer(await files.open(key))).toString(), 'one two three')
    t.equal((await buffer(await files.open(key, { start: 4, end: 6 }))).toString(), 'two')
    t.equal((await buffer(await files.open(key, { start: 12, end: 12 }))).toString(), 'e')
  })

  t.test('an empty file is one', async (t) => {
    const files = open(t)
    const key = randomUUID()
    t.equal(await files.put(key, parts()), 0)
    t.match(await files.find(key), { size: 0 })
  })

  t.test('all are listed, and those that were deleted are not', async (t) => {
    const files = open(t)
    t.strictSame(await keys(files), [])
    const all = Array.from({ length: 5 }, () => randomUUID()).sort()
    for (const key of all) await files.put(key, parts(key))
    t.strictSame(await keys(files), all)
    t.equal(await files.delete(all[0]!), true)
    t.equal(await files.delete(all[0]!), false)
    t.strictSame(await keys(files), all.slice(1))
    t.equal(await files.find(all[0]!), undefined)
    await t.rejects(files.open(all[0]!), { code: 'files.missing' })
  })

  t.test('a stream that fails leaves nothing, and its error comes through', async (t) => {
    const files = open(t)
    const key = randomUUID()
    await t.rejects(files.put(key, failing()), { message: 'cut off' })
    t.equal(await files.find(key), undefined)
    t.strictSame(await keys(files), [])
    t.equal(await files.put(key, parts('whole')), 5)
  })

  t.test('what is being written is not there yet', async (t) => {
    const files = open(t)
    const key = randomUUID()
    let seen: unknown = 'not looked'
    const content = async function* () {
      yield Buffer.from('a')
      seen = await files.find(key)
      t.strictSame(await keys(files), [])
      yield Buffer.from('b')
    }
    t.equal(await files.put(key, content()), 2)
    t.equal(seen, undefined)
  })

  t.test('what is no key names no file', async (t) => {
    const files = open(t)
    for (const key of ['', '..', '../x', '/etc/passwd', 'AB', `${randomUUID()}/..`, randomUUID().toUpperCase()]) {
      t.equal(await files.find(key), undefined, key)
      t.equal(await files.delete(key), false, key)
      await t.rejects(files.open(key), { code: 'files.missing' }, key)
      await t.rejects(files.put(key, parts('x')), TypeError, key)
    }
  })
}
