/** What holds at /fhir holds at the door of the twin: nobody sees or changes more there. */
import t from 'tap'
import { resourceTypes } from '#wardbridge/fhir/definitions.js'
import { type Interaction, ROLES, reachOf } from '#wardbridge/service/access.js'
import { ADMIN, build } from '../helper.js'
import { observation, WARD } from './ward.js'

const WHO: Readonly<Record<string, { readonly fhirUser?: string }>> = {
  patient: { fhirUser: 'Patient/ann' },
  physician: { fhirUser: 'Practitioner/house' }
}

const REQUESTS: ReadonlyArray<readonly [Interaction, string, string, string?]> = [
  ['read', 'GET', '/none'],
  ['vread', 'GET', '/none/_history/MTYyNjM4Mzc1NzI3NzI0MDAw'],
  ['history', 'GET', '/none/_history'],
  ['search', 'GET', '?_id=none'],
  ['search', 'POST', '/_search?_id=none'],
  ['create', 'POST', '', 'id'],
  ['update', 'PUT', '/none', 'id'],
  ['update', 'PUT', '?identifier=none', 'id'],
  ['patch', 'PATCH', '/none', 'patch'],
  ['delete', 'DELETE', '/none'],
  ['delete', 'DELETE', '?identifier=none']
]

t.test('under /v1', async (t) => {
  const { app, ask, service, settings, token } = await build(t)
  const fhir = `/v1/${settings.twinStore}/fhir`
  for (const resource of WARD) await service.update(ADMIN, resource.resourceType, resource.id, JSON.stringify(resource))

  t.test('every role may do with a type what the table says', async (t) => {
    for (const role of [...ROLES, 'nobody']) {
      const authorization = `Bearer ${token(role, WHO[role])}`
      const wrong: string[] = []
      for (const type of resourceTypes().filter((_, n) => n % 7 === 0)) {
        for (const [interaction, method, path, body] of REQUESTS) {
          const { statusCode } = await app.inject({
            method: method as 'GET',
            url: `${fhir}/${type}${path}`,
            headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
            ...(body === undefined ? {} : { payload: body === 'patch' ? '[]' : `{"resourceType":"${type}","id":"none","nothing":1}` })
          })
          const needed: readonly Interaction[] = path.startsWith('?identifier') ? [interaction, 'search'] : [interaction]
          const allowed = needed.every((one) => reachOf(role, one, type) !== undefined)
          if ((statusCode !== 403) !== allowed) wrong.push(`${interaction} ${type}${path}: ${statusCode}`)
        }
      }
      t.strictSame(wrong, [], role)
    }
  })

  t.test('a role reads and finds as far as it reaches', async (t) => {
    for (const role of ROLES) {
      const bearer = token(role, WHO[role])
      for (const { resourceType, id } of WARD) {
        const name = `${resourceType}/${id}`
        const there = await ask('GET', `/fhir/${name}`, { token: bearer })
        const here = await ask('GET', `${fhir}/${name}`, { token: bearer })
        t.equal(here.status, there.status, `${role} reads ${name}`)
        for (const path of [`${resourceType}?_id=${id}`, `${name}/_history`]) {
          const [listed, expected] = [
            await ask('GET', `${fhir}/${path}`, { token: bearer }),
            await ask('GET', `/fhir/${path}`, { token: bearer })
          ]
          t.strictSame([listed.status, listed.json.total], [expected.status, expected.json.total], `${role} asks for ${path}`)
        }
        if (here.status !== 200) continue
        const { versionId } = here.json.meta
        const old = await ask('GET', `${fhir}/${name}/_history/${versionId}`, { token: bearer })
        t.equal(
          old.status,
          (await ask('GET', `/fhir/${name}/_history/1`, { token: bearer })).status,
          `${role} reads the version of ${name}`
        )
      }
    }
  })

  t.test('nothing of another patient comes out with the token of a patient', async (t) => {
    const ann = token('patient', WHO['patient'])
    const bob = (await ask('GET', `${fhir}/Patient/bob`)).json
    const entry = ['Patient/bob', 'Observation/ob', `Patient/bob/_history/${bob.meta.versionId}`, 'Patient/bob/_history'].map((url) => ({
      request: { method: 'GET', url }
    }))
    const requests: ReadonlyArray<readonly [string, string, object?]> = [
      ['GET', ''],
      ['GET', '?_type=Patient,Observation,Encounter'],
      ['GET', '/Patient'],
      ['GET', '/Patient?_has:Observation:patient:_id=ob'],
      ['GET', '/Observation?patient=bob'],
      ['GET', '/Observation?patient.name=bob&_include=*'],
      ['GET', '/Patient?_id=ann&_revinclude=Observation:patient&_include=*'],
      ['POST', '/_search?_id=bob'],
      ['POST', '/Observation/_search?subject=Patient/bob'],
      ['GET', '/Patient/bob/$everything'],
      ['GET', `/Patient/bob/_history/${bob.meta.versionId}`],
      ['GET', '/Patient/bob/_history'],
      ['DELETE', '/Patient/bob/$purge'],
      ['PUT', '/Observation/ob', observation('ob', 'bob', 'changed')],
      ['POST', '', { resourceType: 'Bundle', type: 'batch', entry }],
      ['POST', '', { resourceType: 'Bundle', type: 'transaction', entry }]
    ]
    for (const [method, path, body] of requests) {
      const answer = await ask(method, fhir + path, { token: ann, ...(body === undefined ? {} : { body }) })
      const given = [...answer.text.matchAll(/"id":"([^"]*)"/g)].map(([, id]) => id!)
      t.strictSame(
        given.filter((id) => ['bob', 'ob', 'eb', 'tb', 'cb'].includes(id)),
        [],
        `${method} ${path}: ${answer.status}`
      )
    }
    t.equal((await ask('GET', `${fhir}/Patient/bob/_history`)).json.total, 1, 'and nothing was changed')
  })
})
