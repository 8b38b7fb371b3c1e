/** The real MIMIC-III demo (100 patients, 26 tables), from .csv.gz to a searchable store, and what can be done with it. */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { repeat, SOURCE, spread, wardbridge } from './measure.mjs'

export const title = 'The MIMIC-III demo'

const DEMO = fileURLToPath(new URL('../../shared/data/mimic-iii-demo', import.meta.url))

export async function bench({ folder, runs }) {
  if (!existsSync(DEMO)) return [['skipped', 'the folder ../shared/data/mimic-iii-demo is not there']]
  const store = join(folder, 'demo.db')
  const common = ['--mapping', 'mimic-iii', '--source', SOURCE, '--store', store, '--json']
  const clear = () => {
    for (const end of ['', '-wal', '-shm']) rmSync(store + end, { force: true })
  }
  const tables = readdirSync(DEMO)
    .filter((name) => name.endsWith('.csv.gz'))
    .map((name) => join(DEMO, name))
  const reports = await repeat(runs, () => {
    clear()
    return wardbridge('ingest', ...tables, ...common, '--quiet')
  })
  const { totals } = reports[0]
  const again = await wardbridge('ingest', ...tables, ...common, '--quiet')
  const started = performance.now()
  await wardbridge('unmap', ...common, '--out', join(folder, 'demo-tables'), '--quiet')
  const unmapped = (performance.now() - started) / 1000
  const checked = await wardbridge('validate', '--store', store, '--json', '--quiet')
  const lines = [
    [
      'rows in, mapped, merged, dictionary, unmapped, rejected',
      ['rowsIn', 'mapped', 'merged', 'dictionary', 'unmapped', 'rejected'].map((name) => totals[name].toLocaleString('en-US')).join(', ')
    ],
    ['resources', totals.resources.toLocaleString('en-US')],
    [
      'from .csv.gz to searchable store, s',
      spread(
        reports.map(({ seconds }) => seconds),
        1
      )
    ],
    ['peak resident memory, MB', spread(reports.map(({ peakRssMb }) => peakRssMb))],
    ['bytes on disk per resource', Math.round(statSync(store).size / totals.resources).toLocaleString('en-US')],
    ['the same again, nothing new, s', again.seconds.toFixed(1)],
    ['all tables written back, s', unmapped.toFixed(1)],
    ['every resource validated against R4 and its profiles, s', checked.seconds.toFixed(1)],
    ['valid', `${checked.valid.toLocaleString('en-US')} of ${checked.resources.toLocaleString('en-US')}`]
  ]
  clear()
  rmSync(join(folder, 'demo-tables'), { recursive: true, force: true })
  return lines
}
