import t from 'tap'
import { conditionalReferences, glanceAt, readFhir } from '#wardbridge/ingest/fhir-entries.js'
import { normalQuery } from '#wardbridge/ingest/fhir-links.js'

const context = { makeId: (space: string, key: string) => `${space}-${key.length}`, conditional: new Map<string, string>() }
const bundle = (entry: unknown[], type = 'transaction'): string => JSON.stringify({ resourceType: 'Bundle', type, entry })
const read = (text: string, conditional = context.conditional) => readFhir(text, { ...context, conditional })

t.test('references to entries become Type/id wherever a reference or uri stands; everything else stays as it was', (t) => {
  const urn = 'urn:uuid:5a1f'
  const text = `{"resourceType":"Bundle","type":"transaction","entry":[
    {"fullUrl":"${urn}","resource":{"resourceType":"Patient","id":"p1", "identifier":[{"system":"urn:ietf:rfc:3986","value":"${urn}"}]}},
    {"fullUrl":"urn:uuid:q","resource":{"resourceType":"Observation","id":"o1","meta":{"versionId":"7","lastUpdated":"2020-01-01T00:00:00Z","tag":[{"code":"x"}]},
      "text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\"><a href=\\"${urn}\\">${urn}</a></div>"},
      "instantiatesUri":["${urn}"],
      "subject":{"reference":"${urn}","display":"${urn}"},"valueQuantity":{"value":1.50,"unit":"\\u00b5g"},
      "note":[{"text":"${urn}"}],
      "extension":[{"url":"http://a","valueUri":"${urn}"},{"url":"http://b","valueString":"${urn}"}],
      "contained":[{"resourceType":"Procedure","id":"c","status":"unknown","subject":{"reference":"${urn}"},"instantiatesUri":["${urn}"]}]}}]}`
  const { entries, faults } = read(text)
  t.same(faults, [])
  t.equal(entries[0]?.text, `{"resourceType":"Patient","id":"p1","identifier":[{"system":"urn:ietf:rfc:3986","value":"${urn}"}]}`)
  t.equal(
    entries[1]?.text,
    `{"resourceType":"Observation","id":"o1","meta":{"tag":[{"code":"x"}]},"text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\"><a href=\\"Patient/p1\\">${urn}</a></div>"},"instantiatesUri":["${urn}"],"subject":{"reference":"Patient/p1","display":"${urn}"},"valueQuantity":{"value":1.50,"unit":"\\u00b5g"},"note":[{"text":"${urn}"}],"extension":[{"url":"http://a","valueUri":"Patient/p1"},{"url":"http://b","valueString":"${urn}"}],"contained":[{"resourceType":"Procedure","id":"c","status":"unknown","subject":{"reference":"Patient/p1"},"instantiatesUri":["Patient/p1"]}]}`
  )
  t.end()
})

t.test('an id is kept, else named by the request, else by fullUrl, else made from fullUrl or content', (t) => {
  const { entries } = read(
    bundle([
      { fullUrl: 'http://a.org/fhir/Patient/x', resource: { resourceType: 'Patient', id: 'own' } },
      { fullUrl: 'urn:uuid:1', resource: { resourceType: 'Patient' }, request: { method: 'PUT', url: 'Patient/put' } },
      { fullUrl: 'http://a.org/fhir/Patient/full', resource: { resourceType: 'Patient' } },
      { fullUrl: 'urn:uuid:1234', resource: { resourceType: 'Patient' } },
      { resource: { resourceType: 'Patient', active: true } }
    ])
  )
  t.same(
    entries.map(({ id }) => id),
    [
      'own',
      'put',
      'full',
      `bundle-entry-${'["urn:uuid:1234"]'.length}`,
      `resource-${JSON.stringify(['{"resourceType":"Patient","active":true}']).length}`
    ]
  )
  t.match(entries[3]?.text, /^\{"resourceType":"Patient","id":"bundle-entry-17"\}$/)
  t.end()
})

t.test('a relative reference between entries of another server follows the id its target gets', (t) => {
  const { entries } = read(
    bundle([
      { fullUrl: 'http://a.org/fhir/Patient/1', resource: { resourceType: 'Patient', id: 'one' } },
      { fullUrl: 'http://a.org/fhir/Condition/2', resource: { resourceType: 'Condition', id: '2', subject: { reference: 'Patient/1' } } },
      {
        fullUrl: 'http://a.org/fhir/Condition/3',
        resource: {
          resourceType: 'Condition',
          id: '3',
          subject: { reference: 'http://a.org/fhir/Patient/1' },
          encounter: { reference: 'Encounter/9' }
        }
      }
    ])
  )
  t.match(entries[1]?.text, '"subject":{"reference":"Patient/one"}')
  t.match(entries[2]?.text, '"subject":{"reference":"Patient/one"},"encounter":{"reference":"Encounter/9"}')
  t.end()
})

t.test('conditional references are resolved by identifier when exactly one resource has it, else kept and named', (t) => {
  const practitioner = (id: string, value: string) => ({
    resource: { resourceType: 'Practitioner', id, identifier: [{ system: 'http://npi', value }] }
  })
  const asking = (...queries: string[]) => ({
    resource: { resourceType: 'CareTeam', id: 'c', participant: queries.map((reference) => ({ member: { reference } })) }
  })
  const document = read(
    bundle([
      practitioner('a', '1'),
      practitioner('b', '2'),
      practitioner('c', '2'),
      asking(
        'Practitioner?identifier=http://npi|1',
        'Practitioner?identifier=http%3A%2F%2Fnpi%7C1',
        'Practitioner?identifier=1',
        'Practitioner?identifier=http://npi|2',
        'Organization?identifier=x|9',
        'Practitioner?name=Ann'
      )
    ]),
    new Map([['Organization?identifier=x|9', 'Organization/elsewhere']])
  )
  const members = (JSON.parse(document.entries[3]?.text ?? '') as { participant: Array<{ member: { reference: string } }> }).participant
  t.same(
    members.map(({ member }) => member.reference),
    [
      'Practitioner/a',
      'Practitioner/a',
      'Practitioner/a',
      'Practitioner?identifier=http://npi|2',
      'Organization/elsewhere',
      'Practitioner?name=Ann'
    ]
  )
  t.same(document.unresolved, ['Practitioner?identifier=http://npi|2', 'Practitioner?name=Ann'])
  t.same(conditionalReferences('{"reference": "Practitioner?identifier=a|1"},{"reference":"Patient/1"}'), ['Practitioner?identifier=a|1'])
  t.equal(normalQuery('Practitioner?identifier=a%7C1'), 'Practitioner?identifier=a|1')
  t.equal(normalQuery('Practitioner?identifier=a&name=b'), undefined)
  t.end()
})

t.test(
  'entries without a resource are faults, outcomes of a search are set aside, documents stay whole, histories are read oldest first',
  (t) => {
    const { faults, outcomes, entries } = read(
      bundle(
        [
          { request: { method: 'DELETE', url: 'Patient/1' } },
          { resource: { resourceType: 'Patiant', id: '1' } },
          { resource: { id: '1' } },
          { resource: { resourceType: 'OperationOutcome', issue: [] }, search: { mode: 'outcome' } },
          { resource: { resourceType: 'Patient', id: '1' }, search: { mode: 'match' } }
        ],
        'searchset'
      )
    )
    t.same(
      faults.map(({ rule, message }) => [rule, message]),
      [
        ['entry', 'entry[0] has no resource (DELETE); only resources are loaded'],
        ['resource', 'entry[1] resourceType "Patiant" is not known'],
        ['resource', 'entry[2] resourceType is missing']
      ]
    )
    t.equal(outcomes, 1)
    t.equal(entries.length, 1)
    t.same(
      read(bundle([{ resource: { resourceType: 'Composition', id: 'c' } }], 'document')).entries.map(({ type }) => type),
      ['Bundle']
    )
    const versions = ['new', 'old'].map((gender) => ({ resource: { resourceType: 'Patient', id: 'p', gender } }))
    t.match(read(bundle(versions, 'history')).entries[1]?.text, /new/)
    t.end()
  }
)

t.test('names are found without more reading, and are the ids that loading gives', (t) => {
  const text = bundle([
    { fullUrl: 'urn:uuid:1234', resource: { resourceType: 'Patient' } },
    { resource: { resourceType: 'Patient', id: 'a' } },
    { resource: { resourceType: 'Patient' } }
  ])
  const ids = read(text).entries.map(({ type, id }) => ({ type, id }))
  t.same(glanceAt(text, context).names, ids.slice(0, 2))
  t.same(glanceAt('{"resourceType":"Patient","id":"x"}', context).names, [{ type: 'Patient', id: 'x' }])
  t.match(glanceAt('{', context), { kind: 'unreadable', names: [] })
  t.end()
})

t.test('what is no resource throws with its place', (t) => {
  t.throws(() => read('{"resourceType":"Patient",'), { code: 'json.syntax' })
  t.throws(() => read('[]'), { code: 'source.bundle' })
  t.end()
})
