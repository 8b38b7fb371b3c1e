import t from 'tap'
import { compactJson, joinBody, splitBody } from '#wardbridge/fhir/json.js'
import { Random, randomJson, randomMembers, randomString } from './random.js'

const STAMP = Date.UTC(2026, 0, 2, 3, 4, 5, 6)
const join = (text: string, id = 'x1') => joinBody(splitBody(text, id), '7', STAMP)

t.test('sets id and meta and leaves every other byte alone', async (t) => {
  const meta = '"versionId":"7","lastUpdated":"2026-01-02T03:04:05.006Z"'
  const cases: Array<[name: string, text: string, stored: string, content: string]> = [
    [
      'id in place',
      '{"resourceType":"A","id":"o","x":1.0}',
      `{"resourceType":"A","id":"x1","meta":{${meta}},"x":1.0}`,
      '{"resourceType":"A","id":"x1","x":1.0}'
    ],
    [
      'no id',
      '{"resourceType":"A","x":1.0}',
      `{"resourceType":"A","id":"x1","meta":{${meta}},"x":1.0}`,
      '{"resourceType":"A","id":"x1","x":1.0}'
    ],
    ['nothing else', '{"resourceType":"A"}', `{"resourceType":"A","id":"x1","meta":{${meta}}}`, '{"resourceType":"A","id":"x1"}'],
    [
      'id first',
      '{"id":"o","x":{},"resourceType":"A"}',
      `{"id":"x1","meta":{${meta}},"x":{},"resourceType":"A"}`,
      '{"id":"x1","x":{},"resourceType":"A"}'
    ],
    [
      'empty meta',
      '{"resourceType":"A","id":"x1","meta":{},"x":1}',
      `{"resourceType":"A","id":"x1","meta":{${meta}},"x":1}`,
      '{"resourceType":"A","id":"x1","x":1}'
    ],
    [
      'meta kept',
      '{"resourceType":"A","id":"x1","meta":{"lastUpdated":"o","profile":["p"],"versionId":"1","extension":[{"url":"u"}]}}',
      `{"resourceType":"A","id":"x1","meta":{${meta},"profile":["p"],"extension":[{"url":"u"}]}}`,
      '{"resourceType":"A","id":"x1","meta":{"profile":["p"],"extension":[{"url":"u"}]}}'
    ],
    [
      'meta first and emptied',
      '{"meta":{"versionId":"1","lastUpdated":"o"},"id":"o","resourceType":"A"}',
      `{"meta":{${meta}},"id":"x1","resourceType":"A"}`,
      '{"id":"x1","resourceType":"A"}'
    ],
    [
      'meta before resourceType, no id',
      '{"meta":{"tag":[]},"resourceType":"A","x":[]}',
      `{"meta":{${meta},"tag":[]},"resourceType":"A","id":"x1","x":[]}`,
      '{"meta":{"tag":[]},"resourceType":"A","id":"x1","x":[]}'
    ],
    [
      'white space',
      ' { "resourceType" : "A" ,\n "id" : "o" , "s" : " a " } ',
      `{"resourceType":"A","id":"x1","meta":{${meta}},"s":" a "}`,
      '{"resourceType":"A","id":"x1","s":" a "}'
    ]
  ]
  for (const [name, text, stored, content] of cases) {
    t.equal(join(text), stored, name)
    t.equal(splitBody(text, 'x1').content, content, `${name}: content`)
    t.equal(splitBody(stored, 'x1').content, content, `${name}: content of what was stored`)
  }
})

t.test('holds for random resources wherever id and meta stand', async (t) => {
  const random = new Random(11)
  for (let i = 0; i < 800; i++) {
    const space = random.chance(0.5)
    const metaRest = randomMembers(random, 2, space, 3, ['versionId', 'lastUpdated'])
    const clients = ['"versionId":"99"', '"lastUpdated" : "2020-01-01T00:00:00Z"', '"\\u0076ersionId":"12"'].filter(
      (_, n) => n !== (i % 2) * 2
    )
    const shuffle = (items: string[]) =>
      items
        .map((item) => [random.next(), item] as const)
        .sort((a, b) => a[0] - b[0])
        .map(([, item]) => item)
    const others = randomMembers(random, 3, space, 4, ['id', 'meta'])
    const head = ['"resourceType":"Patient"', ...(random.chance(0.7) ? [`"id":${randomString(random)}`] : [])]
    const place = random.int(1e9)
    const build = (meta: string | undefined) => {
      const local = new Random(place)
      const members = [...head, ...others, ...(meta === undefined ? [] : [`"meta":{${meta}}`])]
      return `{${members
        .map((item) => [local.next(), item] as const)
        .sort((a, b) => a[0] - b[0])
        .map(([, item]) => item)
        .join(',')}}`
    }
    const bare = build(metaRest.length > 0 || random.chance(0.5) ? metaRest.join(',') : undefined)
    const withClient = build(shuffle([...metaRest, ...clients.slice(0, 1 + random.int(2))]).join(','))

    const split = splitBody(bare, 'x1')
    if (split.resourceType !== 'Patient') t.fail('resourceType')
    const expected = JSON.parse(bare)
    expected.id = 'x1'
    const content = JSON.parse(split.content)
    const { meta: contentMeta = {}, ...contentRest } = content
    const { meta: expectedMeta = {}, ...expectedRest } = expected
    t.same(contentRest, expectedRest) || t.comment(bare)
    t.same(contentMeta, expectedMeta) || t.comment(bare)

    const stored = joinBody(split, '7', STAMP)
    t.same(JSON.parse(stored), { ...expectedRest, meta: { versionId: '7', lastUpdated: '2026-01-02T03:04:05.006Z', ...expectedMeta } }) ||
      t.comment(bare)
    if (compactJson(stored) !== stored) t.fail(`not compact: ${stored}`)
    if (splitBody(stored, 'x1').content !== split.content) t.fail(`not stable: ${bare}`)
    // The order of what is left in meta is the client's; without shuffling the rest, the content is the same text.
    const again = splitBody(build([...clients.slice(0, 1), ...metaRest, ...clients.slice(1, 2)].join(',')), 'x1')
    if (again.content !== split.content) t.fail(`depends on the client's versionId: ${bare}`)
    t.same(JSON.parse(splitBody(withClient, 'x1').content).meta ?? {}, contentMeta) || t.comment(withClient)
  }
})

t.test('refuses bodies it cannot split', async (t) => {
  t.throws(() => splitBody('{"id":"a"}', 'a'), { code: 'resource.type' })
  t.throws(() => splitBody('{"resourceType":1}', 'a'), { code: 'resource.type' })
  t.throws(() => splitBody('{"resourceType":"A","meta":[]}', 'a'), { code: 'resource.invalid', expression: 'A.meta' })
  t.throws(() => splitBody('{"resourceType":"A","id":"1","\\u0069d":"2"}', 'a'), { code: 'json.syntax' })
  t.throws(() => splitBody('{"resourceType":"A","meta":{"versionId":"1","versionId":"2"}}', 'a'), { code: 'json.syntax' })
  t.throws(() => splitBody('{"resourceType":"A","meta":{},"meta":{}}', 'a'), { code: 'json.syntax' })
})

t.test('never loops on text that is not JSON', async (t) => {
  const random = new Random(3)
  for (let i = 0; i < 2000; i++) {
    const text = `{"resourceType":"A","id":"1",${randomJson(random, 3).slice(random.int(4))}`
    try {
      splitBody(text.slice(0, random.int(text.length)), 'a')
    } catch (error) {
      if (!(error instanceof SyntaxError) && (error as { code?: string }).code === undefined) t.fail(String(error))
    }
  }
  t.pass()
})
