/** All of CHARTEVENTS: each row in exactly one place, and back again. */
import t from 'tap'
import { mergeContributions } from '#wardbridge/mapping/index.js'
import type { Contribution, MappedResource } from '#wardbridge/mapping/types.js'
import { mergedFor, tableOf } from '../support.js'
import { absent, chartPack, eachRow } from './chart.js'

t.test('every row of CHARTEVENTS', { skip: absent }, async (t) => {
  const pack = await chartPack()
  const table = tableOf(pack, 'chartevents')
  const column = (name: string) => table.columns.findIndex((one) => one.name === name)
  const [value, valuenum] = [column('value'), column('valuenum')]
  const each = (visit: (row: string[]) => void) => {
    let order: number[] = []
    eachRow('chartevents', (cells, header) => {
      if (order.length === 0) order = table.columns.map((one) => header.indexOf(one.name))
      visit(order.map((index) => cells[index] ?? ''))
    })
  }
  const given: Contribution[] = []
  each((row) => given.push(...(table.contribute(row) as Contribution[])))
  const merged = mergeContributions(given)

  const counts = { rows: 0, chart: 0, panels: 0, parts: 0, words: 0, quantityOfWords: 0, enteredInError: 0, different: 0, kept: 0 }
  const unmapped: Record<string, number> = {}
  const panels = new Set<string>()
  /** Rows of panels, by row_id, until they have come back from one. */
  const waiting = new Map<string, string>()
  const returned = new Map<string, string>()
  each((row) => {
    const made = table.apply(row, mergedFor(table, row, merged), (name, text) => {
      unmapped[`${name}=${text}`] = (unmapped[`${name}=${text}`] ?? 0) + 1
    }) as MappedResource[]
    counts.rows++
    const [only, ...more] = made
    if (only === undefined || more.length > 0) return t.fail(`row ${row[0]} is in ${made.length} places`)
    const { as, text, id } = only
    if (text.includes('"status":"entered-in-error"')) counts.enteredInError++
    if (as === 'blood-pressure') {
      counts.parts++
      waiting.set(row[0] ?? '', JSON.stringify(row))
      if (panels.has(id)) return
      panels.add(id)
      counts.panels++
      for (const { cells } of table.rowsIn(text, id)) returned.set(cells[0] ?? '', JSON.stringify(cells.slice(0, row.length)))
    } else {
      counts.chart++
      const back = table.invert(new Map([[as, text]]))
      if (row.some((cell, index) => cell !== back[index])) counts.different++
    }
    if (text.includes('/source-cell"')) counts.kept++
    if (row[valuenum] !== '' && row[value] !== '' && !/^[+-]?(\d|\.\d)[\d.]*$/.test(row[value] ?? '')) {
      counts.words++
      if (text.includes('"valueQuantity"')) counts.quantityOfWords++
    }
  })
  for (const [rowId, row] of waiting) if (returned.get(rowId) !== row) counts.different++
  t.match(counts, {
    rows: 758355,
    chart: 710536,
    panels: 16228,
    parts: 47819,
    words: 35515,
    quantityOfWords: 0,
    enteredInError: 648,
    different: 0
  })
  t.equal(returned.size, 47819, 'no row comes back twice or from nowhere')
  t.ok(counts.kept < 3000, `${counts.kept} resources keep a cell that has no other place`)
  t.same(unmapped, {}, 'every unit has a row in its code map')
})
