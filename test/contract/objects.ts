/** What every adapter of the port of conditional objects does. */
import type { Test } from 'tap'
import type { Objects } from '#wardbridge/files/objects.js'

/** open: the same values each time it is called in one test. */
export function objectsContract(t: Test, open: (t: Test) => () => Objects): void {
  const text = async (objects: Objects, name: string) => (await objects.get(name))?.bytes.toString()
  const names = async (objects: Objects, prefix: string, after?: string) => {
    const found: string[] = []
    for await (const { name } of objects.list(prefix, after)) found.push(name)
    return found
  }

  t.test('a value is what was put', async (t) => {
    const objects = open(t)()
    t.equal(await objects.get('a'), undefined)
    const bytes = Buffer.from([0, 1, 2, 255, 10, 13])
    const first = await objects.put('a', bytes)
    t.strictSame(await objects.get('a'), { bytes, generation: first })
    const second = await objects.put('a', Buffer.alloc(0))
    t.not(second, first)
    t.strictSame(await objects.get('a'), { bytes: Buffer.alloc(0), generation: second })
    t.equal(await text(objects, 'A'), undefined)
  })

  t.test('a value is put where there is none, once', async (t) => {
    const objects = open(t)()
    const first = await objects.put('a', Buffer.from('1'), 'absent')
    t.type(first, 'string')
    t.equal(await objects.put('a', Buffer.from('2'), 'absent'), undefined)
    t.equal(await text(objects, 'a'), '1')
    t.equal(await objects.delete('a'), true)
    const again = await objects.put('a', Buffer.from('3'), 'absent')
    t.type(again, 'string')
    t.not(again, first, 'no generation is used twice')
  })

  t.test('a value is replaced and deleted on the condition of its generation', async (t) => {
    const objects = open(t)()
    const first = (await objects.put('a', Buffer.from('1')))!
    const second = (await objects.put('a', Buffer.from('2'), { generation: first }))!
    t.equal(await objects.put('a', Buffer.from('3'), { generation: first }), undefined)
    t.equal(await objects.delete('a', { generation: first }), false)
    t.equal(await text(objects, 'a'), '2')
    t.equal(await objects.delete('a', 'absent'), false)
    t.equal(await objects.delete('a', { generation: second }), true)
    t.equal(await objects.get('a'), undefined)
    t.equal(await objects.delete('a', { generation: second }), false)
    t.equal(await objects.delete('a'), false)
    t.equal(await objects.put('a', Buffer.from('4'), { generation: second }), undefined)
    t.equal(await objects.get('a'), undefined)
  })

  t.test('names are listed by prefix, in the order of their bytes, from after one on', async (t) => {
    const objects = open(t)()
    const all = ['a', 'a-b', 'a/b', 'a/b/c', 'a//d', 'ä', 'b c?#%.', 'b/.', 'b/..', '\u{1f600}', '\uff5e']
    const sorted = [...all].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    for (const [i, name] of all.entries()) await objects.put(name, Buffer.alloc(i))
    await objects.put('gone', Buffer.from('x'))
    await objects.delete('gone')
    t.strictSame(await names(objects, ''), sorted)
    t.strictSame(await names(objects, 'a'), ['a', 'a-b', 'a/b', 'a/b/c', 'a//d'].sort())
    t.strictSame(await names(objects, 'a/'), ['a//d', 'a/b', 'a/b/c'])
    t.strictSame(await names(objects, 'a/', 'a/b'), ['a/b/c'])
    t.strictSame(await names(objects, '', 'ä'), sorted.slice(sorted.indexOf('ä') + 1))
    t.strictSame(await names(objects, 'a/', 'a/a'), ['a/b', 'a/b/c'], 'after a name that is not there')
    t.strictSame(await names(objects, 'none'), [])
    for (const [i, name] of all.entries()) t.equal((await objects.get(name))?.bytes.length, i, name)
    for await (const info of objects.list('b c')) {
      t.equal(info.size, 6)
      t.equal(info.generation, (await objects.get(info.name))?.generation)
      t.ok(Math.abs(info.updated - Date.now()) < 60_000)
    }
  })

  t.test('more names than fit into a page', async (t) => {
    const objects = open(t)()
    const wanted = Array.from({ length: 1100 }, (_, i) => `many/${String(i).padStart(4, '0')}`)
    for (let at = 0; at < wanted.length; at += 100)
      await Promise.all(wanted.slice(at, at + 100).map((name) => objects.put(name, Buffer.of(1))))
    t.strictSame(await names(objects, 'many/'), wanted)
  })

  t.test('of many that put a value where there is none, one does', async (t) => {
    const reopen = open(t)
    const done = await Promise.all(Array.from({ length: 30 }, (_, i) => reopen().put('claim', Buffer.from(String(i)), 'absent')))
    const winners = [...done.entries()].filter(([, generation]) => generation !== undefined)
    t.equal(winners.length, 1)
    t.equal(await text(reopen(), 'claim'), String(winners[0]?.[0]))
  })

  t.test('no change is lost among many that follow each other', async (t) => {
    const reopen = open(t)
    const add = async (): Promise<void> => {
      const objects = reopen()
      for (;;) {
        const now = await objects.get('count')
        const next = Buffer.from(String(Number(now?.bytes.toString() ?? 0) + 1))
        if ((await objects.put('count', next, now === undefined ? 'absent' : { generation: now.generation })) !== undefined) return
      }
    }
    await Promise.all(Array.from({ length: 8 }, async () => [await add(), await add(), await add()]))
    t.equal(await text(reopen(), 'count'), '24')
  })

  t.test('a value put without a condition is the newest one', async (t) => {
    const objects = open(t)()
    for (let i = 0; i < 150; i++) await objects.put('a', Buffer.from(String(i)))
    t.equal(await text(objects, 'a'), '149')
    t.strictSame(await names(objects, ''), ['a'])
  })
}
