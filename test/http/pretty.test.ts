import t from 'tap'
import { prettyJson } from '#wardbridge/http/fhir/pretty.js'

t.test('indents like JSON.stringify, and keeps numbers and strings as written', async (t) => {
  const value = { a: [1, { b: 'x:{"[,]}\\' }, [], {}], c: null, d: true, e: '\u2028"\n' }
  t.equal(prettyJson(JSON.stringify(value)), JSON.stringify(value, null, 2))
  t.equal(prettyJson('{"value":1.00,"exp":1e-3,"s":"\\u00e9"}'), '{\n  "value": 1.00,\n  "exp": 1e-3,\n  "s": "\\u00e9"\n}')
})

t.test('strings of many megabytes are no burden', async (t) => {
  const text = JSON.stringify({ data: 'A"\\'.repeat(6_000_000) })
  t.ok(prettyJson(text) === `{\n  ${text.slice(1, 7)}: ${text.slice(8, -1)}\n}`)
})
