import t, { type Test } from 'tap'
import { type Built, build, observation, patient } from '../helper.js'

const identified = (value: string, more: object = {}) => patient({ identifier: [{ system: 'urn:mrn', value }], ...more })
const BY_1 = 'identifier=urn:mrn|1'

/** A server that has Patient/a with identifier 1, and Patient/b and /c that both have identifier 2. */
async function stocked(t: Test): Promise<Built['ask']> {
  const { ask } = await build(t)
  for (const [id, value] of Object.entries({ a: '1', b: '2', c: '2' })) {
    t.equal((await ask('PUT', `/fhir/Patient/${id}`, { body: identified(value, { id }) })).status, 201)
  }
  return ask
}

async function total(ask: Built['ask']): Promise<number> {
  return (await ask('GET', '/fhir/Patient?_summary=count')).json.total
}

t.test('conditional create', async (t) => {
  const post = (ask: Built['ask'], criteria: string, headers: Record<string, string> = {}) =>
    ask('POST', '/fhir/Patient', { body: identified('3', { gender: 'other' }), headers: { 'if-none-exist': criteria, ...headers } })

  t.test('no match: 201, the resource is created', async (t) => {
    const ask = await stocked(t)
    const answer = await post(ask, 'identifier=urn:mrn|3')
    t.equal(answer.status, 201)
    t.match(answer.headers['location'], /\/Patient\/[^/]+\/_history\/1$/)
    t.equal(await total(ask), 4)
    t.equal((await post(ask, 'identifier=urn:mrn|3')).status, 200, 'the second time it matches')
    t.equal(await total(ask), 4)
  })

  t.test('one match: 200 with the resource that is there, which stays as it is', async (t) => {
    const ask = await stocked(t)
    const answer = await post(ask, BY_1)
    t.equal(answer.status, 200)
    t.match(answer.json, { id: 'a', gender: 'female', meta: { versionId: '1' } })
    t.equal(answer.headers['location'], 'http://localhost:80/fhir/Patient/a/_history/1')
    t.equal(answer.headers['etag'], 'W/"1"')
    t.ok(answer.headers['last-modified'])
    t.match(await post(ask, BY_1, { prefer: 'return=minimal' }), { status: 200, text: '', headers: { location: /\/Patient\/a\// } })
    t.match((await post(ask, BY_1, { prefer: 'return=OperationOutcome' })).json, { resourceType: 'OperationOutcome' })
    t.equal(await total(ask), 3)
  })

  t.test('many matches: 412, nothing is created', async (t) => {
    const ask = await stocked(t)
    t.match(await post(ask, 'identifier=urn:mrn|2'), { status: 412, json: { issue: [{ code: 'multiple-matches' }] } })
    t.equal((await post(ask, 'gender=female')).status, 412)
    t.equal(await total(ask), 3)
  })

  t.test('a deleted resource does not match', async (t) => {
    const ask = await stocked(t)
    await ask('DELETE', '/fhir/Patient/a')
    t.equal((await post(ask, BY_1)).status, 201)
  })

  t.test('criteria come percent-encoded, with a question mark, or as an address of the type', async (t) => {
    const ask = await stocked(t)
    for (const text of ['identifier=urn%3Amrn%7C1', `?${BY_1}`, `Patient?${BY_1}`, `http://localhost:80/fhir/Patient?${BY_1}`]) {
      t.equal((await post(ask, text)).status, 200, text)
    }
    t.equal((await post(ask, 'Practitioner?identifier=urn:mrn|1')).status, 400)
    t.equal(await total(ask), 3)
  })

  t.test('of 40 at once one creates, all name the same resource', async (t) => {
    const { ask } = await build(t)
    const answers = await Promise.all(Array.from({ length: 40 }, () => post(ask, 'identifier=urn:mrn|3')))
    t.equal(answers.filter(({ status }) => status === 201).length, 1)
    t.equal(answers.filter(({ status }) => status === 200).length, 39)
    t.equal(new Set(answers.map(({ json }) => json.id)).size, 1)
    t.equal(await total(ask), 1)
  })
})

t.test('conditional update', async (t) => {
  const put = (ask: Built['ask'], criteria: string, body: object, headers: Record<string, string> = {}) =>
    ask('PUT', `/fhir/Patient?${criteria}`, { body, headers })

  t.test('no match, no id in the body: created under an id of the server', async (t) => {
    const ask = await stocked(t)
    const answer = await put(ask, 'identifier=urn:mrn|3', identified('3'))
    t.equal(answer.status, 201)
    t.match(answer.headers['location'], new RegExp(`/Patient/${answer.json.id}/_history/1$`))
    t.equal(await total(ask), 4)
  })

  t.test('no match, id in the body: created under that id', async (t) => {
    const ask = await stocked(t)
    t.match(await put(ask, 'identifier=urn:mrn|3', identified('3', { id: 'mine' })), { status: 201, json: { id: 'mine' } })
    t.equal((await ask('GET', '/fhir/Patient/mine')).status, 200)
  })

  t.test('no match, but the id in the body is that of another resource: 409, which stays as it is', async (t) => {
    const ask = await stocked(t)
    t.equal((await put(ask, 'identifier=urn:mrn|3', identified('3', { id: 'a' }))).status, 409)
    t.equal((await ask('GET', '/fhir/Patient/a')).json.meta.versionId, '1')
  })

  t.test('one match, without or with its id: updated', async (t) => {
    const ask = await stocked(t)
    t.match(await put(ask, BY_1, identified('1', { gender: 'male' })), {
      status: 200,
      headers: { etag: 'W/"2"', location: /\/Patient\/a\/_history\/2$/ },
      json: { id: 'a', gender: 'male' }
    })
    t.match(await put(ask, BY_1, identified('1', { id: 'a', gender: 'other' })), { status: 200, json: { id: 'a', gender: 'other' } })
    t.equal(await total(ask), 3)
  })

  t.test('one match, another id in the body: 400, an id that is none: 422', async (t) => {
    const ask = await stocked(t)
    t.match(await put(ask, BY_1, identified('1', { id: 'other' })), { status: 400, json: { issue: [{ expression: ['Patient.id'] }] } })
    t.equal((await put(ask, BY_1, identified('1', { id: 'not an id' }))).status, 422)
    t.equal((await ask('GET', '/fhir/Patient/a')).json.meta.versionId, '1')
  })

  t.test('many matches: 412', async (t) => {
    const ask = await stocked(t)
    t.equal((await put(ask, 'identifier=urn:mrn|2', identified('2'))).status, 412)
    t.equal((await put(ask, 'identifier=urn:mrn|2', identified('2', { id: 'b' }))).status, 412, 'also when the id is one of them')
  })

  t.test('If-Match and If-None-Match speak of the match', async (t) => {
    const ask = await stocked(t)
    const body = identified('1', { gender: 'male' })
    t.equal((await put(ask, BY_1, body, { 'if-match': 'W/"7"' })).status, 412)
    t.equal((await put(ask, 'identifier=urn:mrn|3', body, { 'if-match': 'W/"1"' })).status, 412, 'no match has no version')
    t.equal((await put(ask, BY_1, body, { 'if-none-match': '*' })).status, 412)
    t.equal(await total(ask), 3)
    t.equal((await put(ask, BY_1, body, { 'if-match': 'W/"1"' })).status, 200)
    t.equal((await put(ask, 'identifier=urn:mrn|3', identified('3'), { 'if-none-match': '*' })).status, 201)
  })

  t.test('of 20 at once one creates, the others update the same resource', async (t) => {
    const { ask } = await build(t)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => put(ask, BY_1, identified('1', { telecom: [{ system: 'phone', value: `${n}` }] })))
    )
    t.strictSame(answers.map(({ status }) => status).sort(), [...Array(19).fill(200), 201])
    t.equal(new Set(answers.map(({ json }) => json.id)).size, 1)
    t.strictSame(
      answers.map(({ json }) => Number(json.meta.versionId)).sort((a, b) => a - b),
      Array.from({ length: 20 }, (_, n) => n + 1)
    )
    t.equal(await total(ask), 1)
  })
})

t.test('conditional delete', async (t) => {
  t.test('one match: 204, and it is gone', async (t) => {
    const ask = await stocked(t)
    t.match(await ask('DELETE', `/fhir/Patient?${BY_1}`), { status: 204, headers: { etag: 'W/"2"' } })
    t.equal((await ask('GET', '/fhir/Patient/a')).status, 410)
    t.equal(await total(ask), 2)
  })

  t.test('no match: 204, nothing happens', async (t) => {
    const ask = await stocked(t)
    t.equal((await ask('DELETE', '/fhir/Patient?identifier=urn:mrn|3')).status, 204)
    t.equal(await total(ask), 3)
  })

  t.test('many matches: all are deleted, or with a condition that one does not meet none', async (t) => {
    const ask = await stocked(t)
    const url = '/fhir/Patient?identifier=urn:mrn|2'
    const [one] = (await ask('GET', url)).json.entry
    await ask('PUT', `/fhir/Patient/${one.resource.id}`, { body: { ...one.resource, active: true } })
    t.equal((await ask('DELETE', url, { headers: { 'if-match': 'W/"1"' } })).status, 412)
    t.equal(await total(ask), 3)
    const answer = await ask('DELETE', url, { headers: { prefer: 'return=OperationOutcome', 'if-match': 'W/"1", W/"2"' } })
    t.match(answer, {
      status: 200,
      json: { issue: [{ severity: 'information', details: { text: '2 resources of type Patient deleted' } }] }
    })
    t.equal(answer.headers['etag'], undefined)
    t.equal(await total(ask), 1)
  })

  t.test('more matches than one request deletes: 412, nothing is deleted', async (t) => {
    const { ask } = await build(t)
    const entry = Array.from({ length: 1001 }, () => ({
      resource: { resourceType: 'Basic', code: { text: 'x' } },
      request: { method: 'POST', url: 'Basic' }
    }))
    await ask('POST', '/fhir', { body: { resourceType: 'Bundle', type: 'transaction', entry } })
    t.match(await ask('DELETE', '/fhir/Basic?code:text=x'), { status: 412, json: { issue: [{ code: 'too-costly' }] } })
    t.equal((await ask('GET', '/fhir/Basic?_summary=count')).json.total, 1001)
    t.match(await ask('GET', '/fhir/Basic?_count=1'), { status: 200 })
  })

  t.test('If-Match speaks of the match; an OperationOutcome when preferred', async (t) => {
    const ask = await stocked(t)
    t.equal((await ask('DELETE', `/fhir/Patient?${BY_1}`, { headers: { 'if-match': 'W/"7"' } })).status, 412)
    t.equal((await ask('DELETE', '/fhir/Patient?identifier=urn:mrn|3', { headers: { 'if-match': 'W/"1"' } })).status, 412)
    const headers = { 'if-match': 'W/"1"', prefer: 'return=OperationOutcome' }
    t.match(await ask('DELETE', `/fhir/Patient?${BY_1}`, { headers }), { status: 200, json: { resourceType: 'OperationOutcome' } })
    t.equal(await total(ask), 2)
  })
})

t.test('criteria that are empty, unknown, without a value or that select nothing are refused: they would match everything', async (t) => {
  const ask = await stocked(t)
  const criteria = [
    '',
    'identifier=',
    'nosuch=1',
    `${BY_1}&nosuch=1`,
    `${BY_1}&gender=`,
    '_count=1',
    `${BY_1}&_count=0`,
    `${BY_1}&_summary=count`,
    `${BY_1}&_cursor=x`,
    `${BY_1}&_sort=_id`,
    `${BY_1}&_include=Patient:organization`,
    `${BY_1}&_revinclude=Observation:subject`,
    `${BY_1}&_elements=id`,
    `${BY_1}&_total=none`,
    `_filter=gender eq female and active eq true&_sort=_id`,
    '_type=Patient',
    '_format=json',
    'gender:nosuch=female'
  ]
  for (const text of criteria) {
    const body = identified('1')
    for (const answer of [
      await ask('POST', '/fhir/Patient', { body, headers: { 'if-none-exist': text } }),
      await ask('PUT', `/fhir/Patient?${text}`, { body }),
      await ask('DELETE', `/fhir/Patient?${text}`)
    ]) {
      t.match(answer, { status: 400, json: { resourceType: 'OperationOutcome' } }, text)
    }
  }
  t.equal((await ask('PUT', '/fhir/Patient', { body: identified('1') })).status, 400)
  t.equal((await ask('DELETE', '/fhir/Patient')).status, 400)
  t.equal(await total(ask), 3)
})

t.test('criteria by _id, by a chain, with a modifier, and beside _format and _pretty', async (t) => {
  const ask = await stocked(t)
  await ask('PUT', '/fhir/Observation/o', { body: observation('a', '2020-01-01', { id: 'o' }) })
  const body = identified('1', { gender: 'male' })
  t.match(await ask('PUT', '/fhir/Patient?_id=a&_format=json&_pretty=true', { body }), { status: 200, json: { id: 'a', gender: 'male' } })
  t.equal((await ask('PUT', '/fhir/Patient?gender:not=female', { body })).json.id, 'a')
  const changed = observation('a', '2020-01-01', { status: 'amended' })
  t.match(await ask('PUT', `/fhir/Observation?subject:Patient.${BY_1}`, { body: changed }), {
    status: 200,
    json: { id: 'o', status: 'amended' }
  })
  t.equal((await ask('DELETE', '/fhir/Patient?_id=a')).status, 204)
})

t.test('the address may have a slash before the criteria, as R4 writes it', async (t) => {
  const ask = await stocked(t)
  t.equal((await ask('PUT', `/fhir/Patient/?${BY_1}`, { body: identified('1', { gender: 'male' }) })).status, 200)
  t.equal((await ask('DELETE', `/fhir/Patient/?${BY_1}`)).status, 204)
  t.equal(await total(ask), 2)
})

t.test('a role that may not write may not write conditionally', async (t) => {
  const { ask, token } = await build(t)
  const analyst = { token: token('analyst'), body: identified('1') }
  t.equal((await ask('POST', '/fhir/Patient', { ...analyst, headers: { 'if-none-exist': BY_1 } })).status, 403)
  t.equal((await ask('PUT', `/fhir/Patient?${BY_1}`, analyst)).status, 403)
  t.equal((await ask('DELETE', `/fhir/Patient?${BY_1}`, { token: token('data-entry') })).status, 403)
})

t.test('update with If-None-Match: * only creates', async (t) => {
  const { ask } = await build(t)
  const put = (tag: string) => ask('PUT', '/fhir/Patient/p', { body: patient({ id: 'p' }), headers: { 'if-none-match': tag } })
  t.equal((await put('*')).status, 201)
  t.equal((await put('*')).status, 412)
  t.equal((await put('W/"1"')).status, 412, 'the version there is')
  t.equal((await put('1')).status, 400)
  await ask('DELETE', '/fhir/Patient/p')
  t.match(await put('*'), { status: 201, headers: { etag: 'W/"3"' } }, 'deleted is not there')
})
