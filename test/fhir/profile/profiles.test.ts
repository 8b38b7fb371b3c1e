/** Each kind of rule a profile can have, with a case that meets it and one that does not. */
import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { compileProfile } from '#wardbridge/fhir/profile/compile.js'
import { Trace } from '#wardbridge/fhir/profile/issues.js'
import type { Conforms } from '#wardbridge/fhir/profile/slices.js'
import { type ElementRow, type Slicing, structureOf } from '#wardbridge/fhir/profile/structures.js'
import type { Members } from './places.js'

let made = 0
type Row = ElementRow & Record<string, unknown>

/** A checker of a profile made of rows: 'path rule' of every issue. */
function profile(
  type: string,
  element: readonly Row[],
  conforms: Conforms = () => true
): (resource: Members, bundle?: unknown) => string[] {
  const url = `http://example.org/StructureDefinition/${made++}`
  const plan = compileProfile({ url, type, snapshot: { element: [{ id: type }, ...element] } }, conforms)
  return (resource, bundle) => {
    const trace = new Trace(type, 100)
    plan.check({ resourceType: type, ...resource }, trace, { resource, root: resource, bundle })
    return trace.issues.map(({ expression, rule }) => `${expression} ${rule}`)
  }
}

const coding = (code: string, system = 'http://s') => ({ coding: [{ system, code }] })

t.test('minimum and maximum of a differential', async (t) => {
  const check = profile('Patient', [
    { id: 'Patient.name', min: 1, max: '2' },
    { id: 'Patient.name.family', min: 1 },
    { id: 'Patient.birthDate', min: 1 },
    { id: 'Patient.photo', max: '0' },
    { id: 'Patient.contact', min: 2, max: '*' }
  ])
  const name = { family: 'A' }
  const contact = [{}, {}]
  t.same(check({ name: [name], birthDate: '1970', contact }), [])
  t.same(
    check({ name: [name], _birthDate: { extension: [{ url: 'http://x', valueCode: 'unknown' }] }, contact }),
    [],
    'given by its extension alone'
  )
  t.same(check({ contact: [{}] }), ['Patient.name min', 'Patient.birthDate min', 'Patient.contact min'])
  t.same(check({ name: [name, name, { given: ['B'] }], birthDate: '1970', contact, photo: [{}] }), [
    'Patient.name max',
    'Patient.name[2].family min',
    'Patient.photo max'
  ])
})

t.test('what the type itself asks for is left to the check of structure', async (t) => {
  t.same(profile('Observation', [{ id: 'Observation.status', min: 1, max: '1' }])({}), [])
})

t.test('fixed values are equal in every member', async (t) => {
  const check = profile('Observation', [
    { id: 'Observation.code', fixedCodeableConcept: coding('a') },
    { id: 'Observation.status', fixedCode: 'final' }
  ])
  t.same(check({ code: { coding: [{ code: 'a', system: 'http://s' }] }, status: 'final' }), [])
  t.same(check({ code: { ...coding('a'), text: 'more' }, status: 'amended' }), ['Observation.code fixed', 'Observation.status fixed'])
  t.same(check({ code: coding('a'), status: 'final', _status: { extension: [{ url: 'http://x', valueString: 'y' }] } }), [
    'Observation.status fixed'
  ])
})

t.test('patterns ask for what they have and allow more', async (t) => {
  const check = profile('Observation', [
    { id: 'Observation.code', patternCodeableConcept: coding('a') },
    { id: 'Observation.status', patternCode: 'final' }
  ])
  t.same(check({ code: { text: 'more', coding: [{ code: 'z' }, { system: 'http://s', code: 'a', display: 'A' }] }, status: 'final' }), [])
  t.same(check({ code: coding('a', 'http://other'), status: 'amended' }), ['Observation.code pattern', 'Observation.status pattern'])
})

t.test('types of a choice', async (t) => {
  const check = profile('Observation', [{ id: 'Observation.value[x]', type: [{ code: 'Quantity' }, { code: 'string' }] }])
  t.same(check({ valueQuantity: { value: 1 } }), [])
  t.same(check({ valueString: 'x' }), [])
  t.same(check({ valueInteger: 1 }), ['Observation.value type'])
})

t.test('elements of one type of a choice', async (t) => {
  const check = profile('Observation', [
    { id: 'Observation.value[x]', slicing: { discriminator: [{ type: 'type', path: '$this' }], rules: 'closed' } },
    { id: 'Observation.value[x]:valueQuantity', sliceName: 'valueQuantity', min: 1, max: '1', type: [{ code: 'Quantity' }] },
    { id: 'Observation.value[x]:valueQuantity.unit', min: 1 }
  ])
  t.same(check({ valueQuantity: { value: 1, unit: 'g' } }), [])
  t.same(check({ valueQuantity: { value: 1 } }), ['Observation.value.unit min'])
  t.same(check({ valueString: 'x' }), ['Observation.value slicing', 'Observation.value slice-min'])
})

t.test('required bindings', async (t) => {
  const valueSet = 'http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1'
  const system = 'http://hl7.org/fhir/administrative-gender'
  const bound = (strength: string) => ({ binding: { strength, valueSet } })
  const check = profile('Observation', [
    { id: 'Observation.code', ...bound('required') },
    { id: 'Observation.method', ...bound('extensible') },
    { id: 'Observation.bodySite', ...bound('preferred') },
    { id: 'Observation.value[x]', ...bound('required') }
  ])
  t.same(check({ code: coding('male', system), valueCodeableConcept: { coding: [{ code: 'x' }, { system, code: 'female' }] } }), [])
  t.same(check({ valueQuantity: { value: 1, system, code: 'male' } }), [])
  t.same(check({ valueString: 'male', bodySite: coding('x') }), [], 'preferred bindings are not looked at')
  t.same(check({ valueString: 'male', method: coding('x') }), ['Observation.method binding'], 'of extensible ones a warning tells')
  t.same(check({ code: coding('male', 'http://other'), valueCodeableConcept: { text: 'x' } }), [
    'Observation.code binding',
    'Observation.value binding'
  ])
  t.same(check({ valueQuantity: { value: 1, system, code: 'x' } }), ['Observation.value binding'])
  t.same(check({ valueString: 'x' }), ['Observation.value binding'])
})

t.test('targets of references', async (t) => {
  const to = (...names: string[]) => [
    { code: 'Reference', targetProfile: names.map((name) => `http://hl7.org/fhir/StructureDefinition/${name}`) }
  ]
  const check = profile('Observation', [
    { id: 'Observation.subject', type: to('Patient') },
    { id: 'Observation.hasMember', type: to('vitalsigns', 'MolecularSequence') }
  ])
  const bundle = { entry: [{ fullUrl: 'urn:uuid:1', resource: { resourceType: 'Group' } }] }
  t.same(check({ subject: { reference: 'Patient/1' }, hasMember: [{ reference: 'Observation/1' }] }), [])
  t.same(check({ subject: { identifier: { value: '1' } } }), [])
  t.same(check({ subject: { reference: 'urn:uuid:1' } }), [], 'not to be followed')
  t.same(check({ subject: { reference: 'Group/1' }, hasMember: [{ reference: 'Patient/1' }] }), [
    'Observation.subject target',
    'Observation.hasMember[0] target'
  ])
  t.same(check({ subject: { reference: 'http://a.org/fhir/Group/1' } }), ['Observation.subject target'])
  t.same(check({ subject: { type: 'Group', identifier: { value: '1' } } }), ['Observation.subject target'])
  t.same(check({ subject: { reference: '#g' }, contained: [{ resourceType: 'Group', id: 'g' }] }), ['Observation.subject target'])
  t.same(check({ subject: { reference: 'urn:uuid:1' } }, bundle), ['Observation.subject target'])
})

t.test('invariants of a profile', async (t) => {
  const constraint = [
    { key: 'a-1', severity: 'error' as const, human: 'status is final', expression: "status = 'final'" },
    { key: 'a-2', severity: 'warning' as const, human: 'has a note', expression: 'note.exists()' }
  ]
  const url = 'http://example.org/StructureDefinition/invariants'
  const element = [
    { id: 'Observation', constraint },
    {
      id: 'Observation.effective[x]',
      constraint: [{ key: 'a-3', severity: 'error' as const, human: 'a day', expression: '$this.toString().length() = 10' }]
    }
  ]
  const plan = compileProfile({ url, type: 'Observation', snapshot: { element } }, () => true)
  const found = (resource: Members) => {
    const trace = new Trace('Observation', 100)
    plan.check(resource, trace, { resource, root: resource })
    return trace.issues.map(({ rule, severity, expression }) => `${severity} ${rule} ${expression}`)
  }
  t.same(found({ resourceType: 'Observation', status: 'final', note: [{ text: 'x' }], effectiveDateTime: '2026-01-02' }), [])
  t.same(found({ resourceType: 'Observation', status: 'amended', effectiveDateTime: '2026' }), [
    'error a-1 Observation',
    'warning a-2 Observation',
    'error a-3 Observation.effective'
  ])
})

t.test('slices by value, open', async (t) => {
  const check = profile('Patient', [
    { id: 'Patient.identifier', slicing: { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' } },
    { id: 'Patient.identifier:mrn', sliceName: 'mrn', min: 1, max: '1' },
    { id: 'Patient.identifier:mrn.system', min: 1, fixedUri: 'urn:mrn' },
    { id: 'Patient.identifier:mrn.value', min: 1 }
  ])
  t.same(check({ identifier: [{ value: 'x' }, { system: 'urn:mrn', value: '1' }] }), [])
  t.same(check({ identifier: [{ system: 'urn:mrn' }] }), ['Patient.identifier[0].value min'])
  t.same(check({ identifier: [{ value: 'x' }] }), ['Patient.identifier slice-min'])
  t.same(check({ identifier: [0, 1].map((value) => ({ system: 'urn:mrn', value: `${value}` })) }), ['Patient.identifier slice-max'])
})

t.test('slices that are closed, ordered, or open at the end', async (t) => {
  const rows = (slicing: Pick<Slicing, 'rules' | 'ordered'>): Row[] => [
    {
      id: 'Patient.identifier',
      slicing: { discriminator: [{ type: 'value', path: 'system' }], ...slicing }
    },
    { id: 'Patient.identifier:a', sliceName: 'a', min: 0, max: '*' },
    { id: 'Patient.identifier:a.system', fixedUri: 'urn:a' },
    { id: 'Patient.identifier:b', sliceName: 'b', min: 0, max: '*' },
    { id: 'Patient.identifier:b.system', fixedUri: 'urn:b' }
  ]
  const of = (...names: string[]) => ({ identifier: names.map((name) => ({ system: `urn:${name}` })) })
  const closed = profile('Patient', rows({ rules: 'closed' }))
  t.same(closed(of('b', 'a')), [])
  t.same(closed(of('a', 'c')), ['Patient.identifier[1] slicing'])
  const ordered = profile('Patient', rows({ rules: 'open', ordered: true }))
  t.same(ordered(of('a', 'c', 'b')), [])
  t.same(ordered(of('b', 'a')), ['Patient.identifier[1] slicing'])
  const atEnd = profile('Patient', rows({ rules: 'openAtEnd' }))
  t.same(atEnd(of('b', 'a', 'c')), [])
  t.same(atEnd(of('c', 'a')), ['Patient.identifier[1] slicing'])
})

t.test('slices by pattern, by part of a pattern above, and by a bound value set', async (t) => {
  const rules = 'open' as const
  const byPattern = profile('Observation', [
    { id: 'Observation.category', slicing: { discriminator: [{ type: 'pattern', path: '$this' }], rules } },
    { id: 'Observation.category:lab', sliceName: 'lab', min: 1, max: '1', patternCodeableConcept: coding('lab') }
  ])
  t.same(byPattern({ category: [coding('x'), { ...coding('lab'), text: 'Laboratory' }] }), [])
  t.same(byPattern({ category: [coding('lab', 'http://other')] }), ['Observation.category slice-min'])
  const byPart = profile('Observation', [
    { id: 'Observation.component', slicing: { discriminator: [{ type: 'value', path: 'code.coding.code' }], rules } },
    { id: 'Observation.component:a', sliceName: 'a', min: 1, max: '1' },
    { id: 'Observation.component:a.code', patternCodeableConcept: coding('a') }
  ])
  t.same(byPart({ component: [{ code: coding('a') }] }), [])
  t.same(byPart({ component: [{ code: coding('a', 'http://other') }] }), ['Observation.component[0].code pattern'])
  t.same(byPart({ component: [{ code: coding('b') }] }), ['Observation.component slice-min'])
  const byBinding = profile('Patient', [
    { id: 'Patient.contact', slicing: { discriminator: [{ type: 'value', path: 'gender' }], rules } },
    { id: 'Patient.contact:known', sliceName: 'known', min: 1, max: '*' },
    {
      id: 'Patient.contact:known.gender',
      binding: { strength: 'required', valueSet: 'http://hl7.org/fhir/ValueSet/administrative-gender' }
    }
  ])
  t.same(byBinding({ contact: [{ gender: 'male' }] }), [])
  t.same(byBinding({ contact: [{ gender: 'm' }] }), ['Patient.contact slice-min'])
})

t.test('slices by existence', async (t) => {
  const check = profile('Patient', [
    { id: 'Patient.name', slicing: { discriminator: [{ type: 'exists', path: 'period' }], rules: 'closed' } },
    { id: 'Patient.name:old', sliceName: 'old', min: 0, max: '1' },
    { id: 'Patient.name:old.period', min: 1 },
    { id: 'Patient.name:now', sliceName: 'now', min: 1, max: '1' },
    { id: 'Patient.name:now.period', max: '0' }
  ])
  t.same(check({ name: [{ period: { end: '2000' } }, { family: 'A' }] }), [])
  t.same(
    check({ name: [{ period: { end: '2000' } }, { period: { end: '2001' } }] }),
    ['Patient.name slice-max', 'Patient.name slice-min'].sort()
  )
})

t.test('slices by type of what a reference leads to, and by its profile', async (t) => {
  const target = (name: string) => ({ code: 'Reference', targetProfile: [`http://hl7.org/fhir/StructureDefinition/${name}`] })
  const rows = (type: 'type' | 'profile', path: string): Row[] => [
    { id: 'Bundle.entry', slicing: { discriminator: [{ type, path }], rules: 'open' } },
    { id: 'Bundle.entry:patient', sliceName: 'patient', min: 1, max: '1' },
    { id: 'Bundle.entry:patient.resource', min: 1, type: [{ code: 'Patient', profile: ['http://example.org/p'] }] }
  ]
  const byType = profile('Bundle', rows('type', 'resource'))
  t.same(byType({ entry: [{ resource: { resourceType: 'Group' } }, { resource: { resourceType: 'Patient' } }] }), [])
  t.same(byType({ entry: [{ resource: { resourceType: 'Group' } }] }), ['Bundle.entry slice-min'])
  const asked: unknown[] = []
  const byProfile = profile('Bundle', rows('profile', 'resource'), (value, _, url) => {
    asked.push(url)
    return (value as { id?: string }).id === 'good'
  })
  t.same(byProfile({ entry: [{ resource: { resourceType: 'Patient', id: 'good' } }] }), [])
  t.same(byProfile({ entry: [{ resource: { resourceType: 'Patient', id: 'bad' } }] }), ['Bundle.entry slice-min'])
  t.ok(asked.includes('http://example.org/p'))
  const resolved = profile('DiagnosticReport', [
    { id: 'DiagnosticReport.result', slicing: { discriminator: [{ type: 'value', path: 'resolve().code' }], rules: 'closed' } },
    { id: 'DiagnosticReport.result:heart', sliceName: 'heart', min: 1, max: '1', type: [target('heartrate')] }
  ])
  t.same(resolved({ result: [{ reference: 'Observation/1' }] }), [], 'a reference that leads out cannot be told')
})

t.test('the lipid profile of R4 knows its results by their codes', async (t) => {
  const lipids = structureOf('http://hl7.org/fhir/StructureDefinition/lipidprofile')
  t.ok(lipids)
  const plan = compileProfile(lipids as NonNullable<typeof lipids>, () => true)
  const found = (code: string) => {
    const contained = [{ resourceType: 'Observation', id: 'o', code: { ...coding(code, 'http://loinc.org'), text: 'Cholesterol' } }]
    const resource = { resourceType: 'DiagnosticReport', contained, result: [{ reference: '#o' }] }
    const trace = new Trace('DiagnosticReport', 100)
    plan.check(resource, trace, { resource, root: resource })
    return trace.issues.filter(({ rule }) => rule === 'slicing').length
  }
  t.equal(found('1-8'), 1, 'closed: another code is refused')
})

t.test('profiles of data types', async (t) => {
  const check = profile(
    'Observation',
    [{ id: 'Observation.value[x]', type: [{ code: 'Quantity', profile: ['http://hl7.org/fhir/StructureDefinition/SimpleQuantity'] }] }],
    (value) => !('comparator' in (value as object))
  )
  t.same(check({ valueQuantity: { value: 1 } }), [])
  t.same(check({ valueQuantity: { value: 1, comparator: '<' } }), ['Observation.value profile'])
})

t.test('every profile and extension of R4 and of ours is sound', async (t) => {
  const r4 = Object.keys(JSON.parse(readFileSync('profiles/r4/profiles.json', 'utf8')).profiles)
  const ours = readdirSync('profiles/generated')
    .filter((name) => name.startsWith('StructureDefinition-'))
    .map((name) => JSON.parse(readFileSync(`profiles/generated/${name}`, 'utf8')).url as string)
  t.ok(r4.length > 400 && ours.length > 20)
  for (const url of [...r4, ...ours]) {
    const structure = structureOf(url)
    if (structure === undefined) t.fail(`${url} is not found`)
    else compileProfile(structure, () => true).check({}, new Trace(structure.type, 100), { resource: {}, root: {} })
  }
})
