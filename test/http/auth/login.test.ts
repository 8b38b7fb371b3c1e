import t from 'tap'
import { build } from '../../helper.js'
import { logIn, makeAccount, PASSWORD, post, statusWith } from './people.js'

t.test('login gives a Bearer token for ten minutes and a refresh token, and neither is cached', async (t) => {
  const built = await build(t)
  const id = await makeAccount(built, 'ada')
  const answer = await post(built, '/auth/login', { username: 'Ada', password: PASSWORD })
  t.equal(answer.status, 200)
  t.equal(answer.headers['cache-control'], 'no-store')
  t.match(answer.json, { token_type: 'Bearer', expires_in: 600, access_token: String, refresh_token: /^[\w-]{43}$/ })
  const claims = JSON.parse(Buffer.from(answer.json.access_token.split('.')[1], 'base64url').toString())
  t.match(claims, { sub: id, role: 'analyst', iss: 'wardbridge', aud: 'wardbridge', sid: String, jti: String })
  t.equal(claims.exp - claims.iat, 600)
  t.equal(await statusWith(built, answer.json.access_token), 200)
  t.equal((await built.ask('POST', '/fhir/Patient', { token: answer.json.access_token, body: { resourceType: 'Patient' } })).status, 403)
})

t.test('a wrong password, an unknown username and a disabled account get the same answer', async (t) => {
  const built = await build(t)
  await makeAccount(built, 'ada')
  const id = await makeAccount(built, 'bob')
  await built.ask('PATCH', `/auth/accounts/${id}`, { body: { status: 'disabled' }, headers: { 'content-type': 'application/json' } })
  const answers = []
  for (const [username, password] of [
    ['ada', 'something else'],
    ['nobody-knows', PASSWORD],
    ['bob', PASSWORD],
    ['', 'x'],
    ['ada', '']
  ] as const) {
    answers.push(await post(built, '/auth/login', { username, password }))
  }
  const [wrong, unknown, disabled, ...empty] = answers
  for (const answer of [wrong!, unknown!, disabled!]) {
    t.equal(answer.status, 401)
    t.match(answer.json, { code: 'auth.login', status: 401 })
    t.strictSame({ ...answer.json, reference: '' }, { ...wrong!.json, reference: '' })
  }
  for (const answer of empty) t.equal(answer.status, 400)
})

t.test('what is no JSON object with the known members is 400, and never repeated', async (t) => {
  const built = await build(t)
  const headers = { 'content-type': 'application/json' }
  for (const body of [
    '{"username":"ada","password":"very-secret',
    '[]',
    '"very-secret"',
    'null',
    '{"username":1,"password":"very-secret"}',
    '{"pass":"very-secret"}'
  ]) {
    const answer = await built.ask('POST', '/auth/login', { body, token: false, headers })
    t.equal(answer.status, 400, body)
    t.match(answer.headers['content-type'], 'application/problem+json')
    t.notMatch(answer.text, 'very-secret')
  }
  t.equal(
    (await built.ask('POST', '/auth/login', { body: 'username=ada', token: false, headers: { 'content-type': 'text/plain' } })).status,
    415
  )
  t.equal((await built.ask('POST', '/auth/login', { body: `"${'x'.repeat(70_000)}"`, token: false, headers })).status, 413)
})

t.test('after ten failures an account waits, known or not, even with the right password; others do not', async (t) => {
  const built = await build(t)
  await makeAccount(built, 'ada')
  await makeAccount(built, 'bob')
  for (const username of ['ada', 'ghost']) {
    for (let i = 0; i < 10; i++) t.equal((await post(built, '/auth/login', { username, password: `wrong ${i}` })).status, 401)
    const locked = await post(built, '/auth/login', { username, password: PASSWORD })
    t.equal(locked.status, 429, username)
    t.match(locked.json, { code: 'auth.locked' })
    t.ok(Number(locked.headers['retry-after']) > 890 && Number(locked.headers['retry-after']) <= 900)
  }
  t.ok(await logIn(built, 'bob'))
  t.test('until an administrator lets it try again', async (t) => {
    const { id } = await built.identity.accounts.named('ada')
    await built.ask('PATCH', `/auth/accounts/${id}`, { body: { status: 'active' }, headers: { 'content-type': 'application/json' } })
    t.ok(await logIn(built, 'ada'))
  })
})

t.test('many guesses at the same time are counted before they are looked at', async (t) => {
  const built = await build(t, { loginFailures: 3 })
  await makeAccount(built, 'ada')
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, i) => post(built, '/auth/login', { username: 'ada', password: `guess ${i}` }))
  )
  t.strictSame(answers.map(({ status }) => status).sort(), [...Array(3).fill(401), ...Array(9).fill(429)])
})

t.test('an address that tries many usernames waits, and a success is not counted', async (t) => {
  const built = await build(t, { loginFailures: 1 })
  await makeAccount(built, 'ada')
  for (let i = 0; i < 25; i++) await logIn(built, 'ada')
  for (let i = 0; i < 20; i++) t.equal((await post(built, '/auth/login', { username: `name-${i}`, password: 'wrong' })).status, 401)
  t.equal((await post(built, '/auth/login', { username: 'ada', password: PASSWORD })).status, 429)
})

t.test('a one-time password must be replaced at the first login, and works once', async (t) => {
  const built = await build(t)
  const made = await post(built, '/auth/accounts', { username: 'ada', role: 'analyst' }, built.token())
  t.match(made.json, { mustChangePassword: true, oneTimePassword: /^(\w{5}-){3}\w{5}$/ })
  const { oneTimePassword: password } = made.json
  const refused = await post(built, '/auth/login', { username: 'ada', password })
  t.equal(refused.status, 403)
  t.match(refused.json, { code: 'auth.password-change' })
  for (const newPassword of ['short', password, 'ada-ada-ada-ada', 'aaaaaaaaaaaaaaa', 'x'.repeat(300)]) {
    const answer = await post(built, '/auth/login', { username: 'ada', password, newPassword })
    t.equal(answer.status, 422, newPassword.slice(0, 20))
    t.match(answer.json, { code: 'auth.password' })
    t.notMatch(answer.text, newPassword)
  }
  const changed = await post(built, '/auth/login', { username: 'ada', password, newPassword: PASSWORD })
  t.equal(changed.status, 200)
  t.equal(await statusWith(built, changed.json.access_token), 200)
  t.equal((await post(built, '/auth/login', { username: 'ada', password, newPassword: 'another phrase' })).status, 401)
  t.ok(await logIn(built, 'ada'))
})

t.test('changing the own password ends every session at once and gives a new one', async (t) => {
  const built = await build(t)
  await makeAccount(built, 'ada')
  const [one, two] = [await logIn(built, 'ada'), await logIn(built, 'ada')]
  t.equal(await statusWith(built, two.access_token), 200)
  const next = 'five other little words'
  t.equal((await post(built, '/auth/password', { password: 'wrong', newPassword: next }, one.access_token)).status, 401)
  t.equal(await statusWith(built, two.access_token), 200)
  const changed = await post(built, '/auth/password', { password: PASSWORD, newPassword: next }, one.access_token)
  t.equal(changed.status, 200)
  for (const { access_token, refresh_token } of [one, two]) {
    t.equal(await statusWith(built, access_token), 401)
    t.equal((await post(built, '/auth/refresh', { refresh_token })).status, 401)
  }
  t.equal(await statusWith(built, changed.json.access_token), 200)
  t.equal((await post(built, '/auth/login', { username: 'ada', password: PASSWORD })).status, 401)
  t.equal(
    (await post(built, '/auth/password', { password: next, newPassword: PASSWORD }, built.token())).status,
    403,
    'a token without an account'
  )
})

t.test('passwords are compared in one normal form of Unicode', async (t) => {
  const built = await build(t)
  await post(built, '/auth/accounts', { username: 'ada', role: 'analyst', password: 'pâté and crème brûlée' }, built.token())
  t.ok(await logIn(built, 'ada', 'pâté and crème brûlée'.normalize('NFD')))
})

t.test('no password, token or username gets into the log', async (t) => {
  const built = await build(t)
  await makeAccount(built, 'marks-worth')
  const { access_token, refresh_token } = await logIn(built, 'marks-worth')
  await post(built, '/auth/login', { username: 'marks-worth', password: 'guessed-phrase' })
  await post(built, '/auth/refresh', { refresh_token })
  await post(built, '/auth/refresh', { refresh_token })
  await post(built, '/auth/logout', {}, access_token)
  const text = built.log.join('')
  t.match(text, '/auth/login')
  for (const mark of ['marks-worth', PASSWORD, 'guessed-phrase', refresh_token, access_token])
    t.notOk(text.includes(mark), mark.slice(0, 12))
})
