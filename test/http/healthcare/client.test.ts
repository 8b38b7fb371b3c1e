/** Every recorded FHIR request of @googleapis/healthcare, made by the client itself and answered as the reference says. */
import t from 'tap'
import { patient } from '../../helper.js'
import { google } from './google.js'

const FHIR_JSON = 'application/fhir+json;charset=utf-8'
const JSON_TYPE = { headers: { 'Content-Type': 'application/fhir+json' } }

// biome-ignore lint/suspicious/noExplicitAny: the client types every answer as HttpBody
type Any = any

const statusOf = (asked: Promise<{ status: number }>): Promise<number> =>
  asked.then(
    ({ status }) => status,
    ({ status }) => status
  )

t.test("Google's client, unmodified", async (t) => {
  const { client, store, rootUrl, token } = await google(t)
  const { fhir } = client.projects.locations.datasets.fhirStores
  const name = (path: string) => `${store}/fhir/${path}`
  const asJson = { responseType: 'json' } as const
  const base = `${rootUrl}v1/${store}/fhir`
  const create = async (more: object = {}): Promise<Any> => {
    const { data } = await fhir.create({ parent: store, type: 'Patient', requestBody: patient(more) }, asJson)
    return data
  }

  t.test('create: 201, Location of the version, the resource as it is kept', async (t) => {
    const answer: Any = await fhir.create(
      { parent: store, type: 'Patient', requestBody: { ...patient(), id: 'mine' } as object },
      { ...JSON_TYPE, ...asJson }
    )
    t.equal(answer.status, 201)
    t.equal(answer.headers.get('content-type'), FHIR_JSON)
    const { id, meta } = answer.data
    t.not(id, 'mine')
    t.equal(answer.headers.get('etag'), `W/"${meta.versionId}"`)
    t.equal(answer.headers.get('location'), `${base}/Patient/${id}/_history/${meta.versionId}`)
    t.match(meta.lastUpdated, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/)
    const nanos = Buffer.from(meta.versionId, 'base64').toString()
    t.match(nanos, /^\d{16}000$/)
    t.equal(Number(nanos.slice(0, -6)), Date.parse(meta.lastUpdated))
    t.equal(nanos.slice(-6, -3), meta.lastUpdated.slice(23, 26))
    const plain: Any = await fhir.create({ parent: store, type: 'Patient', requestBody: patient() })
    t.equal(plain.status, 201, 'application/json is taken, too')
    t.equal(JSON.parse(await plain.data.text()).resourceType, 'Patient', 'and the answer is a Blob, as from Google')
  })

  t.test('create with If-None-Exist: what is there is not made again', async (t) => {
    const headers = { 'Content-Type': 'application/fhir+json', 'If-None-Exist': 'identifier=sys|1', Prefer: 'return=minimal' }
    const requestBody = patient({ identifier: [{ system: 'sys', value: '1' }] })
    const first = await fhir.create({ parent: store, type: 'Patient', requestBody }, { headers })
    const again = await fhir.create({ parent: store, type: 'Patient', requestBody }, { headers })
    t.same([first.status, again.status], [201, 200])
    t.equal((again.headers as Any).get('location'), (first.headers as Any).get('location'))
  })

  t.test('read: as Blob, JSON, text, bytes and stream; 304', async (t) => {
    const { id, meta } = await create()
    const of = { name: name(`Patient/${id}`) }
    const blob: Any = await fhir.read(of)
    t.equal(JSON.parse(await blob.data.text()).id, id)
    t.equal(((await fhir.read(of, asJson)).data as Any).id, id)
    const text: Any = await fhir.read(of, { responseType: 'text' })
    t.ok(text.data.startsWith('{"birthDate":"1970-02-03","gender":"female","id":'), 'members are in the order of the alphabet')
    const bytes: Any = await fhir.read(of, { responseType: 'arraybuffer' })
    t.equal(Buffer.from(bytes.data).toString(), text.data)
    const pieces: Buffer[] = []
    for await (const piece of (await fhir.read(of, { responseType: 'stream' })).data as Any) pieces.push(Buffer.from(piece))
    t.equal(Buffer.concat(pieces).toString(), text.data)
    const unchanged = await fhir.read(of, { headers: { 'If-None-Match': `W/"${meta.versionId}"` } })
    t.equal(unchanged.status, 304)
  })

  t.test('update, vread, history, purge', async (t) => {
    const before = await create()
    const { id } = before
    const etag = `W/"${before.meta.versionId}"`
    const change = (headers: object) =>
      fhir.update({ name: name(`Patient/${id}`), requestBody: patient({ id, active: true }) }, { headers: headers as Any, ...asJson })
    const after: Any = (await change({ 'If-Match': etag })).data
    t.equal(after.active, true)
    t.equal(await statusOf(change({ 'If-Match': etag })), 412)
    const old: Any = await fhir.vread({ name: name(`Patient/${id}/_history/${before.meta.versionId}`) }, asJson)
    t.same(old.data, before)
    t.equal(await statusOf(fhir.vread({ name: name(`Patient/${id}/_history/MTY`) })), 404)
    const all: Any = await fhir.history({ name: name(`Patient/${id}`), _count: 1 }, asJson)
    t.match(all.data, { type: 'history', entry: [{ resource: after }] })
    const next = new URL(all.data.link.find((one: Any) => one.relation === 'next').url).searchParams.get('_page_token')!
    const rest: Any = await fhir.history({ name: name(`Patient/${id}`), _count: 1, _page_token: next }, asJson)
    t.same(rest.data.entry[0].resource, before)
    t.equal((await fhir.ResourcePurge({ name: name(`Patient/${id}`) })).status, 200)
    const left: Any = await fhir.history({ name: name(`Patient/${id}`), _since: '2024-01-01T00:00:00Z' }, asJson)
    t.same(
      left.data.entry.map((one: Any) => one.resource),
      [after]
    )
  })

  t.test('vread of a deletion, and of what was there before', async (t) => {
    const { id, meta } = await create()
    await fhir.delete({ name: name(`Patient/${id}`) })
    const { data }: Any = await fhir.history({ name: name(`Patient/${id}`) }, asJson)
    const [gone, made] = data.entry
    t.match([gone.request.method, gone.resource, made.resource.id], ['DELETE', undefined, id])
    const version = /"(.+)"/.exec(gone.response.etag)![1]
    t.equal(await statusOf(fhir.vread({ name: name(`Patient/${id}/_history/${version}`) })), 410)
    t.equal(await statusOf(fhir.vread({ name: name(`Patient/${id}/_history/${meta.versionId}`) })), 200)
  })

  t.test('patch: an array, a string, and an array that the client calls application/json', async (t) => {
    const { id } = await create()
    const patch = (requestBody: Any, headers: object = { 'Content-Type': 'application/json-patch+json' }) =>
      fhir.patch({ name: name(`Patient/${id}`), requestBody }, { headers: headers as Any, ...asJson })
    const to = (value: boolean) => [{ op: 'add', path: '/active', value }]
    t.equal(((await patch(to(true))).data as Any).active, true)
    t.equal(((await patch(JSON.stringify(to(false)))).data as Any).active, false)
    t.equal(((await patch(to(true), { 'Content-Type': 'application/json' })).data as Any).active, true)
  })

  t.test('conditionalUpdate, conditionalPatch, conditionalDelete', async (t) => {
    const { id } = await create({ identifier: [{ system: 'sys', value: 'c' }] })
    const select = { parent: store, type: 'Patient', identifier: 'sys|c' }
    const updated: Any = await fhir.conditionalUpdate(
      { ...select, requestBody: patient({ identifier: [{ system: 'sys', value: 'c' }], active: true }) },
      asJson
    )
    t.match([updated.status, updated.data], [200, { id, active: true }])
    const patched: Any = await fhir.conditionalPatch(
      { ...select, requestBody: [{ op: 'replace', path: '/active', value: false }] as Any },
      { headers: { 'Content-Type': 'application/json-patch+json' }, ...asJson }
    )
    t.equal(patched.data.active, false)
    t.equal((await fhir.conditionalDelete(select)).status, 200)
    t.equal((await fhir.conditionalDelete(select)).status, 200, 'nothing is left to be deleted')
    t.equal(await statusOf(fhir.read({ name: name(`Patient/${id}`) })), 410)
    await create({ identifier: [{ system: 'sys', value: 'd' }] })
    await create({ identifier: [{ system: 'sys', value: 'd' }] })
    for (const method of ['conditionalUpdate', 'conditionalPatch', 'conditionalDelete'] as const) {
      const requestBody: Any = method === 'conditionalPatch' ? [{ op: 'test', path: '/id', value: 'x' }] : patient()
      const asked: Any = { parent: store, type: 'Patient', ...(method === 'conditionalDelete' ? {} : { requestBody }) }
      t.equal(await statusOf(fhir[method]({ ...asked, identifier: 'sys|d' })), 412, method)
      t.equal(await statusOf(fhir[method]({ ...asked, family: 'a' })), 400, `${method} by another parameter`)
    }
  })

  t.test('delete: 200 without a body, whether or not there was something', async (t) => {
    const { id } = await create()
    for (const one of [id, id, 'never-there']) {
      const answer: Any = await fhir.delete({ name: name(`Patient/${one}`) })
      t.equal(answer.status, 200)
      t.notOk(answer.data, 'no body')
    }
  })

  t.test('search and searchType: parameters in the query, a body that counts for little', async (t) => {
    const { id } = await create({ name: [{ family: 'Smith & Co' }], birthDate: '2005-01-01' })
    const ids = (answer: Any) => (answer.data.entry ?? []).map((one: Any) => one.resource.id)
    const here = { parent: store, resourceType: 'Patient' }
    const params: Any = { 'family:exact': 'Smith & Co', birthdate: ['ge2000', 'le2010'], _count: 5 }
    t.same(ids(await fhir.search({ parent: store, ...params, requestBody: { resourceType: 'Patient' } } as Any, asJson)), [id])
    const found: Any = await fhir.searchType({ ...here, ...params, _include: 'Patient:organization' } as Any, asJson)
    t.same(ids(found), [id])
    t.equal(found.data.total, 1)
    t.same(
      found.data.link.map((one: Any) => one.relation),
      ['search', 'first', 'self']
    )
    t.equal(
      found.data.link[2].url,
      `${base}/Patient/?family%3Aexact=Smith%20%26%20Co&birthdate=ge2000&birthdate=le2010&_count=5&_include=Patient%3Aorganization`
    )
    t.same(ids(await fhir.searchType({ ...here, name: 'smith,co', _sort: '-_lastUpdated', requestBody: {} } as Any, asJson)), [id])
    t.same(ids(await fhir.searchType(here, { params: { name: 'smith' }, ...asJson })), [id])
    const get = { url: `${base}/Patient?name=smith`, method: 'GET', ...asJson } as const
    t.same(ids(await fhir.searchType(here, get)), [id])
    t.same(ids(await fhir.read({ name: name('Patient?name=smith&_count=2') }, asJson)), [id], 'read, abused')
  })

  t.test('executeBundle: transaction and batch', async (t) => {
    const { id } = await create()
    const entry = [
      { fullUrl: 'urn:uuid:7f6e6e4e-2d44-4c3d-9a6f-1b2c3d4e5f60', resource: patient(), request: { method: 'POST', url: 'Patient' } },
      {
        resource: {
          resourceType: 'Encounter',
          status: 'planned',
          class: { code: 'AMB' },
          subject: { reference: 'urn:uuid:7f6e6e4e-2d44-4c3d-9a6f-1b2c3d4e5f60' }
        },
        request: { method: 'POST', url: 'Encounter' }
      },
      { request: { method: 'DELETE', url: `Patient/${id}` } }
    ]
    const all: Any = await fhir.executeBundle(
      { parent: store, requestBody: { resourceType: 'Bundle', type: 'transaction', entry } as object },
      { headers: { 'Content-Type': 'application/fhir+json;charset=utf-8' }, ...asJson }
    )
    t.same(Object.keys(all.data), ['entry', 'resourceType', 'type'])
    t.equal(all.data.type, 'transaction-response')
    const [made, with_, gone] = all.data.entry.map((one: Any) => one.response)
    t.same([made.status, with_.status, gone.status], ['201 Created', '201 Created', '200 OK'])
    t.match(made.location, new RegExp(`^${base}/Patient/[^/]+/_history/`))
    t.equal(made.etag, `W/"${made.location.split('/').at(-1)}"`)
    t.match(made.lastModified, /\.\d{6}\+00:00$/)
    const patientId = made.location.split('/').at(-3)
    const encounter: Any = await fhir.read({ name: name(`Encounter/${with_.location.split('/').at(-3)}`) }, asJson)
    t.equal(encounter.data.subject.reference, `Patient/${patientId}`)
    const requests = [
      { request: { method: 'GET', url: `Patient/${patientId}` } },
      { request: { method: 'GET', url: 'Patient?name=a' } },
      { resource: { resourceType: 'Patient', encounter: 1 }, request: { method: 'POST', url: 'Patient' } }
    ]
    const batch: Any = await fhir.executeBundle(
      { parent: store, requestBody: { resourceType: 'Bundle', type: 'batch', entry: requests } as object },
      asJson
    )
    const [read, search, refused] = batch.data.entry
    t.match(read, { resource: { id: patientId }, response: { status: '200 OK' } })
    t.equal(search.response.status, '400 Bad Request', 'no search within a bundle')
    t.match(refused.response, { status: '400 Bad Request', outcome: { issue: [{ details: { text: 'unparseable_resource' } }] } })
    for (const type of ['transaction', 'batch'])
      t.equal(
        (await fhir.executeBundle({ parent: store, requestBody: { resourceType: 'Bundle', type, entry: [] } as object })).status,
        200,
        type
      )
  })

  t.test('Patient-everything, in pages', async (t) => {
    const { id } = await create()
    const ids = [id]
    for (const day of ['2020-01-02', '2020-02-02', '2019-01-01']) {
      const requestBody = {
        resourceType: 'Encounter',
        status: 'finished',
        class: { code: 'AMB' },
        subject: { reference: `Patient/${id}` },
        period: { start: day, end: day }
      }
      const { data }: Any = await fhir.create({ parent: store, type: 'Encounter', requestBody: requestBody as object }, asJson)
      ids.push(data.id)
    }
    const page = async (more: object): Promise<Any> => (await fhir.PatientEverything({ name: name(`Patient/${id}`), ...more }, asJson)).data
    const idsOf = (data: Any) => (data.entry ?? []).map((one: Any) => one.resource.id)
    t.same(idsOf(await page({})).sort(), [...ids].sort())
    t.same(idsOf(await page({ start: '2020-01-01', _type: 'Observation,Encounter' })).sort(), ids.slice(1, 3).sort())
    const seen: string[] = []
    let token: string | undefined
    do {
      const data = await page({ _count: 2, ...(token === undefined ? {} : { _page_token: token }) })
      seen.push(...idsOf(data))
      const next = data.link.find((one: Any) => one.relation === 'next')
      token = next === undefined ? undefined : new URL(next.url).searchParams.get('_page_token')!
    } while (token !== undefined)
    t.same([...new Set(seen)].sort(), [...ids].sort())
  })

  t.test('Resource-validate, capabilities', async (t) => {
    const bad: Any = await fhir.ResourceValidate(
      { parent: store, type: 'Patient', requestBody: patient({ gender: 'x' }) },
      { ...JSON_TYPE, ...asJson }
    )
    t.match(bad.data, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', expression: ['Patient.gender'] }] })
    const unknown = { parent: store, type: 'Patient', profile: 'http://example.org/none', requestBody: patient() }
    t.ok((await statusOf(fhir.ResourceValidate(unknown))) >= 400, 'a profile that is not in the store')
    const parameters = { resourceType: 'Parameters', parameter: [{ name: 'resource', resource: patient() }] }
    t.equal(await statusOf(fhir.ResourceValidate({ parent: store, type: 'Patient', requestBody: parameters as object })), 400)
    const { data }: Any = await fhir.capabilities({ name: store }, asJson)
    t.match(data, { resourceType: 'CapabilityStatement', fhirVersion: '4.0.1', implementation: { url: base } })
  })

  t.test('Binary: content as it is, read as it is and as FHIR JSON', async (t) => {
    const png = { headers: { 'Content-Type': 'image/png' } }
    const made: Any = await fhir.BinaryCreate({ parent: store, requestBody: 'PNGDATA' as Any }, png)
    t.equal(made.status, 201)
    t.notOk(made.data, 'without a body')
    const path = made.headers.get('location').slice(base.length + 1)
    const [, id, , version] = path.split('/')
    const raw: Any = await fhir.BinaryRead({ name: name(`Binary/${id}`) }, { headers: { Accept: 'image/png' }, responseType: 'text' })
    t.same([raw.headers.get('content-type'), raw.data], ['image/png', 'PNGDATA'])
    const whole: Any = await fhir.BinaryRead({ name: name(`Binary/${id}`) }, { headers: { Accept: 'application/fhir+json' }, ...asJson })
    t.match(whole.data, { resourceType: 'Binary', contentType: 'image/png', data: Buffer.from('PNGDATA').toString('base64') })
    const changed: Any = await fhir.BinaryUpdate({ name: name(`Binary/${id}`), requestBody: Buffer.from([1, 2, 3]) as Any }, png)
    t.equal(changed.status, 200)
    t.match(changed.headers.get('location'), new RegExp(`/Binary/${id}/_history/`))
    const old: Any = await fhir.BinaryVread(
      { name: name(`Binary/${id}/_history/${version}`) },
      { headers: { Accept: 'image/png' }, responseType: 'text' }
    )
    t.equal(old.data, 'PNGDATA')
    const prefer = { headers: { ...png.headers, Prefer: 'return=representation' } }
    t.equal(await statusOf(fhir.BinaryCreate({ parent: store, requestBody: 'x' as Any }, prefer)), 400)
  })

  t.test('errors: an OperationOutcome, as Blob or as JSON', async (t) => {
    const of = { name: name('Patient/nobody') }
    const blob: Any = await fhir.read(of).catch((error) => error)
    t.equal(blob.status, 404)
    const outcome = {
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: 'not-found', details: { text: 'resource_not_found' } }]
    }
    t.match(JSON.parse(await blob.response.data.text()), outcome)
    const json: Any = await fhir.read(of, asJson).catch((error) => error)
    t.match(json.response.data, outcome)
  })

  t.test('without a token, and with one that only looks like one', async (t) => {
    for (const headers of [{}, { authorization: 'Bearer nonsense' }] as Array<Record<string, string>>)
      t.equal((await fetch(`${base}/Patient/x`, { headers })).status, 401)
    t.equal(
      (await fetch(`${base}/Patient/x`, { method: 'HEAD', headers: { authorization: `Bearer ${token()}` } })).status >= 400,
      true,
      'no HEAD'
    )
  })
})
