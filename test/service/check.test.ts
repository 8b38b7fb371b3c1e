import t, { type Test } from 'tap'
import { Checks, LEVELS, type Level } from '#wardbridge/service/check.js'
import { Definitions } from '#wardbridge/service/definitions.js'
import { openStore } from '#wardbridge/store/open.js'

const open = async (t: Test, level: Level, limits = {}) => {
  const store = await openStore(`${t.testdir()}/${level}.db`)
  const checks = new Checks(level, store, new Definitions(store), limits)
  t.teardown(async () => {
    await checks.close()
    await store.close()
  })
  return { store, checks }
}
const json = (value: unknown) => JSON.stringify(value)
const refused = async (checks: Checks, type: string, text: string) =>
  checks.check({ type, text }).then(
    () => 'accepted',
    (error) => error.code ?? error.errors[0].code
  )

const OBSERVATION = { resourceType: 'Observation', status: 'final', code: { text: 'x' } }
/** What each level refuses, in the order of LEVELS. */
const CASES: ReadonlyArray<readonly [what: string, text: string, ...answers: string[]]> = [
  ['no JSON', '{"resourceType":', 'json.syntax', 'json.syntax', 'json.syntax'],
  ['a member twice', '{"resourceType":"Observation","status":"final","status":"final"}', 'json.syntax', 'json.syntax', 'json.syntax'],
  ['a list', '[]', 'resource.type', 'resource.type', 'resource.type'],
  ['another type', '{"resourceType":"Patient"}', 'resource.type', 'resource.type', 'resource.type'],
  ['meta that is no object', json({ ...OBSERVATION, meta: [] }), 'resource.invalid', 'resource.invalid', 'resource.invalid'],
  ['a missing element', json({ resourceType: 'Observation', status: 'final' }), 'accepted', 'resource.invalid', 'resource.invalid'],
  ['an unknown element', json({ ...OBSERVATION, colour: 'red' }), 'accepted', 'resource.invalid', 'resource.invalid'],
  ['a code that is none', json({ ...OBSERVATION, status: 'done' }), 'accepted', 'resource.invalid', 'resource.invalid'],
  [
    'a broken invariant',
    json({ ...OBSERVATION, valueString: 'x', dataAbsentReason: { text: 'x' } }),
    'accepted',
    'accepted',
    'resource.invalid'
  ],
  [
    'a broken profile',
    json({ ...OBSERVATION, meta: { profile: ['http://hl7.org/fhir/StructureDefinition/vitalsigns'] } }),
    'accepted',
    'accepted',
    'resource.invalid'
  ],
  ['a profile nobody knows', json({ ...OBSERVATION, meta: { profile: ['http://example.org/none'] } }), 'accepted', 'accepted', 'accepted'],
  ['a warning only (no narrative)', json(OBSERVATION), 'accepted', 'accepted', 'accepted']
]

for (const [number, level] of LEVELS.entries()) {
  t.test(`what the level ${level} refuses`, async (t) => {
    const { checks } = await open(t, level)
    for (const [what, text, ...answers] of CASES) t.equal(await refused(checks, 'Observation', text), answers[number], what)
  })
}

t.test('an id asked for must be in the body', async (t) => {
  const { checks } = await open(t, 'off')
  await t.rejects(checks.check({ type: 'Patient', text: '{"resourceType":"Patient","id":"b"}', id: 'a' }), { code: 'resource.id' })
  t.match(await checks.check({ type: 'Patient', text: '{"resourceType":"Patient","id":"a"}', id: 'a' }), { id: 'a' })
})

t.test('many at once come back in their order, refused ones as their errors; timers run meanwhile', async (t) => {
  for (const level of LEVELS) {
    const { checks } = await open(t, level)
    let turns = 0
    const timer = setInterval(() => void turns++, 0)
    const results = await checks.checkAll(
      Array.from({ length: 3000 }, (_, i) => ({ type: 'Observation', text: json(i % 500 === 7 ? [] : { ...OBSERVATION, id: `o${i}` }) }))
    )
    clearInterval(timer)
    t.equal(results.length, 3000)
    t.ok(
      results.every((result, i) => (i % 500 === 7 ? result instanceof Error : !(result instanceof Error) && result.id === `o${i}`)),
      level
    )
    t.ok(turns > 0, `${turns} turns of the event loop`)
  }
})

const put = (id: string, resource: object) => ({
  method: 'put' as const,
  type: 'StructureDefinition',
  id,
  text: json({ resourceType: 'StructureDefinition', id, ...resource })
})
const profile = (constraint: object) =>
  put('slow', {
    url: 'http://example.org/slow',
    type: 'Patient',
    derivation: 'constraint',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
    differential: { element: [{ id: 'Patient', path: 'Patient', constraint: [constraint] }] }
  })
const named = (key: string) => profile({ key, severity: 'error', human: 'x', expression: `id = '${key}'` })

t.test('an uploaded profile counts as soon as it is written, changed and deleted', async (t) => {
  const { store, checks } = await open(t, 'strict')
  const text = json({ resourceType: 'Patient', id: 'a', meta: { profile: ['http://example.org/slow'] } })
  t.equal(await refused(checks, 'Patient', text), 'accepted', 'nobody knows the profile')
  await store.commit([named('b')])
  t.equal(await refused(checks, 'Patient', text), 'resource.invalid')
  await store.commit([named('a')])
  t.equal(await refused(checks, 'Patient', text), 'accepted')
  await store.commit([named('c')])
  t.equal(await refused(checks, 'Patient', text), 'resource.invalid')
  await store.commit([{ method: 'delete', type: 'StructureDefinition', id: 'slow' }])
  t.equal(await refused(checks, 'Patient', text), 'accepted')
})

t.test('what another process uploads counts soon after', async (t) => {
  const { store, checks } = await open(t, 'strict')
  const other = await openStore(`${t.testdirName}/strict.db`)
  t.teardown(() => other.close())
  const text = json({ resourceType: 'Patient', id: 'a', meta: { profile: ['http://example.org/slow'] } })
  await store.commit([named('a')])
  t.equal(await refused(checks, 'Patient', text), 'accepted')
  await new Promise((resolve) => setTimeout(resolve, 1100))
  t.equal(await refused(checks, 'Patient', text), 'accepted')
  await other.commit([named('b')])
  let answer = 'accepted'
  for (const until = Date.now() + 10_000; answer === 'accepted' && Date.now() < until; ) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    answer = await refused(checks, 'Patient', text)
  }
  t.equal(answer, 'resource.invalid')
})

t.test('a resource that takes too long is refused; those that wait behind it are validated', async (t) => {
  const { store, checks } = await open(t, 'strict', { seconds: 0.5, size: 1 })
  // Takes exponential time for a row of the same letter.
  await store.commit([profile({ key: 'slow', severity: 'error', human: 'x', expression: `id.matches('^(a+)+$')` })])
  const text = json({ resourceType: 'Patient', id: `${'a'.repeat(60)}-`, meta: { profile: ['http://example.org/slow'] } })
  const answers = await Promise.all([
    refused(checks, 'Patient', json({ resourceType: 'Patient' })),
    refused(checks, 'Patient', text),
    ...Array.from({ length: 20 }, (_, i) => refused(checks, 'Observation', json(i % 2 ? OBSERVATION : { ...OBSERVATION, x: 1 })))
  ])
  t.strictSame(answers, [
    'accepted',
    'validation.timeout',
    ...Array.from({ length: 20 }, (_, i) => (i % 2 ? 'accepted' : 'resource.invalid'))
  ])
})
