import t from 'tap'
import { parseJson, stringifyJson } from '#wardbridge/fhir/json.js'
import { parseFhirPathPatch } from '#wardbridge/fhir/patch/fhirpath-patch.js'

type Parts = Readonly<Record<string, string | number | object>>

/** Members of `value` are those of the part: value[x], part or resource. */
function operation(type: string, { value, ...parts }: Parts): object {
  const rows = Object.entries(parts).map(([name, one]) => ({ name, [typeof one === 'number' ? 'valueInteger' : 'valueString']: one }))
  return {
    name: 'operation',
    part: [{ name: 'type', valueCode: type }, ...rows, ...(value === undefined ? [] : [{ name: 'value', ...(value as object) }])]
  }
}

function patched(resource: string | object, ...operations: object[]): string {
  const text = JSON.stringify({ resourceType: 'Parameters', parameter: operations })
  return stringifyJson(parseFhirPathPatch(text)(parseJson(typeof resource === 'string' ? resource : JSON.stringify(resource))))
}

const patient = (more: object = {}) => ({ resourceType: 'Patient', ...more })
const identifiers = (...values: number[]) =>
  patient({ identifier: values.map((value) => ({ system: 'http://example.org', value: `value ${value}` })) })
const add = (path: string, name: string, value: object) => operation('add', { path, name, value })
const replace = (path: string, value: object) => operation('replace', { path, value })
const remove = (path: string) => operation('delete', { path })
const insert = (path: string, index: number, value: object) => operation('insert', { path, index, value })
const move = (path: string, source: number, destination: number) => operation('move', { path, source, destination })
const text = (value: string) => ({ text: value })

type Case = readonly [name: string, resource: object, operations: object[], result: object | RegExp]

const CASES: readonly Case[] = [
  ['no operations', patient({ birthDate: '1920-01-01' }), [], patient({ birthDate: '1920-01-01' })],
  [
    'replace a primitive',
    patient({ birthDate: '1920-01-01' }),
    [replace('Patient.birthDate', { valueDate: '1930-01-01' })],
    patient({ birthDate: '1930-01-01' })
  ],
  ['delete a primitive', patient({ birthDate: '1920-01-01' }), [remove('Patient.birthDate')], patient()],
  ['add a primitive', patient(), [add('Patient', 'birthDate', { valueDate: '1930-01-01' })], patient({ birthDate: '1930-01-01' })],
  ['delete what is not there', patient(), [remove('Patient.birthDate'), remove('Patient.contact[3].name')], patient()],
  [
    'replace a nested primitive',
    patient({ contact: [{ name: text('a name'), gender: 'male' }] }),
    [replace('Patient.contact[0].gender', { valueCode: 'female' }), replace('Patient.contact[0].name.text', { valueString: 'the name' })],
    patient({ contact: [{ name: text('the name'), gender: 'female' }] })
  ],
  [
    'delete a nested primitive; what it leaves empty goes, too',
    patient({ contact: [{ name: text('a name'), gender: 'male' }] }),
    [remove('Patient.contact[0].name.text')],
    patient({ contact: [{ gender: 'male' }] })
  ],
  [
    'delete the last there is in a list',
    patient({ contact: [{ name: text('a name') }] }),
    [remove('Patient.contact[0].name.text')],
    patient()
  ],
  [
    'add a complex value',
    patient(),
    [add('Patient', 'maritalStatus', { valueCodeableConcept: text('married') })],
    patient({ maritalStatus: text('married') })
  ],
  [
    'replace a complex value, ids included',
    patient({ maritalStatus: { id: '1', text: 'married' } }),
    [replace('Patient.maritalStatus', { valueCodeableConcept: { id: '2', text: 'not married' } })],
    patient({ maritalStatus: { id: '2', text: 'not married' } })
  ],
  ['delete a complex value', patient({ maritalStatus: text('married') }), [remove('Patient.maritalStatus')], patient()],
  [
    'add an element without a type of its own',
    patient(),
    [
      add('Patient', 'contact', {
        part: [
          { name: 'name', valueHumanName: text('a name') },
          { name: 'gender', valueCode: 'male' }
        ]
      })
    ],
    patient({ contact: [{ name: text('a name'), gender: 'male' }] })
  ],
  [
    'delete an element without a type of its own',
    patient({ contact: [{ name: text('a name') }] }),
    [remove('Patient.contact[0]')],
    patient()
  ],
  [
    'parts: choices, lists and parts in parts',
    { resourceType: 'Questionnaire', status: 'draft' },
    [
      add('Questionnaire', 'item', {
        part: [
          { name: 'linkId', valueString: '1' },
          { name: 'type', valueCode: 'choice' },
          {
            name: 'item',
            part: [
              { name: 'linkId', valueString: '1.1' },
              { name: 'type', valueCode: 'decimal' },
              { name: 'initial', part: [{ name: 'value', valueDecimal: 1 }] }
            ]
          },
          {
            name: 'item',
            part: [
              { name: 'linkId', valueString: '1.2' },
              { name: 'type', valueCode: 'display' }
            ]
          }
        ]
      })
    ],
    {
      resourceType: 'Questionnaire',
      status: 'draft',
      item: [
        {
          linkId: '1',
          type: 'choice',
          item: [
            { linkId: '1.1', type: 'decimal', initial: [{ valueDecimal: 1 }] },
            { linkId: '1.2', type: 'display' }
          ]
        }
      ]
    }
  ],
  [
    'insert at the end',
    identifiers(1, 2),
    [insert('Patient.identifier', 2, { valueIdentifier: { system: 'http://example.org', value: 'value 3' } })],
    identifiers(1, 2, 3)
  ],
  [
    'insert in between',
    identifiers(1, 2),
    [insert('Patient.identifier', 1, { valueIdentifier: { system: 'http://example.org', value: 'value 3' } })],
    identifiers(1, 3, 2)
  ],
  [
    'insert at the beginning',
    identifiers(1, 2),
    [insert('Patient.identifier', 0, { valueIdentifier: { system: 'http://example.org', value: 'value 3' } })],
    identifiers(3, 1, 2)
  ],
  [
    'insert past the end',
    identifiers(1, 2),
    [insert('Patient.identifier', 3, { valueIdentifier: { value: 'x' } })],
    /Operation 1 .*beyond the end/
  ],
  [
    'insert into what is no list',
    patient({ maritalStatus: text('x') }),
    [insert('Patient.maritalStatus', 0, { valueCodeableConcept: text('y') })],
    /no list/
  ],
  [
    'add appends to a list',
    identifiers(1),
    [add('Patient', 'identifier', { valueIdentifier: { system: 'http://example.org', value: 'value 2' } })],
    identifiers(1, 2)
  ],
  ['delete from a list: first', identifiers(1, 2, 3), [remove('Patient.identifier[0]')], identifiers(2, 3)],
  ['delete from a list: middle', identifiers(1, 2, 3), [remove('Patient.identifier[1]')], identifiers(1, 3)],
  ['delete from a list: last', identifiers(1, 2, 3), [remove('Patient.identifier[2]')], identifiers(1, 2)],
  ['delete by a condition', identifiers(1, 2, 3), [remove("Patient.identifier.where(value='value 2')")], identifiers(1, 3)],
  ['delete several', identifiers(1, 2), [remove('Patient.identifier')], /2 elements/],
  ['move back', identifiers(1, 2, 3, 4), [move('Patient.identifier', 3, 1)], identifiers(1, 4, 2, 3)],
  ['move to the beginning', identifiers(1, 2, 3, 4), [move('Patient.identifier', 3, 0)], identifiers(4, 1, 2, 3)],
  ['move by one', identifiers(1, 2, 3, 4), [move('Patient.identifier', 3, 2)], identifiers(1, 2, 4, 3)],
  ['move to the end', identifiers(1, 2, 3, 4), [move('Patient.identifier', 0, 3)], identifiers(2, 3, 4, 1)],
  [
    'several moves',
    identifiers(1, 2, 3, 4),
    [move('Patient.identifier', 3, 0), move('Patient.identifier', 3, 1), move('Patient.identifier', 3, 2)],
    identifiers(4, 3, 2, 1)
  ],
  ['move past the end', identifiers(1, 2), [move('Patient.identifier', 0, 2)], /below 2/],
  [
    'an operation on what is not there',
    patient({ identifier: [{ use: 'official', value: '123' }] }),
    [add("Patient.identifier.where(use = 'official').period", 'end', { valueDate: '2021-12-01' })],
    /Operation 1 .*there is no element/
  ],
  ['replace what is not there', patient(), [replace('Patient.birthDate', { valueDate: '2000-01-01' })], /there is no element/],
  ['add what cannot repeat twice', patient({ gender: 'male' }), [add('Patient', 'gender', { valueCode: 'female' })], /cannot repeat/],
  ['add an element that the type does not have', patient(), [add('Patient', 'shoeSize', { valueInteger: 42 })], /no element shoeSize/],
  [
    'add a choice: the type of the value gives the name',
    patient(),
    [add('Patient', 'deceased', { valueBoolean: false })],
    patient({ deceasedBoolean: false })
  ],
  [
    'add a choice by its full name',
    patient(),
    [add('Patient', 'deceasedDateTime', { valueDateTime: '2020' })],
    patient({ deceasedDateTime: '2020' })
  ],
  [
    'add a choice by its name in the specification',
    patient(),
    [add('Patient', 'deceased[x]', { valueBoolean: true })],
    patient({ deceasedBoolean: true })
  ],
  [
    'add a choice that is there as another type',
    patient({ deceasedBoolean: true }),
    [add('Patient', 'deceased', { valueDateTime: '2020' })],
    /there already/
  ],
  ['add a choice of a type that it cannot have', patient(), [add('Patient', 'deceased', { valueString: 'x' })], /cannot have this type/],
  [
    'replace a choice by another type, in its place',
    patient({ active: true, deceasedBoolean: true, gender: 'male' }),
    [replace('Patient.deceased', { valueDateTime: '2020' })],
    patient({ active: true, deceasedDateTime: '2020', gender: 'male' })
  ],
  ['delete a choice', patient({ deceasedBoolean: true }), [remove('Patient.deceased')], patient()],
  [
    'extensions of an element: add, replace a value by its url, delete',
    patient({ extension: [{ url: 'http://a', valueString: 'x' }] }),
    [
      add('Patient', 'extension', { valueExtension: { url: 'http://b', valueCode: 'y' } }),
      replace("Patient.extension('http://a').value", { valueQuantity: { value: 2 } }),
      remove("Patient.extension.where(url = 'http://b')")
    ],
    patient({ extension: [{ url: 'http://a', valueQuantity: { value: 2 } }] })
  ],
  [
    'extension of a primitive, added and deleted',
    patient({ birthDate: '1970-01-01' }),
    [add('Patient.birthDate', 'extension', { valueExtension: { url: 'http://t', valueDateTime: '1970-01-01T14:35:45-05:00' } })],
    patient({ birthDate: '1970-01-01', _birthDate: { extension: [{ url: 'http://t', valueDateTime: '1970-01-01T14:35:45-05:00' }] } })
  ],
  [
    'the extension of a primitive goes alone, the primitive stays',
    patient({ birthDate: '1970-01-01', _birthDate: { extension: [{ url: 'http://t', valueString: 'x' }] } }),
    [remove("Patient.birthDate.extension('http://t')")],
    patient({ birthDate: '1970-01-01' })
  ],
  [
    'a primitive takes its extension with it',
    patient({ birthDate: '1970-01-01', _birthDate: { id: 'x' }, gender: 'male' }),
    [remove('Patient.birthDate')],
    patient({ gender: 'male' })
  ],
  [
    'a primitive without a value, that has only an extension',
    patient({ _birthDate: { extension: [{ url: 'http://t', valueString: 'x' }] } }),
    [replace('Patient.birthDate', { valueDate: '1970' })],
    patient({ birthDate: '1970' })
  ],
  [
    'a primitive value with an extension',
    patient(),
    [add('Patient', 'birthDate', { valueDate: '1970', _valueDate: { id: 'b' } })],
    patient({ birthDate: '1970', _birthDate: { id: 'b' } })
  ],
  [
    'lists of primitives keep their ids and extensions beside them',
    patient({ name: [{ given: ['a', 'b', 'c'], _given: [null, { id: 'b' }, null] }] }),
    [insert('Patient.name[0].given', 0, { valueString: 'z' }), move('Patient.name[0].given', 3, 0), remove('Patient.name[0].given[1]')],
    patient({ name: [{ given: ['c', 'a', 'b'], _given: [null, null, { id: 'b' }] }] })
  ],
  [
    'into contained resources',
    patient({ contained: [{ resourceType: 'Observation', id: 'o', status: 'final' }] }),
    [add("Patient.contained.where(id = 'o')", 'value', { valueInteger: 3 })],
    patient({ contained: [{ resourceType: 'Observation', id: 'o', status: 'final', valueInteger: 3 }] })
  ],
  [
    'a resource as value',
    patient(),
    [add('Patient', 'contained', { resource: { resourceType: 'Organization', id: 'o' } })],
    patient({ contained: [{ resourceType: 'Organization', id: 'o' }] })
  ],
  [
    'the xhtml of a narrative, whose name is a word of FHIRPath',
    patient({ text: { status: 'generated', div: '<div>.div</div>' } }),
    [replace("Patient.text.where(status.exists() and 'a.div' = 'a.div').div", { valueString: '<div>new</div>' })],
    patient({ text: { status: 'generated', div: '<div>new</div>' } })
  ],
  ['the resource itself', patient(), [remove('Patient')], /as a whole/],
  ['a value that is no element', patient({ gender: 'male' }), [remove('Patient.gender.exists()')], /not an element/],
  ['a path that is no FHIRPath', patient(), [remove('Patient.[')], /cannot be evaluated/],
  [
    'operations see what those before them did',
    patient(),
    [add('Patient', 'name', { valueHumanName: { family: 'a' } }), add('Patient.name[0]', 'given', { valueString: 'b' })],
    patient({ name: [{ family: 'a', given: ['b'] }] })
  ],
  [
    'the second of two fails',
    patient(),
    [add('Patient', 'active', { valueBoolean: true }), remove('Patient.name.nosuch()')],
    /^Operation 2/
  ]
]

for (const [name, resource, operations, result] of CASES) {
  t.test(name, async (t) => {
    if (result instanceof RegExp) t.throws(() => patched(resource, ...operations), { message: result })
    else t.equal(patched(resource, ...operations), JSON.stringify(result))
  })
}

t.test('what is not touched keeps every character; values of the patch too', async (t) => {
  const observation =
    '{"resourceType":"Observation","valueQuantity":{"value":1.00},"component":[{"valueQuantity":{"value":1e-7}}],"note":[{"text":"\\u00e9"}]}'
  const patch =
    '{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"replace"},{"name":"path","valueString":"Observation.value.value"},{"name":"value","valueDecimal":2.50}]}]}'
  t.equal(
    stringifyJson(parseFhirPathPatch(patch)(parseJson(observation))),
    '{"resourceType":"Observation","valueQuantity":{"value":2.50},"component":[{"valueQuantity":{"value":1e-7}}],"note":[{"text":"\\u00e9"}]}'
  )
})

t.test('a patch that is none is refused, naming the operation', async (t) => {
  t.throws(() => parseFhirPathPatch('{"resourceType":"Patient"}'), { code: 'http.bad-request' })
  t.throws(() => parseFhirPathPatch('[]'), { code: 'http.bad-request' })
  t.throws(() => parseFhirPathPatch('{"resourceType":"Parameters","parameter":[1]}'), { code: 'http.bad-request' })
  for (const bad of [
    { name: 'other', part: [] },
    { name: 'operation' },
    operation('merge', { path: 'Patient' }),
    operation('add', { path: 'Patient', value: { valueString: 'x' } }),
    operation('add', { path: 'Patient', name: 'active' }),
    operation('add', { path: 'Patient', name: 'active', value: {} }),
    operation('insert', { path: 'Patient.name', value: { valueHumanName: {} } }),
    operation('insert', { path: 'Patient.name', index: -1, value: { valueHumanName: {} } }),
    operation('move', { path: 'Patient.name', source: 0 }),
    operation('delete', {})
  ]) {
    const patch = JSON.stringify({ resourceType: 'Parameters', parameter: [operation('delete', { path: 'Patient.x' }), bad] })
    t.throws(
      () => parseFhirPathPatch(patch),
      { code: 'patch.malformed', status: 400, expression: 'Parameters.parameter[1]', params: { number: 2 } },
      JSON.stringify(bad)
    )
  }
})
