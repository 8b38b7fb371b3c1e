import t from 'tap'
import { build, observation, patient } from '../../helper.js'

const URN = 'urn:uuid:4d2b2e0a-7a4e-4a55-9c3c-111111111111'

t.test('executeBundle under /v1', async (t) => {
  const { ask, settings } = await build(t)
  const fhir = `/v1/${settings.twinStore}/fhir`
  const run = (type: string, entry: readonly object[], headers = {}) =>
    ask('POST', fhir, { body: { resourceType: 'Bundle', type, entry }, headers })
  const post = (resource: object, more: object = {}) => ({
    resource,
    request: { method: 'POST', url: (resource as { resourceType: string }).resourceType, ...more }
  })
  const versionOf = async (id: string) => (await ask('GET', `${fhir}/Patient/${id}`)).json.meta.versionId as string

  t.test('a transaction resolves references by fullUrl and by identifier', async (t) => {
    const known = await ask('POST', `${fhir}/Patient`, { body: patient({ identifier: [{ system: 'sys', value: 'ref' }] }) })
    const { status, json } = await run('transaction', [
      { fullUrl: URN, ...post(patient()) },
      post({ ...observation('x', '2026-01-01'), subject: { reference: URN } }),
      post({ ...observation('x', '2026-01-01'), subject: { reference: 'Patient?identifier=sys|ref' } })
    ])
    t.equal(status, 200)
    const [made, ...observations] = json.entry.map((one: { response: { location: string } }) =>
      new URL(one.response.location).pathname.replace(/\/_history\/.*/, '')
    )
    const subjects = await Promise.all(observations.map(async (path: string) => (await ask('GET', path)).json.subject.reference))
    t.strictSame(subjects, [`Patient/${made.split('/').at(-1)}`, `Patient/${known.json.id}`])
  })

  t.test('a transaction that fails leaves nothing, and is answered by one OperationOutcome', async (t) => {
    const before = (await ask('GET', `${fhir}/Patient?_count=1`)).json.total
    const { status, json } = await run('transaction', [post(patient()), post({ resourceType: 'Observation', encounter: 1 })])
    t.equal(status, 400)
    t.match(json.issue, [
      { code: 'structure', details: { text: 'unparseable_resource' }, diagnostics: /^error at "entry\[1\]\.resource/, severity: 'error' }
    ])
    const unknown = await run('transaction', [
      post(patient()),
      post({ resourceType: 'Encounter', status: 'planned', class: { code: 'AMB' }, encounter: {} })
    ])
    t.match(unknown.json.issue[0].diagnostics, 'error at "entry[1].resource": unknown field "encounter"')
    t.equal((await ask('GET', `${fhir}/Patient?_count=1`)).json.total, before)
  })

  t.test('ifMatch and ifNoneExist', async (t) => {
    const identifier = [{ system: 'sys', value: 'once' }]
    const once = () => run('transaction', [post(patient({ identifier }), { ifNoneExist: 'identifier=sys|once' })])
    const [first, second] = [await once(), await once()]
    const [made, found] = [first, second].map(({ json }) => json.entry[0].response)
    t.strictSame([made.status, found.status, found.location], ['201 Created', '200 OK', made.location])
    const id = new URL(made.location).pathname.split('/').at(-3)!
    const put = (versionId: string, type = 'transaction') =>
      run(type, [
        { resource: patient({ id, active: true }), request: { method: 'PUT', url: `Patient/${id}`, ifMatch: `W/"${versionId}"` } }
      ])
    const current = await versionOf(id)
    t.equal((await put(current)).status, 200)
    t.equal((await put(current)).status, 412)
    t.match((await put(current, 'batch')).json.entry[0].response, {
      status: '412 Precondition Failed',
      outcome: { resourceType: 'OperationOutcome' }
    })
    t.match((await put(await versionOf(id), 'batch')).json.entry[0].response, { status: '200 OK' })
    for (const type of ['transaction', 'batch']) {
      const other = await run(type, [post(patient(), { ifNoneExist: 'family=a' })])
      t.equal(
        type === 'batch' ? other.json.entry[0].response.status : `${other.status} Bad Request`,
        '400 Bad Request',
        `${type}: by identifier alone`
      )
    }
  })

  t.test('conditional methods within a transaction: by identifier, of one resource, with its version', async (t) => {
    const identifier = [{ system: 'sys', value: 'twice' }]
    const { json: one } = await ask('POST', `${fhir}/Patient`, { body: patient({ identifier }) })
    const put = (more: object) => ({
      resource: patient({ identifier, active: true }),
      request: { method: 'PUT', url: 'Patient?identifier=sys|twice', ...more }
    })
    t.equal((await run('transaction', [put({ ifMatch: 'W/"MTY"' })])).status, 412)
    t.equal((await run('transaction', [put({ ifMatch: `W/"${one.meta.versionId}"` })])).status, 200)
    await ask('POST', `${fhir}/Patient`, { body: patient({ identifier }) })
    const remove = { request: { method: 'DELETE', url: 'Patient?identifier=sys|twice' } }
    const many = await run('transaction', [remove])
    t.match([many.status, many.json.issue[0].expression], [412, ['Bundle.entry[0]']])
    t.equal((await ask('GET', `${fhir}/Patient?identifier=sys|twice`)).json.total, 2)
  })

  t.test('of fifty simultaneous conditional creates and updates one creates', async (t) => {
    const body = patient({ identifier: [{ system: 'sys', value: 'race' }] })
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        n % 2 === 0
          ? ask('POST', `${fhir}/Patient`, { body, headers: { 'if-none-exist': 'identifier=sys|race' } })
          : ask('PUT', `${fhir}/Patient?identifier=sys|race`, { body })
      )
    )
    t.strictSame(answers.map(({ status }) => status).sort(), [...Array.from({ length: 49 }, () => 200), 201])
    t.equal((await ask('GET', `${fhir}/Patient?identifier=sys|race`)).json.total, 1)
  })

  t.test('Prefer: return=representation gives the resources, too', async (t) => {
    const { json } = await run('transaction', [post(patient())], { prefer: 'return=representation' })
    const [{ resource, response }] = json.entry
    t.equal(response.etag, `W/"${resource.meta.versionId}"`)
    t.strictSame(Object.keys(json.entry[0]), ['fullUrl', 'resource', 'response'])
    t.strictSame(Object.keys(response), ['etag', 'lastModified', 'location', 'status'])
  })

  t.test('no history bundles, no other resources', async (t) => {
    t.equal((await run('history', [])).status, 400)
    t.equal((await ask('POST', fhir, { body: patient() })).status, 400)
  })

  t.test('limits: 10 MiB a resource, 50 MiB a bundle', async (t) => {
    const note = (bytes: number) => patient({ extension: [{ url: 'urn:note', valueString: 'x'.repeat(bytes) }] })
    const large = 11 << 20
    t.equal((await ask('POST', `${fhir}/Patient`, { body: note(large) })).status, 413)
    const content = { body: Buffer.alloc(large), headers: { 'content-type': 'application/dicom' } }
    t.equal((await ask('POST', `${fhir}/Binary`, content)).status, 201, 'contents may be larger')
    t.match((await run('batch', [post(note(large)), post(patient())])).json.entry, [
      { response: { status: '400 Bad Request' } },
      { response: { status: '201 Created' } }
    ])
    t.equal((await run('transaction', [post(note(large))])).status, 400)
    t.equal((await ask('POST', fhir, { body: Buffer.alloc((50 << 20) + 1, 0x20) })).status, 413)
  })
})
