/** A load that writes nothing tells what it would come to. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import t, { type Test } from 'tap'
import { dryRun, ingest, mapToFolder } from '#wardbridge/ingest/index.js'
import { openService } from '#wardbridge/service/service.js'
import { startStorage } from '../support/storage-server.js'
import { SMALL, TABLES } from './pack.js'

const WHO = { subject: 'test', role: 'system' }

function folder(t: Test, files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'wardbridge-test-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return path
}

const observation = (id: string, subject: string, status = 'final') =>
  JSON.stringify({ resourceType: 'Observation', id, status, code: { text: 'x' }, subject: { reference: subject } })
const FHIR = {
  'a.ndjson': [
    '{"resourceType":"Patient","id":"p1"}',
    '{"resourceType":"Patient","gender":"male"}',
    observation('o1', 'Patient/nobody'),
    observation('o2', 'Patient/p1', 'bogus'),
    observation('o3', 'Patient/later'),
    observation('o4', 'Patient/nobody'),
    'not json'
  ].join('\n'),
  'b.json': JSON.stringify({
    resourceType: 'Bundle',
    type: 'collection',
    entry: [
      { resource: { resourceType: 'Patient', id: 'later' } },
      { resource: { resourceType: 'Condition', subject: { reference: 'Patient/later' } } }
    ]
  }),
  'c.json': '{"resourceType":"Patient","id":"p1"}',
  'd.ndjson': '{"resourceType":"Bundle","type":"collection","entry":[]}\n{"resourceType":"Patient","id":"p2"}',
  'e.ndjson': '{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"p3"}}]}'
}

t.test('content structure, missing ids, dangling references, invalid resources, counts', async (t) => {
  const report = await dryRun({ sources: [folder(t, FHIR)], pack: SMALL, jobs: 1 }, undefined, WHO)
  t.strictSame(
    report.files.map(({ file, contentStructure, withoutId, unreadable }) => [basename(file), contentStructure, withoutId, unreadable]),
    [
      ['a.ndjson', 'RESOURCE', 1, 1],
      ['d.ndjson', 'mixed', 0, 0],
      ['e.ndjson', 'BUNDLE', 0, 0],
      ['b.json', 'BUNDLE_PRETTY', 1, 0],
      ['c.json', 'RESOURCE_PRETTY', 0, 0]
    ]
  )
  t.equal(report.withoutId, 2)
  t.strictSame(report.resources, { Condition: 1, Observation: 3, Patient: 5 })
  t.match(report.references, {
    total: 4,
    dangling: 2,
    missing: { Patient: 1 },
    examples: [{ target: 'Patient/nobody', count: 2, from: 'Observation/o1 Observation.subject' }]
  })
  t.strictSame(report.invalid.byRule, { 'ndjson: invalid': 1, 'ndjson: json': 1 })
  t.strictSame(
    report.invalid.examples.map(({ line, rule }) => [line, rule]),
    [
      [4, 'invalid'],
      [7, 'json']
    ]
  )
  t.equal(report.totals.rejected, 2)
  t.equal(report.dryRun, true)
})

t.test('the counts of tables are those of the load', async (t) => {
  const from = folder(t, TABLES)
  const server = await startStorage(t)
  for (const [name, text] of Object.entries(TABLES)) server.bucket('b').put(`in/${name}`, text)
  const load = await mapToFolder({ sources: [from], pack: SMALL, jobs: 1 }, folder(t, {}))
  const dry = await dryRun({ sources: ['gs://b/in'], google: server.google, pack: SMALL, jobs: 2 }, undefined, WHO)
  t.strictSame(dry.tables, load.tables)
  t.strictSame(dry.totals, load.totals)
  t.ok(server.requests.every(({ method }) => method === 'GET'))
})

t.test('what is in the store counts as there, and nothing is written to it', async (t) => {
  const from = folder(t, { 'a.ndjson': FHIR['a.ndjson'], 'nobody.ndjson': '{"resourceType":"Patient","id":"nobody"}' })
  const service = await openService({ store: join(folder(t, {}), 'store.db') })
  t.teardown(() => service.close())
  await ingest({ sources: [join(from, 'nobody.ndjson')], pack: SMALL, jobs: 1 }, service, WHO)
  const before = await service.counts(WHO)
  const report = await dryRun({ sources: [join(from, 'a.ndjson')], pack: SMALL, jobs: 1 }, service, WHO)
  t.match(report.references, { total: 3, dangling: 1, examples: [{ target: 'Patient/later', count: 1 }] })
  t.strictSame(await service.counts(WHO), before)
})
