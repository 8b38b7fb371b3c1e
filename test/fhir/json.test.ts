import t from 'tap'
import { compactJson, type JsonNode, MAX_DEPTH, parseJson, stringifyJson } from '#wardbridge/fhir/json.js'
import { Random, randomJson } from './random.js'

/** The plain value of a node, as JSON.parse would give it. */
function plain(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object': {
      const object = {}
      for (const { name, value } of node.members) {
        Object.defineProperty(object, name, { value: plain(value), enumerable: true, configurable: true, writable: true })
      }
      return object
    }
    case 'array':
      return node.items.map(plain)
    case 'string':
      return node.value
    case 'number':
      return Number(node.text)
    case 'literal':
      return node.value
  }
}

t.test('reads what JSON.parse reads and writes back every byte outside white space', async (t) => {
  const random = new Random(20261122)
  for (let i = 0; i < 3000; i++) {
    const text = randomJson(random, 5)
    const node = parseJson(text)
    // Compared as text: deep equality would treat an own __proto__ member as the prototype.
    if (JSON.stringify(plain(node)) !== JSON.stringify(JSON.parse(text))) t.fail(`value differs: ${text}`)
    const written = stringifyJson(node)
    if (written !== compactJson(text)) t.fail(`text differs: ${text}`)
    if (compactJson(written) !== written) t.fail(`compactJson is not idempotent: ${text}`)
    if (text.slice(node.start, node.end).trim() !== text.trim()) t.fail(`offsets: ${text}`)
  }
  t.pass('3000 random documents')
})

t.test('keeps number text, key order and the source of strings', async (t) => {
  const text = '{"b":1.00,"a":-0,"10":1E-22,"2":"\\u00e9é\\/","__proto__":{"x":[]}}'
  t.equal(stringifyJson(parseJson(text)), text)
  const node = parseJson(text)
  if (node.kind !== 'object') return t.fail()
  t.same(
    node.members.map((member) => member.name),
    ['b', 'a', '10', '2', '__proto__']
  )
  t.match(node.members[0]?.value, { kind: 'number', text: '1.00', start: 5, end: 9 })
  t.match(node.members[3]?.value, { kind: 'string', value: 'éé/' })
})

t.test('nodes made by a program are written as JSON', async (t) => {
  const node: JsonNode = {
    kind: 'object',
    members: [{ name: 'a"b', value: { kind: 'string', value: '\n', start: 0, end: 0 } }],
    start: 0,
    end: 0
  }
  t.equal(stringifyJson(node), '{"a\\"b":"\\n"}')
})

t.test('refuses what is not JSON, with line and column', async (t) => {
  const cases: Array<[string, number, number]> = [
    ['', 1, 1],
    ['{', 1, 2],
    ['{"a":1,}', 1, 8],
    ['[1,]', 1, 4],
    ['[1 2]', 1, 4],
    ['{"a" 1}', 1, 6],
    ['{a:1}', 1, 2],
    ["{'a':1}", 1, 2],
    ['{"a":01}', 1, 7],
    ['{"a":1.}', 1, 7],
    ['{"a":.5}', 1, 6],
    ['{"a":+1}', 1, 6],
    ['{"a":NaN}', 1, 6],
    ['[tru]', 1, 2],
    ['{\n  "a": "x\n"}', 2, 10],
    ['["\\x"]', 1, 3],
    ['["\\u12g4"]', 1, 3],
    ['["abc', 1, 2],
    ['{}{}', 1, 3],
    ['{"a":1,\n"\\u0061":2}', 2, 1],
    ['\ufeff{}', 1, 1]
  ]
  for (const [text, line, column] of cases) {
    t.throws(() => parseJson(text), { code: 'json.syntax', params: { line, column } }, JSON.stringify(text))
  }
})

t.test('agrees with JSON.parse on damaged documents', async (t) => {
  const random = new Random(7)
  let refused = 0
  for (let i = 0; i < 3000; i++) {
    const text = randomJson(random, 3)
    const at = random.int(text.length + 1)
    const damaged =
      text.slice(0, at) + random.pick(['', '"', '\\', '{', ']', ',', '\u0001', '0', '-', 'e']) + text.slice(at + random.int(2))
    let valid = true
    try {
      JSON.parse(damaged)
    } catch {
      valid = false
    }
    try {
      parseJson(damaged)
      if (!valid) t.fail(`accepted: ${JSON.stringify(damaged)}`)
    } catch (error) {
      refused++
      // Only a duplicate name may be refused although JSON.parse takes it.
      if (valid && !/given twice/.test(String(error))) t.fail(`refused: ${JSON.stringify(damaged)}: ${error}`)
    }
  }
  t.ok(refused > 500, `${refused} refused`)
})

t.test('refuses nesting deeper than the limit with json.depth', async (t) => {
  t.doesNotThrow(() => parseJson('['.repeat(MAX_DEPTH) + ']'.repeat(MAX_DEPTH)))
  t.throws(() => parseJson('['.repeat(MAX_DEPTH + 1) + ']'.repeat(MAX_DEPTH + 1)), { code: 'json.depth' })
  t.throws(() => parseJson('{"a":'.repeat(100000)), { code: 'json.depth' })
})

t.test('compactJson returns the same string when there is nothing to remove', async (t) => {
  const text = '{"a":[1.0,"b c\\" d"]}'
  t.equal(compactJson(text), text)
  t.equal(compactJson(' { "a" :\n[ 1.0 , "b c\\" d" ] }\t'), text)
})
