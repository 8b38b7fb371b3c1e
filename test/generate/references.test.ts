import { join } from 'node:path'
import t from 'tap'
import { generateHospital } from '#wardbridge/generate/index.js'
import { by, type Row, readAll, TABLES } from './hospital.js'

const out = join(t.testdir(), 'hospital')
await generateHospital({ patients: 90, seed: 21, out, charting: 240 })
const tables = readAll(out)
const icustays = new Map(tables.icustays.map((row) => [row['icustay_id']!, row]))
const admissions = new Map(tables.admissions.map((row) => [row['hadm_id']!, row]))

/** Collects what is wrong, and shows the first few. */
function faults(rows: readonly Row[], good: (row: Row) => boolean): Row[] {
  return rows.filter((row) => !good(row)).slice(0, 3)
}

t.test('every table has rows, and row_id counts them from 1', async (t) => {
  for (const table of TABLES) {
    t.ok(tables[table].length > 0, table)
    if (tables[table][0]?.['row_id'] === undefined) continue
    t.ok(
      tables[table].every((row, i) => row['row_id'] === String(i + 1)),
      `${table}.row_id`
    )
  }
})

t.test('an intensive care stay belongs to the admission and the patient of its row', async (t) => {
  for (const table of TABLES) {
    const rows = tables[table].filter((row) => row['icustay_id'])
    t.same(
      faults(rows, (row) => {
        const stay = icustays.get(row['icustay_id']!)
        return stay?.['hadm_id'] === row['hadm_id'] && stay?.['subject_id'] === row['subject_id']
      }),
      [],
      table
    )
  }
})

t.test('every item is in the dictionary, for the table and the bedside system it is used in', async (t) => {
  const items = new Map(tables.d_items.map((row) => [row['itemid']!, row]))
  t.equal(items.size, tables.d_items.length, 'each once')
  for (const table of [
    'chartevents',
    'datetimeevents',
    'inputevents_cv',
    'inputevents_mv',
    'outputevents',
    'procedureevents_mv'
  ] as const) {
    t.same(
      faults(tables[table], (row) => {
        const item = items.get(row['itemid']!)
        const system = icustays.get(row['icustay_id']!)?.['dbsource'] ?? item?.['dbsource']
        return item?.['linksto'] === table && item?.['dbsource'] === system
      }),
      [],
      table
    )
  }
  for (const [column, category, name] of [
    ['spec_itemid', 'SPECIMEN', 'spec_type_desc'],
    ['org_itemid', 'ORGANISM', 'org_name'],
    ['ab_itemid', 'ANTIBACTERIUM', 'ab_name']
  ] as const) {
    const rows = tables.microbiologyevents.filter((row) => row[column] !== '')
    t.ok(rows.length > 0, column)
    t.same(
      faults(rows, (row) => items.get(row[column]!)?.['category'] === category && items.get(row[column]!)?.['label'] === row[name]),
      []
    )
  }
})

t.test('caregivers, procedure codes and sections are in their dictionaries', async (t) => {
  const caregivers = new Set(tables.caregivers.map((row) => row['cgid']))
  for (const table of TABLES) {
    t.same(
      faults(
        tables[table].filter((row) => row['cgid']),
        (row) => caregivers.has(row['cgid']!)
      ),
      [],
      table
    )
  }
  const codes = new Set(tables.d_icd_procedures.map((row) => row['icd9_code']))
  t.same(
    faults(tables.procedures_icd, (row) => codes.has(row['icd9_code']!)),
    []
  )
  t.same(
    faults(tables.cptevents, (row) =>
      tables.d_cpt.some(
        (section) =>
          section['subsectionheader'] === row['subsectionheader'] &&
          Number(row['cpt_number']) >= Number(section['mincodeinsubsection']) &&
          Number(row['cpt_number']) <= Number(section['maxcodeinsubsection'])
      )
    ),
    []
  )
})

t.test('orders are numbered once, and a link leads to an order of the same stay', async (t) => {
  for (const table of ['inputevents_cv', 'inputevents_mv', 'procedureevents_mv'] as const) {
    const stayOf = new Map<string, string>()
    const wrong: Row[] = []
    for (const row of tables[table]) {
      const known = stayOf.get(row['orderid']!)
      if (known !== undefined && known !== row['icustay_id']) wrong.push(row)
      stayOf.set(row['orderid']!, row['icustay_id']!)
    }
    wrong.push(...tables[table].filter((row) => stayOf.get(row['linkorderid']!) !== row['icustay_id']))
    t.same(wrong.slice(0, 3), [], table)
  }
})

t.test('the wards of an admission follow each other without a gap, and agree with the intensive care stays', async (t) => {
  for (const [hadm, rows] of by(tables.transfers, 'hadm_id')) {
    const last = rows.at(-1)!
    const places = rows.slice(0, -1)
    const broken =
      last['eventtype'] !== 'discharge' ||
      last['intime'] !== admissions.get(hadm)!['dischtime'] ||
      last['curr_wardid'] !== '' ||
      places[0]?.['eventtype'] !== 'admit' ||
      places.some((row, i) => row['outtime'] !== rows[i + 1]!['intime'] || rows[i + 1]!['prev_wardid'] !== row['curr_wardid'])
    if (broken) t.fail(`${hadm} ${JSON.stringify(rows)}`)
  }
  t.equal(by(tables.transfers, 'hadm_id').size, admissions.size)
  const units = by(
    tables.transfers.filter((row) => row['icustay_id'] !== ''),
    'icustay_id'
  )
  t.equal(units.size, icustays.size)
  for (const [id, rows] of units) {
    const stay = icustays.get(id)!
    t.same(
      [rows[0]!['intime'], rows.at(-1)!['outtime'], rows[0]!['curr_careunit'], rows.at(-1)!['curr_careunit'], rows.at(-1)!['curr_wardid']],
      [stay['intime'], stay['outtime'], stay['first_careunit'], stay['last_careunit'], stay['last_wardid']],
      id
    )
  }
  t.same(
    faults(
      tables.callout.filter((row) => row['callout_outcome'] === 'Discharged'),
      (row) => tables.transfers.some((place) => place['intime'] === row['outcometime'] && place['curr_wardid'] === row['discharge_wardid'])
    ),
    [],
    'a patient called out goes to the ward the callout says'
  )
})

t.test('what is charted, given and measured lies within its intensive care stay, but for the last minutes of the dead', async (t) => {
  const late = (row: Row) => (row['deathtime'] === '' ? 0 : 10 * 60_000)
  for (const [table, column] of [
    ['chartevents', 'charttime'],
    ['datetimeevents', 'charttime'],
    ['inputevents_cv', 'charttime'],
    ['inputevents_mv', 'starttime'],
    ['outputevents', 'charttime'],
    ['procedureevents_mv', 'starttime']
  ] as const) {
    t.same(
      faults(
        tables[table].filter((row) => row['icustay_id'] !== ''),
        (row) => {
          const stay = icustays.get(row['icustay_id']!)!
          const time = Date.parse(`${row[column]}Z`)
          return (
            time >= Date.parse(`${stay['intime']}Z`) - 60_000 &&
            time <= Date.parse(`${stay['outtime']}Z`) + late(admissions.get(row['hadm_id']!)!)
          )
        }
      ),
      [],
      table
    )
  }
})

t.test('each bedside system writes its own tables', async (t) => {
  const systems = (table: 'inputevents_cv' | 'inputevents_mv' | 'procedureevents_mv') => [
    ...new Set(tables[table].map((row) => icustays.get(row['icustay_id']!)!['dbsource']))
  ]
  t.same(systems('inputevents_cv'), ['carevue'])
  t.same(systems('inputevents_mv'), ['metavision'])
  t.same(systems('procedureevents_mv'), ['metavision'])
})
