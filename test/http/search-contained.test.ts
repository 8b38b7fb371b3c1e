/** Searches among contained resources (R4 search.html#contained): _contained and _containedType. */
import t from 'tap'
import { type Built, build, observation, patient } from '../helper.js'

const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm'
const medication = (id: string | undefined, code: string, more: object = {}) => ({
  resourceType: 'Medication',
  ...(id === undefined ? {} : { id }),
  code: { coding: [{ system: RXNORM, code }] },
  ...more
})
const order = (id: string, contained: readonly object[], first = 'm1') => ({
  resourceType: 'MedicationRequest',
  id,
  contained,
  status: 'active',
  intent: 'order',
  medicationReference: { reference: `#${first}` },
  subject: { reference: 'Patient/a' }
})

interface Entry {
  readonly fullUrl?: string
  readonly resource: { readonly resourceType: string; readonly id: string }
  readonly search: { readonly mode: string }
}
interface Found {
  readonly total?: number
  readonly entry?: readonly Entry[]
  readonly link: ReadonlyArray<{ readonly relation: string; readonly url: string }>
}

/** 23 contains one Medication, 24 two with the same code, 25 one as text with odd numbers; free is not contained; an order of another type, too. */
async function pharmacy(t: Parameters<typeof build>[0]): Promise<Built> {
  const built = await build(t)
  const put = async (type: string, id: string, body: object | string) => {
    const headers = { 'content-type': 'application/fhir+json' }
    const { status, text } = await built.ask('PUT', `/fhir/${type}/${id}`, { body, headers })
    if (status !== 201) throw new Error(text)
  }
  await put('Patient', 'a', patient({ id: 'a' }))
  await put('Medication', 'free', medication('free', '1', { status: 'active' }))
  await put('MedicationRequest', '23', order('23', [medication('m1', '1', { status: 'inactive' })]))
  await put(
    'MedicationRequest',
    '24',
    order('24', [
      medication('m1', '1'),
      { resourceType: 'Organization', id: 'o', name: 'Acme' },
      medication('m2', '1'),
      medication('m3', '2')
    ])
  )
  await put('MedicationRequest', 'none', {
    ...order('none', []),
    contained: undefined,
    medicationReference: { reference: 'Medication/free' }
  })
  const { contained: _, ...dispense } = order('d', [])
  await put('MedicationDispense', 'd', {
    ...dispense,
    resourceType: 'MedicationDispense',
    intent: undefined,
    status: 'completed',
    contained: [medication('m1', '3')]
  })
  return built
}

const get = async ({ ask }: Built, address: string): Promise<Found> => {
  const { status, json, text } = await ask('GET', `/fhir/${address}`)
  if (status !== 200) throw new Error(text)
  return json
}
const urls = ({ entry = [] }: Found) => entry.map(({ fullUrl = 'none' }) => fullUrl.replace(/^.*\/fhir\//, ''))
const next = ({ link }: Found) => link.find(({ relation }) => relation === 'next')?.url.replace(/^.*\/fhir\//, '')

t.test('without _contained, or with false, contained resources are not found', async (t) => {
  const built = await pharmacy(t)
  t.strictSame(urls(await get(built, 'Medication?code=1')), ['Medication/free'])
  t.strictSame(urls(await get(built, 'Medication?code=1&_contained=false&_containedType=contained')), ['Medication/free'])
  t.strictSame(urls(await get(built, 'Medication')), ['Medication/free'])
})

t.test('_contained=true gives the containers, whatever their type, as matches', async (t) => {
  const built = await pharmacy(t)
  const found = await get(built, `Medication?code=${RXNORM}|1&_contained=true&_total=accurate`)
  t.strictSame(urls(found), ['MedicationRequest/23', 'MedicationRequest/24'])
  t.equal(found.total, 2)
  t.match(found.entry, [
    { resource: { resourceType: 'MedicationRequest', id: '23', contained: [{ id: 'm1' }] }, search: { mode: 'match' } },
    { search: { mode: 'match' } }
  ])
  t.match(found.link[0]!.url, '_contained=true')
  t.strictSame(urls(await get(built, 'Medication?code=3&_contained=true')), ['MedicationDispense/d'])
  t.strictSame(urls(await get(built, 'Medication?_contained=true')), [
    'MedicationRequest/23',
    'MedicationRequest/24',
    'MedicationDispense/d'
  ])
  t.strictSame(urls(await get(built, 'Organization?name=acme&_contained=true&_containedType=container')), ['MedicationRequest/24'])
  const nothing = await get(built, 'Medication?code=9&_contained=true')
  t.strictSame(urls(nothing), [])
  t.equal(nothing.total, 0)
  t.strictSame(urls(await get(built, 'MedicationRequest?_contained=true')), [])
})

t.test('one contained resource meets all criteria together', async (t) => {
  const built = await pharmacy(t)
  t.strictSame(urls(await get(built, 'Medication?code=1&status=inactive&_contained=true')), ['MedicationRequest/23'])
  t.strictSame(urls(await get(built, 'Medication?code=1&code=2&_contained=true')), [])
  t.strictSame(urls(await get(built, 'Medication?code=1,2&status:missing=true&_contained=true')), ['MedicationRequest/24'])
  t.strictSame(urls(await get(built, 'Medication?code:not=1&_contained=true')), ['MedicationRequest/24', 'MedicationDispense/d'])
  t.strictSame(urls(await get(built, 'Medication?_id=m3&_contained=true')), ['MedicationRequest/24'])
  t.strictSame(urls(await get(built, 'Medication?_id=24&_contained=true')), [])
  t.strictSame(urls(await get(built, 'Medication?_filter=code eq 1 and status eq inactive&_contained=true')), ['MedicationRequest/23'])
  t.strictSame(urls(await get(built, 'Organization?_content=acme&_contained=true')), ['MedicationRequest/24'])
  t.strictSame(urls(await get(built, 'Medication?_content=acme&_contained=true')), [])
  t.strictSame(urls(await get(built, 'Medication?_lastUpdated=gt2000&_contained=true')), [])
})

t.test('_contained=both gives containers and resources that are not contained', async (t) => {
  const built = await pharmacy(t)
  const found = await get(built, 'Medication?code=1&_contained=both&_total=accurate')
  t.strictSame(urls(found), ['Medication/free', 'MedicationRequest/23', 'MedicationRequest/24'])
  t.equal(found.total, 3)
  t.strictSame(urls(await get(built, 'Medication?status=active&_contained=both')), ['Medication/free'])
  t.strictSame(urls(await get(built, 'Medication?_contained=both')).length, 4)
  t.strictSame(urls(await get(built, 'Medication?status:missing=true&_contained=both')), ['MedicationRequest/24', 'MedicationDispense/d'])
  t.strictSame(urls(await get(built, 'Medication?_lastUpdated=gt2000&_contained=both')), ['Medication/free'])
})

t.test('_containedType=contained gives the contained resources alone, each with its address', async (t) => {
  const built = await pharmacy(t)
  const found = await get(built, 'Medication?code=1&_contained=true&_containedType=contained')
  t.strictSame(urls(found), ['MedicationRequest/23#m1', 'MedicationRequest/24#m1', 'MedicationRequest/24#m2'])
  t.equal(found.total, 3)
  t.strictSame(found.entry![0]!.resource, medication('m1', '1', { status: 'inactive' }))
  t.ok(found.entry!.every(({ search }) => search.mode === 'match'))
  const both = await get(built, 'Medication?code=1&_contained=both&_containedType=contained&_total=accurate')
  t.strictSame(urls(both), ['Medication/free', 'MedicationRequest/23#m1', 'MedicationRequest/24#m1', 'MedicationRequest/24#m2'])
  t.equal(both.total, 4)
  const part = await get(built, 'Medication?_id=m2&_contained=true&_containedType=contained&_elements=id')
  t.match(part.entry, [{ resource: { id: 'm2', meta: { tag: [{ code: 'SUBSETTED' }] }, code: undefined } }])
})

t.test('what is contained is given as it was written: numbers, escapes, order', async (t) => {
  const built = await build(t)
  const inside =
    '{"status":"final","resourceType":"Observation","id":"o1","code":{"text":"\\u00e9 x"},"valueQuantity":{"value":1.00,"unit":"g"}}'
  const text = `{"resourceType":"DiagnosticReport","id":"r","contained":[${inside}],"status":"final","code":{"text":"x"},"result":[{"reference":"#o1"}]}`
  const headers = { 'content-type': 'application/fhir+json' }
  t.equal((await built.ask('PUT', '/fhir/DiagnosticReport/r', { body: text, headers })).status, 201)
  const answer = await built.ask('GET', '/fhir/Observation?value-quantity=1&_contained=true&_containedType=contained')
  t.match(answer.text, `"resource":${inside},"search"`)
  t.match(answer.text, '/fhir/DiagnosticReport/r#o1"')
})

t.test('a resource that meets the search itself and contains another that does counts twice as contained, once as container', async (t) => {
  const built = await build(t)
  const { ask } = built
  await ask('PUT', '/fhir/Patient/a', { body: patient({ id: 'a' }) })
  const outer = observation('a', '2100-01-01', { id: 'x', hasMember: [{ reference: '#in' }] })
  await ask('PUT', '/fhir/Observation/x', { body: { ...outer, contained: [{ ...outer, id: 'in', hasMember: undefined }] } })
  t.strictSame(urls(await get(built, 'Observation?date=2100&_contained=both')), ['Observation/x'])
  const each = 'Observation?date=2100&_contained=both&_containedType=contained&_count=1&_total=accurate'
  const first = await get(built, each)
  t.strictSame(urls(first), ['Observation/x'])
  t.equal(first.total, 2)
  const second = await get(built, next(first)!)
  t.strictSame(urls(second), ['Observation/x#in'])
  t.equal(next(second), undefined)
  t.strictSame(urls(await get(built, 'Observation?_id=x&_contained=both&_containedType=contained')), ['Observation/x'])
})

t.test('pages hold at most _count entries and give every match once', async (t) => {
  const built = await pharmacy(t)
  for (const [search, all] of [
    ['_contained=true', ['MedicationRequest/23', 'MedicationRequest/24']],
    ['_contained=both', ['Medication/free', 'MedicationRequest/23', 'MedicationRequest/24']],
    ['_contained=true&_containedType=contained', ['MedicationRequest/23#m1', 'MedicationRequest/24#m1', 'MedicationRequest/24#m2']],
    [
      '_contained=both&_containedType=contained',
      ['Medication/free', 'MedicationRequest/23#m1', 'MedicationRequest/24#m1', 'MedicationRequest/24#m2']
    ]
  ] as const)
    for (const count of [1, 2, 3, 4]) {
      const found: string[] = []
      let pages = 0
      for (let address: string | undefined = `Medication?code=1&${search}&_count=${count}`; address !== undefined; pages++) {
        const page: Found = await get(built, address)
        t.ok((page.entry ?? []).length <= count)
        found.push(...urls(page))
        address = next(page)
      }
      t.strictSame(found, all, `${search}, ${count} a page`)
      t.equal(pages, Math.ceil(all.length / count))
    }
})

t.test('_summary=count gives the number of matches alone', async (t) => {
  const built = await pharmacy(t)
  for (const [search, total] of [
    ['_contained=true', 2],
    ['_contained=both', 3],
    ['_contained=true&_containedType=contained', 3],
    ['_contained=both&_containedType=contained', 4]
  ] as const) {
    const found = await get(built, `Medication?code=1&${search}&_summary=count`)
    t.equal(found.total, total, search)
    t.equal(found.entry, undefined)
  }
})

t.test('what is contained follows the container: changed, deleted', async (t) => {
  const built = await pharmacy(t)
  await built.ask('PUT', '/fhir/MedicationRequest/23', { body: order('23', [medication('m1', '7')]) })
  await built.ask('DELETE', '/fhir/MedicationRequest/24')
  t.strictSame(urls(await get(built, 'Medication?code=1&_contained=true')), [])
  t.strictSame(urls(await get(built, 'Medication?code=7&_contained=true')), ['MedicationRequest/23'])
  await built.ask('PUT', '/fhir/MedicationRequest/23', {
    body: { ...order('23', []), contained: undefined, medicationReference: { reference: 'Medication/free' } }
  })
  t.strictSame(urls(await get(built, 'Medication?_contained=true')), ['MedicationDispense/d'])
})

t.test('POST _search, includes from the containers, and the value set modifiers', async (t) => {
  const built = await pharmacy(t)
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const posted = await built.ask('POST', '/fhir/Medication/_search', { body: 'code=2&_contained=true', headers })
  t.strictSame(urls(posted.json), ['MedicationRequest/24'])
  const included = await get(built, 'Medication?code=2&_contained=true&_include=MedicationRequest:subject')
  t.strictSame(urls(included), ['MedicationRequest/24', 'Patient/a'])
  const valueSet = {
    resourceType: 'ValueSet',
    id: 'v',
    url: 'urn:v',
    status: 'active',
    compose: { include: [{ system: RXNORM, concept: [{ code: '2' }] }] }
  }
  await built.ask('PUT', '/fhir/ValueSet/v', { body: valueSet })
  t.strictSame(urls(await get(built, 'Medication?code:in=urn:v&_contained=true')), ['MedicationRequest/24'])
})

t.test('chains are evaluated inside contained resources', async (t) => {
  const built = await pharmacy(t)
  const all = ['MedicationRequest/23', 'MedicationRequest/24', 'MedicationRequest/none']
  t.strictSame(urls(await get(built, 'MedicationRequest?medication.code=1')), all)
  t.strictSame(urls(await get(built, 'MedicationRequest?medication:Medication.code=1&_total=accurate&_count=2')), all.slice(0, 2))
  t.equal((await get(built, 'MedicationRequest?medication.code=1&_summary=count')).total, 3)
  t.strictSame(urls(await get(built, 'MedicationRequest?medication.status=inactive')), ['MedicationRequest/23'])
  t.strictSame(urls(await get(built, 'MedicationRequest?medication.status=active')), ['MedicationRequest/none'])
  t.strictSame(urls(await get(built, 'MedicationRequest?patient=a&medication.code:not=1')), [])
  // m3 is contained, but not what the order is for; d is of another type; nothing refers to the Organization.
  t.strictSame(urls(await get(built, 'MedicationRequest?medication.code=2')), [])
  t.strictSame(urls(await get(built, 'MedicationRequest?medication.code=3')), [])
  t.strictSame(urls(await get(built, 'MedicationDispense?medication.code=3')), ['MedicationDispense/d'])
  t.strictSame(urls(await get(built, 'MedicationRequest?requester:Organization.name=acme')), [])
  t.strictSame(urls(await get(built, 'Patient?_has:MedicationRequest:patient:medication.code=1')), ['Patient/a'])
  t.strictSame(urls(await get(built, 'Patient?_has:MedicationRequest:patient:medication.code=2')), [])
})

t.test('refuses what it cannot answer rightly', async (t) => {
  const built = await pharmacy(t)
  for (const [address, status, text] of [
    ['Medication?_contained=perhaps', 400, 'perhaps'],
    ['Medication?_contained=true&_containedType=box', 400, 'box'],
    ['Medication?_contained=true&_sort=code', 501, '_sort'],
    ['Medication?_contained=both&manufacturer.name=x', 501, 'manufacturer'],
    ['Medication?_contained=true&_has:MedicationRequest:medication:status=active', 501, '_has'],
    ['Medication?_contained=true&_list=1', 501, '_list'],
    ['Medication?_contained=true&_containedType=contained&_include=Medication:manufacturer', 501, 'include'],
    ['Patient/a/Observation?_contained=true', 501, 'compartment'],
    ['?_contained=true', 501, 'several types'],
    ['?_type=Medication&_contained=true', 501, 'type']
  ] as const) {
    const answer = await built.ask('GET', `/fhir/${address}`)
    t.equal(answer.status, status, address)
    t.match(answer.json.issue[0].details.text, text)
  }
  t.equal((await built.ask('GET', '/fhir/Medication?_contained=true&nonsense=1', { headers: { prefer: 'handling=strict' } })).status, 400)
  t.match((await get(built, 'Medication?_contained=true&nonsense=1')).entry!.at(-1), { search: { mode: 'outcome' } })
  const conditional = { headers: { 'if-none-exist': 'code=1&_contained=true' }, body: medication(undefined, '1') }
  t.equal((await built.ask('POST', '/fhir/Medication', conditional)).status, 400)
  t.equal((await built.ask('DELETE', '/fhir/Medication?code=1&_contained=true')).status, 400)
})

t.test('the CapabilityStatement and the OpenAPI pages name the parameters', async (t) => {
  const { ask } = await build(t)
  const { json } = await ask('GET', '/fhir/metadata')
  const names = json.rest[0].searchParam.map(({ name }: { name: string }) => name)
  t.ok(names.includes('_contained') && names.includes('_containedType'))
})
