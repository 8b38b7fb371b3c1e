import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { ingest, type LoadReport } from '#wardbridge/ingest/index.js'
import { openService } from '#wardbridge/service/service.js'
import { SMALL } from './pack.js'

const WHO = { subject: 'test', role: 'system' }

function workspace(t: Test): string {
  const dir = mkdtempSync(join(tmpdir(), 'wardbridge-test-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  for (const name of ['in', 'more', 'db']) mkdirSync(join(dir, name))
  return dir
}

interface Loaded {
  readonly report: LoadReport
  readonly digest: string
  readonly rejects: ReadonlyArray<{ readonly line: number; readonly rule: string; readonly message: string }>
  /** JSON by "Type/id", without what the server writes. */
  readonly resources: Record<string, Record<string, unknown>>
}

async function load(dir: string, source: string, types: readonly string[]): Promise<Loaded> {
  const rejects = join(dir, 'rejects.ndjson')
  const service = await openService({ store: join(dir, 'db', 'x.db') })
  try {
    const report = await ingest({ sources: [source], pack: SMALL, jobs: 2, rejects }, service, WHO)
    const resources: Loaded['resources'] = {}
    for (const type of types) {
      for await (const { id, body } of service.each(WHO, type)) resources[`${type}/${id}`] = JSON.parse(body.toString())
    }
    const { digest } = await service.verify(WHO, { rebuild: false })
    const lines = readFileSync(rejects, 'utf8').split('\n').slice(0, -1)
    return { report, digest, resources, rejects: lines.map((line) => JSON.parse(line)) }
  } finally {
    await service.close()
  }
}

const practitioner = (id: string, npi: string) => ({
  resourceType: 'Practitioner',
  id,
  identifier: [{ system: 'http://npi', value: npi }]
})

t.test('NDJSON and Bundles are loaded once, however often; the last of several versions stands', async (t) => {
  const dir = workspace(t)
  const lines = [
    '{"resourceType":"Patient","id":"a","gender":"male"}',
    '',
    '{"resourceType":"Patient","id":"b"',
    '{"resourceType":"Patient","id":"c","gender":"unheard"}',
    '{"resourceType":"Nothing","id":"d"}',
    '{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50}}',
    '{"resourceType":"Patient","id":"a","gender":"female"}'
  ]
  writeFileSync(join(dir, 'in', 'a.ndjson'), Buffer.concat([Buffer.from(`${lines.join('\r\n')}\n`), Buffer.from([0x22, 0xff, 0x0a])]))
  const bundle = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { fullUrl: 'urn:uuid:1', resource: { resourceType: 'Patient', id: 'p' } },
      { fullUrl: 'urn:uuid:2', resource: { resourceType: 'Patient' } },
      { resource: { resourceType: 'Condition', id: 'k', subject: { reference: 'urn:uuid:2' } } },
      { resource: practitioner('a', '1') },
      { request: { method: 'DELETE', url: 'Patient/1' } }
    ]
  }
  const again = {
    resourceType: 'Bundle',
    type: 'batch',
    entry: [{ resource: practitioner('a', '1') }, { resource: { ...bundle.entry[0]?.resource, active: true } }]
  }
  writeFileSync(join(dir, 'in', 'b.json.gz'), gzipSync(JSON.stringify(bundle, undefined, 2)))
  writeFileSync(join(dir, 'in', 'c.json'), JSON.stringify(again))
  writeFileSync(join(dir, 'in', 'd.json'), '{"resourceType":"Bundle",\n"type":}')

  const first = await load(dir, join(dir, 'in'), ['Patient', 'Observation', 'Condition', 'Practitioner'])
  const { report, resources, rejects } = first
  const table = (name: string) => report.tables.find((one) => one.table === name)
  t.match(table('ndjson'), { rowsIn: 7, mapped: 2, merged: 1, rejected: 4, resources: { Patient: 1, Observation: 1 } })
  t.match(table('bundle'), { rowsIn: 7, mapped: 4, merged: 2, rejected: 1, resources: { Patient: 2, Condition: 1, Practitioner: 1 } })
  t.same(
    rejects.map(({ line, rule }) => [line, rule]),
    [
      [3, 'json'],
      [4, 'invalid'],
      [5, 'resource'],
      [8, 'encoding'],
      [39, 'entry']
    ]
  )
  t.match(rejects[1]?.message, /Patient\.gender/)
  t.match(report.errors, [{ code: 'json.syntax', file: /d\.json$/, line: 2 }])
  t.match(report.notes, [/^2 resources were given again later in this load with other content/])
  t.equal(resources['Patient/a']?.gender, 'female')
  t.equal(resources['Patient/p']?.active, true)
  const made = Object.keys(resources).find((name) => name.startsWith('Patient/') && name.length > 20)
  t.same(resources['Condition/k']?.subject, { reference: made })

  const second = await load(dir, join(dir, 'in'), [])
  t.match(second.report.totals, { created: 0, updated: 0, unchanged: 6 })
  t.equal(second.digest, first.digest)
})

t.test('conditional references find their target in another file, else in the store', async (t) => {
  const dir = workspace(t)
  const asking = (id: string, npi: string) => ({
    resourceType: 'CareTeam',
    id,
    participant: [{ member: { reference: `Practitioner?identifier=http://npi|${npi}` } }]
  })
  const write = (folder: string, name: string, resources: unknown[]) =>
    writeFileSync(
      join(dir, folder, name),
      JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: resources.map((resource) => ({ resource })) })
    )
  write('in', 'a.json', [asking('1', '1'), asking('2', '2'), asking('3', '3')])
  write('in', 'b.json', [practitioner('one', '1'), practitioner('two', '2'), practitioner('too', '2')])
  const member = ({ resources }: Loaded, id: string) =>
    (resources[`CareTeam/${id}`] as { participant: Array<{ member: { reference: string } }> }).participant[0]?.member.reference
  const first = await load(dir, join(dir, 'in'), ['CareTeam'])
  t.equal(member(first, '1'), 'Practitioner/one')
  t.equal(member(first, '2'), 'Practitioner?identifier=http://npi|2', 'two have the identifier')
  t.equal(member(first, '3'), 'Practitioner?identifier=http://npi|3', 'none has')
  t.same(first.report.tables[0]?.unmappedValues, {
    'reference=Practitioner?identifier=http://npi|2': 1,
    'reference=Practitioner?identifier=http://npi|3': 1
  })
  write('more', 'c.json', [asking('4', '1'), asking('5', '2')])
  const later = await load(dir, join(dir, 'more'), ['CareTeam'])
  t.equal(member(later, '4'), 'Practitioner/one')
  t.equal(member(later, '5'), 'Practitioner?identifier=http://npi|2')
})

const folder = fileURLToPath(new URL('../../../shared/data/synthea/', import.meta.url))
const skip = existsSync(folder) ? false : '../shared/data/synthea is not there'

t.test('real Bundles: all entries stored, references resolved, loading twice doubles nothing', { skip }, async (t) => {
  const dir = workspace(t)
  const names = readdirSync(folder).filter((name) => /^(hospital|Jesus|Gustavo|Asa)/.test(name))
  for (const name of names) writeFileSync(join(dir, 'in', name), readFileSync(join(folder, name)))
  const types = ['Patient', 'Encounter', 'Claim', 'Observation', 'Organization', 'Practitioner']
  const first = await load(dir, join(dir, 'in'), types)
  t.equal(first.report.totals.rejected, 0)
  t.equal(first.report.totals.mapped, first.report.totals.created)
  const text = JSON.stringify(first.resources)
  t.notMatch(text, /"reference":"urn:/)
  const targets = new Set(text.match(/(?<="reference":")(Patient|Encounter|Organization|Practitioner|Claim)\/[^"]+/g))
  t.ok(targets.size > 10)
  t.same(
    [...targets].filter((target) => first.resources[target] === undefined),
    [],
    'every reference leads to a resource'
  )
  const second = await load(dir, join(dir, 'in'), [])
  t.match(second.report.totals, { created: 0, updated: 0 })
  t.equal(second.digest, first.digest)
})
