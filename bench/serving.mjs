/** A server that answers reads by id and searches while another process loads into the same store: latencies, and the delay of its event loop. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hospital, median, SOURCE, wardbridge } from './measure.mjs'

export const title = 'Serving while a load runs'

export async function bench({ folder, patients }) {
  const store = join(folder, 'serving.db')
  const common = ['--mapping', 'hospital', '--store', store, '--state', folder, '--json', '--quiet', '--allow-errors']
  await wardbridge('ingest', await hospital(folder, Math.max(1, Math.round(patients / 2))), '--source', SOURCE, ...common)
  const token = await wardbridge('token', '--state', folder, '--role', 'administrator')
  const preload = fileURLToPath(new URL('event-loop.mjs', import.meta.url))
  const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
  const server = spawn(process.execPath, ['--import', preload, cli, 'serve', '--store', store, '--state', folder, '--port', '18080'], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, WARDBRIDGE_LOG_LEVEL: 'silent' }
  })
  const ask = async (path) => (await fetch(`http://127.0.0.1:18080${path}`, { headers: { authorization: `Bearer ${token}` } })).json()
  try {
    await ready()
    const labs = (await ask('/fhir/Observation?_count=200')).entry.map(({ resource }) => resource)
    const quiet = await phase(server, ask, labs, new Promise((resolve) => setTimeout(resolve, 5000)))
    const tables = await hospital(folder, patients)
    const loading = await phase(server, ask, labs, wardbridge('ingest', tables, '--source', `${SOURCE}:second`, ...common))
    return [...rows('quiet', quiet), ...rows('while a load runs', loading)]
  } finally {
    server.kill()
  }
}

async function ready() {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (
      await fetch('http://127.0.0.1:18080/readyz').then(
        (answer) => answer.ok,
        () => false
      )
    )
      return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the server did not start')
}

/** One reader and one searcher, each asking again as soon as it was answered, until the work is done. */
async function phase(server, ask, labs, work) {
  await delay(server)
  let running = true
  const over = work.finally(() => (running = false))
  const loop = async (path) => {
    const times = []
    for (let n = 0; running; n++) {
      const start = performance.now()
      await ask(path(labs[n % labs.length]))
      times.push(performance.now() - start)
    }
    return times
  }
  const [reads, searches] = await Promise.all([
    loop((lab) => `/fhir/Observation/${lab.id}`),
    loop((lab) => `/fhir/Observation?patient=${lab.subject.reference.slice(8)}&_count=20`),
    over
  ])
  return { reads, searches, delay: await delay(server) }
}

/** Event-loop delay since the last call, milliseconds. */
function delay(server) {
  return new Promise((resolve) => {
    server.once('message', resolve)
    server.send('delay')
  })
}

function rows(name, { reads, searches, delay: { mean, p99, max } }) {
  const show = (times) => `${median(times).toFixed(2)}, ${times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)].toFixed(2)}`
  return [
    [`${name}: reads by id, ms, median and 99th percentile`, show(reads)],
    [`${name}: searches, ms, median and 99th percentile`, show(searches)],
    [`${name}: event-loop delay of the server, ms, mean, 99th percentile, longest`, [mean, p99, max].map((ms) => ms.toFixed(2)).join(', ')]
  ]
}
