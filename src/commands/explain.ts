import { fail } from '../errors.js'
import { readPack } from '../files/packs.js'
import { explain, loadPack } from '../mapping/index.js'

/**
 * `wardbridge map --explain PACK[/TABLE]`: which column feeds which element, from the mapping files alone.
 * Prints a table, or JSON lines. Throws mapping.unknown-pack, mapping.check, cli.usage (unknown table).
 */
export async function explainPack(target: string, json: boolean): Promise<void> {
  const [, name = target, table] = /^(.+?)\/([\w]+)$/.exec(target) ?? []
  const known = await readPack(name).catch((error: unknown) => {
    // A folder path has slashes of its own: then the whole target is the pack.
    if (table === undefined) throw error
    return undefined
  })
  const pack = loadPack(known ?? (await readPack(target)))
  const wanted = known === undefined ? undefined : table?.toLowerCase()
  if (wanted !== undefined && !pack.tables.has(wanted)) {
    throw fail('cli.usage', { reason: `pack ${pack.name} has no table ${wanted} (known: ${[...pack.tables.keys()].join(', ')})` })
  }
  const rows = explain(pack, wanted)
  if (json) {
    for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`)
    return
  }
  const width = (pick: (row: (typeof rows)[number]) => string) => Math.max(...rows.map((row) => pick(row).length))
  const [column, as, element] = [width((row) => row.column), width((row) => row.as), width((row) => row.element)]
  let last = ''
  for (const row of rows) {
    if (row.table !== last) process.stdout.write(`${last === '' ? '' : '\n'}${row.table}\n`)
    last = row.table
    process.stdout.write(`  ${row.column.padEnd(column)}  ${row.as.padEnd(as)}  ${row.element.padEnd(element)}  ${row.how}\n`)
  }
  const reasons = [...pack.tables.values()].filter((one) => one.unmapped !== undefined && (wanted === undefined || one.table === wanted))
  if (reasons.length > 0) process.stdout.write(`\nnot mapped\n`)
  for (const one of reasons) process.stdout.write(`  ${one.table.padEnd(column)}  ${one.unmapped}\n`)
}
