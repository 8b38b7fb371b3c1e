import t from 'tap'
import { lookUp, SortedFileWriter, sortedLines } from '#wardbridge/ingest/sorted-file.js'
import { random } from './helpers.js'

t.test('gives back what was added to a target, in the order added, however little is sorted in memory at a time', (t) => {
  const next = random(5)
  for (const runChars of [1, 500, 20_000, 1 << 25]) {
    const writer = new SortedFileWriter(runChars)
    const added = new Map<string, string[]>()
    for (let i = 0; i < 2000; i++) {
      const target = `target-${Math.floor(next() * 300)}`
      const value = `{"n":${i},"text":"é\\n\\t漢 ${'x'.repeat(Math.floor(next() * 40))}"}`
      writer.add(target, 'slot', '[1]', value)
      added.set(target, [...(added.get(target) ?? []), value])
    }
    const file = writer.finish()
    for (let i = 0; i < 320; i++) {
      const found = lookUp(file, `target-${i}`).map(({ value }) => value)
      if (JSON.stringify(found) !== JSON.stringify(added.get(`target-${i}`) ?? [])) t.same(found, added.get(`target-${i}`))
    }
    const targets = [...sortedLines(file)].map(({ target }) => target)
    t.same(targets, [...targets].sort(), `sorted, with runs of ${runChars} characters`)
    t.equal(targets.length, 2000)
    t.same(lookUp(file, 'a'), [])
    t.same(lookUp(file, 'z'), [])
    writer.close()
  }
  t.end()
})

t.test('an empty file answers nothing', (t) => {
  const writer = new SortedFileWriter()
  const file = writer.finish()
  t.same(lookUp(file, 'a'), [])
  t.same([...sortedLines(file)], [])
  writer.close()
  t.end()
})

t.test('a target with more than a page of values is found whole', (t) => {
  const writer = new SortedFileWriter(10_000)
  for (let i = 0; i < 500; i++) for (const target of ['a', 'b', 'c']) writer.add(target, `s${i}`, '[]', 'v'.repeat(100))
  const file = writer.finish()
  for (const target of ['a', 'b', 'c']) t.equal(lookUp(file, target).length, 500)
  writer.close()
  t.end()
})
