import { spawnSync } from 'node:child_process'
import t from 'tap'

const explain = (...args: string[]) => spawnSync(process.execPath, ['dist/cli.js', 'map', '--explain', ...args], { encoding: 'utf8' })

t.test('a table of a pack is explained as an aligned table, with an example of a generated hospital', async (t) => {
  const { status, stdout } = explain('mimic-iii/icustays')
  t.equal(status, 0)
  const [heading = '', titles = '', ...rows] = stdout.trimEnd().split('\n')
  t.match(heading, /^icustays: Encounter/)
  t.same(titles.trim().split(/ {2,}/), ['COLUMN', 'TYPE', 'AS', 'ELEMENT', 'HOW', 'EXAMPLE'])
  const at = titles.indexOf('ELEMENT')
  for (const row of rows) t.match(row.slice(at), /^\S/, 'every element stands below its title')
  const row = rows.find((line) => line.includes('Encounter.period.start'))
  t.match(
    row,
    /intime +timestamp \* +icu-stay +Encounter\.period\.start +period +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d -> "start":"\d{4}-\d\d-\d\dT/
  )
})

t.test('as JSON each line is one column and element, with the cell and all of the JSON it gave', async (t) => {
  const { status, stdout } = explain('mimic-iii/admissions', '--json')
  t.equal(status, 0)
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>)
  t.ok(rows.every((row) => row['table'] === 'admissions'))
  const priority = rows.find((row) => row['element'] === 'Encounter.priority')
  t.match(priority, { column: 'admission_type', as: 'encounter', maps: ['admission-type'] })
  t.equal(JSON.parse(priority?.['gives'] ?? '').text, priority?.['cell'])
  const marital = rows.find((row) => row['element'] === '-> Patient.maritalStatus')
  t.equal(JSON.parse(marital?.['gives'] ?? '').text, marital?.['cell'])
})

t.test('a whole pack is explained table by table; an unknown table or pack is an error', async (t) => {
  const whole = explain('hospital')
  t.equal(whole.status, 0)
  for (const table of ['patients', 'admissions', 'progress', 'questions']) t.match(whole.stdout, new RegExp(`^${table}: `, 'm'))
  const wrong = explain('mimic-iii/starships')
  t.equal(wrong.status, 2)
  t.match(wrong.stderr, 'has no table starships')
  t.equal(explain('nowhere').status !== 0, true)
})
