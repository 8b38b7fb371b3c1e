import { connect } from 'node:net'
import t from 'tap'
import { build, observation, patient } from '../helper.js'

t.test('no patient data, id, parameter, address or token gets into the log, at any level', async (t) => {
  const { ask, app, log, token } = await build(t)
  app.addHook('onRequest', async (request) => {
    if (request.headers['x-break']) JSON.parse('{"family":"Marksworth"')
  })
  const marks = ['Marksworth', '1944-05-06', 'mark-id-7', 'mark-value', 'mark-host']
  const good = token()
  await ask('PUT', '/fhir/Patient/mark-id-7', {
    body: patient({ id: 'mark-id-7', birthDate: '1944-05-06', name: [{ family: 'Marksworth' }] })
  })
  await ask('PUT', '/fhir/Observation/mark-id-7', {
    body: observation('mark-id-7', '2100-01-01', { id: 'mark-id-7', valueString: 'mark-value' })
  })
  await ask('GET', '/fhir/Patient/mark-id-7')
  await ask('GET', '/fhir/Patient/mark-id-7/_history/1')
  await ask('GET', '/fhir/Patient?name=Marksworth&birthdate=1944-05-06')
  await ask('POST', '/fhir/Patient/_search', { body: 'name=Marksworth', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
  await ask('GET', '/fhir/Patient?mark-value=Marksworth', { headers: { prefer: 'handling=strict' } })
  await ask('GET', '/fhir/Patient?birthdate=Marksworth')
  await ask('GET', '/fhir/Patient/mark-id-7%zz')
  await ask('GET', '/fhir/Marksworth/mark-id-7')
  await ask('GET', '/mark-value/mark-id-7?name=Marksworth')
  await ask('PATCH', '/fhir/Patient/mark-id-7', { body: 'Marksworth' })
  await ask('POST', '/fhir/Patient', { body: '{"resourceType":"Patient","name":[{"family":"Marksworth"}' })
  await ask('POST', '/fhir/Patient', { body: patient({ gender: 'Marksworth' }) })
  await ask('GET', '/fhir/Patient/mark-id-7', {
    headers: { host: 'mark-host.example.org', referer: 'http://mark-host/Marksworth', 'user-agent': 'mark-value' }
  })
  await ask('GET', '/fhir/Patient/mark-id-7', { token: `${good}x` })
  await ask('GET', '/fhir/Patient/mark-id-7', { token: false, headers: { authorization: `Basic ${good}` } })
  await ask('DELETE', '/fhir/Patient/mark-id-7', { headers: { 'if-match': 'W/"9"' } })
  await ask('DELETE', '/fhir/Patient/mark-id-7')
  await ask('GET', '/fhir/Patient/mark-id-7')
  t.equal((await ask('GET', '/fhir/Patient/mark-id-7', { headers: { 'x-break': '1' } })).status, 500)

  // What is no HTTP at all goes to another handler.
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const reply = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(new URL(address).port), '127.0.0.1', () =>
      socket.write(`GET /fhir/Patient/mark-id-7 HTTQ/9\r\nAuthorization: Bearer ${good}\r\n\r\n`)
    )
    socket.on('data', (data) => resolve(data.toString()))
    socket.on('error', reject)
  })
  t.match(reply, /^HTTP\/1\.1 400 /)

  const text = log.join('')
  for (const mark of [...marks, good, good.split('.')[2]!, 'Bearer']) t.notOk(text.includes(mark), mark.slice(0, 20))

  const lines = log.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line['msg'] === 'request')
  t.ok(lines.length >= 20)
  t.match(lines[2], { method: 'GET', route: '/fhir/:type/:id', status: 200, ms: Number, reqId: /^[0-9a-f]{20}-[0-9]+$/ })
  for (const line of lines) {
    t.strictSame(
      Object.keys(line)
        .filter((key) => !['level', 'time', 'pid', 'hostname', 'reqId', 'msg'].includes(key))
        .sort(),
      line['route'] === undefined ? ['method', 'ms', 'status'] : ['method', 'ms', 'route', 'status']
    )
  }
})

t.test('an authorization header that is logged by mistake is redacted', async (t) => {
  const { app, log } = await build(t)
  app.log.info({ headers: { authorization: 'Bearer abc' } }, 'careless')
  app.log.info({ authorization: 'Bearer abc' }, 'careless')
  t.notMatch(log.join(''), 'abc')
  t.match(log.join(''), 'redacted')
})
