/** $everything and $lastn over HTTP. */
import t from 'tap'
import { type Built, build, observation, patient } from '../helper.js'

interface Found {
  readonly entry?: ReadonlyArray<{
    readonly resource: { readonly resourceType: string; readonly id: string }
    readonly search: { readonly mode: string }
  }>
  readonly link: ReadonlyArray<{ readonly relation: string; readonly url: string }>
}
const list = ({ entry = [] }: Found) => entry.map(({ resource }) => `${resource.resourceType}/${resource.id}`).sort()

async function ward(t: Parameters<typeof build>[0]): Promise<Built> {
  const built = await build(t)
  const put = (type: string, id: string, body: object) =>
    built.ask('PUT', `/fhir/${type}/${id}`, { body: { resourceType: type, id, ...body } })
  const subject = (id: string) => ({ subject: { reference: `Patient/${id}` } })
  await put('Organization', 'o', { name: 'O' })
  await put('Practitioner', 'd', {})
  await put('Patient', 'a', patient({ managingOrganization: { reference: 'Organization/o' } }))
  await put('Patient', 'b', patient())
  await put('Encounter', 'e', {
    status: 'finished',
    class: { code: 'AMB' },
    period: { start: '2100-01-01', end: '2100-01-05' },
    ...subject('a')
  })
  for (const [id, day, more] of [
    ['x1', '2100-01-01', {}],
    ['x2', '2100-01-03', { encounter: { reference: 'Encounter/e' }, performer: [{ reference: 'Practitioner/d' }] }],
    ['x3', '2100-02-03', { code: { text: 'other' } }]
  ] as const)
    await put('Observation', id, { ...observation('a', day), ...more })
  await put('Observation', 'y1', observation('b', '2100-01-01'))
  await put('Condition', 'c', subject('a'))
  return built
}

t.test('everything of a patient: the compartment and what it refers to, nothing of others', async (t) => {
  const { ask } = await ward(t)
  const all = [
    'Condition/c',
    'Encounter/e',
    'Observation/x1',
    'Observation/x2',
    'Observation/x3',
    'Organization/o',
    'Patient/a',
    'Practitioner/d'
  ]
  const { status, json } = await ask('GET', '/fhir/Patient/a/$everything')
  t.equal(status, 200)
  t.match(json, { resourceType: 'Bundle', type: 'searchset' })
  t.strictSame(list(json), all)
  const posted = await ask('POST', '/fhir/Patient/a/$everything', {
    body: { resourceType: 'Parameters', parameter: [{ name: '_type', valueCode: 'Observation' }] }
  })
  t.strictSame(list(posted.json), ['Observation/x1', 'Observation/x2', 'Observation/x3'])
  const of = async (query: string) => list((await ask('GET', `/fhir/Patient/a/$everything?${query}`)).json)
  t.strictSame(await of('_type=Practitioner,Patient'), ['Patient/a', 'Practitioner/d'])
  t.strictSame(await of('start=2100-02-01'), ['Condition/c', 'Observation/x3', 'Organization/o', 'Patient/a'])
  t.strictSame(await of('end=2100-01-02&_type=Observation,Encounter'), ['Encounter/e', 'Observation/x1'])
  t.strictSame(await of('_since=2999-01-01T00:00:00Z'), [])
  t.strictSame(await of('_since=2000-01-01T00:00:00Z'), all)
  t.equal((await ask('GET', '/fhir/Patient/nobody/$everything')).status, 404)
  t.equal((await ask('GET', '/fhir/Patient/a/$everything?_type=Starship')).status, 400)
  t.equal((await ask('GET', '/fhir/Patient/a/$everything?start=yesterday')).status, 400)
})

/** All pages, in the order they come. */
async function pages({ ask }: Built, address: string): Promise<string[]> {
  const seen: string[] = []
  for (let url: string | undefined = address, n = 0; url !== undefined && n < 20; n++) {
    const { json }: { json: Found } = await ask('GET', url)
    seen.push(...list(json))
    url = json.link.find(({ relation }) => relation === 'next')?.url.replace('http://localhost:80', '')
  }
  return seen.sort()
}

t.test('everything in pages: every resource of the compartment once', async (t) => {
  const seen = await pages(await ward(t), '/fhir/Patient/a/$everything?_count=2')
  t.strictSame(seen, [
    'Condition/c',
    'Encounter/e',
    'Observation/x1',
    'Observation/x2',
    'Observation/x3',
    'Organization/o',
    'Patient/a',
    'Practitioner/d'
  ])
})

t.test('everything of a time: what is in the compartment but not in the range does not come by a reference', async (t) => {
  const built = await ward(t)
  await built.ask('PUT', '/fhir/Observation/x4', {
    body: { ...observation('a', '2100-03-01', { id: 'x4' }), encounter: { reference: 'Encounter/e' } }
  })
  t.strictSame(list((await built.ask('GET', '/fhir/Patient/a/$everything?start=2100-02-15')).json), [
    'Condition/c',
    'Observation/x4',
    'Organization/o',
    'Patient/a'
  ])
})

t.test('everything without an id: the records of all, and nothing that belongs to nobody', async (t) => {
  const built = await ward(t)
  const { ask } = built
  await ask('PUT', '/fhir/Organization/alone', { body: { resourceType: 'Organization', id: 'alone', name: 'X' } })
  await ask('PUT', '/fhir/Group/g', { body: { resourceType: 'Group', id: 'g', type: 'animal', actual: true } })
  await ask('PUT', '/fhir/Observation/ofg', {
    body: { ...observation('a', '2100-01-01', { id: 'ofg' }), subject: { reference: 'Group/g' } }
  })
  const all = [
    'Condition/c',
    'Encounter/e',
    'Observation/x1',
    'Observation/x2',
    'Observation/x3',
    'Observation/y1',
    'Organization/o',
    'Patient/a',
    'Patient/b',
    'Practitioner/d'
  ]
  const { status, json } = await ask('GET', '/fhir/Patient/$everything')
  t.equal(status, 200)
  t.strictSame(list(json), all)
  t.match(json.link[0], { relation: 'self', url: /\/fhir\/Patient\/\$everything$/ })
  t.strictSame(await pages(built, '/fhir/Patient/$everything?_count=3'), all)
  t.strictSame(await pages(built, '/fhir/Patient/$everything?_count=2&_type=Observation&start=2100-01-02'), [
    'Observation/x2',
    'Observation/x3'
  ])
  t.strictSame(await pages(built, '/fhir/Patient/$everything?_type=Organization'), ['Organization/o'])
  t.strictSame(await pages(built, '/fhir/Patient/$everything?_since=2999-01-01'), [])
  const body = { resourceType: 'Parameters', parameter: [{ name: '_count', valueInteger: 4 }] }
  t.equal(
    (await ask('POST', '/fhir/Patient/$everything', { body })).json.entry.filter(({ search }: never) => search['mode'] === 'match').length,
    4
  )
  t.equal((await ask('GET', '/fhir/Patient/$everything', { token: false })).status, 401)
  t.strictSame(list((await ask('GET', '/fhir/Encounter/$everything')).json), [
    'Encounter/e',
    'Observation/x2',
    'Patient/a',
    'Practitioner/d'
  ])
})

t.test('everything of an encounter', async (t) => {
  const { ask } = await ward(t)
  t.strictSame(list((await ask('GET', '/fhir/Encounter/e/$everything')).json), [
    'Encounter/e',
    'Observation/x2',
    'Patient/a',
    'Practitioner/d'
  ])
})

t.test('$lastn: the most recent of each code, newest first', async (t) => {
  const { ask } = await ward(t)
  const category = [{ coding: [{ code: 'laboratory' }] }]
  for (const [id, day] of [
    ['x1', '2100-01-01'],
    ['x2', '2100-01-03']
  ] as const)
    await ask('PUT', `/fhir/Observation/${id}`, { body: { ...observation('a', day, { id, category }) } })
  await ask('PUT', '/fhir/Observation/x3', { body: { ...observation('a', '2100-02-03', { id: 'x3', category, code: { text: 'other' } }) } })
  const last = async (query: string) =>
    ((await ask('GET', `/fhir/Observation/$lastn?${query}`)).json as Found).entry?.map(({ resource }) => resource.id)
  t.strictSame(await last('patient=a&category=laboratory'), ['x3', 'x2'])
  t.strictSame(await last('patient=a&category=laboratory&max=2'), ['x3', 'x2', 'x1'])
  t.strictSame(await last('subject=Patient/a&code=718-7&max=1'), ['x2'])
  t.equal(await last('patient=b&category=laboratory'), undefined)
  t.equal((await ask('GET', '/fhir/Observation/$lastn?category=laboratory')).status, 400)
  t.equal((await ask('GET', '/fhir/Observation/$lastn?patient=a')).status, 400)
})
