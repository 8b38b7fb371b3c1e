/** `wardbridge unmap`: the tables back from a store, as CSV. */
import type { Command } from 'commander'
import type { UnmapProgress, UnmappedTable } from '../ingest/index.js'
import { secretFor } from './load-command.js'
import { display, group, progressBar } from './progress.js'
import { OPERATOR, withService } from './store-access.js'

interface UnmapOptions {
  readonly mapping: string
  readonly out: string
  readonly store?: string
  readonly state?: string
  readonly source?: string
  readonly timezone?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

export function register(program: Command): void {
  program
    .command('unmap')
    .description('write the tables of a mapping back as CSV, from the resources of a store')
    .requiredOption('--mapping <pack>', 'mapping pack: its name, or the path of its folder')
    .requiredOption('--out <folder>', 'folder to write to')
    .option('--store <file>', 'store to read (WARDBRIDGE_STORE, default wardbridge.db)')
    .option('--source <uri>', 'the source the rows were loaded under (default: as for ingest)')
    .option('--timezone <zone>', 'the clock the rows were loaded with (default: as for ingest)')
    .option('--state <folder>', 'folder of service.db with the secret for ids (WARDBRIDGE_STATE); only for mappings that are not public')
    .option('--json', 'give the result as one line of JSON')
    .option('--quiet', 'no progress')
    .action(async ({ mapping, out, store, state, source, timezone, json, quiet }: UnmapOptions) => {
      const { compileFor, storedResources, unmap } = await import('../ingest/index.js')
      const { readPack } = await import('../files/packs.js')
      const texts = await readPack(mapping)
      const idSecret = await secretFor(texts, { ...(store === undefined ? {} : { store }), ...(state === undefined ? {} : { state }) })
      const { pack } = compileFor({ pack: texts, source, timezone, idSecret })
      await withService({ store, state }, async (service) => {
        const stored = storedResources(service, OPERATOR)
        const counts = Object.values(await service.counts(OPERATOR))
        const total = counts.reduce((sum, count) => sum + count, 0)
        const progress = display<UnmapProgress>(quiet === true, {
          line: ({ resources, rows }) => `${progressBar(resources, total)} ${group(resources)} resources · ${group(rows)} rows`,
          record: (one) => ({ ...one, total })
        })
        const tables = await unmap({ pack, stored, out, onProgress: progress.show })
        progress.end()
        process.stdout.write(json === true ? `${JSON.stringify({ tables })}\n` : `${tables.map(line).join('')}`)
      })
    })
}

function line({ table, rows, lossy, reason }: UnmappedTable): string {
  const lost = Object.keys(lossy)
  const remark = reason ?? (lost.length === 0 ? '' : `without ${lost.join(', ')}`)
  return `${`${table.padEnd(20)} ${group(rows).padStart(10)}  ${remark}`.trimEnd()}\n`
}
