import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import t, { type Test } from 'tap'
import { type Answer, type Built, build, patient } from '../../helper.js'

/** Asks until a run has ended. */
async function ended({ ask }: Built, location: string): Promise<Answer> {
  for (let n = 0; n < 600; n++) {
    const answer = await ask('GET', location)
    if (answer.status !== 200 || answer.json.outcome !== 'running') return answer
    await wait(10)
  }
  throw new Error('it does not end')
}

t.test('an administrator lists jobs, runs one and sees how it went', async (t) => {
  const built = await build(t)
  const { ask, state } = built
  state.sessions.revoke('old', Date.now() - 1)
  const list = await ask('GET', '/jobs')
  t.equal(list.status, 200)
  const [job] = list.json.jobs.filter(({ name }: { name: string }) => name === 'expiry')
  t.match(job, { every: 3600, next: /Z$/ })
  const begun = await ask('POST', '/jobs/expiry/run')
  t.equal(begun.status, 202)
  const location = begun.headers['location']!
  t.equal(location, `/jobs/runs/${begun.json.id}`)
  const run = await ended(built, location)
  t.match(run.json, { job: 'expiry', outcome: 'done', by: 'test', counters: { revocations: 1 }, ended: /Z$/ })
  t.match((await ask('GET', '/jobs/expiry/runs')).json.runs, [{ id: begun.json.id }])
  t.match((await ask('GET', '/jobs')).json.jobs.find(({ name }: { name: string }) => name === 'expiry').last, { id: begun.json.id })
  const unknown = await ask('POST', '/jobs/nothing/run')
  t.equal(unknown.status, 404)
  t.match(unknown.headers['content-type'], 'application/problem+json')
  t.equal(unknown.json.code, 'job.unknown')
  t.equal((await ask('GET', '/jobs/runs/nothing')).status, 404)
})

t.test('nobody else does', async (t) => {
  const { ask, token } = await build(t, { backupFolder: `${t.testdir()}/backups` })
  const doors = [
    ['GET', '/jobs'],
    ['POST', '/jobs/expiry/run'],
    ['GET', '/jobs/expiry/runs'],
    ['GET', '/jobs/runs/x'],
    ['GET', '/admin/backups'],
    ['POST', '/admin/backups'],
    ['GET', '/admin/backups/x']
  ] as const
  for (const [method, url] of doors) {
    t.equal((await ask(method, url, { token: false })).status, 401, `${method} ${url}`)
    t.equal((await ask(method, url, { token: 'x.y.z' })).status, 401)
    for (const role of ['patient', 'physician', 'front-desk', 'data-entry', 'analyst', 'auditor'])
      t.equal((await ask(method, url, { token: token(role) })).status, 403, `${method} ${url} ${role}`)
    t.equal((await ask(method, url, { token: token('administrator', { scope: 'user/*.cruds' }) })).status, 403, 'a token with scopes')
  }
})

/** An issuer of OIDC tokens, as HTTP sees it. */
async function issuer(t: Test) {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256' }
  const server = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const sign = (claims: object, key = privateKey) =>
    new SignJWT({ iss: url, aud: 'https://ward.example.org', sub: '1', email: 'jobs@example.org', email_verified: true, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'k' })
      .setExpirationTime('5m')
      .sign(key)
  return { url, sign }
}

t.test('an outside scheduler runs jobs with a verified token of a caller that the settings name, and does nothing else', async (t) => {
  const { url, sign } = await issuer(t)
  const built = await build(t, {
    jobsOidcIssuer: url,
    jobsOidcJwksUrl: `${url}/keys`,
    jobsOidcAudience: 'https://ward.example.org',
    jobsOidcCallers: 'jobs@example.org, 12345'
  })
  const run = async (token: string) => (await built.ask('POST', '/jobs/expiry/run', { token })).status
  const begun = await built.ask('POST', '/jobs/expiry/run', {
    token: await sign({}),
    body: {},
    headers: { 'content-type': 'application/json' }
  })
  t.equal(begun.status, 202)
  t.equal(begun.json.by, 'jobs@example.org')
  await ended(built, begun.headers['location']!)
  t.equal(await run(await sign({ email: undefined, sub: '12345' })), 202, 'by its subject')
  await ended(built, `/jobs/runs/${(await built.jobs.runsOf('expiry', 1))[0]!.id}`)
  const now = Math.floor(Date.now() / 1000)
  const stranger = await generateKeyPair('RS256')
  t.equal(await run(await sign({ email: 'other@example.org' })), 403, 'another caller')
  t.equal(await run(await sign({ email_verified: false })), 403, 'an address that nobody verified')
  t.equal(await run(await sign({ aud: 'https://other.example.org' })), 401, 'another audience')
  t.equal(await run(await sign({ nbf: now + 600 })), 401, 'not valid yet')
  t.equal(await run(await sign({}, stranger.privateKey)), 401, 'another key')
  t.equal(await run(await sign({ iss: 'https://other.example.org' })), 401, 'another issuer')
  const token = await sign({})
  for (const [method, path] of [
    ['GET', '/jobs'],
    ['POST', '/admin/backups'],
    ['GET', '/fhir/Patient'],
    ['GET', '/auth/accounts']
  ] as const)
    t.equal((await built.ask(method, path, { token })).status, 401, path)
  t.equal(await run(built.token()), 202, 'administrators still may')
})

t.test('settings of outside schedulers must be whole', async (t) => {
  const one = { jobsOidcIssuer: 'https://id.example.org' }
  await t.rejects(build(t, one), { code: 'config', message: /AUDIENCE/ })
  await t.rejects(build(t, { ...one, jobsOidcAudience: 'x' }), { code: 'config', message: /CALLERS/ })
  await t.rejects(build(t, { ...one, jobsOidcAudience: 'x', jobsOidcCallers: 'y', jobsOidcJwksUrl: 'http://id.example.org/keys' }), {
    code: 'config'
  })
})

t.test('POST /admin/backups makes a backup in the folder of the settings; old ones go', async (t) => {
  const folder = `${t.testdir()}/backups`
  const built = await build(t, { backupFolder: folder, backupKeep: 2 })
  const { ask } = built
  await ask('POST', '/fhir/Patient', { body: patient() })
  t.strictSame((await ask('GET', '/admin/backups')).json, { backups: [], runs: [] })
  const names: string[] = []
  for (let n = 0; n < 3; n++) {
    const begun = await ask('POST', '/admin/backups')
    t.equal(begun.status, 202)
    t.equal(begun.headers['location'], `/admin/backups/${begun.json.id}`)
    const again = await ask('POST', '/admin/backups')
    t.equal(again.status, 409)
    t.equal(again.json.code, 'job.running')
    const done = await ended(built, begun.headers['location']!)
    t.match(done.json, { outcome: 'done', counters: { resources: 1, removed: n === 2 ? 1 : 0 }, result: /^wardbridge-\d{8}T\d{9}Z\.tar$/ })
    names.push(done.json.result)
  }
  const { json } = await ask('GET', '/admin/backups')
  t.strictSame(
    json.backups.map(({ name }: { name: string }) => name),
    [names[2], names[1]]
  )
  t.match((await ask('GET', `/admin/backups/${names[2]}`)).json, { name: names[2], sealed: false })
  t.equal((await ask('GET', `/admin/backups/${names[0]}`)).status, 404)
  t.equal((await ask('GET', '/admin/backups/..%2fstore.db')).status, 404)
})

t.test('without a folder there are no backups to make', async (t) => {
  const { ask } = await build(t)
  const answer = await ask('POST', '/admin/backups')
  t.equal(answer.status, 409)
  t.equal(answer.json.code, 'backup.no-folder')
})
