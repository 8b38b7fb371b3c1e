import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import t from 'tap'

const ENV = { PATH: process.env['PATH'] }

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, ['dist/cli.js', ...args], { encoding: 'utf8', env: { ...ENV, ...env } })
}

function healthcheck(url: string): number | null {
  return spawnSync(process.execPath, ['dist/healthcheck.js'], { env: { ...ENV, WARDBRIDGE_PORT: new URL(url).port } }).status
}

/** Starts `serve` on a free port and gives the process with the URL it printed on stderr. */
async function serve(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ['dist/cli.js', 'serve', '--port', '0', ...args], {
    env: { ...ENV, ...env },
    stdio: ['ignore', 'ignore', 'pipe']
  })
  return new Promise((resolve, reject) => {
    let told = ''
    child.stderr.on('data', (chunk) => {
      told += String(chunk)
      const url = /at (http:\S+)/.exec(told)?.[1]
      if (url !== undefined) resolve({ child, url })
    })
    child.on('exit', () => reject(new Error(told)))
  })
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  child.kill(signal)
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

t.test('serve takes the options that the settings of a server name', async (t) => {
  const help = run(['serve', '--help']).stdout
  for (const option of ['--store', '--state', '--host', '--port', '--public-url', '--trust-proxy', '--twin-lag', '--no-auth'])
    t.match(help, `  ${option}`)
  const refused = run(['serve', '--twin-lag', 'long', '--store', `${t.testdir()}/ward.db`])
  t.match(refused, { status: 1, stderr: /WARDBRIDGE_TWIN_LAG must be integer/ })
})

t.test('serve makes the store, answers over HTTP with a token of `token`, and stops cleanly', async (t) => {
  const store = `${t.testdir()}/new/ward.db`
  const { child, url } = await serve(['--store', store])
  t.equal((await fetch(`${url}/readyz`)).status, 200)
  t.ok(existsSync(store))

  const made = run(['token', '--store', store, '--role', 'administrator', '--subject', 'ada', '--expires', '5m'])
  t.equal(made.status, 0, made.stderr)
  t.match(made.stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/, 'the token alone')
  const claims = JSON.parse(Buffer.from(made.stdout.split('.')[1]!, 'base64url').toString())
  t.match(claims, { sub: 'ada', role: 'administrator' })
  t.equal(claims.exp - claims.iat, 300)

  const headers = { authorization: `Bearer ${made.stdout.trim()}`, 'content-type': 'application/fhir+json' }
  t.equal((await fetch(`${url}/fhir/Patient`)).status, 401)
  const created = await fetch(`${url}/fhir/Patient`, { method: 'POST', headers, body: '{"resourceType":"Patient","active":true}' })
  t.equal(created.status, 201)
  t.equal(created.headers.get('location')?.startsWith(`${url}/fhir/Patient/`), true)
  t.equal(healthcheck(url), 0)
  t.equal(await stop(child), 0)
  t.equal(healthcheck(url), 1)

  const again = await serve(['--store', store])
  const found = await fetch(`${again.url}/fhir/Patient?_summary=count`, { headers })
  t.equal(((await found.json()) as { total: number }).total, 1, 'store and key outlive the process')
  t.equal(await stop(again.child, 'SIGINT'), 0)
})

t.test('a port that is taken is a clear error', async (t) => {
  const folder = t.testdir()
  const { child, url } = await serve(['--store', `${folder}/a.db`])
  const second = run(['serve', '--store', `${folder}/b.db`, '--port', new URL(url).port])
  await stop(child)
  t.equal(second.status, 1)
  t.match(second.stderr, 'another program listens there already')
  t.notMatch(second.stderr, '    at ')
})

t.test('settings come from the environment, options win; --no-auth only on loopback', async (t) => {
  const store = `${t.testdir()}/a.db`
  const refused = run(['serve', '--store', store, '--no-auth'], { WARDBRIDGE_HOST: '0.0.0.0' })
  t.equal(refused.status, 1)
  t.match(refused.stderr, 'loopback')
  t.equal(existsSync(store), false, 'nothing was opened')
  t.match(run(['serve', '--store', store, '--port', 'x']).stderr, 'WARDBRIDGE_PORT')
  const { child, url } = await serve(['--no-auth'], { WARDBRIDGE_STORE: store, WARDBRIDGE_HOST: '127.0.0.1' })
  t.equal((await fetch(`${url}/fhir/Patient`)).status, 200)
  await stop(child)
})

t.test('token refuses an unknown role, naming the known ones, and an odd lifetime', async (t) => {
  const store = `${t.testdir()}/a.db`
  const role = run(['token', '--store', store, '--role', 'emperor'])
  t.equal(role.status, 2)
  t.match(role.stderr, /emperor.*administrator/s)
  t.equal(role.stdout, '')
  t.equal(run(['token', '--store', store, '--role', 'administrator', '--expires', 'forever']).status, 2)
  t.not(run(['token', '--store', store]).status, 0, 'the role must be named')
})

t.test('two hospitals do not take each other’s tokens', async (t) => {
  const folder = t.testdir({ a: {}, b: {} })
  const { child, url } = await serve(['--store', `${folder}/a/ward.db`])
  const { stdout } = run(['token', '--store', `${folder}/b/ward.db`, '--role', 'administrator'])
  t.equal((await fetch(`${url}/fhir/Patient`, { headers: { authorization: `Bearer ${stdout.trim()}` } })).status, 401)
  await stop(child)
})
