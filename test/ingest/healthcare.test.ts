/** A load into the Cloud Healthcare API gives what the same load into the embedded store gives, also when it was killed on the way. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { loadSettings } from '#wardbridge/config.js'
import { parseParameters } from '#wardbridge/fhir/parameters.js'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import { openFolderObjects } from '#wardbridge/files/folder-objects.js'
import { readPack } from '#wardbridge/files/packs.js'
import { auditing } from '#wardbridge/identity/auditing.js'
import { ingest } from '#wardbridge/ingest/index.js'
import { openService } from '#wardbridge/service/service.js'
import { openState } from '#wardbridge/state/state.js'
import { contentKey } from '#wardbridge/store/healthcare/body.js'
import { openStore } from '#wardbridge/store/open.js'
import type { Repository } from '#wardbridge/store/repository.js'
import { startStorage } from '../support/storage-server.js'
import { startTwin } from '../support/twin.js'

const DEMO = '../shared/data/mimic-iii-demo'
const SOURCE = 'https://hospital.example/mimic'
const TABLES = ['PATIENTS', 'ADMISSIONS', 'ICUSTAYS', 'D_ICD_DIAGNOSES', 'DIAGNOSES_ICD'].map((name) => join(DEMO, `${name}.csv.gz`))
const WHO = { subject: 'test', role: 'system' } as const

const skip = !existsSync(DEMO) && 'the MIMIC-III demo is not there'

/** Every resource by its name, with a key of its content. */
async function contents(store: Repository): Promise<Record<string, string>> {
  const all: Record<string, string> = {}
  for (const type of Object.keys(await store.counts()))
    for await (const { id, body } of store.each(type)) all[`${type}/${id}`] = contentKey(body.toString(), id)
  return all
}

t.test('tables of MIMIC-III through imports: the same resources, ids and counts', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'wardbridge-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const pack = await readPack('mimic-iii')
  const local = await openService({ store: join(folder, 'store.db') })
  const report = await ingest({ sources: TABLES, pack, source: SOURCE, jobs: 2 }, local, WHO)
  await local.close()
  const embedded = await openStore(join(folder, 'store.db'))
  t.teardown(() => embedded.close())
  const expected = await contents(embedded)
  t.ok(Object.keys(expected).length > 1000)

  const storage = await startStorage(t, { anyToken: true })
  const twin = await startTwin(t, { googleStorageUrl: storage.url, googleToken: storage.token })
  const google = { ...twin.google, storageUrl: storage.url, staging: 'gs://b/staging' }
  const staged = () => [...storage.bucket('b').names()].filter((name) => name.startsWith('staging/'))

  await t.test('at once, and once more', async (t) => {
    const state = await openState(join(folder, 'audited'))
    t.teardown(() => state.close())
    const objects = openFolderObjects(join(folder, 'objects'))
    const audit = await auditing(state, loadSettings({}, {}))
    const service = await openService({ store: await twin.create(), google, objects, audit })
    t.teardown(() => service.close())
    const first = await ingest({ sources: TABLES, pack, source: SOURCE, jobs: 2 }, service, WHO)
    t.strictSame([first.totals, first.tables, first.errors], [report.totals, report.tables, report.errors])
    const counts = await service.counts(WHO)
    t.strictSame(counts, await embedded.counts())
    t.strictSame(staged(), [], 'nothing is left in the staging bucket')
    const log = parseSearch('AuditEvent', parseParameters('type=110107&_sort=date'), { handling: 'strict' })
    const { resources } = await service.search({ subject: 'auditor', role: 'auditor' }, log)
    // The twin has a log of its own, and shows it as its AuditEvents.
    const own = resources.filter(({ id }) => /^log-\d{13}-/.test(id))
    const told = own.map(({ body }) => JSON.parse(body.toString()) as { outcomeDesc: string })
    const counted = Object.entries(counts).map(([type, count]) => `${type}: ${count}`)
    t.strictSame(
      told
        .map(({ outcomeDesc }) => outcomeDesc.replace(/ \(.*?\)/, '').split(/: (.*)/s, 2))
        .map(([what, all]) => [what, all?.split('; ').sort()]),
      ['to be done', 'done'].map((what) => [what, counted.sort()])
    )
    const again = await ingest({ sources: TABLES, pack, source: SOURCE, jobs: 2 }, service, WHO)
    t.match(again.totals, { created: 0, updated: 0 })
    t.strictSame(await service.counts(WHO), counts)
  })

  await t.test('killed while it uploads, killed while it imports, and done again', async (t) => {
    const name = await twin.create()
    const run = (until: (url: string, method: string) => boolean) =>
      new Promise<number | string | null>((resolve) => {
        const options = [
          'ingest',
          ...TABLES,
          '--mapping',
          'mimic-iii',
          '--source',
          SOURCE,
          '--store',
          name,
          '--state',
          join(folder, 'state'),
          '--quiet',
          '--jobs',
          '1'
        ]
        const env = {
          ...process.env,
          WARDBRIDGE_HEALTHCARE_URL: twin.url,
          WARDBRIDGE_STORAGE_URL: storage.url,
          WARDBRIDGE_GOOGLE_TOKEN: google.token,
          WARDBRIDGE_STAGING: google.staging
        }
        const child = spawn(process.execPath, ['dist/cli.js', ...options], { env, stdio: ['ignore', 'ignore', 'inherit'] })
        storage.fault = ({ url, method }) => {
          if (until(url, method)) child.kill('SIGKILL')
          return undefined
        }
        child.on('exit', (code, signal) => resolve(signal ?? code))
      })
    t.equal(await run((url) => url.startsWith('/upload/')), 'SIGKILL')
    t.equal(await run((url) => url.includes('alt=media')), 'SIGKILL')
    t.equal(await run(() => false), 0)
    const store = await openStore(name, { google })
    t.teardown(() => store.close())
    t.strictSame(await contents(store), expected)
  })
  t.strictSame(storage.complaints, [])
})
