/** `wardbridge ingest`: tables and FHIR files into a store. */
import type { Command } from 'commander'
import { type LoadCommandOptions, loadOptions, runLoad, withLoadOptions } from './load-command.js'
import { OPERATOR, withService } from './store-access.js'

export function register(program: Command): void {
  const command = program
    .command('ingest')
    .description('map tables and FHIR files and load them into a store')
    .argument('<source...>', 'files and folders of .csv, .ndjson, .json (.gz), local or gs://bucket/name (* and ** in names)')
    .requiredOption('--mapping <pack>', 'mapping pack: its name, or the path of its folder')
    .option(
      '--store <location>',
      'store to load into: a file, made when it is not there, or the name of one of the Cloud Healthcare API (WARDBRIDGE_STORE, default wardbridge.db)'
    )
    .option('--dry-run', 'write nothing: tell what would be loaded, rejected and missing')
  withLoadOptions(command).action(async (sources: string[], options: LoadCommandOptions & { readonly dryRun?: boolean }) => {
    if (options.dryRun === true) {
      const { dryRunText, runDry } = await import('./dry-run.js')
      return runLoad(options, (live) => runDry(sources, options, live), dryRunText)
    }
    return runLoad(options, async (live) => {
      const { ingest } = await import('../ingest/index.js')
      const load = { ...(await loadOptions(sources, options)), ...live }
      return withService({ store: options.store, state: options.state }, (service) => ingest(load, service, OPERATOR))
    })
  })
}
