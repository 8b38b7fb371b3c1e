import { readFileSync } from 'node:fs'
import t from 'tap'
import { useDefinitions, validate } from '#wardbridge/fhir/profile/index.js'
import type { Members } from './places.js'

const R4 = 'http://hl7.org/fhir/StructureDefinition'
const BASE = 'http://example.org/fhir/StructureDefinition'

/** Makes these the uploaded definitions. */
const upload = (...definitions: readonly Members[]) => {
  const byUrl = new Map(definitions.map((one) => [one['url'], one]))
  useDefinitions({ structure: (url) => byUrl.get(url), inValueSet: () => undefined, inCodeSystem: () => undefined })
}
const profile = (name: string, type: string, element: readonly Members[], more: Members = {}): Members => ({
  resourceType: 'StructureDefinition',
  url: `${BASE}/${name}`,
  name,
  status: 'active',
  fhirVersion: '4.0.1',
  kind: 'resource',
  abstract: false,
  type,
  baseDefinition: `${R4}/${type}`,
  derivation: 'constraint',
  differential: { element: [{ id: type, path: type }, ...element] },
  ...more
})
const errors = (resource: Members, ...names: string[]) =>
  validate(resource, { profiles: names.map((name) => `${BASE}/${name}`) })
    .issues.filter(({ severity }) => severity === 'error')
    .map(({ expression, rule }) => `${expression} ${rule}`)

t.teardown(() => upload())
const patient = (more: Members = {}): Members => ({ resourceType: 'Patient', ...more })

t.test('a differential counts without a snapshot, inside data types too', async (t) => {
  upload(
    profile('named', 'Patient', [
      { id: 'Patient.name', path: 'Patient.name', min: 1, max: '2' },
      { id: 'Patient.name.family', path: 'Patient.name.family', min: 1 },
      { id: 'Patient.gender', path: 'Patient.gender', fixedCode: 'female' },
      { id: 'Patient.deceased[x]', path: 'Patient.deceased[x]', type: [{ code: 'boolean' }] }
    ])
  )
  t.strictSame(errors(patient(), 'named'), ['Patient.name min'])
  t.strictSame(errors(patient({ name: [{ text: 'x' }], gender: 'male', deceasedDateTime: '2020' }), 'named'), [
    'Patient.name[0].family min',
    'Patient.gender fixed',
    'Patient.deceased type'
  ])
  t.strictSame(errors(patient({ name: [{ family: 'x' }], gender: 'female', deceasedBoolean: true }), 'named'), [])
})

t.test('ids may be missing in a differential: path and slice name say the same', async (t) => {
  upload(
    profile('two', 'Patient', [
      { path: 'Patient.identifier', slicing: { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' } },
      { path: 'Patient.identifier', sliceName: 'mrn', min: 1, max: '1' },
      { path: 'Patient.identifier.system', min: 1, fixedUri: 'http://example.org/mrn' },
      { path: 'Patient.identifier.value', min: 1 }
    ])
  )
  t.strictSame(errors(patient(), 'two'), ['Patient.identifier slice-min'])
  t.strictSame(errors(patient({ identifier: [{ system: 'http://example.org/mrn' }] }), 'two'), ['Patient.identifier[0].value min'])
  t.strictSame(errors(patient({ identifier: [{ system: 'http://example.org/mrn', value: '1' }, { value: '2' }] }), 'two'), [])
})

t.test('a profile on a profile has what its base asks for, R4 profiles and slices included', async (t) => {
  upload(
    profile('pulse', 'Observation', [{ id: 'Observation.value[x].value', path: 'Observation.value[x].value', min: 1 }], {
      baseDefinition: `${R4}/heartrate`
    }),
    profile('ward-pulse', 'Observation', [{ id: 'Observation.device', path: 'Observation.device', min: 1 }], {
      baseDefinition: `${BASE}/pulse`
    })
  )
  const observation: Members = {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'http://example.org', code: 'pulse' }] },
    subject: { reference: 'Patient/1' },
    effectiveDateTime: '2020-01-01'
  }
  const found = errors(observation, 'ward-pulse')
  t.ok(found.includes('Observation.device min'), 'its own')
  t.ok(found.includes('Observation.category min'), 'of vitalsigns')
  t.ok(found.includes('Observation.code.coding slice-min'), 'of heartrate')
})

t.test('a snapshot counts as it is', async (t) => {
  const definition = JSON.parse(
    readFileSync(new URL('../../../profiles/generated/StructureDefinition-wardbridge-lab-observation.json', import.meta.url), 'utf8')
  )
  upload({ ...definition, url: `${BASE}/lab` })
  const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } }
  const own = validate(observation, { profiles: [definition.url] }).issues.filter((issue) => issue.profile !== undefined)
  const uploaded = validate(observation, { profiles: [`${BASE}/lab`] }).issues.filter((issue) => issue.profile !== undefined)
  t.ok(own.length > 0)
  t.strictSame(
    uploaded.map(({ expression, rule }) => `${expression} ${rule}`),
    own.map(({ expression, rule }) => `${expression} ${rule}`)
  )
})

t.test('an uploaded extension has its context, its value and its place', async (t) => {
  const extension = profile(
    'eye',
    'Extension',
    [
      { id: 'Extension.url', path: 'Extension.url', fixedUri: `${BASE}/eye` },
      { id: 'Extension.value[x]', path: 'Extension.value[x]', min: 1, type: [{ code: 'code' }] }
    ],
    { kind: 'complex-type', context: [{ type: 'element', expression: 'Patient' }] }
  )
  upload(extension)
  const of = (value: Members) => [{ url: `${BASE}/eye`, ...value }]
  t.strictSame(errors(patient({ extension: of({ valueCode: 'blue' }) })), [])
  t.strictSame(errors(patient({ extension: of({ valueString: 'blue' }) })), ['Patient.extension[0].value type'])
  t.strictSame(errors({ resourceType: 'Organization', name: 'O', extension: of({ valueCode: 'blue' }) }), [
    'Organization.extension[0] extension-context'
  ])
})

t.test('a definition that cannot be used says so of every resource, and a warning where it is written', async (t) => {
  const broken: ReadonlyArray<readonly [name: string, definition: Members]> = [
    ['no-base', profile('no-base', 'Patient', [], { baseDefinition: `${BASE}/none` })],
    ['other-base', profile('other-base', 'Patient', [], { baseDefinition: `${R4}/Observation` })],
    ['no-type', profile('no-type', 'Ward', [])],
    ['no-elements', profile('no-elements', 'Patient', [], { differential: undefined })],
    ['no-paths', profile('no-paths', 'Patient', [{ id: 'x' }])],
    ['foreign', profile('foreign', 'Patient', [{ path: 'Observation.code' }])],
    ['circle', profile('circle', 'Patient', [], { baseDefinition: `${BASE}/circle` })],
    ['own-type', profile('own-type', 'Patient', [], { derivation: 'specialization' })]
  ]
  upload(...broken.map(([, definition]) => definition))
  for (const [name, definition] of broken) {
    t.ok(errors(patient(), name).includes(name === 'no-type' ? 'Patient type' : 'Patient profile-unusable'), name)
    const warned = validate(definition).issues.some(({ rule, severity }) => rule === 'profile-unusable' && severity === 'warning')
    t.equal(warned, name !== 'own-type', name)
  }
})

t.test('a constraint that is no FHIRPath is told of as a warning; others count', async (t) => {
  upload(
    profile('odd', 'Patient', [
      {
        id: 'Patient.name',
        path: 'Patient.name',
        constraint: [
          { key: 'odd-1', severity: 'error', human: 'x', expression: 'family.exists(((' },
          { key: 'odd-2', severity: 'error', human: 'x', expression: 'family.length() > 2' }
        ]
      }
    ])
  )
  const resource = patient({ name: [{ family: 'A' }] })
  t.strictSame(errors(resource, 'odd'), ['Patient.name[0] odd-2'])
  t.match(
    validate(resource, { profiles: [`${BASE}/odd`] }).issues.filter(({ rule }) => rule === 'odd-1'),
    [{ severity: 'warning', code: 'processing', expression: 'Patient.name[0]' }]
  )
})

t.test('what is shipped cannot be replaced', async (t) => {
  upload({ ...profile('x', 'Observation', []), url: `${R4}/vitalsigns` })
  const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } }
  t.ok(validate(observation, { profiles: [`${R4}/vitalsigns`] }).issues.some(({ expression }) => expression === 'Observation.category'))
})
