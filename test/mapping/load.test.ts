/** Faults of a mapping file are found before any row is read, and named with file, line and column. `▶` marks the place in each text. */
import t from 'tap'
import type { WardbridgeError } from '#wardbridge/errors.js'
import { readPack } from '#wardbridge/files/packs.js'
import { checkPack, loadPack } from '#wardbridge/mapping/index.js'
import type { PackSource } from '#wardbridge/mapping/pack.js'
import { tiny } from './support.js'

const MAP = JSON.stringify({
  resourceType: 'ConceptMap',
  group: [
    { source: 'urn:l', target: 'urn:t', element: [{ code: 'F', target: [{ code: 'femme', dependsOn: [{ property: 'b', value: 'x' }] }] }] }
  ]
})

const HEAD = `table: patients
key: id
columns:
  id: {type: integer, required: true}
  name: {type: text}
  born: {type: midnight}
  seen: {type: timestamp}
  weight: {type: decimal}
  b: text
`
const resource = (line: string): string => `${HEAD}resources:
  - as: patient
    key: [$id]
    resourceType: Patient
    identifier: [{value: $id}]
    ${line}
  - as: visit
    key: [$id]
    resourceType: Encounter
    status: unknown
    class: {code: IMP}
    subject: {ref: patient, key: [$id]}
`

/** What is wrong, the text of patients.yaml, and a part of the message. */
const FAULTS: ReadonlyArray<readonly [string, string, RegExp]> = [
  ['an unknown column', resource('gender: ▶$sex'), /unknown column "sex" \(columns: id, name/],
  ['an unknown column in a text', resource('name: [{text: ▶"Ms ${nom}"}]'), /unknown column "nom"/],
  ['a text with an empty ${}', resource('name: [{text: ▶"Ms ${}"}]'), /unknown column ""/],
  [
    'an unknown element, with a hint',
    resource('▶birthdate: {date: $born}'),
    /Patient has no element "birthdate" \(did you mean "birthDate"\?\)/
  ],
  ['an unknown element deeper down', resource('name: [{▶nick: $name}]'), /HumanName has no element "nick"/],
  ['a date that is not written as one', resource('birthDate: ▶$born'), /is of type date: use \{date: \$born\}/],
  ['a dateTime where a date is wanted', resource('birthDate: {▶dateTime: $born}'), /use \{date/],
  ['a date out of text', resource('birthDate: {date: ▶$name}'), /column name is of type text/],
  ['text in an integer', resource('multipleBirthInteger: ▶$name'), /the column must be integer/],
  ['text in a boolean', resource('active: ▶$name'), /the column must be a flag/],
  ['text in a decimal', resource('extension: [{url: "urn:x", valueDecimal: ▶$name}]'), /the column must be decimal or integer/],
  ['a free text in an element with a fixed list of codes', resource('gender: ▶$name'), /takes only .*female.*: use a code map/],
  ['a value where an object is wanted', resource('maritalStatus: ▶$name'), /takes an object/],
  ['an object where a value is wanted', resource('birthDate: ▶{text: x}'), /takes a value, not an object/],
  ['a word where a number is wanted', resource('multipleBirthInteger: ▶two'), /takes a number/],
  ['a number JSON does not know', resource('multipleBirthInteger: ▶0x10'), /not a valid integer/],
  ['a literal date that does not exist', resource('birthDate: ▶2001-02-30'), /not a valid date/],
  ['a period out of text', resource('name: [{period: {period: {start: ▶$name, end: $seen}}}]'), /column name is of type text/],
  ['a quantity where a text is wanted', resource('name: [{text: {▶quantity: $weight}}]'), /is of type string: "quantity" gives Quantity/],
  ['a missing code map', resource('maritalStatus: {▶map: marital, from: $name}'), /there is no code map "marital" \(maps\/marital.json\)/],
  ['a code map without its columns', resource('maritalStatus: {▶map: sex, from: $name}'), /depends on the column b/],
  [
    'a code map that gives other codes than the element takes',
    resource('gender: {▶map: sex, from: [$name, $b]}'),
    /gives "femme", which is not one of/
  ],
  [
    'an unknown id space',
    resource('managingOrganization: {▶ref: hospital, key: [$id]}'),
    /no resource is made "as: hospital" \(known: patient, visit\)/
  ],
  [
    'a reference to what the element does not allow',
    resource('managingOrganization: {▶ref: patient, key: [$id]}'),
    /may refer to Organization, not to Patient/
  ],
  ['a reference without a key', resource('link: [{type: refer, other: {▶ref: patient}}]'), /"ref" needs "key"/],
  [
    'a reference with text for an integer key',
    resource('link: [{type: refer, other: {ref: patient, key: ▶[$name]}}]'),
    /key of "patient" is \[integer\], not \[text\]/
  ],
  [
    'a reference with too many key columns',
    resource('link: [{type: refer, other: {ref: patient, key: ▶[$id, $b]}}]'),
    /is \[integer\], not \[integer, text\]/
  ],
  ['a single element written as a list', resource('gender: ▶[unknown]'), /is not a list/],
  ['a list written as a single element', resource('name: ▶{text: $name}'), /is a list: write it as \[/],
  ['a required element left out', resource('communication: [▶{preferred: true}]'), /communication\[0\] needs "language"/],
  ['a code that a required binding does not have', resource('gender: ▶woman'), /"woman" is not one of/],
  ['an unknown system', resource('maritalStatus: {coding: [{system: ▶snomed, code: x}]}'), /unknown system "snomed"/],
  ['two forms of one choice', resource('deceasedDateTime: {dateTime: $seen}\n    ▶deceasedBoolean: true'), /write deceased\[x\]/],
  ['a choice that is no list of alternatives', resource('deceased[x]: [▶{multipleBirthInteger: 1}]'), /a list of alternatives/],
  [
    'a setting that a form does not have',
    resource('maritalStatus: {map: sex, from: [$name, $b], ▶onyl: standard}'),
    /has no setting "onyl"/
  ],
  ['an if without then', resource('maritalStatus: {▶if: $name, else: {text: x}}'), /"if" needs "then"/],
  ['an unknown condition', resource('maritalStatus: {if: ▶{like: [$name, x]}, then: {text: x}}'), /a condition is/],
  ['a condition with two keys', resource('maritalStatus: {if: {numeric: $name, ▶not: $b}, then: {text: x}}'), /a condition has one key/],
  ['a condition with an operand missing', resource('maritalStatus: {if: {▶equals: [$name]}, then: {text: x}}'), /takes a list of two/],
  [
    'a look-up in what is no dictionary',
    resource('name: [{text: {▶lookup: d_names, key: [$name], get: label}}]'),
    /"d_names" is no dictionary table/
  ],
  ['an unknown resource type', resource('').replace('resourceType: Encounter', 'resourceType: ▶Visit'), /"Visit" is not a resource type/],
  ['a resource without a name', resource('').replace('  - as: visit\n    key', '  - ▶key'), /a resource needs "as"/],
  [
    'a resource without a key',
    resource('').replace('  - as: visit\n    key: [$id]\n', '  - ▶as: visit\n'),
    /visit: a resource needs "key"/
  ],
  [
    'a key that cannot be read back',
    resource('').replace('  - as: patient', '  - ▶as: patient').replace('identifier: [{value: $id}]', ''),
    /key column id cannot be read back/
  ],
  [
    'a key that may be empty',
    resource('').replace('  - as: patient', '  - ▶as: patient').replace('required: true', 'required: false'),
    /key column id must be required/
  ],
  [
    'an alternative whose key cannot be read back',
    resource('').replace('  - as: visit', '  - ▶as: visit').replace('key: [$id]', 'key: [$id]\n    when: $name'),
    /visit: the key column id cannot be read back/
  ],
  [
    'conditions that leave rows without a resource',
    resource('')
      .replace('  - as: visit', '  - ▶as: visit')
      .replace(/^ {4}key: \[\$id\]/gm, '    key: [$id]\n    when: $name'),
    /nothing stands for rows in which no condition holds/
  ],
  [
    'a first resource that rows share',
    resource('').replace('key: id', 'key: [id, b]').replace('  - as: patient', '  - ▶as: patient'),
    /must hold the key of the table/
  ],
  [
    'an id space made twice by a row',
    resource('')
      .replace('  - as: visit', '  - ▶as: patient')
      .replace('Encounter', 'Patient')
      .replace(/ {4}status[\s\S]*$/, ''),
    /only one resource of its own/
  ],
  [
    'an id space with two types',
    `${resource('')}  - as: visit\n    key: [$id]\n    resourceType: Patient\n`.replace('table: patients', '▶table: patients'),
    /made in two ways: Encounter \[integer\] and Patient/
  ],
  [
    'resources without a key of the table',
    resource('').replace('key: id\n', '').replace('table: patients', '▶table: patients'),
    /needs "key"/
  ],
  ['an unknown column type', resource('').replace('  b: text', '  ▶b: number'), /type must be one of integer, decimal/],
  ['an unknown setting of a column', resource('').replace('{type: decimal}', '{type: decimal, ▶unit: kg}'), /unknown setting "unit"/],
  ['a column given twice', resource('').replace('  b: text', '  ▶Name: text'), /is there twice/],
  ['a column name with a $', resource('').replace('  b: text', '  ▶"a$b": text'), /a name has no \$/],
  ['an unknown setting of the table', resource('').replace('key: id\n', 'key: id\n▶keys: id\n'), /unknown setting "keys"/],
  ['another table name than the file', resource('').replace('table: patients', 'table: ▶patient'), /must say "table: patients"/],
  [
    'a derived column with more than it may have',
    resource('').replace('  b: text', '  ▶b: {type: text, derived: "x ${name}"}'),
    /derived is made with literal, column/
  ],
  [
    'a derived column that hangs on a lossy one',
    resource('')
      .replace('{type: decimal}', '{type: decimal, lossy: noise}')
      .replace('  b: text', '  ▶b: {type: text, derived: {number: $weight}}'),
    /weight, which is not there when the row comes back/
  ],
  [
    'a merge that names no id space',
    `${resource('')}merge:\n  - into: ▶{ref: nobody, key: [$id]}\n    latestBy: [$seen]\n    gender: unknown\n`,
    /a merge needs "into"/
  ],
  [
    'a merge without an order',
    `${resource('')}merge:\n  - ▶into: {ref: visit, key: [$id]}\n    reasonCode: [{text: $name}]\n`,
    /needs "latestBy", "firstBy" or "collectBy"/
  ],
  [
    'a merge ordered by decimals',
    `${resource('')}merge:\n  - ▶into: {ref: visit, key: [$id]}\n    collectBy: [$weight]\n    reasonCode: [{text: $name}]\n`,
    /cannot be ordered by weight/
  ],
  [
    'a merge of a choice',
    `${resource('')}merge:\n  - into: {ref: patient, key: [$id]}\n    latestBy: [$seen]\n    deceased[x]: ▶[{deceasedBoolean: true}]\n`,
    /cannot be merged: name one element, such as deceasedBoolean/
  ],
  [
    'a merge into a key of another kind',
    `${resource('')}merge:\n  - into: ▶{ref: visit, key: [$name]}\n    collectBy: [$seen]\n    reasonCode: [{text: $name}]\n`,
    /key of "visit" is \[integer\], not \[text\]/
  ],
  [
    'a joined column from an unknown table',
    `${resource('')}joined:\n  ward: {from: ▶wards, key: [$id], get: name}\n`,
    /there is no table wards/
  ],
  [
    'a joined column found by a key of another kind',
    `${resource('')}joined:\n  other: {from: patients, key: ▶[$name], get: b}\n`,
    /key of patients is \[integer\], not \[text\]/
  ],
  [
    'a joined column that is not there',
    `${resource('')}joined:\n  other: {from: patients, key: [$id], get: ▶nick}\n`,
    /patients has no column nick/
  ],
  [
    'a merge with a joined column',
    `${resource('')}joined:\n  other: {from: patients, key: [$id], get: b}\nmerge:\n  - ▶into: {ref: visit, key: [$id]}\n    collectBy: [$seen]\n    reasonCode: [{text: $other}]\n`,
    /cannot use the joined column other/
  ],
  ['a YAML fault', resource('gender: {first: [unknown▶}'), /[Ff]low sequence|missing|must/],
  ['a key given twice', resource('▶identifier: []'), /unique/],
  ['a YAML alias', resource('name: [{text: &n $name, family: ▶*n}]'), /aliases/]
]

t.test('each fault of a table file is found at its place', async (t) => {
  for (const [what, marked, message] of FAULTS) {
    const { text, line, column } = unmark(marked)
    t.match(firstFault(tiny({ patients: text, 'maps/sex.json': MAP })), { file: 'tiny/patients.yaml', line, column, message }, what)
  }
})

t.test('the files that the faults are made from have none', async (t) => {
  t.same(checkPack(tiny({ patients: resource('maritalStatus: {map: sex, from: [$name, $b]}'), 'maps/sex.json': MAP })).problems, [])
})

t.test('all faults of a pack are named at once', async (t) => {
  const source = tiny({ patients: resource('gender: $sex\n    birthDate: $born') })
  t.equal(checkPack(source).problems.length, 2)
  t.throws(() => loadPack(source), {
    code: 'mapping.check',
    message: /unknown column "sex"[\s\S]*\ntiny\/patients.yaml:16:16: Patient.birthDate/
  })
})

const MANIFEST = 'pack: tiny\npublic: true\nsystems: {local: https://example.org/local}\n'

t.test('faults of a manifest', async (t) => {
  const faults: ReadonlyArray<readonly [string, string, RegExp]> = [
    ['a table without a file and a reason', `${MANIFEST}tables:\n  patients: {}\n  ▶labs: {}\n`, /no file labs.yaml and no reason/],
    [
      'a time zone that is none',
      `${MANIFEST}timezone: ▶Europe/Nowhere\ntables: {patients: {}}\n`,
      /neither an offset .* nor an IANA time zone/
    ],
    ['an offset that is none', `${MANIFEST}timezone: ▶"+25:00"\ntables: {patients: {}}\n`, /neither an offset/],
    ['an unknown setting', `${MANIFEST}▶time: Z\ntables: {patients: {}}\n`, /unknown setting "time"/]
  ]
  for (const [what, marked, message] of faults) {
    const { text, line, column } = unmark(marked)
    t.match(firstFault(tiny({ manifest: text, patients: resource('') })), { file: 'tiny/manifest.yaml', line, column, message }, what)
  }
  const unlisted = tiny({ manifest: `${MANIFEST}tables: {}\n`, patients: resource('') })
  t.match(firstFault(unlisted), { file: 'tiny/patients.yaml', message: /not listed in the manifest/ }, 'a file that is not listed')
  t.throws(() => loadPack({ ...unlisted, pack: 'other' }), { code: 'mapping.unknown-pack', message: /"other" \(known: tiny\)/ })
  const circle = tiny({ manifest: `${MANIFEST}extends: tiny\ntables: {}\n` })
  t.throws(() => loadPack(circle), { code: 'mapping.syntax', message: /extends itself/ })
})

t.test('faults of a code map name its file', async (t) => {
  const bad: ReadonlyArray<readonly [string, RegExp]> = [
    ['{', /not JSON/],
    ['{"resourceType":"ValueSet"}', /a code map is a ConceptMap/],
    ['{"resourceType":"ConceptMap","group":[{"target":"urn:t"}]}', /names its source system/],
    ['{"resourceType":"ConceptMap","group":[{"source":"urn:l","element":[{"code":"a","target":[{"code":"b"}]}]}]}', /target system/],
    ['{"resourceType":"ConceptMap","group":[{"source":"urn:l"},{"source":"urn:m"}]}', /must have the source urn:l/],
    ['{"resourceType":"ConceptMap","group":[{"source":"urn:l","element":[{}]}]}', /without code/]
  ]
  for (const [text, message] of bad) {
    t.throws(() => loadPack(tiny({ patients: resource(''), 'maps/sex.json': text })), {
      code: 'mapping.syntax',
      place: { file: 'tiny/maps/sex.json' },
      message
    })
  }
})

t.test('a dictionary keeps every column or says why not', async (t) => {
  const table = (rest: string) => `table: d_items\nkey: id\ncolumns:\n  id: {type: integer, required: true}\n  label: text\n${rest}`
  const fault = unmark(table('  ▶unit: text\ndictionary: {codeSystem: local, code: id, display: label}\n'))
  t.match(firstFault(tiny({ d_items: fault.text })), {
    line: fault.line,
    column: fault.column,
    message: /unit stands nowhere in the CodeSystem/
  })
  const unknown = unmark(table('dictionary: {codeSystem: ▶locale, code: id, display: label}\n'))
  t.match(firstFault(tiny({ d_items: unknown.text })), { line: unknown.line, column: unknown.column, message: /unknown system "locale"/ })
})

t.test('profiles: what they demand must be there', async (t) => {
  const { profiles } = await readPack('mimic-iii')
  const faults: ReadonlyArray<readonly [string, RegExp]> = [
    ['meta: {profile: [wardbridge-patient]}', /wardbridge-patient needs Patient.gender/],
    ['meta: {profile: [wardbridge-condition]}', /is for Condition, not for Patient/],
    ['meta: {profile: [wardbridge-nobody]}', /wardbridge-nobody is not defined/],
    ['extension: [{url: shoe-size, valueString: $name}]', /shoe-size is not defined/]
  ]
  for (const [line, message] of faults) {
    const { text, line: at } = unmark(resource(line).replace('  - as: patient', '  - ▶as: patient'))
    t.match(firstFault({ ...tiny({ patients: text }), profiles }), { line: at, message }, line)
  }
  const thread = resource('').replace(
    'resourceType: Encounter\n    status: unknown\n    class: {code: IMP}',
    'resourceType: Communication\n    status: completed\n    meta: {profile: [wardbridge-thread]}\n    payload: [{contentString: x}]'
  )
  t.match(firstFault({ ...tiny({ patients: thread }), profiles }), { message: /needs Communication.category/ })
  t.ok(
    checkPack({ ...tiny({ patients: thread }), profiles }).problems.some((problem) => /forbids Communication.payload/.test(problem.message))
  )
})

function unmark(marked: string): { text: string; line: number; column: number } {
  const before = marked.slice(0, marked.indexOf('▶')).split('\n')
  return { text: marked.replace('▶', ''), line: before.length, column: (before.at(-1) ?? '').length + 1 }
}

function firstFault(source: PackSource): { message: string } {
  try {
    loadPack(source)
    return { message: 'no fault' }
  } catch (error) {
    const { message, place } = error as WardbridgeError
    return { message, ...place }
  }
}
