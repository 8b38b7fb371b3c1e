/** Datasets, FHIR stores, policies and operations with Google's client, unmodified. */
import { auth as google, healthcare } from '@googleapis/healthcare'
import t from 'tap'
import { build } from '../../helper.js'

const LOCATION = 'projects/p/locations/us-central1'
const DATASET = `${LOCATION}/datasets/d`
const STORE = `${DATASET}/fhirStores/f`
const OWN = 'projects/wardbridge/locations/local/datasets/wardbridge/fhirStores/main'

const built = await build(t)
const rootUrl = await built.app.listen({ port: 0, host: '127.0.0.1' })
const auth = new google.OAuth2()
auth.setCredentials({ access_token: built.token() })
const { locations } = healthcare({ version: 'v1', auth, rootUrl: `${rootUrl}/` }).projects
const { datasets } = locations
const stores = datasets.fhirStores

interface Refused {
  readonly status: number
  readonly error: { readonly code: number; readonly message: string; readonly status: string; readonly details: readonly object[] }
}

/** The error of a call that must be refused. */
async function refused(call: Promise<unknown>): Promise<Refused> {
  try {
    await call
  } catch (error) {
    const { response } = error as { response: { status: number; data: { error: Refused['error'] } } }
    return { status: response.status, error: response.data.error }
  }
  throw new Error('it was not refused')
}

t.test('datasets.create answers an operation that is done, with the dataset', async (t) => {
  const { status, data } = await datasets.create({ parent: LOCATION, datasetId: 'd', requestBody: { timeZone: 'UTC' } })
  t.equal(status, 200)
  t.match(data.name, /^projects\/p\/locations\/us-central1\/datasets\/d\/operations\/\d+$/)
  t.match(data, {
    done: true,
    metadata: { '@type': 'type.googleapis.com/google.cloud.healthcare.v1.OperationMetadata', counter: { success: '1' } },
    response: { name: DATASET, timeZone: 'UTC' }
  })
  t.match((await datasets.operations.get({ name: data.name! })).data, data)
})

t.test('a dataset that is there cannot be created again', async (t) => {
  const { status, error } = await refused(datasets.create({ parent: LOCATION, datasetId: 'd', requestBody: {} }))
  t.equal(status, 409)
  t.match(error, { code: 409, status: 'ALREADY_EXISTS', message: `${DATASET} exists already` })
  t.match(error.details, [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'TWIN_EXISTS' }])
})

t.test('datasets are got, listed, changed', async (t) => {
  t.same((await datasets.get({ name: DATASET })).data, { name: DATASET, timeZone: 'UTC' })
  await datasets.create({ parent: LOCATION, datasetId: 'a', requestBody: {} })
  const first = (await datasets.list({ parent: LOCATION, pageSize: 1 })).data
  t.same(first.datasets, [{ name: `${LOCATION}/datasets/a` }])
  const second = (await datasets.list({ parent: LOCATION, pageSize: 1, pageToken: first.nextPageToken! })).data
  t.same(second, { datasets: [{ name: DATASET, timeZone: 'UTC' }] })
  const patched = await datasets.patch({ name: DATASET, updateMask: 'timeZone', requestBody: { timeZone: 'Europe/Berlin' } })
  t.same(patched.data, { name: DATASET, timeZone: 'Europe/Berlin' })
  t.match(await refused(datasets.patch({ name: DATASET, requestBody: {} })), { status: 400, error: { status: 'INVALID_ARGUMENT' } })
  t.match(await refused(datasets.patch({ name: DATASET, updateMask: 'timeZone', requestBody: { timeZone: 'Mars/Base' } })), { status: 400 })
  t.match(await refused(datasets.list({ parent: LOCATION, pageToken: '?' })), { status: 400, error: { status: 'INVALID_ARGUMENT' } })
  t.same((await datasets.delete({ name: `${LOCATION}/datasets/a` })).data, {})
  t.match(await refused(datasets.get({ name: `${LOCATION}/datasets/a` })), { status: 404, error: { code: 404, status: 'NOT_FOUND' } })
})

t.test('locations', async (t) => {
  t.match((await locations.get({ name: LOCATION })).data, { name: LOCATION, locationId: 'us-central1' })
  t.match((await locations.list({ name: 'projects/p' })).data, { locations: [{ name: LOCATION, locationId: 'us-central1' }] })
})

t.test('fhirStores.create answers the store, and its settings are as they were given', async (t) => {
  const { data } = await stores.create({ parent: DATASET, fhirStoreId: 'f', requestBody: { version: 'R4', enableUpdateCreate: true } })
  t.same(data, { name: STORE, version: 'R4', enableUpdateCreate: true })
  t.same((await stores.get({ name: STORE })).data, data)
})

t.test('a store needs a version, of R4, and a dataset', async (t) => {
  const create = (id: string, requestBody: object, parent = DATASET) => refused(stores.create({ parent, fhirStoreId: id, requestBody }))
  t.match(await create('g', {}), { status: 400, error: { status: 'INVALID_ARGUMENT', message: 'version is required' } })
  t.match(await create('g', { version: 'R6' }), { status: 400, error: { status: 'INVALID_ARGUMENT' } })
  t.match(await create('g', { version: 'STU3' }), { status: 501, error: { status: 'UNIMPLEMENTED' } })
  t.match(await create('g', { version: 'R4' }, `${LOCATION}/datasets/none`), { status: 404 })
  t.match(await create('f', { version: 'R4' }), { status: 409, error: { status: 'ALREADY_EXISTS' } })
  t.match(await create('g', { version: 'R4', colour: 'red' }), { status: 400, error: { message: /Unknown name "colour"/ } })
  t.match(await create('g', { version: 'R4', enableUpdateCreate: 'yes' }), { status: 400 })
  t.match(await create('g', { version: 'R4', streamConfigs: [{ bigqueryDestination: { datasetUri: 'bq://p.d' } }] }), { status: 501 })
  for (const id of ['', 'x'.repeat(257), 'a b', 'ä', 'a/b', 'a:b'])
    t.match(await create(id, { version: 'R4' }), { status: 400 }, `id "${id.slice(0, 9)}"`)
})

t.test('ids have up to 256 characters', async (t) => {
  const id = `${'Ab9_-.'.repeat(42)}zzzz`
  t.equal(id.length, 256)
  const { data: made } = await datasets.create({ parent: LOCATION, datasetId: id, requestBody: {} })
  const { data } = await stores.create({ parent: `${LOCATION}/datasets/${id}`, fhirStoreId: id, requestBody: { version: 'R4' } })
  t.same((await stores.get({ name: data.name! })).data, data)
  t.same((await stores.getFHIRStoreMetrics({ name: data.name! })).data, { name: data.name })
  await datasets.delete({ name: `${LOCATION}/datasets/${id}` })
  t.match(await refused(stores.get({ name: data.name! })), { status: 404 })
  t.match(await refused(datasets.operations.get({ name: made.name! })), { status: 404 }, 'what belongs to the dataset goes with it')
})

t.test('fhirStores.patch changes what the mask names, and nothing else', async (t) => {
  const patch = (updateMask: string | undefined, requestBody: object) =>
    stores.patch({ name: STORE, requestBody, ...(updateMask === undefined ? {} : { updateMask }) })
  t.same((await patch('notificationConfigs,labels', { labels: { a: 'b' } })).data, {
    name: STORE,
    version: 'R4',
    enableUpdateCreate: true,
    labels: { a: 'b' }
  })
  await patch('validation_config.disable_profile_validation', { validationConfig: { disableProfileValidation: true } })
  await patch('validationConfig.disableFhirpathValidation', { validationConfig: { disableFhirpathValidation: true } })
  t.match((await stores.get({ name: STORE })).data, {
    validationConfig: { disableProfileValidation: true, disableFhirpathValidation: true }
  })
  t.same((await patch('validationConfig,enableUpdateCreate', {})).data, { name: STORE, version: 'R4', labels: { a: 'b' } })
  t.match((await patch('*', { enableUpdateCreate: true, labels: { a: 'b' } })).data, { enableUpdateCreate: true, labels: { a: 'b' } })
  t.match(await refused(patch(undefined, { labels: {} })), { status: 400, error: { message: /updateMask/ } })
  t.match(await refused(patch('color', {})), { status: 400 })
  t.match(await refused(patch('disableReferentialIntegrity', { disableReferentialIntegrity: true })), {
    status: 400,
    error: { message: /cannot be changed/ }
  })
  t.match(await refused(patch('version', { version: 'STU3' })), { status: 400 })
  t.match(await refused(patch('labels', { labels: { Big: 'x' } })), { status: 400 })
  t.match(await refused(patch('labels', { labels: { a: 'X' } })), { status: 400 })
  t.match(await refused(patch('labels', { labels: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`l${n}`, ''])) })), {
    status: 400
  })
  t.match(await refused(stores.patch({ name: `${STORE}x`, updateMask: 'labels', requestBody: {} })), { status: 404 })
})

t.test('stores are listed by pages, filtered by labels', async (t) => {
  for (const id of ['c', 'b', 'e'])
    await stores.create({ parent: DATASET, fhirStoreId: id, requestBody: { version: 'R4', labels: { kind: id } } })
  t.same(
    (await stores.list({ parent: DATASET, pageSize: 10, filter: 'labels.a=b' })).data.fhirStores?.map(({ name }) => name),
    [STORE]
  )
  t.same((await stores.list({ parent: DATASET, filter: 'labels.a="b" AND labels.kind:*' })).data, {})
  const names: Array<string | null | undefined> = []
  let pageToken: string | undefined
  do {
    const { data } = await stores.list({ parent: DATASET, pageSize: 3, ...(pageToken === undefined ? {} : { pageToken }) })
    names.push(...(data.fhirStores ?? []).map(({ name }) => name))
    pageToken = data.nextPageToken ?? undefined
  } while (pageToken !== undefined)
  t.same(
    names,
    ['b', 'c', 'e', 'f'].map((id) => `${DATASET}/fhirStores/${id}`)
  )
  t.match(await refused(stores.list({ parent: DATASET, filter: 'name=f' })), { status: 400 })
  t.match(await refused(stores.list({ parent: DATASET, pageSize: -1 })), { status: 400 })
  t.match(await refused(stores.list({ parent: `${DATASET}x` })), { status: 404 })
})

t.test('a store that was deleted and made again is empty', async (t) => {
  const name = `${DATASET}/fhirStores/c`
  const open = await built.twin!.open(name)
  await open!.service.create({ subject: 'test', role: 'administrator' }, 'Patient', '{"resourceType":"Patient"}')
  t.same(
    (await stores.getFHIRStoreMetrics({ name })).data.metrics?.map(({ resourceType, count }) => [resourceType, count]),
    [['Patient', '1']]
  )
  t.same((await stores.delete({ name })).data, {})
  t.equal(await built.twin!.open(name), undefined)
  await stores.create({ parent: DATASET, fhirStoreId: 'c', requestBody: { version: 'R4' } })
  t.same((await stores.getFHIRStoreMetrics({ name })).data, { name })
})

t.test('getFHIRStoreMetrics gives counts and sizes as text', async (t) => {
  const { service } = (await built.twin!.open(STORE))!
  for (let n = 0; n < 3; n++) await service.create({ subject: 'test', role: 'administrator' }, 'Patient', '{"resourceType":"Patient"}')
  const { data } = await stores.getFHIRStoreMetrics({ name: STORE })
  t.equal(data.name, STORE)
  t.match(data.metrics, [{ resourceType: 'Patient', count: '3', structuredStorageSizeBytes: /^[1-9]\d+$/ }])
})

t.test('policies: an etag guards them against others', async (t) => {
  const { data: empty } = await stores.getIamPolicy({ resource: STORE })
  t.same(empty, { etag: 'ACAB' })
  t.match((await stores.setIamPolicy({ resource: STORE, requestBody: { policy: { bindings: [] } } })).data, { etag: /./ })
  const bindings = [{ role: 'roles/healthcare.fhirResourceReader', members: ['user:ada@example.org'] }]
  const { data: set } = await stores.setIamPolicy({ resource: STORE, requestBody: { policy: { bindings } } })
  t.same(set.bindings, bindings)
  t.same((await stores.getIamPolicy({ resource: STORE, 'options.requestedPolicyVersion': 3 })).data, set)
  t.match(await refused(stores.setIamPolicy({ resource: STORE, requestBody: { policy: { bindings: [], etag: empty.etag! } } })), {
    status: 409,
    error: { status: 'ABORTED' }
  })
  t.match((await stores.setIamPolicy({ resource: STORE, requestBody: { policy: { bindings: [], etag: set.etag! } } })).data, {
    bindings: undefined
  })
  for (const policy of [
    { bindings: [{ role: 'reader', members: ['user:a@b'] }] },
    { bindings: [{ role: 'roles/viewer', members: ['ada'] }] },
    { version: 2 },
    { version: 1, bindings: [{ role: 'roles/viewer', members: ['user:a@b'], condition: { expression: 'true' } }] }
  ])
    t.match(await refused(stores.setIamPolicy({ resource: STORE, requestBody: { policy } })), { status: 400 })
  t.match(await refused(stores.getIamPolicy({ resource: `${STORE}x` })), { status: 404 })
  t.match((await datasets.setIamPolicy({ resource: DATASET, requestBody: { policy: { bindings } } })).data, { bindings })
  t.match((await datasets.getIamPolicy({ resource: DATASET })).data, { bindings })
})

t.test('testIamPermissions gives those that the caller has', async (t) => {
  const permissions = ['healthcare.fhirResources.get', 'healthcare.fhirStores.import', 'storage.objects.get']
  t.same((await stores.testIamPermissions({ resource: STORE, requestBody: { permissions } })).data, {
    permissions: permissions.slice(0, 2)
  })
  t.match(await refused(stores.testIamPermissions({ resource: STORE, requestBody: { permissions: ['healthcare.*'] } })), { status: 400 })
})

t.test('operations are listed, filtered by done; an unknown one is 404', async (t) => {
  const { data } = await datasets.operations.list({ name: DATASET, filter: 'done=true' })
  t.equal(data.operations?.length, 1)
  t.same((await datasets.operations.list({ name: DATASET, filter: 'done=false' })).data, {})
  t.match(await refused(datasets.operations.list({ name: DATASET, filter: 'x' })), { status: 400 })
  const name = data.operations![0]!.name!
  t.same((await datasets.operations.cancel({ name, requestBody: {} })).data, {})
  t.equal((await datasets.operations.get({ name })).data.metadata!['cancelRequested'], undefined)
  t.match(await refused(datasets.operations.get({ name: `${DATASET}/operations/123` })), { status: 404, error: { status: 'NOT_FOUND' } })
  t.match(await refused(datasets.operations.cancel({ name: `${DATASET}/operations/123`, requestBody: {} })), { status: 404 })
})

t.test("the server's own store is there, can be changed at its door, and not be deleted", async (t) => {
  t.same((await stores.get({ name: OWN })).data, { name: OWN, version: 'R4', enableUpdateCreate: true, disableReferentialIntegrity: true })
  const { data } = await stores.patch({ name: OWN, updateMask: 'labels', requestBody: { labels: { main: '' } } })
  t.same(data.labels, { main: '' })
  t.match(await refused(stores.delete({ name: OWN })), { status: 400, error: { status: 'FAILED_PRECONDITION' } })
  t.match(await refused(datasets.delete({ name: OWN.replace(/\/fhirStores.*/, '') })), {
    status: 400,
    error: { status: 'FAILED_PRECONDITION' }
  })
})

t.test('what is not imitated says so: 501 UNIMPLEMENTED', async (t) => {
  const said = { status: 501, error: { code: 501, status: 'UNIMPLEMENTED' } }
  const requestBody = { destinationStore: `${STORE}2`, config: { fhir: {} } }
  t.match(await refused(stores.deidentify({ sourceStore: STORE, requestBody })), said)
  t.match(await refused(datasets.deidentify({ sourceDataset: DATASET, requestBody: {} })), said)
  t.match(
    await refused(stores.rollback({ name: STORE, requestBody: { rollbackTime: '2024-01-01T00:00:00Z', resultGcsBucket: 'gs://b' } })),
    said
  )
  t.match(await refused(stores.applyConsents({ name: STORE, requestBody: {} })), said)
  t.match(await refused(stores.applyAdminConsents({ name: STORE, requestBody: {} })), said)
  t.match(await refused(stores.explainDataAccess({ name: STORE, resourceId: 'Patient/1' })), said)
  t.match(await refused(datasets.dicomStores.list({ parent: DATASET })), said)
  t.match(await refused(datasets.hl7V2Stores.get({ name: `${DATASET}/hl7V2Stores/h` })), said)
  t.match(await refused(datasets.consentStores.create({ parent: DATASET, consentStoreId: 'c', requestBody: {} })), said)
})

t.test('only administrators and systems without scopes may manage; nobody without a token', async (t) => {
  const get = (headers: Record<string, string>) => fetch(`${rootUrl}/v1/${STORE}`, { headers })
  const nobody = await get({})
  t.equal(nobody.status, 401)
  t.match(await nobody.json(), { error: { code: 401, status: 'UNAUTHENTICATED' } })
  for (const role of ['physician', 'patient', 'analyst', 'auditor', 'front-desk']) {
    const answer = await get({ authorization: `Bearer ${built.token(role)}` })
    t.equal(answer.status, 403, role)
    t.match(await answer.json(), { error: { code: 403, status: 'PERMISSION_DENIED' } })
  }
  t.equal((await get({ authorization: `Bearer ${built.token('system')}` })).status, 200)
  t.equal((await get({ authorization: `Bearer ${built.token('system', { scope: 'system/Patient.rs' })}` })).status, 403)
})

t.test('validationConfig takes effect, after a patch, too', async (t) => {
  const requestBody = { version: 'R4', validationConfig: { disableProfileValidation: true, disableRequiredFieldValidation: true } }
  const { data } = await stores.create({ parent: DATASET, fhirStoreId: 'checks', requestBody })
  const create = async (resource: object) =>
    (await fetch(`${rootUrl}/v1/${data.name}/fhir/Observation`, { method: 'POST', headers, body: JSON.stringify(resource) })).status
  const headers = { authorization: `Bearer ${built.token()}`, 'content-type': 'application/fhir+json' }
  const bare = { resourceType: 'Observation' }
  t.equal(await create(bare), 201)
  await stores.patch({ name: data.name!, updateMask: 'validationConfig', requestBody: {} })
  t.equal(await create(bare), 400)
  const made = { resourceType: 'Observation', status: 'final', code: { text: 'x' }, valueQuantity: { value: 1, code: 'mg' } }
  t.equal(await create(made), 201)
  await stores.patch({
    name: data.name!,
    updateMask: 'validationConfig.enabledImplementationGuides',
    requestBody: { validationConfig: { enabledImplementationGuides: ['http://example.org/ig'] } }
  })
  t.equal(await create(made), 400, 'a code of a quantity needs a system: qty-3')
})

t.test("roles whose sight depends on who they are stay in the server's own store", async (t) => {
  const read = async (store: string, role: string, more: object = {}) =>
    (await fetch(`${rootUrl}/v1/${store}/fhir/Patient/none`, { headers: { authorization: `Bearer ${built.token(role, more)}` } })).status
  for (const [role, more] of [
    ['physician', { fhirUser: 'Practitioner/1' }],
    ['patient', { fhirUser: 'Patient/1' }],
    ['system', { scope: 'patient/*.rs', patient: '1' }]
  ] as const) {
    t.equal(await read(STORE, role, more), 403, role)
    t.not(await read(OWN, role, more), 200, role)
  }
  t.equal(await read(STORE, 'analyst'), 404)
  t.equal(await read(STORE, 'system', { scope: 'system/Patient.rs' }), 404)
})

t.test('what is no address of the API is 404 in its form, and so is what is malformed', async (t) => {
  const headers = { authorization: `Bearer ${built.token()}`, 'content-type': 'application/json' }
  const ask = async (method: string, path: string, body?: string) => {
    const answer = await fetch(`${rootUrl}/v1/${path}`, { method, headers, ...(body === undefined ? {} : { body }) })
    return { status: answer.status, type: answer.headers.get('content-type'), error: ((await answer.json()) as { error: object }).error }
  }
  t.match(await ask('GET', 'nothing'), { status: 404, type: /^application\/json/, error: { code: 404, status: 'NOT_FOUND' } })
  t.match(await ask('POST', `${STORE}:explode`, '{}'), { status: 404 })
  t.match(await ask('GET', `${STORE}:explode`), { status: 404 })
  t.match(await ask('DELETE', `${STORE}:explode`), { status: 404 })
  t.match(await ask('GET', `projects/example.org:p/locations/l/datasets`), { status: 200 })
  t.match(await ask('GET', `${DATASET}/fhirStores/a%2Fb`), { status: 400 })
  t.match(await ask('POST', `${DATASET}/fhirStores?fhirStoreId=x`, '{'), { status: 400, error: { status: 'INVALID_ARGUMENT' } })
  t.match(await ask('POST', `${DATASET}/fhirStores?fhirStoreId=x&color=red`, '{"version":"R4"}'), {
    status: 400,
    error: { message: /color/ }
  })
})
