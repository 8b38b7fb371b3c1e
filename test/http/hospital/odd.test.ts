/** Whatever is sent to a route of /rest: an answer or a problem that says what is wrong, never a failure of the server. */
import t from 'tap'
import { ROUTES } from '#wardbridge/http/hospital/routes.js'
import { build } from '../../helper.js'

const KEYS = ['1', '%00', 'a%2Fb', '%F0%9F%98%80', 'x'.repeat(300), '%22', 'a|b', '-1', '9'.repeat(40), '%E0%A4%A']
const BODIES = [
  '',
  'null',
  '"x"',
  '{"subject_id":1e400}',
  '{"subject_id":{"a":1}}',
  '{"gender":"\\ud800"}',
  '{"__proto__":1}',
  '{"subject_id":1,"admittime":"9999-12-31 23:59:59","unit":"|,$\\\\","bed":"..//"}',
  '{"subject_id":1,"admittime":"0001-01-01T00:00:00+14:00","dischtime":"0001-01-01T00:00Z"}',
  '{"question":"  ","answer":" ","reason":" "}',
  '\ufeff{}'
]

t.test('odd keys, parameters and bodies over every route', async (t) => {
  const { ask } = await build(t)
  const headers = { 'content-type': 'application/json' }
  t.equal((await ask('POST', '/rest/user', { headers, body: '{"subject_id":1}' })).status, 201)
  for (const { method, url, list } of ROUTES) {
    for (const key of KEYS) {
      const query = list === true ? `?subject_id=${key}&limit=${key}&cursor=${key}` : ''
      const address = `/rest${url.replace(/:\w+/g, key)}${query}`
      for (const body of method === 'GET' || method === 'DELETE' ? [''] : BODIES) {
        const answer = await ask(method, address, body === '' ? {} : { headers, body })
        const type = answer.headers['content-type'] ?? ''
        const isFine = answer.status < 500 && (answer.status < 400 || type.startsWith('application/problem+json'))
        if (!isFine) t.fail(`${method} ${url}: ${answer.status} ${type}`, { key, body, text: answer.text })
      }
    }
  }
})
