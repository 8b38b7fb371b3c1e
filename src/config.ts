/**
 * Every setting of Wardbridge in one table, shared by the command line, the server and docs/reference/configuration.md (generated from it).
 * A setting comes from, in this order: the command-line option, the environment variable, the default.
 */
import { isIP } from 'node:net'
import { dirname, join } from 'node:path'
import envSchema from 'env-schema'
import { GOOGLE_SETTINGS, type GoogleSettings, readGoogle } from './config-google.js'
import { checkKeysUrl, OIDC_SETTINGS, type OidcSettings, readOidc } from './config-oidc.js'
import { TWIN_SETTINGS } from './config-twin.js'
import { fail } from './errors.js'
import { parseLifetime } from './lifetime.js'
import { isLoopback } from './loopback.js'

export interface Settings {
  /** File of the embedded store, or the name of a Cloud Healthcare API store: `projects/P/locations/L/datasets/D/fhirStores/F`. */
  readonly store: string
  /** Folder of service.db, or `gs://bucket/prefix`. */
  readonly state: string
  /** Folder of pictures, videos and documents, or `gs://bucket/prefix`. */
  readonly files: string
  /** Bytes, both. */
  readonly filesReserve: number
  readonly mediaLimit: number
  /** Seconds. */
  readonly linkLifetime: number
  readonly host: string
  readonly port: number
  /** Without a slash at the end; undefined: taken from each request. */
  readonly publicUrl: string | undefined
  /** Addresses and ranges of the proxies whose X-Forwarded-* headers count; empty: none. */
  readonly trustProxy: readonly string[]
  /** Bytes. */
  readonly bodyLimit: number
  /** Seconds. */
  readonly searchTimeout: number
  /** What is asked of a resource before it is written (service/check.ts). */
  readonly validation: 'off' | 'structure' | 'strict'
  /** Whether references may lead to what is not in the store. */
  readonly referentialIntegrity: 'off' | 'on'
  /** Mapping pack of /rest: its name, or the path of its folder. */
  readonly restPack: string
  /** URI naming the hospital's system, as for `ingest --source`. */
  readonly restSource: string
  /** Offset or IANA zone; undefined: the pack's own. */
  readonly restTimezone: string | undefined
  /** Whether DELETE of a patient with clinical data makes it inactive instead of being refused. */
  readonly restArchive: 'off' | 'on'
  readonly logLevel: string
  readonly noAuth: boolean
  /** Base 2 logarithm of scrypt's N. */
  readonly passwordCost: number
  /** Failed logins of one account before it has to wait. */
  readonly loginFailures: number
  /** Seconds, all three. */
  readonly loginLockout: number
  readonly sessionLifetime: number
  readonly keyLifetime: number
  /** Seconds for which a patient outside of somebody's care can be seen after breaking the glass. */
  readonly breakGlass: number
  /** More different patients than this that one account looks at within the window are unusual; 0: nothing is. */
  readonly unusualPatients: number
  /** Seconds. */
  readonly unusualWindow: number
  /** Folder of backups; undefined: none are made but by command. */
  readonly backupFolder: string | undefined
  /** Days that versions are kept after they were replaced, as a number and Type=number; undefined: for ever. */
  readonly historyDays: string | undefined
  /** How many versions of each resource are kept in any case, the same way. */
  readonly historyVersions: string
  /** What is done with files of an older schema. */
  readonly upgrade: 'copy' | 'direct' | 'refuse'
  /** Who may see /metrics without a token: nobody, or programs on this machine. */
  readonly metrics: 'token' | 'loopback'
  /** Seconds between two; undefined: the server makes them when asked only. */
  readonly backupInterval: number | undefined
  /** How many are kept. */
  readonly backupKeep: number
  /** Issuer of the tokens that outside schedulers bring; undefined: none. */
  readonly jobsOidcIssuer: string | undefined
  readonly jobsOidcAudience: string | undefined
  readonly jobsOidcJwksUrl: string | undefined
  /** E-mail addresses or subjects. */
  readonly jobsOidcCallers: readonly string[]
  /** Folders and gs:// prefixes that jobs asked for over HTTP may read. */
  readonly ingestSources: readonly string[]
  /** Folders, gs:// prefixes and bq:// datasets that they may write to. */
  readonly exportTargets: readonly string[]
  /** At most one of the two: the passphrase, or the file that holds it. */
  readonly backupPassphrase: string | undefined
  readonly backupPassphraseFile: string | undefined
  /** The outside identity provider; undefined: none. */
  readonly oidc: OidcSettings | undefined
  readonly google: GoogleSettings
  readonly twin: 'on' | 'off'
  /** Name of this store under /v1. */
  readonly twinStore: string
  /** Folder of the other stores. */
  readonly twinFolder: string
  /** Milliseconds. */
  readonly twinLag: number
}

/** Whether a location names a store of the Cloud Healthcare API. */
export function isStoreName(location: string): boolean {
  return /^projects\/[^/]+\/locations\/[^/]+\/datasets\/[^/]+\/fhirStores\/[^/]+$/.test(location)
}

/** Whether a location is in Cloud Storage. */
export function isBucketPath(location: string): boolean {
  return location.startsWith('gs://')
}

export interface SettingRow {
  readonly env: string
  /** Command-line option, where there is one. */
  readonly option?: string
  readonly since: string
  readonly description: string
  /** What the documentation shows where the schema has no default. */
  readonly unset?: string
  /** JSON Schema of the value. */
  readonly schema: {
    readonly type: 'string' | 'integer' | 'number' | 'boolean'
    readonly default?: string | number | boolean
    readonly minimum?: number
    readonly maximum?: number
    readonly pattern?: string
    readonly enum?: readonly string[]
  }
}

const LIFETIME = '^[0-9]{1,9}[smhd]$'

/** Settings that several variables make up. */
type Composed = 'oidc' | 'google'

/** One row per variable. Those of the outside identity provider become one setting, `oidc`; those of Google Cloud `google`. */
type Variable = Exclude<keyof Settings, Composed> | keyof typeof OIDC_SETTINGS | keyof typeof GOOGLE_SETTINGS

export const SETTINGS = {
  store: {
    env: 'WARDBRIDGE_STORE',
    option: '--store',
    since: '0.1.0',
    description:
      'File of the embedded FHIR store; `serve` makes it when it is not there. Or the name of a store of the Cloud Healthcare API: `projects/P/locations/L/datasets/D/fhirStores/F`.',
    schema: { type: 'string', default: 'wardbridge.db' }
  },
  state: {
    env: 'WARDBRIDGE_STATE',
    option: '--state',
    since: '0.1.0',
    description:
      'Folder of `service.db`, where the service keeps its signing keys and secrets, or `gs://bucket/prefix`. Back it up with the store.',
    unset: 'the folder of the store',
    schema: { type: 'string' }
  },
  files: {
    env: 'WARDBRIDGE_FILES',
    since: '0.2.0',
    description: 'Folder of pictures, videos and documents that were uploaded, or `gs://bucket/prefix`. Back it up with the store.',
    unset: '`files` in the folder of the state',
    schema: { type: 'string' }
  },
  filesReserve: {
    env: 'WARDBRIDGE_FILES_RESERVE',
    since: '0.2.0',
    description: 'Bytes of that disk which uploads leave free: with less, they are refused with 507 (268435456 is 256 MiB).',
    schema: { type: 'integer', default: 268_435_456, minimum: 0 }
  },
  mediaLimit: {
    env: 'WARDBRIDGE_MEDIA_LIMIT',
    since: '0.2.0',
    description: 'Largest picture, video or document, in bytes (52428800 is 50 MiB). An upload must come within two minutes.',
    schema: { type: 'integer', default: 52_428_800, minimum: 1024 }
  },
  linkLifetime: {
    env: 'WARDBRIDGE_LINK_LIFETIME',
    since: '0.2.0',
    description: 'How long a link to a picture, video or document works: a number and `s`, `m`, `h` or `d`.',
    schema: { type: 'string', default: '5m', pattern: LIFETIME }
  },
  host: {
    env: 'WARDBRIDGE_HOST',
    option: '--host',
    since: '0.1.0',
    description: 'Address to listen on. The page at `/` shows counts only while this is a loopback address.',
    schema: { type: 'string', default: '127.0.0.1' }
  },
  port: {
    env: 'WARDBRIDGE_PORT',
    option: '--port',
    since: '0.1.0',
    description: 'TCP port to listen on; 0 takes any free one.',
    schema: { type: 'integer', default: 8080, minimum: 0, maximum: 65535 }
  },
  publicUrl: {
    env: 'WARDBRIDGE_PUBLIC_URL',
    option: '--public-url',
    since: '0.1.0',
    description:
      'Address under which clients reach the server, without `/fhir`; used in Location headers, paging links and fullUrls. Set it behind a reverse proxy.',
    unset: 'scheme and Host header of each request',
    schema: { type: 'string', pattern: '^https?://[^\\s/?#]+(/[^\\s?#]*)?$' }
  },
  trustProxy: {
    env: 'WARDBRIDGE_TRUST_PROXY',
    option: '--trust-proxy',
    since: '0.1.0',
    description:
      'Proxies whose `X-Forwarded-*` headers count: `off`, or addresses and CIDR ranges separated by commas (`loopback`, `linklocal` and `uniquelocal` name the usual ranges).',
    schema: { type: 'string', default: 'off' }
  },
  bodyLimit: {
    env: 'WARDBRIDGE_BODY_LIMIT',
    since: '0.1.0',
    description: 'Largest request body, in bytes (33554432 is 32 MiB, room for a transaction of some 5,000 resources).',
    schema: { type: 'integer', default: 33_554_432, minimum: 1024, maximum: 1_073_741_824 }
  },
  searchTimeout: {
    env: 'WARDBRIDGE_SEARCH_TIMEOUT',
    since: '0.1.0',
    description: 'Seconds after which a search is given up with 503.',
    schema: { type: 'number', default: 10, minimum: 0.1, maximum: 3600 }
  },
  validation: {
    env: 'WARDBRIDGE_VALIDATION',
    since: '0.1.0',
    description:
      'What is asked of a resource before it is written. `off`: JSON, resource type, `id` and `meta`. `structure`: also its elements, cardinalities, primitive values, required bindings and the types that references lead to. `strict`: also invariants, extensions, fixed and pattern values, slicing, narrative, and the profiles it names. Loads (`wardbridge ingest`) check the structure at every level.',
    schema: { type: 'string', default: 'structure', enum: ['off', 'structure', 'strict'] }
  },
  referentialIntegrity: {
    env: 'WARDBRIDGE_REFERENTIAL_INTEGRITY',
    since: '0.1.0',
    description:
      '`on`: what is written may refer (`Type/id`) to resources in the store only, and a resource that others refer to is not deleted, unless the same transaction writes or removes the other side. Loads (`wardbridge ingest`) are not looked at: their files come in any order.',
    schema: { type: 'string', default: 'off', enum: ['off', 'on'] }
  },
  restPack: {
    env: 'WARDBRIDGE_REST_PACK',
    since: '0.2.0',
    description: 'Mapping pack whose tables `/rest` speaks: its name, or the path of its folder.',
    schema: { type: 'string', default: 'hospital' }
  },
  restSource: {
    env: 'WARDBRIDGE_REST_SOURCE',
    since: '0.2.0',
    description:
      "URI that names the hospital's system: the `--source` its tables were loaded under with `wardbridge ingest`, so that `/rest` and loads speak of the same rows.",
    schema: { type: 'string', default: 'urn:wardbridge:hospital', pattern: '^[A-Za-z][A-Za-z0-9+.-]*:\\S+$' }
  },
  restTimezone: {
    env: 'WARDBRIDGE_REST_TIMEZONE',
    since: '0.2.0',
    description: 'Clock of the times in rows of `/rest`: an offset (`-05:00`, `Z`) or an IANA zone, as for `wardbridge ingest --timezone`.',
    unset: "the mapping's own",
    schema: { type: 'string' }
  },
  restArchive: {
    env: 'WARDBRIDGE_REST_ARCHIVE',
    since: '0.2.0',
    description:
      '`on`: `DELETE /rest/user/{id}` of a patient with clinical data keeps everything and sets `Patient.active` to false. `off`: it is refused with 409.',
    schema: { type: 'string', default: 'off', enum: ['off', 'on'] }
  },
  logLevel: {
    env: 'WARDBRIDGE_LOG_LEVEL',
    since: '0.1.0',
    description: 'Least level that is logged. Access lines are `info`; no level shows patient data, ids or tokens.',
    schema: { type: 'string', default: 'info', enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] }
  },
  noAuth: {
    env: 'WARDBRIDGE_NO_AUTH',
    option: '--no-auth',
    since: '0.1.0',
    description:
      '`true`: answer without a token, as administrator. Accepted on a loopback address without a trusted proxy only; requests whose Host header names another machine are refused.',
    schema: { type: 'boolean', default: false }
  },
  passwordCost: {
    env: 'WARDBRIDGE_PASSWORD_COST',
    since: '0.1.0',
    description:
      'What a guess at a password costs: base 2 logarithm of the N of scrypt (r = 8, p = 3). 15 takes 32 MB and about a quarter of a second; one more doubles both. Passwords are hashed anew at the next login after a change.',
    schema: { type: 'integer', default: 15, minimum: 12, maximum: 20 }
  },
  loginFailures: {
    env: 'WARDBRIDGE_LOGIN_FAILURES',
    since: '0.1.0',
    description: 'Failed logins of one account, known or not, before it has to wait; of one address 20 times as many.',
    schema: { type: 'integer', default: 10, minimum: 1, maximum: 1000 }
  },
  loginLockout: {
    env: 'WARDBRIDGE_LOGIN_LOCKOUT',
    since: '0.1.0',
    description: 'How long it has to wait: a number and `s`, `m`, `h` or `d`.',
    schema: { type: 'string', default: '15m', pattern: LIFETIME }
  },
  sessionLifetime: {
    env: 'WARDBRIDGE_SESSION_LIFETIME',
    since: '0.1.0',
    description: 'How long a login lasts at most, by refresh tokens: a number and `s`, `m`, `h` or `d`. Access tokens last 10 minutes.',
    schema: { type: 'string', default: '12h', pattern: LIFETIME }
  },
  keyLifetime: {
    env: 'WARDBRIDGE_KEY_LIFETIME',
    since: '0.1.0',
    description:
      'After what time a new key signs tokens: a number and `s`, `m`, `h` or `d`. Tokens of the old key stay valid until they expire.',
    schema: { type: 'string', default: '90d', pattern: LIFETIME }
  },
  backupFolder: {
    env: 'WARDBRIDGE_BACKUP_FOLDER',
    since: '0.2.0',
    description: 'Folder that `wardbridge backup` and the server put backups in. Without one, the server makes none.',
    unset: 'none',
    schema: { type: 'string' }
  },
  historyDays: {
    env: 'WARDBRIDGE_HISTORY_DAYS',
    since: '0.2.0',
    description:
      'How many days a version is kept after a newer one replaced it: a number, also by type: `365`, `365,Observation=90`, `Observation=90`. Questions, answers, their tasks and the audit are kept for ever.',
    unset: 'for ever',
    schema: { type: 'string' }
  },
  historyVersions: {
    env: 'WARDBRIDGE_HISTORY_VERSIONS',
    since: '0.2.0',
    description:
      'How many versions of each resource are kept in any case, the current one counted: a number, also by type: `1`, `5,Patient=20`.',
    schema: { type: 'string', default: '1' }
  },
  upgrade: {
    env: 'WARDBRIDGE_UPGRADE',
    since: '0.2.0',
    description:
      'What is done with a store or a `service.db` that an older Wardbridge wrote. `copy`: it is copied beside itself (`ward.db.schema-3.bak`), then brought up to date. `direct`: without a copy. `refuse`: it is not opened.',
    schema: { type: 'string', default: 'copy', enum: ['copy', 'direct', 'refuse'] }
  },
  metrics: {
    env: 'WARDBRIDGE_METRICS',
    since: '0.2.0',
    description:
      'Who may see `/metrics`. `token`: administrators and analysts, by their token. `loopback`: also programs on this machine without one; not behind a proxy on this machine that sends no `X-Forwarded-For`.',
    schema: { type: 'string', default: 'token', enum: ['token', 'loopback'] }
  },
  backupInterval: {
    env: 'WARDBRIDGE_BACKUP_INTERVAL',
    since: '0.2.0',
    description: 'How often the server makes a backup in that folder: a number and `s`, `m`, `h` or `d`, or `off`: when asked only.',
    schema: { type: 'string', default: '24h', pattern: '^(off|[0-9]{1,9}[smhd])$' }
  },
  backupKeep: {
    env: 'WARDBRIDGE_BACKUP_KEEP',
    since: '0.2.0',
    description: 'How many backups the server leaves in that folder: after each new one it removes the oldest.',
    schema: { type: 'integer', default: 7, minimum: 1, maximum: 10_000 }
  },
  ingestSources: {
    env: 'WARDBRIDGE_INGEST_SOURCES',
    since: '0.3.0',
    description:
      'Folders and `gs://bucket/prefix` that jobs asked for over HTTP may read, separated by commas. Without a `gs://` in it, every object that the credentials reach.',
    unset: 'no folder',
    schema: { type: 'string' }
  },
  exportTargets: {
    env: 'WARDBRIDGE_EXPORT_TARGETS',
    since: '0.3.0',
    description:
      'Folders, `gs://bucket/prefix` and `bq://project.dataset` that jobs asked for over HTTP may write to, separated by commas. Without a `gs://` or `bq://` in it, whatever of that kind the credentials reach.',
    unset: 'no folder',
    schema: { type: 'string' }
  },
  jobsOidcIssuer: {
    env: 'WARDBRIDGE_JOBS_OIDC_ISSUER',
    since: '0.2.0',
    description: 'Issuer of the OIDC tokens by which an outside scheduler may run jobs: `https://accounts.google.com` for Cloud Scheduler.',
    unset: 'none: an administrator may',
    schema: { type: 'string', pattern: '^https?://[^\\s?#]+$' }
  },
  jobsOidcAudience: {
    env: 'WARDBRIDGE_JOBS_OIDC_AUDIENCE',
    since: '0.2.0',
    description: 'Audience that these tokens must name. Needed with an issuer.',
    unset: 'none',
    schema: { type: 'string' }
  },
  jobsOidcJwksUrl: {
    env: 'WARDBRIDGE_JOBS_OIDC_JWKS_URL',
    since: '0.2.0',
    description: 'Where the public keys of that issuer are; https, or http on this machine.',
    unset: 'as `/.well-known/openid-configuration` of the issuer says',
    schema: { type: 'string', pattern: '^https?://[^\\s#]+$' }
  },
  jobsOidcCallers: {
    env: 'WARDBRIDGE_JOBS_OIDC_CALLERS',
    since: '0.2.0',
    description:
      'Who may: verified e-mail addresses (of service accounts) or subjects, separated by commas. Needed with an issuer, as it gives tokens to many.',
    unset: 'none',
    schema: { type: 'string' }
  },
  backupPassphrase: {
    env: 'WARDBRIDGE_BACKUP_PASSPHRASE',
    since: '0.2.0',
    description: 'Passphrase that backups are encrypted with; better kept in a file.',
    unset: 'none: backups are not encrypted',
    schema: { type: 'string' }
  },
  backupPassphraseFile: {
    env: 'WARDBRIDGE_BACKUP_PASSPHRASE_FILE',
    option: '--passphrase-file',
    since: '0.2.0',
    description: 'File that holds the passphrase; a line end after it does not count.',
    unset: 'none',
    schema: { type: 'string' }
  },
  breakGlass: {
    env: 'WARDBRIDGE_BREAK_GLASS',
    since: '0.2.0',
    description: 'How long a physician sees a patient outside of their care after breaking the glass: a number and `s`, `m`, `h` or `d`.',
    schema: { type: 'string', default: '60m', pattern: LIFETIME }
  },
  unusualPatients: {
    env: 'WARDBRIDGE_UNUSUAL_PATIENTS',
    since: '0.2.0',
    description:
      'More different patients than this that one account looks at within `WARDBRIDGE_UNUSUAL_WINDOW` raise an alert (`GET /auth/alerts`); 0: none.',
    schema: { type: 'integer', default: 50, minimum: 0, maximum: 1_000_000 }
  },
  unusualWindow: {
    env: 'WARDBRIDGE_UNUSUAL_WINDOW',
    since: '0.2.0',
    description: 'The time that is meant: a number and `s`, `m`, `h` or `d`. One account raises one alert within it.',
    schema: { type: 'string', default: '10m', pattern: LIFETIME }
  },
  ...OIDC_SETTINGS,
  ...GOOGLE_SETTINGS,
  ...TWIN_SETTINGS
} as const satisfies Record<Variable, SettingRow>

/** Values given on the command line, by setting; undefined ones are left to the environment. */
export type SettingOptions = { readonly [Name in Variable]?: string | number | boolean | undefined }

/**
 * The settings in force. `options` win over `env`; an empty environment variable counts as not set.
 * Throws `config` naming the setting that cannot be used.
 */
export function loadSettings(options: SettingOptions = {}, env: NodeJS.ProcessEnv = process.env): Settings {
  const rows = Object.entries(SETTINGS) as [Variable, SettingRow][]
  const given: Record<string, unknown> = {}
  for (const [name, row] of rows) {
    const value = options[name] ?? (env[row.env] === '' ? undefined : env[row.env])
    if (value !== undefined) given[row.env] = value
  }
  const schema = { type: 'object', properties: Object.fromEntries(rows.map(([, row]) => [row.env, row.schema])) }
  let values: Record<string, unknown>
  try {
    values = envSchema({ schema, data: given, env: false })
  } catch (error) {
    throw fail('config', { reason: reasonOf(error, given) }, { cause: error })
  }
  const value = Object.fromEntries(rows.map(([name, row]) => [name, values[row.env]])) as Record<Variable, never>
  const settings: Settings = {
    ...(Object.fromEntries(Object.entries(value).filter(([name]) => !(name in OIDC_SETTINGS || name in GOOGLE_SETTINGS))) as Record<
      Exclude<keyof Settings, Composed>,
      never
    >),
    ...places(value),
    linkLifetime: lifetime(SETTINGS.linkLifetime.env, value.linkLifetime),
    backupInterval: value.backupInterval === 'off' ? undefined : lifetime(SETTINGS.backupInterval.env, value.backupInterval),
    jobsOidcCallers: listed(value.jobsOidcCallers),
    ingestSources: listed(value.ingestSources),
    exportTargets: listed(value.exportTargets),
    publicUrl: (value.publicUrl as string | undefined)?.replace(/\/+$/, ''),
    trustProxy: parseProxies(value.trustProxy),
    loginLockout: lifetime(SETTINGS.loginLockout.env, value.loginLockout),
    sessionLifetime: lifetime(SETTINGS.sessionLifetime.env, value.sessionLifetime),
    keyLifetime: lifetime(SETTINGS.keyLifetime.env, value.keyLifetime),
    breakGlass: lifetime(SETTINGS.breakGlass.env, value.breakGlass),
    unusualWindow: lifetime(SETTINGS.unusualWindow.env, value.unusualWindow),
    oidc: readOidc(value),
    google: readGoogle(value)
  }
  checkSchedulers(settings)
  if (settings.noAuth && !isLoopback(settings.host)) {
    throw fail('config', { reason: `--no-auth works on a loopback address only, not on ${settings.host}` })
  }
  if (settings.noAuth && settings.trustProxy.length > 0) {
    throw fail('config', { reason: '--no-auth cannot be combined with WARDBRIDGE_TRUST_PROXY: a proxy would open the store to everybody' })
  }
  return settings
}

/** Where everything is kept: beside the store, unless told. A store at Google has no folder: there the working directory counts. */
function places(value: Readonly<Record<'store' | 'state' | 'files' | 'twinFolder', never>>) {
  const given = value as Readonly<Record<'store' | 'state' | 'files' | 'twinFolder', string | undefined>>
  const state = given.state ?? (isStoreName(given.store!) ? '.' : dirname(given.store!))
  const files = given.files ?? (isBucketPath(state) ? `${state}/files` : join(state, 'files'))
  return { state, files, twinFolder: given.twinFolder ?? join(isBucketPath(state) ? '.' : state, 'twin') }
}

function lifetime(env: string, text: string): number {
  try {
    return parseLifetime(text)
  } catch (error) {
    throw fail('config', { reason: `${env}: ${(error as Error).message}` }, { cause: error })
  }
}

/** Throws config when something is missing, or keys would be fetched over an open line. */
function checkSchedulers({ jobsOidcIssuer, jobsOidcAudience, jobsOidcJwksUrl, jobsOidcCallers }: Settings): void {
  if (jobsOidcIssuer === undefined) return
  if (jobsOidcAudience === undefined) throw fail('config', { reason: 'WARDBRIDGE_JOBS_OIDC_ISSUER needs WARDBRIDGE_JOBS_OIDC_AUDIENCE' })
  if (jobsOidcCallers.length === 0)
    throw fail('config', { reason: 'WARDBRIDGE_JOBS_OIDC_ISSUER needs WARDBRIDGE_JOBS_OIDC_CALLERS: nobody could come' })
  checkKeysUrl(jobsOidcJwksUrl ?? jobsOidcIssuer)
}

/** `off`, or addresses, CIDR ranges and the names of ranges that proxy-addr knows. */
function parseProxies(text: string): string[] {
  if (text === 'off') return []
  return text.split(',').map((part) => {
    const proxy = part.trim()
    const [address = '', prefix = '0', ...more] = proxy.split('/')
    const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
    const isRange = /^\d+$/.test(prefix) && Number(prefix) <= bits && more.length === 0
    if (!isRange && !['loopback', 'linklocal', 'uniquelocal'].includes(proxy)) {
      throw fail('config', { reason: `WARDBRIDGE_TRUST_PROXY takes off, or addresses and ranges, not "${proxy}"` })
    }
    return proxy
  })
}

interface AjvFailure {
  readonly errors?: ReadonlyArray<{
    readonly instancePath: string
    readonly message?: string
    readonly params: { readonly allowedValues?: string[] }
  }>
}

function reasonOf(error: unknown, given: Record<string, unknown>): string {
  const failures = (error as AjvFailure).errors
  if (failures === undefined) return String(error)
  return failures
    .map(({ instancePath, message, params }) => {
      const name = instancePath.slice(1)
      return `${name} ${message}${params.allowedValues ? ` (${params.allowedValues.join(', ')})` : ''}, not ${JSON.stringify(given[name])}`
    })
    .join('; ')
}

/** Values separated by commas. */
function listed(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
}
