/** Every role x interaction x resource type over HTTP, as the table of src/service/access.ts has it; cases.test.ts says it again by hand. */
import t from 'tap'
import { resourceTypes } from '#wardbridge/fhir/definitions.js'
import { type Interaction, ROLES, reachOf } from '#wardbridge/service/access.js'
import { ADMIN, build } from '../helper.js'
import { WARD } from './ward.js'

const WHO: Readonly<Record<string, { readonly fhirUser?: string }>> = {
  patient: { fhirUser: 'Patient/ann' },
  physician: { fhirUser: 'Practitioner/house' }
}

/** Asked of a resource that is not there: 404 means that the role may ask. */
const REQUESTS: ReadonlyArray<readonly [Interaction, string, string, string?]> = [
  ['read', 'GET', '/none'],
  ['vread', 'GET', '/none/_history/1'],
  ['history', 'GET', '/none/_history'],
  ['search', 'GET', '?_id=none'],
  ['create', 'POST', '', 'id'],
  ['update', 'PUT', '/none', 'id'],
  ['patch', 'PATCH', '/none', 'patch'],
  ['delete', 'DELETE', '/none']
]

t.test('every role may do with every type what the table says', async (t) => {
  const { app, token } = await build(t)
  for (const role of [...ROLES, 'nobody']) {
    const authorization = `Bearer ${token(role, WHO[role])}`
    const wrong: string[] = []
    for (const type of resourceTypes()) {
      for (const [interaction, method, path, body] of REQUESTS) {
        const { statusCode } = await app.inject({
          method: method as 'GET',
          url: `/fhir/${type}${path}`,
          headers: {
            authorization,
            ...(body === undefined ? {} : { 'content-type': body === 'patch' ? 'application/json-patch+json' : 'application/fhir+json' })
          },
          // Not valid, so that nothing is written: whoever may write is told so, others never get that far.
          ...(body === undefined ? {} : { payload: body === 'patch' ? '[]' : `{"resourceType":"${type}","id":"none","nothing":1}` })
        })
        const allowed = reachOf(role, interaction, type) !== undefined
        if ((statusCode !== 403) !== allowed) wrong.push(`${interaction} ${type}: ${statusCode}`)
      }
    }
    t.strictSame(wrong, [], role)
  }
})

t.test('own and not own: a role sees and changes as far as it reaches', async (t) => {
  const { service, ask, token } = await build(t)
  for (const resource of WARD) await service.update(ADMIN, resource.resourceType, resource.id, JSON.stringify(resource))
  const own = { patient: ['Patient/ann', 'Observation/oa', 'Encounter/ea', 'Task/ta', 'Coverage/ca'] }
  const care = { physician: [...own.patient, 'Observation/both', 'Coverage/cb'] }
  for (const role of ROLES) {
    const bearer = token(role, WHO[role])
    for (const { resourceType, id } of WARD) {
      const name = `${resourceType}/${id}`
      const reach = reachOf(role, 'read', resourceType)
      const mine = [...(own[role as 'patient'] ?? []), 'Observation/derived', ...(care[role as 'physician'] ?? [])].includes(name)
      const expected = reach === undefined ? 403 : reach === 'all' || mine ? 200 : 404
      t.equal((await ask('GET', `/fhir/${name}`, { token: bearer })).status, expected, `${role} reads ${name}`)
      if (reach === undefined) continue
      const found = await ask('GET', `/fhir/${resourceType}?_id=${id}`, { token: bearer })
      t.equal(found.json.entry?.length ?? 0, expected === 200 ? 1 : 0, `${role} finds ${name}`)
    }
  }
})
