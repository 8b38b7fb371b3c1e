/** WARDBRIDGE_REFERENTIAL_INTEGRITY=on as clients see it (R4 http.html#delete). */
import t from 'tap'
import { build } from '../helper.js'

const patient = (id: string) => ({ resourceType: 'Patient', id })
const observation = (reference: string) => ({
  resourceType: 'Observation',
  id: 'o',
  status: 'final',
  code: { text: 'x' },
  subject: { reference }
})
const entry = (method: string, url: string, resource?: object) => ({
  ...(resource === undefined ? {} : { resource }),
  request: { method, url }
})
const transaction = (...entries: object[]) => ({ resourceType: 'Bundle', type: 'transaction', entry: entries })

t.test('a reference to what is not there is 422 with its path, a delete of what is referred to 409; together they pass', async (t) => {
  const { ask } = await build(t, { referentialIntegrity: 'on' })
  t.same((await ask('GET', '/fhir/metadata')).json.rest[0].resource[0].referencePolicy, ['literal', 'logical', 'enforced'])
  const dangling = await ask('PUT', '/fhir/Observation/o', { body: observation('Patient/p') })
  t.equal(dangling.status, 422)
  t.match(dangling.json, { resourceType: 'OperationOutcome', issue: [{ code: 'not-found', expression: ['Observation.subject'] }] })

  const half = transaction(entry('PUT', 'Patient/q', patient('q')), entry('PUT', 'Observation/o', observation('Patient/p')))
  const refused = await ask('POST', '/fhir', { body: half })
  t.equal(refused.status, 422)
  t.comment(refused.text)
  t.equal((await ask('GET', '/fhir/Patient/q')).status, 404, 'nothing of the transaction is there')
  const whole = transaction(entry('PUT', 'Observation/o', observation('Patient/p')), entry('PUT', 'Patient/p', patient('p')))
  t.equal((await ask('POST', '/fhir', { body: whole })).status, 200)

  const kept = await ask('DELETE', '/fhir/Patient/p')
  t.equal(kept.status, 409)
  t.match(kept.json, { issue: [{ code: 'conflict', details: { text: /Observation\/o/ } }] })
  t.equal((await ask('DELETE', '/fhir/Patient?_id=p')).status, 409)
  t.equal((await ask('POST', '/fhir', { body: transaction(entry('DELETE', 'Patient/p'), entry('DELETE', 'Observation/o')) })).status, 200)
  t.equal((await ask('GET', '/fhir/Patient/p')).status, 410)
})

t.test('without the setting both pass', async (t) => {
  const { ask } = await build(t)
  t.same((await ask('GET', '/fhir/metadata')).json.rest[0].resource[0].referencePolicy, ['literal', 'logical'])
  t.equal((await ask('PUT', '/fhir/Observation/o', { body: observation('Patient/p') })).status, 201)
  t.equal((await ask('PUT', '/fhir/Patient/p', { body: patient('p') })).status, 201)
  t.equal((await ask('DELETE', '/fhir/Patient/p')).status, 204)
})
