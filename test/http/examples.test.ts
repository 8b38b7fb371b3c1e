/**
 * Every resource of hl7.fhir.r4.examples goes through a real server: stored, read back, and found by each value that FHIRPath finds for the
 * SearchParameters of the package. Nothing of ours says what the values are. docs/conformance.md has the figures; this test checks them.
 */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type fhirpath from 'fhirpath'
import t from 'tap'
import { loadSettings } from '#wardbridge/config.js'
import { makeLogger } from '#wardbridge/http/log.js'
import { startServer } from '#wardbridge/server.js'
import { content, type Example, FOLDER, readExamples } from './official-examples.js'
import { type Criterion, criteria, type ParameterDefinition } from './search-values.js'

const r4: Parameters<typeof fhirpath.compile>[1] = createRequire(import.meta.url)('fhirpath/fhir-context/r4')
const AT_ONCE = 16
/** Values of one parameter that one search asks for: some resources have hundreds. */
const MOST_VALUES = 4

async function all<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  const run = async () => {
    while (next < items.length) await work(items[next++]!)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, run))
}

/** The official parameters of a type: those of the Bundle searchParams whose base it has. */
function definitions(): (type: string) => ParameterDefinition[] {
  const bundle: { entry: Array<{ resource: ParameterDefinition }> } = JSON.parse(readFileSync(`${FOLDER}/Bundle-searchParams.json`, 'utf8'))
  const rows = [...new Map(bundle.entry.map(({ resource }) => [resource.url, resource])).values()]
  return (type) => rows.filter(({ base }) => base.some((one) => one === type || one === 'Resource' || one === 'DomainResource'))
}

const group = (n: number) => n.toLocaleString('en-US')

/** The server's own log of this test is found, too, and is longer than a page. */
const OLDEST: ReadonlyArray<readonly [string, string]> = [['_sort', 'date']]

t.test(
  'every official example is stored, read back as it was, and found by _id and by each search parameter that has a value',
  { skip: existsSync(FOLDER) ? false : 'unpack hl7.fhir.r4.examples 4.0.1 and set WARDBRIDGE_R4_EXAMPLES to its folder', timeout: 600_000 },
  async (t) => {
    const settings = loadSettings({ store: `${t.testdir()}/store.db`, port: 0, noAuth: true, logLevel: 'silent', bodyLimit: 64 << 20 }, {})
    const server = await startServer(settings, makeLogger('silent'))
    t.teardown(() => server.close())
    const base = `${server.url}/fhir`
    const ask = async (path: string, { headers, ...rest }: RequestInit & { headers?: Record<string, string> } = {}) => {
      // Not packed: fetch asks for gzip, which takes longer here than everything else.
      const init = { ...rest, headers: { ...headers, 'accept-encoding': 'identity' } }
      // Asked again when the connection was closed while it lay idle: everything here may be said twice.
      const response = await fetch(`${base}/${path}`, init).catch(() => fetch(`${base}/${path}`, init))
      return { status: response.status, text: await response.text() }
    }
    const examples = readExamples()

    const stored: Example[] = []
    const refused: string[] = []
    await all(examples, async (example) => {
      const { type, id, name, text } = example
      const { status, text: answer } = await ask(`${type}/${id}`, {
        method: 'PUT',
        body: text,
        headers: { 'content-type': 'application/fhir+json' }
      })
      if (status === 201 || status === 200) stored.push(example)
      else refused.push(`${name}: ${status} ${answer.slice(0, 300)}`)
    })
    let readBack = 0
    const kept = new Map<Example, string>()
    await all(stored, async (example) => {
      const { type, id, name, text } = example
      const { status, text: answer } = await ask(`${type}/${id}`)
      if (status === 200 && content(answer) === content(text)) readBack++
      else t.fail(`${name} is not read back as it was: ${status}`)
      kept.set(example, answer)
    })

    const parametersOf = definitions()
    const finds = async (type: string, query: ReadonlyArray<readonly [string, string]>, id: string) => {
      const { status, text } = await ask(`${type}?${new URLSearchParams(query.map(([name, value]): [string, string] => [name, value]))}`, {
        headers: { prefer: 'handling=strict' }
      })
      if (status !== 200) return JSON.parse(text).issue?.[0]?.details?.text ?? String(status)
      return text.includes(`"fullUrl":"${base}/${type}/${id}"`) ? undefined : 'not found'
    }

    const failures = new Map<string, string[]>()
    const parameters = new Set<string>()
    let byId = 0
    let found = 0
    let wanted = 0
    await all(stored, async (example) => {
      const { type, id, name } = example
      // As it is stored: the server sets meta.lastUpdated.
      const resource = JSON.parse(kept.get(example)!)
      const own: readonly [string, string] = ['_id', id]
      const asked = parametersOf(type)
        .map(({ code, ...rest }) => ({
          code,
          criteria: criteria({ code, ...rest }, resource, parametersOf(type), r4).slice(0, MOST_VALUES)
        }))
        .filter((one) => one.criteria.length > 0 && one.code !== '_id')
      wanted += asked.length
      const pairs = (some: readonly Criterion[]) => some.map(({ name, value }) => [name, value] as const)
      const together = await finds(type, [own, ...asked.flatMap((one) => pairs(one.criteria))], id)
      if (together === undefined || (await finds(type, [own], id)) === undefined) byId++
      else t.fail(`${name} is not found by _id`)
      for (const { code, criteria: some } of asked) {
        // Alone, without _id, a parameter is the way to the resource: once for every parameter.
        const first = !parameters.has(`${type}.${code}`)
        parameters.add(`${type}.${code}`)
        let problem = together === undefined ? undefined : await finds(type, [own, ...pairs(some)], id)
        if (problem === undefined && first)
          problem = await finds(type, [...pairs(some), ['_count', '1000'], ...(type === 'AuditEvent' ? OLDEST : [])], id)
        if (problem === undefined) found++
        else
          failures.set(`${type}.${code}`, [...(failures.get(`${type}.${code}`) ?? []), `${name}: ${problem}: ${pairs(some).join(' & ')}`])
      }
    })

    t.comment(`${found} of ${wanted}`)
    for (const line of refused) t.comment(line)
    for (const [parameter, problems] of failures) t.comment(`${parameter}: ${problems.length}: ${problems.slice(0, 2).join('; ')}`)
    const report = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8')
    for (const line of [
      `stored: ${group(stored.length)} of ${group(examples.length)}`,
      `read back as they were: ${group(readBack)} of ${group(stored.length)}`,
      `found by \`_id\`: ${group(byId)} of ${group(stored.length)}`,
      `found by a search parameter: ${group(found)} of ${group(wanted)}`
    ]) {
      t.ok(report.includes(line), `docs/conformance.md says "${line}"`)
    }
    t.equal(byId, stored.length)
    t.equal(readBack, stored.length)
  }
)
