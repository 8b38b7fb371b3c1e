import t from 'tap'
import { checkPack, compilePack, loadPack } from '#wardbridge/mapping/index.js'
import { accepted, installed, mapRow, SOURCE, tableOf, tiny } from './support.js'

const BASE = {
  'manifest.yaml':
    'pack: base\npublic: true\ntimezone: "-05:00"\nsource: urn:base\nsystems: {one: urn:one, two: urn:two}\ntables: {persons: {}, later: {unmapped: Not yet mapped}}\n',
  'persons.yaml': `table: persons
key: id
columns: {id: {type: integer, required: true}, sex: text, nick: {type: text, required: true}, old: text}
resources:
  - as: person
    key: [$id]
    resourceType: Patient
    identifier: [{system: one, value: $id}]
    gender: {first: [{map: sex, from: $sex}, unknown]}
    name: [{text: $nick}]
    maritalStatus: {text: $old}
`,
  'maps/sex.json': JSON.stringify({
    resourceType: 'ConceptMap',
    group: [{ source: 'urn:l', target: 'urn:t', element: [{ code: 'F', target: [{ code: 'female' }] }] }]
  })
}

const OVER = `table: persons
columns:
  nick: {type: text}
  old: null
  email: {type: text, optional: true}
resources:
  - as: person
    maritalStatus: null
    identifier: [{system: two, value: $email}]
    name: [{text: $nick, use: nickname}]
    active: true
  - as: account
    key: [$id]
    resourceType: Account
    status: unknown
`
const MANIFEST = 'pack: tiny\nextends: base\ntitle: Mine\npublic: false\nsystems: {two: urn:mine}\ntables: {}\n'

const overlaid = (files: Record<string, string> = {}) => tiny({ manifest: MANIFEST, persons: OVER, ...files }, { base: BASE })

t.test('a pack lies over the one it extends: settings, systems, columns, members, lists, resources', async (t) => {
  const model = loadPack(overlaid())
  t.match(model, { name: 'tiny', title: 'Mine', public: false, timezone: '-05:00', defaultSource: 'urn:base' })
  const pack = compilePack(model, { source: SOURCE, idSecret: Buffer.from('x') })
  const table = tableOf(pack, 'persons')
  t.same(
    table.columns.map(({ name, required, optional }) => `${name} ${required} ${optional}`),
    ['id true false', 'sex false false', 'nick false false', 'email false true']
  )
  const made = accepted(mapRow(pack, 'persons', { id: '1', sex: 'F', nick: 'N', email: 'n@example.org' })).map(({ text }) =>
    JSON.parse(text)
  )
  t.match(made[0], {
    resourceType: 'Patient',
    active: true,
    gender: 'female',
    identifier: [
      { system: 'urn:one', value: '1' },
      { system: 'urn:mine', value: 'n@example.org' }
    ]
  })
  t.same(made[0].name, [{ text: 'N' }, { text: 'N', use: 'nickname' }], 'lists are appended')
  t.notOk('maritalStatus' in made[0], 'null takes away')
  t.equal(made[1].resourceType, 'Account')
  t.match(tableOf(pack, 'later'), { disposition: 'unmapped', reason: 'Not yet mapped' })
})

t.test('a code map of the same name takes the place of the other', async (t) => {
  const map = JSON.stringify({
    resourceType: 'ConceptMap',
    group: [{ source: 'urn:l', target: 'urn:t', element: [{ code: 'F', target: [{ code: 'other' }] }] }]
  })
  const pack = compilePack(loadPack(overlaid({ 'maps/sex.json': map })), { source: SOURCE, idSecret: Buffer.from('x') })
  t.match(accepted(mapRow(pack, 'persons', { id: '1', sex: 'F' }))[0]?.text, '"gender":"other"')
})

t.test('a fault is named in the file that holds it', async (t) => {
  const { problems } = checkPack(overlaid({ persons: OVER.replace('value: $email', 'value: $mail') }))
  t.match(problems[0], { place: { file: 'tiny/persons.yaml', line: 9 }, message: /unknown column "mail"/ })
  const gone = checkPack(overlaid({ persons: OVER.replace('    maritalStatus: null\n', '') }))
  t.match(gone.problems[0], { place: { file: 'base/persons.yaml', line: 11 }, message: /unknown column "old"/ })
})

t.test('hospital extends mimic-iii: its own tables beside those of MIMIC', async (t) => {
  const hospital = await installed('hospital')
  t.equal(tableOf(hospital, 'patients').columns.at(-1)?.name, 'identity_doc')
  for (const name of ['labevents', 'icustays', 'progress', 'questions', 'physicians'])
    t.equal(tableOf(hospital, name).disposition, 'mapped')
  t.equal(tableOf(hospital, 'd_items').disposition, 'dictionary')
  t.same(hospital.order.slice(0, 2), ['d_icd_diagnoses', 'd_labitems'])
  t.equal(hospital.public, false)
})
