import { spawnSync } from 'node:child_process'
import t from 'tap'
import { loadSettings, SETTINGS } from '#wardbridge/config.js'
import { isLoopback } from '#wardbridge/loopback.js'

t.test('without options and variables every setting has its default', async (t) => {
  t.strictSame(loadSettings({}, {}), {
    store: 'wardbridge.db',
    state: '.',
    files: 'files',
    filesReserve: 256 * 1024 * 1024,
    mediaLimit: 50 * 1024 * 1024,
    linkLifetime: 300,
    host: '127.0.0.1',
    port: 8080,
    publicUrl: undefined,
    trustProxy: [],
    bodyLimit: 32 * 1024 * 1024,
    searchTimeout: 10,
    validation: 'structure',
    referentialIntegrity: 'off',
    restPack: 'hospital',
    restSource: 'urn:wardbridge:hospital',
    restTimezone: undefined,
    restArchive: 'off',
    logLevel: 'info',
    noAuth: false,
    passwordCost: 15,
    loginFailures: 10,
    loginLockout: 900,
    sessionLifetime: 43_200,
    keyLifetime: 7_776_000,
    breakGlass: 3600,
    unusualPatients: 50,
    unusualWindow: 600,
    backupFolder: undefined,
    historyDays: undefined,
    historyVersions: '1',
    upgrade: 'copy',
    metrics: 'token',
    backupInterval: 86_400,
    backupKeep: 7,
    jobsOidcIssuer: undefined,
    jobsOidcAudience: undefined,
    jobsOidcJwksUrl: undefined,
    jobsOidcCallers: [],
    backupPassphrase: undefined,
    backupPassphraseFile: undefined,
    oidc: undefined,
    ingestSources: [],
    exportTargets: [],
    twin: 'on',
    twinStore: 'projects/wardbridge/locations/local/datasets/wardbridge/fhirStores/main',
    twinFolder: 'twin',
    twinLag: 0,
    google: {
      healthcareUrl: undefined,
      storageUrl: undefined,
      bigqueryUrl: undefined,
      token: undefined,
      staging: undefined,
      callBudget: 30_000
    }
  })
})

t.test('an option wins over the variable, the variable over the default; an empty variable counts as not set', async (t) => {
  const env = { WARDBRIDGE_PORT: '9001', WARDBRIDGE_HOST: '0.0.0.0', WARDBRIDGE_LOG_LEVEL: '' }
  t.match(loadSettings({ port: '9002' }, env), { port: 9002, host: '0.0.0.0', logLevel: 'info' })
})

t.test('the state is beside the store unless told, and files beside the state', async (t) => {
  t.equal(loadSettings({ store: '/data/ward.db' }, {}).state, '/data')
  t.equal(loadSettings({ store: '/data/ward.db', state: '/keys' }, {}).state, '/keys')
  t.equal(loadSettings({ store: '/data/ward.db' }, {}).files, '/data/files')
  t.equal(loadSettings({ store: '/data/ward.db', state: '/keys' }, {}).files, '/keys/files')
})

t.test('public URL loses the slash at its end; trusted proxies become a list', async (t) => {
  t.equal(loadSettings({ publicUrl: 'https://fhir.example.org/ward/' }, {}).publicUrl, 'https://fhir.example.org/ward')
  t.strictSame(loadSettings({ trustProxy: 'loopback, 10.1.0.0/16,fd00::/8' }, {}).trustProxy, ['loopback', '10.1.0.0/16', 'fd00::/8'])
  for (const trustProxy of ['true', '10.1.0.0/33', '10.1.0', '::/129', '10.0.0.1/8/8', '10.0.0.1,', '1']) {
    t.throws(() => loadSettings({ trustProxy }, {}), { code: 'config' }, trustProxy)
  }
})

t.test('a value that cannot be used is a config error that names the setting', async (t) => {
  for (const [name, value] of [
    ['WARDBRIDGE_PORT', 'eighty'],
    ['WARDBRIDGE_PORT', '70000'],
    ['WARDBRIDGE_PUBLIC_URL', 'fhir.example.org'],
    ['WARDBRIDGE_TRUST_PROXY', 'everybody'],
    ['WARDBRIDGE_LOG_LEVEL', 'loud'],
    ['WARDBRIDGE_NO_AUTH', 'maybe'],
    ['WARDBRIDGE_BODY_LIMIT', '-1']
  ] as const) {
    t.throws(
      () => loadSettings({}, { [name]: value }),
      { code: 'config', message: new RegExp(`${name} .*not "${value}"`) },
      `${name}=${value}`
    )
  }
})

t.test('lifetimes are read into seconds, at most 366 days', async (t) => {
  t.match(loadSettings({}, { WARDBRIDGE_SESSION_LIFETIME: '30m', WARDBRIDGE_KEY_LIFETIME: '366d' }), {
    sessionLifetime: 1800,
    keyLifetime: 31_622_400
  })
  for (const value of ['12', '0h', '367d', 'soon'])
    t.throws(
      () => loadSettings({}, { WARDBRIDGE_SESSION_LIFETIME: value }),
      { code: 'config', message: /WARDBRIDGE_SESSION_LIFETIME/ },
      value
    )
})

t.test('an outside identity provider needs audience and roles, and keys that come over https or from this machine', async (t) => {
  const env = {
    WARDBRIDGE_OIDC_ISSUER: 'https://id.example.org',
    WARDBRIDGE_OIDC_AUDIENCE: 'ward',
    WARDBRIDGE_OIDC_ROLES: 'a=b=physician, c=analyst'
  }
  t.match(loadSettings({}, env).oidc, {
    issuer: 'https://id.example.org',
    audience: 'ward',
    roleClaim: 'roles',
    userClaim: 'fhirUser',
    clockTolerance: 30
  })
  t.strictSame(
    [...loadSettings({}, env).oidc!.roles],
    [
      ['a=b', 'physician'],
      ['c', 'analyst']
    ]
  )
  for (const change of [
    { WARDBRIDGE_OIDC_AUDIENCE: '' },
    { WARDBRIDGE_OIDC_ROLES: '' },
    { WARDBRIDGE_OIDC_ROLES: 'physician' },
    { WARDBRIDGE_OIDC_ISSUER: 'http://id.example.org' },
    { WARDBRIDGE_OIDC_JWKS_URL: 'http://id.example.org/keys' },
    { WARDBRIDGE_OIDC_CLOCK_TOLERANCE: '121' }
  ]) {
    t.throws(() => loadSettings({}, { ...env, ...change }), { code: 'config' }, JSON.stringify(change))
  }
  t.equal(loadSettings({}, { ...env, WARDBRIDGE_OIDC_ISSUER: 'http://127.0.0.1:9/x' }).oidc?.issuer, 'http://127.0.0.1:9/x')
})

t.test('--no-auth is refused beyond loopback and behind a proxy', async (t) => {
  t.equal(loadSettings({ noAuth: true }, {}).noAuth, true)
  t.throws(() => loadSettings({ noAuth: true, host: '0.0.0.0' }, {}), { code: 'config' })
  t.throws(() => loadSettings({ noAuth: true }, { WARDBRIDGE_HOST: '10.0.0.5' }), { code: 'config' })
  t.throws(() => loadSettings({ noAuth: true, trustProxy: 'loopback' }, {}), { code: 'config' })
})

t.test('loopback is localhost, 127.0.0.0/8 and ::1, and nothing that looks like them', async (t) => {
  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]']) t.ok(isLoopback(host), host)
  for (const host of ['0.0.0.0', '::', 'localhost.example.org', '127.0.0.1.example.org', '128.0.0.1', '']) t.notOk(isLoopback(host), host)
})

t.test('docs/reference/configuration.md is current and shows every setting', async (t) => {
  const run = spawnSync(process.execPath, ['docs/tools/configuration.js', '--check'], { encoding: 'utf8' })
  t.equal(run.status, 0, run.stderr)
  t.ok(Object.values(SETTINGS).every(({ since, description }) => /^\d+\.\d+\.\d+$/.test(since) && description.length > 20))
})
