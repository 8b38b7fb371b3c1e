import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { build, observation, patient } from '../helper.js'
import { create, type Entry, other, put } from './entries.js'
import { A, B, bundle, identified, send, statuses, stored, total } from './transactions.js'

t.test('a transaction without resources is no error', async (t) => {
  const built = await build(t)
  const answer = await send(built)
  t.equal(answer.status, 200)
  t.strictSame(answer.json, { resourceType: 'Bundle', type: 'transaction-response' })
})

t.test('the answer has one entry for each entry of the request, in its order, with status, location, etag and lastModified', async (t) => {
  const built = await build(t)
  await built.ask('PUT', '/fhir/Patient/old', { body: patient({ id: 'old' }) })
  const answer = await send(
    built,
    other('GET', 'Patient/old'),
    put(patient({ id: 'p', gender: 'other' }), 'Patient/p'),
    create(patient()),
    other('DELETE', 'Patient/old2')
  )
  t.equal(answer.status, 200)
  t.equal(answer.headers['content-type'], 'application/fhir+json; charset=utf-8')
  t.equal(answer.json.type, 'transaction-response')
  t.strictSame(
    answer.json.entry.map((entry: { response: { status: string } }) => entry.response.status),
    ['200 OK', '201 Created', '201 Created', '204 No Content']
  )
  t.match(answer.json.entry[0].resource, { resourceType: 'Patient', id: 'old' })
  t.match(answer.json.entry[0].fullUrl, /\/fhir\/Patient\/old$/)
  t.match(answer.json.entry[1].response, { location: 'Patient/p/_history/1', etag: 'W/"1"' })
  t.match(answer.json.entry[2].response, { location: /^Patient\/[0-9a-f-]{36}\/_history\/1$/, etag: 'W/"1"' })
  const made = await stored(built, answer, 2)
  t.equal(answer.json.entry[2].response.lastModified, made.meta.lastUpdated)
})

t.test('all or nothing: one entry that fails keeps all others from being written, and the answer is one OperationOutcome', async (t) => {
  const built = await build(t)
  for (const id of ['kept', 'same']) await built.ask('PUT', `/fhir/Patient/${id}`, { body: patient({ id }) })
  const failing: ReadonlyArray<readonly [string, Entry, number, string]> = [
    ['an invalid resource', create(patient({ gender: 'unknown to us' })), 422, 'Bundle.entry[2].resource.gender'],
    ['another version', put(patient({ id: 'same', gender: 'male' }), 'Patient/same', { ifMatch: 'W/"7"' }), 412, 'Bundle.entry[2]'],
    ['a type that is not known', other('DELETE', 'Starship/1'), 400, 'Bundle.entry[2].request.url'],
    ['a read of what is not there', other('GET', 'Patient/never'), 404, 'Bundle.entry[2]'],
    ['a search that is not understood', other('GET', 'Patient?birthdate=soon'), 400, 'Bundle.entry[2]'],
    ['an operation that is not there', other('GET', '$nothing'), 404, 'Bundle.entry[2]'],
    ['no request', { resource: patient() }, 400, 'Bundle.entry[2].request'],
    ['a method that is none', other('FETCH', 'Patient/1'), 400, 'Bundle.entry[2].request.method'],
    ['no resource', other('POST', 'Patient'), 400, 'Bundle.entry[2]'],
    [
      'a resource of another type',
      { resource: patient(), request: { method: 'POST', url: 'Observation' } },
      400,
      'Bundle.entry[2].resource'
    ],
    ['an id that is not that of the address', put(patient({ id: 'y' }), 'Patient/x'), 400, 'Bundle.entry[2].resource.id'],
    ['an update without an id', put(patient(), 'Patient/x'), 400, 'Bundle.entry[2].resource.id'],
    ['the address of another server', other('DELETE', 'http://elsewhere.org/fhir/Patient/kept'), 400, 'Bundle.entry[2].request.url'],
    ['a bundle in a bundle', { resource: bundle(), request: { method: 'POST', url: '' } }, 400, 'Bundle.entry[2].request.url']
  ]
  for (const [what, entry, status, expression] of failing) {
    const answer = await send(built, create(patient()), other('DELETE', 'Patient/kept'), entry)
    t.equal(answer.status, status, what)
    t.equal(answer.json.resourceType, 'OperationOutcome', what)
    t.strictSame(answer.json.issue[0].expression, [expression], what)
  }
  t.equal(await total(built, 'Patient'), 2)
  t.equal((await built.ask('GET', '/fhir/Patient/kept')).status, 200)
})

t.test('every faulty entry is named', async (t) => {
  const built = await build(t)
  const answer = await send(built, create(patient({ gender: 'x' })), create(patient()), create(patient({ birthDate: 'x' })))
  t.equal(answer.status, 422)
  t.strictSame(
    answer.json.issue.map(({ expression }: { expression: string[] }) => expression[0]),
    ['Bundle.entry[0].resource.gender', 'Bundle.entry[2].resource.birthDate']
  )
})

t.test('DELETE, POST, PUT and PATCH, GET: the order of R4, whatever the order of the entries', async (t) => {
  const built = await build(t)
  await built.ask('PUT', '/fhir/Patient/old', { body: identified('1', { id: 'old' }) })
  // The deletion comes first: so nothing matches ifNoneExist, and the search that stands first sees what was created.
  const answer = await send(
    built,
    other('GET', 'Patient?identifier=urn:mrn|1'),
    create(identified('1', { gender: 'male' }), undefined, { ifNoneExist: 'identifier=urn:mrn|1' }),
    other('DELETE', 'Patient/old')
  )
  t.strictSame(statuses(answer), ['200', '201', '204'])
  const found = answer.json.entry[0].resource
  t.equal(found.type, 'searchset')
  t.equal(found.entry.length, 1)
  t.equal(found.entry[0].resource.gender, 'male')
})

t.test('a resource can appear once: the same identity in two writes fails, also when a condition says which', async (t) => {
  const built = await build(t)
  await built.ask('PUT', '/fhir/Patient/p', { body: identified('1', { id: 'p' }) })
  const twice: ReadonlyArray<readonly [string, Entry, Entry]> = [
    ['two updates', put(patient({ id: 'p' }), 'Patient/p'), put(patient({ id: 'p' }), 'Patient/p')],
    ['an update and a deletion', put(patient({ id: 'p' }), 'Patient/p'), other('DELETE', 'Patient/p')],
    ['a conditional update', put(patient({ id: 'p' }), 'Patient/p'), put(identified('1'), 'Patient?identifier=urn:mrn|1')],
    ['a conditional deletion', put(patient({ id: 'p' }), 'Patient/p'), other('DELETE', 'Patient?identifier=urn:mrn|1')],
    ['what is created here', create(identified('2')), put(identified('2'), 'Patient?identifier=urn:mrn|2')],
    ['what was never there', put(patient({ id: 'q' }), 'Patient/q'), other('DELETE', 'Patient/q')]
  ]
  for (const [what, one, two] of twice) {
    for (const entries of [
      [one, two],
      [two, one]
    ]) {
      const answer = await send(built, ...entries)
      t.equal(answer.status, 400, what)
      t.equal(answer.json.issue[0].code, 'duplicate', what)
      t.match(answer.json.issue[0].details.text, 'Bundle.entry[0], Bundle.entry[1]', what)
    }
  }
  t.equal((await built.ask('GET', '/fhir/Patient/p')).json.meta.versionId, '1')
})

t.test(
  'references to entries are replaced wherever they stand, circular ones included; everything else stays to the character',
  async (t) => {
    const built = await build(t)
    const one = {
      resourceType: 'Observation',
      contained: [{ resourceType: 'Device', id: 'd', patient: { reference: A }, url: B }],
      extension: [
        { url: 'http://example.org/uri', valueUri: A },
        { url: 'http://example.org/reference', valueReference: { reference: B } },
        { url: 'http://example.org/canonical', valueCanonical: A },
        { url: 'http://example.org/version', valueCanonical: `${A}|1.0#part` },
        { url: 'http://example.org/longer', valueCanonical: `${A}0` },
        { url: 'http://example.org/string', valueString: A },
        { url: 'http://example.org/uuid', valueUuid: A },
        { url: 'http://example.org/url', valueUrl: `${A}#part` }
      ],
      status: 'final',
      _status: { extension: [{ url: 'http://example.org/status', valueReference: { reference: A } }] },
      code: { text: A },
      subject: { reference: A, display: A, identifier: { system: 'urn:x', value: A } },
      focus: [
        { reference: '#d' },
        { reference: `${A}#part` },
        { reference: 'Patient/elsewhere' },
        { reference: 'urn:uuid:33333333-3333-4333-8333-333333333333' }
      ],
      text: {
        status: 'generated',
        div: `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${A}">${A}</a><img src='${B}' alt="${A}"/><a class="x" href="${A}#sec">é &amp; "</a><p title="${A}">x</p></div>`
      },
      valueQuantity: { value: 1 },
      hasMember: [{ reference: B }]
    }
    // A decimal and an escape that a new serialisation would change.
    const text = JSON.stringify(bundle(create(patient(), A), create(one, B)))
      .replace('"value":1}', '"value":1.00}')
      .replace('é', '\\u00e9')
    const answer = await built.ask('POST', '/fhir', { body: text })
    t.equal(answer.status, 200)
    const [p, o] = answer.json.entry.map(({ response }: { response: { location: string } }) =>
      response.location.replace(/\/_history.*/, '')
    )
    const { text: read } = await built.ask('GET', `/fhir/${o}`)
    const sent = text.slice(text.indexOf('{"resourceType":"Observation"'), text.lastIndexOf(',"request"'))
    const keep = (source: string) =>
      source
        .replace(`"valueCanonical":"${A}0"`, '"valueCanonical":1')
        .replace(`"valueString":"${A}"`, '"valueString":2')
        .replace(`"code":{"text":"${A}"}`, '"code":3')
        .replace(`"display":"${A}"`, '"display":4')
        .replace(`"value":"${A}"`, '"value":5')
        .replace(`>${A}</a>`, '>6</a>')
        .replace(`alt=\\"${A}\\"`, 'alt=7')
        .replace(`title=\\"${A}\\"`, 'title=8')
    const expected = keep(sent).replaceAll(A, p).replaceAll(B, o)
    const stored = keep(read)
      .replace(/^(\{"resourceType":"Observation"),"id":"[^"]+"/, '$1')
      .replace(/,?"meta":\{[^}]*\}/, '')
    t.equal(stored, expected)
  }
)

t.test(
  'a fullUrl of another server is the id of the resource there: absolute references and those relative to it are replaced',
  async (t) => {
    const built = await build(t)
    const base = 'http://example.org/fhir'
    const answer = await send(
      built,
      create(patient(), `${base}/Patient/1`),
      { ...create(observation('1', '2026-01-01')), fullUrl: `${base}/Observation/1` },
      { ...create({ ...observation('x', '2026-01-01'), subject: { reference: `${base}/Patient/1` } }), fullUrl: B },
      { ...create(observation('1', '2026-01-02')), fullUrl: A },
      {
        ...put({ ...patient({ id: '9' }), link: [{ other: { reference: 'Patient/1' }, type: 'seealso' }] }, `${base}/Patient/9`),
        fullUrl: `${base}/Patient/9`
      }
    )
    t.equal(answer.status, 200)
    const name = answer.json.entry[0].response.location.replace(/\/_history.*/, '')
    t.not(name, 'Patient/1', 'an id in a POST is ignored')
    t.equal((await stored(built, answer, 1)).subject.reference, name)
    t.equal((await stored(built, answer, 2)).subject.reference, name)
    t.equal(
      (await stored(built, answer, 3)).subject.reference,
      'Patient/1',
      'without a RESTful fullUrl nothing says what is meant: left as it is'
    )
    t.equal(answer.json.entry[4].response.location, 'Patient/9/_history/1', 'the base of an update is left out')
    t.equal((await stored(built, answer, 4)).link[0].other.reference, name)
  }
)

t.test('a fullUrl that is the canonical URL of its resource is a name: uris and canonicals with it stay', async (t) => {
  const built = await build(t)
  const url = 'http://example.org/fhir/CodeSystem/c'
  const answer = await send(
    built,
    create({ resourceType: 'CodeSystem', url, status: 'draft', content: 'not-present' }, url),
    create({ resourceType: 'Observation', status: 'final', code: { coding: [{ system: url, code: 'x' }] }, focus: [{ reference: url }] }),
    create({ resourceType: 'Questionnaire', url: A, status: 'draft' }, A),
    create({ resourceType: 'QuestionnaireResponse', questionnaire: A, status: 'completed', subject: { reference: A } }),
    create({ resourceType: 'ValueSet', status: 'draft', compose: { include: [{ system: url, valueSet: [url] }] } })
  )
  t.equal((await stored(built, answer, 0)).url, url)
  const observed = await stored(built, answer, 1)
  t.equal(observed.code.coding[0].system, url)
  t.match(observed.focus[0].reference, /^CodeSystem\/[0-9a-f-]{36}$/)
  const answered = await stored(built, answer, 3)
  t.equal(answered.questionnaire, A)
  t.match(answered.subject.reference, /^Questionnaire\//)
  t.strictSame((await stored(built, answer, 4)).compose.include, [{ system: url, valueSet: [url] }])
})

t.test('version-specific references stay version-specific and name the version that is written', async (t) => {
  const built = await build(t)
  for (const gender of ['male', 'female']) await built.ask('PUT', '/fhir/Patient/p', { body: patient({ id: 'p', gender }) })
  await built.ask('PUT', '/fhir/Patient/q', { body: patient({ id: 'q' }) })
  const of = (subject: string) => ({ ...observation('x', '2026-01-01'), subject: { reference: subject } })
  const answer = await send(
    built,
    { ...put(patient({ id: 'p', gender: 'other' }), 'Patient/p'), fullUrl: 'http://example.org/fhir/Patient/p' },
    create(patient(), A),
    { ...put(patient({ id: 'q' }), 'Patient/q'), fullUrl: 'http://example.org/fhir/Patient/q' },
    create(of('http://example.org/fhir/Patient/p/_history/77')),
    create(of(`${A}/_history/5`)),
    create(of('http://example.org/fhir/Patient/q/_history/9'))
  )
  t.strictSame(statuses(answer), ['200', '201', '200', '201', '201', '201'])
  t.equal((await stored(built, answer, 3)).subject.reference, 'Patient/p/_history/3')
  t.equal((await stored(built, answer, 4)).subject.reference, answer.json.entry[1].response.location)
  t.equal((await stored(built, answer, 5)).subject.reference, 'Patient/q/_history/1', 'the content did not change, so the version did not')
})

t.test('PATCH: a JSON Patch in a Binary, a FHIRPath Patch in Parameters, with references of the bundle in it', async (t) => {
  const built = await build(t)
  for (const id of ['a', 'b', 'c']) await built.ask('PUT', `/fhir/Patient/${id}`, { body: identified(id, { id }) })
  const jsonPatch = (...operations: object[]) => ({
    resourceType: 'Binary',
    contentType: 'application/json-patch+json',
    data: Buffer.from(JSON.stringify(operations)).toString('base64')
  })
  const fhirPath = {
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'operation',
        part: [
          { name: 'type', valueCode: 'add' },
          { name: 'path', valueString: 'Patient' },
          { name: 'name', valueString: 'managingOrganization' },
          { name: 'value', valueReference: { reference: A } }
        ]
      }
    ]
  }
  const patch = (resource: object, url: string, more = {}): Entry => ({ resource, request: { method: 'PATCH', url, ...more } })
  const answer = await send(
    built,
    patch(jsonPatch({ op: 'replace', path: '/gender', value: 'male' }), 'Patient/a'),
    patch(fhirPath, 'Patient/b', { ifMatch: 'W/"1"' }),
    create({ resourceType: 'Organization', name: 'Ward' }, A),
    patch(jsonPatch({ op: 'replace', path: '/gender', value: 'other' }), 'Patient?identifier=urn:mrn|c')
  )
  t.strictSame(statuses(answer), ['200', '200', '201', '200'])
  t.equal((await stored(built, answer, 0)).gender, 'male')
  t.equal(`${(await stored(built, answer, 1)).managingOrganization.reference}/_history/1`, answer.json.entry[2].response.location)
  t.equal((await stored(built, answer, 3)).gender, 'other')
  for (const [what, status, entry] of [
    ['what is not there', 404, patch(jsonPatch({ op: 'remove', path: '/gender' }), 'Patient/never')],
    ['no match', 404, patch(jsonPatch({ op: 'remove', path: '/gender' }), 'Patient?identifier=urn:mrn|never')],
    ['another version', 412, patch(jsonPatch({ op: 'remove', path: '/gender' }), 'Patient/a', { ifMatch: 'W/"9"' })],
    ['a resource that is no patch', 400, patch(patient(), 'Patient/a')],
    ['a result that is not valid', 422, patch(jsonPatch({ op: 'replace', path: '/gender', value: 'x' }), 'Patient/a')]
  ] as const) {
    const failed = await send(built, create(patient()), entry)
    t.equal(failed.status, status, what)
    t.match(failed.json.issue[0].expression[0], 'Bundle.entry[1]', what)
  }
  t.equal(await total(built, 'Patient'), 3)
})

t.test('reads, searches and HEAD see what the transaction wrote; 304 is no failure', async (t) => {
  const built = await build(t)
  await built.ask('PUT', '/fhir/Patient/a', { body: patient({ id: 'a' }) })
  const answer = await send(
    built,
    other('GET', 'Patient/new'),
    other('GET', 'Patient?gender=other'),
    other('GET', 'Patient/a', { ifNoneMatch: 'W/"1"' }),
    other('HEAD', 'Patient/a'),
    other('GET', '/Patient/a/_history/1'),
    put(patient({ id: 'new', gender: 'other' }), 'Patient/new')
  )
  t.strictSame(statuses(answer), ['200', '200', '304', '200', '200', '201'])
  t.equal(answer.json.entry[0].resource.id, 'new')
  t.equal(answer.json.entry[1].resource.entry[0].resource.id, 'new')
  t.equal(answer.json.entry[2].resource, undefined)
  t.equal(answer.json.entry[3].resource, undefined)
  t.match(answer.json.entry[3].response.etag, 'W/"1"')
  const gone = await send(built, other('GET', 'Patient/a'), other('DELETE', 'Patient/a'))
  t.equal(gone.status, 410, 'what is deleted cannot be read')
  t.equal((await built.ask('GET', '/fhir/Patient/a')).status, 200)
})

t.test('Prefer: without it only where things are; representation shows the resources, OperationOutcome tells of success', async (t) => {
  const built = await build(t)
  const ask = (prefer?: string) =>
    built.ask('POST', '/fhir', { body: bundle(create(patient())), ...(prefer === undefined ? {} : { headers: { prefer } }) })
  t.equal((await ask()).json.entry[0].resource, undefined)
  t.equal((await ask('return=minimal')).json.entry[0].resource, undefined)
  const whole = (await ask('return=representation')).json.entry[0]
  t.equal(whole.resource.gender, 'female')
  t.equal(`Patient/${whole.resource.id}/_history/1`, whole.response.location)
  t.equal(whole.fullUrl, `http://localhost:80/fhir/Patient/${whole.resource.id}`)
  t.match((await ask('return=OperationOutcome')).json.entry[0].response.outcome, { issue: [{ severity: 'information' }] })
})

t.test('each entry needs the right to do what it does', async (t) => {
  const built = await build(t)
  await built.ask('PUT', '/fhir/Patient/a', { body: patient({ id: 'a' }) })
  const as = (role: string, ...entry: Entry[]) => built.ask('POST', '/fhir', { body: bundle(...entry), token: built.token(role) })
  t.equal((await as('data-entry', create(patient()), other('DELETE', 'Patient/a'))).status, 403)
  t.equal((await as('analyst', create(patient()))).status, 403)
  t.equal((await as('analyst', other('GET', 'Patient/a'))).status, 200)
  t.equal(await total(built, 'Patient'), 1)
  t.equal((await built.ask('POST', '/fhir', { body: bundle(), token: false })).status, 401)
})

t.test('what is no Bundle of type batch or transaction is 400 and says so', async (t) => {
  const { ask } = await build(t)
  for (const [body, expression, text] of [
    [patient(), 'Resource.resourceType', 'A Bundle of type batch or transaction is expected here; a Patient is sent to [base]/[type]'],
    [{ resourceType: 'Bundle', type: 'collection' }, 'Bundle.type', 'Bundle.type must be batch or transaction here, not "collection"'],
    [{ resourceType: 'Bundle' }, 'Bundle.type', 'Bundle.type must be batch or transaction here, not null'],
    [{ resourceType: 'Bundle', type: 'transaction', entry: {} }, 'Bundle.entry', 'Bundle.entry must be an array'],
    [{ resourceType: 'Bundle', type: 'transaction', ward: 1 }, 'Bundle', '"ward" is not an element of Bundle']
  ] as const) {
    const answer = await ask('POST', '/fhir', { body })
    t.equal(answer.status, 400, text)
    t.match(answer.json.issue[0].details.text, text)
    t.equal(answer.json.issue[0].expression[0], expression)
  }
  t.equal((await ask('POST', '/fhir', { body: '{"resourceType":"Bundle"' })).status, 400)
  t.equal((await ask('POST', '/fhir/', { body: bundle() })).status, 200, 'a slash at the end makes no difference')
})

t.test('two entries of one fullUrl are refused (bdl-7)', async (t) => {
  const built = await build(t)
  const answer = await send(built, create(patient(), A), create(patient(), A))
  t.equal(answer.status, 400)
  t.strictSame(answer.json.issue[0].expression, ['Bundle.entry[1].fullUrl'])
})

t.test('referential integrity looks at a transaction as a whole: circles are right, what leads to nothing names its entry', async (t) => {
  const built = await build(t, { referentialIntegrity: 'on' })
  const linked = (other: string) => patient({ link: [{ other: { reference: other }, type: 'seealso' }] })
  const circle = await send(built, create(linked(B), A), create(linked(A), B))
  t.strictSame(statuses(circle), ['201', '201'])
  const dangling = await send(built, create(patient()), create(linked('Patient/never')))
  t.equal(dangling.status, 422)
  t.strictSame(dangling.json.issue[0].expression, ['Bundle.entry[1].resource.link[0].other'])
  const names = circle.json.entry.map(({ response }: { response: { location: string } }) => response.location.replace(/\/_history.*/, ''))
  t.equal((await send(built, other('DELETE', names[0]))).status, 409)
  t.strictSame(statuses(await send(built, other('DELETE', names[0]), other('DELETE', names[1]))), ['204', '204'])
})

t.test('operations that change nothing are part of a transaction, others are refused', async (t) => {
  const built = await build(t)
  const validated: Entry = { resource: patient(), request: { method: 'POST', url: 'Patient/$validate' } }
  const answer = await send(built, create(patient()), validated)
  t.strictSame(statuses(answer), ['201', '200'])
  t.equal(answer.json.entry[1].resource.resourceType, 'OperationOutcome')
  const parameters = { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'x' }] } }] }
  await built.ask('PUT', '/fhir/Patient/a', { body: patient({ id: 'a' }) })
  const changing = await send(built, create(patient()), { resource: parameters, request: { method: 'POST', url: 'Patient/a/$meta-add' } })
  t.equal(changing.status, 501)
  t.strictSame(changing.json.issue[0].expression, ['Bundle.entry[1]'])
  t.equal(await total(built, 'Patient'), 2)
})

t.test('while a transaction of 5,000 entries runs, other requests are answered', async (t) => {
  const built = await build(t)
  await built.ask('PUT', '/fhir/Patient/p', { body: patient({ id: 'p' }) })
  const urn = (n: number) => `urn:uuid:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
  const entries = Array.from({ length: 5000 }, (_, n) =>
    create({ ...observation('x', '2026-01-01'), subject: { reference: urn(0) } }, urn(n + 1))
  )
  let running = true
  const posted = send(built, create(patient(), urn(0)), ...entries).finally(() => {
    running = false
  })
  let answered = 0
  while (running) {
    const { status } = await built.ask('GET', '/fhir/Patient/p')
    if (status === 200 && running) answered++
    // An injected request never leaves this turn of the event loop by itself.
    await new Promise((resolve) => setImmediate(resolve))
  }
  const answer = await posted
  t.equal(answer.status, 200)
  t.equal(answer.json.entry.length, 5001)
  t.equal(await total(built, 'Observation'), 5000)
  const name = answer.json.entry[0].response.location.replace(/\/_history.*/, '')
  t.equal((await stored(built, answer, 5000)).subject.reference, name)
  t.ok(answered > 20, `${answered} reads were answered meanwhile`)
})

const SYNTHEA = new URL('../../../shared/data/synthea/', import.meta.url)

t.test(
  'bundles of Synthea are stored whole, with every urn: reference replaced',
  { skip: existsSync(SYNTHEA) ? false : 'the folder of Synthea bundles is not here' },
  async (t) => {
    const built = await build(t)
    const files = readdirSync(SYNTHEA).filter((name) => name.endsWith('.json.gz'))
    // Hospitals come first: patients refer to them by condition.
    const order = [
      ...files.filter((name) => name.startsWith('hospital')),
      ...files.filter((name) => !name.startsWith('hospital')).slice(0, 5)
    ]
    for (const name of order) {
      const text = gunzipSync(readFileSync(new URL(name, SYNTHEA))).toString()
      const answer = await built.ask('POST', '/fhir', { body: text, headers: { prefer: 'return=representation' } })
      t.equal(answer.status, 200, name)
      const { entry } = JSON.parse(text)
      t.equal(answer.json.entry.length, entry.length)
      t.notMatch(answer.text, '"urn:uuid:')
      t.notMatch(answer.text, /"reference":"[A-Z][A-Za-z]+\?/)
      t.ok(answer.json.entry.every(({ response }: { response: { status: string } }) => /^20[01]/.test(response.status)))
    }
  }
)
