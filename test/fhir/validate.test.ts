import { existsSync, readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { typeDefinition } from '#wardbridge/fhir/definitions.js'
import { validateResource } from '#wardbridge/fhir/validate.js'
import { EXAMPLES } from './examples.js'
import { Random } from './random.js'

type Members = Record<string, unknown>

const observation = (more: Members = {}, without: string[] = []): Members => {
  const whole: Members = { resourceType: 'Observation', id: 'a', status: 'final', code: { text: 'x' }, ...more }
  for (const name of without) delete whole[name]
  return whole
}
const patient = (more: Members): Members => ({ resourceType: 'Patient', ...more })
const found = (resource: unknown) => validateResource(resource).map(({ expression, reason }) => `${expression}: ${reason}`)

t.test('our examples are valid', async (t) => {
  for (const resource of EXAMPLES) t.same(found(resource), [], `${resource.resourceType}/${resource.id}`)
})

t.test('takes what R4 allows', async (t) => {
  const valid: Array<[string, unknown]> = [
    ['only a resourceType', { resourceType: 'Patient' }],
    ['meta and id', patient({ id: 'a', meta: { versionId: '1', lastUpdated: '2026-01-02T03:04:05.678Z', profile: ['http://x'] } })],
    ['extension of a primitive', patient({ birthDate: '1970', _birthDate: { extension: [{ url: 'http://x', valueString: 'y' }] } })],
    ['a primitive given by its extension alone', patient({ _birthDate: { extension: [{ url: 'http://x', valueCode: 'unknown' }] } })],
    [
      'a required primitive given by its extension alone',
      observation({ _status: { extension: [{ url: 'http://x', valueCode: 'unknown' }] } }, ['status'])
    ],
    ['extensions of repeating primitives', patient({ name: [{ given: ['A', null], _given: [null, { id: 'g2' }] }] })],
    ['both halves of a choice', observation({ valueString: 'x', _valueString: { id: 'v' } })],
    ['decimals and negative numbers', observation({ valueQuantity: { value: -1e-7 } })],
    [
      'a contained resource',
      patient({ contained: [{ resourceType: 'Organization', id: 'o', name: 'O' }], managingOrganization: { reference: '#o' } })
    ],
    ['a Bundle', { resourceType: 'Bundle', type: 'collection', entry: [{ resource: patient({}) }, { resource: observation() }] }],
    [
      'Parameters',
      {
        resourceType: 'Parameters',
        parameter: [
          {
            name: 'a',
            part: [
              { name: 'b', resource: patient({}) },
              { name: 'c', valueDate: '2026' }
            ]
          }
        ]
      }
    ],
    ['a narrative', patient({ text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">é</div>' } })],
    ['white space and letters of any script', patient({ name: [{ text: 'a\u00a0b\n\tØ 日本' }] })],
    [
      'references by identifier, URN, URL and condition',
      observation({ subject: { identifier: { value: '1' } }, encounter: { reference: 'urn:uuid:1' }, device: { reference: 'http://a/x' } })
    ],
    ['a leap day', patient({ birthDate: '2024-02-29' })],
    ['base64', patient({ photo: [{ data: 'QUJD\nREVG' }] })],
    ['a quantity with a comparator', observation({ valueQuantity: { value: 5, comparator: '<' } })]
  ]
  for (const [name, resource] of valid) t.same(found(resource), [], name)
})

t.test('refuses what R4 does not allow, and says where', async (t) => {
  const invalid: Array<[resource: unknown, expression: string, reason: RegExp]> = [
    [null, 'Resource', /JSON object/],
    [[], 'Resource', /JSON object/],
    ['x', 'Resource', /JSON object/],
    [{}, 'Resource', /resourceType is missing/],
    [{ resourceType: 'Nobody' }, 'Nobody', /not a resource type/],
    [{ resourceType: 'DomainResource' }, 'DomainResource', /not a resource type/],
    [{ resourceType: '__proto__' }, '__proto__', /not a resource type/],
    [observation({ foo: 1 }), 'Observation', /"foo" is not an element of Observation/],
    [observation({ value: 1 }), 'Observation', /"value" is not an element/],
    [observation({ code: { text: 'x', display: 'y' } }), 'Observation.code', /"display" is not an element of CodeableConcept/],
    [JSON.parse('{"resourceType":"Patient","__proto__":{"a":1}}'), 'Patient', /"__proto__" is not/],
    [JSON.parse('{"resourceType":"Patient","constructor":1}'), 'Patient', /"constructor" is not/],
    [observation({}, ['status']), 'Observation.status', /is required/],
    [observation({}, ['code']), 'Observation.code', /is required/],
    [observation({ component: [{ code: { text: 'x' } }, { valueString: 'x' }] }), 'Observation.component[1].code', /is required/],
    [observation({ status: 'done' }), 'Observation.status', /"done" is not a code of/],
    [observation({ status: 1 }), 'Observation.status', /JSON string/],
    [observation({ status: ['final'] }), 'Observation.status', /must not be an array/],
    [observation({ status: null }), 'Observation.status', /JSON string/],
    [observation({ category: { text: 'x' } }), 'Observation.category', /must be an array/],
    [observation({ category: [] }), 'Observation.category', /must not be empty/],
    [observation({ category: [{}] }), 'Observation.category[0]', /must not be empty/],
    [observation({ category: [null] }), 'Observation.category[0]', /JSON object/],
    [observation({ category: ['x'] }), 'Observation.category[0]', /JSON object/],
    [observation({ code: {} }), 'Observation.code', /must not be empty/],
    [observation({ code: { text: '' } }), 'Observation.code.text', /must not be empty/],
    [observation({ code: { text: 'a\u0000' } }), 'Observation.code.text', /control characters/],
    [observation({ code: { coding: [{ system: 'a b' }] } }), 'Observation.code.coding[0].system', /white space/],
    [observation({ code: { coding: [{ code: ' a' }] } }), 'Observation.code.coding[0].code', /valid code/],
    [observation({ valueString: 'x', valueBoolean: true }), 'Observation.value', /one type only/],
    [observation({ valueString: 'x', _valueBoolean: { id: 'a' } }), 'Observation.value', /one type only/],
    [observation({ valueQuantity: { value: '5' } }), 'Observation.value.value', /JSON number/],
    [observation({ valueInteger: 1.5 }), 'Observation.value', /whole number/],
    [observation({ valueInteger: 2147483648 }), 'Observation.value', /whole number/],
    [observation({ valueBoolean: 'true' }), 'Observation.value', /true or false/],
    [observation({ valueQuantity: { value: Number.POSITIVE_INFINITY } }), 'Observation.value.value', /too large/],
    [observation({ effectiveDateTime: '10/23/64 21:09' }), 'Observation.effective', /valid dateTime/],
    [observation({ effectiveDateTime: '2026-01-02T03:04:05' }), 'Observation.effective', /valid dateTime/],
    [observation({ effectiveDateTime: '2023-02-29T00:00:00Z' }), 'Observation.effective', /valid dateTime/],
    [observation({ issued: '2026-01-02' }), 'Observation.issued', /valid instant/],
    [
      observation({ subject: { reference: 'Practitioner/1' } }),
      'Observation.subject',
      /must refer to Patient, Group, Device, Location, not to Practitioner/
    ],
    [observation({ subject: { reference: 'http://a.org/fhir/Practitioner/1' } }), 'Observation.subject', /not to Practitioner/],
    [observation({ referenceRange: [{ low: { value: 1, comparator: '<' } }] }), 'Observation.referenceRange[0].low', /SimpleQuantity/],
    [observation({ extension: [{ valueString: 'x' }] }), 'Observation.extension[0].url', /is required/],
    [observation({ _status: { foo: 1 } }), 'Observation.status', /"foo" is not an element of Element/],
    [observation({ _code: { id: 'x' } }), 'Observation', /"_code" is not an element/],
    [observation({ _category: [{ id: 'x' }] }), 'Observation', /"_category" is not/],
    [patient({ id: 'a_b' }), 'Patient.id', /valid id/],
    [patient({ id: 'x'.repeat(65) }), 'Patient.id', /valid id/],
    [patient({ name: [{ given: ['A', null] }] }), 'Patient.name[0].given[1]', /JSON string/],
    [patient({ name: [{ given: ['A', null], _given: [null, null] }] }), 'Patient.name[0].given[1]', /JSON string/],
    [patient({ _birthDate: {} }), 'Patient.birthDate', /must not be empty/],
    [patient({ birthDate: '2026-02-30' }), 'Patient.birthDate', /valid date/],
    [patient({ contained: [{ resourceType: 'Observation', id: 'o' }] }), 'Patient.contained[0].status', /is required/],
    [patient({ contained: [{ id: 'o' }] }), 'Patient.contained[0]', /resourceType is missing/],
    [patient({ text: { status: 'generated', div: 'plain' } }), 'Patient.text.div', /<div>/],
    [patient({ photo: [{ data: 'ab c!' }] }), 'Patient.photo[0].data', /base64/],
    [patient({ multipleBirthInteger: 1, telecom: [{ rank: 0 }] }), 'Patient.telecom[0].rank', /from 1/],
    [
      { resourceType: 'Bundle', type: 'collection', entry: [{ resource: patient({}) }, { resource: { resourceType: 'Observation' } }] },
      'Bundle.entry[1].resource.status',
      /required/
    ],
    [
      { resourceType: 'Parameters', parameter: [{ name: 'a', resource: { resourceType: 'Nobody' } }] },
      'Parameters.parameter[0].resource',
      /not a resource type/
    ],
    [
      { resourceType: 'Condition', subject: { reference: 'Patient/1' }, clinicalStatus: { coding: [{ code: 'active' }] } },
      'Condition.clinicalStatus',
      /must have a coding of/
    ],
    [
      { resourceType: 'Condition', subject: { reference: 'Patient/1' }, clinicalStatus: { text: 'active' } },
      'Condition.clinicalStatus',
      /must have a coding of/
    ]
  ]
  for (const [resource, expression, reason] of invalid) {
    const issues = validateResource(resource)
    t.ok(
      issues.some((issue) => issue.expression === expression && reason.test(issue.reason)),
      `${expression} ${reason}: ${JSON.stringify(issues)}`
    )
  }
})

t.test('stops after 20 issues', async (t) => {
  t.equal(validateResource(patient({ name: Array.from({ length: 100000 }, () => ({ family: 1 })) })).length, 20)
  t.equal(validateResource(patient(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`x${i}`, 1])))).length, 20)
})

t.test('nesting without end is an issue, not a crash', async (t) => {
  const depth = 50000
  const text = `{"resourceType":"Patient","extension":${'[{"url":"u","extension":'.repeat(depth)}[{"url":"u","valueString":"x"}]${'}]'.repeat(depth)}}`
  t.match(found(JSON.parse(text)), [/is nested deeper than 200 levels/])
  const contained = `${'{"resourceType":"Bundle","type":"collection","entry":[{"resource":'.repeat(depth)}{"resourceType":"Patient"}${'}]}'.repeat(depth)}`
  t.match(found(JSON.parse(contained)), [/is nested deeper than 200 levels/])
})

t.test('a long hostile text takes no long time', async (t) => {
  const spaces = ' '.repeat(200000)
  t.match(found(patient({ photo: [{ data: `${'QUJD '.repeat(40000)}!` }] })), [/base64/])
  t.match(found(patient({ language: `a${spaces}` })), [/valid code/])
  t.same(found(patient({ name: [{ text: `a${spaces}b` }] })), [])
})

t.test('every damage to a valid resource is found', async (t) => {
  const random = new Random(21)
  /** The objects of a resource with their types, so that the damage can be chosen to be one. */
  const objects = (value: unknown, type: string): Array<[Members, string]> => {
    if (Array.isArray(value)) return value.flatMap((item) => objects(item, type))
    if (typeof value !== 'object' || value === null) return []
    const own = value as Members
    const name = typeof own['resourceType'] === 'string' ? own['resourceType'] : type
    const members = typeDefinition(name)?.members
    return [[own, name], ...Object.entries(own).flatMap(([member, item]) => objects(item, members?.get(member)?.type ?? 'Element'))]
  }
  for (let i = 0; i < 4000; i++) {
    const example = random.pick(EXAMPLES)
    const resource = structuredClone(example) as Members
    const [object, type] = random.pick(objects(resource, example.resourceType))
    const name = random.pick(Object.keys(object))
    const element = typeDefinition(type)?.members.get(name)?.element
    const what = random.int(5)
    if (what === 0) object['nonsense'] = 1
    else if (what === 1) object[name] = Array.isArray(object[name]) ? [] : {}
    else if (what === 2) object[name] = null
    else if (what === 3) object[name] = Array.isArray(object[name]) ? object[name][0] : [object[name]]
    else if (element !== undefined && element.min > 0) delete object[name]
    else object[name] = ''
    if (validateResource(resource).length === 0) t.fail(`${type}.${name} ${what}: ${JSON.stringify(resource)}`)
  }
  t.pass()
})

const packageFolder = process.env['WARDBRIDGE_R4_EXAMPLES'] ?? 'node_modules/hl7.fhir.r4.examples'
t.test(
  'the official examples are valid, but for those that have an error',
  { skip: existsSync(packageFolder) ? false : 'unpack hl7.fhir.r4.examples 4.0.1 and set WARDBRIDGE_R4_EXAMPLES to its folder' },
  async (t) => {
    const refused: string[] = []
    let count = 0
    for (const file of readdirSync(packageFolder)) {
      const resource = file.endsWith('.json') ? JSON.parse(readFileSync(`${packageFolder}/${file}`, 'utf8')) : {}
      if (resource.resourceType === undefined || file === '.index.json') continue
      count++
      if (validateResource(resource).length > 0) refused.push(file)
    }
    t.ok(count > 5000, `${count} resources`)
    // References to a type that is not allowed, missing required elements, codes with a no-break space at the end, an id of 69 characters.
    t.equal(refused.length, 20, refused.join(' '))
  }
)
