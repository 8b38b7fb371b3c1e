/** The official R4 package with definitions and examples: where the generated files come from. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
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

export const FHIR = 'http://hl7.org/fhir/'

/** All resources of a type in the package, in the order of their file names. */
export function readAll(folder, type) {
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${type}-`))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
}

/** http://hl7.org/fhir/ValueSet/x -> x; any other URL stays whole. */
export function shorten(url, folder) {
  return url.startsWith(FHIR + folder) ? url.slice((FHIR + folder).length) : url
}

export function sorted(object) {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))
}
