import t from 'tap'
import { codesOf, lastnQuery, lastOfEach } from '#wardbridge/fhir/lastn.js'

const one = (id: string, time: number | null, ...codes: string[]) => ({ id, time, codes })
const ids = (list: ReadonlyArray<{ id: string }>) => list.map(({ id }) => id).join('')

t.test('groups by code along the chain of codes that stand together, as the table of the definition has it', async (t) => {
  t.equal(ids(lastOfEach([one('x', 3, 'a'), one('y', 2, 'b'), one('z', 1, 'c')], 1)), 'xyz')
  t.equal(ids(lastOfEach([one('x', 3, 'a'), one('y', 2, 'b'), one('z', 1, 'a', 'c')], 1)), 'xy')
  t.equal(ids(lastOfEach([one('x', 3, 'a'), one('y', 2, 'b'), one('z', 1, 'a', 'b')], 1)), 'x')
})

t.test('the first max of each group, and those as recent as the last of them', async (t) => {
  const list = [one('1', 5, 'a'), one('2', 4, 'a'), one('3', 4, 'a'), one('4', 3, 'a'), one('5', null, 'b'), one('6', null, 'b')]
  t.equal(ids(lastOfEach(list, 1)), '15')
  t.equal(ids(lastOfEach(list, 2)), '12356')
  t.equal(ids(lastOfEach(list, 3)), '12356')
  t.equal(ids(lastOfEach(list, 4)), '123456')
})

t.test('codes are equal by system and code; text counts where there is no coding', async (t) => {
  t.strictSame(
    codesOf({ code: { coding: [{ system: 's', code: 'a' }], text: 'A' } }),
    codesOf({ code: { coding: [{ code: 'a', system: 's', display: 'x' }] } })
  )
  t.notSame(codesOf({ code: { coding: [{ system: 's', code: 'a' }] } }), codesOf({ code: { coding: [{ code: 'a' }] } }))
  t.notSame(codesOf({ code: { text: 'Text' } }), codesOf({ code: { text: 't e x t' } }))
  t.equal(codesOf({}).length, 1)
})

t.test('asks for a subject, and for a category or a parameter on a code', async (t) => {
  const parse = (...parameters: Array<[string, string]>) => lastnQuery(parameters, { handling: 'strict' })
  t.throws(() => parse(['category', 'x']), { code: 'search.value' })
  t.throws(() => parse(['patient', '1']), { code: 'search.value' })
  t.throws(() => parse(['patient', '1'], ['category', 'x'], ['max', '0']), { code: 'search.value' })
  t.match(parse(['patient', '1'], ['category', 'x']), {
    lastPerCode: 1,
    applied: [
      ['patient', '1'],
      ['category', 'x']
    ]
  })
  t.match(parse(['subject', 'Patient/1'], ['code', 'x'], ['max', '3']), { lastPerCode: 3, sort: [{ kind: 'date', descending: true }] })
})
