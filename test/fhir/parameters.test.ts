import t from 'tap'
import { formatParameters, parseParameters } from '#wardbridge/fhir/parameters.js'

t.test('keeps order and repetition, decodes escapes and plus signs', async (t) => {
  t.strictSame(parseParameters('a=1&b=%C3%A9+x&a=2&c&=z&&d=e=f'), [
    ['a', '1'],
    ['b', 'é x'],
    ['a', '2'],
    ['c', ''],
    ['d', 'e=f']
  ])
  t.strictSame(parseParameters(''), [])
})

t.test('an escape that is not UTF-8 is refused', async (t) => {
  for (const text of ['a=%', 'a=%zz', 'a=%ff', '%E0%A4=1']) t.throws(() => parseParameters(text), { code: 'http.bad-request' }, text)
})

t.test('what is written for a link reads back the same', async (t) => {
  // Seeded: every run tries the same 500 pairs.
  let seed = 7
  const random = (limit: number) => (seed = (seed * 48_271) % 2_147_483_647) % limit
  const characters = [...'aZ09-._~:/,$@|&=+%# ?"\'<>\\é漢𝄞']
  const word = () => Array.from({ length: 1 + random(12) }, () => characters[random(characters.length)]).join('')
  for (let round = 0; round < 500; round++) {
    const pairs = Array.from({ length: 1 + random(4) }, () => [word(), word()] as const)
    const text = formatParameters(pairs)
    t.match(text, /^[\x21-\x7e]*$/)
    t.strictSame(parseParameters(text), pairs)
  }
})

t.test('more parameters than a search can need are refused before they are read', async (t) => {
  t.equal(parseParameters('a=1&'.repeat(999)).length, 999)
  t.throws(() => parseParameters('a=1&'.repeat(1_000_000)), { code: 'http.bad-request' })
})
