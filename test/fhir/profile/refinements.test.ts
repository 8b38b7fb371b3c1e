/** Parts of profiles that few use: versions, slices of slices, content references, limits, contexts that are expressions. */
import t from 'tap'
import { useDefinitions, validate } from '#wardbridge/fhir/profile/index.js'
import type { Members } from './places.js'

const R4 = 'http://hl7.org/fhir/StructureDefinition'
const BASE = 'http://example.org/fhir/StructureDefinition'

/** Makes these the uploaded definitions; of one url the last is the newest. */
const upload = (...definitions: readonly Members[]) => {
  const known = new Map(definitions.flatMap((one) => [`${one['url']}`, `${one['url']}|${one['version']}`].map((name) => [name, one])))
  useDefinitions({
    structure: (canonical) => known.get(canonical),
    inValueSet: (_valueSet, _system, code) => code === 'in',
    inCodeSystem: () => undefined
  })
}
const profile = (name: string, type: string, element: readonly Members[], more: Members = {}): Members => ({
  resourceType: 'StructureDefinition',
  url: `${BASE}/${name}`,
  name,
  status: 'active',
  kind: 'resource',
  abstract: false,
  type,
  baseDefinition: `${R4}/${type}`,
  derivation: 'constraint',
  differential: { element: [{ id: type, path: type }, ...element] },
  ...more
})
const told = (severity: string, resource: Members, ...names: string[]) =>
  validate(resource, { profiles: names.map((name) => `${BASE}/${name}`) })
    .issues.filter((issue) => issue.severity === severity && issue.rule !== 'dom-6')
    .map(({ expression, rule }) => `${expression} ${rule}`)
const errors = (resource: Members, ...names: string[]) => told('error', resource, ...names)
const row = (path: string, more: Members, id = path): Members => ({ id, path, ...more })
const sliced = (rules: string, type: string, by: string): Members => ({ slicing: { discriminator: [{ type, path: by }], rules } })
const patient = (more: Members = {}): Members => ({ resourceType: 'Patient', ...more })
const observation = (more: Members = {}): Members => ({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, ...more })

t.teardown(() => upload())

t.test('a version in a canonical chooses that version of a profile', async (t) => {
  upload(
    profile('v', 'Patient', [row('Patient.gender', { min: 1 })], { version: '1' }),
    profile('v', 'Patient', [row('Patient.birthDate', { min: 1 })], { version: '2' })
  )
  t.strictSame(errors(patient(), 'v|1'), ['Patient.gender min'])
  t.strictSame(errors(patient(), 'v|2'), ['Patient.birthDate min'])
  t.strictSame(errors(patient(), 'v'), ['Patient.birthDate min'])
  t.strictSame(errors(patient({ meta: { profile: [`${BASE}/v|1`] } })), ['Patient.gender min'])
})

t.test('a version that is not here is said, with the one that is', async (t) => {
  upload(profile('v', 'Patient', [], { version: '2' }))
  t.strictSame(errors(patient(), 'v|3'), ['Patient.meta.profile profile-unknown'])
  const named = patient({ meta: { profile: [`${BASE}/v|3`] } })
  t.strictSame(errors(named), [])
  t.match(validate(named).issues, [
    { severity: 'warning', rule: 'profile-unknown', text: /v\|3 is not known here in this version, but in 2/ }
  ])
})

t.test('definitions of R4 have version 4.0.1', async (t) => {
  const pressure = (version: string) => observation({ meta: { profile: [`${R4}/bmi|${version}`] } })
  t.ok(errors(pressure('4.0.1')).length > 0)
  t.strictSame(errors(pressure('3.0.1')), [])
  t.strictSame(told('warning', pressure('3.0.1')), ['Observation.meta.profile profile-unknown'])
  t.strictSame(errors(patient({ meta: { profile: [`${R4}/Patient|4.0.1`] } })), [])
})

t.test('a slice of a slice takes what belongs to both', async (t) => {
  upload(
    profile('reslice', 'Patient', [
      row('Patient.identifier', sliced('open', 'value', 'system')),
      row('Patient.identifier', { sliceName: 'a', min: 1, ...sliced('closed', 'value', 'use') }, 'Patient.identifier:a'),
      row('Patient.identifier.system', { min: 1, fixedUri: 'http://a' }, 'Patient.identifier:a.system'),
      row('Patient.identifier', { sliceName: 'a/main', min: 1, max: '1' }, 'Patient.identifier:a/main'),
      row('Patient.identifier.use', { min: 1, fixedCode: 'official' }, 'Patient.identifier:a/main.use'),
      row('Patient.identifier.period', { min: 1 }, 'Patient.identifier:a/main.period')
    ])
  )
  const check = (...uses: readonly Members[]) => errors(patient({ identifier: uses }), 'reslice')
  const main = { system: 'http://a', use: 'official', value: '1', period: { start: '2020' } }
  t.strictSame(check(main, { system: 'http://b', use: 'old' }), [])
  t.strictSame(check({ ...main, use: 'old' }), ['Patient.identifier[0] slicing', 'Patient.identifier slice-min'])
  t.strictSame(check({ system: 'http://a', use: 'official' }), ['Patient.identifier[0].period min'])
  t.strictSame(check(main, main), ['Patient.identifier slice-max'])
})

t.test('elements that have their content from another have its rules, at any depth', async (t) => {
  upload(profile('form', 'Questionnaire', [row('Questionnaire.item', {}), row('Questionnaire.item.text', { min: 1 })]))
  const group = (item: Members): Members => ({ linkId: `g${item['linkId']}`, type: 'group', text: 'x', item: [item] })
  const form = (item: Members) => errors({ resourceType: 'Questionnaire', status: 'active', item: [item] }, 'form')
  t.strictSame(form(group({ linkId: '1', type: 'string', text: 'x' })), [])
  t.strictSame(form(group(group({ linkId: '1', type: 'string' }))), ['Questionnaire.item[0].item[0].item[0].text min'])
})

t.test('maxLength, minValue and maxValue', async (t) => {
  upload(
    profile('limits', 'Observation', [
      row('Observation.note', {}),
      row('Observation.note.text', { maxLength: 3 }),
      row('Observation.issued', { minValueInstant: '2000-01-01T00:00:00Z' }),
      row('Observation.component', {}),
      row('Observation.component.value[x]', { minValueInteger: 1, maxValueInteger: 10 })
    ])
  )
  const component = (valueInteger: number) => observation({ component: [{ code: { text: 'x' }, valueInteger }] })
  t.strictSame(errors(observation({ note: [{ text: '𝄞𝄞𝄞' }], issued: '2000-01-01T01:00:00+01:00' }), 'limits'), [])
  t.strictSame(errors(observation({ note: [{ text: 'four' }] }), 'limits'), ['Observation.note[0].text max-length'])
  t.strictSame(errors(observation({ issued: '1999-12-31T23:59:59Z' }), 'limits'), ['Observation.issued min-value'])
  t.strictSame(errors(component(1), 'limits'), [])
  t.strictSame(errors(component(0), 'limits'), ['Observation.component[0].value min-value'])
  t.strictSame(errors(component(11), 'limits'), ['Observation.component[0].value max-value'])
})

t.test('slices by the type or profile of what a reference leads to', async (t) => {
  const entries = (by: string, target: string) => [
    row('List.entry', sliced('closed', by, 'item.resolve()')),
    row('List.entry', { sliceName: 'p', min: 1 }, 'List.entry:p'),
    row('List.entry.item', { type: [{ code: 'Reference', targetProfile: [target] }] }, 'List.entry:p.item')
  ]
  upload(
    profile('known', 'Patient', [row('Patient.gender', { min: 1 })]),
    profile('by-profile', 'List', entries('profile', `${BASE}/known`)),
    profile('by-type', 'List', entries('type', `${R4}/Patient`))
  )
  const list = (contained: Members, name: string) =>
    errors(
      {
        resourceType: 'List',
        status: 'current',
        mode: 'working',
        contained: [{ ...contained, id: 'a' }],
        entry: [{ item: { reference: '#a' } }]
      },
      name
    )
  const none = ['List.entry[0] slicing', 'List.entry slice-min']
  t.strictSame(list(patient({ gender: 'male' }), 'by-profile'), [])
  t.strictSame(list(patient(), 'by-profile'), none)
  t.strictSame(list(patient(), 'by-type'), [])
  t.strictSame(list(observation(), 'by-type'), none)
})

t.test('an extension whose context is an expression stands on what the expression finds', async (t) => {
  upload(
    profile('mother', 'Extension', [row('Extension.url', { fixedUri: `${BASE}/mother` })], {
      context: [{ type: 'fhirpath', expression: "Patient.contact.where(relationship.text = 'mother')" }]
    })
  )
  const contact = (text: string) =>
    patient({ contact: [{ relationship: [{ text }], name: { text: 'x' }, extension: [{ url: `${BASE}/mother`, valueString: 'x' }] }] })
  t.strictSame(errors(contact('mother')), [])
  t.strictSame(errors(contact('father')), ['Patient.contact[0].extension[0] extension-context'])
})

t.test('no code outside of maxValueSet; an extensible binding warns', async (t) => {
  const most = { url: `${R4}/elementdefinition-maxValueSet`, valueCanonical: 'http://example.org/most' }
  upload(
    profile('most', 'Observation', [
      row('Observation.code', { binding: { strength: 'preferred', valueSet: 'http://example.org/x', extension: [most] } })
    ]),
    profile('should', 'Observation', [row('Observation.code', { binding: { strength: 'extensible', valueSet: 'http://example.org/x' } })])
  )
  const coded = (code: string) => observation({ code: { coding: [{ system: 'http://example.org', code }] } })
  t.strictSame(errors(coded('in'), 'most'), [])
  t.strictSame(errors(coded('out'), 'most'), ['Observation.code binding'])
  t.strictSame(told('warning', coded('in'), 'should'), [])
  t.strictSame(errors(coded('out'), 'should'), [])
  t.strictSame(told('warning', coded('out'), 'should'), ['Observation.code binding'])
})
