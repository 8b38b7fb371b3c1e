/** Import, export and bulk export with Google's client, unmodified, and a Cloud Storage that refuses what the real one does not know. */
import { auth as google, healthcare, type healthcare_v1 } from '@googleapis/healthcare'
import t from 'tap'
import { build } from '../../helper.js'
import { startStorage } from '../../support/storage-server.js'

const LOCATION = 'projects/p/locations/us-central1'
const DATASET = `${LOCATION}/datasets/d`
const STORE = `${DATASET}/fhirStores/f`

t.setTimeout(120_000)
const storage = await startStorage(t)
const bucket = storage.bucket('b')
const built = await build(t, { googleStorageUrl: storage.url, googleToken: storage.token })
const rootUrl = await built.app.listen({ port: 0, host: '127.0.0.1' })
const headers = { authorization: `Bearer ${built.token()}` }
const auth = new google.OAuth2()
auth.setCredentials({ access_token: built.token() })
const { datasets } = healthcare({ version: 'v1', auth, rootUrl: `${rootUrl}/` }).projects.locations
const stores = datasets.fhirStores
await datasets.create({ parent: LOCATION, datasetId: 'd', requestBody: {} })
await stores.create({
  parent: DATASET,
  fhirStoreId: 'f',
  requestBody: { version: 'R4', bulkExportGcsDestination: { uriPrefix: 'gs://b/bulk' } }
})

type Operation = healthcare_v1.Schema$Operation

/** The operation when it is done. */
async function ended({ data: { name } }: { readonly data: Operation }): Promise<Operation> {
  for (;;) {
    const { data } = await datasets.operations.get({ name: name! })
    if (data.done) return data
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function importOf(uri: string, contentStructure?: string, name = STORE): Promise<Operation> {
  const requestBody = { gcsSource: { uri }, ...(contentStructure === undefined ? {} : { contentStructure }) }
  return ended(await stores.import({ name, requestBody }))
}

/** What the error log of an operation says. */
async function logged({ metadata }: Operation): Promise<ReadonlyArray<Readonly<Record<string, unknown>>>> {
  const answer = await fetch(metadata!['logsUrl'] as string, { headers })
  return (await answer.text()).split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, unknown>]))
}

async function read(path: string, store = STORE) {
  const answer = await fetch(`${rootUrl}/v1/${store}/fhir/${path}`, { headers })
  return { status: answer.status, text: await answer.text() }
}

async function statusOf(call: Promise<unknown>): Promise<number> {
  return call.then(() => 200).catch((error: { status: number }) => error.status)
}

const patient = (id: string, more: object = {}) => ({ resourceType: 'Patient', id, ...more })
const lines = (...resources: readonly unknown[]) => resources.map((one) => JSON.stringify(one)).join('\n')

t.test('resources of several objects are imported under their ids, whatever the store says of ids and references', async (t) => {
  bucket.put('in/a.ndjson', lines(patient('a1'), patient('a2')))
  bucket.put(
    'in/deep/b.ndjson',
    `${lines({ resourceType: 'Observation', id: 'o1', status: 'final', code: { text: 'x' }, subject: { reference: 'Patient/none' } })}\n`
  )
  bucket.put('in/c.txt', 'no JSON at all')
  const operation = await importOf('gs://b/in/**.ndjson', 'RESOURCE')
  t.match(operation, {
    done: true,
    metadata: {
      '@type': 'type.googleapis.com/google.cloud.healthcare.v1.OperationMetadata',
      apiMethodName: 'google.cloud.healthcare.v1.fhir.FhirService.ImportResources',
      counter: { success: '3', failure: undefined }
    },
    response: { '@type': 'type.googleapis.com/google.cloud.healthcare.v1.fhir.rest.ImportResourcesResponse' }
  })
  t.equal(operation.error, undefined)
  for (const path of ['Patient/a1', 'Patient/a2', 'Observation/o1']) t.equal((await read(path)).status, 200, path)
  t.same(await logged(operation), [])
  t.match((await stores.getFHIRStoreMetrics({ name: STORE })).data.metrics, [
    { resourceType: 'Observation', count: '1' },
    { resourceType: 'Patient', count: '2' }
  ])
})

t.test('numbers stay as they were written', async (t) => {
  bucket.put(
    'numbers.ndjson',
    '{"valueQuantity":{"value":1.10,"unit":"g"},"resourceType":"Observation","id":"n1","status":"final","code":{"text":"x"}}'
  )
  await importOf('gs://b/numbers.ndjson', 'RESOURCE')
  t.match((await read('Observation/n1')).text, /"value":1\.10[,}]/)
})

t.test('bundles are the default structure, one on each line; entries count for themselves, history is refused', async (t) => {
  bucket.put(
    'bundles.ndjson',
    lines(
      {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [{ resource: patient('b1'), request: { method: 'DELETE', url: 'Patient/b1' } }, { resource: patient('b2') }]
      },
      { resourceType: 'Bundle', type: 'history', entry: [{ resource: patient('b3') }] },
      { resourceType: 'Bundle', type: 'collection', entry: [{ resource: { resourceType: 'Patient' } }, {}] }
    )
  )
  const operation = await importOf('gs://b/bundles.ndjson')
  t.match(operation, { error: { code: 3 }, metadata: { counter: { success: '2', failure: '3' } } })
  t.equal((await read('Patient/b1')).status, 200)
  t.equal((await read('Patient/b3')).status, 404)
  t.match(await logged(operation), [
    { object: 'gs://b/bundles.ndjson', line: 2, message: /history/ },
    { line: 3, entry: 'entry[0]', message: /no id/ },
    { line: 3, entry: 'entry[1]', message: /no resource/ }
  ])
})

t.test('bad records are counted and logged, good ones stay', async (t) => {
  bucket.put(
    'mixed.ndjson',
    [
      JSON.stringify(patient('m1')),
      '{"resourceType":"Patient"',
      '',
      JSON.stringify({ resourceType: 'Patient' }),
      JSON.stringify({ resourceType: 'Pirate', id: 'm2' }),
      JSON.stringify(patient('m3', { gender: 5 })),
      JSON.stringify(patient('not an id')),
      JSON.stringify(patient('m4'))
    ].join('\n')
  )
  const operation = await importOf('gs://b/mixed.ndjson', 'RESOURCE')
  t.match(operation.error, { code: 3, message: /^invalid_argument: importing one or more resources failed\./ })
  t.equal(operation.response, undefined)
  t.same(operation.metadata!['counter'], { success: '2', failure: '5' })
  const errors = await logged(operation)
  t.same(
    errors.map(({ line }) => line),
    [2, 4, 5, 6, 7]
  )
  t.match(errors[3], { object: 'gs://b/mixed.ndjson', resource: 'Patient/m3', code: 'resource.invalid', message: /Patient\.gender/ })
  t.equal((await read('Patient/m4')).status, 200)
  t.equal((await read('Patient/m3')).status, 404)
})

t.test('the wrong structure is said so', async (t) => {
  const operation = await importOf('gs://b/in/a.ndjson')
  t.match(operation, { error: { code: 3 }, metadata: { counter: { failure: '2' } } })
  t.match((await logged(operation))[0], { message: /no bundle is found.*contentStructure/ })
})

t.test('pretty structures: an object is one document', async (t) => {
  bucket.put('pretty/one.json', JSON.stringify(patient('p1'), null, 2))
  bucket.put('pretty/two.json', JSON.stringify(patient('p2'), null, 2))
  bucket.put('pretty.json', JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry: [{ resource: patient('p3') }] }, null, 2))
  t.match(await importOf('gs://b/pretty/*.json', 'RESOURCE_PRETTY'), { metadata: { counter: { success: '2' } } })
  t.match(await importOf('gs://b/pretty.json', 'BUNDLE_PRETTY'), { metadata: { counter: { success: '1' } } })
  for (const id of ['p1', 'p2', 'p3']) t.equal((await read(`Patient/${id}`)).status, 200)
})

t.test('what is there is overwritten; the same again changes nothing', async (t) => {
  const before = (await read('Patient/a1')).text
  await importOf('gs://b/in/a.ndjson', 'RESOURCE')
  t.equal((await read('Patient/a1')).text, before)
  bucket.put('in/a.ndjson', lines(patient('a1', { active: true })))
  await importOf('gs://b/in/a.ndjson', 'RESOURCE')
  t.match((await read('Patient/a1')).text, /"active":true/)
})

t.test('the rules of threads hold for imports: a question has one answer, and what was asked is not changed', async (t) => {
  const part = (id: string, kind: string, text: string, more: object = {}) => ({
    ...{ resourceType: 'Communication', id, status: 'completed', subject: { reference: 'Patient/a1' }, payload: [{ contentString: text }] },
    category: [{ coding: [{ system: 'https://fhir.wardbridge.dev/CodeSystem/communication-category', code: kind }] }],
    ...more
  })
  const asked = (text: string) =>
    part('q', 'question', text, {
      partOf: [{ reference: 'Communication/thread' }],
      sender: { reference: 'Patient/a1' },
      sent: '2026-01-01T08:00:00Z'
    })
  const answer = (id: string) =>
    part(id, 'answer', id, {
      partOf: [{ reference: 'Communication/thread' }],
      inResponseTo: [{ reference: 'Communication/q' }],
      sent: '2026-01-01T09:00:00Z'
    })
  bucket.put('thread.ndjson', lines(part('thread', 'thread', 'A thread'), asked('May I drive?'), answer('first')))
  t.match(await importOf('gs://b/thread.ndjson', 'RESOURCE'), { metadata: { counter: { success: '3' } } })
  bucket.put('thread.ndjson', lines(asked('May I fly?'), answer('second'), patient('beside')))
  const operation = await importOf('gs://b/thread.ndjson', 'RESOURCE')
  t.match(operation, { error: { code: 3 }, metadata: { counter: { success: '1', failure: '2' } } })
  t.same(
    (await logged(operation)).map(({ line, resource }) => [line, resource]),
    [
      [1, 'Communication/q'],
      [2, 'Communication/second']
    ]
  )
  t.match((await read('Communication/q')).text, /May I drive/)
  t.equal((await read('Communication/second')).status, 404)
})

t.test('an import of nothing, or from a bucket that is not there, ends with an error', async (t) => {
  t.match(await importOf('gs://b/none*.ndjson', 'RESOURCE'), { done: true, error: { code: 5 } })
  t.match(await importOf('gs://other/x.ndjson', 'RESOURCE'), { done: true, error: { code: 5, message: 'There is no bucket gs://other' } })
})

t.test('requests that cannot be are refused at once', async (t) => {
  const ask = (requestBody: object, name = STORE) => statusOf(stores.import({ name, requestBody }))
  t.equal(await ask({}), 400)
  t.equal(await ask({ gcsSource: { uri: 'b/x' } }), 400)
  t.equal(await ask({ gcsSource: { uri: 'gs://b/**/x' } }), 400)
  t.equal(await ask({ gcsSource: { uri: 'gs://b/*/**' } }), 400)
  t.equal(await ask({ gcsSource: { uri: 'gs://b/x' }, contentStructure: 'CSV' }), 400)
  t.equal(await ask({ gcsSource: { uri: 'gs://b/x' } }, `${STORE}x`), 404)
  const out = (requestBody: object) => statusOf(stores.export({ name: STORE, requestBody }))
  t.equal(await out({}), 400)
  t.equal(await out({ gcsDestination: { uriPrefix: 'b' } }), 400)
  t.equal(await out({ gcsDestination: { uriPrefix: 'gs://b/' }, _type: 'Pirate' }), 400)
  t.equal(await out({ gcsDestination: { uriPrefix: 'gs://b/' }, _since: '2024-01-01' }), 400)
  t.equal(await out({ bigqueryDestination: { datasetUri: 'bq://p.ds', schemaConfig: { schemaType: 'ANALYTICS_V2' } } }), 501)
})

t.test('export writes an object for each type, in the forms of the API', async (t) => {
  const operation = await ended(await stores.export({ name: STORE, requestBody: { gcsDestination: { uriPrefix: 'gs://b/out' } } }))
  t.match(operation, { done: true, response: { '@type': /ExportResourcesResponse$/ } })
  t.same(
    bucket.names().filter((name) => name.startsWith('out/')),
    ['Communication', 'Observation', 'Patient'].map((type) => `out/${type}.ndjson`)
  )
  const patients = bucket.get('out/Patient.ndjson')!.bytes.toString().trimEnd().split('\n')
  const { metrics } = (await stores.getFHIRStoreMetrics({ name: STORE })).data
  t.equal(String(patients.length), metrics?.find(({ resourceType }) => resourceType === 'Patient')?.count)
  t.equal((operation.metadata!['counter'] as { success: string }).success, String(patients.length + 5))
  t.equal(
    patients.find((line) => line.includes('"id":"a1"')),
    (await read('Patient/a1')).text
  )
})

t.test('export takes _type and _since', async (t) => {
  const since = new Date().toISOString()
  await new Promise((resolve) => setTimeout(resolve, 5))
  bucket.put('late.ndjson', lines(patient('late')))
  await importOf('gs://b/late.ndjson', 'RESOURCE')
  await ended(
    await stores.export({
      name: STORE,
      requestBody: { gcsDestination: { uriPrefix: 'gs://b/late/' }, _type: 'Patient,Encounter', _since: since }
    })
  )
  t.same(
    bucket.names().filter((name) => name.startsWith('late/')),
    ['late/Patient.ndjson']
  )
  t.equal(bucket.get('late/Patient.ndjson')!.bytes.toString().trimEnd().split('\n').length, 1)
})

t.test('$export answers 202 with where to look, then the manifest', async (t) => {
  const { status, headers: answered } = await stores.fhir.bulkExport(
    { name: STORE, _type: 'Patient', outputFormat: 'application/fhir+ndjson' },
    { headers: { accept: 'application/fhir+json', prefer: 'respond-async' } }
  )
  t.equal(status, 202)
  const where = (answered as unknown as Headers).get('content-location')!
  t.match(where, new RegExp(`^${rootUrl}/v1/${STORE}/operations/\\d+$`))
  let response = await fetch(where, { headers })
  while (response.status === 202) {
    t.equal(response.headers.get('x-progress'), 'in progress')
    await new Promise((resolve) => setTimeout(resolve, 50))
    response = await fetch(where, { headers })
  }
  t.equal(response.status, 200)
  const id = where.slice(where.lastIndexOf('/') + 1)
  const manifest = (await response.json()) as { output: Array<{ count: number }> }
  t.match(manifest, { transactionTime: /^\d{4}-/, request: /\$export/, requiresAccessToken: true, error: [] })
  t.match(manifest.output, [{ type: 'Patient', url: `gs://b/bulk/${id}_Patient.ndjson` }])
  t.equal(bucket.get(`bulk/${id}_Patient.ndjson`)!.bytes.toString().trimEnd().split('\n').length, manifest.output[0]!.count)
  const { data } = await stores.operations.getFhirOperationStatus({ name: `${STORE}/operations/${id}` }, { responseType: 'json' })
  t.same(data, manifest)
  t.equal(await statusOf(stores.operations.deleteFhirOperation({ name: `${STORE}/operations/${id}` })), 400, 'it has ended')
})

t.test('$export is refused without Prefer and without a destination', async (t) => {
  const kick = (name: string, prefer = 'respond-async') =>
    stores.fhir.bulkExport({ name }, { headers: { accept: 'application/fhir+json', prefer } })
  t.equal(await statusOf(kick(STORE, 'return=minimal')), 400)
  await stores.create({ parent: DATASET, fhirStoreId: 'plain', requestBody: { version: 'R4' } })
  const { status, response } = await kick(`${DATASET}/fhirStores/plain`).catch((error) => error)
  t.equal(status, 400)
  t.match(JSON.parse(await response.data.text()), {
    resourceType: 'OperationOutcome',
    issue: [{ diagnostics: /bulkExportGcsDestination/ }]
  })
  t.equal(await statusOf(stores.fhir.ConsentEnforcementStatus({ name: `${STORE}/fhir/Consent/c` })), 501)
  t.equal(await statusOf(stores.fhir.PatientConsentEnforcementStatus({ name: `${STORE}/fhir/Patient/p` })), 501)
})

t.test('$export of a Group gives its patients one after the other, each with their compartment', async (t) => {
  const resources = ['g1', 'g2', 'g3'].flatMap((id) => [
    patient(id),
    { resourceType: 'Observation', id: `of-${id}`, status: 'final', code: { text: 'x' }, subject: { reference: `Patient/${id}` } }
  ])
  const member = [
    { entity: { reference: 'Patient/g2' } },
    { entity: { reference: 'Patient/g1' } },
    { entity: { reference: 'Patient/g3' }, inactive: true }
  ]
  bucket.put('group.ndjson', lines(...resources, { resourceType: 'Group', id: 'some', type: 'person', actual: true, member }))
  await ended(
    await stores.import({ name: STORE, requestBody: { gcsSource: { uri: 'gs://b/group.ndjson' }, contentStructure: 'RESOURCE' } })
  )
  const kick = (id: string, organizeOutputBy?: string) =>
    stores.bulkExportGroup(
      { name: `${STORE}/fhir/Group/${id}`, ...(organizeOutputBy === undefined ? {} : { organizeOutputBy }) },
      { headers: { accept: 'application/fhir+json', prefer: 'respond-async' } }
    )
  t.equal(await statusOf(kick('some')), 400, 'organizeOutputBy is required')
  t.equal(await statusOf(kick('none', 'Patient')), 404)
  const { status, headers: answered } = await kick('some', 'Patient')
  t.equal(status, 202)
  const where = (answered as unknown as Headers).get('content-location')!
  let response = await fetch(where, { headers })
  for (; response.status === 202; response = await fetch(where, { headers })) await new Promise((resolve) => setTimeout(resolve, 50))
  const id = where.slice(where.lastIndexOf('/') + 1)
  t.match(await response.json(), { outputOrganizedBy: 'Patient', output: [{ url: `gs://b/bulk/${id}_Patient.ndjson`, count: 6 }] })
  const given = bucket.get(`bulk/${id}_Patient.ndjson`)!.bytes.toString().trimEnd().split('\n')
  t.same(
    given
      .map((line) => JSON.parse(line))
      .map(({ resourceType, id, parameter }) => parameter?.[0].valueReference.reference ?? `${resourceType} ${id}`),
    ['Patient/g2', 'Patient g2', 'Observation of-g2', 'Group some', 'Patient/g1', 'Patient g1', 'Observation of-g1', 'Group some']
  )
})

t.test('DELETE ends an $export that is under way; its state is an error then', async (t) => {
  storage.fault = ({ method }) => (method === 'POST' || method === 'PUT' ? { status: 503 } : undefined)
  const { headers: answered } = await stores.fhir.bulkExport({ name: STORE }, { headers: { prefer: 'respond-async' } })
  const where = (answered as unknown as Headers).get('content-location')!
  t.equal((await fetch(where, { headers })).status, 202)
  const name = `${STORE}/operations/${where.slice(where.lastIndexOf('/') + 1)}`
  t.equal((await stores.operations.deleteFhirOperation({ name })).status, 202)
  storage.fault = () => undefined
  let response = await fetch(where, { headers })
  for (; response.status === 202; response = await fetch(where, { headers })) await new Promise((resolve) => setTimeout(resolve, 100))
  t.equal(response.status, 500)
  t.match(await response.json(), { resourceType: 'OperationOutcome', issue: [{ diagnostics: /cancelled/ }] })
  t.equal(await statusOf(stores.operations.deleteFhirOperation({ name })), 400)
})

t.test('an operation that was cancelled ends with code 1, and what it did stays', async (t) => {
  bucket.put('slow.ndjson', lines(...Array.from({ length: 20_000 }, (_, n) => patient(`s${n}`))))
  storage.fault = ({ url }) => (url.includes('slow.ndjson') && url.includes('alt=media') ? { slow: 300 } : undefined)
  const { data } = await stores.import({
    name: STORE,
    requestBody: { gcsSource: { uri: 'gs://b/slow.ndjson' }, contentStructure: 'RESOURCE' }
  })
  t.same((await datasets.operations.cancel({ name: data.name!, requestBody: {} })).data, {})
  storage.fault = () => undefined
  t.match(await ended({ data }), { error: { code: 1 }, metadata: { cancelRequested: true } })
})
