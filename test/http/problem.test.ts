import t from 'tap'
import { build } from '../helper.js'

t.test('errors below /auth and /rest are problem details, elsewhere OperationOutcomes', async (t) => {
  const { ask } = await build(t)
  for (const url of ['/auth/none', '/rest/none', '/rest', '/auth?x=1', '/.well-known/none']) {
    const answer = await ask('GET', url)
    t.equal(answer.headers['content-type'], 'application/problem+json; charset=utf-8', url)
    t.equal(answer.status, 404)
    t.match(answer.json, {
      type: 'https://fhir.wardbridge.dev/errors/http.not-found',
      title: 'Not Found',
      status: 404,
      code: 'http.not-found',
      detail: /Nothing answers GET/,
      reference: answer.headers['x-request-id']
    })
  }
  for (const url of ['/fhir/auth', '/restful', '/authority', '/elsewhere'])
    t.equal((await ask('GET', url)).json.resourceType, 'OperationOutcome', url)
})

t.test('without a token the problem is 401 with a challenge', async (t) => {
  const { ask } = await build(t)
  const answer = await ask('GET', '/rest/none', { token: false })
  t.equal(answer.status, 401)
  t.match(answer.headers['www-authenticate'], /^Bearer/)
  t.match(answer.json, { code: 'auth.missing', status: 401 })
})

t.test('an address that cannot be decoded is a problem, too', async (t) => {
  const { ask } = await build(t)
  const answer = await ask('GET', '/rest/%zz')
  t.equal(answer.status, 400)
  t.match(answer.headers['content-type'], 'application/problem+json')
})
