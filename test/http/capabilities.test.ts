import t from 'tap'
import { build } from '../helper.js'

interface Statement {
  readonly implementation: { readonly url: string }
  readonly rest: ReadonlyArray<{
    readonly resource: ReadonlyArray<{
      readonly type: string
      readonly interaction: ReadonlyArray<{ readonly code: string }>
      readonly searchParam: ReadonlyArray<{ readonly name: string; readonly type: string }>
    }>
  }>
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

t.test('every interaction that is claimed is answered, and no other', async (t) => {
  const { ask } = await build(t)
  const statement: Statement = (await ask('GET', '/fhir/metadata')).json
  const claimed = statement.rest[0]!.resource.find(({ type }) => type === 'Basic')!
    .interaction.map(({ code }) => code)
    .sort()
  t.strictSame(claimed, ['create', 'delete', 'read', 'search-type', 'update', 'vread'])
  const basic = { resourceType: 'Basic', code: { text: 'x' } }
  const { json } = await ask('POST', '/fhir/Basic', { body: basic })
  t.equal((await ask('GET', `/fhir/Basic/${json.id}`)).status, 200)
  t.equal((await ask('GET', `/fhir/Basic/${json.id}/_history/1`)).status, 200)
  t.equal((await ask('PUT', `/fhir/Basic/${json.id}`, { body: { ...basic, id: json.id } })).status, 200)
  t.equal((await ask('GET', '/fhir/Basic')).status, 200)
  t.equal((await ask('DELETE', `/fhir/Basic/${json.id}`)).status, 204)
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
      const answer = await ask('GET', `/fhir/${type}?${parameter.name}=${value[parameter.type]}`, {
        headers: { prefer: 'handling=strict' }
      })
      t.equal(answer.status, 200, `${type}?${parameter.name}`)
    }
  }
})
