/** `wardbridge account`: the accounts of people, for whoever can read the state folder. */
import type { Command } from 'commander'
import type { AccountWithPassword } from '../identity/accounts.js'
import { type StateOptions, withIdentity } from './identity-access.js'

interface CreateOptions extends StateOptions {
  readonly role: string
  readonly fhirUser?: string
  readonly passwordStdin?: boolean
}

/** Who makes the change, for the audit. */
const BY = { subject: 'operator', from: 'command line' }

const STORE = ['--store <location>', 'store the accounts are for (WARDBRIDGE_STORE)'] as const
const STATE = [
  '--state <place>',
  'folder of service.db, or gs://bucket/prefix (WARDBRIDGE_STATE); default: the folder of the store'
] as const

export function register(program: Command): void {
  const account = program.command('account').description('make and manage the accounts of people')

  account
    .command('create <username>')
    .description('make an account; its one-time password alone is printed on stdout, to be replaced at the first login')
    .requiredOption('--role <role>', 'what the person may do, e.g. physician')
    .option('--fhir-user <reference>', 'the resource that stands for the person: Practitioner/2, Patient/1')
    .option('--password-stdin', 'read the password from stdin (its first line) rather than make one')
    .option(...STORE)
    .option(...STATE)
    .action(async (username: string, { role, fhirUser, passwordStdin, ...options }: CreateOptions) => {
      const password = passwordStdin ? await firstLine() : undefined
      const made = await withIdentity(options, ({ accounts }) => accounts.create({ username, role, fhirUser, password }, BY))
      tell(made, 'was made')
    })

  account
    .command('list')
    .description('list the accounts')
    .option(...STORE)
    .option(...STATE)
    .action(async (options: StateOptions) => {
      const { columns } = await import('./columns.js')
      const accounts = await withIdentity(options, async (identity) => identity.accounts.list())
      const rows = accounts.map(({ username, role, fhirUser, status, mustChangePassword, id }) => {
        const password = mustChangePassword ? 'one-time' : 'own'
        return [username, role, fhirUser ?? '-', status, password, id]
      })
      process.stdout.write(columns([['USERNAME', 'ROLE', 'FHIR USER', 'STATUS', 'PASSWORD', 'ID'], ...rows]))
    })

  for (const [name, status, words] of [
    ['disable', 'disabled', 'refuse an account; its sessions end at once'],
    ['enable', 'active', 'let an account log in again, also one that is locked after failed logins']
  ] as const) {
    account
      .command(`${name} <username>`)
      .description(words)
      .option(...STORE)
      .option(...STATE)
      .action(async (username: string, options: StateOptions) => {
        await withIdentity(options, async ({ accounts }) => accounts.change((await accounts.named(username)).id, { status }, BY))
        process.stderr.write(`${username} is ${status}\n`)
      })
  }

  account
    .command('reset <username>')
    .description('give an account a one-time password, printed alone on stdout; its sessions and its lock end')
    .option(...STORE)
    .option(...STATE)
    .action(async (username: string, options: StateOptions) => {
      tell(await withIdentity(options, async ({ accounts }) => accounts.reset((await accounts.named(username)).id, BY)), 'was reset')
    })
}

function tell({ username, role, oneTimePassword }: AccountWithPassword, what: string): void {
  process.stderr.write(`${username} (${role}) ${what}\n`)
  if (oneTimePassword !== undefined) process.stdout.write(`${oneTimePassword}\n`)
}

async function firstLine(): Promise<string> {
  const { text } = await import('node:stream/consumers')
  return (await text(process.stdin)).split(/\r?\n/, 1)[0]!
}
