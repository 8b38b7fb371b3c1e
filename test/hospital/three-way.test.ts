import t from 'tap'
import { parseJson, stringifyJson } from '#wardbridge/fhir/json.js'
import { applyChange } from '#wardbridge/hospital/three-way.js'

const CASES: ReadonlyArray<readonly [what: string, base: string, next: string, current: string, expected: string]> = [
  ['nothing changed: the stored one stays', '{"a":1}', '{"a":1}', '{"a":2,"b":3}', '{"a":2,"b":3}'],
  ['a value', '{"a":1}', '{"a":2}', '{"a":1,"b":3}', '{"a":2,"b":3}'],
  ['a value that somebody changed, too: the row wins', '{"a":1}', '{"a":2}', '{"a":5}', '{"a":2}'],
  ['a value that goes', '{"a":1,"b":1}', '{"b":1}', '{"a":1,"b":1,"c":1}', '{"b":1,"c":1}'],
  ['a value that comes', '{}', '{"a":{"x":1}}', '{"b":1}', '{"b":1,"a":{"x":1}}'],
  ['digits count', '{"a":1.0}', '{"a":1.00}', '{"a":1.0}', '{"a":1.00}'],
  [
    'an item beside those of others',
    '{"l":[{"url":"a","v":1}]}',
    '{"l":[{"url":"a","v":2}]}',
    '{"l":[{"url":"x"},{"url":"a","v":1}]}',
    '{"l":[{"url":"x"},{"url":"a","v":2}]}'
  ],
  [
    'an item that somebody added to',
    '{"l":[{"url":"a","v":1}]}',
    '{"l":[{"url":"a","v":2}]}',
    '{"l":[{"url":"a","v":1,"w":9}]}',
    '{"l":[{"url":"a","v":2,"w":9}]}'
  ],
  [
    'an item that goes',
    '{"l":[{"url":"a"},{"url":"b"}]}',
    '{"l":[{"url":"b"}]}',
    '{"l":[{"url":"a"},{"url":"x"},{"url":"b"}]}',
    '{"l":[{"url":"x"},{"url":"b"}]}'
  ],
  ['the last item that goes', '{"l":[{"url":"a"}]}', '{}', '{"l":[{"url":"a"}],"b":1}', '{"b":1}'],
  ['all items of the row that go', '{"l":[{"url":"a"}]}', '{}', '{"l":[{"url":"a"},{"url":"x"}]}', '{"l":[{"url":"x"}]}'],
  [
    'an item that comes keeps the order of the row',
    '{"l":[{"url":"a"},{"url":"c"}]}',
    '{"l":[{"url":"a"},{"url":"b"},{"url":"c"}]}',
    '{"l":[{"url":"a"},{"url":"c"},{"url":"x"}]}',
    '{"l":[{"url":"a"},{"url":"b"},{"url":"c"},{"url":"x"}]}'
  ],
  ['an item that somebody added already', '{}', '{"l":[{"url":"a","v":1}]}', '{"l":[{"url":"a","v":1}]}', '{"l":[{"url":"a","v":1}]}'],
  [
    'an item that somebody took out and the row does not change',
    '{"a":1,"l":[{"url":"a"}]}',
    '{"a":2,"l":[{"url":"a"}]}',
    '{"a":1}',
    '{"a":2}'
  ],
  [
    'another choice of a type',
    '{"valueString":"x"}',
    '{"valueQuantity":{"value":1}}',
    '{"valueString":"y"}',
    '{"valueQuantity":{"value":1}}'
  ]
]

for (const [what, base, next, current, expected] of CASES) {
  t.test(what, async (t) => {
    t.equal(stringifyJson(applyChange(parseJson(base), parseJson(next), parseJson(current))), expected)
  })
}

t.test('without a row before, what the row makes is laid over what is there', async (t) => {
  const made = applyChange(
    undefined,
    parseJson('{"a":1,"l":[{"url":"a","v":2}]}'),
    parseJson('{"l":[{"url":"x"},{"url":"a","v":1}],"b":2}')
  )
  t.equal(stringifyJson(made), '{"l":[{"url":"x"},{"url":"a","v":2}],"b":2,"a":1}')
})
