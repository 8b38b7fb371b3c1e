import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { isDateSlip, similarity, sound } from '#wardbridge/fhir/match/likeness.js'
import { readPerson } from '#wardbridge/fhir/match/person.js'
import { assess } from '#wardbridge/fhir/match/score.js'
import { type Facts, toPatient } from './cases.js'

interface Group {
  readonly a: Facts
  readonly cases: ReadonlyArray<{
    readonly same?: string
    readonly other?: string
    readonly a?: Facts
    readonly b: Facts
    readonly grade: string
  }>
}

const groups = parse(readFileSync(new URL('../../../test/cases/match/pairs.yaml', import.meta.url), 'utf8')) as Group[]

for (const { a, cases } of groups) {
  for (const { same, other, a: more, b, grade } of cases) {
    const left = { ...a, ...more }
    const [one, two] = [readPerson(toPatient(left)), readPerson(toPatient({ ...left, ...b }))]
    const found = assess(one, two)
    t.equal(found.grade, grade, `${left.given?.[0]} ${left.family}, ${same ?? other}: ${JSON.stringify(found)}`)
    t.same(assess(two, one), found, 'the other way round')
    if (other !== undefined) t.not(found.grade, 'certain', 'two people are never one for certain')
    if (same !== undefined) t.not(found.grade, 'certainly-not', 'one person is never lost')
  }
}

t.test('names and dates are compared as people write them', async (t) => {
  t.equal(similarity('martha', 'marhta').toFixed(4), '0.9611')
  t.equal(similarity('dixon', 'dicksonx').toFixed(4), '0.8133')
  t.equal(similarity('', 'a'), 0)
  for (const [a, b] of [
    ['smith', 'smyth'],
    ['meyer', 'maier'],
    ['philip', 'filip'],
    ['schmidt', 'shmitt']
  ] as const)
    t.equal(sound(a), sound(b), `${a} ${b}`)
  t.not(sound('smith'), sound('jones'))
  t.ok(isDateSlip('1970-02-03', '1970-03-02'))
  t.ok(isDateSlip('1970-02-03', '1970-02-08'))
  t.ok(isDateSlip('1978-02-13', '1987-02-13'))
  t.notOk(isDateSlip('1970-02-03', '1971-02-04'))
})

t.test('survives whatever a Patient holds', async (t) => {
  for (const odd of [
    null,
    7,
    [],
    { name: 'x', telecom: {}, identifier: [null, 3, { value: 4 }] },
    { name: [{ given: [null], family: 7 }], birthDate: 5 }
  ]) {
    t.equal(assess(readPerson(odd), readPerson(odd)).grade, 'certainly-not', JSON.stringify(odd))
  }
})
