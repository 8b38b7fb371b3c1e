import t from 'tap'
import { build, observation, patient } from '../helper.js'
import { create, other, put } from './entries.js'
import { A, B, identified, send, statuses, stored, total } from './transactions.js'

t.test('conditional references: exactly one match, on the server or in the transaction; else nothing is written', async (t) => {
  const built = await build(t)
  await built.ask('PUT', '/fhir/Patient/s', { body: identified('stored', { id: 's' }) })
  for (const id of ['t1', 't2']) await built.ask('PUT', `/fhir/Patient/${id}`, { body: identified('twice', { id }) })
  await built.ask('PUT', '/fhir/Patient/gone', { body: identified('deleted', { id: 'gone' }) })
  await built.ask('PUT', '/fhir/Patient/moved', { body: identified('before', { id: 'moved' }) })
  const of = (subject: string) => create({ ...observation('x', '2026-01-01'), subject: { reference: subject } })
  const good = await send(
    built,
    of('Patient?identifier=urn:mrn|stored'),
    of('Patient?identifier=urn%3Amrn%7Cnew'),
    create(identified('new')),
    put(identified('after', { id: 'moved' }), 'Patient/moved'),
    of('Patient?identifier=urn:mrn|after'),
    of('Patient?family=Ardent&identifier=urn:mrn|new')
  )
  t.equal(good.status, 200)
  t.equal((await stored(built, good, 0)).subject.reference, 'Patient/s')
  const made = good.json.entry[2].response.location.replace(/\/_history.*/, '')
  t.equal((await stored(built, good, 1)).subject.reference, made)
  t.equal((await stored(built, good, 4)).subject.reference, 'Patient/moved')
  t.equal((await stored(built, good, 5)).subject.reference, made)
  const count = await total(built, 'Observation')
  for (const [what, status, code, ...entries] of [
    ['no match', 412, 'not-found', of('Patient?identifier=urn:mrn|never')],
    ['several matches', 412, 'multiple-matches', of('Patient?identifier=urn:mrn|twice')],
    ['one there and one here', 412, 'multiple-matches', of('Patient?identifier=urn:mrn|stored'), create(identified('stored'))],
    ['deleted here', 412, 'not-found', of('Patient?identifier=urn:mrn|deleted'), other('DELETE', 'Patient/gone')],
    ['changed here', 412, 'not-found', of('Patient?identifier=urn:mrn|after'), put(identified('later', { id: 'moved' }), 'Patient/moved')],
    ['a parameter that is not known', 400, 'not-supported', of('Patient?shoe-size=44')],
    ['a parameter that shapes the result', 400, 'invalid', of('Patient?identifier=urn:mrn|stored&_count=1')],
    ['no condition', 400, 'invalid', of('Patient?identifier=')]
  ] as const) {
    const answer = await send(built, ...entries)
    t.equal(answer.status, status, what)
    t.equal(answer.json.issue[0].code, code, what)
    t.match(answer.json.issue[0].expression[0], 'Bundle.entry[0]', what)
  }
  t.equal(await total(built, 'Observation'), count)
})

t.test('ifNoneExist: created once, found afterwards, refused when several match', async (t) => {
  const built = await build(t)
  const one = create(identified('1'), A, { ifNoneExist: 'identifier=urn:mrn|1' })
  const seen = { ...observation('x', '2026-01-01'), subject: { reference: A } }
  const first = await send(built, one, create(seen))
  t.strictSame(statuses(first), ['201', '201'])
  const again = await send(built, one, create(seen))
  t.strictSame(statuses(again), ['200', '201'])
  t.equal(again.json.entry[0].response.location, first.json.entry[0].response.location)
  const name = first.json.entry[0].response.location.replace(/\/_history.*/, '')
  t.equal((await stored(built, again, 1)).subject.reference, name, 'references go to the resource that was found')
  const same = create(identified('2'), undefined, { ifNoneExist: 'Patient?identifier=urn:mrn|2' })
  t.strictSame(
    statuses(await send(built, { ...same, fullUrl: A }, { ...same, fullUrl: B })),
    ['201', '200'],
    'twice the same in one transaction'
  )
  const differs = create(identified('3', { gender: 'male' }), B, { ifNoneExist: 'identifier=urn:mrn|3' })
  const unclear = await send(built, create(identified('3'), A, { ifNoneExist: 'identifier=urn:mrn|3' }), differs)
  t.equal(unclear.status, 412, 'which of the two is created must not depend on their order')
  t.strictSame(statuses(await send(built, create(identified('4'), A, { ifNoneExist: 'identifier=urn:mrn|4' }), create(identified('4')))), [
    '200',
    '201'
  ])
  t.equal(await total(built, 'Patient'), 3)
  await built.ask('POST', '/fhir/Patient', { body: identified('1') })
  t.equal((await send(built, one)).status, 412)
})

t.test('conditional update and delete: by what matches; no match creates; several fail', async (t) => {
  const built = await build(t)
  await built.ask('PUT', '/fhir/Patient/a', { body: identified('a', { id: 'a' }) })
  await built.ask('PUT', '/fhir/Patient/b', { body: identified('b', { id: 'b' }) })
  const answer = await send(
    built,
    { ...put(identified('a', { gender: 'male' }), 'Patient?identifier=urn:mrn|a'), fullUrl: A },
    put(identified('c'), 'Patient?identifier=urn:mrn|c'),
    put(identified('d', { id: 'dee' }), 'Patient?identifier=urn:mrn|d'),
    other('DELETE', 'Patient?identifier=urn:mrn|b'),
    other('DELETE', 'Patient?identifier=urn:mrn|never'),
    create({ ...observation('x', '2026-01-01'), subject: { reference: A } })
  )
  t.strictSame(statuses(answer), ['200', '201', '201', '204', '204', '201'])
  t.equal(answer.json.entry[0].response.location, 'Patient/a/_history/2')
  t.equal(answer.json.entry[2].response.location, 'Patient/dee/_history/1')
  t.equal((await stored(built, answer, 5)).subject.reference, 'Patient/a')
  t.equal((await built.ask('GET', '/fhir/Patient/b')).status, 410)
  for (const id of ['x1', 'x2']) await built.ask('PUT', `/fhir/Patient/${id}`, { body: identified('x', { id }) })
  t.equal((await send(built, put(identified('x'), 'Patient?identifier=urn:mrn|x'))).status, 412)
  t.equal(
    (await send(built, put(identified('a', { id: 'z' }), 'Patient?identifier=urn:mrn|a'))).status,
    400,
    'another id than that of the match'
  )
})

t.test('a conditional delete takes all that match, and leaves what another entry deletes to that one', async (t) => {
  const built = await build(t)
  const [some, one] = [other('DELETE', 'Patient?identifier=urn:mrn|x'), other('DELETE', 'Patient/x1')]
  for (const entries of [[some], [some, one], [one, some], [some, some]]) {
    for (const id of ['x1', 'x2', 'x3']) await built.ask('PUT', `/fhir/Patient/${id}`, { body: identified('x', { id }) })
    t.strictSame(
      statuses(await send(built, ...entries)),
      entries.map(() => '204')
    )
    t.equal(await total(built, 'Patient'), 0)
  }
  for (const id of ['x1', 'x2']) await built.ask('PUT', `/fhir/Patient/${id}`, { body: identified('x', { id }) })
  t.equal((await send(built, some, put(identified('x', { id: 'x2' }), 'Patient/x2'))).status, 400, 'written twice')
  t.equal((await send(built, some, put(identified('y', { id: 'y' }), 'Patient/y', { ifMatch: 'W/"1"' }))).status, 412)
  t.equal(await total(built, 'Patient'), 2, 'all or nothing')
})

t.test('ifMatch guards updates, deletions and patches; ifNoneMatch * lets an update only create', async (t) => {
  const built = await build(t)
  await built.ask('PUT', '/fhir/Patient/a', { body: patient({ id: 'a' }) })
  t.strictSame(statuses(await send(built, put(patient({ id: 'a', gender: 'male' }), 'Patient/a', { ifMatch: 'W/"1"' }))), ['200'])
  t.equal((await send(built, put(patient({ id: 'a' }), 'Patient/a', { ifMatch: 'W/"1"' }))).status, 412)
  t.equal((await send(built, other('DELETE', 'Patient/a', { ifMatch: 'W/"1"' }))).status, 412)
  t.equal((await send(built, put(patient({ id: 'a' }), 'Patient/a', { ifNoneMatch: '*' }))).status, 412)
  t.strictSame(statuses(await send(built, put(patient({ id: 'n' }), 'Patient/n', { ifNoneMatch: '*' }))), ['201'])
  t.equal((await send(built, put(patient({ id: 'a' }), 'Patient/a', { ifMatch: '1' }))).status, 400)
  t.strictSame(
    statuses(await send(built, put(patient({ id: 'a', gender: 'other' }), 'Patient/a', { ifMatch: 'W/"9", W/"2"' }))),
    ['200'],
    'a list'
  )
  t.equal((await send(built, put(patient({ id: 'a' }), 'Patient/a', { ifNoneMatch: 'W/"9", W/"3"' }))).status, 412)
  t.strictSame(statuses(await send(built, other('DELETE', 'Patient/a', { ifMatch: 'W/"3"' }))), ['204'])
})

t.test('100 transactions at once that create the same patient if there is none: one patient', async (t) => {
  const built = await build(t)
  const one = (n: number) =>
    send(built, create(identified('1'), A, { ifNoneExist: 'identifier=urn:mrn|1' }), create(observation(`x${n}`, '2026-01-01')))
  const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => one(n)))
  t.strictSame([...new Set(answers.map(({ status }) => status))], [200])
  t.equal(answers.filter((answer) => statuses(answer)[0] === '201').length, 1)
  t.equal(await total(built, 'Patient'), 1)
  t.equal(await total(built, 'Observation'), 100)
})

t.test('a condition that cannot be asked of what the transaction writes is refused, not guessed', async (t) => {
  const built = await build(t)
  const seen = create({ ...observation('x', '2026-01-01'), subject: { reference: 'Patient?birthdate=ap1970-01-01' } })
  const refused = await send(built, seen, create(patient()))
  t.equal(refused.status, 501)
  t.match(refused.json.issue[0], { code: 'not-supported', expression: ['Bundle.entry[0]'] })
  await built.ask('PUT', '/fhir/Patient/p', { body: patient({ id: 'p', birthDate: '1970-01-01' }) })
  t.strictSame(statuses(await send(built, seen)), ['201'], 'of the store it can be asked')
})
