/** `wardbridge map`: tables to FHIR NDJSON, one file per resource type; or which column goes where. */
import type { Command } from 'commander'
import { fail } from '../errors.js'
import { type LoadCommandOptions, loadOptions, runLoad, withLoadOptions } from './load-command.js'

interface MapOptions extends Omit<LoadCommandOptions, 'mapping' | 'store'> {
  readonly mapping?: string
  readonly out?: string
  readonly explain?: string
  readonly validate?: boolean
}

export function register(program: Command): void {
  const command = program
    .command('map')
    .description('map tables and FHIR files to NDJSON, one file per resource type')
    .argument('[source...]', 'files and folders of .csv, .ndjson, .json (.gz), local or gs://bucket/name (* and ** in names)')
    .option('--mapping <pack>', 'mapping pack: its name, or the path of its folder')
    .option('--out <folder>', 'folder to write to')
    .option('--validate', 'check the resources against FHIR R4, as ingest does')
    .option('--explain <pack[/table]>', 'show which column feeds which element instead')
  withLoadOptions(command).action(async (sources: string[], options: MapOptions) => {
    if (options.explain !== undefined) {
      const { explainPack } = await import('./explain.js')
      return explainPack(options.explain, options.json === true)
    }
    const { mapping, out } = options
    if (sources.length === 0 || mapping === undefined || out === undefined) {
      throw fail('cli.usage', { reason: 'map needs a source, --mapping and --out' })
    }
    await runLoad({ ...options, mapping }, async (live) => {
      const { mapToFolder } = await import('../ingest/index.js')
      return mapToFolder({ ...(await loadOptions(sources, { ...options, mapping })), ...live, validate: options.validate === true }, out)
    })
  })
}
