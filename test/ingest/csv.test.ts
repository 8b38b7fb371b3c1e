import Papa from 'papaparse'
import t from 'tap'
import { rowBlocks } from '#wardbridge/ingest/blocks.js'
import { layoutOf, readHeader } from '#wardbridge/ingest/csv.js'
import { csvRow } from '#wardbridge/ingest/write-csv.js'
import type { Column } from '#wardbridge/mapping/types.js'
import { random, randomCell, randomTable, readBack } from './helpers.js'

const read = (text: string | Buffer) => readBack(Buffer.from(text as string), 1 << 20)

t.test('a table comes back as it was written, whatever the sizes of chunks and blocks', async (t) => {
  const next = random(1)
  for (let run = 0; run < 400; run++) {
    const table = randomTable(next)
    const bytes = Buffer.from((next() < 0.2 ? '\ufeff' : '') + table.text)
    const chunk = 1 + Math.floor(next() * 40)
    const limits = { rows: 1 + Math.floor(next() * 5), bytes: 1 + Math.floor(next() * 60) }
    const back = await readBack(bytes, chunk, limits)
    const want = { names: table.names, rows: table.rows, bad: [], error: undefined }
    const got = { names: back.names, rows: back.rows, bad: back.bad, error: back.error }
    if (JSON.stringify(got) !== JSON.stringify(want)) {
      t.same(
        got,
        want,
        `run ${run}: ${JSON.stringify(table.text)}, chunks of ${chunk}, blocks of ${limits.rows} rows, ${limits.bytes} bytes`
      )
      return
    }
  }
  t.pass('400 tables')
})

t.test('each row carries the line it begins on', async (t) => {
  const next = random(2)
  for (let run = 0; run < 200; run++) {
    const table = randomTable(next, { columns: 3 })
    const back = await readBack(Buffer.from(table.text), 17, { rows: 3 })
    const lines = table.text.split('\n')
    for (const [i, row] of back.rows.entries()) {
      // The row is found again in the text that begins on its line.
      const rest = lines.slice(back.lines[i]! - 1).join('\n')
      const first = Papa.parse<string[]>(rest, { delimiter: ',', newline: rest.includes('\r\n') ? undefined : '\n', preview: 1 }).data[0]
      if (first?.[0] !== row[0]) return t.same(first, row, `run ${run}, row ${i}`)
    }
  }
  t.pass('200 tables')
})

t.test('gives the rows that papaparse gives on the whole text', async (t) => {
  const next = random(3)
  for (let run = 0; run < 200; run++) {
    const table = randomTable(next, { columns: 2 + Math.floor(next() * 3) })
    const text = table.text.endsWith(table.lineEnd) ? table.text.slice(0, -table.lineEnd.length) : table.text
    const whole = Papa.parse<string[]>(text, { delimiter: ',', newline: table.lineEnd }).data.slice(1)
    const back = await readBack(Buffer.from(table.text), 50, { rows: 4 })
    if (JSON.stringify(back.rows) !== JSON.stringify(whole)) return t.same(back.rows, whole, JSON.stringify(table.text))
  }
  t.pass('compared')
})

t.test('a changed byte never changes other cells unnoticed', async (t) => {
  const next = random(4)
  const harmful = ['"', ',', '\n', '\r', '\0', 'x', ' ', '\xff']
  let noticed = 0
  for (let run = 0; run < 6000; run++) {
    // Two columns at least: with one column a line end more or less is a row more or less, and no format can tell.
    // A row of empty cells alone may go at the very end: an empty line there is none.
    const table = randomTable(next, { columns: 2 + Math.floor(next() * 3), cell: (next) => randomCell(next) || '-' })
    const bytes = Buffer.from(table.text)
    const at = Math.floor(next() * bytes.length)
    const kind = next()
    const put = Buffer.from(harmful[Math.floor(next() * harmful.length)]!, 'latin1')
    const cut = kind < 0.66 ? 1 : 0
    const damaged = Buffer.concat([bytes.subarray(0, at), kind < 0.33 ? Buffer.alloc(0) : put, bytes.subarray(at + cut)])
    const back = await readBack(damaged, 1 << 20)
    // Another header is noticed by layoutOf.
    if (back.error !== undefined || back.bad.length > 0 || back.names.join() !== table.names.join()) {
      noticed++
      continue
    }
    const differing = back.rows.flatMap((row, i) => row.filter((cell, j) => cell !== table.rows[i]?.[j]))
    if (back.rows.length !== table.rows.length || differing.length > 1) {
      return t.same(back.rows, table.rows, `run ${run}: ${JSON.stringify(table.text)} -> ${JSON.stringify(damaged.toString('latin1'))}`)
    }
  }
  t.ok(noticed > 1000, `${noticed} of 6000 noticed, the others changed one cell or none`)
})

t.test('malformed rows are rejected with line and column, the others are read', async (t) => {
  const back = await read(
    Buffer.concat([
      Buffer.from('a,b\n1,2\n3\n4,5,6\n\n7,8"9\n"x"y,1\n'),
      Buffer.from([0x31, 0x2c, 0x4d, 0xfc, 0x6c, 0x0a]),
      Buffer.from('1,2\u00003\n1\r,2\n"p\nq",ok\n9,9\n')
    ])
  )
  t.same(back.rows, [
    ['1', '2'],
    ['p\nq', 'ok'],
    ['9', '9']
  ])
  t.same(back.lines, [2, 11, 13])
  t.same(
    back.bad.map(({ line, column, rule }) => [line, column, rule]),
    [
      [3, undefined, 'fields'],
      [4, undefined, 'fields'],
      [5, undefined, 'fields'],
      [6, 'b', 'quote'],
      [7, 'a', 'quote'],
      [8, 'b', 'encoding'],
      [9, 'b', 'control'],
      [10, 'a', 'control']
    ]
  )
  t.equal(back.bad[0]!.message, '1 fields, the header has 2')
  t.same(back.bad[1]!.row, { a: '4', b: '5', $more: '6' })
  t.equal(back.bad[5]!.message, 'byte FC is not UTF-8, line 8, character 4')
})

t.test('a quote that is never closed ends the file with its line and column; the rows before it are read', async (t) => {
  const back = await read('a,b\n1,2\n3,"four\n5,6\n7,8\n')
  t.same(back.rows, [['1', '2']])
  t.equal(back.error?.code, 'table.quote')
  t.match(back.error?.message, /^table\.csv:3:3: /)
})

t.test('a row longer than the limit ends the file and memory stays bounded', async (t) => {
  let given = 0
  async function* endless(): AsyncGenerator<Buffer> {
    yield Buffer.from('a,b\n1,2\n3,"')
    for (; given < 1000; given++) yield Buffer.alloc(1024, 0x78)
  }
  const lines: number[] = []
  await t.rejects(
    async () => {
      for await (const block of rowBlocks(endless(), 'f.csv', { rows: 10, bytes: 1000, rowBytes: 5000 })) lines.push(block.line)
    },
    { code: 'table.row-size', message: /^f\.csv:3: / }
  )
  t.same(lines, [1, 2])
  t.ok(given < 10, 'the rest is not read')
})

t.test('empty lines: none at the end, rejected before another row', async (t) => {
  t.same((await read('a,b\n1,2\n\n\r\n\n')).rows, [['1', '2']])
  t.same((await read('a,b\n1,2\n\n\r\n\n')).bad, [])
  t.equal((await read('a,b\n1,2\n\n\n3,4\n')).bad.length, 2)
  t.same((await read('a\n1\n\n""\n')).rows, [['1'], ['']])
})

t.test('headers: case, order and white space do not matter', async (t) => {
  t.same((await read('Row_ID, "SUBJECT_ID" ,x\n')).error?.code, 'table.header')
  t.same((await read('Row_ID, SUBJECT_ID,"X"\n')).names, ['row_id', 'subject_id', 'x'])
})

t.test('a header that is no header is an error at line 1', async (t) => {
  for (const [text, code] of [
    ['', 'table.header'],
    ['\n1,2\n', 'table.header'],
    ['a,,c\n', 'table.header'],
    ['a,b,A\n', 'table.header'],
    ['a,"b\n1,2\n', 'table.quote'],
    ['\xff\xfea\0,\0b\0\n\0', 'table.encoding'],
    ['a,M\xfcller\n', 'table.encoding']
  ] as const) {
    const back = await readBack(Buffer.from(text, 'latin1'), 1 << 20)
    t.equal(back.error?.code, code, JSON.stringify(text))
    t.match(back.error?.message, /^table\.csv:1/)
  }
})

t.test('columns are found whatever their order; missing and unknown ones are errors that name them', (t) => {
  const column = (name: string, optional = false): Column => ({ name, type: 'text', required: false, optional, lossy: undefined })
  const columns = [column('a'), column('b'), column('c', true)]
  const layout = (names: string[], ignored: string[] = []) => layoutOf(names, columns, new Set(ignored), 'f.csv')
  t.equal(layout(['a', 'b', 'c']).take, undefined)
  t.same(layout(['c', 'b', 'a']).take, [2, 1, 0])
  t.same(layout(['b', 'a']).take, [1, 0, -1])
  t.throws(() => layout(['a', 'c']), { code: 'table.header', message: /^f\.csv:1: column "b" is missing/ })
  t.throws(() => layout(['a', 'b', 'x']), { code: 'table.header', message: /column "x" is not known/ })
  t.same(layout(['x', 'a', 'b'], ['x']).take, [1, 2, -1])
  t.equal(layoutOf(['any'], [], new Set(), 'f.csv').take, undefined)
  t.end()
})

t.test('reads a header with a byte order mark', (t) => {
  t.throws(() => readHeader(undefined, 'f.csv'), { code: 'table.header' })
  t.end()
})

t.test('a random cell never breaks the table it stands in', async (t) => {
  const next = random(7)
  const cells = Array.from({ length: 300 }, () => [randomCell(next), randomCell(next)])
  const written = cells.map((row) => csvRow(row)).join('')
  t.same((await read('a,b\n' + written)).rows, cells)
})
