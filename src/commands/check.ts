import type { Command } from 'commander'
import { readPack } from '../files/packs.js'
import { checkPack } from '../mapping/index.js'

/** `wardbridge check PACK`: every fault of a mapping pack with file, line and column; exit code 1 when there is one. */
export function register(program: Command): void {
  program
    .command('check')
    .description('check a mapping pack against FHIR R4 and our profiles')
    .argument('<pack>', 'name of a pack, or the path of a pack folder')
    .option('--json', 'one JSON line instead of text')
    .action(async (name: string, options: { json?: boolean }) => {
      const { pack, problems } = checkPack(await readPack(name))
      const tables = [...pack.tables.values()]
      const mapped = tables.filter((table) => table.unmapped === undefined).length
      if (options.json === true) {
        const list = problems.map(({ place, message }) => ({ ...place, message }))
        process.stdout.write(`${JSON.stringify({ pack: pack.name, tables: tables.length, mapped, problems: list })}\n`)
      } else {
        for (const { place, message } of problems) process.stdout.write(`${place.file}:${place.line}:${place.column}: ${message}\n`)
        const summary = problems.length === 0 ? 'no problem' : `${problems.length} problem${problems.length === 1 ? '' : 's'}`
        process.stdout.write(`${pack.name}: ${tables.length} tables, ${mapped} of them mapped or dictionaries: ${summary}\n`)
      }
      if (problems.length > 0) process.exitCode = 1
    })
}
