/** The official R4 package with definitions and examples: where the generated files come from. */
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

const PACKAGE = 'hl7.fhir.r4.examples@4.0.1'

/** The folder of an unpacked copy: the one given, that of WARDBRIDGE_R4_EXAMPLES, or one fetched with `npm pack` into the empty folder `work`. */
export function r4Package(given, work) {
  const known = given ?? process.env.WARDBRIDGE_R4_EXAMPLES
  if (known !== undefined) return resolve(known)
  const run = (command, ...args) => execFileSync(command, args, { cwd: work, stdio: ['ignore', 'pipe', 'inherit'] })
  run('npm', 'pack', '--silent', PACKAGE)
  run(
    'tar',
    '-xzf',
    readdirSync(work).find((name) => name.endsWith('.tgz'))
  )
  return join(work, 'package')
}
