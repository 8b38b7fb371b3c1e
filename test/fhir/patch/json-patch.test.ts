import t from 'tap'
import { parseJson, stringifyJson } from '#wardbridge/fhir/json.js'
import { parseJsonPatch } from '#wardbridge/fhir/patch/json-patch.js'

function patched(document: string, operations: object | string): string {
  const text = typeof operations === 'string' ? operations : JSON.stringify(operations)
  return stringifyJson(parseJsonPatch(text)(parseJson(document)))
}

/** RFC 6902, appendix A, where the result is an object or array that FHIR could have; null where the RFC wants an error. */
const RFC: ReadonlyArray<readonly [name: string, document: string, patch: string, result: string | null]> = [
  ['A.1 add a member', '{"foo":"bar"}', '[{"op":"add","path":"/baz","value":"qux"}]', '{"foo":"bar","baz":"qux"}'],
  ['A.2 add an item', '{"foo":["bar","baz"]}', '[{"op":"add","path":"/foo/1","value":"qux"}]', '{"foo":["bar","qux","baz"]}'],
  ['A.3 remove a member', '{"baz":"qux","foo":"bar"}', '[{"op":"remove","path":"/baz"}]', '{"foo":"bar"}'],
  ['A.4 remove an item', '{"foo":["bar","qux","baz"]}', '[{"op":"remove","path":"/foo/1"}]', '{"foo":["bar","baz"]}'],
  ['A.5 replace', '{"baz":"qux","foo":"bar"}', '[{"op":"replace","path":"/baz","value":"boo"}]', '{"baz":"boo","foo":"bar"}'],
  [
    'A.6 move a value',
    '{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}',
    '[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]',
    '{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}'
  ],
  [
    'A.7 move an item',
    '{"foo":["all","grass","cows","eat"]}',
    '[{"op":"move","from":"/foo/1","path":"/foo/3"}]',
    '{"foo":["all","cows","eat","grass"]}'
  ],
  [
    'A.8 test: success',
    '{"baz":"qux","foo":["a",2,"c"]}',
    '[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]',
    '{"baz":"qux","foo":["a",2,"c"]}'
  ],
  ['A.9 test: error', '{"baz":"qux"}', '[{"op":"test","path":"/baz","value":"bar"}]', null],
  [
    'A.10 add a nested object',
    '{"foo":"bar"}',
    '[{"op":"add","path":"/child","value":{"g":{"h":1}}}]',
    '{"foo":"bar","child":{"g":{"h":1}}}'
  ],
  ['A.11 unknown members are ignored', '{"foo":"bar"}', '[{"op":"add","path":"/baz","value":"qux","xyz":1}]', '{"foo":"bar","baz":"qux"}'],
  ['A.12 add to what is not there', '{"foo":"bar"}', '[{"op":"add","path":"/baz/bat","value":"qux"}]', null],
  ['A.14 escapes', '{"/":9,"~1":10}', '[{"op":"test","path":"/~01","value":10}]', '{"/":9,"~1":10}'],
  ['A.15 strings are not numbers', '{"/":9,"~1":10}', '[{"op":"test","path":"/~01","value":"10"}]', null],
  ['A.16 add an array', '{"foo":["bar"]}', '[{"op":"add","path":"/foo/-","value":["abc","def"]}]', '{"foo":["bar",["abc","def"]]}'],
  ['add replaces a member in its place', '{"a":1,"b":2}', '[{"op":"add","path":"/a","value":3}]', '{"a":3,"b":2}'],
  ['copy', '{"a":{"b":1.0}}', '[{"op":"copy","from":"/a","path":"/c"}]', '{"a":{"b":1.0},"c":{"b":1.0}}'],
  [
    'copies are apart',
    '{"a":{"b":1}}',
    '[{"op":"copy","from":"/a","path":"/c"},{"op":"replace","path":"/c/b","value":2}]',
    '{"a":{"b":1},"c":{"b":2}}'
  ],
  ['move onto itself', '{"a":1}', '[{"op":"move","from":"/a","path":"/a"}]', '{"a":1}'],
  ['move into itself', '{"a":{"b":1}}', '[{"op":"move","from":"/a","path":"/a/b"}]', null],
  ['replace what is not there', '{"a":1}', '[{"op":"replace","path":"/b","value":1}]', null],
  ['remove what is not there', '{"a":1}', '[{"op":"remove","path":"/b"}]', null],
  ['an index with a leading zero', '{"a":[1,2]}', '[{"op":"remove","path":"/a/01"}]', null],
  ['an index past the end', '{"a":[1,2]}', '[{"op":"add","path":"/a/3","value":1}]', null],
  ['- is no item', '{"a":[1,2]}', '[{"op":"remove","path":"/a/-"}]', null],
  ['the whole document', '{"a":1}', '[{"op":"replace","path":"","value":{"b":2}}]', '{"b":2}'],
  ['no operations', '{"a":1.50}', '[]', '{"a":1.50}'],
  [
    'test compares numbers by value',
    '{"a":[1.0,100,0.0,-5]}',
    '[{"op":"test","path":"/a","value":[1,1e2,0,-5.000]}]',
    '{"a":[1.0,100,0.0,-5]}'
  ],
  ['test tells large numbers apart', '{"a":9007199254740993}', '[{"op":"test","path":"/a","value":9007199254740992}]', null],
  [
    'test compares objects whatever their order',
    '{"a":{"b":1,"c":2}}',
    '[{"op":"test","path":"/a","value":{"c":2,"b":1}}]',
    '{"a":{"b":1,"c":2}}'
  ],
  ['test null', '{"a":null}', '[{"op":"test","path":"/a","value":null}]', '{"a":null}'],
  ['__proto__ is a name like any other', '{"a":1}', '[{"op":"add","path":"/__proto__","value":{"x":1}}]', '{"a":1,"__proto__":{"x":1}}']
]

for (const [name, document, patch, result] of RFC) {
  t.test(name, async (t) => {
    if (result === null) t.throws(() => patched(document, patch), { code: 'patch.failed', status: 422, params: { number: 1 } })
    else t.equal(patched(document, patch), result)
  })
}

t.test('what is not touched keeps every character; values of the patch too', async (t) => {
  const document = '{"a":1.00,"b":"\\u00e9\\/","c":[1e-7,12345678901234567890]}'
  t.equal(
    patched(document, '[{"op":"add","path":"/d","value":{"e":2.50,"f":"\\u0041"}}]'),
    '{"a":1.00,"b":"\\u00e9\\/","c":[1e-7,12345678901234567890],"d":{"e":2.50,"f":"\\u0041"}}'
  )
})

t.test('all or nothing: the operation that failed is named', async (t) => {
  const operations = [
    { op: 'add', path: '/b', value: 1 },
    { op: 'test', path: '/a', value: 2 }
  ]
  t.throws(() => patched('{"a":1}', operations), { code: 'patch.failed', message: /^Operation 2 of the patch \(test \/a\)/ })
})

t.test('what becomes empty goes: FHIR JSON has no empty arrays and objects', async (t) => {
  t.equal(patched('{"name":[{"family":"x"}],"a":1}', [{ op: 'remove', path: '/name/0' }]), '{"a":1}')
  t.equal(patched('{"name":[{"family":"x"}],"a":1}', [{ op: 'remove', path: '/name/0/family' }]), '{"a":1}')
  t.equal(
    patched('{"a":1}', [
      { op: 'add', path: '/name', value: [] },
      { op: 'add', path: '/name/-', value: { family: 'y' } }
    ]),
    '{"a":1,"name":[{"family":"y"}]}'
  )
})

t.test('a patch that is none is refused', async (t) => {
  t.throws(() => patched('{}', '{"op":"add"}'), { code: 'http.bad-request' })
  t.throws(() => patched('{}', '['), { code: 'json.syntax' })
  for (const operation of [
    1,
    {},
    { op: 'add' },
    { op: 'add', path: '/a' },
    { op: 'merge', path: '/a' },
    { op: 'move', path: '/a' },
    { op: 'remove', path: 'a' },
    { op: 'remove', path: '/a~2' },
    { op: 'remove', path: 7 }
  ]) {
    t.throws(() => patched('{"a":1}', [operation]), { code: 'patch.malformed', status: 400 }, JSON.stringify(operation))
  }
})

t.test('copies that double what is there, and nesting without end, are stopped', async (t) => {
  const doubling = Array.from({ length: 40 }, (_, n) => ({ op: 'copy', from: '', path: `/x${n}` }))
  t.throws(() => patched('{"a":[1,2,3]}', doubling), { code: 'patch.failed' })
  const deep = Array.from({ length: 300 }, (_, n) => ({ op: 'add', path: '/a'.repeat(n + 1), value: {} }))
  t.throws(() => patched('{}', deep), { code: 'json.depth' })
  t.throws(() => patched('{}', Array(2001).fill({ op: 'test', path: '', value: {} })), { code: 'http.bad-request' })
})
