/** What the twin keeps: through kill -9, and between several servers on one folder. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { auth, healthcare } from '@googleapis/healthcare'
import t from 'tap'
import { startStorage } from '../support/storage-server.js'

const LOCATION = 'projects/p/locations/l'
const DATASET = `${LOCATION}/datasets/d`
const STORE = `${DATASET}/fhirStores/f`

const storage = await startStorage(t)
const folder = t.testdir()
// Six starts of a server, on a machine that may be busy.
t.setTimeout(180_000)
const running = new Set<ChildProcess>()
t.teardown(() => {
  for (const child of running) child.kill('SIGKILL')
})

/** A server with the folder of the others; other: with a store and a state of its own. */
async function serve(other = '') {
  const child = spawn(
    process.execPath,
    ['dist/cli.js', 'serve', '--port', '0', '--no-auth', '--store', `${folder}/state${other}/ward.db`],
    {
      env: {
        PATH: process.env['PATH'],
        WARDBRIDGE_TWIN_FOLDER: `${folder}/twin`,
        WARDBRIDGE_STORAGE_URL: storage.url,
        WARDBRIDGE_GOOGLE_TOKEN: storage.token
      },
      stdio: ['ignore', 'ignore', 'pipe']
    }
  )
  running.add(child)
  const url = await new Promise<string>((resolve, reject) => {
    let told = ''
    child.stderr.on('data', (chunk) => {
      told += String(chunk)
      const at = /at (http:\S+)/.exec(told)?.[1]
      if (at !== undefined) resolve(at)
    })
    child.on('exit', () => reject(new Error(told)))
  })
  const { datasets } = healthcare({ version: 'v1', auth: new auth.OAuth2({ apiKey: 'none' }), rootUrl: `${url}/` }).projects.locations
  const end = async (signal: NodeJS.Signals) => {
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
    running.delete(child)
  }
  return { url, datasets, stores: datasets.fhirStores, end }
}

const statusOf = (call: Promise<unknown>) => call.then(() => 200).catch((error: { status: number }) => error.status)

t.test('datasets, stores, settings, policies, operations and resources outlive kill -9', async (t) => {
  const first = await serve()
  const { data: made } = await first.datasets.create({ parent: LOCATION, datasetId: 'd', requestBody: { timeZone: 'UTC' } })
  await first.stores.create({
    parent: DATASET,
    fhirStoreId: 'f',
    requestBody: { version: 'R4', enableUpdateCreate: true, labels: { a: 'b' } }
  })
  const bindings = [{ role: 'roles/viewer', members: ['user:a@example.org'] }]
  await first.stores.setIamPolicy({ resource: STORE, requestBody: { policy: { bindings } } })
  const patient = await fetch(`${first.url}/v1/${STORE}/fhir/Patient/1`, { method: 'PUT', body: '{"resourceType":"Patient","id":"1"}' })
  t.equal(patient.status, 201)
  const text = await patient.text()
  await first.end('SIGKILL')

  const second = await serve()
  t.same((await second.datasets.get({ name: DATASET })).data, { name: DATASET, timeZone: 'UTC' })
  t.same((await second.stores.get({ name: STORE })).data, { name: STORE, version: 'R4', enableUpdateCreate: true, labels: { a: 'b' } })
  t.match((await second.stores.getIamPolicy({ resource: STORE })).data, { bindings })
  t.same((await second.datasets.operations.get({ name: made.name! })).data.response, made.response)
  t.equal(await (await fetch(`${second.url}/v1/${STORE}/fhir/Patient/1`)).text(), text)
  await second.end('SIGTERM')
})

t.test('what one server does shows at the other at once', async (t) => {
  const [one, two] = await Promise.all([serve(), serve('2')])
  const name = `${DATASET}/fhirStores/g`
  const read = (url: string) => fetch(`${url}/v1/${name}/fhir/Patient/1`).then(({ status }) => status)
  await one.stores.create({ parent: DATASET, fhirStoreId: 'g', requestBody: { version: 'R4', enableUpdateCreate: true } })
  const put = await fetch(`${two.url}/v1/${name}/fhir/Patient/1`, { method: 'PUT', body: '{"resourceType":"Patient","id":"1"}' })
  t.equal(put.status, 201)
  t.equal(await read(one.url), 200)
  await one.stores.delete({ name })
  t.equal(await read(two.url), 404)
  await one.stores.create({ parent: DATASET, fhirStoreId: 'g', requestBody: { version: 'R4' } })
  t.equal(await read(two.url), 404)
  t.equal((await two.stores.getFHIRStoreMetrics({ name })).data.metrics, undefined, 'nothing of the one before')

  const ids = Array.from({ length: 20 }, (_, n) => `many${n}`)
  const made = await Promise.all(
    ids.flatMap((id) =>
      [one, two].map(({ stores }) => statusOf(stores.create({ parent: DATASET, fhirStoreId: id, requestBody: { version: 'R4' } })))
    )
  )
  t.same(made.filter((status) => status === 200).length, 20, 'of two that create the same store one does')
  t.same(made.filter((status) => status === 409).length, 20)
  const { data } = await two.stores.list({ parent: DATASET, filter: '' })
  t.equal(data.fhirStores?.length, 22)
  await Promise.all([one.end('SIGTERM'), two.end('SIGTERM')])
})

t.test('an import whose server was killed is done by the next one', async (t) => {
  storage
    .bucket('b')
    .put('in.ndjson', Array.from({ length: 5000 }, (_, n) => JSON.stringify({ resourceType: 'Patient', id: `n${n}` })).join('\n'))
  storage.fault = ({ url }) => (url.includes('alt=media') ? { slow: 400 } : undefined)
  const first = await serve()
  const requestBody = { gcsSource: { uri: 'gs://b/in.ndjson' }, contentStructure: 'RESOURCE' }
  const { data } = await first.stores.import({ name: STORE, requestBody })
  while (!storage.requests.some(({ url }) => url.includes('alt=media'))) await new Promise((resolve) => setTimeout(resolve, 20))
  await first.end('SIGKILL')
  storage.fault = () => undefined

  const second = await serve()
  let operation = (await second.datasets.operations.get({ name: data.name! })).data
  while (!operation.done) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    operation = (await second.datasets.operations.get({ name: data.name! })).data
  }
  t.match(operation, { error: undefined, metadata: { counter: { success: '5000' } } })
  t.match((await second.stores.getFHIRStoreMetrics({ name: STORE })).data.metrics, [{ resourceType: 'Patient', count: '5001' }])
  await second.end('SIGTERM')
})
