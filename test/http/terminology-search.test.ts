import t from 'tap'
import { build, observation, patient } from '../helper.js'

const SYSTEM = 'urn:animals'
const animals = {
  resourceType: 'CodeSystem',
  id: 'animals',
  url: SYSTEM,
  status: 'active',
  content: 'complete',
  concept: [{ code: 'mammal', concept: [{ code: 'dog', concept: [{ code: 'pug' }] }, { code: 'cat' }] }, { code: 'bird' }]
}
const canines = {
  resourceType: 'ValueSet',
  id: 'canines',
  url: 'http://example.org/ValueSet/canines',
  status: 'active',
  compose: { include: [{ system: SYSTEM, filter: [{ property: 'concept', op: 'is-a', value: 'dog' }] }] }
}

t.test('token searches by value set and hierarchy', async (t) => {
  const server = await build(t)
  await server.ask('PUT', '/fhir/CodeSystem/animals', { body: animals })
  await server.ask('PUT', '/fhir/ValueSet/canines', { body: canines })
  await server.ask('PUT', '/fhir/Patient/p', { body: patient({ id: 'p' }) })
  const coded = (id: string, ...coding: object[]) =>
    server.ask('PUT', `/fhir/Observation/${id}`, {
      body: { ...observation('p', '2020-01-01'), id, code: coding.length > 0 ? { coding } : { text: 'x' } }
    })
  for (const code of ['mammal', 'dog', 'pug', 'cat', 'bird']) await coded(code, { system: SYSTEM, code })
  await coded('other', { system: 'urn:other', code: 'dog' })
  await coded('both', { system: 'urn:other', code: 'x' }, { system: SYSTEM, code: 'pug' })
  await coded('none')

  const found = async (query: string): Promise<string[]> => {
    const { json } = await server.ask('GET', `/fhir/Observation?_count=100&${query}`)
    if (json.resourceType !== 'Bundle') throw new Error(JSON.stringify(json))
    return (json.entry ?? []).map((entry: { resource: { id: string } }) => entry.resource.id).sort()
  }
  t.same(await found(`code:in=${canines.url}`), ['both', 'dog', 'pug'], 'by canonical')
  t.same(await found('code:in=ValueSet/canines'), ['both', 'dog', 'pug'], 'by reference')
  t.same(await found('code:in=http://localhost:80/fhir/ValueSet/canines'), ['both', 'dog', 'pug'], 'by absolute reference')
  t.same(await found(`code:not-in=${canines.url}`), ['bird', 'cat', 'mammal', 'none', 'other'])
  t.same(await found(`code:below=${SYSTEM}|dog`), ['both', 'dog', 'pug'])
  t.same(await found(`code:above=${SYSTEM}|dog`), ['dog', 'mammal'])
  t.same(await found(`code:below=${SYSTEM}|pug,${SYSTEM}|cat`), ['both', 'cat', 'pug'])
  t.same(
    await found('status:in=http://hl7.org/fhir/ValueSet/observation-status&code:in=ValueSet/canines'),
    ['both', 'dog', 'pug'],
    'a built-in value set'
  )

  const patients = await server.ask('GET', `/fhir/Patient?_has:Observation:patient:code:in=${canines.url}`)
  t.equal(patients.json.entry?.length, 1, 'inside a _has')

  await server.ask('PUT', '/fhir/ValueSet/canines', {
    body: { ...canines, compose: { include: [{ system: SYSTEM, concept: [{ code: 'bird' }] }] } }
  })
  t.same(await found(`code:in=${canines.url}`), ['bird'], 'what is uploaded counts at once')
  await server.ask('PUT', '/fhir/CodeSystem/animals', { body: { ...animals, concept: [{ code: 'dog', concept: [{ code: 'cat' }] }] } })
  t.same(await found(`code:below=${SYSTEM}|dog`), ['cat', 'dog'])

  for (const query of [
    'code:in=http://example.org/nothing',
    'code:in=http://hl7.org/fhir/ValueSet/ucum-units',
    'code:below=http://loinc.org|1',
    'code:below=dog'
  ]) {
    const { status, json } = await server.ask('GET', `/fhir/Observation?${query}`)
    t.equal(status, 400, query)
    t.match(json.issue[0], { code: 'value', details: { text: /code:(in|below)/ } })
  }
})

t.test('conditional writes may ask for value sets', async (t) => {
  const server = await build(t)
  await server.ask('PUT', '/fhir/ValueSet/canines', {
    body: { ...canines, compose: { include: [{ system: SYSTEM, concept: [{ code: 'dog' }] }] } }
  })
  const body = { ...observation('p', '2020-01-01'), code: { coding: [{ system: SYSTEM, code: 'dog' }] } }
  const headers = { 'if-none-exist': 'code:in=ValueSet/canines' }
  t.equal((await server.ask('POST', '/fhir/Observation', { body, headers })).status, 201)
  t.equal((await server.ask('POST', '/fhir/Observation', { body, headers })).status, 200)
})
