import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import t from 'tap'
import { register } from '#wardbridge/commands/generate.js'

/** Runs the verb in this process; gives what it wrote to stdout. */
async function run(...args: string[]): Promise<string> {
  const program = new Command('wardbridge')
  register(program)
  for (const command of [program, ...program.commands]) command.exitOverride().configureOutput({ writeErr() {} })
  const original = process.stdout.write
  let text = ''
  process.stdout.write = ((chunk: string | Uint8Array) => {
    text += String(chunk)
    return true
  }) as typeof process.stdout.write
  try {
    await program.parseAsync(['generate', ...args], { from: 'user' })
  } finally {
    process.stdout.write = original
  }
  return text
}

t.test('generate --json prints one line of JSON with the rows per table', async (t) => {
  const out = t.testdir()
  const text = await run('--patients', '2', '--seed', '5', '--out', out, '--gzip', '--json')
  t.match(text, /^[^\n]+\n$/)
  const result = JSON.parse(text) as { patients: number; seed: number; rows: number; tables: Record<string, number> }
  t.match(result, { patients: 2, seed: 5 })
  t.equal(result.tables['patients'], 2)
  t.equal(
    result.rows,
    Object.values(result.tables).reduce((sum, n) => sum + n, 0)
  )
  t.equal(readFileSync(join(out, 'PATIENTS.csv.gz')).readUInt16BE(0), 0x1f8b)
})

t.test('generate prints a line per table', async (t) => {
  const out = t.testdir()
  const text = await run('--patients', '1', '--out', out)
  t.match(text, /^patients +1$/m)
  t.match(text, /^\d+ rows in [\d.]+ s, in /m)
})

t.test('generate refuses what is no whole number, and a missing option', async (t) => {
  const out = t.testdir()
  for (const patients of ['0', '-1', '1.5', 'many', ''])
    await t.rejects(run('--patients', patients, '--out', out), { code: 'commander.invalidArgument' })
  await t.rejects(run('--patients', '1', '--seed', 'x', '--out', out), { code: 'commander.invalidArgument' })
  await t.rejects(run('--patients', '1'), { code: 'commander.missingMandatoryOptionValue' })
})
