import t from 'tap'
import { build } from '../helper.js'

const ada = {
  resourceType: 'Patient',
  id: 'ada',
  identifier: [{ system: 'urn:hospital-a', value: '10006' }],
  name: [{ family: "O'Brien", given: ['Ada'] }],
  gender: 'female',
  birthDate: '1970-02-03',
  multipleBirthInteger: 1,
  telecom: [{ system: 'phone', value: '+1 555 0100 22' }],
  address: [{ line: ['1 Main Street'], city: 'Springfield', postalCode: '02115' }]
}
const twin = {
  ...ada,
  id: 'twin',
  identifier: [{ system: 'urn:hospital-a', value: '10007' }],
  name: [{ family: "O'Brien", given: ['Eve'] }],
  multipleBirthInteger: 2
}
const replaced = { ...ada, id: 'replaced', active: false, link: [{ type: 'replaced-by', other: { reference: 'Patient/ada' } }] }
const { id: _id, identifier: _identifier, ...elsewhere } = { ...ada, telecom: [{ system: 'phone', value: '5550100-22' }] }
const GRADE = 'http://hl7.org/fhir/StructureDefinition/match-grade'

const parameters = (resource: object, ...more: object[]) => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'resource', resource }, ...more]
})

t.test('Patient/$match', async (t) => {
  const server = await build(t)
  for (const body of [ada, twin, replaced]) await server.ask('PUT', `/fhir/Patient/${body.id}`, { body })
  const match = (body: object) => server.ask('POST', '/fhir/Patient/$match', { body })

  t.test('finds the same person sent by another hospital, with score and grade, and keeps the twin apart', async (t) => {
    for (const body of [elsewhere, parameters(elsewhere)]) {
      const { status, json } = await match(body)
      t.equal(status, 200)
      t.match(json, { resourceType: 'Bundle', type: 'searchset', total: 1 })
      const [best] = json.entry
      t.match(best.fullUrl, /\/fhir\/Patient\/ada$/)
      t.match(best.resource, ada)
      t.equal(best.search.mode, 'match')
      t.same(best.search.extension, [{ url: GRADE, valueCode: 'certain' }])
      t.ok(best.search.score > 0.95 && best.search.score <= 1, `score ${best.search.score}`)
    }
  })

  t.test('gives those that are possible, best first, as many as asked for', async (t) => {
    const { multipleBirthInteger, ...single } = elsewhere
    void multipleBirthInteger
    const all = (await match(single)).json
    t.same(
      all.entry.map((entry: { resource: { id: string } }) => entry.resource.id),
      ['ada', 'twin']
    )
    const scores = all.entry.map((entry: { search: { score: number } }) => entry.search.score)
    t.ok(scores[0] > scores[1])
    t.equal(all.entry[1].search.extension[0].valueCode, 'possible')
    t.equal((await match(parameters(single, { name: 'count', valueInteger: 1 }))).json.entry.length, 1)
  })

  t.test('with onlyCertainMatches gives the one certain match or none', async (t) => {
    const only = { name: 'onlyCertainMatches', valueBoolean: true }
    t.same(
      (await match(parameters(elsewhere, only))).json.entry.map((entry: { resource: { id: string } }) => entry.resource.id),
      ['ada']
    )
    await server.ask('PUT', '/fhir/Patient/again', {
      body: { ...ada, id: 'again', identifier: [{ system: 'urn:hospital-c', value: '1' }] }
    })
    const two = (await match(parameters(elsewhere, only))).json
    t.equal(two.total, 0)
    t.match(two.entry, [
      { resource: { resourceType: 'OperationOutcome', issue: [{ severity: 'information' }] }, search: { mode: 'outcome' } }
    ])
    await server.ask('DELETE', '/fhir/Patient/again')
  })

  t.test('finds by an identifier alone', async (t) => {
    const { json } = await match({ resourceType: 'Patient', identifier: [{ system: 'urn:hospital-a', value: '10007' }] })
    t.equal(json.entry[0].resource.id, 'twin')
    t.equal(json.entry[0].search.extension[0].valueCode, 'probable')
  })

  t.test('answers nobody with an empty searchset, and nothing to look for with 400', async (t) => {
    const nobody = await match({ resourceType: 'Patient', name: [{ family: 'Quill', given: ['Otto'] }], birthDate: '1941-11-29' })
    t.equal(nobody.status, 200)
    t.same(nobody.json, { resourceType: 'Bundle', type: 'searchset', total: 0 })
    t.equal((await match({ resourceType: 'Patient', gender: 'female' })).status, 400)
    t.equal((await match({ resourceType: 'Observation' })).status, 400)
    t.equal((await match(parameters(elsewhere, { name: 'count', valueInteger: -1 }))).status, 400)
  })
})
