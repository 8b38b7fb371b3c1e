import t from 'tap'
import { isNotModified, parseConditions, parsePrefer } from '#wardbridge/http/fhir/headers.js'

t.test('Prefer: return and handling, in any spelling RFC 7240 allows', async (t) => {
  t.strictSame(parsePrefer(undefined), { return: 'representation', handling: 'lenient' })
  t.strictSame(parsePrefer('return=minimal, handling=strict'), { return: 'minimal', handling: 'strict' })
  t.strictSame(parsePrefer(['Return="OperationOutcome"', 'handling = strict']), { return: 'OperationOutcome', handling: 'strict' })
  t.strictSame(
    parsePrefer('return=minimal; foo="a", return=representation'),
    { return: 'minimal', handling: 'lenient' },
    'the first one counts'
  )
  t.strictSame(parsePrefer('return=everything, handling, respond-async'), { return: 'representation', handling: 'lenient' })
})

t.test('If-Match and If-None-Match name versions, weak or strong, or any with *', async (t) => {
  t.strictSame(parseConditions({}), {})
  for (const header of ['if-match', 'if-none-match'] as const) {
    const parse = (text: string) => Object.values(parseConditions({ [header]: text }))
    t.strictSame(parse('W/"3"'), ['3'])
    t.strictSame(parse('"3"'), ['3'])
    t.strictSame(parse(' * '), ['*'])
    t.strictSame(parse('W/"1", "2" ,W/"3"'), [['1', '2', '3']])
    t.strictSame(parse(', W/"1",,'), ['1'], 'empty elements of a list are passed over')
    for (const text of ['3', 'W/3', '""', 'W/"1", 2', '"1', 'W/"a b"', '', '*, W/"1"', 'w/"1"'])
      t.throws(() => parse(text), { code: 'http.bad-request' }, text)
  }
})

t.test('not modified: the same ETag, or nothing newer than the date in whole seconds', async (t) => {
  const current = { versionId: '3', lastUpdated: Date.UTC(2026, 0, 1, 0, 0, 0, 700) }
  t.ok(isNotModified({ 'if-none-match': 'W/"3"' }, current))
  t.ok(isNotModified({ 'if-none-match': '"1", "3"' }, current))
  t.ok(isNotModified({ 'if-none-match': '*' }, current))
  t.notOk(isNotModified({ 'if-none-match': 'W/"2"' }, current))
  t.ok(isNotModified({ 'if-modified-since': 'Thu, 01 Jan 2026 00:00:00 GMT' }, current))
  t.notOk(isNotModified({ 'if-modified-since': 'Wed, 31 Dec 2025 23:59:59 GMT' }, current))
  t.notOk(isNotModified({ 'if-modified-since': 'yesterday' }, current))
  t.notOk(isNotModified({ 'if-none-match': '"2"', 'if-modified-since': 'Thu, 01 Jan 2026 00:00:00 GMT' }, current), 'If-None-Match wins')
  t.notOk(isNotModified({}, current))
})
