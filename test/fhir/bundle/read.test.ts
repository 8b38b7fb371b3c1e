import t from 'tap'
import { type Link, splice } from '#wardbridge/fhir/bundle/links.js'
import { narrativeLinks } from '#wardbridge/fhir/bundle/narrative.js'
import { type RequestBundle, readBundle } from '#wardbridge/fhir/bundle/read.js'
import { parseTarget, relativeUrl } from '#wardbridge/fhir/bundle/request.js'
import { Random } from '../random.js'

const BASE = 'http://localhost/fhir'

/** Every resource of a bundle with its links replaced. */
function rewritten(text: string, { entries }: RequestBundle, replace: (link: Link) => string): string[] {
  return entries.map(({ resource, links }) => splice(text, resource!.start, resource!.end, links, replace))
}

t.test('relativeUrl: the base of this server and a slash in front go away; an update may name any base', (t) => {
  for (const [url, method, expected] of [
    ['Patient/1', 'GET', 'Patient/1'],
    ['/Patient/1', 'GET', 'Patient/1'],
    [`${BASE}/Patient?name=x`, 'GET', 'Patient?name=x'],
    ['http://elsewhere.org/fhir/Patient/1', 'GET', undefined],
    ['http://elsewhere.org/Patient/fhir/Patient/1', 'PUT', 'Patient/1'],
    ['http://elsewhere.org/fhir/Patient?identifier=http://a/b', 'PUT', 'Patient?identifier=http://a/b'],
    ['http://elsewhere.org/nothing', 'PUT', undefined]
  ] as const) {
    t.equal(relativeUrl(url, method, BASE), expected, `${method} ${url}`)
  }
  t.end()
})

t.test('parseTarget: Type, Type/id, Type?query, and nothing else', (t) => {
  t.strictSame(parseTarget('Patient'), { type: 'Patient', id: undefined, query: undefined })
  t.strictSame(parseTarget('Patient/a.1-B'), { type: 'Patient', id: 'a.1-B', query: undefined })
  t.strictSame(parseTarget('Patient?a=b?c'), { type: 'Patient', id: undefined, query: 'a=b?c' })
  for (const url of ['', 'Starship/1', 'Patient/1/_history/2', 'Patient/a_b', 'Patient/$validate'])
    t.equal(parseTarget(url), undefined, url)
  t.end()
})

t.test('narrativeLinks: href of a and src of img, in single or double quotes, with escapes of JSON and XML', (t) => {
  const find = (xhtml: string, source = JSON.stringify(xhtml)) =>
    narrativeLinks(source, xhtml).map(({ url, start, end }) => [url, source.slice(start, end)])
  t.strictSame(find('<div><a href="x">y</a><img alt="é" src=\'z\'/></div>'), [
    ['x', 'x'],
    ['z', 'z']
  ])
  t.strictSame(find('<a title="a > b" href="x"/>'), [], 'a bare > in a value is left alone')
  t.strictSame(find('<a href="?a=1&amp;b=2"/>'), [['?a=1&b=2', '?a=1&amp;b=2']])
  t.strictSame(find('<link href="x"/><p href="y"/>'), [])
  t.strictSame(find('<a href="x"/>', '"\\u003ca href=\\u0022x\\u0022/\\u003e"'), [['x', 'x']])
  t.strictSame(find('<a href="é/x"/>', '"<a href=\\"\\u00e9/x\\"/>"'), [['é/x', '\\u00e9/x']])
  t.end()
})

t.test('random bundles: links are replaced, and every other byte stays', (t) => {
  const seeded = new Random(20261122)
  const random = () => seeded.next()
  const pick = <Value>(list: readonly Value[]): Value => list[Math.floor(random() * list.length)]!
  const space = () => pick(['', '', '', ' ', '\n  ', '\t'])
  for (let round = 0; round < 300; round++) {
    const size = 1 + Math.floor(random() * 6)
    const names = Array.from({ length: size }, (_, n) =>
      pick([`urn:uuid:0000000${n}-0000-4000-8000-000000000000`, `http://a.org/fhir/Patient/${n}`, `urn:oid:1.2.${n}`])
    )
    const outside = [
      'urn:uuid:ffffffff-0000-4000-8000-000000000000',
      'Patient/elsewhere',
      'http://b.org/x',
      '#c',
      'text with \\" and \\u00e9'
    ]
    // A mark stands where a link is: <<entry>>.
    const link = (escaped = false) => {
      if (random() < 0.4) return pick(outside)
      const entry = Math.floor(random() * size)
      const text = `<<${entry}>>`
      return escaped ? text : text + pick(['', '', '#part'])
    }
    const number = () => pick(['1', '1.0', '1.50', '-0', '1e3', '1E-7', '123456789012345678901234567890'])
    const element = (): string =>
      pick([
        () => `"subject":${space()}{"reference":${space()}"${link()}"}`,
        () => `"extension":[{"url":"http://x","valueUri":"${link(true)}"},{"url":"http://y","valueReference":{"reference":"${link()}"}}]`,
        () => `"valueQuantity":{"value":${number()}}`,
        () => `"text":{"status":"generated","div":"<div><a href=\\"${link(true)}\\">é</a>\\u00e9<img src='${link(true)}'/></div>"}`,
        () => `"code":{"text":"${pick(outside)}"}`,
        () => `"contained":[{"resourceType":"Device","id":"c","patient":{"reference":"${link()}"},"url":"${link(true)}"}]`
      ])()
    const templates = names.map(() => {
      const members = [...new Map(Array.from({ length: 4 }, element).map((text) => [/^"(\w+)"/.exec(text)![1], text])).values()]
      return `{${space()}"resourceType":${space()}"Observation",${members.join(`${space()},${space()}`)}${space()}}`
    })
    const fill = (text: string, name: (entry: number) => string) => text.replace(/<<(\d+)>>/g, (_, entry) => name(Number(entry)))
    const entries = templates.map(
      (template, n) =>
        `{"fullUrl":"${names[n]}",${space()}"resource":${fill(template, (entry) => names[entry]!)},"request":{"method":"POST","url":"Observation"}}`
    )
    const text = `${space()}{"resourceType":"Bundle","type":"transaction","entry":[${entries.join(`,${space()}`)}]}${space()}`
    const bundle = readBundle(text, BASE, { structure: false })
    const expected = templates.map((template) => fill(template, (entry) => `Observation/new-${entry}`))
    const actual = rewritten(text, bundle, ({ entry }) => `Observation/new-${entry}`)
    if (!t.strictSame(actual, expected, `round ${round}`)) break
  }
  t.end()
})

t.test('which entries answer a condition: tokens, strings, dates, references, ids', (t) => {
  const entry = (resource: object, more: object = {}) => ({
    resource,
    request: { method: 'POST', url: (resource as { resourceType: string }).resourceType, ...more }
  })
  const named = (family: string, birthDate: string, value: string) =>
    entry({
      resourceType: 'Patient',
      name: [{ family }],
      birthDate,
      identifier: [{ system: 'urn:a', value }],
      managingOrganization: { reference: 'Organization/o' }
    })
  const conditions: ReadonlyArray<readonly [string, readonly number[] | string]> = [
    ['Patient?identifier=urn:a|1', [0]],
    ['Patient?identifier=1', [0]],
    ['Patient?identifier=urn:b|1', []],
    ['Patient?family=ard', [0, 1]],
    ['Patient?family:exact=Arden', [1]],
    ['Patient?family:contains=DEN', [0, 1]],
    ['Patient?birthdate=1970', [0]],
    ['Patient?birthdate=ge1970&family=ard', [0, 1]],
    ['Patient?birthdate=lt1971', [0]],
    ['Patient?organization=Organization/o&identifier=2', [1]],
    ['Patient?gender:missing=true', [0, 1, 2]],
    ['Patient?_id=given', [2]],
    ['Patient?birthdate=ap1970', 'the prefix ap of birthdate']
  ]
  const bundle = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      named('Ardent', '1970-02-03', '1'),
      named('Arden', '1980', '2'),
      { resource: { resourceType: 'Patient', id: 'given' }, request: { method: 'PUT', url: 'Patient/given' } },
      ...conditions.map(([reference]) => entry({ resourceType: 'Basic', code: { text: 'x' }, subject: { reference } }))
    ]
  }
  const { answers } = readBundle(JSON.stringify(bundle), BASE)
  const found = new Map(answers)
  for (const [search, expected] of conditions) {
    const answer = found.get(search)
    if (typeof expected === 'string') t.equal(answer?.unknown, expected, search)
    else t.strictSame(answer?.entries, expected, search)
  }
  t.end()
})
