/** Nothing in a mapping file and nothing in a cell ever becomes code, and every text arrives as it is. */
import t from 'tap'
import { anyText, ODD_TEXTS, Random } from './random.js'
import { accepted, compiled, mapRow, tableOf } from './support.js'

const EVIL = [
  ...ODD_TEXTS,
  '"+(globalThis.hit=1)+"',
  "'+(globalThis.hit=1)+'",
  '${globalThis.hit=1}',
  '`+(globalThis.hit=1)+`',
  '\\"+(globalThis.hit=1)+\\"',
  '");globalThis.hit=1;("',
  '\n;globalThis.hit=1\n',
  '*/globalThis.hit=1/*',
  '//',
  '</script><script>globalThis.hit=1</script>',
  '\u2028globalThis.hit=1\u2029',
  "']+(globalThis.hit=1)+['"
]

/** Text for a place in a mapping file where $ and ${ have a meaning. */
const escaped = (text: string) => (text.startsWith('$') ? `$${text}` : text)
const isLiteral = (text: string) => !text.includes('${')

function mapping(text: string): string {
  return JSON.stringify({
    table: 't',
    key: 'id',
    columns: {
      id: { type: 'text', required: true },
      a: 'text',
      d: { type: 'text', derived: { if: { equals: ['$a', text] }, then: escaped(text), else: 'no' } }
    },
    resources: [
      {
        as: 'p',
        key: ['$id'],
        resourceType: 'Patient',
        identifier: [
          { system: { source: 'id' }, value: '$id' },
          { system: 'urn:x', value: escaped(text) }
        ],
        name: [
          { text: '$a' },
          { use: 'old', text: escaped(text), family: { if: { equals: ['$a', [text, 'x']] }, then: 'hit', else: 'miss' } },
          ...(text.startsWith('$') ? [] : [{ use: 'usual', text: { if: { before: ['$a', text] }, then: 'before' } }]),
          ...(text.includes('}') || text.includes('$') ? [] : [{ use: 'temp', text: `${text}\${a}${text}` }])
        ],
        contact: [{ name: { text: { map: 'm', from: '$a', else: escaped(text) } } }]
      }
    ]
  })
}

const hit = () => (globalThis as { hit?: number }).hit

t.test('literals of a mapping file', async (t) => {
  for (const text of EVIL.filter(isLiteral)) {
    const map = JSON.stringify({
      resourceType: 'ConceptMap',
      group: [{ source: text, target: text, element: [{ code: 'm', target: [{ code: text, display: text }] }] }]
    })
    const pack = compiled({ t: mapping(text), 'maps/m.json': map })
    const made = accepted(mapRow(pack, 't', { id: '1', a: text, d: text }))[0]?.text ?? ''
    const patient = JSON.parse(made)
    t.equal(patient.identifier[1].value, text)
    t.equal(patient.name[1].text, text)
    t.equal(patient.name[1].family, 'hit')
    t.equal(patient.contact[0].name.text, text)
    if (patient.name.at(-1).use === 'temp') t.equal(patient.name.at(-1).text, text + text + text)
    t.notMatch(made, '"valueCode":"d"', 'the derived cell is as expected')
    t.match(accepted(mapRow(pack, 't', { id: '1', a: 'm' }))[0]?.text, `"contact":[{"name":{"text":${JSON.stringify(text)}}}]`)
  }
  t.equal(hit(), undefined)
})

t.test('names in a mapping file', async (t) => {
  const odd = [`"+x+"`, `';x`, `\\`, '</script>', 'a`b', '__proto__', 'constructor', '1']
  for (const name of odd) {
    const yaml = JSON.stringify({
      table: 't',
      key: 'id',
      columns: { id: { type: 'integer', required: true }, [`c${name}`]: 'text' },
      resources: [
        { as: 'p', key: ['$id'], resourceType: 'Patient', identifier: [{ value: '$id' }] },
        { as: name, key: ['$id'], resourceType: 'Patient', link: [{ type: 'refer', other: { ref: name, key: ['$id'] } }] }
      ],
      merge: [{ into: { ref: name, key: ['$id'] }, latestBy: ['$id'], maritalStatus: { text: `$c${name}` } }]
    })
    const pack = compiled({ t: yaml })
    const row = { id: '1', [`c${name}`]: 'text' }
    const made = accepted(mapRow(pack, 't', row))
    t.same(
      made.map(({ as }) => as),
      ['p', name]
    )
    t.match(JSON.parse(made[0]?.text ?? ''), { extension: [{ extension: [{ valueCode: `c${name}` }, { valueString: 'text' }] }] })
    t.match(JSON.parse(made[1]?.text ?? ''), { maritalStatus: { text: 'text' } })
    t.same(tableOf(pack, 't').invert(new Map(made.map(({ as, text }) => [as, text]))), ['1', 'text'])
  }
})

t.test('cells', async (t) => {
  const random = new Random(5)
  const pack = compiled({ t: mapping('x'), 'maps/m.json': '{"resourceType":"ConceptMap","group":[{"source":"urn:l"}]}' })
  const table = tableOf(pack, 't')
  for (const text of [...EVIL, ...Array.from({ length: 300 }, () => anyText(random))]) {
    const made = accepted(mapRow(pack, 't', { id: text, a: text, d: text }))
    const patient = JSON.parse(made[0]?.text ?? '')
    t.equal(patient.identifier[0].value, text)
    t.equal(patient.name[0].text, text)
    t.same(table.invert(new Map(made.map((one) => [one.as, one.text]))), [text, text, text])
  }
  t.equal(hit(), undefined)
})

t.test('source URIs', async (t) => {
  const { compilePack, loadPack } = await import('#wardbridge/mapping/index.js')
  const { tiny } = await import('./support.js')
  for (const source of ['urn:x"+(globalThis.hit=1)+"', "urn:'\\", 'https://h.example/a b/']) {
    const pack = compilePack(
      loadPack(tiny({ t: mapping('x'), 'maps/m.json': '{"resourceType":"ConceptMap","group":[{"source":"urn:l"}]}' })),
      { source }
    )
    const separator = source.startsWith('https') ? '' : ':'
    t.equal(JSON.parse(accepted(mapRow(pack, 't', { id: '1' }))[0]?.text ?? '').identifier[0].system, `${source}${separator}id`)
  }
  t.equal(hit(), undefined)
})
