import { spawn, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'

const ENV = { PATH: process.env['PATH'], WARDBRIDGE_PASSWORD_COST: '12' }

function run(args: readonly string[], input = '') {
  return spawnSync(process.execPath, ['dist/cli.js', ...args], { encoding: 'utf8', env: ENV, input })
}

function logIn(url: string, credentials: object): Promise<Response> {
  return fetch(`${url}/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(credentials) })
}

t.test('the first start makes an administrator with a one-time password, told once on stderr and never in the log', async (t) => {
  const folder = t.testdir()
  const start = async () => {
    const child = spawn(process.execPath, ['dist/cli.js', 'serve', '--port', '0', '--store', `${folder}/ward.db`], {
      env: { ...ENV, WARDBRIDGE_LOG_LEVEL: 'trace' },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    let [told, logged] = ['', '']
    child.stdout.on('data', (chunk) => (logged += String(chunk)))
    const url = await new Promise<string>((resolve, reject) => {
      child.stderr.on('data', (chunk) => {
        told += String(chunk)
        const found = /at (http:\S+)/.exec(told)?.[1]
        if (found !== undefined) resolve(found)
      })
      child.on('exit', () => reject(new Error(told)))
    })
    const stop = async () => {
      child.kill()
      await once(child, 'exit')
    }
    return { url, stop, told: () => told, logged: () => logged }
  }

  const first = await start()
  const password = /(\w{5}-){3}\w{5}/.exec(first.told())![0]
  t.equal((await logIn(first.url, { username: 'admin', password })).status, 403, 'it must be replaced')
  const changed = await logIn(first.url, { username: 'admin', password, newPassword: 'four little words' })
  t.equal(changed.status, 200)
  const { access_token } = (await changed.json()) as { access_token: string }
  const headers = { authorization: `Bearer ${access_token}` }
  t.equal((await fetch(`${first.url}/auth/accounts`, { headers })).status, 200)

  t.equal(run(['account', 'create', 'second', '--role', 'administrator', '--store', `${folder}/ward.db`]).status, 0)
  t.equal(run(['account', 'disable', 'admin', '--store', `${folder}/ward.db`]).status, 0)
  t.equal((await fetch(`${first.url}/auth/accounts`, { headers })).status, 401, 'disabled on the command line, refused by the server')
  await first.stop()
  for (const secret of [password, access_token, 'four little words']) t.notOk(first.logged().includes(secret))
  t.ok(first.logged().includes('/auth/login'))

  const second = await start()
  t.notMatch(second.told(), 'There was no account')
  await second.stop()
})

t.test('account: create, list, disable, enable, reset', async (t) => {
  const store = ['--store', `${t.testdir()}/ward.db`]
  const made = run(['account', 'create', 'Ada', '--role', 'analyst', '--fhir-user', 'Practitioner/2', ...store])
  t.equal(made.status, 0, made.stderr)
  t.match(made.stdout, /^(\w{5}-){3}\w{5}\n$/, 'the password alone')
  const own = run(['account', 'create', 'bob', '--role', 'administrator', '--password-stdin', ...store], 'four little words\n')
  t.equal(own.status, 0, own.stderr)
  t.equal(own.stdout, '')
  t.match(
    run(['account', 'list', ...store]).stdout,
    /^USERNAME.*\nada +analyst +Practitioner\/2 +active +one-time .*\nbob +administrator +- +active +own .*\n$/
  )

  t.equal(run(['account', 'disable', 'ada', ...store]).status, 0)
  t.match(run(['account', 'list', ...store]).stdout, /ada .*disabled/)
  t.equal(run(['account', 'enable', 'ada', ...store]).status, 0)
  const reset = run(['account', 'reset', 'ada', ...store])
  t.match(reset.stdout, /^(\w{5}-){3}\w{5}\n$/)
  t.not(reset.stdout, made.stdout)

  for (const [args, words] of [
    [['create', 'ada', '--role', 'analyst'], /already/],
    [['create', 'eve', '--role', 'emperor'], /no role "emperor"/],
    [['create', 'eve', '--role', 'system'], /no role "system" for people/],
    [['create', 'a b', '--role', 'analyst'], /username/],
    [['create', 'eve', '--role', 'analyst', '--fhir-user', 'Observation/1'], /fhirUser/],
    [['disable', 'nobody'], /no account nobody/],
    [['disable', 'bob'], /last active administrator/]
  ] as const) {
    const refused = run(['account', ...args, ...store])
    t.equal(refused.status, 1, args.join(' '))
    t.match(refused.stderr, words)
  }
  const weak = run(['account', 'create', 'eve', '--role', 'analyst', '--password-stdin', ...store], 'short\n')
  t.equal(weak.status, 1)
  t.match(weak.stderr, /10 to 256/)
})

t.test('client: add, list, remove; keys: rotate', async (t) => {
  const folder = t.testdir()
  const store = ['--store', `${folder}/ward.db`]
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  writeFileSync(`${folder}/jwks.json`, JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: '1' }] }))
  const added = run([
    'client',
    'add',
    'Laboratory',
    '--role',
    'analyst',
    '--scope',
    'system/*.rs',
    '--jwks',
    `${folder}/jwks.json`,
    ...store
  ])
  t.equal(added.status, 0, added.stderr)
  const id = added.stdout.trim()
  t.match(id, /^[0-9a-f-]{36}$/)
  t.match(run(['client', 'list', ...store]).stdout, new RegExp(`${id} +Laboratory +analyst +system/\\*\\.rs`))
  t.equal(run(['client', 'add', 'x', '--role', 'analyst', '--scope', 'system/*.rs', '--jwks', `${folder}/none.json`, ...store]).status, 1)
  t.equal(run(['client', 'remove', id, ...store]).status, 0)
  t.equal(run(['client', 'remove', id, ...store]).status, 1)

  const token = run(['token', '--role', 'analyst', ...store]).stdout
  const kid = (text: string) => JSON.parse(Buffer.from(text.split('.')[0]!, 'base64url').toString()).kid as string
  const rotated = run(['keys', 'rotate', ...store]).stdout.trim()
  t.not(rotated, kid(token))
  t.equal(kid(run(['token', '--role', 'analyst', ...store]).stdout), rotated)
})

t.test('token: for a person, within scopes', async (t) => {
  const store = ['--store', `${t.testdir()}/ward.db`]
  const claims = (...args: string[]) => {
    const { status, stdout, stderr } = run(['token', ...args, ...store])
    return status === 0 ? JSON.parse(Buffer.from(stdout.split('.')[1]!, 'base64url').toString()) : stderr
  }
  const person = claims('--role', 'patient', '--fhir-user', 'Patient/7', '--scope', 'patient/*.rs')
  t.match(person, { role: 'patient', fhirUser: 'Patient/7', scope: 'patient/*.rs', patient: '7' })
  t.match(claims('--role', 'physician', '--fhir-user', 'Observation/7'), 'does not name a person')
  t.match(claims('--role', 'analyst', '--scope', 'user/Starship.rs'), 'Starship')
})

t.test('no password stands in the state', async (t) => {
  const folder = t.testdir()
  run(['account', 'create', 'ada', '--role', 'analyst', '--password-stdin', '--store', `${folder}/ward.db`], 'four little words\n')
  const made = run(['account', 'create', 'bob', '--role', 'analyst', '--store', `${folder}/ward.db`]).stdout.trim()
  const bytes = readFileSync(`${folder}/service.db`).toString('latin1')
  t.match(bytes, 'scrypt$12$8$3$')
  for (const password of ['four little words', made]) t.notOk(bytes.includes(password))
})
