import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { findFiles } from '#wardbridge/files/sources.js'
import { rowBlocks } from '#wardbridge/ingest/blocks.js'
import { parseBlock, readHeader } from '#wardbridge/ingest/csv.js'
import { Fingerprints, fingerprint } from '#wardbridge/ingest/fingerprints.js'
import { inOrder } from '#wardbridge/ingest/in-order.js'
import { readBytes } from '#wardbridge/ingest/read.js'
import { UnmappedValues } from '#wardbridge/ingest/unmapped-values.js'
import { random } from './helpers.js'

const dir = mkdtempSync(join(tmpdir(), 'wardbridge-test-'))
t.teardown(() => rmSync(dir, { recursive: true, force: true }))

/** The cells of a CSV file and what ended it. */
async function readTable(path: string): Promise<{ rows: string[][]; line: number | undefined; code: string | undefined }> {
  const rows: string[][] = []
  try {
    let names: string[] | undefined
    const [found] = await findFiles(path, undefined)
    for await (const block of rowBlocks(readBytes(found!.file!), path, { rows: 7, bytes: 200, rowBytes: 1 << 20 })) {
      if (names === undefined) names = readHeader(block, path)
      else rows.push(...parseBlock(block, names).rows.map((row) => [...row]))
    }
    return { rows, line: undefined, code: undefined }
  } catch (error) {
    const { code, place } = error as { code?: string; place?: { line?: number } }
    if (code === undefined) throw error
    return { rows, line: place?.line, code }
  }
}

t.test('a gzip file that ends early gives the rows before its end and then an error with the line', async (t) => {
  const next = random(11)
  const rows = Array.from({ length: 3000 }, (_, i) => [String(i), `${next()}`])
  const zipped = gzipSync(['a,b', ...rows.map((row) => row.join(','))].join('\n'))
  const path = join(dir, 'cut.csv.gz')
  for (let length = 0; length < zipped.length; length += 397) {
    writeFileSync(path, zipped.subarray(0, length))
    const { rows: read, line, code } = await readTable(path)
    const whole = JSON.stringify(read) === JSON.stringify(rows.slice(0, read.length))
    const fits =
      length === 0 ? code === undefined && read.length === 0 : code === 'table.gzip' && line === read.length + (length < 20 ? 1 : 2)
    if (!whole || (!fits && !(code === 'table.gzip' && read.length === 0)))
      t.fail(`${length} bytes: ${read.length} rows, ${code} at line ${line}`)
  }
  writeFileSync(path, zipped)
  t.same((await readTable(path)).rows, rows)
})

t.test('damage inside a gzip file, and bytes after its end, are errors', async (t) => {
  const path = join(dir, 'damaged.csv.gz')
  const zipped = gzipSync(`a,b\n${'1,2\n'.repeat(500)}`)
  for (const bytes of [
    Buffer.concat([zipped.subarray(0, zipped.length - 6), Buffer.from([1, 2]), zipped.subarray(zipped.length - 4)]),
    Buffer.concat([zipped, Buffer.from('garbage')]),
    Buffer.from('a,b\n1,2\n')
  ]) {
    writeFileSync(path, bytes)
    t.equal((await readTable(path)).code, 'table.gzip')
  }
  writeFileSync(path, Buffer.concat([zipped, gzipSync('3,4\n')]))
  t.equal((await readTable(path)).rows.length, 501, 'members that follow each other are one file')
})

t.test('a missing file is an error that names it', async (t) => {
  t.equal((await readTable(join(dir, 'none.csv'))).code, 'source.not-found')
})

t.test('fingerprints keep the first number of each name', (t) => {
  const names = new Fingerprints()
  const print = new Uint32Array(2)
  for (let i = 0; i < 60_000; i++) {
    fingerprint(`Observation/${i % 50_000}`, print, 0)
    const before = names.addOrGet(print[0]!, print[1]!, i)
    if (before !== (i < 50_000 ? undefined : i - 50_000)) t.fail(`name ${i}: ${before}`)
  }
  t.equal(names.size, 50_000)
  fingerprint('Observation/77', print, 0)
  t.ok(names.has([print[0]!, print[1]!]))
  fingerprint('Patient/77', print, 0)
  t.notOk(names.has([print[0]!, print[1]!]))
  t.end()
})

t.test('work is finished in the order of the items, and no more than the width runs at once', async (t) => {
  const next = random(3)
  let running = 0
  let most = 0
  const finished: number[] = []
  async function* items(): AsyncGenerator<number> {
    for (let i = 0; i < 50; i++) yield i
  }
  const start = async (i: number): Promise<number> => {
    most = Math.max(most, ++running)
    await new Promise((resolve) => setTimeout(resolve, next() * 3))
    running--
    return i
  }
  await inOrder(items(), 4, start, (i) => void finished.push(i))
  t.same(finished, [...Array(50).keys()])
  t.ok(most <= 4)
})

t.test('when the items end with an error, what was started is finished first; a failure of the work stops at once', async (t) => {
  const finished: number[] = []
  async function* items(): AsyncGenerator<number> {
    yield 1
    yield 2
    throw new Error('no more')
  }
  await t.rejects(
    inOrder(
      items(),
      4,
      async (i) => i,
      (i) => void finished.push(i)
    ),
    { message: 'no more' }
  )
  t.same(finished, [1, 2])
  const failing = async (i: number): Promise<number> => {
    if (i === 1) throw new Error('broken')
    return i
  }
  const late = (): void => void t.fail('finished')
  await t.rejects(inOrder(items(), 4, failing, late), { message: 'broken' })
})

t.test('a thousand unmapped values keep their name', (t) => {
  const values = new UnmappedValues()
  for (let i = 0; i < 1500; i++) values.add('unit', String(i % 1200))
  const entries = values.entries()
  t.equal(entries.length, 1001)
  t.same(entries[0], ['unit=0', 2])
  t.equal(entries.at(-1)?.[0], '…more')
  t.equal(
    entries.reduce((sum, [, count]) => sum + count, 0),
    1500
  )
  t.end()
})
