import t from 'tap'
import { parseLoadReport } from '#wardbridge/ui/load-report.js'

t.test('reads tables, rows by disposition and resources', async (t) => {
  const note = JSON.stringify({
    tables: [{ table: 'PATIENTS', rowsIn: 3, mapped: 2, rejected: 1, resources: { Patient: 2, Coverage: 1 } }],
    mapping: 'hospital',
    source: 7
  })
  t.strictSame(parseLoadReport(note), {
    tables: [{ table: 'PATIENTS', rowsIn: 3, rows: { mapped: 2, merged: 0, dictionary: 0, unmapped: 0, rejected: 1 }, resources: 3 }],
    mapping: 'hospital',
    source: undefined,
    finishedAt: undefined
  })
})

t.test('a note that is missing, damaged or of another shape shows nothing', async (t) => {
  for (const note of [undefined, '', '{', 'null', '[]', '{"tables":{}}', '{"tables":[]}'])
    t.equal(parseLoadReport(note), undefined, String(note))
  t.match(parseLoadReport('{"tables":[null,{"table":"X","rowsIn":"many","mapped":-3}]}'), {
    tables: [{ rowsIn: 0 }, { table: 'X', rowsIn: 0 }]
  })
})
