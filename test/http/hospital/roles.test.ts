/** The rules of access hold under /rest because they hold in the service: who may not see a row is told that there is none. */
import t from 'tap'
import { signToken } from '#wardbridge/identity/tokens.js'
import { build } from '../../helper.js'

t.test('everybody does what is theirs to do', async (t) => {
  const { ask, key } = await build(t)
  const as = (role: string, fhirUser?: string) => {
    const token = signToken(key, { subject: `${role}-${fhirUser}`, role, ...(fhirUser === undefined ? {} : { fhirUser }) }, 3600)
    return (method: string, url: string, body?: object) =>
      ask(method, url, {
        token,
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
      })
  }
  const desk = as('front-desk')
  const administrator = as('administrator')
  for (const id of ['p1', 'p2']) {
    const identifier = [{ system: 'urn:wardbridge:hospital:physician_id', value: id }]
    const made = await ask('PUT', `/fhir/Practitioner/${id}`, {
      body: { resourceType: 'Practitioner', id, identifier, name: [{ text: id }] }
    })
    t.equal(made.status, 201)
  }
  const register = async (): Promise<{ number: number; id: string }> => {
    const { json } = await desk('POST', '/rest/user', { gender: 'F', dob: '1980-05-05' })
    const found = await ask('GET', `/fhir/Patient?identifier=urn:wardbridge:hospital:subject_id|${json.subject_id}`)
    return { number: json.subject_id, id: found.json.entry[0].resource.id }
  }
  const [ada, bea] = [await register(), await register()]
  for (const { number } of [ada, bea]) {
    const admitted = await desk('POST', '/rest/admissions', {
      subject_id: number,
      admittime: '2024-01-01 10:00:00',
      insurance: 'Medicare',
      physician_id: number === ada.number ? 'p1' : 'p2'
    })
    t.equal(admitted.status, 201, 'the front desk admits')
  }
  const patient = as('patient', `Patient/${ada.id}`)
  const [own, other] = [as('physician', 'Practitioner/p1'), as('physician', 'Practitioner/p2')]

  const asked = await patient('POST', `/rest/patients/${ada.number}/question`, { question: 'How long?' })
  t.equal(asked.status, 201, 'a patient asks')
  const address = `/rest/patients/${ada.number}/question/${asked.json.id}`

  t.test('a patient sees their own and nobody else', async (t) => {
    t.equal((await patient('GET', `/rest/user/${ada.number}`)).status, 200)
    t.match((await patient('GET', `/rest/patients/${ada.number}/question`)).json, [{ id: asked.json.id }])
    for (const url of [`/rest/user/${bea.number}`, `/rest/patients/${bea.number}/question`, `/rest/progress?subject_id=${bea.number}`]) {
      const refused = await patient('GET', url)
      const unknown = await patient('GET', url.replace(String(bea.number), '987654'))
      t.equal(refused.status, 404, url)
      t.equal(refused.headers['content-type'], 'application/problem+json; charset=utf-8')
      t.equal(refused.json.code, unknown.json.code, 'as if there were no such patient')
    }
    t.equal((await patient('POST', `/rest/patients/${bea.number}/question`, { question: 'x' })).status, 404)
    t.equal((await patient('PUT', `/rest/user/${ada.number}`, { gender: 'M' })).status, 403)
    t.equal((await patient('DELETE', `/rest/user/${ada.number}`)).status, 403)
    const reply = await patient('POST', `${address}/reply`, { answer: 'Forever' })
    t.equal(reply.status, 403, reply.text)
  })

  t.test('a physician sees the patients in their care, and is the author of an answer', async (t) => {
    t.equal((await other('GET', `/rest/user/${ada.number}`)).status, 404)
    t.equal((await other('POST', `${address}/reply`, { answer: 'No' })).status, 404)
    t.match((await own('GET', '/rest/physicians/p1/inbox')).json, [{ id: asked.json.id, unread: true }])
    t.equal((await own('POST', `${address}/opened`)).status, 200)
    const answered = await own('POST', `${address}/reply`, { answer: 'Three days' })
    t.equal(answered.status, 201, answered.text)
    t.match(answered.json, { answer: 'Three days', answered_by: 'p1' })
    t.match((await patient('GET', address)).json, { answer: 'Three days', answered_by: 'p1' })
  })

  t.test('another responsible physician has the question from then on', async (t) => {
    const second = await patient('POST', `/rest/patients/${ada.number}/question`, { question: 'And then?' })
    const { hadm_id: hadm } = second.json
    const handed = await desk('PUT', `/rest/admissions/${hadm}`, { physician_id: 'p2' })
    t.match(handed.json, { physician_id: 'p2' }, handed.text)
    t.strictSame((await own('GET', '/rest/physicians/p1/inbox')).json, [])
    t.match((await other('GET', '/rest/physicians/p2/inbox')).json, [{ id: second.json.id, unread: true }])
    const late = await own('POST', `/rest/patients/${ada.number}/question/${second.json.id}/reply`, { answer: 'Home' })
    t.ok([403, 404].includes(late.status), late.text)
    const answered = await other('POST', `/rest/patients/${ada.number}/question/${second.json.id}/reply`, { answer: 'Home' })
    t.match(answered.json, { answer: 'Home', answered_by: 'p2' }, answered.text)
  })

  t.test('who only reads writes nothing; nobody without a token does anything', async (t) => {
    const analyst = as('analyst')
    t.equal((await analyst('GET', `/rest/user/${ada.number}`)).status, 200)
    t.equal((await analyst('POST', '/rest/user', { gender: 'F' })).status, 403)
    t.equal((await as('auditor')('GET', `/rest/user/${ada.number}`)).status, 403)
    t.equal((await ask('GET', `/rest/user/${ada.number}`, { token: false })).status, 401)
    t.equal((await administrator('GET', `/rest/user/${ada.number}`)).status, 200)
  })
})
