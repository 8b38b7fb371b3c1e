import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { loadSettings } from '#wardbridge/config.js'
import { readPack } from '#wardbridge/files/packs.js'
import { addReports, ingest, type LoadOptions, type LoadReport, mapToFolder, shardOf } from '#wardbridge/ingest/index.js'
import { openService } from '#wardbridge/service/service.js'

t.setTimeout(180_000)

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const HOSPITAL = join(ROOT, 'fixtures/hospital-small')
const DEMO = join(ROOT, '../shared/data/mimic-iii-demo')
const WHO = { subject: 'test', role: 'system' }

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'wardbridge-shard-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

async function optionsOf(sources: readonly string[], mapping: string): Promise<LoadOptions> {
  return { sources, pack: await readPack(mapping), source: 'urn:example:shard', idSecret: Buffer.alloc(32, 7), jobs: 1 }
}

/** Lines by type, sorted. */
function linesIn(path: string): Record<string, string[]> {
  const all: Record<string, string[]> = {}
  for (const name of readdirSync(path).sort()) {
    const type = name.replace(/[-.].*$/, '')
    all[type] = [...(all[type] ?? []), ...readFileSync(join(path, name), 'utf8').trimEnd().split('\n')]
  }
  for (const lines of Object.values(all)) lines.sort()
  return all
}

const counters = ({ tables, totals, errors, notes }: LoadReport) => ({
  tables: [...tables].sort((a, b) => (a.table < b.table ? -1 : 1)),
  totals,
  errors,
  notes
})

async function compare(t: Test, options: LoadOptions, count: number) {
  const [whole, parts] = [folder(t), folder(t)]
  const report = await mapToFolder(options, whole)
  const reports: LoadReport[] = []
  for (let index = 0; index < count; index++) reports.push(await mapToFolder({ ...options, shard: { index, count } }, parts))
  for (const { totals } of reports) {
    const { rowsIn, mapped, merged, dictionary, unmapped, rejected, resources } = totals
    t.equal(rowsIn, mapped + merged + dictionary + unmapped + rejected)
    t.ok(resources > report.totals.resources / (2 * count), `${resources} of ${report.totals.resources} resources`)
  }
  const [expected, found] = [linesIn(whole), linesIn(parts)]
  t.strictSame(Object.keys(found), Object.keys(expected))
  for (const [type, lines] of Object.entries(expected)) t.ok(found[type]?.join('\n') === lines.join('\n'), `the same ${type}, each once`)
  t.strictSame(counters(addReports(reports as [LoadReport])), counters(report))
  t.ok(readdirSync(parts).includes(`Practitioner-0-of-${count}.ndjson`) || readdirSync(parts).includes(`Observation-0-of-${count}.ndjson`))
}

t.test('the parts of the hospital together are what the undivided load makes, and so are their reports', async (t) => {
  await compare(t, await optionsOf([HOSPITAL], 'hospital'), 3)
})

t.test('so are those of the MIMIC demo', { skip: !existsSync(DEMO) && '../shared/data/mimic-iii-demo is not there' }, async (t) => {
  // Without the largest one: the same as the hospital's, and long.
  const files = readdirSync(DEMO).filter((name) => /\.csv\.gz$/.test(name) && !/^(CHART|INPUT|LAB|DATETIME|OUTPUT)EVENTS/.test(name))
  await compare(
    t,
    await optionsOf(
      files.map((name) => join(DEMO, name)),
      'mimic-iii'
    ),
    2
  )
})

t.test('of rows with one key the first stands, whichever part they fall to; malformed rows and FHIR files are divided too', async (t) => {
  const path = folder(t)
  const patients = Array.from({ length: 40 }, (_, n) => `${n},${n},${n % 2 === 0 ? 'F' : 'M'},2100-01-0${1 + (n % 9)} 00:00:00,,,,0`)
  const header = 'row_id,subject_id,gender,dob,dod,dod_hosp,dod_ssn,expire_flag'
  const twice = [...patients, ...patients.slice(0, 10).map((row) => row.replace(/,[FM],/, ',X,')), '1,"2', 'x,"y"z,,,,,,']
  writeFileSync(join(path, 'PATIENTS.csv'), [header, ...patients.slice(0, 20), 'a,"b"c,,,,,,', ...twice.slice(20, 50)].join('\n'))
  const line = (id: string, n: number) => JSON.stringify({ resourceType: 'Practitioner', id, name: [{ family: `F${n}` }] })
  writeFileSync(
    join(path, 'p.ndjson'),
    [...Array.from({ length: 30 }, (_, n) => line(`p${n}`, n)), line('p3', 99), line('p4', 4), '{', '{"resourceType":"Nothing"}'].join('\n')
  )
  const options = await optionsOf([path], 'mimic-iii')
  const report = await mapToFolder(options, folder(t))
  t.ok(report.totals.rejected >= 12, `${report.totals.rejected} rejected`)
  await compare(t, options, 3)
})

t.test('parts go into one store at the same time, and again without a change', async (t) => {
  const [one, many] = [join(folder(t), 's.db'), join(folder(t), 's.db')]
  const names = ['PATIENTS', 'ADMISSIONS', 'TRANSFERS', 'SERVICES', 'ICUSTAYS', 'D_LABITEMS', 'LABEVENTS', 'QUESTIONS']
  const files = names.map((name) => join(HOSPITAL, `${name}.csv`)).filter((file) => existsSync(file))
  const options = await optionsOf(files, 'hospital')
  const load = async (store: string, shard?: LoadOptions['shard']) => {
    const service = await openService(loadSettings({ store }, {}))
    try {
      return await ingest({ ...options, shard }, service, WHO)
    } finally {
      await service.close()
    }
  }
  const digest = async (store: string) => {
    const service = await openService(loadSettings({ store }, {}))
    try {
      const { digest, problems, versions } = await service.verify(WHO, { rebuild: false })
      t.strictSame(problems, [])
      return { digest, versions }
    } finally {
      await service.close()
    }
  }
  const report = await load(one)
  const parts = [0, 1].map((index) => ({ index, count: 2 }))
  const reports = await Promise.all(parts.map((shard) => load(many, shard)))
  t.equal(addReports(reports as unknown as [LoadReport]).totals.created, report.totals.created)
  t.strictSame(await digest(many), await digest(one))
  const [again] = await Promise.all([load(many, parts[1])])
  t.match(again?.totals, { created: 0, updated: 0 })
  t.strictSame(await digest(many), await digest(one))
})

t.test('which part of how many is said by options, else by Cloud Run', async (t) => {
  t.equal(shardOf({}, {}), undefined)
  t.equal(shardOf({}, { CLOUD_RUN_TASK_INDEX: '0', CLOUD_RUN_TASK_COUNT: '1' }), undefined)
  t.strictSame(shardOf({}, { CLOUD_RUN_TASK_INDEX: '2', CLOUD_RUN_TASK_COUNT: '4' }), { index: 2, count: 4 })
  t.strictSame(shardOf({ shardIndex: '1', shardCount: '3' }, { CLOUD_RUN_TASK_INDEX: '2', CLOUD_RUN_TASK_COUNT: '4' }), {
    index: 1,
    count: 3
  })
  for (const options of [
    { shardIndex: '1' },
    { shardCount: '2' },
    { shardIndex: '2', shardCount: '2' },
    { shardIndex: '-1', shardCount: '2' },
    { shardIndex: '0', shardCount: '0' }
  ])
    t.throws(() => shardOf(options, {}), { code: 'cli.usage' }, JSON.stringify(options))
})
