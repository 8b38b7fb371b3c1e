import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { type Answer, type Built, build } from '../../helper.js'
import { startStorage } from '../../support/storage-server.js'

const FIXTURE = fileURLToPath(new URL('../../../fixtures/hospital-small', import.meta.url))
const TABLES = ['PATIENTS', 'ADMISSIONS', 'TRANSFERS', 'D_LABITEMS', 'LABEVENTS'].map((name) => join(FIXTURE, `${name}.csv`))
t.setTimeout(120_000)
const JSON_BODY = { 'content-type': 'application/json' }

/** Asks until a job is none of these. */
async function after(
  { ask }: Built,
  location: string,
  statuses: readonly string[] = ['waiting', 'running', 'cancelling']
): Promise<Answer> {
  for (let n = 0; n < 3000; n++) {
    const answer = await ask('GET', location)
    if (answer.status !== 200 || !statuses.includes(answer.json.status)) return answer
    await wait(20)
  }
  throw new Error('it does not end')
}

async function open(
  t: Test,
  options: Parameters<typeof build>[1] = {}
): Promise<Built & { readonly post: (url: string, body?: object) => Promise<Answer> }> {
  const built = await build(t, { ingestSources: FIXTURE, ...options })
  const post = (url: string, body?: object) => built.ask('POST', url, body === undefined ? {} : { headers: JSON_BODY, body })
  return { ...built, post }
}

const REQUEST = { sources: TABLES, mapping: 'hospital', source: 'urn:example:jobs', options: { workers: 1 } }

/** A folder apart from that of the server. */
function folderOf(t: Test, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'wardbridge-jobs-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

t.test('an ingest that an administrator asks for is carried out, and its counters add up', async (t) => {
  const built = await open(t)
  const { ask, post, service, jobs } = built
  const asked = await post('/jobs/ingest', REQUEST)
  t.equal(asked.status, 202)
  const location = asked.headers['location']!
  t.equal(location, `/jobs/${asked.json.id}`)
  t.match(asked.json, { kind: 'ingest', status: 'waiting', by: 'test', request: REQUEST, asked: /Z$/ })
  t.match((await ask('GET', location)).json, { status: 'waiting' }, 'it is written down before it begins')
  jobs.start()
  const { json: job } = await after(built, location)
  t.equal(job.status, 'done', JSON.stringify(job.error))
  for (const table of job.tables) {
    const { rowsIn, mapped, merged, dictionary, unmapped, rejected } = table
    t.equal(rowsIn, mapped + merged + dictionary + unmapped + rejected, table.table)
  }
  t.ok(job.totals.rowsIn > 100)
  t.match(job.progress, { rows: job.totals.rowsIn, resources: job.totals.resources, rejected: 0, bytesRead: job.progress.bytesTotal })
  t.match(job.runs, [{ outcome: 'done' }])
  const counts = await service.counts({ subject: 'test', role: 'administrator' })
  t.equal(
    Object.values(counts).reduce((a, b) => a + b, 0),
    job.totals.resources
  )
  const list = await ask('GET', '/jobs')
  t.match(list.json.jobs[0], { id: job.id, status: 'done' })
  t.ok(list.json.jobs.some(({ id }: { id: string }) => id === 'expiry'))
  t.match((await ask('GET', '/jobs/expiry')).json, { name: 'expiry', kind: 'scheduled' })
  const again = await post(`${location}/resume`)
  t.match([again.status, again.json.code], [409, 'job.not-resumable'])
  t.equal((await post(`${location}/cancel`)).json.status, 'done', 'what has ended is not cancelled')
  t.equal((await ask('DELETE', location)).status, 204)
  t.match((await ask('GET', location)).json, { status: 404, code: 'job.unknown' })
})

t.test('one is cancelled while it runs or waits, and goes on when it is resumed', async (t) => {
  const built = await open(t)
  const { ask, post, jobs } = built
  const [first, second] = [await post('/jobs/ingest', REQUEST), await post('/jobs/ingest', REQUEST)]
  const [one, two] = [first.headers['location']!, second.headers['location']!]
  t.match((await post(`${two}/cancel`)).json, { status: 'cancelled' })
  jobs.start()
  t.equal((await after(built, one, ['waiting'])).json.status, 'running')
  t.equal((await ask('DELETE', one)).status, 202)
  t.equal((await after(built, one)).json.status, 'cancelled')
  t.equal((await ask('GET', two)).json.status, 'cancelled')
  const resumed = await post(`${one}/resume`)
  t.equal(resumed.status, 202)
  t.equal(resumed.headers['location'], one)
  const { json: job } = await after(built, one)
  t.equal(job.status, 'done')
  t.equal(job.totals.rejected, 0)
})

t.test('asking for jobs, cancelling, resuming and forgetting them stands in the audit log', async (t) => {
  const folder = folderOf(t, { 'out/x': '' })
  const { ask, post, token } = await open(t, { exportTargets: `${folder}/out` })
  const load = (await post('/jobs/ingest', REQUEST)).headers['location']!
  await post(`${load}/cancel`)
  await post(`${load}/resume`)
  await ask('DELETE', load)
  await ask('DELETE', load)
  const dump = (await post('/jobs/export', { to: `ndjson:${folder}/out/new` })).headers['location']!
  await post(`${dump}/cancel`)
  const told = (location: string, kind: string, ...done: string[]) => done.map((one) => `job ${basename(location)} (${kind}) ${one}`)
  const wanted = [
    ...told(load, 'ingest', 'asked for', 'cancelled', 'resumed', 'cancelled', 'forgotten'),
    ...told(dump, 'export', 'asked for', 'cancelled')
  ]
  let entries: Array<{ resource: { outcomeDesc?: string; outcome: string; agent: object[] } }> = []
  for (let n = 0; n < 100 && entries.length < wanted.length; n++) {
    await wait(50)
    const { json } = await ask('GET', '/fhir/AuditEvent?_count=100', { token: token('auditor') })
    entries = (json.entry ?? []).filter(({ resource }: (typeof entries)[number]) => /^job /.test(resource.outcomeDesc ?? ''))
  }
  t.same(entries.map(({ resource }) => resource.outcomeDesc).sort(), wanted.sort())
  for (const { resource } of entries) t.match(resource, { outcome: '0', agent: [{ who: { identifier: { value: 'test' } } }] })
})

t.test('a job that cannot be done says why', async (t) => {
  const folder = folderOf(t, { 'patients.csv': 'row_id,subject_id\n1,2\n' })
  const built = await open(t, { ingestSources: folder })
  built.jobs.start()
  const asked = await built.post('/jobs/ingest', { ...REQUEST, sources: [`${folder}/patients.csv`] })
  const { json: job } = await after(built, asked.headers['location']!)
  t.match(job, {
    status: 'failed',
    error: { code: 'table.header', message: /patients/i },
    runs: [{ outcome: 'failed', error: 'table.header' }]
  })
  const gone = await built.post('/jobs/ingest', { ...REQUEST, sources: [`${folder}/nothing.csv`] })
  t.match((await after(built, gone.headers['location']!)).json, { status: 'failed', error: { code: 'source.not-found' } })
})

t.test('only folders of the settings are read, and no link leads out of them', async (t) => {
  const folder = folderOf(t, { 'inside/more/x.csv': '', 'outside/patients.csv': 'x\n', 'inside-not/x.csv': '' })
  symlinkSync(`${folder}/outside`, `${folder}/inside/link`)
  const { post } = await open(t, { ingestSources: `${folder}/inside, gs://ward/in` })
  const status = async (source: string) => (await post('/jobs/ingest', { ...REQUEST, sources: [source] })).status
  for (const source of [
    '/etc/passwd',
    `${folder}/outside/patients.csv`,
    `${folder}/inside/../outside/patients.csv`,
    `${folder}/inside/link/patients.csv`,
    `${folder}/inside`,
    `${folder}/inside-not`,
    `file://${folder}/inside`,
    'http://127.0.0.1/x.csv',
    'gs://ward/index.csv',
    'gs://other/in/x.csv'
  ])
    t.equal(await status(source), 403, source)
  t.equal(await status(`${folder}/inside/more`), 202)
  t.equal(await status('gs://ward/in/x.csv'), 202)
  const plain = await build(t, {})
  const ask = async (source: string) =>
    (await plain.ask('POST', '/jobs/ingest', { headers: JSON_BODY, body: { ...REQUEST, sources: [source] } })).status
  t.equal(await ask(FIXTURE), 403, 'without the setting no folder')
  t.equal(await ask('gs://ward/x.csv'), 202)
})

t.test('a file that a link brings into a folder is not read', async (t) => {
  const folder = folderOf(t, { 'inside/x.csv': '', 'outside/patients.csv': 'x\n' })
  const built = await open(t, { ingestSources: `${folder}/inside` })
  const ask = () => built.post('/jobs/ingest', { ...REQUEST, sources: [`${folder}/inside`] })
  const asked = await ask()
  symlinkSync(`${folder}/outside/patients.csv`, `${folder}/inside/patients.csv`)
  t.equal((await ask()).status, 403)
  built.jobs.start()
  t.match(
    (await after(built, asked.headers['location']!)).json,
    { status: 'failed', error: { code: 'job.place' } },
    'also one that comes later'
  )
})

t.test('requests that say nothing that can be done are problems', async (t) => {
  const { ask, post, token } = await open(t)
  for (const body of [
    {},
    [],
    { ...REQUEST, sources: [] },
    { ...REQUEST, sources: 'x' },
    { ...REQUEST, sources: [1] },
    { ...REQUEST, mapping: '../x' },
    { ...REQUEST, mapping: undefined },
    { ...REQUEST, source: 'no uri' },
    { ...REQUEST, options: { workers: 0 } },
    { ...REQUEST, options: { rejects: '/tmp/x' } },
    { ...REQUEST, more: 1 }
  ]) {
    const answer = await post('/jobs/ingest', body)
    t.match([answer.status, answer.json.code], [422, 'job.request'], JSON.stringify(body))
    t.match(answer.headers['content-type'], 'application/problem+json')
  }
  t.equal((await ask('POST', '/jobs/ingest', { headers: JSON_BODY, body: '{' })).status, 400)
  t.equal((await ask('POST', '/jobs/ingest', { headers: { 'content-type': 'text/csv' }, body: 'x' })).status, 415)
  for (const [method, url] of [
    ['POST', '/jobs/ingest'],
    ['GET', '/jobs/x'],
    ['POST', '/jobs/x/cancel'],
    ['POST', '/jobs/x/resume'],
    ['DELETE', '/jobs/x']
  ] as const) {
    t.equal((await ask(method, url, { token: false })).status, 401, `${method} ${url}`)
    for (const role of ['patient', 'physician', 'front-desk', 'data-entry', 'analyst', 'auditor'])
      t.equal((await ask(method, url, { token: token(role) })).status, 403, `${method} ${url} ${role}`)
    if (method !== 'POST' || url !== '/jobs/ingest') t.equal((await ask(method, url)).status, 404, `${method} ${url}`)
  }
})

t.test('an export that an administrator asks for is carried out; only to folders of the settings', async (t) => {
  const folder = folderOf(t, { 'out/x': '' })
  const built = await open(t, { exportTargets: `${folder}/out` })
  const { ask, post, jobs, token } = built
  await ask('PUT', '/fhir/Patient/a', { body: { resourceType: 'Patient', id: 'a' } })
  for (const to of [`ndjson:${folder}`, `ndjson:${folder}/out/../other`, 'parquet:/tmp', `ndjson:${folder}/outer`])
    t.match(
      (await post('/jobs/export', { to })).json,
      { status: 403, code: 'job.place', detail: /: WARDBRIDGE_EXPORT_TARGETS does not name it/ },
      to
    )
  for (const body of [
    {},
    { to: 'x' },
    { to: `${folder}/out` },
    { to: 'gs://a/b', types: ['Nothing'] },
    { to: 'gs://a/b', since: 'x' },
    { to: 'gs://a/b', more: 1 }
  ])
    t.match((await post('/jobs/export', body)).json, { status: 422, code: 'job.request' }, JSON.stringify(body))
  t.equal((await ask('POST', '/jobs/export', { token: token('analyst'), headers: JSON_BODY, body: {} })).status, 403)
  const asked = await post('/jobs/export', { to: `ndjson:${folder}/out/new`, types: ['Patient'], workers: 1 })
  t.equal(asked.status, 202)
  jobs.start()
  const { json: job } = await after(built, asked.headers['location']!)
  t.match(job, { kind: 'export', status: 'done', report: { resources: 1 }, request: { types: ['Patient'] } })
  t.match(JSON.parse(readFileSync(`${folder}/out/new/Patient.ndjson`, 'utf8')), { id: 'a' })
})

t.test('objects of Cloud Storage are loaded by a job', async (t) => {
  const storage = await startStorage(t, { buckets: ['ward'] })
  for (const file of TABLES.slice(0, 2)) storage.bucket('ward').put(`in/${basename(file)}`, readFileSync(file))
  const built = await open(t, { googleStorageUrl: storage.url, googleToken: storage.token })
  built.jobs.start()
  const asked = await built.post('/jobs/ingest', { ...REQUEST, sources: ['gs://ward/in/*'] })
  const { json: job } = await after(built, asked.headers['location']!)
  t.equal(job.status, 'done', JSON.stringify(job.error))
  t.ok((await built.service.counts({ subject: 'test', role: 'administrator' }))['Patient'])
  t.strictSame(storage.complaints, [])
})
