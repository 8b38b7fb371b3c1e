import t from 'tap'
import { build, patient } from '../helper.js'

/** Seeded: every run sends the same requests. */
function generator(seed: number) {
  const next = (limit: number) => (seed = (seed * 48_271) % 2_147_483_647) % limit
  return { next, pick: <T>(items: readonly T[]): T => items[next(items.length)]! }
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const
const TYPES = [
  'Patient',
  'Observation',
  'Starship',
  'Resource',
  'DomainResource',
  'metadata',
  '$x',
  '%00',
  '%ff',
  '..',
  '__proto__',
  'constructor',
  ''
]
const IDS = [
  'p1',
  'never',
  'a'.repeat(64),
  'a'.repeat(65),
  'a'.repeat(300),
  '_search',
  '_history',
  '%',
  '%zz',
  '%2F',
  '%00',
  '%E2%82',
  '漢',
  '-',
  '.',
  '..',
  '__proto__',
  ' ',
  ''
]
const VERSIONS = ['1', '0', '-1', '99999999999999999999', '1e3', 'x', '%ff', '']
const NAMES = [
  '_id',
  'name',
  'birthdate',
  'identifier',
  'code',
  'date',
  'patient',
  'value-quantity',
  '_count',
  '_cursor',
  '_lastUpdated',
  '_total',
  '_summary',
  '_format',
  '_pretty',
  '_sort',
  '_since',
  '_at',
  'name:exact',
  'name:',
  ':missing',
  'code:not',
  '__proto__',
  'toString',
  '%ff',
  'x'.repeat(500),
  ''
]
const VALUES = [
  'p1',
  '',
  '|',
  '||',
  '|||',
  'a|b|c',
  ',',
  ',,,',
  '\\',
  '\\,',
  'ge',
  'ge2100',
  '2100-13-45',
  '9999-99-99T99:99:99Z',
  '1e400',
  '-0',
  'NaN',
  '5.40|http://unitsofmeasure.org|g',
  '%',
  '%zz',
  '%ff',
  '%00',
  '\u0000',
  '"',
  "'; DROP TABLE resource; --",
  'xml',
  'json',
  '-1',
  '1001',
  '99999999999999999999',
  'Patient/',
  '/',
  'http://',
  'x'.repeat(5000)
]
const BODIES = [
  '',
  '{',
  'null',
  '[]',
  '""',
  '1',
  'true',
  '{}',
  '{"resourceType":null}',
  '{"resourceType":"Patient"}',
  '{"resourceType":"Patient","id":"p1","id":"p2"}',
  '{"resourceType":"Patient","id":1}',
  '{"resourceType":"Patient","__proto__":{"x":1}}',
  '{"resourceType":"Patient","constructor":{"prototype":{"x":1}}}',
  '{"resourceType":"Patient","meta":null}',
  '{"resourceType":"Patient","meta":[]}',
  '{"resourceType":"Patient","meta":{"versionId":7,"lastUpdated":"never"}}',
  '{"resourceType":"Patient","name":[null]}',
  '{"resourceType":"Patient","name":"x"}',
  '{"resourceType":"Patient","active":"yes"}',
  '{"resourceType":"Patient","multipleBirthInteger":1e999}',
  '{"resourceType":"Patient","contained":[{"resourceType":"Patient"}]}',
  '{"resourceType":"Patient","name":[{"family":"\\ud800"}]}',
  '{"resourceType":"Patient","name":[{"family":"a\\u0000b"}]}',
  '{"resourceType":"Patient","id":"p1"} trailing',
  '\ufeff{"resourceType":"Patient"}',
  '['.repeat(20_000),
  '{"a":'.repeat(20_000),
  '{"resourceType":"Patient","extension":' + '[{"extension":'.repeat(2000) + '[]' + '}]'.repeat(2000) + '}',
  `{"resourceType":"Patient","name":[{"family":"${'x'.repeat(100_000)}"}]}`,
  Buffer.from([0xff, 0xfe, 0x00]),
  '[{"op":"remove","path":"/name/0"}]',
  '[{"op":"add","path":"/name/99999999999","value":{}},{"op":"copy","from":"","path":"/x"}]',
  '[{"op":"test","path":"/__proto__/x","value":1e999},null,{}]',
  '{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"delete"},{"name":"path","valueString":"Patient.name["}]}]}',
  '{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"add"},{"name":"path","valueString":"Patient.name.first().given & 1"},{"name":"name","valueString":"__proto__"},{"name":"value","part":[{"name":"x"}]}]}]}',
  '{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[null,7,{"code":{}}],"profile":"x"}}]}',
  JSON.stringify(patient({ id: 'p1' }))
]
const CONTENT_TYPES = [
  'application/fhir+json',
  'application/json',
  'application/json;charset=utf-16',
  'application/x-www-form-urlencoded',
  'application/json-patch+json',
  'text/plain',
  'application/fhir+xml',
  'multipart/form-data',
  ';',
  'a/b/c',
  '/',
  '\u00e9'
]
const HEADERS: ReadonlyArray<readonly [string, readonly string[]]> = [
  ['accept', ['application/fhir+xml', '*/*', ';;;', ',', 'application/json;q=x', '', 'application/fhir+json;fhirVersion="5']],
  ['if-match', ['W/"1"', '"1"', '*', '1', '', 'W/"', 'W/"' + 'x'.repeat(100) + '"']],
  ['if-none-match', ['*', 'W/"1"', ',', '']],
  ['if-modified-since', ['yesterday', '', '-1', 'Thu, 99 Xxx 9999 99:99:99 GMT']],
  ['if-none-exist', ['identifier=1', '%', '', '?', 'Observation?x', '_id=p1&_count=0', 'name:exact']],
  ['content-encoding', ['gzip', 'deflate', 'br', 'identity', '', 'GZIP, x']],
  ['accept-encoding', ['gzip', 'br;q=0', ';', '']],
  ['prefer', ['return=minimal', 'return=', '=,=;=', 'handling=strict', 'x'.repeat(1000)]],
  ['host', ['localhost', 'a b', '"', 'x'.repeat(300), '[::1', '漢'.length > 1 ? 'x' : 'localhost']],
  ['x-forwarded-host', ['"', 'evil.example.org']],
  ['authorization', ['Bearer', 'Basic x', 'Bearer ' + 'x'.repeat(3000), 'Bearer a.b.c', 'Bearer ..']]
]

t.test('900 malformed requests over all routes: never 5xx, always an OperationOutcome with a 4xx, and the server goes on', async (t) => {
  const { ask, log } = await build(t)
  await ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p1' }) })
  await ask('PUT', '/fhir/Patient/untouched', { body: patient({ id: 'untouched' }) })
  const { next, pick } = generator(20_100_101)
  const statuses = new Map<number, number>()

  for (let round = 0; round < 900; round++) {
    const path = pick([
      () => `/fhir/${pick(TYPES)}`,
      () => `/fhir/${pick(TYPES)}/${pick(IDS)}`,
      () => `/fhir/Patient/${pick(IDS)}`,
      () => `/fhir/Patient/p1/_history/${pick(VERSIONS)}`,
      () => `/fhir/${pick(TYPES)}/_search`,
      () =>
        `/fhir/${pick(['Patient/p1/', 'Patient/never/', 'Patient/', ''])}${pick(['_history', '$meta', '$meta-add', '$meta-delete', '$x'])}`,
      () => '/fhir/Patient',
      () => '/fhir/Observation',
      () =>
        `/${pick(['', 'livez', 'readyz', 'version', 'docs', 'docs/json', 'docs/static/%2e%2e/x', 'assets/%2e%2e%2fx', 'assets/', 'fhir', 'fhir/', 'x/%'])}`
    ])()
    const query = Array.from({ length: next(4) }, () => `${pick(NAMES)}=${pick(VALUES).replace(/[ #]/g, '+')}`).join(pick(['&', '&&', ';']))
    const headers: Record<string, string> = {}
    for (let count = next(3); count > 0; count--) {
      const [name, values] = pick(HEADERS)
      headers[name] = pick(values)
    }
    const method = pick(METHODS)
    const body = next(2) === 0 ? undefined : pick(BODIES)
    if (body !== undefined) headers['content-type'] = pick(CONTENT_TYPES)
    const url = encodeURI(query === '' ? path : `${path}?${query}`).replaceAll('%25', '%')

    const answer = await ask(method, url, { headers, ...(body === undefined ? {} : { body }) })
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
    const request = `round ${round}: ${method} ${url.slice(0, 120)} ${JSON.stringify(headers).slice(0, 200)} ${String(body).slice(0, 60)}`
    // 501 is the answer to the preconditions that are not there yet: a plain no, not a failure.
    if (answer.status >= 500 && answer.status !== 501) t.fail(`${answer.status} to ${request}: ${log.at(-2)}`)
    if (answer.status >= 400 && method !== 'HEAD' && !answer.text.startsWith('{"resourceType":"OperationOutcome"')) {
      t.fail(`no OperationOutcome to ${request}: ${answer.text.slice(0, 200)}`)
    }
  }
  t.ok((statuses.get(400) ?? 0) > 50 && (statuses.get(404) ?? 0) > 50, `the requests reach the handlers: ${JSON.stringify([...statuses])}`)
  t.equal((await ask('GET', '/fhir/Patient/untouched')).status, 200)
  t.equal((await ask('GET', '/readyz')).status, 200)
})
