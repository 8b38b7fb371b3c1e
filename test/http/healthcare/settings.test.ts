/** Settings of a FHIR store that FHIR methods obey; stores made and changed with Google's own client. */
import t from 'tap'
import { patient } from '../../helper.js'
import { google } from './google.js'

// biome-ignore lint/suspicious/noExplicitAny: the client types every answer as HttpBody
type Any = any

t.test('settings of FHIR stores', async (t) => {
  const { client, ask, settings } = await google(t)
  const { datasets } = client.projects.locations
  const { fhirStores } = datasets
  const parent = 'projects/p/locations/local/datasets/d'
  await datasets.create({ parent: 'projects/p/locations/local', datasetId: 'd', requestBody: {} })
  const make = async (id: string, more: object = {}): Promise<string> => {
    await fhirStores.create({ parent, fhirStoreId: id, requestBody: { version: 'R4', ...more } })
    return `/v1/${parent}/fhirStores/${id}/fhir`
  }
  const bundle = (type: string, method: string, url: string, resource: object) => ({
    resourceType: 'Bundle',
    type,
    entry: [{ resource, request: { method, url } }]
  })

  t.test('as they are by default', async (t) => {
    const fhir = await make('plain')
    const put = await ask('PUT', `${fhir}/Patient/mine`, { body: patient({ id: 'mine' }) })
    t.match([put.status, put.json], [405, { issue: [{ diagnostics: /enableUpdateCreate/ }] }], 'no client chooses an id')
    const transaction = await ask('POST', fhir, { body: bundle('transaction', 'PUT', 'Patient/mine', patient({ id: 'mine' })) })
    t.match([transaction.status, transaction.json], [405, { issue: [{ expression: ['Bundle.entry[0]'] }] }])
    const batch = await ask('POST', fhir, { body: bundle('batch', 'PUT', 'Patient/mine', patient({ id: 'mine' })) })
    t.match(batch.json.entry[0].response.status, /^405/)
    const chosen = await ask('PUT', `${fhir}/Patient?identifier=a`, { body: patient({ id: 'mine', identifier: [{ value: 'a' }] }) })
    t.equal(chosen.status, 405)
    const given = await ask('PUT', `${fhir}/Patient?identifier=a`, { body: patient({ identifier: [{ value: 'a' }] }) })
    t.equal(given.status, 201, 'an id of the server is as good as ever')
    t.equal((await ask('PUT', `${fhir}/Patient/${given.json.id}`, { body: patient({ id: given.json.id }) })).status, 200)
    const none = await ask('PUT', `${fhir}/Patient/mine`, { body: patient({ id: 'mine' }), headers: { 'if-none-match': '*' } })
    t.equal(none.status, 405)
    const within = bundle('transaction', 'PUT', 'Patient?identifier=none', patient({ id: 'mine', identifier: [{ value: 'none' }] }))
    t.equal((await ask('POST', fhir, { body: within })).status, 405, 'nor by a conditional update in a transaction')
    const reference = { resourceType: 'Encounter', status: 'planned', class: { code: 'AMB' }, subject: { reference: 'Patient/none' } }
    const dangling = await ask('POST', `${fhir}/Encounter`, { body: reference })
    t.match([dangling.status, dangling.json], [400, { issue: [{ details: { text: 'invalid_references' } }] }])
    const { json } = await ask('GET', `${fhir}/metadata`)
    t.match(json.rest[0].resource[0], { updateCreate: false, versioning: 'versioned', referencePolicy: ['literal', 'logical', 'enforced'] })
  })

  t.test('enableUpdateCreate, disableReferentialIntegrity', async (t) => {
    const fhir = await make('free', { enableUpdateCreate: true, disableReferentialIntegrity: true })
    t.equal((await ask('PUT', `${fhir}/Patient/mine`, { body: patient({ id: 'mine' }) })).status, 201)
    const reference = { resourceType: 'Encounter', status: 'planned', class: { code: 'AMB' }, subject: { reference: 'Patient/none' } }
    t.equal((await ask('POST', `${fhir}/Encounter`, { body: reference })).status, 201)
    t.equal((await ask('GET', `/fhir/Patient/mine`)).status, 404, 'stores know nothing of each other')
    t.equal((await ask('GET', `/v1/${settings.twinStore}/fhir/Patient/mine`)).status, 404)
    await fhirStores.patch({
      name: `${parent}/fhirStores/free`,
      updateMask: 'enableUpdateCreate',
      requestBody: { enableUpdateCreate: false }
    })
    t.equal((await ask('PUT', `${fhir}/Patient/other`, { body: patient({ id: 'other' }) })).status, 405, 'a patch counts at once')
  })

  t.test('disableResourceVersioning', async (t) => {
    const fhir = await make('current', { disableResourceVersioning: true, enableUpdateCreate: true })
    const first = await ask('PUT', `${fhir}/Patient/p`, { body: patient({ id: 'p' }) })
    const second = await ask('PUT', `${fhir}/Patient/p`, { body: patient({ id: 'p', active: true }) })
    t.not(second.headers['etag'], first.headers['etag'])
    for (const path of ['_history', `_history/${first.json.meta.versionId}`])
      t.equal((await ask('GET', `${fhir}/Patient/p/${path}`)).status, 400, path)
  })

  t.test('defaultSearchHandlingStrict', async (t) => {
    const fhir = await make('strict', { defaultSearchHandlingStrict: true })
    t.equal((await ask('GET', `${fhir}/Patient?nonsense=1`)).status, 400)
    t.equal((await ask('GET', `${fhir}/Patient?nonsense=1`, { headers: { prefer: 'handling=lenient' } })).status, 200)
  })

  t.test('names of 256 characters', async (t) => {
    const id = 'f'.repeat(256)
    const fhir = await make(id)
    const { status, headers } = await ask('POST', `${fhir}/Patient`, { body: patient() })
    t.equal(status, 201)
    const { pathname } = new URL(headers['location']!)
    t.equal((await ask('GET', pathname)).status, 200)
  })

  t.test('a store that is not there', async (t) => {
    const error: Any = await fhirStores.fhir
      .read({ name: `${parent}/fhirStores/none/fhir/Patient/p` }, { responseType: 'json' })
      .catch((thrown) => thrown)
    t.match(error.response.data, { error: { code: 404, status: 'NOT_FOUND', message: /fhirStores\/none/ } })
  })
})
