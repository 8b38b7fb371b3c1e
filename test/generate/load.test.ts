import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('../../', import.meta.url))

interface Report {
  readonly tables: readonly { readonly table: string; readonly rowsIn: number; readonly unmapped: number }[]
  readonly totals: { readonly rowsIn: number; readonly rejected: number; readonly unmapped: number }
}

t.test('the generated tables map without a rejected or an unmapped row, and what comes out is valid FHIR', async (t) => {
  const folder = t.testdir()
  const out = join(folder, 'fhir')
  const words = ['map', 'fixtures/hospital-small', '--mapping', 'hospital', '--source', 'urn:example:small', '--state', folder]
  const map = spawnSync(process.execPath, ['dist/cli.js', ...words, '--out', out, '--quiet', '--json'], { cwd: root, encoding: 'utf8' })
  if (map.status !== 0) t.comment(map.stderr)
  t.equal(map.status, 0, 'mapped')
  const { tables, totals } = JSON.parse(map.stdout) as Report
  t.match(totals, { rejected: 0, unmapped: 0 })
  t.ok(
    tables.every(({ rowsIn }) => rowsIn > 0),
    'every table has rows'
  )
  const validate = spawnSync(process.execPath, ['dist/cli.js', 'validate', out, '--quiet', '--json'], { cwd: root, encoding: 'utf8' })
  if (validate.status !== 0) t.comment(validate.stdout)
  t.equal(validate.status, 0, 'every resource is valid')
})
