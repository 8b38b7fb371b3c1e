import t from 'tap'
import { type Answer, type Built, build } from '../helper.js'

type Statement = Pick<fhir4.CapabilityStatement, 'patchFormat'> & {
  readonly implementation: { readonly url: string }
  readonly rest: ReadonlyArray<
    Pick<fhir4.CapabilityStatementRest, 'interaction' | 'operation'> & {
      readonly resource: ReadonlyArray<
        fhir4.CapabilityStatementRestResource & {
          readonly interaction: ReadonlyArray<{ readonly code: string }>
          readonly searchParam: ReadonlyArray<{ readonly name: string; readonly type: string }>
        }
      >
    }
  >
}

t.test('the CapabilityStatement is valid R4, names every resource type and this server’s address', async (t) => {
  const { ask } = await build(t)
  const answer = await ask('GET', '/fhir/metadata', { token: false })
  t.match(answer.json, {
    resourceType: 'CapabilityStatement',
    fhirVersion: '4.0.1',
    kind: 'instance',
    format: ['application/fhir+json', 'json']
  })
  const statement: Statement = answer.json
  t.equal(statement.implementation.url, 'http://localhost:80/fhir')
  t.equal(statement.rest[0]!.resource.length, 146)
  t.equal((await ask('POST', '/fhir/CapabilityStatement', { body: answer.json })).status, 201, 'our own validator takes it')
  t.equal(
    (await ask('GET', '/fhir/metadata', { headers: { host: 'ward.example.org' } })).json.implementation.url,
    'http://ward.example.org/fhir'
  )
  t.equal(
    (await ask('GET', '/fhir/metadata', { token: false, headers: { accept: 'application/json' } })).headers['content-type'],
    'application/json; charset=utf-8'
  )
})

/** Asks for each interaction of a type, and says whether it was answered. */
const BASIC = { resourceType: 'Basic', code: { text: 'x' } }
const JSON_PATCH = { 'content-type': 'application/json-patch+json' }
const INTERACTIONS: Readonly<Record<string, (ask: Built['ask'], id: string) => Promise<Answer>>> = {
  read: (ask, id) => ask('GET', `/fhir/Basic/${id}`),
  vread: (ask, id) => ask('GET', `/fhir/Basic/${id}/_history/1`),
  update: (ask, id) => ask('PUT', `/fhir/Basic/${id}`, { body: { ...BASIC, id } }),
  patch: (ask, id) => ask('PATCH', `/fhir/Basic/${id}`, { body: '[]', headers: JSON_PATCH }),
  'history-instance': (ask, id) => ask('GET', `/fhir/Basic/${id}/_history`),
  'history-type': (ask) => ask('GET', '/fhir/Basic/_history'),
  create: (ask) => ask('POST', '/fhir/Basic', { body: BASIC }),
  'search-type': (ask) => ask('GET', '/fhir/Basic'),
  delete: (ask, id) => ask('DELETE', `/fhir/Basic/${id}`)
}

t.test('every interaction that is claimed is answered, and no other', async (t) => {
  const { ask } = await build(t)
  const statement: Statement = (await ask('GET', '/fhir/metadata')).json
  const claimed = statement.rest[0]!.resource.find(({ type }) => type === 'Basic')!.interaction.map(({ code }) => code)
  t.strictSame([...claimed].sort(), Object.keys(INTERACTIONS).sort())
  const { json } = await ask('POST', '/fhir/Basic', { body: BASIC })
  for (const [code, call] of Object.entries(INTERACTIONS)) {
    const { status } = await call(ask, json.id)
    t.ok(status >= 200 && status < 300, `${code}: ${status}`)
  }
  if (statement.rest[0]!.interaction?.some(({ code }) => code === 'history-system'))
    t.equal((await ask('GET', '/fhir/_history')).status, 200)
  else t.fail('history-system is claimed')
})

t.test('what is claimed of behaviour is so', async (t) => {
  const { ask } = await build(t)
  const statement: Statement = (await ask('GET', '/fhir/metadata')).json
  t.strictSame(statement.patchFormat, ['application/json-patch+json', 'application/fhir+json'])
  for (const resource of statement.rest[0]!.resource) {
    const { versioning, readHistory, updateCreate, conditionalCreate, conditionalRead, conditionalUpdate, conditionalDelete } = resource
    t.strictSame(
      { versioning, readHistory, updateCreate, conditionalCreate, conditionalRead, conditionalUpdate, conditionalDelete },
      {
        versioning: 'versioned',
        readHistory: true,
        updateCreate: true,
        conditionalCreate: true,
        conditionalRead: 'full-support',
        conditionalUpdate: true,
        conditionalDelete: 'multiple'
      },
      resource.type
    )
  }
  const identified = (more: object = {}) => ({ ...BASIC, identifier: [{ value: '1' }], ...more })
  const created = await ask('PUT', '/fhir/Basic/mine', { body: identified({ id: 'mine' }) })
  t.equal(created.status, 201, 'updateCreate')
  t.equal(created.json.meta.versionId, '1', 'versioned')
  const changed = identified({ code: { text: 'y' } })
  t.equal(
    (await ask('POST', '/fhir/Basic', { body: changed, headers: { 'if-none-exist': 'identifier=1' } })).status,
    200,
    'conditionalCreate'
  )
  t.equal((await ask('PUT', '/fhir/Basic?identifier=1', { body: changed })).json.meta.versionId, '2', 'conditionalUpdate')
  t.equal((await ask('GET', '/fhir/Basic/mine/_history/1')).json.code.text, 'x', 'readHistory')
  const { headers } = await ask('GET', '/fhir/Basic/mine')
  t.equal((await ask('GET', '/fhir/Basic/mine', { headers: { 'if-none-match': headers['etag']! } })).status, 304, 'conditionalRead')
  t.equal((await ask('GET', '/fhir/Basic/mine', { headers: { 'if-modified-since': headers['last-modified']! } })).status, 304)
  const operation = [{ op: 'replace', path: '/code/text', value: 'z' }]
  t.equal(
    (await ask('PATCH', '/fhir/Basic/mine', { body: JSON.stringify(operation), headers: JSON_PATCH })).json.code.text,
    'z',
    'JSON Patch'
  )
  const part = [
    { name: 'type', valueCode: 'replace' },
    { name: 'path', valueString: 'Basic.code.text' },
    { name: 'value', valueString: 'w' }
  ]
  const parameters = { resourceType: 'Parameters', parameter: [{ name: 'operation', part }] }
  t.equal((await ask('PATCH', '/fhir/Basic/mine', { body: parameters })).json.code.text, 'w', 'FHIRPath Patch')
  t.equal((await ask('DELETE', '/fhir/Basic?identifier=1')).status, 204, 'conditionalDelete')
  t.equal((await ask('GET', '/fhir/Basic/mine')).status, 410)
  for (const id of ['a', 'b']) await ask('PUT', `/fhir/Basic/${id}`, { body: identified({ id }) })
  t.equal((await ask('DELETE', '/fhir/Basic?identifier=1')).status, 204, 'conditionalDelete: multiple')
  for (const id of ['a', 'b']) t.equal((await ask('GET', `/fhir/Basic/${id}`)).status, 410)
})

t.test('every operation that is claimed is there at the places of its definition', async (t) => {
  const { ask } = await build(t)
  const { rest }: Statement = (await ask('GET', '/fhir/metadata')).json
  await ask('PUT', '/fhir/Basic/b', { body: { ...BASIC, id: 'b' } })
  const names = (operations: ReadonlyArray<{ readonly name: string }> = []) => operations.map(({ name }) => name)
  const basic = rest[0]!.resource.find(({ type }) => type === 'Basic')!
  for (const name of ['meta', 'meta-add', 'meta-delete']) t.ok(names(basic.operation).includes(name), name)
  t.ok(names(rest[0]!.operation).includes('meta'))
  for (const url of ['/fhir/$meta', '/fhir/Basic/$meta', '/fhir/Basic/b/$meta']) t.equal((await ask('GET', url)).status, 200, url)
  const body = { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'x' }] } }] }
  for (const name of ['meta-add', 'meta-delete']) t.equal((await ask('POST', `/fhir/Basic/b/$${name}`, { body })).status, 200, name)
})

t.test('HEAD is answered wherever GET is, with the same status and without a body', async (t) => {
  const { ask } = await build(t)
  await ask('PUT', '/fhir/Basic/b', { body: { ...BASIC, id: 'b' } })
  for (const path of [
    'metadata',
    'Basic',
    'Basic?code=x',
    'Basic/b',
    'Basic/none',
    'Basic/b/_history/1',
    'Basic/b/_history',
    'Basic/_history',
    '_history',
    'Basic/b/$meta',
    '$meta'
  ]) {
    const [get, head] = [await ask('GET', `/fhir/${path}`), await ask('HEAD', `/fhir/${path}`)]
    t.match(
      head,
      { status: get.status, text: '', headers: { 'content-type': get.headers['content-type'], etag: get.headers['etag'] } },
      path
    )
  }
})

t.test('every search parameter that is claimed is taken under strict handling', async (t) => {
  const { ask } = await build(t)
  const statement: Statement = (await ask('GET', '/fhir/metadata')).json
  const value: Record<string, string> = {
    date: '2100-01-01',
    number: '1',
    quantity: '1',
    reference: 'Patient/x',
    uri: 'http://x',
    token: 'x',
    string: 'x'
  }
  // The types that the mappings make: every parameter of each. The rest of the 146 types is made from the same table.
  const types = [
    'Patient',
    'Encounter',
    'Condition',
    'Observation',
    'Practitioner',
    'PractitionerRole',
    'Coverage',
    'Account',
    'Communication',
    'Task'
  ]
  for (const { type, searchParam } of statement.rest[0]!.resource.filter((resource) => types.includes(resource.type))) {
    t.ok(
      searchParam.some(({ name }) => name === '_id'),
      `${type} has _id`
    )
    for (const parameter of searchParam) {
      const last = /(quantity|date)$/.exec(parameter.name)?.[1] ?? 'token'
      const text = parameter.type === 'composite' ? `x$${value[last]}` : value[parameter.type]
      const answer = await ask('GET', `/fhir/${type}?${parameter.name}=${text}`, {
        headers: { prefer: 'handling=strict' }
      })
      t.equal(answer.status, 200, `${type}?${parameter.name}`)
    }
  }
})
