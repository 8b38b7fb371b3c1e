/** Uploaded SearchParameters, from the first request to the search that uses them. */
import { setTimeout as wait } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { runJobs } from '#wardbridge/jobs/jobs.js'
import { reindexing } from '#wardbridge/jobs/reindex.js'
import { type Built, build, observation, patient } from '../helper.js'

const BED = 'http://example.org/bed'
const PARAMETER = {
  resourceType: 'SearchParameter',
  id: 'bed',
  url: 'http://example.org/SearchParameter/bed',
  name: 'bed',
  status: 'active',
  description: 'The bed of a patient',
  code: 'bed',
  base: ['Patient'],
  type: 'token',
  expression: `Patient.extension('${BED}').value`
}
const inBed = (code: string, more: object = {}) =>
  patient({ extension: [{ url: BED, valueCoding: { system: 'urn:beds', code } }], ...more })

/** A server with the job that indexes. */
async function withJobs(t: Test): Promise<Built> {
  const built = await build(t)
  const jobs = runJobs([reindexing(built.service)], { info: () => {}, error: () => t.fail('a step failed') })
  // Before the store is closed.
  built.app.addHook('onClose', () => jobs.close())
  return built
}

/** Waits until a parameter is indexed; returns its state. */
async function settled({ ask }: Built, id: string): Promise<string> {
  for (;;) {
    const { json } = await ask('GET', `/fhir/SearchParameter/${id}/$status`)
    const state = json.parameter.find(({ name }: { name: string }) => name === 'state').valueCode
    if (state !== 'indexing') return state
    await wait(20)
  }
}

const ids = (bundle: { entry?: Array<{ resource: { id: string } }> }) => (bundle.entry ?? []).map(({ resource }) => resource.id).sort()
const put = ({ ask }: Built, type: string, id: string, body: object) => ask('PUT', `/fhir/${type}/${id}`, { body: { ...body, id } })
const STRICT = { headers: { prefer: 'handling=strict' } }

t.test(
  'an uploaded search parameter is not known until what was there before is indexed, then it finds old and new resources',
  async (t) => {
    const built = await build(t)
    const { ask, service } = built
    await put(built, 'Patient', 'old', inBed('7'))
    await put(built, 'Patient', 'other', inBed('8'))
    t.equal((await put(built, 'SearchParameter', 'bed', PARAMETER)).status, 201)
    t.equal((await ask('GET', '/fhir/Patient?bed=7', STRICT)).status, 400)
    const lenient = await ask('GET', '/fhir/Patient?bed=7')
    t.match(lenient.json.entry.at(-1), { search: { mode: 'outcome' }, resource: { issue: [{ details: { text: /bed/ } }] } })
    t.match((await ask('GET', '/fhir/SearchParameter/bed/$status')).json.parameter, [{ name: 'state', valueCode: 'indexing' }])
    await put(built, 'Patient', 'during', inBed('7'))

    while ((await service.reindex({ subject: 'test', role: 'system' })) !== undefined);
    t.equal(await settled(built, 'bed'), 'active')
    await put(built, 'Patient', 'new', inBed('7'))
    t.same(ids((await ask('GET', '/fhir/Patient?bed=7', STRICT)).json), ['during', 'new', 'old'])
    t.same(ids((await ask('GET', '/fhir/Patient?bed=urn:beds|8', STRICT)).json), ['other'])
    t.same(ids((await ask('GET', '/fhir/Patient?bed:not=7', STRICT)).json), ['other'])
    await put(built, 'Patient', 'bare', patient())
    t.same(ids((await ask('GET', '/fhir/Patient?bed:missing=true', STRICT)).json), ['bare'])
    t.same(ids((await ask('GET', '/fhir/Patient?bed:missing=false', STRICT)).json), ['during', 'new', 'old', 'other'])
    await put(built, 'Patient', 'old', inBed('9'))
    await ask('DELETE', '/fhir/Patient/new')
    t.same(ids((await ask('GET', '/fhir/Patient?bed=7', STRICT)).json), ['during'], 'updates and deletes count')
    t.same((await service.verify({ subject: 'test', role: 'system' }, { rebuild: false })).problems, [])

    const { rest } = (await ask('GET', '/fhir/metadata')).json
    const listed = rest[0].resource.find(({ type }: { type: string }) => type === 'Patient').searchParam
    t.match(
      listed.find(({ name }: { name: string }) => name === 'bed'),
      { type: 'token', definition: PARAMETER.url }
    )
  }
)

t.test('it works in conditional requests, chains, _has, _sort, _include and _revinclude', async (t) => {
  const built = await withJobs(t)
  const { ask } = built
  const escort = {
    ...PARAMETER,
    id: 'escort',
    url: 'http://example.org/escort',
    code: 'escort',
    type: 'reference',
    target: ['Practitioner']
  }
  await put(built, 'SearchParameter', 'bed', PARAMETER)
  await put(built, 'SearchParameter', 'escort', {
    ...escort,
    expression: `Patient.extension.where(url = '${BED}-escort').value as Reference`
  })
  await put(built, 'Practitioner', 'd', { resourceType: 'Practitioner', name: [{ family: 'Doe' }] })
  const escorted = { url: `${BED}-escort`, valueReference: { reference: 'Practitioner/d' } }
  await put(built, 'Patient', 'a', patient({ extension: [{ url: BED, valueCoding: { code: 'y' } }, escorted] }))
  await put(built, 'Patient', 'b', inBed('x'))
  await put(built, 'Observation', 'o', observation('a', '2026-01-02'))
  t.same([await settled(built, 'bed'), await settled(built, 'escort')], ['active', 'active'])

  const found = async (search: string) => ids((await ask('GET', `/fhir/${search}`, STRICT)).json)
  t.same(await found('Patient?escort=Practitioner/d'), ['a'])
  t.same(
    (await ask('GET', '/fhir/Patient?_sort=bed', STRICT)).json.entry.map((entry: { resource: { id: string } }) => entry.resource.id),
    ['b', 'a']
  )
  t.same(await found('Patient?_id=a&_include=Patient:escort'), ['a', 'd'])
  t.same(await found('Practitioner?_revinclude=Patient:escort'), ['a', 'd'])
  for (const [search, expected] of [
    ['Observation?subject:Patient.bed=y', ['o']],
    ['Observation?subject:Patient.escort.family=Doe', ['o']],
    ['Practitioner?_has:Patient:escort:bed=y', ['d']]
  ] as const) {
    t.same(await found(search), expected, search)
  }
  const headers = { 'if-none-exist': 'bed=x', 'content-type': 'application/fhir+json' }
  t.equal((await ask('POST', '/fhir/Patient', { headers, body: inBed('x') })).status, 200, 'conditional create finds it')

  const transaction = (bed: string, ...resources: object[]) => ({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: resources.map((resource) => ({ resource, request: { method: 'POST', url: 'Patient', ifNoneExist: `bed=${bed}` } }))
  })
  const answered = await ask('POST', '/fhir', { body: transaction('x', inBed('x')) })
  t.match(answered.json.entry, [{ response: { status: /^200/ } }], 'and so it does in a transaction')
  t.equal((await ask('POST', '/fhir', { body: transaction('z', inBed('z'), inBed('z')) })).status, 501, 'of each other they are not asked')
  t.match(
    (await ask('POST', '/fhir', { body: transaction('z', inBed('z')) })).json.entry,
    [{ response: { status: /^201/ } }],
    'one alone is'
  )
})

t.test('expressions beyond the compiled part are evaluated, and give what FHIRPath gives', async (t) => {
  const built = await withJobs(t)
  const { ask } = built
  const one = { ...PARAMETER, id: 'first', url: 'http://example.org/first', code: 'first-given', type: 'string' }
  await put(built, 'Patient', 'p', patient({ name: [{ given: ['Zoë', 'Ida'] }, { given: ['Una'] }] }))
  await put(built, 'SearchParameter', 'first', { ...one, expression: 'Patient.name.given.first()' })
  t.equal(await settled(built, 'first'), 'active')
  const found = async (value: string) => ids((await ask('GET', `/fhir/Patient?first-given=${value}`, STRICT)).json)
  t.same([await found('zoe'), await found('ida'), await found('una')], [['p'], [], []])
  await put(built, 'Patient', 'q', patient({ name: [{ given: ['Ida'] }] }))
  t.same(await found('ida'), ['q'])
  const length = {
    ...one,
    id: 'length',
    url: 'http://example.org/length',
    code: 'names',
    type: 'number',
    expression: 'Patient.name.given.count()'
  }
  await put(built, 'SearchParameter', 'length', length)
  t.equal(await settled(built, 'length'), 'active')
  t.same(ids((await ask('GET', '/fhir/Patient?names=gt1', STRICT)).json), ['p'])
})

t.test('retired or deleted, it stops; changed, it is indexed again', async (t) => {
  const built = await withJobs(t)
  const { ask, service } = built
  await put(built, 'Patient', 'p', inBed('7', { maritalStatus: { text: 'Widowed' } }))
  await put(built, 'SearchParameter', 'bed', PARAMETER)
  t.equal(await settled(built, 'bed'), 'active')
  const status = async () => (await ask('GET', '/fhir/Patient?bed=7', STRICT)).status
  t.equal(await status(), 200)
  await put(built, 'SearchParameter', 'bed', { ...PARAMETER, status: 'retired' })
  t.equal(await status(), 400)
  t.equal(await settled(built, 'bed'), 'unused')
  await put(built, 'SearchParameter', 'bed', PARAMETER)
  t.equal(await settled(built, 'bed'), 'active')
  t.same(ids((await ask('GET', '/fhir/Patient?bed=7', STRICT)).json), ['p'])
  await put(built, 'SearchParameter', 'bed', { ...PARAMETER, type: 'string', expression: 'Patient.maritalStatus.text' })
  t.equal(await settled(built, 'bed'), 'active')
  t.same(ids((await ask('GET', '/fhir/Patient?bed=wid', STRICT)).json), ['p'])
  await ask('DELETE', '/fhir/SearchParameter/bed')
  t.equal(await status(), 400)
  while (service.indexStatus().pending) await wait(20)
  t.same((await service.verify({ subject: 'test', role: 'system' }, { rebuild: false })).problems, [], 'its rows are gone')
})

t.test('an active one that cannot work is refused with 422 and the element; other states are stored', async (t) => {
  const built = await build(t)
  const refused: ReadonlyArray<readonly [object, string]> = [
    [{ expression: undefined }, 'SearchParameter.expression'],
    [{ expression: 'Patient..name' }, 'SearchParameter.expression'],
    [{ expression: 'Patient.name.given.foo()' }, 'SearchParameter.expression'],
    [{ expression: 'Patient.birthDate < today()' }, 'SearchParameter.expression'],
    [{ expression: 'Observation.code' }, 'SearchParameter.expression'],
    [{ expression: 'Patient.birthDate' }, 'SearchParameter.expression'],
    [{ code: 'birthdate' }, 'SearchParameter.code'],
    [{ code: '_tag' }, 'SearchParameter.code'],
    [{ code: 'a:b' }, 'SearchParameter.code'],
    [{ type: 'special' }, 'SearchParameter.type'],
    [{ type: 'composite' }, 'SearchParameter.component']
  ]
  for (const [change, element] of refused) {
    const { status, json } = await put(built, 'SearchParameter', 'bed', { ...PARAMETER, ...change })
    t.equal(status, 422, JSON.stringify(change))
    t.same(json.issue[0].expression, [element])
  }
  t.equal((await put(built, 'SearchParameter', 'bed', { ...PARAMETER, code: 'birthdate', status: 'draft' })).status, 201)
  const standard = { ...PARAMETER, url: 'http://hl7.org/fhir/SearchParameter/individual-birthdate', code: 'birthdate', type: 'date' }
  t.equal((await put(built, 'SearchParameter', 'own', { ...standard, expression: 'Patient.birthDate' })).status, 201)
  t.equal(await settled(built, 'own'), 'standard')
  const narrower = { ...standard, url: 'http://example.org/birthdate', expression: 'Patient.birthDate', derivedFrom: standard.url }
  t.equal((await put(built, 'SearchParameter', 'narrower', narrower)).status, 201, 'as implementation guides have them')
  t.equal(await settled(built, 'narrower'), 'standard')
})

t.test('of two with the same code on one type the second waits until the first is gone', async (t) => {
  const built = await withJobs(t)
  const { ask } = built
  await put(built, 'Patient', 'p', inBed('7'))
  await put(built, 'SearchParameter', 'bed', PARAMETER)
  await put(built, 'SearchParameter', 'late', { ...PARAMETER, url: 'http://example.org/late', expression: 'Patient.maritalStatus' })
  t.equal(await settled(built, 'bed'), 'active')
  t.equal(await settled(built, 'late'), 'failed')
  await ask('DELETE', '/fhir/SearchParameter/bed')
  t.equal(await settled(built, 'late'), 'active')
  t.same(ids((await ask('GET', '/fhir/Patient?bed=7', STRICT)).json), [])
})

t.test('an expression that does not end is given up: writes go through, and the parameter says that it failed', async (t) => {
  const built = await withJobs(t)
  const { ask, service } = built
  await put(built, 'Patient', 'p', patient())
  const endless = { ...PARAMETER, type: 'number', expression: 'Patient.name.count().repeat($this + 1)' }
  await put(built, 'SearchParameter', 'bed', endless)
  t.equal((await put(built, 'Patient', 'q', patient())).status, 201)
  t.equal(await settled(built, 'bed'), 'failed')
  const { json } = await ask('GET', '/fhir/SearchParameter/bed/$status')
  t.match(json.parameter[1], { name: 'reason', valueString: /too long/ })
  t.equal((await put(built, 'Patient', 'r', patient())).status, 201)
  while (service.indexStatus().pending) await wait(20)
  t.same((await service.verify({ subject: 'test', role: 'system' }, { rebuild: false })).problems, [])
})

t.test('a composite of parameters of R4 finds elements that have all parts, at once', async (t) => {
  const built = await build(t)
  const { ask } = built
  const code = (code: string) => ({ coding: [{ system: 'urn:codes', code }] })
  const part = (name: string, value: number) => ({ code: code(name), valueQuantity: { value } })
  await put(built, 'Observation', 'one', observation('1', '2020-01-01', { component: [part('a', 1), part('b', 2)] }))
  await put(built, 'Observation', 'two', observation('1', '2020-01-01', { component: [part('a', 2), part('b', 1)] }))
  const R4 = 'http://hl7.org/fhir/SearchParameter'
  const component = [
    { definition: `${R4}/Observation-component-code`, expression: 'code' },
    { definition: `${R4}/Observation-component-value-quantity`, expression: 'value.ofType(Quantity)' },
    { definition: `${R4}/Observation-status`, expression: '%resource.status' }
  ]
  const parts = { ...PARAMETER, id: 'parts', url: 'http://example.org/parts', code: 'parts', base: ['Observation'], type: 'composite' }
  const definition = { ...parts, expression: 'Observation.component', component }
  t.equal((await put(built, 'SearchParameter', 'parts', definition)).status, 201)
  t.match((await ask('GET', '/fhir/SearchParameter/parts/$status')).json.parameter, [{ name: 'state', valueCode: 'active' }])
  t.same(ids((await ask('GET', '/fhir/Observation?parts=a$1$final', STRICT)).json), ['one'])
  t.same(ids((await ask('GET', '/fhir/Observation?parts=urn:codes|b$lt2$final', STRICT)).json), ['two'])
  t.same(ids((await ask('GET', '/fhir/Observation?parts=a$1$amended', STRICT)).json), [])
  t.equal((await ask('GET', '/fhir/Observation?parts=a$1', STRICT)).status, 400)

  const refused = async (change: object) =>
    t.equal((await put(built, 'SearchParameter', 'wrong', { ...definition, code: 'wrong', ...change })).status, 422)
  await refused({ component: component.slice(1, 2) })
  await refused({ component: [{ ...component[0], expression: 'value' }, component[1]] })
  await refused({ component: [{ ...component[0], definition: 'http://example.org/other' }, component[1]] })
  await ask('DELETE', '/fhir/SearchParameter/parts')
  t.equal((await ask('GET', '/fhir/Observation?parts=a$1$final', STRICT)).status, 400)
})
