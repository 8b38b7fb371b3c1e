/** Bulk load: CSV tables, and the NDJSON made from them, into an empty store; validated and fully indexed. */
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { hospital, repeat, SOURCE, spread, wardbridge } from './measure.mjs'

export const title = 'Bulk load into the embedded store'

export async function bench({ folder, runs, patients }) {
  const tables = await hospital(folder, patients)
  const ndjson = join(folder, 'ndjson')
  const common = ['--mapping', 'hospital', '--source', SOURCE, '--json', '--quiet', '--allow-errors', '--state', folder]
  await wardbridge('map', tables, '--out', ndjson, ...common)
  const lines = []
  for (const [name, input] of [
    ['CSV tables', tables],
    ['NDJSON', ndjson]
  ]) {
    let size = 0
    let resources = 0
    const reports = await repeat(runs, async () => {
      const store = join(folder, 'load.db')
      const report = await wardbridge('ingest', input, '--store', store, ...common)
      resources = report.totals.created
      size = statSync(store).size
      for (const end of ['', '-wal', '-shm']) rmSync(store + end, { force: true })
      return report
    })
    lines.push(
      [`${name}: resources`, resources.toLocaleString('en-US')],
      [`${name}: resources/s, validated and indexed`, spread(reports.map((report) => report.totals.resources / report.seconds))],
      [`${name}: peak resident memory, MB`, spread(reports.map(({ peakRssMb }) => peakRssMb))],
      [`${name}: bytes on disk per resource`, Math.round(size / resources).toLocaleString('en-US')]
    )
  }
  return lines
}
