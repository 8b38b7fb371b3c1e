/** Many at once, from two servers over one store and one state: what can be given once is given once. */
import Database from 'better-sqlite3'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { buildApp } from '#wardbridge/app.js'
import { makeLogger } from '#wardbridge/http/log.js'
import { openService } from '#wardbridge/service/service.js'
import { openState } from '#wardbridge/state/state.js'
import { build } from '../../helper.js'

const MANY = 8

async function two(t: Test) {
  const first = await build(t)
  const service = await openService(first.settings)
  const state = await openState(first.settings.state)
  const second = await buildApp({
    settings: first.settings,
    service,
    identity: first.identity,
    jobs: first.jobs,
    state,
    logger: makeLogger('silent')
  })
  t.teardown(async () => {
    await second.close()
    state.close()
    await service.close()
  })
  const apps: FastifyInstance[] = [first.app, second]
  const send = async (at: number, method: 'GET' | 'POST' | 'PUT', url: string, body?: object, headers: Record<string, string> = {}) => {
    const response = await apps[at % 2]!.inject({
      method,
      url,
      headers: {
        authorization: `Bearer ${first.token()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) })
    })
    return { status: response.statusCode, text: response.body, json: () => JSON.parse(response.body) }
  }
  return { ...first, send }
}

const BED = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/location-physical-type', code: 'bd' }] }

t.test('two servers', async (t) => {
  const { send, ask, settings } = await two(t)
  const users = async (count: number): Promise<number[]> => {
    const made = await Promise.all(Array.from({ length: count }, (_, at) => send(at, 'POST', '/rest/user', { gender: 'F' })))
    for (const { status } of made) t.equal(status, 201)
    return made.map((one) => one.json().subject_id)
  }
  const patients = await users(MANY)
  const put = (resource: { resourceType: string; id: string }) =>
    ask('PUT', `/fhir/${resource.resourceType}/${resource.id}`, { body: resource })

  t.test('give every patient a number of their own', async (t) => t.equal(new Set(patients).size, MANY))

  t.test('give a bed to one patient, and say that none is free to the others', async (t) => {
    for (const id of ['ward', 'b1', 'b2', 'b3']) {
      const more = id === 'ward' ? {} : { partOf: { reference: 'Location/ward' }, physicalType: BED }
      await put({ resourceType: 'Location', id, name: id, ...more } as never)
    }
    const admitted = await Promise.all(
      patients.map((subject_id, at) => send(at, 'POST', '/rest/admissions', { subject_id, admittime: '2020-01-01 10:00:00', unit: 'ward' }))
    )
    const given = admitted.filter(({ status }) => status === 201)
    t.strictSame(given.map((one) => one.json().bed).sort(), ['b1', 'b2', 'b3'])
    for (const one of admitted) if (one.status !== 201) t.match(one.text, /rest\.no-bed/)
    const encounter = (location: object) => ({
      resourceType: 'Encounter',
      id: 'thief',
      status: 'in-progress',
      class: { code: 'IMP' },
      location: [location]
    })
    for (const location of [{ location: { reference: 'Location/b1' } }, { location: { reference: 'Location/b1' }, status: 'active' }]) {
      const answer = await put(encounter(location))
      t.equal(answer.status, 409)
      t.match(answer.text, 'claim.taken')
    }
    t.equal((await put(encounter({ location: { reference: 'Location/b1' }, status: 'planned' }))).status, 201)
    const first = given.find((one) => one.json().bed === 'b1')!.json()
    const left = await send(1, 'PUT', `/rest/admissions/${first.hadm_id}`, { dischtime: '2020-01-05 10:00:00' })
    t.match(left.json(), { bed: null, unit: null })
    t.equal((await put(encounter({ location: { reference: 'Location/b1' }, status: 'active' }))).status, 200)
  })

  t.test('admit a patient once at a time', async (t) => {
    const [subject_id] = await users(1)
    const all = Array.from({ length: MANY }, (_, at) =>
      send(at, 'POST', '/rest/admissions', { subject_id, admittime: `2020-01-01 10:00:0${at}` })
    )
    const statuses = (await Promise.all(all)).map(({ status }) => status).sort()
    t.strictSame(statuses, [201, ...Array.from({ length: MANY - 1 }, () => 409)])
  })

  t.test('take one answer to a question', async (t) => {
    await put({ resourceType: 'Practitioner', id: 'gp' })
    const found = await ask('GET', `/fhir/Patient?identifier=urn:wardbridge:hospital:subject_id|${patients[0]}`)
    const patient = found.json.entry[0].resource
    await put({ ...patient, generalPractitioner: [{ reference: 'Practitioner/gp' }] })
    const question = (await send(0, 'POST', `/rest/patients/${patients[0]}/question`, { question: 'When?' })).json()
    const address = `/rest/patients/${patients[0]}/question/${question.id}/reply`
    const answers = await Promise.all(
      Array.from({ length: MANY }, (_, at) => send(at, 'POST', address, { answer: `Answer ${at}`, answered_by: 'gp' }))
    )
    t.strictSame(answers.map(({ status }) => status).sort(), [201, ...Array.from({ length: MANY - 1 }, () => 409)])
    const won = answers.find(({ status }) => status === 201)!.json()
    t.equal((await send(1, 'GET', `/rest/patients/${patients[0]}/question/${question.id}`)).json().answer, won.answer)
  })

  t.test('do the work of an idempotency key once', async (t) => {
    const key = { 'idempotency-key': 'one' }
    const body = { gender: 'M', identity_doc: 'once' }
    const answers = await Promise.all(Array.from({ length: MANY }, (_, at) => send(at, 'POST', '/rest/user', body, key)))
    for (const { status } of answers) t.ok([201, 409].includes(status))
    const again = await send(1, 'POST', '/rest/user', body, key)
    t.equal(again.status, 201)
    for (const one of answers) if (one.status === 201) t.equal(one.text, again.text)
    const found = await ask('GET', '/fhir/Patient?identifier=urn:wardbridge:hospital:identity_doc|once')
    t.equal(found.json.total, 1)
  })

  t.test('make one row also when the first request was lost before it was answered', async (t) => {
    const key = { 'idempotency-key': 'lost' }
    const body = { gender: 'M', identity_doc: 'lost' }
    const first = await send(0, 'POST', '/rest/user', body, key)
    const db = new Database(`${settings.state}/service.db`)
    const { changes } = db
      .prepare("UPDATE request SET status = NULL, headers = NULL, body = NULL, made = made - 60000 WHERE key = 'lost'")
      .run()
    db.close()
    t.equal(changes, 1)
    const again = await send(1, 'POST', '/rest/user', body, key)
    t.equal(again.status, 201)
    t.equal(again.json().subject_id, first.json().subject_id)
    t.equal((await ask('GET', '/fhir/Patient?identifier=urn:wardbridge:hospital:identity_doc|lost')).json.total, 1)
  })

  t.test('keep both of two changes of a row', async (t) => {
    const [subject] = await users(1)
    const changes = [{ dob: '1970-01-01' }, { dod: '2020-01-01' }, { gender: 'M' }, { identity_doc: 'x' }]
    const all = await Promise.all(changes.map((change, at) => send(at, 'PUT', `/rest/user/${subject}`, change)))
    for (const { status, text } of all) t.equal(status, 200, text)
    t.match((await send(0, 'GET', `/rest/user/${subject}`)).json(), {
      dob: '1970-01-01 00:00:00',
      dod: '2020-01-01 00:00:00',
      gender: 'M',
      identity_doc: 'x'
    })
  })
})
