import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { startStorage } from '../support/storage-server.js'
import { startTwin } from '../support/twin.js'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

interface Finding {
  readonly what: string
  readonly state: string
  readonly detail: string
  readonly remedy?: string
}

function doctor(args: readonly string[], env: Readonly<Record<string, string>>): Promise<{ code: number; out: string }> {
  return new Promise((resolve) =>
    execFile(process.execPath, [CLI, 'doctor', ...args], { env: { PATH: process.env['PATH'], ...env } }, (error, out) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out })
    )
  )
}

t.test('on the embedded store nothing of Google is asked for', async (t) => {
  const folder = t.testdir()
  const { code, out } = await doctor(['--store', `${folder}/new/store.db`, '--json'], {})
  t.equal(code, 0)
  t.strictSame(
    (JSON.parse(out) as Finding[]).map(({ what, state }) => [what, state]),
    [
      ['embedded store', 'ok'],
      ['state', 'ok'],
      ['contents', 'ok']
    ]
  )
})

t.test('on a store at Google each place is looked at, and what is missing comes with what to do', async (t) => {
  const twin = await startTwin(t)
  const storage = await startStorage(t, { buckets: ['state', 'staging'], anyToken: true })
  storage.bucket('staging').withheld = ['storage.objects.delete']
  const env = {
    WARDBRIDGE_HEALTHCARE_URL: twin.url,
    WARDBRIDGE_STORAGE_URL: storage.url,
    WARDBRIDGE_GOOGLE_TOKEN: twin.token(),
    WARDBRIDGE_STATE: 'gs://state/ward'
  }
  const look = async (store: string, more: Readonly<Record<string, string>> = {}) => {
    const { code, out } = await doctor(['--store', store, '--json'], { ...env, ...more })
    return { code, found: new Map((JSON.parse(out) as Finding[]).map((one) => [one.what, one])) }
  }

  t.test('whole', async (t) => {
    const { code, found } = await look(twin.store, { WARDBRIDGE_STAGING: 'gs://state/staging' })
    t.equal(code, 0, JSON.stringify([...found.values()]))
    t.match(found.get('permissions to serve'), { state: 'ok' })
    t.match(found.get('state: bucket state'), { state: 'ok' })
    t.match(found.get('service agent of the Cloud Healthcare API'), { state: 'unknown', remedy: /roles\/storage\.objectAdmin/ })
  })

  t.test('no staging prefix, no bucket, a permission withheld', async (t) => {
    t.match((await look(twin.store)).found.get('staging'), { state: 'missing', remedy: /WARDBRIDGE_STAGING/ })
    const { code, found } = await look(twin.store, { WARDBRIDGE_STAGING: 'gs://staging/x', WARDBRIDGE_FILES: 'gs://nowhere' })
    t.equal(code, 1)
    t.match(found.get('staging: bucket staging'), {
      state: 'missing',
      detail: 'not held: storage.objects.delete',
      remedy: 'grant roles/storage.objectUser'
    })
    t.match(found.get('contents: bucket nowhere'), { state: 'missing', remedy: 'gcloud storage buckets create gs://nowhere' })
  })

  t.test('settings of the store', async (t) => {
    const { code, found } = await look(await twin.create({ enableUpdateCreate: false }), { WARDBRIDGE_STAGING: 'gs://state/x' })
    t.equal(code, 1)
    t.match(found.get('enableUpdateCreate'), { state: 'missing', remedy: /--enable-update-create/ })
  })

  t.test('services that do not answer, or do not take the token', async (t) => {
    const { code, found } = await look(twin.store, {
      WARDBRIDGE_HEALTHCARE_URL: 'http://127.0.0.1:9',
      WARDBRIDGE_STORAGE_URL: 'http://127.0.0.1:9',
      WARDBRIDGE_STAGING: 'gs://state/x'
    })
    t.equal(code, 1)
    t.match(found.get(`FHIR store ${twin.store}`), { state: 'missing', detail: /no answer: ECONN/, remedy: /WARDBRIDGE_HEALTHCARE_URL/ })
    t.match(found.get('staging: bucket state'), { state: 'missing', detail: /no answer/, remedy: /WARDBRIDGE_STORAGE_URL/ })
    const refused = await look(twin.store, { WARDBRIDGE_GOOGLE_TOKEN: 'expired' })
    t.match(refused.found.get(`FHIR store ${twin.store}`), { state: 'missing', detail: /HTTP 401/, remedy: /expired/ })
  })

  t.test('a store that is not there, a token that may not', async (t) => {
    const absent = `${twin.store}-absent`
    t.match((await look(absent)).found.get(`FHIR store ${absent}`), {
      state: 'missing',
      remedy: /gcloud healthcare fhir-stores create main-absent --project=wardbridge --location=local --dataset=wardbridge --version=R4/
    })
    const { found } = await look(twin.store, { WARDBRIDGE_GOOGLE_TOKEN: twin.token('analyst') })
    t.match(found.get('permissions to serve') ?? found.get(`FHIR store ${twin.store}`), { state: 'missing', remedy: /roles\/healthcare/ })
  })
})
