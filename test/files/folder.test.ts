/** The local folder: the contract of the port, and what is its own. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openFiles } from '#wardbridge/files/files.js'
import { filesContract } from '../contract/files.js'

t.test('contract', async (t) => filesContract(t, (t) => openFiles(join(t.testdir(), 'files'))))

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

t.test('files are for their owner only', { skip: process.platform === 'win32' }, async (t) => {
  const folder = join(t.testdir(), 'files')
  const key = randomUUID()
  await openFiles(folder).put(key, once('x'))
  t.equal(statSync(join(folder, key.slice(0, 2), key)).mode & 0o777, 0o600)
  t.equal(statSync(folder).mode & 0o777, 0o700)
})

t.test('what a crash left is tidied once it is old', async (t) => {
  const folder = join(t.testdir(), 'files')
  const files = openFiles(folder)
  await files.tidy(Date.now())
  mkdirSync(join(folder, 'unfinished'), { recursive: true })
  const [old, young] = [randomUUID(), randomUUID()]
  for (const name of [old, young]) writeFileSync(join(folder, 'unfinished', name), 'half')
  utimesSync(join(folder, 'unfinished', old), 1000, 1000)
  await files.tidy(Date.now() - 60_000)
  t.strictSame(readdirSync(join(folder, 'unfinished')), [young])
  for await (const { key } of files.list()) t.fail(key)
})

t.test('a disk with less room than is to be left takes nothing', async (t) => {
  const folder = join(t.testdir(), 'files')
  const files = openFiles(folder, { reserve: Number.MAX_SAFE_INTEGER })
  await t.rejects(files.put(randomUUID(), once('x')), { code: 'files.full', status: 507 })
  t.strictSame(readdirSync(join(folder, 'unfinished')), [])
})
