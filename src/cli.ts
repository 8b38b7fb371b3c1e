#!/usr/bin/env node
/** The `wardbridge` command: one file per verb in commands/. Results go to stdout, everything else to stderr. */
import { Command } from 'commander'
import { register as access } from './commands/access.js'
import { register as account } from './commands/account.js'
import { register as analysis } from './commands/analysis.js'
import { register as audit } from './commands/audit.js'
import { register as backup } from './commands/backup.js'
import { register as check } from './commands/check.js'
import { register as client } from './commands/client.js'
import { register as demo } from './commands/demo.js'
import { register as doctor } from './commands/doctor.js'
import { register as exporting } from './commands/export.js'
import { register as generate } from './commands/generate.js'
import { register as ingest } from './commands/ingest.js'
import { register as keys } from './commands/keys.js'
import { register as map } from './commands/map.js'
import { register as restore } from './commands/restore.js'
import { register as serve } from './commands/serve.js'
import { register as token } from './commands/token.js'
import { register as unmap } from './commands/unmap.js'
import { register as validate } from './commands/validate.js'
import { register as verify } from './commands/verify.js'
import { WardbridgeError } from './errors.js'
import { VERSION } from './version.js'

const program = new Command('wardbridge')
  .description('Hospital tables in, FHIR R4 out, and back.')
  .version(VERSION)
  .showHelpAfterError('(see --help)')
  .configureHelp({ showGlobalOptions: true })

for (const register of [
  demo,
  ingest,
  map,
  unmap,
  check,
  doctor,
  generate,
  serve,
  access,
  account,
  client,
  keys,
  token,
  verify,
  audit,
  validate,
  backup,
  restore,
  exporting,
  analysis
])
  register(program)

// A reader that has seen enough, such as head, is no failure.
process.stdout.on('error', (error: Error & { code?: string }) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}

/** Tells what went wrong and gives the exit code: 2 for wrong usage, else 1. */
function report(error: unknown): number {
  if (!(error instanceof WardbridgeError)) {
    process.stderr.write(`wardbridge: unexpected error\n${error instanceof Error ? error.stack : String(error)}\n`)
    return 1
  }
  process.stderr.write(`wardbridge: ${error.message}\n  ${error.help}\n`)
  return error.code === 'cli.usage' ? 2 : 1
}
