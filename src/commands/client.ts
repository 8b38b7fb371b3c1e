/** `wardbridge client`: programs that get tokens of their own (SMART Backend Services), and apps that people launch. */
import type { Command } from 'commander'
import { type StateOptions, withIdentity } from './identity-access.js'

interface AddOptions extends StateOptions {
  readonly role?: string
  readonly scope: string
  readonly jwks?: string
  readonly jwksUri?: string
  readonly redirectUri?: readonly string[]
}

const BY = { subject: 'operator', from: 'command line' }

const STORE = ['--store <location>', 'store the clients are for (WARDBRIDGE_STORE)'] as const
const STATE = [
  '--state <place>',
  'folder of service.db, or gs://bucket/prefix (WARDBRIDGE_STATE); default: the folder of the store'
] as const

export function register(program: Command): void {
  const client = program.command('client').description('register programs and apps that ask for tokens')

  client
    .command('add <name>')
    .description(
      'register a program (--role, and --jwks or --jwks-uri) or an app (--redirect-uri); its client id alone is printed on stdout'
    )
    .requiredOption('--scope <scopes>', 'scopes it may ask for, separated by spaces: "system/*.rs"')
    .option('--role <role>', 'role of the program, e.g. analyst')
    .option('--jwks <file>', 'its public keys, a JWK set (RS384, ES384)')
    .option('--jwks-uri <url>', 'where its public keys are, https')
    .option('--redirect-uri <url...>', 'where an app may be sent back to')
    .option(...STORE)
    .option(...STATE)
    .action(async (name: string, { role, scope, jwks: file, jwksUri, redirectUri, ...options }: AddOptions) => {
      const jwks = file === undefined ? undefined : await readText(file)
      const asked = { name, role, scope, jwks, jwksUri, redirectUris: redirectUri }
      const { client_id } = await withIdentity(options, async ({ clients }) => clients.add(asked, BY))
      process.stdout.write(`${client_id}\n`)
    })

  client
    .command('list')
    .description('list the clients')
    .option(...STORE)
    .option(...STATE)
    .action(async (options: StateOptions) => {
      const { columns } = await import('./columns.js')
      const clients = await withIdentity(options, async (identity) => identity.clients.list())
      const rows = clients.map(({ client_id, client_name, role, scope }) => [client_id, client_name, role ?? '(app)', scope])
      process.stdout.write(columns([['CLIENT ID', 'NAME', 'ROLE', 'SCOPE'], ...rows]))
    })

  client
    .command('remove <client-id>')
    .description('remove a client; its tokens and sessions end at once')
    .option(...STORE)
    .option(...STATE)
    .action(async (id: string, options: StateOptions) => {
      await withIdentity(options, async ({ clients }) => clients.remove(id, BY))
      process.stderr.write(`${id} is removed\n`)
    })
}

async function readText(file: string): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  const { fail } = await import('../errors.js')
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw fail('source.io', { path: file, reason: (error as Error).message }, { cause: error })
  }
}
