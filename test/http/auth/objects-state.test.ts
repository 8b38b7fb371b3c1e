/** Accounts, sessions, clients and jobs over HTTP with the state in Cloud Storage (the test server), in two processes' worth of service. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { build, patient } from '../../helper.js'
import { startStorage } from '../../support/storage-server.js'
import { logIn, makeAccount, type Pair, post, statusWith } from './people.js'

const server = await startStorage(t)
const options = (folder: string) => ({
  ...{ state: 'gs://b/state', googleStorageUrl: server.url, googleToken: server.token },
  ...{ store: `${folder}/store.db`, files: `${folder}/files`, loginFailures: 3 }
})
const folder = t.testdir()
const one = await build(t, options(folder))
const two = await build(t, options(folder))

t.test('a session of one process is good in the other, until it ends', async (t) => {
  await makeAccount(one, 'ada')
  const first = (await logIn(two, 'ada')) as Pair
  t.equal(await statusWith(one, first.access_token), 200)
  t.equal(await statusWith(two, first.access_token), 200)
  const next = (await post(one, '/auth/refresh', { refresh_token: first.refresh_token })).json as Pair
  t.equal(await statusWith(two, next.access_token), 200)
  t.equal((await post(two, '/auth/refresh', { refresh_token: first.refresh_token })).status, 401, 'used before')
  t.equal(await statusWith(two, next.access_token), 401, 'which ended it: at once where it was noticed')
  await new Promise((resolve) => setTimeout(resolve, 5100))
  t.equal(await statusWith(one, next.access_token), 401, 'and within five seconds elsewhere')
})

t.test('failed logins of both are counted together', async (t) => {
  await makeAccount(one, 'bob')
  const fail = (at: typeof one) => post(at, '/auth/login', { username: 'bob', password: 'wrong password' })
  t.strictSame([(await fail(one)).status, (await fail(two)).status, (await fail(one)).status], [401, 401, 401])
  t.equal((await fail(two)).status, 429)
})

t.test('a key that one begins to sign with is known to the other at once; forgotten ones are refused', async (t) => {
  await makeAccount(one, 'cleo')
  const before = await logIn(one, 'cleo')
  t.equal(await statusWith(two, before.access_token), 200)
  await one.state.rotateSigningKey({ forget: false })
  const after = await logIn(one, 'cleo')
  t.equal(await statusWith(two, after.access_token), 200)
  t.equal(await statusWith(two, before.access_token), 200)
})

t.test('jobs and repeated requests are claimed in it', async (t) => {
  const run = await one.ask('POST', '/jobs/expiry/run')
  t.equal(run.status, 202)
  await new Promise((resolve) => setTimeout(resolve, 500))
  t.match((await two.ask('GET', `/jobs/runs/${run.json.id}`)).json, { job: 'expiry', outcome: 'done' })
  t.equal((await one.ask('PUT', '/fhir/Patient/p', { body: { ...patient(), id: 'p' } })).status, 201)
})

t.test('backup and restore say that this is none of theirs', async (t) => {
  const cli = fileURLToPath(import.meta.resolve('#wardbridge/cli.js'))
  const run = (...args: string[]) => spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8', env: { PATH: process.env['PATH'] } })
  const at = ['--store', `${folder}/store.db`, '--state', 'gs://b/state']
  for (const args of [
    ['backup', '--to', `${folder}/backups`, ...at],
    ['restore', folder, ...at]
  ]) {
    const { status, stderr } = run(...args)
    t.equal(status, 1)
    t.match(stderr, /gs:\/\/b\/state/)
  }
})

t.test('every request was one that the API description knows', async (t) => t.strictSame(server.complaints, []))
