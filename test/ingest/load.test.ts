import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { ingest, type LoadOptions, type LoadReport, mapToFolder, storedResources, unmap } from '#wardbridge/ingest/index.js'
import { compilePack, loadPack } from '#wardbridge/mapping/index.js'
import type { Service } from '#wardbridge/service/contract.js'
import { openService } from '#wardbridge/service/service.js'
import { SMALL, TABLES } from './pack.js'

const WHO = { subject: 'test', role: 'system' }

interface Reject {
  readonly table: string
  readonly file: string
  readonly line: number
  readonly column: string | undefined
  readonly rule: string
  readonly message: string
  readonly row: Record<string, string>
}

/** Tables as files in a new folder; the ones given replace the standard ones, undefined leaves one out. */
function folder(t: Test, files: Record<string, string | Buffer | undefined> = {}): string {
  const dir = mkdtempSync(join(tmpdir(), 'wardbridge-test-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  for (const name of ['in', 'out', 'db']) mkdirSync(join(dir, name))
  for (const [name, content] of Object.entries({ ...TABLES, ...files })) {
    if (content !== undefined) writeFileSync(join(dir, 'in', name), content)
  }
  return dir
}

/** Maps the tables of a folder to NDJSON; gives the report, the resources by type and the rejected rows. */
async function mapAll(dir: string, options: Partial<LoadOptions> = {}) {
  const rejects = join(dir, 'rejects.ndjson')
  const report = await mapToFolder({ sources: [join(dir, 'in')], pack: SMALL, jobs: 1, rejects, ...options }, join(dir, 'out'))
  const resources = Object.fromEntries(
    readdirSync(join(dir, 'out'))
      .sort()
      .map((name) => [
        name,
        readFileSync(join(dir, 'out', name), 'utf8')
          .split('\n')
          .slice(0, -1)
      ])
  )
  const lines = readFileSync(rejects, 'utf8').split('\n').slice(0, -1)
  return { report, resources, rejects: lines.map((line) => JSON.parse(line) as Reject) }
}

function dispositions(report: LoadReport) {
  return Object.fromEntries(
    report.tables.map(({ table, rowsIn, mapped, merged, dictionary, unmapped, rejected }) => [
      table,
      [rowsIn, mapped, merged, dictionary, unmapped, rejected]
    ])
  )
}

function balanced(t: Test, report: LoadReport): void {
  for (const { table, rowsIn, mapped, merged, dictionary, unmapped, rejected } of [
    ...report.tables,
    { table: 'total', ...report.totals }
  ]) {
    t.equal(mapped + merged + dictionary + unmapped + rejected, rowsIn, `every row of ${table} is in one place`)
  }
}

t.test('every row ends in exactly one disposition and resources are counted apart', async (t) => {
  const dir = folder(t, { 'LICENSE.txt': 'words' })
  const { report, resources } = await mapAll(dir)
  balanced(t, report)
  t.same(dispositions(report), {
    kinds: [2, 0, 0, 2, 0, 0],
    people: [3, 3, 0, 0, 0, 0],
    visits: [3, 3, 0, 0, 0, 0],
    events: [2, 2, 0, 0, 0, 0],
    asks: [3, 3, 0, 0, 0, 0],
    notes: [2, 0, 0, 0, 2, 0]
  })
  t.same(report.tables.find(({ table }) => table === 'visits')?.resources, { Encounter: 3, Organization: 2 })
  t.equal(report.totals.resources, 14)
  t.match(report.skipped, [{ file: /LICENSE\.txt$/ }])
  t.same(report.errors, [])
  t.equal(JSON.parse(resources['Patient.ndjson']?.[0] ?? '').maritalStatus.text, 'MARRIED', 'the latest visit tells')
  t.equal(JSON.parse(resources['Observation.ndjson']?.[1] ?? '').code.coding[0].display, 'Blood pressure, cuff')
  t.equal(statSync(join(dir, 'out', 'Patient.ndjson')).mode & 0o777, 0o600)
})

t.test('the result is the same for any number of workers, gzip, upper-case headers, another column order and CRLF', async (t) => {
  const plain = (await mapAll(folder(t))).resources
  const upper =
    'MARITAL,Visit,PAYER,Start,Person\r\nSINGLE,10,Fund,2100-01-01 10:00:00,1\r\nMARRIED,11,Fund,2101-01-01 10:00:00,1\r\n,12,State,2100-06-01 00:00:00,2\r\n'
  t.same((await mapAll(folder(t, { 'VISITS.csv': upper }))).resources, plain)
  const zipped = { 'PEOPLE.csv': undefined, 'people.CSV.gz': gzipSync(TABLES['PEOPLE.csv']) }
  t.same((await mapAll(folder(t, zipped), { jobs: 3 })).resources, plain)
})

t.test('damage is an error or a rejected row with its place, never a wrong resource', async (t) => {
  const events = TABLES['EVENTS.csv']
  const lines = (rejects: readonly Reject[]) => rejects.map(({ table, line, column, rule }) => [table, line, column, rule])

  const damaged = `${events}102,1,hr,10/23/64 21:09,1\n103,1,hr\n104,x,hr,2100-01-01 10:05:00,1\n,1,hr,2100-01-01 10:05:00,1\n`
  const rows = await mapAll(folder(t, { 'EVENTS.csv': damaged }))
  balanced(t, rows.report)
  t.same(lines(rows.rejects), [
    ['events', 4, 'time', 'timestamp'],
    ['events', 5, undefined, 'fields'],
    ['events', 6, 'person', 'integer'],
    ['events', 7, 'event', 'required']
  ])
  t.same(rows.rejects[0]?.row, { event: '102', person: '1', kind: 'hr', time: '10/23/64 21:09', value: '1' })
  t.equal(rows.resources['Observation.ndjson']?.length, 2)

  const bytes = Buffer.concat([Buffer.from(events), Buffer.from('105,1,hr,2100-01-01 10:05:00,'), Buffer.from([0xfc, 0x0a])])
  t.same(lines((await mapAll(folder(t, { 'EVENTS.csv': bytes }))).rejects), [['events', 4, 'value', 'encoding']])

  const quote = await mapAll(folder(t, { 'EVENTS.csv': `${events}106,1,hr,2100-01-01 10:05:00,"open\n107,1,hr,2100-01-01 10:05:00,1\n` }))
  t.match(quote.report.errors, [{ code: 'table.quote', line: 4, column: 30, file: /EVENTS\.csv$/ }])
  t.equal(quote.resources['Observation.ndjson']?.length, 2, 'the rows before it are read')
  t.equal(quote.resources['Patient.ndjson']?.length, 3, 'the other tables are read')

  const zipped = gzipSync(Buffer.from(events + '106,1,hr,2100-01-01 10:05:00,1\n'.repeat(1)))
  const cut = await mapAll(folder(t, { 'EVENTS.csv': undefined, 'EVENTS.csv.gz': zipped.subarray(0, zipped.length - 9) }))
  t.match(cut.report.errors, [{ code: 'table.gzip', file: /EVENTS\.csv\.gz$/ }])
  t.match(cut.report.errors[0]?.message, /:\d+: The gzip stream is damaged or ends early/)
})

t.test('a header that does not fit stops the load before any row is read', async (t) => {
  const missing = { 'EVENTS.csv': 'event,person,kind,value\n100,1,hr,80\n', 'VISITS.csv': 'visit,person,start,payer\n' }
  const stopped = await mapAll(folder(t, missing))
  t.same(
    stopped.report.errors.map(({ code, line, message }) => [code, line, message.replace(/^.*in\//, '').replace(/ \(.*/, '')]),
    [
      ['table.header', 1, 'VISITS.csv:1: column "marital" is missing'],
      ['table.header', 1, 'EVENTS.csv:1: column "time" is missing']
    ]
  )
  t.same(stopped.resources, {})
  t.equal(stopped.report.totals.resources, 0)
  const allowed = await mapAll(folder(t, missing), { allowErrors: true })
  t.equal(allowed.resources['Patient.ndjson']?.length, 3)
  t.equal(allowed.report.errors.length, 2)
})

t.test('a column that the mapping does not know is an error unless it is to be ignored', async (t) => {
  const files = { 'PEOPLE.csv': 'id,born,shoe\n1,1950-01-02,44\n' }
  t.match((await mapAll(folder(t, files))).report.errors, [{ message: /column "shoe" is not known to the mapping.*--ignore-column/ }])
  const { report, resources } = await mapAll(folder(t, files), { ignoreColumns: ['SHOE'] })
  t.equal(resources['Patient.ndjson']?.length, 1)
  t.match(report.notes, ['people: column shoe was ignored'])
})

t.test('a dictionary that ends early stops the load: what it says would be missing everywhere', async (t) => {
  const { report, resources } = await mapAll(folder(t, { 'KINDS.csv': 'kind,label\nhr,"Heart' }), { allowErrors: true })
  t.match(report.errors, [{ code: 'table.quote' }])
  t.same(resources, {})
})

t.test('without its dictionary a table is mapped with what it has, and that is said', async (t) => {
  const { report, resources } = await mapAll(folder(t, { 'KINDS.csv': undefined }))
  t.same(JSON.parse(resources['Observation.ndjson']?.[0] ?? '').code.coding, [
    { system: 'https://example.org/CodeSystem/kinds', code: 'hr' }
  ])
  t.match(report.notes, [/kinds is not among the sources/])
})

t.test('files that are no table of the mapping, and tables that come twice, are errors', async (t) => {
  await t.rejects(mapAll(folder(t, { 'pets.csv': 'a\n1\n' })), { code: 'table.unknown' })
  await t.rejects(mapAll(folder(t, { 'people.csv.gz': gzipSync('id\n') })), { code: 'table.duplicate' })
  const dir = folder(t, { 'x.txt': '' })
  await t.rejects(mapAll(dir, { sources: [join(dir, 'nothing')] }), { code: 'source.not-found' })
  await t.rejects(mapAll(dir, { sources: [join(dir, 'in', 'x.txt')] }), { code: 'source.unknown-kind' })
  await t.rejects(mapAll(dir, { sources: [join(dir, 'db')] }), { code: 'cli.usage' })
})

async function withStore<T>(dir: string, work: (service: Service) => Promise<T>): Promise<T> {
  const service = await openService({ store: join(dir, 'db', 'x.db') })
  try {
    return await work(service)
  } finally {
    await service.close()
  }
}

/** Loads the tables into the store of a folder; gives the report, the rejected rows and all Patients and Encounters by their key. */
async function loadInto(dir: string, options: Partial<LoadOptions> = {}, only?: readonly string[]) {
  const rejects = join(dir, 'rejects.ndjson')
  const sources = only === undefined ? [join(dir, 'in')] : only.map((name) => join(dir, 'in', name))
  return withStore(dir, async (service) => {
    const report = await ingest({ sources, pack: SMALL, jobs: 1, rejects, ...options }, service, WHO)
    const found: Record<string, Record<string, never> & { maritalStatus?: { text: string }; code?: { coding: unknown[] } }> = {}
    for (const type of ['Patient', 'Encounter', 'Observation', 'Communication']) {
      for await (const { body } of service.each(WHO, type)) {
        const resource = JSON.parse(body.toString())
        found[`${type}/${resource.identifier[0].value}`] = resource
      }
    }
    const lines = readFileSync(rejects, 'utf8').split('\n').slice(0, -1)
    const digest = (await service.verify(WHO, { rebuild: false })).digest
    return { report, found, digest, rejects: lines.map((line) => JSON.parse(line) as Reject), note: await service.getNote('last-load') }
  })
}

t.test('loading again changes nothing; another source is another set; the report is kept', async (t) => {
  const dir = folder(t)
  const first = await loadInto(dir)
  t.match(first.report.totals, { rowsIn: 15, created: 14, updated: 0, unchanged: 0, resources: 14 })
  balanced(t, first.report)
  const again = await loadInto(dir)
  t.match(again.report.totals, { created: 0, updated: 0, unchanged: 14, resources: 14 })
  t.equal(again.digest, first.digest)
  t.same(JSON.parse(again.note ?? '').totals, again.report.totals)
  t.match(JSON.parse(again.note ?? ''), { source: 'urn:example:small', mapping: 'small' })
  const other = await loadInto(dir, { source: 'urn:example:other' })
  t.match(other.report.totals, { created: 14, updated: 0, unchanged: 0 })
})

t.test('of two rows with one key the first stands and the second is rejected, also for what they give to others', async (t) => {
  const visits = `${TABLES['VISITS.csv']}11,1,2109-01-01 10:00:00,Fund,WIDOWED\n12,2,2100-06-01 00:00:00,State,\n`
  const dir = folder(t, { 'VISITS.csv': visits })
  const { report, rejects, found } = await loadInto(dir)
  balanced(t, report)
  t.match(rejects, [{ table: 'visits', line: 5, rule: 'duplicate-key', row: { visit: '11', marital: 'WIDOWED' } }])
  t.same(dispositions(report).visits, [5, 4, 0, 0, 0, 1], 'the same row again is no conflict')
  t.equal(found['Encounter/11']?.serviceType?.['text'], 'MARRIED')
  t.equal(found['Patient/1']?.maritalStatus?.text, 'MARRIED')
  const again = await loadInto(dir)
  t.match(again.rejects, rejects, 'and so it is when all is there already')
  t.match(again.report.totals, { created: 0, updated: 0, rejected: report.totals.rejected })
})

t.test('tables that come one at a time end as if they had come together', async (t) => {
  const together = await loadInto(folder(t))
  const dir = folder(t)
  for (const name of ['EVENTS.csv', 'ASKS.csv', 'VISITS.csv', 'PEOPLE.csv', 'KINDS.csv', 'NOTES.csv']) await loadInto(dir, {}, [name])
  // The events came before the dictionary; given again they get its words, from the store.
  const last = await loadInto(dir, {}, ['EVENTS.csv'])
  t.match(last.report.totals, { created: 0, updated: 2 })
  t.equal(last.digest, together.digest)
})

t.test('a row that comes later adds to resources whose rows are only in the store', async (t) => {
  const dir = folder(t)
  await loadInto(dir)
  const more = folder(t, {
    'VISITS.csv': 'visit,person,start,payer,marital\n13,1,2102-01-01 10:00:00,Fund,DIVORCED\n14,3,2100-01-01 10:00:00,Fund,SINGLE\n'
  })
  const visits = join(more, 'in', 'VISITS.csv')
  const { report, found } = await loadInto(dir, { sources: [visits] })
  t.equal(found['Patient/1']?.maritalStatus?.text, 'DIVORCED')
  t.equal(found['Patient/3']?.maritalStatus?.text, 'SINGLE')
  t.match(report.totals, { rowsIn: 2, created: 2, updated: 2 })
  t.same(report.tables.find(({ table }) => table === 'people')?.resources, { Patient: 2 })

  const back = folder(t, { 'VISITS.csv': 'visit,person,start,payer,marital\n13,1,2099-01-01 10:00:00,Fund,DIVORCED\n' })
  const corrected = await loadInto(dir, { sources: [join(back, 'in', 'VISITS.csv')] })
  t.equal(corrected.found['Patient/1']?.maritalStatus?.text, 'MARRIED', 'a corrected row takes back what it gave')
})

t.test('a row that moves to another target, or gives nothing any more, is taken back where it was', async (t) => {
  const dir = folder(t)
  await loadInto(dir)
  const visits = 'visit,person,start,payer,marital\n10,1,2100-01-01 10:00:00,Fund,\n11,3,2101-01-01 10:00:00,Fund,MARRIED\n'
  const moved = folder(t, { 'VISITS.csv': visits })
  const { found } = await loadInto(dir, { sources: [join(moved, 'in', 'VISITS.csv')] })
  t.equal(found['Patient/1']?.maritalStatus, undefined)
  t.equal(found['Patient/3']?.maritalStatus?.text, 'MARRIED')
})

t.test('what a row joins from another table follows when that table comes later', async (t) => {
  const dir = folder(t)
  await loadInto(dir)
  const changed = TABLES['VISITS.csv'].replace('10,1,2100-01-01 10:00:00,Fund', '10,1,2100-01-01 10:00:00,State')
  const other = folder(t, { 'VISITS.csv': changed })
  const { report, found } = await loadInto(dir, { sources: [join(other, 'in', 'VISITS.csv')] })
  t.match(report.totals, { created: 0, updated: 2 })
  t.same(found['Communication/1']?.['recipient'], found['Communication/2']?.['recipient'])
  t.ok(found['Communication/2']?.['recipient'])
})

t.test('people that come again keep what visits in the store gave them', async (t) => {
  const dir = folder(t)
  await loadInto(dir)
  const again = await loadInto(dir, {}, ['PEOPLE.csv'])
  t.match(again.report.totals, { created: 0, updated: 0, unchanged: 3 })
  t.equal(again.found['Patient/1']?.maritalStatus?.text, 'MARRIED')
})

t.test('the tables come back from the store, sorted by key', async (t) => {
  const dir = folder(t)
  await loadInto(dir)
  const pack = compilePack(loadPack(SMALL), { source: 'urn:example:small' })
  const tables = await withStore(dir, (service) => unmap({ pack, stored: storedResources(service, WHO), out: join(dir, 'out') }))
  t.same(
    tables.map(({ table, rows }) => [table, rows]),
    [
      ['people', 3],
      ['visits', 3],
      ['kinds', 2],
      ['events', 2],
      ['asks', 3],
      ['notes', 0]
    ]
  )
  const read = (name: string) => readFileSync(join(dir, 'out', name), 'utf8')
  t.equal(read('visits.csv'), TABLES['VISITS.csv'])
  t.equal(read('events.csv'), TABLES['EVENTS.csv'].replaceAll('"', ''))
  t.equal(read('people.csv'), 'id,born,nickname\n1,1950-01-02,\n2,1960-03-04,\n3,,\n')
  t.match(tables.at(-1)?.reason, /Only counted here/)
})

t.test('a load that is stopped leaves what was merged and can be run again', async (t) => {
  const dir = folder(t)
  const stop = new AbortController()
  const failure = loadInto(dir, { signal: stop.signal, onProgress: ({ table }) => (table === 'events' ? stop.abort() : undefined) })
  await t.rejects(failure, { name: 'AbortError' })
  const whole = await loadInto(folder(t))
  t.equal((await loadInto(dir)).digest, whole.digest)
})

t.test('ids need a source, and a secret where the mapping is not public', async (t) => {
  const files = new Map([...(SMALL.packs.get('small') ?? [])])
  const manifest = files.get('manifest.yaml') ?? ''
  const pack = (text: string) => ({ ...SMALL, packs: new Map([['small', new Map([...files, ['manifest.yaml', text]])]]) })
  await t.rejects(mapAll(folder(t), { pack: pack(manifest.replace(/source:.*\n/, '')) }), { code: 'mapping.source' })
  await t.rejects(mapAll(folder(t), { source: 'my hospital' }), { code: 'mapping.source' })
  const closed = pack(manifest.replace('public: true', 'public: false'))
  await t.rejects(mapAll(folder(t), { pack: closed }), { code: 'mapping.source' })
  const keyed = await mapAll(folder(t), { pack: closed, idSecret: Buffer.alloc(32, 1) })
  const other = await mapAll(folder(t), { pack: closed, idSecret: Buffer.alloc(32, 2) })
  t.equal(keyed.report.totals.resources, 14)
  t.not(keyed.resources['Patient.ndjson']?.[0], other.resources['Patient.ndjson']?.[0])
})
