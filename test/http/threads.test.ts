/** The story of a thread through /fhir and /rest: ask with a picture, the wrong physician, the right one, a second answer, a correction, a hand-over. */
import t from 'tap'
import { signToken } from '#wardbridge/identity/tokens.js'
import { build } from '../helper.js'

const category = (code: string) => [{ coding: [{ system: 'https://fhir.wardbridge.dev/CodeSystem/communication-category', code }] }]

t.test('a thread', async (t) => {
  const { ask, key } = await build(t)
  const as = (role: string, fhirUser: string) => ({ token: signToken(key, { subject: fhirUser, role, fhirUser }, 3600) })
  const rest = (method: string, url: string, body: object, more: object = {}) =>
    ask(method, `/rest${url}`, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), ...more })

  for (const id of ['P1', 'P2']) {
    const identifier = [{ system: 'urn:wardbridge:hospital:physician_id', value: id }]
    await ask('PUT', `/fhir/Practitioner/${id}`, { body: { resourceType: 'Practitioner', id, identifier, name: [{ text: id }] } })
  }
  const { json: user } = await rest('POST', '/user', { gender: 'F', dob: '1970-01-01' })
  const admitted = await rest('POST', '/admissions', {
    subject_id: user.subject_id,
    admittime: '2024-05-01 10:00:00',
    diagnosis: 'SEPSIS',
    physician_id: 'P1'
  })
  t.equal(admitted.status, 201, admitted.text)
  const hadm = admitted.json.hadm_id
  const [found] = (await ask('GET', `/fhir/Encounter?identifier=urn:wardbridge:hospital:hadm_id|${hadm}`)).json.entry
  const { id: stay, subject } = found.resource
  const patient = as('patient', subject.reference)
  const [p1, p2] = [as('physician', 'Practitioner/P1'), as('physician', 'Practitioner/P2')]
  const question = (text: string) => ({
    resourceType: 'Communication',
    status: 'completed',
    category: category('question'),
    subject,
    encounter: { reference: `Encounter/${stay}` },
    payload: [{ contentString: text }, { contentReference: { reference: 'Media/picture' } }]
  })
  const answer = (id: string, text = 'Yes.') => ({
    resourceType: 'Communication',
    status: 'completed',
    category: category('answer'),
    subject,
    inResponseTo: [{ reference: `Communication/${id}` }],
    payload: [{ contentString: text }]
  })
  const post = (body: object, who: object) => ask('POST', '/fhir/Communication', { ...who, body })

  const asked = await post(question('May I drive?'), patient)
  t.equal(asked.status, 201, asked.text)
  const { id } = asked.json

  await t.test('waits in the inbox of the responsible physician', async (t) => {
    const inbox = await ask('GET', '/fhir/Task?owner=Practitioner/P1&status=requested&_include=Task:focus', p1)
    t.strictSame(
      inbox.json.entry.map(({ resource }: { resource: { id: string } }) => resource.id === id || 'Task'),
      ['Task', true]
    )
    const rows = await ask('GET', '/rest/physicians/P1/inbox', p1)
    t.match(rows.json, [{ question: 'May I drive?', unread: true, waiting_seconds: Number }])
  })

  await t.test('is answered by the responsible physician, once', async (t) => {
    const wrong = await post(answer(id), p2)
    t.equal(wrong.status, 403)
    t.equal((await post(answer(id), patient)).status, 403)
    const right = await post(answer(id), p1)
    t.equal(right.status, 201, right.text)
    t.equal(right.headers['location'], `http://localhost:80/fhir/Communication/${right.json.id}/_history/1`)
    const second = await post(answer(id, 'No.'), p1)
    t.equal(second.status, 409)
    t.match(second.json.issue[0], { code: 'conflict', details: { coding: [{ code: 'thread.answered' }], text: /Practitioner\/P1 at 20/ } })
    const threads = await ask('GET', '/fhir/Communication?category=thread&status=in-progress', patient)
    t.equal(threads.json.total, 0)
    const all = await ask('GET', `/fhir/Communication?part-of=${asked.json.partOf[0].reference}&_sort=sent`, patient)
    t.equal(all.json.total, 2)
  })

  await t.test('is not edited or deleted, by nobody', async (t) => {
    const json = { headers: { 'content-type': 'application/json-patch+json' } }
    const change = JSON.stringify([{ op: 'replace', path: '/payload/0/contentString', value: 'Changed' }])
    t.equal((await ask('DELETE', `/fhir/Communication/${id}`)).status, 409)
    t.equal((await ask('DELETE', `/fhir/Communication?_id=${id}`)).status, 409)
    t.equal((await ask('PATCH', `/fhir/Communication/${id}`, { ...json, body: change })).status, 409)
    t.equal((await ask('PATCH', `/fhir/Communication?_id=${id}`, { ...json, body: change })).status, 409)
    const entry = (method: string, resource?: object) => ({
      ...(resource === undefined ? {} : { resource }),
      request: { method, url: `Communication/${id}` }
    })
    for (const type of ['batch', 'transaction'])
      for (const one of [entry('DELETE'), entry('PUT', { ...asked.json, payload: [{ contentString: 'Changed' }] })]) {
        const done = await ask('POST', '/fhir', { body: { resourceType: 'Bundle', type, entry: [one] } })
        t.match(type === 'batch' ? done.json.entry[0].response.status : String(done.status), /^409/)
      }
    t.strictSame((await ask('GET', `/fhir/Communication/${id}`, patient)).json.meta.versionId, '1')
  })

  await t.test('goes to the physician that the admission is handed over to', async (t) => {
    const open = (await post(question('And walk?'), patient)).json.id
    const handed = await rest('PUT', `/admissions/${hadm}`, { physician_id: 'P2' })
    t.equal(handed.status, 200, handed.text)
    const [{ resource: task }] = (await ask('GET', `/fhir/Task?focus=Communication/${open}`)).json.entry
    t.strictSame(task.owner.reference, 'Practitioner/P2')
    t.equal((await post(answer(open), p1)).status, 403)
    t.match((await ask('GET', '/rest/physicians/P2/inbox', p2)).json, [{ question: 'And walk?' }])
    const replied = await post(answer(open), p2)
    t.equal(replied.status, 201, replied.text)
    const row = await ask('GET', `/rest/patients/${user.subject_id}/question`, patient)
    t.match(row.json, [
      { question: 'And walk?', answer: 'Yes.', answered_by: 'P2' },
      { question: 'May I drive?', answer: 'Yes.', answered_by: 'P1' }
    ])
  })
})
