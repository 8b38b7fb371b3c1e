/** `wardbridge demo`: a generated hospital, mapped, loaded and served; the same again changes nothing. */
import type { Command } from 'commander'
import type { Settings } from '../config.js'

interface DemoOptions {
  readonly patients: string
  readonly seed: string
  readonly data: string
  readonly port?: string
  readonly serve: boolean
}

const SOURCE = 'urn:wardbridge:demo-hospital'

export function register(program: Command): void {
  program
    .command('demo')
    .description('generate a demo hospital, load it and serve it')
    .option('--patients <number>', 'how many patients', '25')
    .option('--seed <number>', 'another seed gives another hospital', '1')
    .option('--data <folder>', 'folder for tables, store and keys', 'demo-data')
    .option('--port <number>', 'port to listen on (WARDBRIDGE_PORT, default 8080)')
    .option('--no-serve', 'load only')
    .action(demo)
}

async function demo({ patients, seed, data, port, serve }: DemoOptions): Promise<void> {
  const { loadSettings } = await import('../config.js')
  const logLevel = process.env['WARDBRIDGE_LOG_LEVEL'] || 'warn'
  const settings = loadSettings({ store: `${data}/wardbridge.db`, state: data, port, logLevel, restSource: SOURCE })
  const tables = `${data}/tables`

  const { generateHospital } = await import('../generate/index.js')
  process.stderr.write(`generating a hospital of ${patients} patients in ${tables}\n`)
  await generateHospital({ patients: Number(patients), seed: Number(seed), out: tables })

  await loadTables(tables, settings)
  // Rejected rows or Ctrl+C: what there is to say has been said.
  if (process.exitCode || !serve) return
  const { serveUntilStopped } = await import('./serve-until-stopped.js')
  await serveUntilStopped(settings, async ({ url }) => {
    process.stdout.write(await welcome(url, settings))
  })
}

async function loadTables(folder: string, { store, state }: Settings): Promise<void> {
  const { loadOptions, runLoad } = await import('./load-command.js')
  const { OPERATOR, withService } = await import('./store-access.js')
  const { ingest } = await import('../ingest/index.js')
  const options = { mapping: 'hospital', source: SOURCE, store, state }
  await runLoad(options, async (live) => {
    const load = { ...(await loadOptions([folder], options)), ...live }
    return withService(options, (service) => ingest(load, service, OPERATOR))
  })
}

interface Found {
  readonly entry?: ReadonlyArray<{
    readonly resource: {
      readonly subject?: { readonly reference?: string }
      readonly owner?: { readonly reference?: string }
      readonly code?: { readonly coding?: ReadonlyArray<{ readonly system?: string; readonly code?: string }> }
    }
  }>
}

/** Address, token and three requests to paste: the last one asks for the results of one test of one patient who is there. */
async function welcome(url: string, settings: Settings): Promise<string> {
  const { issueToken } = await import('../identity/issue.js')
  const token = await issueToken(settings, { role: 'administrator', subject: 'demo', expires: '8h' })
  const answer = await fetch(`${url}/fhir/Observation?category=laboratory&_count=1`, { headers: { authorization: `Bearer ${token}` } })
  const lab = ((await answer.json()) as Found).entry?.[0]?.resource
  const patient = lab?.subject?.reference?.replace(/^Patient\//, '')
  const coding = lab?.code?.coding?.find(({ system }) => system === 'http://loinc.org') ?? lab?.code?.coding?.[0]
  const search =
    patient && coding ? `?patient=${patient}&code=${coding.system}|${coding.code}&_count=3&_pretty=true` : '?_count=3&_pretty=true'
  const curl = (path: string, bearer = token) => `curl -s -H 'Authorization: Bearer ${bearer}' '${url}${path}'`
  const waiting = await fetch(`${url}/fhir/Task?status=requested&_count=1`, { headers: { authorization: `Bearer ${token}` } })
  const physician = ((await waiting.json()) as Found).entry?.[0]?.resource.owner?.reference
  const inbox = `/fhir/Task?owner=${physician}&status=requested&_include=Task:focus&_pretty=true`
  const own =
    physician && (await issueToken(settings, { role: 'physician', subject: 'demo-physician', fhirUser: physician, expires: '8h' }))
  return `
Wardbridge serves the demo hospital at ${url}

A token for it (administrator, 8 hours):
${token}

Three requests to paste:
curl -s '${url}/fhir/metadata'
${curl('/fhir/Patient?_count=3&_pretty=true')}
${curl(`/fhir/Observation${search}`)}
${own ? `\nThe questions that wait for one physician, who sees nobody else's patients:\n${curl(inbox, own)}\n` : ''}
Ctrl+C stops it. Tables, store and keys stay in ${settings.state}.
`
}
