import { existsSync, readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { validate } from '#wardbridge/fhir/profile/index.js'
import { EXAMPLES } from '../examples.js'
import { Random } from '../random.js'
import { damage, type Members } from './places.js'

const R4 = 'http://hl7.org/fhir/StructureDefinition'
const OURS = 'https://fhir.wardbridge.dev/StructureDefinition'

/** 'path rule' of every error. */
const found = (resource: unknown, options: Parameters<typeof validate>[1] = {}) =>
  validate(resource, options)
    .issues.filter(({ severity }) => severity === 'error')
    .map(({ expression, rule }) => `${expression} ${rule}`)

const loinc = (code: string) => ({ coding: [{ system: 'http://loinc.org', code }] })
const quantity = (value: number, code: string) => ({ value, unit: code, system: 'http://unitsofmeasure.org', code })
const vital = (code: string, more: Members = {}): Members => ({
  resourceType: 'Observation',
  status: 'final',
  category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] }],
  code: loinc(code),
  subject: { reference: 'Patient/1' },
  effectiveDateTime: '2130-01-02T03:04:00-05:00',
  ...more
})
const patient = (more: Members): Members => ({ resourceType: 'Patient', ...more })

t.test('our examples are valid, but for six that were made for searches', async (t) => {
  const known: Record<string, string[]> = {
    o1: ['Observation obs-7'],
    c1: ['Condition con-4'],
    c2: ['Condition con-4'],
    c3: ['Condition con-4'],
    ra: ['RiskAssessment.prediction[1].probability ras-1'],
    b1: ['Bundle.entry[0].fullUrl full-url', 'Bundle.entry[1].fullUrl full-url', 'Bundle.entry[0].resource.author[0] document']
  }
  for (const example of EXAMPLES) t.same(found(example), known[example.id] ?? [], `${example.resourceType}/${example.id}`)
})

t.test('structure, invariants, profiles and extensions in one answer, with severity and code', async (t) => {
  const { issues, profiles } = validate({
    resourceType: 'Observation',
    meta: { profile: [`${OURS}/wardbridge-lab-observation|0.1.0`, 'http://example.org/unknown'] },
    status: 'done',
    code: { text: 'x' },
    valueString: 'x',
    dataAbsentReason: { text: 'x' },
    extension: [{ url: `${R4}/nothing`, valueString: 'x' }]
  })
  const has = (part: object) =>
    t.ok(
      issues.some((issue) => Object.entries(part).every(([name, value]) => issue[name as keyof typeof issue] === value)),
      JSON.stringify(part)
    )
  has({ severity: 'error', code: 'code-invalid', rule: 'binding', expression: 'Observation.status' })
  has({ severity: 'error', code: 'invariant', rule: 'obs-6', expression: 'Observation' })
  has({ severity: 'warning', code: 'invariant', rule: 'dom-6', expression: 'Observation' })
  has({ severity: 'error', code: 'extension', rule: 'extension-unknown', expression: 'Observation.extension[0]' })
  has({ severity: 'warning', code: 'not-found', rule: 'profile-unknown', expression: 'Observation.meta.profile' })
  has({
    severity: 'error',
    code: 'required',
    rule: 'min',
    expression: 'Observation.subject',
    profile: `${OURS}/wardbridge-lab-observation|0.1.0`
  })
  t.same(profiles, [`${OURS}/wardbridge-lab-observation|0.1.0`])
})

t.test('invariants of R4, on the resource, on data types, and inside other resources', async (t) => {
  const cases: Array<[Members, string[]]> = [
    [patient({ contact: [{ gender: 'male' }] }), ['Patient.contact[0] pat-1']],
    [patient({ contact: [{ name: { text: 'A' } }] }), []],
    [patient({ name: [{ period: { start: '2001', end: '2000' } }] }), ['Patient.name[0].period per-1']],
    [patient({ name: [{ period: { start: '2001-01', end: '2001-01-15' } }] }), []],
    [patient({ managingOrganization: { reference: '#o' } }), ['Patient.managingOrganization ref-1']],
    [patient({ contained: [{ resourceType: 'Organization', id: 'o', name: 'O' }] }), ['Patient dom-3']],
    [
      patient({ contained: [{ resourceType: 'Organization', id: 'o' }], managingOrganization: { reference: '#o' } }),
      ['Patient.contained[0] org-1']
    ],
    [patient({ telecom: [{ value: '1' }] }), ['Patient.telecom[0] cpt-2']],
    [patient({ extension: [{ url: 'http://example.org/x' }] }), ['Patient.extension[0] ext-1']],
    [patient({ name: [{ id: 'a' }] }), ['Patient.name[0] ele-1']],
    [patient({ _birthDate: { id: 'a' } }), ['Patient.birthDate ele-1']],
    [
      { resourceType: 'Organization', name: 'O', telecom: [{ system: 'phone', value: '1', use: 'home' }] },
      ['Organization.telecom[0] org-3']
    ],
    [
      {
        resourceType: 'Bundle',
        type: 'collection',
        entry: [{ fullUrl: 'urn:x', resource: patient({ contact: [{}, { gender: 'male' }] }) }]
      },
      [
        'Bundle.entry[0].resource.contact[0] structure',
        'Bundle.entry[0].resource.contact[0] ele-1',
        'Bundle.entry[0].resource.contact[0] pat-1',
        'Bundle.entry[0].resource.contact[1] pat-1'
      ]
    ],
    [
      patient({ contained: [{ resourceType: 'Device', id: 'd' }], managingOrganization: { reference: '#d' } }),
      ['Patient.managingOrganization target']
    ],
    [{ resourceType: 'Bundle', type: 'collection', total: 1 }, ['Bundle bdl-1']]
  ]
  for (const [resource, wanted] of cases) t.same(found(resource), wanted, JSON.stringify(resource))
})

t.test('an Observation with the code of a vital sign must meet the R4 profile of that sign', async (t) => {
  t.same(found(vital('8867-4', { valueQuantity: quantity(80, '/min') })), [])
  t.same(validate(vital('8867-4', { valueQuantity: quantity(80, '/min') })).profiles, [`${R4}/heartrate`])
  const without = (name: string) => {
    const { [name]: _, ...rest } = vital('8867-4', { valueQuantity: quantity(80, '/min') })
    return rest
  }
  t.same(found(without('category')), ['Observation.category min'])
  t.same(found(without('subject')), ['Observation.subject min'])
  t.same(found(without('effectiveDateTime')), ['Observation.effective min'])
  t.same(found(without('valueQuantity')), ['Observation vs-2'])
  t.same(found(vital('8867-4', { dataAbsentReason: { text: 'unknown' } })), [])
  t.same(found(vital('8867-4', { valueQuantity: quantity(80, '{beats}/min') })), ['Observation.value.code fixed'])
  t.same(found(vital('8867-4', { valueQuantity: { value: 80, unit: 'bpm' } })), [
    'Observation.value.system min',
    'Observation.value.code min'
  ])
  t.same(found(vital('8867-4', { valueString: '80' })), ['Observation.value type', 'Observation.value slicing'])
  t.same(found(vital('8867-4', { valueQuantity: quantity(80, '/min'), effectiveDateTime: '2130' })), ['Observation.effective vs-1'])
  t.same(found(vital('8867-4', { valueQuantity: quantity(80, '/min'), subject: { reference: 'Group/1' } })), ['Observation.subject target'])
  t.same(found(vital('8867-4', { valueQuantity: quantity(80, '/min'), category: [{ text: 'Vital signs' }] })), [
    'Observation.category slice-min'
  ])
  t.same(found({ ...without('category'), code: { coding: [{ system: 'http://local', code: '8867-4' }] } }), [], 'another code system')
})

t.test('units and codes of the other vital signs', async (t) => {
  const good: Array<[string, string]> = [
    ['9279-1', '/min'],
    ['2708-6', '%'],
    ['8310-5', 'Cel'],
    ['8310-5', '[degF]'],
    ['29463-7', 'kg'],
    ['29463-7', '[lb_av]'],
    ['8302-2', 'cm'],
    ['8302-2', '[in_i]'],
    ['9843-4', 'cm'],
    ['39156-5', 'kg/m2']
  ]
  for (const [code, unit] of good) {
    t.same(found(vital(code, { valueQuantity: quantity(1, unit) })), [], `${code} ${unit}`)
    const wrong = found(vital(code, { valueQuantity: quantity(1, 'K') }))
    t.ok(wrong.length === 1 && /Observation\.value\.code (fixed|binding)/.test(wrong[0] ?? ''), `${code} in K: ${wrong}`)
  }
})

t.test('a blood pressure is a panel with its two components', async (t) => {
  const part = (code: string, more: Members = { valueQuantity: quantity(1, 'mm[Hg]') }) => ({ code: loinc(code), ...more })
  const bp = (...component: Members[]) => vital('85354-9', { component })
  t.same(found(bp(part('8480-6'), part('8462-4'))), [])
  t.same(found(bp(part('8480-6'), part('8462-4'), part('8478-0'))), [], 'open')
  t.same(found(bp(part('8480-6'), part('8462-4', { dataAbsentReason: { text: 'unknown' } }))), [])
  t.same(found(bp(part('8480-6'), part('8462-4', {}))), ['Observation.component[1] vs-3'])
  t.same(found(bp(part('8480-6'), part('8478-0'))), ['Observation.component slice-min'])
  t.same(found(bp(part('8480-6'))), ['Observation.component min', 'Observation.component slice-min'])
  t.same(found(bp(part('8480-6'), part('8480-6'), part('8462-4'))), ['Observation.component slice-max'])
  t.same(found(bp(part('8480-6', { valueQuantity: quantity(1, 'kPa') }), part('8462-4'))), [
    'Observation.component[0].value binding',
    'Observation.component[0].value.code fixed'
  ])
  t.same(found({ ...bp(part('8480-6'), part('8462-4')), valueQuantity: quantity(1, 'mm[Hg]') }), ['Observation.value slice-max'])
})

t.test('extensions: where they stand, what they hold, how often', async (t) => {
  const birthTime = (value: Members) =>
    patient({ birthDate: '1970-01-01', _birthDate: { extension: [{ url: `${R4}/patient-birthTime`, ...value }] } })
  t.same(found(birthTime({ valueDateTime: '1970-01-01T01:02:03Z' })), [])
  t.same(found(birthTime({ valueString: 'x' })), ['Patient.birthDate.extension[0].value type'])
  t.same(found(patient({ extension: [{ url: `${R4}/patient-birthTime`, valueDateTime: '1970-01-01' }] })), [
    'Patient.extension[0] extension-context'
  ])
  const place = { url: `${R4}/patient-birthPlace`, valueAddress: { city: 'A' } }
  t.same(found(patient({ extension: [place] })), [])
  t.same(found(patient({ extension: [place, place] })), ['Patient.extension[1] extension-max'])
  t.same(found(patient({ extension: [{ url: 'relative', valueString: 'x' }] })), ['Patient.extension[0] extension-url'])
  t.same(found(patient({ extension: [{ url: 'http://example.org/any', valueString: 'x' }] })), [], 'what others define may be anything')
  t.same(found(patient({ extension: [{ url: `${OURS}/nothing`, valueString: 'x' }] })), ['Patient.extension[0] extension-unknown'])
  t.same(found(patient({ extension: [{ url: `${OURS}/wardbridge-patient`, valueString: 'x' }] })), [
    'Patient.extension[0] extension-unknown'
  ])
  const ofName = {
    resourceType: 'Patient',
    name: [{ family: 'van A', _family: { extension: [{ url: `${R4}/humanname-own-prefix`, valueString: 'van' }] } }]
  }
  t.same(found(ofName), [], 'a context inside a data type')
})

t.test('extensions inside an extension', async (t) => {
  const cell = (...extension: Members[]) => patient({ extension: [{ url: `${OURS}/source-cell`, extension }] })
  const column = { url: 'column', valueCode: 'dob' }
  t.same(found(cell(column)), [])
  t.same(found(cell(column, { url: 'value', valueString: 'x' })), [])
  t.same(found(cell({ url: 'value', valueString: 'x' })), ['Patient.extension[0].extension slice-min'])
  t.same(found(cell(column, column)), ['Patient.extension[0].extension slice-max'])
  t.same(found(cell({ url: 'column', valueString: 'dob' })), ['Patient.extension[0].extension[0].value type'])
  t.same(found(patient({ extension: [{ url: `${OURS}/source-cell`, valueString: 'x' }] })), [
    'Patient.extension[0].extension min',
    'Patient.extension[0].value max'
  ])
})

t.test('an invariant of an extension context sees the extension', async (t) => {
  const item = (type: string) => ({
    resourceType: 'Questionnaire',
    status: 'draft',
    item: [{ linkId: '1', type, extension: [{ url: `${R4}/questionnaire-unit`, valueCoding: { code: 'kg' } }] }]
  })
  t.same(found(item('decimal')), [])
  t.same(found(item('string')), ['Questionnaire.item[0].extension[0] extension-context'])
})

t.test('profiles given with the call, and profiles of another type', async (t) => {
  t.same(found(patient({}), { profiles: [`${OURS}/wardbridge-patient`] }), ['Patient.identifier min', 'Patient.gender min'])
  t.same(found(patient({ meta: { profile: [`${R4}/bp`] } })), ['Patient type'])
  t.same(found(patient({ meta: { profile: [`${R4}/Patient`] } })), [], 'the type itself')
})

t.test('contained resources and entries are held against their own profiles', async (t) => {
  const heart = { ...vital('8867-4', { valueString: 'x' }), id: 'h' }
  t.same(
    found({ resourceType: 'DiagnosticReport', status: 'final', code: { text: 'x' }, contained: [heart], result: [{ reference: '#h' }] }),
    ['DiagnosticReport.contained[0].value type', 'DiagnosticReport.contained[0].value slicing']
  )
})

t.test('stops at the limit', async (t) => {
  const name = Array.from({ length: 1000 }, () => ({ id: 'a' }))
  t.equal(validate(patient({ name }), { limit: 7 }).issues.length, 7)
  t.equal(validate(patient({ name })).issues.length, 100)
})

t.test('nothing crashes: values of every form, broken examples, nesting without end', async (t) => {
  for (const value of [
    null,
    undefined,
    1,
    'x',
    [],
    {},
    { resourceType: 1 },
    { resourceType: 'Nobody' },
    { resourceType: '__proto__' },
    { resourceType: ['Patient'] }
  ]) {
    t.ok(validate(value).issues.length > 0, JSON.stringify(value))
  }
  const random = new Random(3)
  const bp = vital('85354-9', { component: [{ code: loinc('8480-6'), valueQuantity: quantity(1, 'mm[Hg]') }] })
  let refused = 0
  for (let i = 0; i < 3000; i++) {
    const resource = structuredClone(random.chance(0.5) ? random.pick(EXAMPLES) : bp) as Members
    for (let n = random.int(4); n >= 0; n--) damage(resource, random)
    if (validate(resource).issues.some(({ severity }) => severity === 'error')) refused++
  }
  t.ok(refused > 2000, `${refused} of 3000 refused`)
  const depth = 20000
  const deep = `{"resourceType":"Patient","extension":${'[{"url":"u","extension":'.repeat(depth)}[{"url":"u","valueString":"x"}]${'}]'.repeat(depth)}}`
  t.ok(validate(JSON.parse(deep)).issues.length > 0)
  const contained = `${'{"resourceType":"Bundle","type":"collection","entry":[{"resource":'.repeat(depth)}{"resourceType":"Patient"}${'}]}'.repeat(depth)}`
  t.ok(validate(JSON.parse(contained)).issues.length > 0)
})

const packageFolder = process.env['WARDBRIDGE_R4_EXAMPLES'] ?? 'node_modules/hl7.fhir.r4.examples'
const DEFINITIONS =
  /^(CodeSystem|ValueSet|SearchParameter|StructureDefinition|ConceptMap|OperationDefinition|CapabilityStatement|CompartmentDefinition|NamingSystem|ImplementationGuide|ig-r4)\b/
t.test(
  'the official examples are valid but for those with a fault of their own (docs/conformance.md)',
  { skip: existsSync(packageFolder) ? false : 'unpack hl7.fhir.r4.examples 4.0.1 and set WARDBRIDGE_R4_EXAMPLES to its folder' },
  async (t) => {
    const refused: string[] = []
    let count = 0
    for (const file of readdirSync(packageFolder)) {
      if (!file.endsWith('.json') || DEFINITIONS.test(file) || file.startsWith('Bundle-')) continue
      const resource = JSON.parse(readFileSync(`${packageFolder}/${file}`, 'utf8'))
      if (resource.resourceType === undefined) continue
      count++
      if (found(resource).length > 0) refused.push(file.replace('.json', ''))
    }
    t.ok(count > 650, `${count} examples`)
    t.same(refused, [
      'ActivityDefinition-blood-tubes-supply',
      'ActivityDefinition-heart-valve-replacement',
      'DeviceMetric-example',
      'DeviceUseStatement-example',
      'EventDefinition-example',
      'MedicationRequest-medrx0301',
      'Observation-clinical-gender',
      'Observation-f202',
      'Organization-2.16.840.1.113883.19.5',
      'Questionnaire-qs1',
      'Questionnaire-zika-virus-exposure-assessment'
    ])
  }
)
