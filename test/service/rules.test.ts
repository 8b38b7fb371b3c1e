/** The rules of threads at the doors of the service: one hospital, two patients, three physicians. */
import t, { type Test } from 'tap'
import { parseCriteria } from '#wardbridge/fhir/search-condition.js'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import type { Principal, Service } from '#wardbridge/service/contract.js'
import { openService } from '#wardbridge/service/service.js'

const admin: Principal = { subject: 'admin', role: 'administrator' }
const clerk: Principal = { subject: 'clerk', role: 'data-entry' }
const ann: Principal = { subject: 'ann', role: 'patient', fhirUser: 'Patient/ann' }
const bob: Principal = { subject: 'bob', role: 'patient', fhirUser: 'Patient/bob' }
const house: Principal = { subject: 'house', role: 'physician', fhirUser: 'Practitioner/house' }
const cox: Principal = { subject: 'cox', role: 'physician', fhirUser: 'Practitioner/cox' }
const wilson: Principal = { subject: 'wilson', role: 'physician', fhirUser: 'Practitioner/wilson' }
const BASE = 'http://localhost/fhir'

const to = (reference: string) => ({ reference })
const category = (code: string) => [{ coding: [{ system: 'https://fhir.wardbridge.dev/CodeSystem/communication-category', code }] }]
const attender = (physician: string, period?: object) => ({
  type: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'ATND' }] }],
  individual: to(physician),
  ...(period === undefined ? {} : { period })
})
const encounter = (id: string, patient: string, participant: object[]) => ({
  resourceType: 'Encounter',
  id,
  status: 'in-progress',
  class: { code: 'IMP' },
  subject: to(`Patient/${patient}`),
  participant
})
const question = (patient: string, more: object = {}) => ({
  resourceType: 'Communication',
  status: 'completed',
  category: category('question'),
  subject: to(`Patient/${patient}`),
  encounter: to(`Encounter/${patient}`),
  payload: [{ contentString: 'May I drive?' }],
  ...more
})
const answer = (asked: string, more: object = {}) => ({
  resourceType: 'Communication',
  status: 'completed',
  category: category('answer'),
  inResponseTo: [to(`Communication/${asked}`)],
  payload: [{ contentString: 'Not yet.' }],
  ...more
})

// biome-ignore lint/suspicious/noExplicitAny: resources of every shape
type Any = any

interface Place {
  readonly service: Service
  put(who: Principal, resource: Any): Promise<Any>
  post(who: Principal, resource: Any): Promise<Any>
  read(name: string): Promise<Any>
  find(type: string, query: string): Promise<Any[]>
  /** A question of ann's; its id. */
  asked(more?: object): Promise<string>
  task(asked: string): Promise<Any>
}

async function hospital(t: Test): Promise<Place> {
  const service = await openService({ store: `${t.testdir()}/store.db` })
  t.teardown(() => service.close())
  const parsed = (result: { body: Buffer | string }) => JSON.parse(result.body.toString())
  const put: Place['put'] = async (who, resource) =>
    parsed(await service.update(who, resource.resourceType, resource.id, JSON.stringify(resource)))
  const post: Place['post'] = async (who, resource) => parsed(await service.create(who, resource.resourceType, JSON.stringify(resource)))
  const find: Place['find'] = async (type, query) => {
    const parameters = [...new URLSearchParams(query)].map(([name, value]) => [name, value] as const)
    return (await service.search(admin, parseSearch(type, parameters, { handling: 'strict' }))).resources.map(parsed)
  }
  for (const id of ['house', 'cox', 'wilson']) await put(admin, { resourceType: 'Practitioner', id })
  await put(admin, { resourceType: 'PractitionerRole', id: 'gp', practitioner: to('Practitioner/wilson') })
  await put(admin, { resourceType: 'Patient', id: 'ann', generalPractitioner: [to('PractitionerRole/gp')] })
  await put(admin, { resourceType: 'Patient', id: 'bob' })
  const consultant = { individual: to('Practitioner/cox') }
  await put(admin, encounter('ann', 'ann', [consultant, attender('Practitioner/house')]))
  await put(admin, encounter('bob', 'bob', [attender('Practitioner/cox')]))
  return {
    service,
    put,
    post,
    find,
    read: async (name) => parsed(await service.read(admin, ...(name.split('/') as [string, string]))),
    asked: async (more = {}) => (await post(ann, question('ann', more))).id,
    task: async (asked) => (await find('Task', `focus=Communication/${asked}`))[0]
  }
}

t.test('a question brings its header and the Task of the responsible physician', async (t) => {
  const { post, read, task } = await hospital(t)
  const asked = await post(ann, question('ann'))
  t.match(asked, { sender: to('Patient/ann'), recipient: [to('Practitioner/house')], sent: String })
  const header = await read(asked.partOf[0].reference)
  t.match(header, {
    status: 'in-progress',
    category: category('thread'),
    subject: to('Patient/ann'),
    encounter: to('Encounter/ann'),
    recipient: [to('Practitioner/house'), to('Patient/ann')],
    sent: asked.sent
  })
  t.notOk(header.payload)
  t.match(await task(asked.id), {
    status: 'requested',
    intent: 'order',
    focus: to(`Communication/${asked.id}`),
    for: to('Patient/ann'),
    owner: to('Practitioner/house'),
    encounter: to('Encounter/ann'),
    authoredOn: asked.sent
  })
})

t.test('the general practitioner is responsible where nobody attends', async (t) => {
  const { post, put, task } = await hospital(t)
  const { encounter: _, ...plain } = question('ann') as Any
  const asked = await post(ann, plain)
  t.strictSame((await task(asked.id)).owner, to('Practitioner/wilson'))
  await put(admin, encounter('ann', 'ann', [attender('Practitioner/house', { end: '2020-01-01' })]))
  const other = await post(ann, question('ann'))
  t.strictSame(other.recipient, [to('Practitioner/wilson')])
  t.match(await post(wilson, answer(other.id)), { sender: to('Practitioner/wilson') })
})

t.test('only the responsible physician answers', async (t) => {
  const { post, asked, read, task } = await hospital(t)
  const id = await asked()
  await t.rejects(post(cox, answer(id)), { code: 'thread.not-responsible', status: 403 })
  await t.rejects(post(house, answer(id, { sender: to('Practitioner/cox') })), { code: 'thread.not-theirs', status: 403 })
  await t.rejects(post(cox, answer(id, { sender: to('Practitioner/house') })), { code: 'thread.not-theirs', status: 403 })
  for (const who of [admin, clerk]) {
    await t.rejects(post(who, answer(id, { sender: to('Practitioner/cox') })), { code: 'thread.not-responsible', status: 403 })
    await t.rejects(post(who, answer(id)), { code: 'thread.invalid', status: 422 })
  }
  await t.rejects(post(ann, answer(id, { subject: to('Patient/ann') })), { code: 'thread.not-theirs', status: 403 })
  t.equal((await task(id)).status, 'requested')

  const given = await post(house, answer(id))
  t.match(given, { sender: to('Practitioner/house'), recipient: [to('Patient/ann')], subject: to('Patient/ann'), sent: String })
  t.match(await task(id), { status: 'completed', output: [{ valueReference: to(`Communication/${given.id}`) }] })
  t.equal((await read(given.partOf[0].reference)).status, 'completed')
})

t.test('a question has one answer, and who comes later is told who answered and when', async (t) => {
  const { post, put, asked } = await hospital(t)
  const id = await asked()
  const first = await post(house, answer(id))
  const told = { code: 'thread.answered', status: 409, params: { who: 'Practitioner/house', when: first.sent } }
  await t.rejects(post(house, answer(id)), told)
  await t.rejects(put(house, { ...answer(id), id: 'mine' }), told)
  await t.rejects(post(admin, answer(id, { sender: to('Practitioner/house') })), told)
  t.match(await put(house, first), { id: first.id, meta: { versionId: '1' } })
})

t.test('an answer that is given in the same moment is refused to all but one', async (t) => {
  const { post, put, asked, find } = await hospital(t)
  const id = await asked()
  const all = await Promise.allSettled(
    Array.from({ length: 30 }, (_, n) =>
      n % 2 === 0
        ? post(house, answer(id, { payload: [{ contentString: `${n}` }] }))
        : put(house, { ...answer(id, { payload: [{ contentString: `${n}` }] }), id: `own-${n}` })
    )
  )
  const [won, ...more] = all.filter((one) => one.status === 'fulfilled')
  t.equal(more.length, 0)
  for (const one of all)
    if (one.status === 'rejected') t.match(one.reason, { code: 'thread.answered', params: { who: 'Practitioner/house' } })
  t.equal((await find('Communication', 'category=answer')).length, 1)
  t.ok(won)
})

t.test('a patient asks about themself and their own admissions only', async (t) => {
  const { post, put, asked } = await hospital(t)
  await t.rejects(post(ann, question('bob')), { code: 'auth.forbidden', status: 403 })
  await t.rejects(post(ann, question('ann', { encounter: to('Encounter/bob') })), { code: 'thread.not-theirs', status: 403 })
  await t.rejects(post(ann, question('ann', { encounter: to('Encounter/none') })), { code: 'thread.not-theirs', status: 403 })
  await t.rejects(post(admin, question('ann', { sender: to('Patient/bob') })), { code: 'thread.not-theirs' })
  await t.rejects(post(house, question('ann')), { code: 'thread.not-theirs', status: 403 })
  const plain = { resourceType: 'Communication', status: 'completed', subject: to('Patient/ann') }
  await t.rejects(post(ann, plain), { code: 'thread.invalid', status: 422 })
  const id = await asked()
  await t.rejects(
    post(admin, { ...plain, inResponseTo: [to(`Communication/${id}`)] }),
    { code: 'thread.invalid' },
    'nor passes for an answer'
  )
  const theirs = (await post(bob, question('bob'))).partOf
  await t.rejects(post(ann, question('ann', { partOf: theirs })), { code: 'thread.invalid' })
  await t.rejects(put(ann, { ...question('ann'), id: 'chosen' }), { code: 'auth.forbidden' })
})

t.test('questions and answers are not changed or deleted', async (t) => {
  const { service, post, put, asked, read, task } = await hospital(t)
  const id = await asked()
  const given = await post(house, answer(id))
  const header = given.partOf[0].reference.split('/')[1]
  const names = [`Communication/${id}`, `Communication/${given.id}`, `Communication/${header}`, `Task/${(await task(id)).id}`]
  for (const name of names) {
    const [type, one] = name.split('/') as [string, string]
    await t.rejects(service.delete(admin, type, one), { code: 'thread.permanent', status: 409 }, name)
    await t.rejects(service.deleteMatches(admin, parseCriteria(type, `_id=${one}`)), { code: 'thread.permanent' }, name)
    const withdrawn = { ...(await read(name)), status: 'entered-in-error' }
    await t.rejects(put(admin, withdrawn), { code: /^thread/, status: 409 }, name)
    const { category: _, code: __, ...other } = await read(name)
    await t.rejects(put(admin, other), { code: 'thread.permanent' }, name)
  }
  const payload = [{ contentString: 'Something else' }]
  await t.rejects(put(admin, { ...(await read(names[0]!)), payload }), { code: 'thread.permanent', status: 409 })
  await t.rejects(put(house, { ...(await read(names[0]!)), payload }), { code: 'thread.permanent', status: 409 })
  const patch = { format: 'json-patch', text: JSON.stringify([{ op: 'replace', path: '/payload', value: payload }]) } as const
  for (const one of [id, given.id]) {
    await t.rejects(service.patch(admin, 'Communication', one, patch), { code: 'thread.permanent' })
    await t.rejects(service.patchMatch(admin, parseCriteria('Communication', `_id=${one}`), patch), { code: 'thread.permanent' })
    await t.rejects(
      service.updateMatch(
        admin,
        parseCriteria('Communication', `_id=${one}`),
        JSON.stringify({ ...(await read(`Communication/${one}`)), payload })
      ),
      {
        code: 'thread.permanent'
      }
    )
  }
  await t.rejects(put(admin, { ...(await task(id)), status: 'requested' }), { code: 'thread.state', status: 409 })
  await t.rejects(put(admin, { ...(await read(`Communication/${header}`)), status: 'in-progress' }), { code: 'thread.state' })
})

t.test('the author corrects an answer with a reason, and the earlier text stays', async (t) => {
  const { service, post, put, asked, read } = await hospital(t)
  const given = await post(house, answer(await asked()))
  const payload = [{ contentString: 'In two weeks.' }]
  const note = [{ text: 'The check-up was moved' }]
  await t.rejects(put(house, { ...given, payload }), { code: 'thread.permanent', params: { reason: /says why/ } })
  await t.rejects(put(house, { ...given, payload, note: [{ text: ' ' }] }), { code: 'thread.permanent' })
  await t.rejects(put(cox, { ...given, payload, note }), { code: 'thread.not-theirs', status: 403 })
  await t.rejects(put(admin, { ...given, payload, note }), { code: 'thread.not-theirs', status: 403 })
  t.match(await put(house, { ...given, payload, note }), { payload, note, meta: { versionId: '2' } })
  const again = [
    { op: 'replace', path: '/payload/0/contentString', value: 'In three weeks.' },
    { op: 'add', path: '/note/-', value: { text: 'And again' } }
  ]
  await service.patch(house, 'Communication', given.id, { format: 'json-patch', text: JSON.stringify(again) })
  t.match(await read(`Communication/${given.id}`), {
    payload: [{ contentString: 'In three weeks.' }],
    note: [...note, { text: 'And again' }]
  })
  const first = JSON.parse((await service.vread(house, 'Communication', given.id, '1')).body)
  t.strictSame(first.payload, [{ contentString: 'Not yet.' }])
  await t.rejects(put(house, { ...given, payload, note: [{ text: 'Another past' }] }), { code: 'thread.permanent' }, 'reasons stay, too')
})

t.test('a question is opened once, by its recipient', async (t) => {
  const { put, asked, read } = await hospital(t)
  const id = await asked()
  const name = `Communication/${id}`
  const opened = { ...(await read(name)), received: '2026-01-02T03:04:05Z' }
  await t.rejects(put(cox, opened), { code: 'thread.not-theirs', status: 403 })
  t.match(await put(house, opened), { received: '2026-01-02T03:04:05Z' })
  await t.rejects(put(house, { ...(await read(name)), received: '2026-01-03T03:04:05Z' }), { code: 'thread.permanent' })
})

t.test('a change of physician moves what waits, whatever it comes from', async (t) => {
  const { put, post, asked, task, read, service } = await hospital(t)
  const id = await asked()
  const done = await asked()
  await post(house, answer(done))
  const header = (await read(`Communication/${id}`)).partOf[0].reference
  await put(admin, encounter('ann', 'ann', [attender('Practitioner/house', { end: '2026-01-01' }), attender('Practitioner/cox')]))
  t.strictSame((await task(id)).owner, to('Practitioner/cox'))
  t.strictSame((await task(done)).owner, to('Practitioner/house'), 'what is answered stays')
  t.match((await read(header)).recipient, [to('Practitioner/house'), to('Patient/ann'), to('Practitioner/cox')])
  t.strictSame((await read(`Communication/${id}`)).recipient, [to('Practitioner/house')], 'whom it was sent to is a fact')
  await t.rejects(post(house, answer(id)), { code: 'auth.forbidden', status: 403 })

  await service.patch(admin, 'Encounter', 'ann', { format: 'json-patch', text: '[{"op":"remove","path":"/participant"}]' })
  t.strictSame((await task(id)).owner, to('Practitioner/wilson'), 'now the general practitioner, by a role')
  await put(admin, { resourceType: 'PractitionerRole', id: 'gp', practitioner: to('Practitioner/house') })
  t.strictSame((await task(id)).owner, to('Practitioner/house'))
  await put(admin, { resourceType: 'Patient', id: 'ann', generalPractitioner: [to('Practitioner/cox')] })
  t.strictSame((await task(id)).owner, to('Practitioner/cox'))
  await put(admin, { resourceType: 'Patient', id: 'ann' })
  t.notOk((await task(id)).owner, 'nobody')
  await t.rejects(post(cox, answer(id)), { code: 'auth.forbidden', status: 403 })
  await put(admin, encounter('ann', 'ann', [attender('Practitioner/house')]))
  t.match(await post(house, answer(id)), { sender: to('Practitioner/house') })
})

t.test('answers and changes of physician at the same time: whoever answers is responsible in that moment', async (t) => {
  const { put, post, asked, task } = await hospital(t)
  for (let round = 0; round < 5; round++) {
    await put(admin, encounter('ann', 'ann', [attender('Practitioner/house')]))
    const id = await asked()
    const [given] = await Promise.allSettled([
      post(house, answer(id)),
      put(admin, encounter('ann', 'ann', [attender('Practitioner/cox'), { individual: to('Practitioner/house') }]))
    ])
    const { status, owner } = await task(id)
    t.strictSame(
      [status, owner.reference],
      given.status === 'fulfilled' ? ['completed', 'Practitioner/house'] : ['requested', 'Practitioner/cox']
    )
    if (given.status === 'rejected') t.match(given.reason, { code: 'thread.not-responsible' })
  }
})

t.test('writes of one Encounter at the same time all come through, and what waits is where the last one says', async (t) => {
  const { service, put, asked, task, read } = await hospital(t)
  const id = await asked()
  const physicians = ['house', 'cox', 'wilson']
  await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      put(admin, encounter('ann', 'ann', [attender(`Practitioner/${physicians[n % 3]}`), { id: `${n}` }]))
    )
  )
  t.equal(JSON.parse((await service.read(admin, 'Encounter', 'ann')).body).meta.versionId, '41')
  t.strictSame((await task(id)).owner, (await read('Encounter/ann')).participant[0].individual)
})

t.test('a transaction', async (t) => {
  const { service, read, task, asked } = await hospital(t)
  const send = async (who: Principal, ...entry: object[]) => {
    const text = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry })
    const result = await service.transact(who, { text, bundle: await service.readBundle(text, BASE) }, { base: BASE })
    return [...result.values()].map(([one]) => one!)
  }
  const post = (resource: Any, fullUrl?: string) => ({
    ...(fullUrl === undefined ? {} : { fullUrl }),
    resource,
    request: { method: 'POST', url: resource.resourceType }
  })
  const header = {
    resourceType: 'Communication',
    status: 'in-progress',
    category: category('thread'),
    subject: to('Patient/ann'),
    encounter: to('Encounter/ann')
  }

  await t.test('may bring the header with the question', async (t) => {
    const [made, asked] = await send(
      ann,
      post(header, 'urn:uuid:5ffff8b6-7e5e-4b7f-8f0f-111111111111'),
      post(question('ann', { partOf: [to('urn:uuid:5ffff8b6-7e5e-4b7f-8f0f-111111111111')] }))
    )
    t.strictSame((await read(`Communication/${asked!.id}`)).partOf, [to(`Communication/${made!.id}`)])
    t.match((await read(`Communication/${made!.id}`)).recipient, [to('Practitioner/house'), to('Patient/ann')])
    t.equal((await task(asked!.id)).status, 'requested')
  })

  await t.test('may bring Task and header with the answer, when they agree', async (t) => {
    const id = await asked()
    const before = await task(id)
    const one = 'urn:uuid:5ffff8b6-7e5e-4b7f-8f0f-222222222222'
    const entries = (status: string) => [
      post(answer(id), one),
      {
        resource: { ...before, status, output: [{ type: { text: 'answer' }, valueReference: to(one) }] },
        request: { method: 'PUT', url: `Task/${before.id}` }
      }
    ]
    await t.rejects(send(house, ...entries('in-progress')), { code: 'thread.state' })
    const [given] = await send(house, ...entries('completed'))
    t.match(await task(id), { status: 'completed', output: [{ valueReference: to(`Communication/${given!.id}`) }] })
    t.equal((await task(id)).output.length, 1)
  })

  await t.test('has one answer to a question, or none', async (t) => {
    const id = await asked()
    await t.rejects(send(house, post(answer(id)), post(answer(id))), { code: 'thread.invalid' })
    const put = (own: string) => ({ resource: { ...answer(id), id: own }, request: { method: 'PUT', url: `Communication/${own}` } })
    await t.rejects(send(house, put('a1'), put('a2')), { code: 'thread.answered' })
    await t.rejects(send(house, post(answer(id)), put('a3')), { code: 'thread.answered' })
    t.equal((await task(id)).status, 'requested')
  })

  await t.test('names the entry that a rule refuses', async (t) => {
    const id = await asked()
    await t.rejects(
      send(cox, post({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: to('Patient/ann') }), post(answer(id))),
      {
        code: 'thread.not-responsible',
        expression: 'Bundle.entry[1].resource.sender'
      }
    )
  })
})
