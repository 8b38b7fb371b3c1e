/** `wardbridge serve`: serves a store over HTTP until it is told to stop. */
import type { Command } from 'commander'
import { type StateOptions, withIdentity } from './identity-access.js'

interface ServeOptions {
  readonly store?: string
  readonly state?: string
  readonly host?: string
  readonly port?: string
  readonly publicUrl?: string
  readonly trustProxy?: string
  readonly twinLag?: string
  readonly auth: boolean
}

export function register(program: Command): void {
  program
    .command('serve')
    .description('serve a store as a FHIR R4 server')
    .option(
      '--store <location>',
      'store to serve: a file, or the name of one of the Cloud Healthcare API (WARDBRIDGE_STORE, default wardbridge.db)'
    )
    .option('--state <place>', 'folder of service.db, or gs://bucket/prefix (WARDBRIDGE_STATE); default: the folder of the store')
    .option('--host <address>', 'address to listen on (WARDBRIDGE_HOST, default 127.0.0.1)')
    .option('--port <number>', 'port to listen on (WARDBRIDGE_PORT, default 8080)')
    .option('--public-url <url>', 'address under which clients reach the server (WARDBRIDGE_PUBLIC_URL)')
    .option('--trust-proxy <addresses>', 'proxies whose X-Forwarded-* headers count (WARDBRIDGE_TRUST_PROXY, default off)')
    .option('--twin-lag <ms>', 'milliseconds after which a write shows in searches under /v1 (WARDBRIDGE_TWIN_LAG, default 0)')
    .option('--no-auth', 'answer without a token; on a loopback address only (WARDBRIDGE_NO_AUTH)')
    .action(async ({ auth, ...options }: ServeOptions) => {
      const { loadSettings } = await import('../config.js')
      const { serveUntilStopped } = await import('./serve-until-stopped.js')
      const settings = loadSettings({ ...options, noAuth: auth ? undefined : true })
      if (!settings.noAuth) await makeFirstAccount(options)
      await serveUntilStopped(settings, ({ url }) => {
        process.stderr.write(`wardbridge serves ${settings.store} at ${url}\n`)
      })
    })
}

/** A server without any account gets an administrator. The password is told here and nowhere else: it is in no log, and cannot be read again. */
async function makeFirstAccount(options: StateOptions): Promise<void> {
  const first = await withIdentity(options, ({ accounts }) => accounts.createFirst())
  if (first === undefined) return
  process.stderr.write(
    `There was no account: ${first.username} (${first.role}) was made, with the one-time password\n  ${first.oneTimePassword}\n` +
      'It must be replaced at the first login (newPassword), within three days; `wardbridge account reset` makes another one.\n'
  )
}
