import t from 'tap'
import { ADMIN, build, observation, patient } from '../../helper.js'

t.test('searches under /v1', async (t) => {
  const { ask, service, settings } = await build(t)
  const fhir = `/v1/${settings.twinStore}/fhir`
  const put = (type: string, id: string, body: object) => service.update(ADMIN, type, id, JSON.stringify({ ...body, id }))
  for (let n = 0; n < 5; n++) await put('Patient', `p${n}`, patient({ active: n % 2 === 0, birthDate: `198${n}-01-01` }))
  await put('Observation', 'o', observation('p0', '2026-01-01'))
  const get = (path: string, headers = {}) => ask('GET', fhir + path, { headers })
  const ids = (json: { entry?: Array<{ resource: { id: string } }> }) => (json.entry ?? []).map(({ resource }) => resource.id)
  const self = (json: { link: Array<{ relation: string; url: string }> }) =>
    new URL(json.link.find(({ relation }) => relation === 'self')!.url).search
  const issue = (json: { issue: unknown[] }) => json.issue[0]

  t.test('the Bundle has neither id nor meta; newest first, the total always there', async (t) => {
    const { json, text, headers } = await get('/Patient?_count=2')
    t.equal(headers['content-type'], 'application/fhir+json;charset=utf-8')
    t.strictSame(Object.keys(json), ['entry', 'link', 'resourceType', 'total', 'type'])
    t.strictSame([json.total, json.type, ids(json)], [5, 'searchset', ['p4', 'p3']])
    t.strictSame(Object.keys(json.entry[0]), ['fullUrl', 'resource', 'search'])
    t.ok(text.includes('"search":{"mode":"match"}'))
  })

  t.test('page tokens lead through all pages, and nowhere else', async (t) => {
    const seen: string[] = []
    let url: string | undefined = `${fhir}/Patient?active=true&_count=2&nonsense=1`
    while (url !== undefined) {
      const { json }: { json: { total: number; link: Array<{ relation: string; url: string }> } } = await ask('GET', url)
      seen.push(...ids(json as never))
      t.equal(json.total, 3)
      const next: string | undefined = json.link.find(({ relation }) => relation === 'next')?.url
      if (next !== undefined) t.match(new URL(next).search, /^\?active=true&_count=2&_page_token=[^&]+$/)
      url = next === undefined ? undefined : new URL(next).pathname + new URL(next).search
    }
    t.strictSame(seen, ['p4', 'p2', 'p0'])
    const bad = await get('/Patient?_page_token=nonsense')
    t.strictSame(
      [bad.status, issue(bad.json)],
      [400, { code: 'value', details: { text: 'invalid_query' }, diagnostics: 'The paging link cannot be read', severity: 'error' }]
    )
  })

  t.test('lenient handling: what is not known is left out of the self link and nothing is said; strict handling refuses it', async (t) => {
    for (const unknown of [
      'nonsense=1',
      '_contained=true',
      '_filter=active eq true',
      '_list=1',
      '_query=x',
      '_summary=count',
      '_summary=true',
      'phonetic=x',
      '_total=none',
      '_cursor=x'
    ]) {
      const { status, json } = await get(`/Patient?active=true&${encodeURI(unknown)}`)
      t.strictSame([status, json.total, json.entry.length, self(json)], [200, 3, 3, '?active=true'], unknown)
      const strict = await get(`/Patient?active=true&${encodeURI(unknown)}`, { prefer: 'handling=strict' })
      t.strictSame([strict.status, strict.json.issue[0].details.text], [400, 'invalid_query'], unknown)
    }
    for (const [type, unknown] of [
      ['Location', 'near=1|2'],
      ['Bundle', 'composition=1'],
      ['Group', 'characteristic-value=a$b'],
      ['Observation', 'component-code-value-string=a$b']
    ]) {
      t.equal(self((await get(`/${type}?${unknown}`)).json), '', `${type} ${unknown}`)
      t.equal((await get(`/${type}?${unknown}`, { prefer: 'handling=strict' })).status, 400)
    }
    t.equal(self((await get('/Observation?code-value-quantity=http://loinc.org|718-7$gt1')).json).startsWith('?code-value-quantity='), true)
    t.equal(
      (await get('/Patient?key=API&alt=json&prettyPrint=false&active=true', { prefer: 'handling=strict' })).status,
      200,
      'parameters of every Google API'
    )
  })

  t.test('what R4 has and the API has not is refused', async (t) => {
    for (const [path, diagnostics] of [
      ['/Patient?_revinclude=*', /invalid _revinclude query: \*; expected format is \[resource_type\]:\[parameter\]/],
      ['/Patient?identifier:of-type=a|b|c', /of-type/],
      ['/Observation?subject:identifier=a|b', /identifier/],
      ['/Observation?_sort=subject', /_sort/],
      ['/Patient?birthdate=2024-07-021', /2024-07-021/]
    ] as const) {
      const { status, json } = await get(path)
      t.match([status, json.issue[0]], [400, { code: 'value', details: { text: 'invalid_query' }, diagnostics }], path)
    }
  })

  t.test('includes, chains, elements, system searches', async (t) => {
    t.strictSame(ids((await get('/Observation?_include=*')).json), ['o', 'p0'])
    t.strictSame(ids((await get('/Patient?_id=p0&_revinclude=Observation:patient')).json), ['p0', 'o'])
    t.strictSame(ids((await get('/Patient?_has:Observation:patient:code=718-7')).json), ['p0'])
    t.strictSame(ids((await get('/Observation?patient.name=ardent')).json), ['o'])
    t.strictSame(ids((await get('?_id=p0,o&_type=Patient,Observation')).json).sort(), ['o', 'p0'])
    t.equal((await get('/Observation?_elements=status')).json.entry[0].resource.code !== undefined, true, 'mandatory elements stay')
  })

  t.test('a resource is found by the lastUpdated that it shows', async (t) => {
    const { lastUpdated } = (await get('/Patient/p2')).json.meta
    const found = async (prefix: string) => ids((await get(`/Patient?_lastUpdated=${prefix}${encodeURIComponent(lastUpdated)}`)).json)
    t.strictSame(await found(''), ['p2'])
    t.strictSame(await found('ge'), ['p4', 'p3', 'p2'])
    t.strictSame(await found('gt'), ['p4', 'p3'])
    t.strictSame(await found('le'), ['p2', 'p1', 'p0'])
  })

  t.test('POST has its parameters in the query; a form is refused, no compartment is searched', async (t) => {
    t.strictSame(ids((await ask('POST', `${fhir}/Patient/_search?_id=p1`)).json), ['p1'])
    t.strictSame(ids((await ask('POST', `${fhir}/_search?_id=p1,o`, { body: { resourceType: 'Patient' } })).json), ['p1'])
    const form = { body: '_id=p1', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
    t.equal((await ask('POST', `${fhir}/Patient/_search`, form)).status, 400)
    t.equal((await get('/Patient/p0/Observation')).status, 404)
  })

  t.test('what is no method here: the operator is taken for an id', async (t) => {
    for (const [path, diagnostics] of [
      ['/Patient/_history', "invalid ID '_history'"],
      ['/ValueSet/$expand', "invalid ID '$expand'"],
      ['/_history', 'unsupported resource type'],
      ['/Nonsense/1', 'unsupported resource type']
    ] as const) {
      const { status, json } = await get(path)
      t.match([status, json.issue[0]], [400, { diagnostics, severity: 'error' }], path)
    }
  })
})
