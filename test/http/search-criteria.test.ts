/** What a search selects by, as clients send it. test/contract/search-criteria.ts has every case; here are the forms of the request. */
import t from 'tap'
import { build } from '../helper.js'

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

async function ward(t: Parameters<typeof build>[0]) {
  const { ask } = await build(t)
  const put = (type: string, id: string, more: object) =>
    ask('PUT', `/fhir/${type}/${id}`, { body: JSON.stringify({ resourceType: type, id, ...more }) })
  await put('Practitioner', 'd', { name: [{ family: "O'Hara" }] })
  await put('Patient', 'a', { name: [{ family: 'Ames' }], gender: 'female', generalPractitioner: [{ reference: 'Practitioner/d' }] })
  await put('Patient', 'b', { name: [{ family: 'Bell' }] })
  for (const [id, patient, value, code] of [
    ['o1', 'a', 5.4, 'mg'],
    ['o2', 'b', 0.0054, 'g']
  ] as const)
    await put('Observation', id, {
      status: 'final',
      code: { text: 'Dose', coding: [{ system: 'urn:c', code: 'x,y' }] },
      subject: { reference: `Patient/${patient}` },
      valueQuantity: { value, system: 'http://unitsofmeasure.org', code, unit: code }
    })
  const found = async (query: string) => {
    const { json, status } = await ask('GET', `/fhir/${query}`)
    return status === 200 ? (json.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id).sort() : status
  }
  return { ask, found }
}

t.test('chains, _has, modifiers, units and _filter in the address', async (t) => {
  const { found } = await ward(t)
  for (const [query, expected] of [
    ['Observation?subject:Patient.name=ames', ['o1']],
    ['Observation?patient.general-practitioner:Practitioner.family=ohara', ['o1']],
    ['Patient?_has:Observation:patient:value-quantity=gt5%7Chttp://unitsofmeasure.org%7Cmg', ['a', 'b']],
    ['Patient?gender:missing=true', ['b']],
    ['Patient?gender%3Anot=female', ['b']],
    ['Observation?code=x%5C,y', ['o1', 'o2']],
    ['Observation?code=x,y', []],
    ['Observation?code:text=dose&value-quantity=5400%7Chttp://unitsofmeasure.org%7Cug', ['o1', 'o2']],
    ['Observation?code-value-quantity=urn:c%7Cx%5C,y$5.4%7Chttp://unitsofmeasure.org%7Cmg', ['o1', 'o2']],
    ['Patient?_filter=family%20eq%20%22AMES%22%20or%20gender%20pr%20false', ['a', 'b']],
    ['Practitioner/d/Patient', ['a']]
  ] as const)
    t.strictSame(await found(query), expected, query)
})

t.test('what cannot be done is refused, never left out', async (t) => {
  const { ask } = await ward(t)
  for (const query of [
    'Patient?gender:exact=female',
    'Patient?birthdate:not=2000',
    'Patient?_has:Observation:code:status=final',
    'Patient?_has:Observation=x',
    'Patient?name.family=x',
    'Patient?_filter=name%20like%20x',
    'Patient?_query=x',
    'Encounter?location:below=1',
    'Observation?code-value-quantity=x'
  ]) {
    const { status, json } = await ask('GET', `/fhir/${query}`)
    t.equal(status, 400, query)
    t.equal(json.resourceType, 'OperationOutcome', query)
  }
})

t.test('chains in a form, and next links that keep them', async (t) => {
  const { ask } = await ward(t)
  const body = 'patient.name=ames,bell&_count=1'
  const { json } = await ask('POST', '/fhir/Observation/_search', { body, headers: FORM })
  t.equal(json.entry.length, 1)
  const next = json.link.find(({ relation }: { relation: string }) => relation === 'next').url as string
  t.match(next, 'patient.name=ames')
  const rest = await ask('GET', next.slice(next.indexOf('/fhir')))
  t.equal(rest.json.entry.length, 1)
  t.not(rest.json.entry[0].resource.id, json.entry[0].resource.id)
})
