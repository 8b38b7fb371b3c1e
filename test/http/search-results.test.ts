/** The form of search results over HTTP: system and compartment searches, includes, parts of resources, links. */
import t from 'tap'
import { type Built, build, observation, patient } from '../helper.js'

async function ward(t: Parameters<typeof build>[0]): Promise<Built> {
  const built = await build(t)
  const put = (type: string, id: string, body: object) => built.ask('PUT', `/fhir/${type}/${id}`, { body })
  for (const id of ['a', 'b'])
    await put('Patient', id, patient({ id, text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' } }))
  for (const [id, day] of [
    ['a1', '2100-01-01'],
    ['a2', '2100-01-03'],
    ['a3', '2100-01-02']
  ] as const)
    await put('Observation', id, observation('a', day, { id, valueQuantity: { value: 1, unit: 'g/dL' }, note: [{ text: 'n' }] }))
  await put('Observation', 'b1', observation('b', '2100-01-01', { id: 'b1' }))
  await put('Encounter', 'e', {
    resourceType: 'Encounter',
    id: 'e',
    status: 'finished',
    class: { code: 'AMB' },
    subject: { reference: 'Patient/a' }
  })
  return built
}

interface Entry {
  readonly resource: { readonly resourceType: string; readonly id: string }
  readonly search: { readonly mode: string }
}
interface Found {
  readonly entry?: readonly Entry[]
  readonly link: ReadonlyArray<{ readonly relation: string; readonly url: string }>
}
const list = ({ entry = [] }: Found, mode = 'match') =>
  entry.filter(({ search }) => search.mode === mode).map(({ resource }) => `${resource.resourceType}/${resource.id}`)
const link = ({ link }: Found, name: string) => link.find(({ relation }) => relation === name)?.url
const form = { 'content-type': 'application/x-www-form-urlencoded' }

t.test('_sort orders a page, and pages go on in that order', async (t) => {
  const { ask } = await ward(t)
  const first = (await ask('GET', '/fhir/Observation?patient=a&_sort=-date&_count=2')).json
  t.strictSame(list(first), ['Observation/a2', 'Observation/a3'])
  t.match(link(first, 'self'), '_sort=-date')
  t.equal(link(first, 'first'), link(first, 'self'))
  const second = (await ask('GET', link(first, 'next')!.replace('http://localhost:80', ''))).json
  t.strictSame(list(second), ['Observation/a1'])
  t.equal(link(second, 'next'), undefined)
  t.equal(link(second, 'first'), link(first, 'self'))
})

t.test('_sort by something unknown: lenient says so and leaves it out, strict refuses', async (t) => {
  const { ask } = await ward(t)
  const { json } = await ask('GET', '/fhir/Patient?_sort=colour')
  t.equal(list(json).length, 2)
  t.match(json.entry.at(-1).resource.issue[0].details.text, '_sort=colour')
  t.notMatch(link(json, 'self'), '_sort')
  t.equal((await ask('GET', '/fhir/Patient?_sort=colour', { headers: { prefer: 'handling=strict' } })).status, 400)
})

t.test('included resources stand behind the matches, once, in mode include, and do not count', async (t) => {
  const { ask } = await ward(t)
  const { json } = await ask('GET', '/fhir/Observation?patient=a&_include=Observation:subject&_total=accurate')
  t.equal(list(json).length, 3)
  t.strictSame(list(json, 'include'), ['Patient/a'])
  t.equal(json.total, 3)
  t.equal(json.entry.at(-1).fullUrl, 'http://localhost:80/fhir/Patient/a')
  t.strictSame(
    list((await ask('GET', '/fhir/Patient?_id=a&_revinclude=Observation:patient&_revinclude=Encounter:subject')).json, 'include').sort(),
    ['Encounter/e', 'Observation/a1', 'Observation/a2', 'Observation/a3']
  )
  for (const bad of [
    '_include=Observation',
    '_include=Nobody:subject',
    '_revinclude=Observation:code',
    '_revinclude=Nobody:subject',
    '_include=a:b:c:d'
  ])
    t.equal((await ask('GET', `/fhir/Observation?${bad}`)).status, 400, bad)
})

t.test('_summary and _elements give parts that are marked, on searches and reads', async (t) => {
  const { ask } = await ward(t)
  const tag = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }]
  const names = (resource: object) => Object.keys(resource).sort()
  const one = async (query: string) => (await ask('GET', `/fhir/Patient?_id=a&${query}`)).json.entry[0].resource
  t.strictSame(names(await one('_summary=true')), ['birthDate', 'gender', 'id', 'meta', 'name', 'resourceType'])
  t.strictSame((await one('_summary=true')).meta.tag, tag)
  t.strictSame(names(await one('_summary=text')), ['id', 'meta', 'resourceType', 'text'])
  t.strictSame(names(await one('_summary=data')), ['birthDate', 'gender', 'id', 'meta', 'name', 'resourceType'])
  t.strictSame(names(await one('_summary=false')), ['birthDate', 'gender', 'id', 'meta', 'name', 'resourceType', 'text'])
  t.equal((await one('_summary=false')).meta.tag, undefined)
  t.strictSame(names(await one('_elements=gender,name')), ['gender', 'id', 'meta', 'name', 'resourceType'])
  t.strictSame(names(await one('_elements=Patient.gender')), ['gender', 'id', 'meta', 'resourceType'])
  t.strictSame((await one('_elements=name.family')).name, [{ family: 'Ardent' }])
  const mandatory = (await ask('GET', '/fhir/Observation?_id=a1&_elements=valueQuantity')).json.entry[0].resource
  t.strictSame(names(mandatory), ['code', 'id', 'meta', 'resourceType', 'status', 'valueQuantity'])
  t.strictSame(names((await ask('GET', '/fhir/Patient/a?_elements=gender')).json), ['gender', 'id', 'meta', 'resourceType'])
  t.strictSame(names((await ask('GET', '/fhir/Patient/a/_history/1?_summary=text')).json), ['id', 'meta', 'resourceType', 'text'])
  t.equal((await ask('GET', '/fhir/Patient/a?_summary=count')).status, 400)
  const mixed = (await ask('GET', '/fhir/Observation?_id=a1&_elements=status&_include=Observation:subject')).json
  t.ok(mixed.entry[1].resource.birthDate, 'the list of elements does not apply to included resources')
  t.equal((await ask('GET', '/fhir/Observation?_summary=text&_include=Observation:subject')).status, 400)
})

t.test('the total: accurate or estimate when asked for, by itself when the page is all there is, not with none', async (t) => {
  const { ask } = await ward(t)
  t.equal((await ask('GET', '/fhir/Observation')).json.total, 4)
  t.equal((await ask('GET', '/fhir/Observation?_total=none')).json.total, undefined)
  t.equal((await ask('GET', '/fhir/Observation?_count=1')).json.total, undefined)
  t.equal((await ask('GET', '/fhir/Observation?_count=1&_total=estimate')).json.total, 4)
  t.equal((await ask('GET', '/fhir/Observation?_total=maybe')).status, 400)
})

t.test('a search of several types, by GET and POST', async (t) => {
  const { ask } = await ward(t)
  const both = (await ask('GET', '/fhir?_type=Patient,Encounter')).json
  t.strictSame(list(both).sort(), ['Encounter/e', 'Patient/a', 'Patient/b'])
  t.equal(link(both, 'self'), 'http://localhost:80/fhir?_type=Patient,Encounter')
  t.equal(list((await ask('GET', '/fhir')).json).length, 7)
  t.strictSame(list((await ask('POST', '/fhir/_search', { body: '_id=a', headers: form })).json), ['Patient/a'])
  t.equal((await ask('GET', '/fhir?_type=Patient,Starship')).status, 400)
  const lenient = (await ask('GET', '/fhir?_type=Patient,Encounter&gender=female')).json
  t.match(lenient.entry.at(-1).resource.issue[0].details.text, 'gender')
  t.equal((await ask('GET', '/fhir?_type=Patient,Encounter&gender=female', { headers: { prefer: 'handling=strict' } })).status, 400)
  t.equal(list((await ask('GET', '/fhir?_type=Patient&gender=female')).json).length, 2)
})

t.test('HEAD is answered like GET, without the body', async (t) => {
  const { ask } = await ward(t)
  const head = await ask('HEAD', '/fhir/Patient')
  t.equal(head.status, 200)
  t.equal(head.text, '')
})

t.test('a search in a compartment: one type or all, by GET and POST', async (t) => {
  const { ask } = await ward(t)
  const observations = (await ask('GET', '/fhir/Patient/a/Observation?_sort=-date')).json
  t.strictSame(list(observations), ['Observation/a2', 'Observation/a3', 'Observation/a1'])
  t.equal(link(observations, 'self'), 'http://localhost:80/fhir/Patient/a/Observation?_sort=-date')
  t.strictSame(list((await ask('POST', '/fhir/Patient/a/Observation/_search', { body: 'date=2100-01-02', headers: form })).json), [
    'Observation/a3'
  ])
  const all = (await ask('GET', '/fhir/Patient/a/*')).json
  t.strictSame(list(all).sort(), ['Encounter/e', 'Observation/a1', 'Observation/a2', 'Observation/a3', 'Patient/a'])
  t.equal(link(all, 'self'), 'http://localhost:80/fhir/Patient/a/*')
  t.strictSame(list((await ask('GET', '/fhir/Patient/a/*?_type=Encounter,Patient')).json).sort(), ['Encounter/e', 'Patient/a'])
  t.strictSame(list((await ask('GET', '/fhir/Patient/nobody/*')).json), [])
  t.equal((await ask('GET', '/fhir/Patient/a/Starship')).status, 404)
  t.equal((await ask('GET', '/fhir/Observation/a1/Patient')).status, 404, 'no compartment')
})

t.test('a form says the format, too', async (t) => {
  const { ask } = await ward(t)
  const plain = await ask('POST', '/fhir/Patient/_search', { body: '_id=a&_pretty=true&_format=application/json', headers: form })
  t.match(plain.headers['content-type'], 'application/json')
  t.equal(plain.text.split('\n')[0], '{')
  t.equal((await ask('POST', '/fhir/Patient/_search', { body: '_format=xml', headers: form })).status, 406)
})
