import t from 'tap'
import { type Built, build, observation, patient } from '../helper.js'

/** Patients a and b; seven observations of a, two of b. */
async function ward(t: Parameters<typeof build>[0], options = {}): Promise<Built> {
  const built = await build(t, options)
  for (const id of ['a', 'b']) await built.ask('PUT', `/fhir/Patient/${id}`, { body: patient({ id }) })
  for (const [id, count] of [
    ['a', 7],
    ['b', 2]
  ] as const) {
    for (let day = 1; day <= count; day++) {
      const body = observation(id, `2100-01-0${day}`, { id: `${id}${day}`, valueQuantity: { value: day, unit: 'g/dL' } })
      await built.ask('PUT', `/fhir/Observation/${id}${day}`, { body })
    }
  }
  return built
}

const relation = (bundle: { link: { relation: string; url: string }[] }, name: string) =>
  bundle.link.find((link) => link.relation === name)?.url
const path = (url: string) => url.replace('http://localhost:80', '')

t.test('a page is a searchset with fullUrl, match mode and the stored bytes; next links give every match once', async (t) => {
  const { ask } = await ward(t)
  const seen: string[] = []
  let url: string | undefined = '/fhir/Observation?patient=a&code=http://loinc.org|718-7&date=ge2100-01-02&_count=2'
  let pages = 0
  while (url !== undefined && pages < 10) {
    const answer = await ask('GET', url)
    t.equal(answer.status, 200)
    t.match(answer.json, { resourceType: 'Bundle', type: 'searchset' })
    for (const entry of answer.json.entry ?? []) {
      t.equal(entry.fullUrl, `http://localhost:80/fhir/Observation/${entry.resource.id}`)
      t.strictSame(entry.search, { mode: 'match' })
      t.ok(answer.text.includes((await ask('GET', `/fhir/Observation/${entry.resource.id}`)).text), 'stored bytes')
      seen.push(entry.resource.id)
    }
    const next = relation(answer.json, 'next')
    url = next && path(next)
    pages++
  }
  t.equal(pages, 3)
  t.strictSame(seen.sort(), ['a2', 'a3', 'a4', 'a5', 'a6', 'a7'])
})

t.test('self shows what was applied, escaped; total when asked for; _count=0 and _summary=count give the total alone', async (t) => {
  const { ask } = await ward(t)
  const { json } = await ask('GET', '/fhir/Observation?code=http%3A%2F%2Floinc.org%7C718-7&_total=accurate&_count=1')
  t.equal(json.total, 9)
  t.equal(json.entry.length, 1)
  const self = new URL(relation(json, 'self')!)
  t.equal(self.pathname, '/fhir/Observation')
  t.equal(self.searchParams.get('code'), 'http://loinc.org|718-7')
  for (const query of ['_summary=count', '_count=0', '_count=0&_total=accurate']) {
    const only = await ask('GET', `/fhir/Observation?${query}`)
    t.equal(only.json.total, 9, query)
    t.notOk('entry' in only.json)
  }
  const none = await ask('GET', '/fhir/Observation?patient=nobody')
  t.equal(none.status, 200)
  t.notOk('entry' in none.json)
  t.equal((await ask('GET', '/fhir/Observation?_summary=count&_pretty=true')).text.split('\n')[0], '{')
})

t.test('POST _search finds the same; parameters of address and form both count', async (t) => {
  const { ask } = await ward(t)
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const posted = await ask('POST', '/fhir/Observation/_search', { body: 'patient=a&date=le2100-01-02', headers: form })
  t.equal(posted.status, 200)
  t.equal(posted.json.entry.length, 2)
  const both = await ask('POST', '/fhir/Observation/_search?patient=a', { body: 'date=le2100-01-02', headers: form })
  t.equal(both.json.entry.length, 2)
  t.equal((await ask('POST', '/fhir/Observation/_search')).json.entry.length, 9, 'no parameters')
  t.equal((await ask('POST', '/fhir/Observation/_search', { body: '{}', headers: { 'content-type': 'application/json' } })).status, 415)
})

t.test('an unknown parameter: lenient leaves it out and says so, strict refuses', async (t) => {
  const { ask } = await ward(t)
  const { json } = await ask('GET', '/fhir/Observation?patient=a&colour=red&_total=accurate')
  t.equal(json.total, 7)
  const outcome = json.entry.at(-1)
  t.match(outcome, { search: { mode: 'outcome' }, resource: { resourceType: 'OperationOutcome', issue: [{ severity: 'warning' }] } })
  t.match(outcome.resource.issue[0].details.text, 'colour')
  t.notMatch(relation(json, 'self'), 'colour')
  const strict = await ask('GET', '/fhir/Observation?patient=a&colour=red', { headers: { prefer: 'handling=strict' } })
  t.equal(strict.status, 400)
  t.match(strict.json.issue[0].details.text, 'colour')
})

t.test('a value or paging link that cannot be read is 400', async (t) => {
  const { ask } = await ward(t)
  for (const query of ['date=yesterday', '_count=many', '_cursor=zzz', '_cursor=%00', 'code:foo=x', '_lastUpdated=ge']) {
    const answer = await ask('GET', `/fhir/Observation?${query}`)
    t.equal(answer.status, 400, query)
    t.equal(answer.json.resourceType, 'OperationOutcome')
  }
  t.equal((await ask('GET', '/fhir/Starship')).status, 404)
  t.equal((await ask('GET', '/fhir/DomainResource')).status, 404)
})

t.test('links use the configured address; forwarded ones count from a trusted proxy only', async (t) => {
  const fixed = await ward(t, { publicUrl: 'https://fhir.example.org/ward/' })
  const bundle = (await fixed.ask('GET', '/fhir/Observation?_count=1')).json
  t.match(relation(bundle, 'next'), /^https:\/\/fhir\.example\.org\/ward\/fhir\/Observation\?/)
  t.equal(bundle.entry[0].fullUrl.indexOf('https://fhir.example.org/ward/fhir/Observation/'), 0)
  const forwarded = { 'x-forwarded-host': 'evil.example.org', 'x-forwarded-proto': 'https' }
  t.test('not trusted', async (t) => {
    const { ask } = await build(t)
    t.equal(relation((await ask('GET', '/fhir/Patient', { headers: forwarded })).json, 'self'), 'http://localhost:80/fhir/Patient')
  })
  t.test('trusted', async (t) => {
    const { ask } = await build(t, { trustProxy: 'loopback' })
    t.equal(relation((await ask('GET', '/fhir/Patient', { headers: forwarded })).json, 'self'), 'https://evil.example.org/fhir/Patient')
  })
  t.test('a host that is none', async (t) => {
    const { ask } = await build(t)
    t.equal((await ask('GET', '/fhir/Patient', { headers: { host: 'a"b' } })).status, 400)
  })
})
