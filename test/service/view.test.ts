/** What nobody is to see: two patients, two physicians, and every way there is to ask for the other one. */
import t, { type Test } from 'tap'
import { readBundle } from '#wardbridge/fhir/bundle/read.js'
import { parseParameters } from '#wardbridge/fhir/parameters.js'
import { parseCriteria } from '#wardbridge/fhir/search-condition.js'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import type { Principal, Service } from '#wardbridge/service/contract.js'
import { openService } from '#wardbridge/service/service.js'
import { encounter, message, observation, reference, WARD } from '../access/ward.js'

const admin: Principal = { subject: 'admin', role: 'administrator' }
const ann: Principal = { subject: 'ann', role: 'patient', fhirUser: 'Patient/ann' }
const house: Principal = { subject: 'house', role: 'physician', fhirUser: 'Practitioner/house' }
const cox: Principal = { subject: 'cox', role: 'physician', fhirUser: 'Practitioner/cox' }
const BASE = 'http://localhost/fhir'

async function filled(t: Test): Promise<Service> {
  const service = await openService({ store: `${t.testdir()}/store.db` })
  t.teardown(() => service.close())
  for (const resource of WARD) await service.update(admin, resource.resourceType, resource.id, JSON.stringify(resource))
  return service
}

/** Names of all that a search gives, matches and included, of all pages; and whatever else it says. */
async function found(service: Service, who: Principal, address: string): Promise<string[]> {
  const [type, text = ''] = address.split('?') as [string, string?]
  const query = parseSearch(type === '' ? undefined : type, parseParameters(text), { handling: 'strict', baseUrl: BASE })
  const names: string[] = []
  for (let cursor: string | undefined, pages = 0; pages < 50; pages++) {
    const { resources, included, next } = await service.search(who, { ...query, cursor: cursor ?? query.cursor })
    names.push(...[...resources, ...included].map(({ type, id }) => `${type}/${id}`))
    if (next === undefined) break
    cursor = next
  }
  return names.sort()
}

t.test('a patient', async (t) => {
  const service = await filled(t)

  await t.test('reads their own, and 404 Not Found for anything of others, there or not', async (t) => {
    for (const [type, id] of [
      ['Patient', 'ann'],
      ['Observation', 'oa'],
      ['Encounter', 'ea'],
      ['Task', 'ta'],
      ['Practitioner', 'cox'],
      ['Organization', 'ward']
    ] as const)
      await t.resolves(service.read(ann, type, id), `${type}/${id}`)
    for (const [type, id] of [
      ['Patient', 'bob'],
      ['Observation', 'ob'],
      ['Observation', 'both'],
      ['Observation', 'none'],
      ['Encounter', 'eb'],
      ['Task', 'tb'],
      ['List', 'l']
    ] as const) {
      const refused = { code: 'resource.not-found', status: 404, params: { type, id } }
      await t.rejects(service.read(ann, type, id), refused, `${type}/${id}`)
      await t.rejects(service.vread(ann, type, id, '1'), refused, `${type}/${id}/_history/1`)
      await t.rejects(service.history(ann, { type, id, count: 10 }), refused, `${type}/${id}/_history`)
    }
    for (const type of ['Group', 'AuditEvent', 'Person'])
      await t.rejects(service.read(ann, type, 'g'), { code: 'auth.forbidden', status: 403 }, type)
  })

  await t.test('finds nothing of others, whatever a search asks', async (t) => {
    const searches: Readonly<Record<string, readonly string[]>> = {
      Patient: ['Patient/ann'],
      'Patient?_id=bob': [],
      'Patient?family=Bob': [],
      'Patient?_has:Observation:subject:code=grave': [],
      'Patient?organization.name=Ward': ['Patient/ann'],
      Observation: ['Observation/derived', 'Observation/oa'],
      'Observation?_count=1': ['Observation/derived', 'Observation/oa'],
      'Observation?_sort=-code&_count=1': ['Observation/derived', 'Observation/oa'],
      'Observation?subject=Patient/bob': [],
      'Observation?patient=ann,bob': ['Observation/derived', 'Observation/oa'],
      'Observation?performer=Patient/ann': [],
      'Observation?code:not=mild': [],
      'Observation?encounter:missing=true': ['Observation/derived'],
      'Observation?derived-from:Observation.code=grave': [],
      'Observation?derived-from.subject:Patient.family=Bob': [],
      'Observation?_filter=code eq grave or code eq mild': ['Observation/derived', 'Observation/oa'],
      'Observation?_list=l': [],
      'Observation?_include=Observation:derived-from': ['Observation/derived', 'Observation/oa'],
      'Observation?_include=Observation:derived-from&_include:iterate=Observation:subject': [
        'Observation/derived',
        'Observation/oa',
        'Patient/ann'
      ],
      'Observation?_include=*': ['Encounter/ea', 'Observation/derived', 'Observation/oa', 'Patient/ann', 'Practitioner/house'],
      'Practitioner?_revinclude=Observation:performer': ['Observation/oa', 'Practitioner/cox', 'Practitioner/house'],
      'Practitioner?_revinclude=*&_id=cox': ['Practitioner/cox'],
      'Practitioner?_has:Observation:performer:code=grave': [],
      'Practitioner?_has:Observation:performer:code=mild': ['Practitioner/house'],
      'Practitioner?_has:Encounter:participant:_has:Observation:encounter:code=grave': [],
      'Organization?_has:Patient:organization:family=Bob': [],
      'Organization?_revinclude=Patient:organization': ['Organization/ward', 'Patient/ann'],
      'Organization?_revinclude=Patient:organization&_revinclude:iterate=Observation:subject': [
        'Observation/derived',
        'Observation/oa',
        'Organization/ward',
        'Patient/ann'
      ],
      Task: ['Task/ta'],
      'Task?owner=Practitioner/cox': [],
      '?_type=Observation,Practitioner,List&_count=2': ['Observation/derived', 'Observation/oa', 'Practitioner/cox', 'Practitioner/house'],
      '?_lastUpdated=gt2000': WARD.filter(({ id }) =>
        ['ward', 'house', 'cox', 'ann', 'ea', 'oa', 'derived', 'ta', 'ca', 'lib'].includes(id)
      )
        .map(({ resourceType, id }) => `${resourceType}/${id}`)
        .sort()
    }
    for (const [address, expected] of Object.entries(searches)) t.strictSame(await found(service, ann, address), expected, address)
    for (const address of ['Group', 'AuditEvent', 'Binary'])
      await t.rejects(found(service, ann, address), { code: 'auth.forbidden' }, address)
  })

  await t.test('counts their own', async (t) => {
    const total = async (address: string) => {
      const [type = '', text = ''] = address.split('?')
      return (await service.search(ann, parseSearch(type, parseParameters(text), { handling: 'strict' }))).total
    }
    t.equal(await total('Observation?_total=accurate&_count=1'), 2)
    t.equal(await total('Observation?_summary=count'), 2)
    t.equal(await total('Observation?code=grave&_summary=count'), 0)
    await t.rejects(service.counts(ann), { code: 'auth.forbidden' })
    await t.rejects(service.history(ann, { count: 10 }), { code: 'auth.forbidden' })
    await t.rejects(service.history(ann, { type: 'Observation', count: 10 }), { code: 'auth.forbidden' })
  })

  await t.test('writes nothing but what they ask', async (t) => {
    const text = JSON.stringify(observation('oa', 'ann', 'changed'))
    await t.rejects(service.update(ann, 'Observation', 'oa', text), { code: 'auth.forbidden' })
    await t.rejects(service.delete(ann, 'Observation', 'oa'), { code: 'auth.forbidden' })
    await t.rejects(service.patch(ann, 'Observation', 'oa', { kind: 'json', text: '[]' } as never), { code: 'auth.forbidden' })
    await t.rejects(service.create(ann, 'Communication', JSON.stringify(message('c', 'bob'))), { code: 'auth.forbidden' })
    const request = { method: 'POST', url: 'Communication' }
    const bundle = JSON.stringify({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ resource: message('c', 'bob'), request }]
    })
    await t.rejects(
      service.transact(ann, { text: bundle, bundle: readBundle(bundle, BASE) }, { base: BASE }),
      /may not create Communication/
    )
  })
})

t.test('what was another patient’s before it was corrected is not shown with its history', async (t) => {
  const service = await filled(t)
  await service.update(admin, 'Observation', 'moved', JSON.stringify(observation('moved', 'bob', 'grave')))
  await service.update(admin, 'Observation', 'moved', JSON.stringify(observation('moved', 'ann', 'mild')))
  const { versions } = await service.history(ann, { type: 'Observation', id: 'moved', count: 10 })
  t.strictSame(
    versions.map(({ versionId }) => versionId),
    ['2']
  )
  await t.rejects(service.vread(ann, 'Observation', 'moved', '1'), { code: 'resource.version-not-found', status: 404 })
  await service.update(admin, 'Observation', 'moved', JSON.stringify(observation('moved', 'bob', 'grave')))
  await t.rejects(service.read(ann, 'Observation', 'moved'), { code: 'resource.not-found' })
  await t.rejects(service.vread(ann, 'Observation', 'moved', '2'), { code: 'resource.not-found' })
})

t.test('what was deleted is 410 Gone to those whose it was, and 404 to others', async (t) => {
  const service = await filled(t)
  for (const id of ['oa', 'ob']) await service.delete(admin, 'Observation', id)
  await t.rejects(service.read(ann, 'Observation', 'oa'), { code: 'resource.deleted', status: 410 })
  await t.rejects(service.read(ann, 'Observation', 'ob'), { code: 'resource.not-found', status: 404 })
})

t.test('a physician', async (t) => {
  const service = await filled(t)

  await t.test('sees the patients in their care, and writes about them', async (t) => {
    t.strictSame(await found(service, house, 'Patient'), ['Patient/ann'])
    t.strictSame(await found(service, cox, 'Patient'), ['Patient/bob'])
    t.strictSame(await found(service, house, 'Task'), ['Task/ta'])
    t.strictSame(await found(service, house, 'Observation?_include=Observation:subject'), [
      'Observation/both',
      'Observation/derived',
      'Observation/oa',
      'Patient/ann'
    ])
    await t.resolves(service.create(house, 'Observation', JSON.stringify(observation('x', 'ann', 'new'))))
    await t.rejects(service.create(house, 'Observation', JSON.stringify(observation('x', 'bob', 'new'))), { code: 'auth.forbidden' })
    await t.rejects(service.update(house, 'Observation', 'ob', JSON.stringify(observation('ob', 'ann', 'stolen'))), {
      code: 'auth.forbidden'
    })
    await t.rejects(service.update(house, 'Observation', 'oa', JSON.stringify(observation('oa', 'bob', 'given'))), {
      code: 'auth.forbidden'
    })
    await t.rejects(service.delete(house, 'Observation', 'oa'), { code: 'auth.forbidden' })
    const criteria = parseCriteria('Observation', '_id=ob')
    await t.rejects(service.updateMatch(house, criteria, JSON.stringify(observation('ob', 'ann', 'x'))), { code: 'auth.forbidden' })
  })

  await t.test('no longer sees who went to another physician, at once', async (t) => {
    await service.update(admin, 'Encounter', 'ea', JSON.stringify(encounter('ea', 'ann', 'cox')))
    t.strictSame(await found(service, house, 'Patient'), [])
    t.strictSame(await found(service, cox, 'Patient'), ['Patient/ann', 'Patient/bob'])
    await t.rejects(service.read(house, 'Observation', 'oa'), { code: 'resource.not-found' })
  })

  await t.test('sees whose general practitioner they are, also by a role', async (t) => {
    const role = { resourceType: 'PractitionerRole', id: 'r', practitioner: reference('Practitioner/house') }
    await service.update(admin, 'PractitionerRole', 'r', JSON.stringify(role))
    await service.update(
      admin,
      'Patient',
      'bob',
      JSON.stringify({ resourceType: 'Patient', id: 'bob', generalPractitioner: [reference('PractitionerRole/r')] })
    )
    t.strictSame(await found(service, house, 'Patient'), ['Patient/bob'])
  })
})

t.test('scopes limit a role further, within the search', async (t) => {
  const service = await filled(t)
  const scoped = (scope: string, more: Partial<Principal> = {}): Principal => ({ ...admin, scope, ...more })
  t.strictSame(await found(service, scoped('user/Observation.rs?code=mild'), 'Observation'), ['Observation/derived', 'Observation/oa'])
  t.strictSame(await found(service, scoped('user/Observation.read'), 'Observation?_include=*'), [
    'Observation/both',
    'Observation/derived',
    'Observation/oa',
    'Observation/ob'
  ])
  t.strictSame(await found(service, scoped('patient/*.read', { patient: 'bob' }), 'Observation'), ['Observation/ob'])
  t.strictSame(
    await found(service, scoped('patient/Observation.rs?code=mild patient/Observation.rs?code=grave', { patient: 'bob' }), 'Observation'),
    ['Observation/ob']
  )
  t.strictSame(
    await found(service, scoped('user/Patient.rs user/Observation.s?code=mild'), 'Patient?_has:Observation:subject:code=grave'),
    []
  )
  await t.rejects(
    found(service, scoped('patient/*.read'), 'Observation').then((names) => t.strictSame(names, []) && Promise.reject(new Error('none'))),
    /none/
  )
  await t.rejects(found(service, scoped('user/Patient.rs'), 'Observation'), { code: 'auth.forbidden' })
  await t.rejects(service.read(scoped('user/Observation.s'), 'Observation', 'oa'), { code: 'auth.forbidden' })
  await t.rejects(service.create(scoped('user/Observation.rs'), 'Observation', JSON.stringify(observation('n', 'ann', 'mild'))), {
    code: 'auth.forbidden'
  })
  await t.rejects(service.create(scoped('user/Observation.c?code=mild'), 'Observation', JSON.stringify(observation('n', 'ann', 'grave'))), {
    code: 'auth.forbidden'
  })
  await t.resolves(service.create(scoped('user/Observation.c?code=mild'), 'Observation', JSON.stringify(observation('n', 'ann', 'mild'))))
  await t.rejects(service.verify(scoped('system/*.*'), { rebuild: false }), { code: 'auth.forbidden' })
  for (const scope of [
    'user/Observatory.read',
    'user/Observation.x',
    'user/Observation.sr',
    'patient/Observation.rs?subject.name=x',
    'patient/Observation.rs?nothing=x',
    'patient/Observation.rs?code:in=urn:set'
  ])
    await t.rejects(service.read(scoped(scope), 'Observation', 'oa'), { code: 'auth.scope', status: 403 }, scope)
  t.strictSame(await found(service, scoped('openid fhirUser user/Patient.rs'), 'Patient?_id=ann'), ['Patient/ann'])
})

t.test('a paging link is of no use to somebody else, and shows nothing of what it stands on', async (t) => {
  const service = await filled(t)
  const query = parseSearch('Observation', parseParameters('_sort=code&_count=1'), { handling: 'strict' })
  const { next } = await service.search(house, query)
  t.type(next, 'string')
  t.notMatch(Buffer.from(next!, 'base64url').toString('latin1'), /mild|grave/)
  await t.resolves(service.search(house, { ...query, cursor: next }))
  await t.rejects(service.search(cox, { ...query, cursor: next }), { code: 'search.page' })
  await t.rejects(service.search(house, { ...query, cursor: `${next!.slice(0, -2)}AA` }), { code: 'search.page' })
})
