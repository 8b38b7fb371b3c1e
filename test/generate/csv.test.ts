import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import Papa from 'papaparse'
import t from 'tap'
import { CsvFile } from '#wardbridge/generate/csv.js'
import { Random } from '#wardbridge/generate/random.js'

const PIECES = ['', 'plain', ',', '"', '""', '\n', '\r\n', ' ', 'é', '漢字', '😀', "'", ';', '\\', '0', '-1.50', '\t', 'x'.repeat(40)]

function cells(random: Random): string[] {
  return Array.from({ length: 4 }, () => Array.from({ length: random.whole(0, 5) }, () => random.pick(PIECES)).join(''))
}

t.test('any text comes back from a CSV reader as it went in', async (t) => {
  const random = new Random('csv')
  const rows = Array.from({ length: 4000 }, () => cells(random))
  const path = join(t.testdir(), 'T.csv')
  const file = new CsvFile(path, ['a', 'b', 'c', 'd'], false)
  for (const row of rows) {
    file.row(row)
    if (file.behind) await file.settled()
  }
  await file.close()
  const { data, errors } = Papa.parse<string[]>(readFileSync(path, 'utf8'), { newline: '\n', skipEmptyLines: false })
  t.same(errors, [])
  t.same(data, [['a', 'b', 'c', 'd'], ...rows, ['']])
  t.equal(file.rows, rows.length)
})

t.test('a row longer than the buffer is written whole', async (t) => {
  const path = join(t.testdir(), 'LONG.csv')
  const file = new CsvFile(path, ['a', 'b'], false)
  const long = 'é'.repeat(300000)
  file.row([1, long])
  file.row([2, 'after'])
  await file.close()
  t.equal(readFileSync(path, 'utf8'), `a,b\n1,${long}\n2,after\n`)
})

t.test('gzip holds the same text', async (t) => {
  const path = join(t.testdir(), 'T.csv.gz')
  const file = new CsvFile(path, ['a'], true)
  for (let i = 0; i < 50000; i++) {
    file.row([i])
    if (file.behind) await file.settled()
  }
  await file.close()
  t.equal(gunzipSync(readFileSync(path)).toString(), `a\n${Array.from({ length: 50000 }, (_, i) => `${i}\n`).join('')}`)
})

t.test('a file that cannot be written is source.io', async (t) => {
  for (const gzip of [false, true]) {
    const file = new CsvFile(join(t.testdir(), 'no', 'such', 'folder.csv'), ['a'], gzip)
    file.row([1])
    await t.rejects(file.close(), { code: 'source.io' })
  }
})
