/** Exports for analysts: the real MIMIC-III demo where it is there, and stores of growing size for memory. */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hospital, repeat, SOURCE, spread, wardbridge } from './measure.mjs'

export const title = 'Export to NDJSON and Parquet'

const DEMO = fileURLToPath(new URL('../../shared/data/mimic-iii-demo', import.meta.url))

export async function bench({ folder, runs, patients }) {
  const store = join(folder, 'export.db')
  const out = join(folder, 'export')
  const lines = []
  const ingest = (mapping, ...sources) =>
    wardbridge(
      'ingest',
      ...sources,
      '--mapping',
      mapping,
      '--source',
      SOURCE,
      '--store',
      store,
      '--state',
      folder,
      '--json',
      '--quiet',
      '--allow-errors'
    )
  const to = (kind, ...more) =>
    wardbridge('export', '--to', `${kind}:${out}`, '--store', store, '--state', folder, '--json', '--quiet', ...more)
  const clear = () => {
    for (const end of ['', '-wal', '-shm']) rmSync(store + end, { force: true })
    rmSync(out, { recursive: true, force: true })
  }

  if (existsSync(DEMO)) {
    const tables = readdirSync(DEMO).filter((name) => name.endsWith('.csv.gz'))
    await ingest('mimic-iii', ...tables.map((name) => join(DEMO, name)))
    for (const kind of ['ndjson', 'parquet']) {
      const reports = await repeat(runs, () => to(kind))
      const { resources, bytes } = reports[0]
      const rates = reports.map((report) => report.resources / report.seconds)
      lines.push(
        [`MIMIC-III demo, ${resources.toLocaleString('en-US')} resources to ${kind}: resources/s`, spread(rates)],
        [`${kind}: bytes per resource`, Math.round(bytes / resources).toLocaleString('en-US')],
        [`${kind}: peak resident memory, MB`, spread(reports.map(({ peakRssMb }) => peakRssMb))]
      )
    }
    clear()
  } else lines.push(['MIMIC-III demo skipped', 'the folder ../shared/data/mimic-iii-demo is not there'])

  for (const factor of [0.5, 1, 2, 4]) {
    const tables = await hospital(folder, Math.max(1, Math.round(patients * factor)))
    await ingest('hospital', tables)
    const { resources, seconds, peakRssMb } = await to('parquet')
    const rate = Math.round(resources / seconds).toLocaleString('en-US')
    lines.push([
      `generated, ${resources.toLocaleString('en-US')} resources to parquet: peak resident memory, MB (resources/s)`,
      `${peakRssMb} (${rate})`
    ])
    clear()
    if (factor > 1) rmSync(tables, { recursive: true })
  }
  return lines
}
