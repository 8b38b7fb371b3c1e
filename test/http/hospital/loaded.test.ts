/** Rows of tables that were loaded read the same under /rest; one that is changed keeps what other tables gave to its resources. */
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { readPack } from '#wardbridge/files/packs.js'
import { cellJson } from '#wardbridge/hospital/cells.js'
import { ingest } from '#wardbridge/ingest/index.js'
import { loadPack } from '#wardbridge/mapping/index.js'
import { read } from '../../generate/hospital.js'
import { ADMIN, build } from '../../helper.js'

const FOLDER = fileURLToPath(new URL('../../../fixtures/hospital-small', import.meta.url))
const ROWS = 12

t.test('a loaded hospital', async (t) => {
  const { ask, service, state } = await build(t)
  const pack = await readPack('hospital')
  const model = loadPack(pack)
  const report = await ingest(
    { sources: [FOLDER], pack, source: 'urn:wardbridge:hospital', idSecret: await state.getSecret('ids'), jobs: 1 },
    service,
    ADMIN
  )
  t.equal(report.totals.rejected, 0)
  const rest = (method: string, url: string, body?: object) =>
    ask(method, `/rest${url}`, body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const jsonOf = (table: string, row: Readonly<Record<string, string>>) => {
    const columns = model.tables.get(table)!.columns.filter(({ name, lossy }) => lossy === undefined && name in row)
    return Object.fromEntries(columns.map(({ name, type }) => [name, JSON.parse(cellJson(row[name]!, type))]))
  }

  t.test('reads row by row as its tables say', async (t) => {
    for (const row of read(FOLDER, 'patients').rows.slice(0, ROWS))
      t.match((await rest('GET', `/user/${row['subject_id']}`)).json, jsonOf('patients', row))
    for (const row of read(FOLDER, 'admissions').rows.slice(0, ROWS))
      t.match((await rest('GET', `/admissions/${row['hadm_id']}`)).json, jsonOf('admissions', row))
    for (const row of read(FOLDER, 'physicians').rows.slice(0, ROWS))
      t.match((await rest('GET', `/physicians/${row['physician_id']}`)).json, jsonOf('physicians', row))
    for (const row of read(FOLDER, 'progress').rows.slice(0, ROWS))
      t.match((await rest('GET', `/progress/${row['progress_id']}`)).json, jsonOf('progress', row))
    for (const row of read(FOLDER, 'questions').rows.slice(0, ROWS))
      t.match((await rest('GET', `/patients/${row['subject_id']}/question/${row['id']}`)).json, jsonOf('questions', row))
  })

  t.test('lists all rows of a table, page by page', async (t) => {
    const [{ subject_id: subject } = {}] = read(FOLDER, 'progress').rows
    const wanted = read(FOLDER, 'progress').rows.flatMap((row) => (row['subject_id'] === subject ? [row['progress_id']] : []))
    const found: string[] = []
    let next: string | undefined = `/rest/progress?subject_id=${subject}&limit=25`
    while (next !== undefined) {
      const page = await ask('GET', next)
      t.ok(page.json.length <= 25)
      found.push(...page.json.map((row: { progress_id: string }) => row.progress_id))
      next = /^<http:\/\/[^/]+(.*)>; rel="next"$/.exec(page.headers['link'] ?? '')?.[1]
    }
    t.strictSame(found.sort(), wanted.sort())
    t.strictSame(
      (await rest('GET', '/physicians?limit=500')).json.map((row: { physician_id: string }) => row.physician_id).sort(),
      read(FOLDER, 'physicians')
        .rows.map((row) => row['physician_id'])
        .sort()
    )
  })

  t.test('shows a physician their patients and their inbox', async (t) => {
    const admissions = read(FOLDER, 'admissions').rows
    const open = read(FOLDER, 'questions').rows.filter((row) => row['answer'] === '')
    const of = new Map(admissions.map((row) => [row['hadm_id'], row['physician_id']]))
    for (const { physician_id: id } of read(FOLDER, 'physicians').rows.slice(0, 4)) {
      const patients = await rest('GET', `/physicians/${id}/patients?limit=500`)
      const theirs = admissions.flatMap((row) => (row['physician_id'] === id ? [Number(row['hadm_id'])] : []))
      t.strictSame(patients.json.map((row: { hadm_id: number }) => row.hadm_id).sort(), theirs.sort())
      const inbox = (await rest('GET', `/physicians/${id}/inbox?limit=500`)).json as Array<{ id: string; created_at: string }>
      const waiting = open.flatMap((row) => (of.get(row['hadm_id']) === id ? [row['id']] : []))
      t.strictSame(inbox.map((row) => row.id).sort(), waiting.sort())
      t.strictSame(
        inbox,
        [...inbox].sort((a, b) => (a.created_at < b.created_at ? -1 : 1)),
        'oldest first'
      )
    }
  })

  t.test('keeps, of a row that is changed, what other tables gave', async (t) => {
    const [{ hadm_id: hadm } = {}] = read(FOLDER, 'admissions').rows
    const address = `/fhir/Encounter?identifier=urn:wardbridge:hospital:hadm_id|${hadm}`
    const before = (await ask('GET', address)).json.entry[0].resource
    t.ok(before.location.length > 0, 'transfers gave it places')
    const changed = await rest('PUT', `/admissions/${hadm}`, { discharge_location: 'HOME', diagnosis: 'CHANGED' })
    t.match(changed.json, { discharge_location: 'HOME', diagnosis: 'CHANGED' }, changed.text)
    const after = (await ask('GET', address)).json.entry[0].resource
    t.strictSame(after.location, before.location)
    t.strictSame(after.diagnosis, before.diagnosis)
    t.strictSame(after.reasonCode, [{ text: 'CHANGED' }])
    const made = await rest('POST', '/user', { gender: 'F' })
    const numbers = read(FOLDER, 'patients').rows.map((row) => Number(row['subject_id']))
    t.equal(made.json.subject_id, Math.max(...numbers) + 1, 'new numbers go on above those that were loaded')
  })
})
