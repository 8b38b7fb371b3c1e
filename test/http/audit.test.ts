/** The audit over HTTP: AuditEvents for auditors, breaking the glass, unusual access, and what happens when nothing can be audited. */
import Database from 'better-sqlite3'
import t from 'tap'
import { signToken } from '#wardbridge/identity/tokens.js'
import { type Ask, build, patient } from '../helper.js'

const written = () => new Promise((resolve) => setTimeout(resolve, 150))

t.test('auditors and administrators', async (t) => {
  const { ask, key, token, log } = await build(t, { unusualPatients: 3 })
  const bearer = (subject: string, role: string, fhirUser?: string) =>
    signToken(key, { subject, role, ...(fhirUser === undefined ? {} : { fhirUser }) }, 3600)
  const house = bearer('house', 'physician', 'Practitioner/house')
  const iris = bearer('iris', 'auditor')
  const as = (who: string, method: string, url: string, more: Ask = {}) => ask(method, url, { ...more, token: who })
  const json = (body: object): Ask => ({ body, headers: { 'content-type': 'application/json' } })
  for (const id of ['p1', 'p2', 'p3', 'p4', 'p5', 'p6'])
    await ask('PUT', `/fhir/Patient/${id}`, { body: patient({ id, name: [{ family: `Secret-${id}` }] }) })

  await t.test('read the log as AuditEvents that are valid', async (t) => {
    await ask('GET', '/fhir/Patient/p1')
    await ask('GET', '/fhir/Patient/none')
    await ask('GET', '/fhir/Patient?name=Secret-p1&_format=json')
    await as(house, 'GET', '/fhir/Patient/p1')
    await written()
    const { json: bundle, status } = await as(iris, 'GET', '/fhir/AuditEvent?_sort=-date&_count=50')
    t.equal(status, 200)
    t.ok(bundle.entry.length > 9)
    const seen = new Set<string>()
    for (const { resource, fullUrl } of bundle.entry) {
      const kind = `${resource.subtype[0].code} ${resource.outcome}`
      if (seen.has(kind)) continue
      seen.add(kind)
      t.match(fullUrl, /\/fhir\/AuditEvent\/log-\d+-\d+$/)
      const { json: outcome } = await ask('POST', '/fhir/AuditEvent/$validate', { body: resource })
      t.strictSame(
        outcome.issue.filter(({ severity }: { severity: string }) => severity === 'error' || severity === 'fatal'),
        [],
        kind
      )
    }
    for (const kind of ['create 0', 'read 0', 'read 4', 'search 0']) t.ok(seen.has(kind), kind)
    const [{ resource }] = bundle.entry
    const read = await as(iris, 'GET', `/fhir/AuditEvent/${resource.id}`)
    t.match(read, { status: 200, headers: { etag: 'W/"1"' } })
    t.strictSame(read.json, resource)
    t.match((await as(iris, 'GET', `/fhir/AuditEvent/${resource.id}/_history`)).json, { type: 'history', total: 1 })
    t.equal((await as(iris, 'GET', `/fhir/AuditEvent/${resource.id}/_history/1`)).status, 200)
    t.equal((await as(iris, 'GET', `/fhir/AuditEvent/${resource.id}/_history/2`)).status, 404)
    t.match((await as(iris, 'GET', '/fhir/AuditEvent?patient=p1&action=R&_summary=count')).json, { total: 2 })
    t.match((await as(iris, 'GET', `/fhir/AuditEvent?_id=${resource.id}&_elements=recorded`)).json.entry[0].resource, {
      meta: { tag: [{ code: 'SUBSETTED' }] }
    })
    t.equal((await ask('PUT', `/fhir/AuditEvent/${resource.id}`, { body: resource })).status, 409)
    t.equal((await ask('DELETE', `/fhir/AuditEvent/${resource.id}`)).status, 409)
    t.equal((await as(iris, 'GET', '/fhir/Patient/p1')).status, 403)
    for (const role of ['physician', 'front-desk', 'data-entry', 'analyst', 'patient'])
      t.equal((await as(token(role), 'GET', `/fhir/AuditEvent/${resource.id}`)).status, 403, role)
  })

  await t.test('breaking the glass shows a patient for a while, and marks every access', async (t) => {
    t.equal((await as(house, 'GET', '/fhir/Patient/p2')).status, 404)
    t.equal((await as(house, 'POST', '/auth/break-glass', json({ patient: 'p2' }))).status, 400)
    t.equal((await as(house, 'POST', '/auth/break-glass', json({ patient: 'p2', reason: ' ' }))).status, 422)
    t.equal((await as(house, 'POST', '/auth/break-glass', json({ patient: 'none', reason: 'x' }))).status, 404)
    t.equal((await as(bearer('desk', 'front-desk'), 'POST', '/auth/break-glass', json({ patient: 'p2', reason: 'x' }))).status, 403)
    const opened = await as(house, 'POST', '/auth/break-glass', json({ patient: 'p2', reason: 'Collapsed in the hall' }))
    t.match(opened, { status: 201, json: { patient: 'p2', account: 'house', reason: 'Collapsed in the hall' } })
    t.equal(Date.parse(opened.json.until) - Date.parse(opened.json.created), 3_600_000)
    t.equal((await as(house, 'GET', '/fhir/Patient/p2')).status, 200)
    t.match((await as(house, 'GET', '/fhir/Patient')).json, { total: 1 })
    t.equal((await as(bearer('cox', 'physician', 'Practitioner/cox'), 'GET', '/fhir/Patient/p2')).status, 404, 'to nobody else')
    t.equal((await as(house, 'PUT', '/fhir/Patient/p2', { body: patient({ id: 'p2' }) })).status, 403, 'to look at, not to write')
    await written()
    const { json: marked } = await as(iris, 'GET', '/fhir/AuditEvent?altid=house&patient=p2&outcome=0')
    t.strictSame(
      marked.entry.map(({ resource }: { resource: { purposeOfEvent: object[]; subtype: { code: string }[] } }) => [
        resource.subtype[0]!.code,
        resource.purposeOfEvent?.[0]
      ]),
      ['search', 'read', '110127'].map((code) => [
        code,
        {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'BTG', display: 'break the glass' }],
          text: 'Collapsed in the hall'
        }
      ])
    )
    const { json: outcome } = await ask('POST', '/fhir/AuditEvent/$validate', { body: marked.entry[2].resource })
    t.notMatch(JSON.stringify(outcome), /"severity":"(error|fatal)"/)
    const id = opened.json.id
    for (const who of [iris, bearer('root', 'administrator'), house])
      t.match((await as(who, 'GET', '/auth/break-glass')).json, { breakGlass: [{ id, patient: 'p2', account: 'house' }] })
    const cox = bearer('cox', 'physician', 'Practitioner/cox')
    t.strictSame((await as(cox, 'GET', '/auth/break-glass')).json, { breakGlass: [] })
    t.equal((await as(cox, 'DELETE', `/auth/break-glass/${id}`)).status, 404)
    t.equal((await as(iris, 'DELETE', `/auth/break-glass/${id}`)).status, 404)
    t.equal((await ask('DELETE', `/auth/break-glass/${id}`)).status, 204)
    t.equal((await as(house, 'GET', '/fhir/Patient/p2')).status, 404, 'over at once')
    t.equal((await ask('DELETE', `/auth/break-glass/${id}`)).status, 404)
    t.match((await as(iris, 'GET', '/auth/break-glass')).json, { breakGlass: [{ id, endedBy: 'test' }] })
  })

  await t.test('are told once of an account that looks at many patients', async (t) => {
    const desk = bearer('desk', 'front-desk')
    for (const id of ['p1', 'p2', 'p3', 'p3', 'p1']) await as(desk, 'GET', `/fhir/Patient/${id}`)
    const alerts = async () =>
      (await as(iris, 'GET', '/auth/alerts')).json.alerts.filter(({ account }: { account: string }) => account === 'desk')
    t.strictSame(await alerts(), [], 'as many as may be')
    for (const id of ['p4', 'p5', 'p6', 'p1']) await as(desk, 'GET', `/fhir/Patient/${id}`)
    t.match(await alerts(), [{ account: 'desk', role: 'front-desk', patients: 4, seconds: 600 }])
    t.equal((await alerts()).length, 1)
    for (const id of ['p1', 'p2', 'p3', 'p4']) await as(bearer('ana', 'analyst'), 'GET', `/fhir/Patient/${id}`)
    t.notMatch((await ask('GET', '/auth/alerts')).text, /"account":"ana"/, 'analysts are not watched')
    t.equal((await as(desk, 'GET', '/auth/alerts')).status, 403)
    await written()
    t.match((await as(iris, 'GET', '/fhir/AuditEvent?altid=desk&type=110113')).json.entry, [{ resource: { action: 'E' } }])
    t.ok(log.some((line) => line.includes('unusual access')))
  })

  t.notMatch(log.join(''), /Secret|Collapsed|Patient\/p/, 'no patient data in the log')
})

t.test('logins are in the log', async (t) => {
  const { ask, identity } = await build(t)
  await identity.accounts.create(
    { username: 'iris', role: 'auditor', fhirUser: undefined, password: 'a long enough phrase' },
    { subject: 'x', from: 'y' }
  )
  const login = (password: string) =>
    ask('POST', '/auth/login', { token: false, body: { username: 'iris', password }, headers: { 'content-type': 'application/json' } })
  t.equal((await login('wrong')).status, 401)
  const { access_token: token } = (await login('a long enough phrase')).json
  await written()
  const { json } = await ask('GET', '/fhir/AuditEvent?subtype=110122&_sort=date', { token })
  t.match(json.entry, [
    { resource: { outcome: '4', agent: [{ altId: 'iris' }] } },
    { resource: { outcome: '0', agent: [{ name: 'iris', role: [{ text: 'auditor' }] }] } }
  ])
  t.match((await ask('GET', '/fhir/AuditEvent?agent-name=iris&_summary=count', { token })).json, { total: 2 })
})

t.test('what cannot be audited is refused, until it can be; nothing is forgotten', async (t) => {
  const { ask, settings } = await build(t)
  await ask('PUT', '/fhir/Patient/p', { body: patient({ id: 'p' }) })
  // As a full disk does, but it can be taken back.
  const db = new Database(settings.store)
  db.exec("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT raise(ABORT, 'full'); END")
  t.equal((await ask('GET', '/fhir/Patient/p')).status, 200, 'collected')
  await written()
  for (const url of ['/fhir/Patient/p', '/fhir/Patient', '/fhir/Patient/p/_history'])
    t.match((await ask('GET', url)).json.issue, [{ code: 'transient', details: { coding: [{ code: 'audit.unavailable' }] } }], url)
  t.equal((await ask('GET', '/fhir/Patient/p')).status, 503)
  t.equal((await ask('PUT', '/fhir/Patient/p', { body: patient({ id: 'p', active: true }) })).status, 503)
  t.equal((await ask('GET', '/livez')).status, 200)
  db.exec('DROP TRIGGER full')
  await new Promise((resolve) => setTimeout(resolve, 600))
  t.match(await ask('GET', '/fhir/Patient/p'), { status: 200, headers: { etag: 'W/"1"' } })
  await written()
  t.match((await ask('GET', '/fhir/AuditEvent?entity=Patient/p&action=R&outcome=0&_summary=count')).json, { total: 2 })
  db.close()
})
