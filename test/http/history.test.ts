import t, { type Test } from 'tap'
import { type Answer, type Built, build, observation, patient } from '../helper.js'

// biome-ignore lint/suspicious/noExplicitAny: entries of every shape
type Entry = any

/** Patient/p with versions POST-like put, patch, delete, put, put; Observation/o with one. */
async function lived(t: Test): Promise<Built> {
  const built = await build(t)
  const { ask } = built
  await ask('PUT', '/fhir/Patient/p', { body: patient({ id: 'p' }) })
  const headers = { 'content-type': 'application/json-patch+json' }
  await ask('PATCH', '/fhir/Patient/p', { body: '[{"op":"replace","path":"/gender","value":"male"}]', headers })
  await ask('DELETE', '/fhir/Patient/p')
  await ask('PUT', '/fhir/Patient/p', { body: patient({ id: 'p', gender: 'other' }) })
  await ask('PUT', '/fhir/Observation/o', { body: observation('p', '2020-01-01', { id: 'o' }) })
  return built
}

const versions = ({ json }: Answer): string[] =>
  (json.entry ?? []).map(({ request, response }: Entry) => `${request.method} ${request.url} ${response.etag}`)

t.test('instance: every version, newest first, with request and response; a deletion without a resource', async (t) => {
  const { ask } = await lived(t)
  const answer = await ask('GET', '/fhir/Patient/p/_history')
  t.equal(answer.status, 200)
  const { resourceType, type, total, link, entry } = answer.json
  t.strictSame({ resourceType, type, total }, { resourceType: 'Bundle', type: 'history', total: 4 })
  t.strictSame(link, [{ relation: 'self', url: 'http://localhost:80/fhir/Patient/p/_history' }])
  t.strictSame(versions(answer), ['PUT Patient/p W/"4"', 'DELETE Patient/p W/"3"', 'PATCH Patient/p W/"2"', 'PUT Patient/p W/"1"'])
  for (const { fullUrl, resource, response } of entry) {
    t.equal(fullUrl, 'http://localhost:80/fhir/Patient/p')
    t.match(response.lastModified, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    if (resource !== undefined) t.equal(response.etag, `W/"${resource.meta.versionId}"`)
    if (resource !== undefined) t.equal(response.lastModified, resource.meta.lastUpdated)
  }
  t.strictSame(
    entry.map(({ resource }: Entry) => resource?.gender),
    ['other', undefined, 'male', 'female']
  )
  t.strictSame(
    entry.map(({ response }: Entry) => response.status),
    ['200 OK', '204 No Content', '200 OK', '201 Created']
  )
})

t.test('a created resource is shown as POST to its type', async (t) => {
  const { ask } = await build(t)
  const { json } = await ask('POST', '/fhir/Patient', { body: patient() })
  const history = await ask('GET', `/fhir/Patient/${json.id}/_history`)
  t.match(history.json.entry, [
    { fullUrl: /\/Patient\//, resource: json, request: { method: 'POST', url: 'Patient' }, response: { status: '201 Created' } }
  ])
})

t.test('type and system', async (t) => {
  const { ask } = await lived(t)
  const type = await ask('GET', '/fhir/Patient/_history')
  t.match(type.json, { total: 4, link: [{ url: 'http://localhost:80/fhir/Patient/_history' }] })
  t.equal(versions(type).length, 4)
  const system = await ask('GET', '/fhir/_history')
  t.match(system.json, { total: 5, link: [{ url: 'http://localhost:80/fhir/_history' }] })
  t.equal(versions(system)[0], 'PUT Observation/o W/"1"')
  t.match((await ask('GET', '/fhir/Device/_history')).json, { type: 'history', total: 0, entry: undefined })
})

t.test('404 for a resource that never was; one that was deleted keeps its history', async (t) => {
  const { ask } = await lived(t)
  t.match(await ask('GET', '/fhir/Patient/never/_history'), { status: 404, json: { resourceType: 'OperationOutcome' } })
  t.equal((await ask('GET', '/fhir/Starship/p/_history')).status, 404)
  t.equal((await ask('GET', '/fhir/Starship/_history')).status, 404)
  await ask('DELETE', '/fhir/Patient/p')
  t.equal((await ask('GET', '/fhir/Patient/p')).status, 410)
  t.equal(versions(await ask('GET', '/fhir/Patient/p/_history')).length, 5)
})

t.test('_count pages; the pages together have every version once', async (t) => {
  const { ask } = await lived(t)
  const all = versions(await ask('GET', '/fhir/_history'))
  const found: string[] = []
  let url: string | undefined = '/fhir/_history?_count=2'
  for (let pages = 0; url !== undefined; pages++) {
    const page: Answer = await ask('GET', url)
    t.equal(page.status, 200)
    t.equal(page.json.total, 5)
    t.ok(versions(page).length <= 2)
    found.push(...versions(page))
    const links = new Map<string, string>(page.json.link.map(({ relation, url }: Entry) => [relation, url]))
    t.match(links.get('self'), '_count=2')
    url = links.get('next')?.replace('http://localhost:80', '')
    if (pages === 0) await ask('PUT', '/fhir/Patient/later', { body: patient({ id: 'later' }) })
  }
  t.strictSame(found, all)
  t.match((await ask('GET', '/fhir/_history?_count=0')).json, { total: 6, entry: undefined })
})

t.test('_since: what was made at or after the instant; _at: what was current in the time', async (t) => {
  const { ask } = await lived(t)
  const entries: Entry[] = (await ask('GET', '/fhir/Patient/p/_history')).json.entry
  const made = entries.map(({ response }) => response.lastModified as string)
  t.equal(versions(await ask('GET', `/fhir/Patient/p/_history?_since=${made[1]}`)).length, 2)
  const offset = made[1]!.replace('Z', '+00:00')
  t.equal(versions(await ask('GET', `/fhir/Patient/p/_history?_since=${encodeURIComponent(offset)}`)).length, 2)
  t.equal(versions(await ask('GET', `/fhir/Patient/p/_history?_since=${offset}`)).length, 2, 'with a plus sign that is not escaped')
  t.equal((await ask('GET', '/fhir/Patient/p/_history?_since=2999-01-01T00:00:00Z')).json.entry, undefined)
  t.equal(versions(await ask('GET', '/fhir/Patient/p/_history?_since=2001')).length, 4)
  t.strictSame(versions(await ask('GET', `/fhir/Patient/p/_history?_at=${made[2]}`)), ['PATCH Patient/p W/"2"'])
  t.strictSame(versions(await ask('GET', '/fhir/Patient/p/_history?_at=2999-01-01')), ['PUT Patient/p W/"4"'])
  t.equal(versions(await ask('GET', `/fhir/Patient/p/_history?_at=${made[0]!.slice(0, 4)}`)).length, 4, 'current at some time of the year')
  t.equal((await ask('GET', '/fhir/Patient/p/_history?_at=2001')).json.entry, undefined)
})

t.test('values that are none are 400; _sort is left aside; other parameters are refused under handling=strict only', async (t) => {
  const { ask } = await lived(t)
  const urls = ['_count=x', '_count=-1', '_since=yesterday', '_at=2020-13', '_since=2020&_since=2021', '_cursor=zzz']
  for (const url of urls)
    t.match(await ask('GET', `/fhir/Patient/_history?${url}`), { status: 400, json: { resourceType: 'OperationOutcome' } }, url)
  t.equal((await ask('GET', '/fhir/Patient/_history?_sort=_lastUpdated')).status, 200)
  const lenient = await ask('GET', '/fhir/Patient/_history?nosuch=1&_count=1')
  t.equal(lenient.json.link[0].url, 'http://localhost:80/fhir/Patient/_history?_count=1')
  t.equal((await ask('GET', '/fhir/Patient/_history?nosuch=1', { headers: { prefer: 'handling=strict' } })).status, 400)
})

t.test('the answer is a valid Bundle, the answer of $meta valid Parameters', async (t) => {
  const { ask } = await lived(t)
  for (const [url, type] of [
    ['_history', 'Bundle'],
    ['Patient/p/_history', 'Bundle'],
    ['Patient/p/$meta', 'Parameters'],
    ['$meta', 'Parameters']
  ] as const) {
    const answer = (await ask('GET', `/fhir/${url}`)).text
    const body = `{"resourceType":"Parameters","parameter":[{"name":"resource","resource":${answer}}]}`
    const { issue } = (await ask('POST', `/fhir/${type}/$validate`, { body })).json
    t.strictSame(
      issue.filter(({ severity }: { severity: string }) => severity === 'error'),
      [],
      `${url}`
    )
  }
})

t.test('HEAD answers as GET does, without the body; roles', async (t) => {
  const { ask, token } = await lived(t)
  for (const url of ['/fhir/_history', '/fhir/Patient/_history', '/fhir/Patient/p/_history']) {
    const head = await ask('HEAD', url)
    t.match(head, { status: 200, text: '' })
    t.equal((await ask('GET', url, { token: token('analyst') })).status, 200)
    t.equal((await ask('GET', url, { token: token('nobody') })).status, 403)
  }
})

t.test('_summary and _elements cut each version; _summary=count gives the total only', async (t) => {
  const { ask } = await lived(t)
  const cut = await ask('GET', '/fhir/Patient/p/_history?_elements=birthDate')
  t.match(cut.json.link[0].url, '_elements=birthDate')
  t.equal(cut.json.entry.length, 4)
  for (const { resource, response } of cut.json.entry) {
    if (response.status.startsWith('204')) continue
    t.strictSame(resource.gender, undefined)
    t.match(resource.meta.tag, [{ code: 'SUBSETTED' }])
  }
  const page = await ask('GET', '/fhir/_history?_summary=true&_count=2')
  const next = page.json.link.find(({ relation }: { relation: string }) => relation === 'next').url
  for (const { json } of [page, await ask('GET', next.replace('http://localhost:80', ''))])
    for (const { resource } of json.entry) if (resource !== undefined) t.match(resource.meta.tag, [{ code: 'SUBSETTED' }])
  const counted = await ask('GET', '/fhir/Patient/_history?_summary=count')
  t.match(counted.json, { type: 'history', total: 4 })
  t.notOk(counted.json.entry)
  t.equal((await ask('GET', '/fhir/Patient/_history?_summary=most')).status, 400)
  t.equal((await ask('GET', '/fhir/Patient/_history?_elements=a b')).status, 400)
})
