import t from 'tap'
import { build } from '../../helper.js'
import { logIn, makeAccount } from './people.js'

const VALUES: readonly unknown[] = [
  undefined,
  null,
  '',
  ' ',
  0,
  -1,
  true,
  [],
  {},
  'x'.repeat(5000),
  '\u0000',
  '\ud800',
  'é'.repeat(300),
  '__proto__',
  'constructor',
  '../../etc/passwd',
  "' OR 1=1 --",
  'eyJhbGciOiJub25lIn0.e30.',
  'a.b.c',
  'Patient/1',
  'administrator',
  'system/*.*',
  'https://[::1',
  { keys: [null] },
  { keys: 'x' },
  ['https://a.example.org', 7]
]

const ROUTES = [
  ['POST', '/auth/login', ['username', 'password', 'newPassword']],
  ['POST', '/auth/refresh', ['refresh_token']],
  ['POST', '/auth/password', ['password', 'newPassword']],
  ['POST', '/auth/accounts', ['username', 'role', 'fhirUser', 'password']],
  ['PATCH', '/auth/accounts/x', ['status', 'role', 'fhirUser']],
  ['POST', '/auth/clients', ['client_name', 'role', 'scope', 'jwks', 'jwks_uri', 'redirect_uris']],
  ['POST', '/auth/token', ['grant_type', 'scope', 'client_assertion_type', 'client_assertion', 'refresh_token', 'code', 'client_id']],
  ['POST', '/auth/revoke', ['token', 'token_type_hint']],
  ['POST', '/auth/authorize', ['client_id', 'redirect_uri', 'scope', 'username', 'password']]
] as const

t.test('whatever is sent is answered, and never by an unexpected error', async (t) => {
  const { ask } = await build(t, { loginFailures: 1000 })
  // Random, and the same every time.
  let seed = 7
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  for (let i = 0; i < 400; i++) {
    const [method, url, names] = ROUTES[random(ROUTES.length)]!
    const members = Object.fromEntries(names.flatMap((name) => (random(4) === 0 ? [] : [[name, VALUES[random(VALUES.length)]]])))
    const isForm = url === '/auth/token' || url === '/auth/revoke' || url === '/auth/authorize'
    if (url === '/auth/token' && random(2) === 0)
      members['grant_type'] = ['refresh_token', 'client_credentials', 'authorization_code'][random(3)]
    const body = isForm
      ? new URLSearchParams(Object.entries(members).map(([name, value]): [string, string] => [name, String(value)])).toString()
      : JSON.stringify(members)
    const answer = await ask(method, url, {
      body,
      headers: { 'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json' }
    })
    if (answer.status >= 500) t.fail(`${answer.status} ${method} ${url} ${body.slice(0, 500)}`)
  }
  for (const query of ['', '?', '?client_id=%zz', '?client_id=a&client_id=b', '?redirect_uri=x', `?state=${'x'.repeat(5000)}`]) {
    const answer = await ask('GET', `/auth/authorize${query}`, { token: false })
    t.equal(answer.status, 400, query.slice(0, 20))
  }
})

t.test('/auth/me says who a token speaks for', async (t) => {
  const built = await build(t)
  const id = await makeAccount(built, 'ada', 'physician', { fhirUser: 'Practitioner/2' })
  const { access_token } = await logIn(built, 'ada')
  t.strictSame((await built.ask('GET', '/auth/me', { token: access_token })).json, {
    subject: id,
    username: 'ada',
    role: 'physician',
    fhirUser: 'Practitioner/2'
  })
  t.strictSame((await built.ask('GET', '/auth/me')).json, { subject: 'test', role: 'administrator' })
  t.equal((await built.ask('GET', '/auth/me', { token: false })).status, 401)
})
