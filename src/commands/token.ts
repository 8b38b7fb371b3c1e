/** `wardbridge token`: makes a bearer token for whoever can read the state folder. */
import type { Command } from 'commander'

interface TokenOptions {
  readonly store?: string
  readonly state?: string
  readonly role: string
  readonly subject: string
  readonly fhirUser?: string
  readonly scope?: string
  readonly expires: string
}

export function register(program: Command): void {
  program
    .command('token')
    .description('make a bearer token; the token alone is printed on stdout')
    .requiredOption('--role <role>', 'what the bearer may do, e.g. administrator')
    .option('--store <location>', 'store the token is for (WARDBRIDGE_STORE)')
    .option('--state <place>', 'folder of service.db, or gs://bucket/prefix (WARDBRIDGE_STATE); default: the folder of the store')
    .option('--subject <name>', 'who bears it', 'operator')
    .option('--fhir-user <reference>', 'the resource that stands for the bearer: Practitioner/2, Patient/1')
    .option('--scope <scopes>', 'SMART scopes that it is limited to, separated by spaces')
    .option('--expires <lifetime>', 'how long it lasts: 15m, 8h, 30d', '8h')
    .action(async (options: TokenOptions) => {
      const { issueToken } = await import('../identity/issue.js')
      const { loadSettings } = await import('../config.js')
      const settings = loadSettings({ store: options.store, state: options.state })
      process.stdout.write(`${await issueToken(settings, options)}\n`)
    })
}
