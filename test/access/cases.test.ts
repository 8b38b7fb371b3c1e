/** What may be done, written by hand and not from the table: one line a request, one column a caller, in each the status. A body is a resource of the ward. */
import t from 'tap'
import { ADMIN, build } from '../helper.js'
import { encounter, message, observation, WARD } from './ward.js'

const CASES = `
                                                       | ann | house | cox | desk | entry | analyst | auditor | admin | none
GET /livez                                             | 200 | 200   | 200 | 200  | 200   | 200     | 200     | 200   | 200
GET /fhir/metadata                                     | 200 | 200   | 200 | 200  | 200   | 200     | 200     | 200   | 200
GET /fhir/.well-known/smart-configuration              | 200 | 200   | 200 | 200  | 200   | 200     | 200     | 200   | 200
GET /.well-known/jwks.json                             | 200 | 200   | 200 | 200  | 200   | 200     | 200     | 200   | 200
GET /fhir/Patient/ann                                  | 200 | 200   | 404 | 200  | 200   | 200     | 403     | 200   | 401
GET /fhir/Patient/bob                                  | 404 | 404   | 200 | 200  | 200   | 200     | 403     | 200   | 401
GET /fhir/Patient/nobody                               | 404 | 404   | 404 | 404  | 404   | 404     | 403     | 404   | 401
GET /fhir/Patient/bob/_history                         | 404 | 404   | 200 | 200  | 200   | 200     | 403     | 200   | 401
GET /fhir/Patient/bob/_history/1                       | 404 | 404   | 200 | 200  | 200   | 200     | 403     | 200   | 401
GET /fhir/Patient/bob/$everything                      | 404 | 404   | 200 | 200  | 200   | 200     | 403     | 200   | 401
GET /fhir/Patient/ann/$everything                      | 200 | 200   | 404 | 200  | 200   | 200     | 403     | 200   | 401
GET /fhir/Observation/oa                               | 200 | 200   | 404 | 403  | 200   | 200     | 403     | 200   | 401
GET /fhir/Observation/ob                               | 404 | 404   | 200 | 403  | 200   | 200     | 403     | 200   | 401
GET /fhir/Observation/both                             | 404 | 200   | 200 | 403  | 200   | 200     | 403     | 200   | 401
GET /fhir/Observation?patient=bob                      | 200 | 200   | 200 | 403  | 200   | 200     | 403     | 200   | 401
GET /fhir/Observation/_history                         | 403 | 403   | 403 | 403  | 200   | 200     | 403     | 200   | 401
GET /fhir/_history                                     | 403 | 403   | 403 | 403  | 200   | 200     | 403     | 200   | 401
GET /fhir/Encounter/ea                                 | 200 | 200   | 404 | 200  | 200   | 200     | 403     | 200   | 401
GET /fhir/Task/tb                                      | 404 | 404   | 200 | 403  | 200   | 200     | 403     | 200   | 401
GET /fhir/Coverage/ca                                  | 200 | 200   | 404 | 200  | 200   | 200     | 403     | 200   | 401
GET /fhir/Practitioner/cox                             | 200 | 200   | 200 | 200  | 200   | 200     | 403     | 200   | 401
GET /fhir/Library/lib                                  | 200 | 200   | 200 | 200  | 200   | 200     | 200     | 200   | 401
GET /fhir/Group/g                                      | 403 | 403   | 403 | 403  | 200   | 200     | 403     | 200   | 401
GET /fhir/Binary/bin                                   | 404 | 404   | 404 | 404  | 200   | 200     | 403     | 200   | 401
GET /fhir/AuditEvent/audit                             | 403 | 403   | 403 | 403  | 403   | 403     | 200     | 200   | 401
GET /fhir/AuditEvent?_id=audit                         | 403 | 403   | 403 | 403  | 403   | 403     | 200     | 200   | 401
GET /fhir/Nonsense/1                                   | 404 | 404   | 404 | 404  | 404   | 404     | 404     | 404   | 401
GET /nonsense                                          | 404 | 404   | 404 | 404  | 404   | 404     | 404     | 404   | 401
PUT /fhir/Observation/oa                               | 403 | 200   | 403 | 403  | 200   | 403     | 403     | 200   | 401
PUT /fhir/Observation/ob                               | 403 | 403   | 200 | 403  | 200   | 403     | 403     | 200   | 401
PUT /fhir/Encounter/ea                                 | 403 | 200   | 403 | 200  | 200   | 403     | 403     | 200   | 401
PUT /fhir/Practitioner/cox                             | 403 | 403   | 403 | 200  | 200   | 403     | 403     | 200   | 401
PUT /fhir/Library/lib                                  | 403 | 403   | 403 | 403  | 200   | 403     | 403     | 200   | 401
PUT /fhir/AuditEvent/audit                             | 403 | 403   | 403 | 403  | 403   | 403     | 403     | 200   | 401
POST /fhir/Observation a                               | 403 | 201   | 403 | 403  | 201   | 403     | 403     | 201   | 401
POST /fhir/Observation b                               | 403 | 403   | 201 | 403  | 201   | 403     | 403     | 201   | 401
POST /fhir/Communication c                             | 403 | 403   | 201 | 403  | 201   | 403     | 403     | 201   | 401
POST /fhir/Encounter d                                 | 403 | 201   | 403 | 201  | 201   | 403     | 403     | 201   | 401
POST /fhir/Group e                                     | 403 | 403   | 403 | 403  | 201   | 403     | 403     | 201   | 401
DELETE /fhir/Observation/none                          | 403 | 403   | 403 | 403  | 403   | 403     | 403     | 204   | 401
DELETE /fhir/Communication/none                        | 403 | 403   | 403 | 403  | 403   | 403     | 403     | 204   | 401
GET /auth/accounts                                     | 403 | 403   | 403 | 403  | 403   | 403     | 403     | 200   | 401
GET /auth/clients                                      | 403 | 403   | 403 | 403  | 403   | 403     | 403     | 200   | 401
GET /rest/physicians                                   | 200 | 200   | 200 | 200  | 200   | 200     | 403     | 200   | 401
GET /rest/user/1                                       | 404 | 404   | 404 | 404  | 404   | 404     | 403     | 404   | 401
GET /rest/media/none                                   | 404 | 404   | 404 | 404  | 404   | 404     | 404     | 404   | 401
GET /files/none                                        | 404 | 404   | 404 | 404  | 404   | 404     | 403     | 404   | 401
GET /stats/waiting-times                               | 403 | 200   | 200 | 403  | 403   | 200     | 403     | 200   | 401
GET /metrics                                           | 403 | 403   | 403 | 403  | 403   | 200     | 403     | 200   | 401
GET /jobs                                              | 403 | 403   | 403 | 403  | 403   | 403     | 403     | 200   | 401
GET /admin/backups                                     | 403 | 403   | 403 | 403  | 403   | 403     | 403     | 409   | 401
GET /auth/alerts                                       | 403 | 403   | 403 | 403  | 403   | 403     | 200     | 200   | 401
GET /auth/break-glass                                  | 200 | 200   | 200 | 200  | 200   | 200     | 200     | 200   | 401
POST /jobs/expiry/run                                  | 403 | 403   | 403 | 403  | 403   | 403     | 403     | 202   | 401
`

const BODIES: Readonly<Record<string, object>> = {
  a: { ...observation('x', 'ann', 'new'), id: undefined },
  b: { ...observation('x', 'bob', 'new'), id: undefined },
  c: { ...message('x', 'bob'), id: undefined },
  d: { ...encounter('x', 'ann', 'house'), id: undefined },
  e: { resourceType: 'Group', type: 'person', actual: true }
}

const CALLERS: Readonly<Record<string, readonly [role: string, fhirUser?: string]>> = {
  ann: ['patient', 'Patient/ann'],
  house: ['physician', 'Practitioner/house'],
  cox: ['physician', 'Practitioner/cox'],
  desk: ['front-desk'],
  entry: ['data-entry'],
  analyst: ['analyst'],
  auditor: ['auditor'],
  admin: ['administrator']
}

t.test('every caller is answered as the list says', async (t) => {
  const { service, ask, token } = await build(t)
  for (const resource of WARD) await service.update(ADMIN, resource.resourceType, resource.id, JSON.stringify(resource))
  const [head, ...lines] = CASES.trim().split('\n')
  const names = cells(head!)
  t.ok(lines.length * (names.length - 1) >= 200, 'at least 200 cases')
  for (const line of lines) {
    const [request, ...statuses] = cells(line)
    const [method = '', url = '', body] = request!.split(' ')
    const [, , type, id] = url.split('/')
    const resource = body === undefined ? WARD.find((one) => one.resourceType === type && one.id === id) : BODIES[body]
    for (const [n, expected] of statuses.entries()) {
      const caller = CALLERS[names[n + 1] ?? '']
      const { status } = await ask(method, url, {
        token: caller === undefined ? false : token(caller[0], caller[1] === undefined ? {} : { fhirUser: caller[1] }),
        ...(method === 'PUT' || method === 'POST' ? { body: resource! } : {})
      })
      t.equal(String(status), expected, `${names[n + 1]}: ${request}`)
    }
  }
})

function cells(line: string): string[] {
  const parts = line.split('|').map((part) => part.trim())
  return parts[0] === 'ann' ? ['', ...parts] : parts
}
