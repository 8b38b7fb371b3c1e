import t from 'tap'
import { build, observation, patient } from '../../helper.js'

t.test('metrics count requests by class of route and status, resources, bytes and job runs, without patient data', async (t) => {
  const { ask, jobs } = await build(t)
  const { json } = await ask('POST', '/fhir/Patient', { body: patient() })
  await ask('GET', `/fhir/Patient/${json.id}`)
  await ask('GET', `/fhir/Patient/${json.id}`)
  await ask('GET', '/fhir/Patient?name=Ardent')
  await ask('GET', '/fhir/Patient/nobody')
  await ask('GET', '/fhir/Patient', { token: false })
  await ask('GET', '/livez')
  await ask('GET', '/Ardent/Ada')
  await ask('POST', '/fhir/Observation', { body: observation(json.id, '2026-01-02') })
  await jobs.trigger('expiry', 'x')
  await jobs.close()
  const answer = await ask('GET', '/metrics')
  t.equal(answer.status, 200)
  t.match(answer.headers['content-type'], 'text/plain; version=0.0.4')
  const lines = answer.text.split('\n')
  const has = (line: RegExp) =>
    t.ok(
      lines.some((one) => line.test(one)),
      String(line)
    )
  has(/^wardbridge_http_requests_total\{route="fhir read",status="200"\} 2$/)
  has(/^wardbridge_http_requests_total\{route="fhir read",status="404"\} 1$/)
  has(/^wardbridge_http_requests_total\{route="fhir create",status="201"\} 2$/)
  has(/^wardbridge_http_requests_total\{route="fhir search-type",status="401"\} 1$/)
  has(/^wardbridge_http_requests_total\{route="livez",status="200"\} 1$/)
  has(/^wardbridge_http_requests_total\{route="unknown",status="404"\} 1$/)
  has(/^wardbridge_http_request_duration_seconds_count\{route="fhir read"\} 3$/)
  has(/^wardbridge_store_resources\{type="Patient"\} 1$/)
  has(/^wardbridge_store_bytes [1-9]\d{4,}$/)
  has(/^wardbridge_job_runs_total\{job="expiry",outcome="done"\} 1$/)
  has(/^wardbridge_job_last_run_success\{job="expiry"\} 1$/)
  has(/^wardbridge_event_loop_delay_seconds\{quantile="0.99"\} /)
  t.notMatch(answer.text, /Ardent|Ada|nobody/)
  t.notMatch(answer.text, json.id)
})

t.test('they are for administrators and analysts, and for programs on this machine where the settings say so', async (t) => {
  const { ask, token } = await build(t)
  t.equal((await ask('GET', '/metrics', { token: false })).status, 401)
  for (const role of ['patient', 'physician', 'front-desk', 'data-entry', 'auditor'])
    t.equal((await ask('GET', '/metrics', { token: token(role) })).status, 403, role)
  t.equal((await ask('GET', '/metrics', { token: token('analyst') })).status, 200)
  t.test('loopback', async (t) => {
    const { ask } = await build(t, { metrics: 'loopback' })
    t.equal((await ask('GET', '/metrics', { token: false })).status, 200)
    t.equal((await ask('GET', '/metrics', { token: false, headers: { 'x-forwarded-for': '127.0.0.1' } })).status, 401, 'through a proxy')
  })
})
