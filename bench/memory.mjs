/** Memory of a load as the input grows. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { hospital, SOURCE, wardbridge } from './measure.mjs'

export const title = 'Memory of a load as the input grows'

export async function bench({ folder, patients }) {
  const lines = []
  for (const factor of [0.5, 1, 2, 4]) {
    const count = Math.max(1, Math.round(patients * factor))
    const tables = await hospital(folder, count)
    const store = join(folder, 'memory.db')
    const report = await wardbridge(
      'ingest',
      tables,
      '--mapping',
      'hospital',
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
    lines.push([`${report.totals.resources.toLocaleString('en-US')} resources: peak resident memory, MB`, String(report.peakRssMb)])
    for (const end of ['', '-wal', '-shm']) rmSync(store + end, { force: true })
    if (factor > 1) rmSync(tables, { recursive: true })
  }
  return lines
}
