import { readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { openService } from '#wardbridge/service/service.js'
import { fileInputs, storedInputs, type ValidationOptions, validateAll } from '#wardbridge/validation/index.js'
import { ADMIN, observation, patient } from '../helper.js'

const options = (more: Partial<ValidationOptions> = {}): ValidationOptions => ({
  profiles: [],
  faults: undefined,
  warnings: false,
  jobs: 2,
  signal: new AbortController().signal,
  onProgress: () => {},
  ...more
})
const named = (resource: object, id: string) => ({ ...resource, id })
const heart = (more: object) =>
  observation('p', '2030-01-02', { id: 'h', code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] }, ...more })
const HEART_RATE = 'http://hl7.org/fhir/StructureDefinition/heartrate'

t.test('a store: counts by type and profile, faults with an example, one line per fault', async (t) => {
  const folder = t.testdir()
  const service = await openService({ store: `${folder}/x.db` })
  t.teardown(() => service.close())
  for (let i = 0; i < 300; i++) await service.update(ADMIN, 'Patient', `p${i}`, JSON.stringify(named(patient(), `p${i}`)))
  await service.update(ADMIN, 'Observation', 'h', JSON.stringify(heart({})))
  const inputs = await storedInputs(service, ADMIN)
  const seen: number[] = []
  const faults = `${folder}/faults.ndjson`
  const report = await validateAll(inputs, options({ faults, onProgress: ({ resources }) => seen.push(resources) }))
  t.same([report.resources, report.valid, report.stopped], [301, 300, false])
  t.same(report.types, { Observation: { total: 1, valid: 0 }, Patient: { total: 300, valid: 300 } })
  t.same(report.profiles, { [HEART_RATE]: { total: 1, valid: 0 } })
  t.equal(seen.at(-1), 301)
  const [first] = report.faults
  t.match(first, { severity: 'error', profile: HEART_RATE, count: 1, example: { resource: 'Observation/h' } })
  t.match(report.faults.at(-1), { severity: 'warning', rule: 'dom-6' })
  const lines = readFileSync(faults, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.same(
    lines.map(({ resource, severity, rule }) => `${resource} ${severity} ${rule}`),
    ['Observation/h error vs-2', 'Observation/h error min']
  )
})

t.test('files: NDJSON with places, zipped too; Bundles entry by entry; single resources; what is no JSON', async (t) => {
  const folder = t.testdir()
  const lines = [patient(), { resourceType: 'Patient', gender: 'x' }].map((one) => JSON.stringify(one)).join('\n')
  writeFileSync(`${folder}/a.ndjson.gz`, gzipSync(`${lines}\n\n{"resourceType":\n`))
  const entry = [
    { fullUrl: 'urn:uuid:1', resource: patient() },
    { fullUrl: 'urn:uuid:2', resource: { resourceType: 'Observation', id: 'o' } }
  ]
  writeFileSync(`${folder}/b.json`, JSON.stringify({ resourceType: 'Bundle', id: 'b', type: 'collection', entry }))
  writeFileSync(`${folder}/c.json`, `\ufeff${JSON.stringify(patient())}`)
  writeFileSync(`${folder}/d.txt`, 'left aside')
  const faults = `${folder}/faults`
  const report = await validateAll(await fileInputs([folder]), options({ faults, warnings: true }))
  t.same(report.types, {
    '(not JSON)': { total: 1, valid: 0 },
    Bundle: { total: 1, valid: 1 },
    Observation: { total: 1, valid: 0 },
    Patient: { total: 4, valid: 3 }
  })
  const found = readFileSync(faults, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const at = (rule: string) => found.find((one) => one.rule === rule)
  t.match(at('binding'), { resource: `${folder}/a.ndjson.gz:2`, file: `${folder}/a.ndjson.gz`, line: 2, expression: 'Patient.gender' })
  t.match(at('json'), { line: 4 })
  t.match(at('min'), { resource: 'Observation/o', expression: 'Observation.status' })
  t.match(at('dom-6'), { severity: 'warning' })
})

t.test('profiles of the call are asked of the resources of their type alone', async (t) => {
  const folder = t.testdir()
  const profile = 'https://fhir.wardbridge.dev/StructureDefinition/wardbridge-patient'
  writeFileSync(`${folder}/a.ndjson`, [patient(), observation('p', '2030-01-02')].map((one) => JSON.stringify(one)).join('\n'))
  const report = await validateAll(await fileInputs([`${folder}/a.ndjson`]), options({ profiles: [profile] }))
  t.same(report.profiles, { [profile]: { total: 1, valid: 0 } })
  t.same(report.types['Observation'], { total: 1, valid: 1 })
  await t.rejects(validateAll(await fileInputs([folder]), options({ profiles: ['http://example.org/none'] })), { code: 'cli.usage' })
})

t.test('stopping gives a report of what was done', async (t) => {
  const folder = t.testdir()
  for (let i = 0; i < 40; i++) writeFileSync(`${folder}/${i}.json`, JSON.stringify(patient()))
  const stop = new AbortController()
  const report = await validateAll(await fileInputs([folder]), options({ jobs: 1, signal: stop.signal, onProgress: () => stop.abort() }))
  t.equal(report.stopped, true)
  t.ok(report.resources >= 1 && report.resources < 40, `${report.resources}`)
})

t.test('what cannot be read is an error of its own', async (t) => {
  const folder = t.testdir({ 'a.csv': 'x', empty: {} })
  await t.rejects(fileInputs([`${folder}/none.json`]), { code: 'source.not-found' })
  await t.rejects(fileInputs([`${folder}/a.csv`]), { code: 'source.unknown-kind' })
  await t.rejects(fileInputs([`${folder}/empty`]), { code: 'cli.usage' })
})
