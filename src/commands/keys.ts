/** `wardbridge keys`: the keys that tokens are signed with. */
import type { Command } from 'commander'
import type { StateOptions } from './identity-access.js'

export function register(program: Command): void {
  const keys = program.command('keys').description('manage the keys that tokens are signed with')

  keys
    .command('rotate')
    .description('sign with a new key from now on; its id alone is printed on stdout')
    .option('--forget', 'refuse every token of the keys of before, as when one was stolen')
    .option('--store <location>', 'store the keys are for (WARDBRIDGE_STORE)')
    .option('--state <place>', 'folder of service.db, or gs://bucket/prefix (WARDBRIDGE_STATE); default: the folder of the store')
    .action(async ({ forget = false, ...options }: StateOptions & { forget?: boolean }) => {
      const { loadSettings } = await import('../config.js')
      const { openState } = await import('../state/state.js')
      const { state: location, google } = loadSettings({ store: options.store, state: options.state })
      const state = await openState(location, { google })
      try {
        process.stdout.write(`${await state.rotateSigningKey({ forget })}\n`)
      } finally {
        state.close()
      }
    })
}
