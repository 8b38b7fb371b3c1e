/** Conditional values in a local folder. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { openFolderObjects } from '#wardbridge/files/folder-objects.js'
import { objectsContract } from '../contract/objects.js'

t.test('contract', async (t) =>
  objectsContract(t, (t) => {
    const folder = join(t.testdir(), 'objects')
    return () => openFolderObjects(folder)
  })
)

t.test('threads that know nothing of each other lose no change', async (t) => {
  const folder = join(t.testdir(), 'objects')
  const module = new URL('../../dist/files/folder-objects.js', import.meta.url).href
  const work = `
    const { openFolderObjects } = await import(${JSON.stringify(module)})
    const objects = openFolderObjects(${JSON.stringify(folder)})
    for (let done = 0; done < 40; ) {
      const now = await objects.get('n')
      const next = Buffer.from(String(Number(now?.bytes.toString() ?? 0) + 1))
      if (await objects.put('n', next, now === undefined ? 'absent' : { generation: now.generation })) done++
    }`
  const url = new URL(`data:text/javascript,${encodeURIComponent(work)}`)
  await Promise.all(
    Array.from({ length: 3 }, () => new Promise((resolve, reject) => new Worker(url).on('error', reject).on('exit', resolve)))
  )
  t.equal((await openFolderObjects(folder).get('n'))?.bytes.toString(), '120')
  t.ok(readdirSync(join(folder, '_n', '@')).length <= 64)
  t.strictSame(readdirSync(join(folder, '@unfinished')), [])
})

t.test('values are for their owner only', { skip: process.platform === 'win32' }, async (t) => {
  const folder = join(t.testdir(), 'objects')
  await openFolderObjects(folder).put('x', Buffer.from('1'))
  t.equal(statSync(join(folder, '_x', '@', '1')).mode & 0o777, 0o600)
  t.equal(statSync(join(folder, '_x')).mode & 0o777, 0o700)
})
