/** All of CHARTEVENTS: each row in exactly one place, and back again. */
import t from 'tap'
import type { MappedResource } from '#wardbridge/mapping/types.js'
import { tableOf } from '../support.js'
import { absent, chartPack, eachRow } from './chart.js'

t.test('every row of CHARTEVENTS', { skip: absent }, async (t) => {
  const pack = await chartPack()
  const table = tableOf(pack, 'chartevents')
  const column = (name: string) => table.columns.findIndex((one) => one.name === name)
  const [value, valuenum] = [column('value'), column('valuenum')]
  const counts = { rows: 0, chart: 0, wordsWithNumber: 0, quantityOfWords: 0, enteredInError: 0, withoutValue: 0, different: 0, kept: 0 }
  const unmapped: Record<string, number> = {}
  let order: number[] = []
  eachRow('chartevents', (cells, header) => {
    if (order.length === 0) order = table.columns.map((one) => header.indexOf(one.name))
    const row = order.map((index) => cells[index] ?? '')
    const made = table.apply(row, undefined, (name, text) => {
      unmapped[`${name}=${text}`] = (unmapped[`${name}=${text}`] ?? 0) + 1
    }) as MappedResource[]
    counts.rows++
    for (const { text } of made) {
      counts.chart++
      if (text.includes('"status":"entered-in-error"')) counts.enteredInError++
      if (text.includes('"dataAbsentReason"')) counts.withoutValue++
      if (text.includes('/source-cell"')) counts.kept++
      if (!/^[+-]?(\d|\.\d)[\d.]*$/.test(row[value] ?? '') && row[value] !== '' && row[valuenum] !== '') {
        counts.wordsWithNumber++
        if (text.includes('"valueQuantity"')) counts.quantityOfWords++
      }
    }
    const back = table.invert(new Map(made.map(({ as, text }) => [as, text])))
    if (back.some((cell, index) => cell !== row[index])) counts.different++
  })
  t.match(counts, {
    rows: 758355,
    chart: 758355,
    wordsWithNumber: 35515,
    quantityOfWords: 0,
    enteredInError: 648,
    withoutValue: 2725,
    different: 0
  })
  t.ok(counts.kept < 30000, `${counts.kept} rows have a cell without a home`)
  t.same(unmapped, {}, 'every unit has a row in its code map')
})
