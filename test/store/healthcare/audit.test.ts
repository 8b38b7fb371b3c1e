/** The audit log of a store at Google, in objects: chains of several processes, tampering, searches; and writes against the twin, with the state in Cloud Storage. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { loadSettings } from '#wardbridge/config.js'
import type { AuditAgent } from '#wardbridge/fhir/audit-event.js'
import { auditKeys } from '#wardbridge/fhir/audit-event.js'
import { parseParameters } from '#wardbridge/fhir/parameters.js'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import { type Objects, openObjects } from '#wardbridge/files/objects.js'
import { auditing } from '#wardbridge/identity/auditing.js'
import type { Principal, Service } from '#wardbridge/service/contract.js'
import { openService } from '#wardbridge/service/service.js'
import { openState, type State } from '#wardbridge/state/state.js'
import type { AuditHead } from '#wardbridge/store/audit.js'
import { openStoreLog, type StoreLog } from '#wardbridge/store/healthcare/log.js'
import { build, patient } from '../../helper.js'
import { startStorage } from '../../support/storage-server.js'

const NAME = 'projects/p/locations/l/datasets/d/fhirStores/f'
const FOLDER = `audit/${createHash('sha256').update(NAME).digest('hex').slice(0, 16)}`
const KEY = Buffer.alloc(32, 7)
const run = promisify(execFile)
const server = await startStorage(t)
let places = 0

t.afterEach(() => {
  server.fault = () => undefined
})

const fresh = () => openObjects(`gs://b/log-${++places}`, server.google)
const open = (objects: Objects, auditKey = KEY): StoreLog => openStoreLog(NAME, { objects, auditKey, searchSeconds: 10 }).log
const who = (subject: string): AuditAgent => ({ subject, role: 'physician', user: `Practitioner/${subject}` })

/** One batch with one entry. */
function read(log: StoreLog, subject: string, patient: string): Promise<void> {
  const agent = who(subject)
  const entry = { at: Date.now(), who: agent, do: 'read', what: [`Patient/${patient}`], patients: [patient] }
  return log.appendAudit({ entries: Buffer.from(JSON.stringify(entry)), keys: auditKeys(agent, [patient]) })
}

function anchorsOf(...logs: readonly StoreLog[]): Map<string, Omit<AuditHead, 'chain'>> {
  return new Map(logs.map((log) => log.auditHead()).map(({ chain, seq, hash }) => [chain, { seq, hash }]))
}

async function find(log: StoreLog, text: string, more: { descending?: boolean } = {}) {
  const query = parseSearch('AuditEvent', parseParameters(text), { handling: 'strict' })
  const page = await log.findAudit({ query, descending: more.descending ?? true, after: undefined })
  return { ...page, patients: page.events.map((event) => /Patient\/([a-z0-9]+)/.exec(event.text)?.[1]) }
}

t.test('several processes write chains of their own at the same time, and each is whole', async (t) => {
  const objects = fresh()
  const logs = Array.from({ length: 3 }, () => open(objects))
  await Promise.all(logs.flatMap((log, n) => Array.from({ length: 10 }, (_, m) => read(log, `s${n}`, `p${m}`))))
  t.equal(new Set(logs.map((log) => log.auditHead().chain)).size, 3)
  const report = await open(objects).verifyAudit(anchorsOf(...logs))
  t.match(report, { entries: 30, problem: undefined })
  t.equal(report.anchor, report.batches, 'what waits while a batch is on its way shares the next one')
  t.ok(report.batches < 30)
  const { seq, hash } = logs[0]!.auditHead()
  t.same(await logs[0]!.auditHash(seq), hash)
})

t.test('whatever is altered, moved, taken out or cut off is found', async (t) => {
  const replace = async (objects: Objects, name: string, change: (text: string) => string) =>
    objects.put(name, Buffer.from(change((await objects.get(name))!.bytes.toString())))
  const rename = async (objects: Objects, from: string, to: string) => {
    await objects.put(to, (await objects.get(from))!.bytes)
    await objects.delete(from)
  }
  const numbered = (name: string, seq: number) => name.replace(/\d{12}$/, String(seq).padStart(12, '0'))
  for (const [name, tamper, problem] of [
    ['nothing', async () => {}, undefined],
    ['an entry', (o: Objects, names: string[]) => replace(o, names[2]!, (text) => text.replace('"read"', '"vread"')), { batch: 3 }],
    [
      'what a batch is found by',
      (o: Objects, names: string[]) => replace(o, names[2]!, (text) => text.replace('"@ann",', '')),
      { batch: 3 }
    ],
    [
      'a time',
      (o: Objects, names: string[]) => rename(o, names[1]!, names[1]!.replace(/\/\d/, '/0').replace(/\/(\d{12})\d-/, '/$10-')),
      {}
    ],
    ['one taken out', (o: Objects, names: string[]) => o.delete(names[2]!), { batch: 3 }],
    ['the first one taken out', (o: Objects, names: string[]) => o.delete(names[0]!), { batch: 1 }],
    [
      'closed up',
      async (o: Objects, names: string[]) => {
        await o.delete(names[2]!)
        for (const n of [3, 4, 5]) await rename(o, names[n]!, numbered(names[n]!, n))
      },
      { batch: 3 }
    ],
    [
      'put into another chain',
      (o: Objects, names: string[]) => rename(o, names[0]!, names[0]!.replace(/[0-9a-z]{16}(?=\/\d{12}$)/, '0'.repeat(16))),
      {}
    ],
    ['the end cut off', (o: Objects, names: string[]) => o.delete(names[5]!), { batch: 6, reason: /cut off/ }],
    ['all of it', async (o: Objects, names: string[]) => Promise.all(names.map((one) => o.delete(one))), { batch: 1 }],
    ['the line about a batch', (o: Objects, names: string[]) => replace(o, names[3]!, () => 'x\n'), { batch: 4 }],
    [
      'another key',
      (o: Objects, names: string[]) => replace(o, names[3]!, (text) => text.replace(/"key":"..../, '"key":"0000')),
      { batch: 4, reason: /another state/ }
    ]
  ] as const) {
    const objects = fresh()
    const log = open(objects)
    for (let n = 0; n < 6; n++) await read(log, 'ann', `p${n}`)
    const names: string[] = []
    for await (const one of objects.list(`${FOLDER}/`)) names.push(one.name)
    t.equal(names.length, 6)
    await tamper(objects, names)
    const report = await open(objects).verifyAudit(anchorsOf(log))
    if (problem === undefined) t.match(report, { problem: undefined, batches: 6, entries: 6, anchor: 6 }, name)
    else t.match(report.problem, problem, name)
  }
})

t.test('a batch whose answer was lost is written once; one that cannot be written is tried again before all others', async (t) => {
  const objects = fresh()
  const log = open(objects)
  let isLost = true
  server.fault = ({ method }) => {
    if (method !== 'POST' || !isLost) return undefined
    isLost = false
    return { lost: true }
  }
  await read(log, 'ann', 'p0')
  server.fault = ({ method }) => (method === 'POST' ? { status: 403 } : undefined)
  await t.rejects(read(log, 'ann', 'p1'), { code: 'audit.unavailable' })
  server.fault = () => undefined
  await read(log, 'ann', 'p2')
  t.match(await log.verifyAudit(anchorsOf(log)), { problem: undefined, entries: 3, batches: 3 }, 'also what nobody waited for any more')
})

t.test('entries are found by patient, agent and time, the newest first unless told, over all chains and pages', async (t) => {
  const objects = fresh()
  const logs = [open(objects), open(objects)] as const
  for (let n = 0; n < 8; n++) await read(logs[n % 2]!, n % 3 === 0 ? 'ann' : 'bob', `p${n}`)
  const reader = open(objects)
  t.strictSame((await find(reader, 'patient=Patient/p3')).patients, ['p3'])
  t.strictSame((await find(reader, 'altid=ann')).patients, ['p6', 'p3', 'p0'])
  t.strictSame((await find(reader, 'agent=Practitioner/ann', { descending: false })).patients, ['p0', 'p3', 'p6'])
  const today = new Date().toISOString().slice(0, 10)
  t.equal((await find(reader, `date=ge${today}&_count=100`)).events.length, 8)
  t.match(await find(reader, 'date=lt2020-01-01'), { events: [], more: false, total: 0 })
  t.match(await find(reader, '_count=0&_total=accurate'), { events: [], total: 8 })
  for (const descending of [true, false]) {
    const seen: string[] = []
    const query = parseSearch('AuditEvent', parseParameters('_count=3'), { handling: 'strict' })
    let page = await reader.findAudit({ query, descending, after: undefined })
    for (;;) {
      for (const event of page.events) seen.push(/Patient\/(p\d)/.exec(event.text)![1]!)
      if (!page.more) break
      page = await reader.findAudit({ query, descending, after: page.events.at(-1)!.place })
    }
    const expected = Array.from({ length: 8 }, (_, n) => `p${n}`)
    t.strictSame(seen, descending ? expected.reverse() : expected)
  }
  const [event] = (await find(reader, 'patient=Patient/p5')).events
  t.same(await reader.readAudit(event!.place), event)
  const { id } = JSON.parse(event!.text) as { id: string }
  t.match(id, /^[A-Za-z0-9.-]{1,64}$/)
  t.strictSame((await find(reader, `_id=${id}`)).patients, ['p5'])
  t.equal(await reader.readAudit({ ...event!.place, n: 9 }), undefined)
  t.equal(await reader.readAudit({ seq: 1, n: 1 }), undefined)
})

t.test('a search that needs more time than it has is refused', async (t) => {
  const objects = fresh()
  await read(open(objects), 'ann', 'p')
  const { log } = openStoreLog(NAME, { objects, auditKey: KEY, searchSeconds: 0 })
  await t.rejects(find(log, 'patient=Patient/p'), { code: 'search.too-costly' })
})

t.test('notes are kept; another store has others', async (t) => {
  const objects = fresh()
  t.equal(await open(objects).getNote('last'), undefined)
  await open(objects).setNote('last', 'é')
  t.equal(await open(objects).getNote('last'), 'é')
  t.equal(await openStoreLog(`${NAME}2`, { objects, auditKey: KEY, searchSeconds: 10 }).log.getNote('last'), undefined)
})

const admin: Principal = { subject: 'admin', role: 'administrator' }
const auditor: Principal = { subject: 'eve', role: 'auditor' }

interface Opened {
  readonly service: Service
  readonly state: State
  readonly objects: Objects
}

const twin = await build(t)
const healthcareUrl = await twin.app.listen({ host: '127.0.0.1', port: 0 })

/** A service over the twin whose state is in Cloud Storage; called again with the same place, another process of it. */
async function serve(t: Test, place: string): Promise<Opened> {
  const state = await openState(`gs://b/${place}`, { google: server.google })
  const objects = openObjects(`gs://b/${place}/store`, server.google)
  const service = await openService({
    store: twin.settings.twinStore,
    google: { ...server.google, healthcareUrl, token: twin.token() },
    objects,
    audit: await auditing(state, loadSettings({}, {}))
  })
  t.teardown(() => service.close())
  return { service, state, objects }
}

interface Event {
  readonly id: string
  readonly subtype: readonly [{ readonly code: string }]
  readonly outcomeDesc?: string
  readonly entity?: ReadonlyArray<{ readonly what?: { readonly reference: string } }>
}

/** Those of our log: the twin has one of its own, and shows it as its AuditEvents. */
async function events(service: Service, text: string) {
  const query = parseSearch('AuditEvent', parseParameters(text), { handling: 'strict' })
  const { resources } = await service.search(auditor, query)
  return resources.map(({ body }) => JSON.parse(body.toString()) as Event).filter(({ id }) => /^log-\d{13}-/.test(id))
}

t.test('a write has an entry before it goes out and one of how it ended; reads have theirs', async (t) => {
  const { service } = await serve(t, 'writes')
  await service.update(admin, 'Patient', 'w', JSON.stringify({ ...patient(), id: 'w' }))
  await service.read(admin, 'Patient', 'w')
  await service.delete(admin, 'Patient', 'w')
  await t.rejects(service.read(admin, 'Patient', 'w'), { code: 'resource.deleted' })
  await new Promise((resolve) => setTimeout(resolve, 300))
  const found = (await events(service, 'patient=Patient/w&_sort=date&_count=50')).map(
    ({ subtype: [{ code }], outcomeDesc = '' }) => `${code} ${outcomeDesc.replace(/ \(.*/, '')}`
  )
  t.strictSame(
    found.filter((one) => !one.startsWith('read')),
    ['create to be done', 'create done', 'delete to be done', 'delete done']
  )
  t.ok(found.some((one) => one.startsWith('read')))
  const [created] = (await events(service, 'patient=Patient/w&subtype=create&_sort=date&_count=50')).slice(1)
  t.match(created?.entity?.[0]?.what?.reference, /^Patient\/w\/_history\/.+/)
})

t.test('when the log cannot be written nothing is written to the store, and nothing is read', async (t) => {
  const { service } = await serve(t, 'fails')
  server.fault = ({ method, url }) => (method === 'POST' && decodeURIComponent(url).includes('/audit/') ? { status: 403 } : undefined)
  const isPut = () => twin.service.read(admin, 'Patient', 'f')
  await t.rejects(service.update(admin, 'Patient', 'f', JSON.stringify({ ...patient(), id: 'f' })), { code: 'audit.unavailable' })
  await t.rejects(isPut(), { code: 'resource.not-found' })
  await service.read(admin, 'Patient', 'f').catch(() => {})
  await new Promise((resolve) => setTimeout(resolve, 1500))
  await t.rejects(service.read(admin, 'Patient', 'f'), { code: 'audit.unavailable' })
  server.fault = () => undefined
  await new Promise((resolve) => setTimeout(resolve, 1500))
  t.match(await service.update(admin, 'Patient', 'f', JSON.stringify({ ...patient(), id: 'f' })), { outcome: 'created' })
})

t.test('a write that is refused says so after its first entry, or has none', async (t) => {
  const { service } = await serve(t, 'refused')
  const text = JSON.stringify({ ...patient(), id: 'r' })
  await service.update(admin, 'Patient', 'r', text)
  await t.rejects(service.update(admin, 'Patient', 'r', text.replace('1970', '1971'), { ifMatch: ['nothing'] }), {
    code: 'resource.conflict'
  })
  await new Promise((resolve) => setTimeout(resolve, 300))
  const found = await events(service, 'patient=Patient/r&_sort=date&_count=50')
  t.equal(found.filter(({ outcomeDesc = '' }) => /to be done|^done/.test(outcomeDesc)).length, 2)
  t.ok((await events(service, 'altid=admin&outcome=4')).length >= 1)
})

t.test('`wardbridge audit verify` walks the log of a store at Google whose state is on this machine', async (t) => {
  const state = t.testdir()
  const env = { PATH: process.env['PATH'], WARDBRIDGE_HEALTHCARE_URL: healthcareUrl, WARDBRIDGE_GOOGLE_TOKEN: twin.token() }
  const cli = fileURLToPath(import.meta.resolve('#wardbridge/cli.js'))
  const verify = () =>
    run(process.execPath, [cli, 'audit', 'verify', '--json', '--store', twin.settings.twinStore, '--state', state], { env }).then(
      ({ stdout }) => ({ status: 0, report: JSON.parse(stdout) }),
      ({ code, stdout }) => ({ status: code, report: JSON.parse(stdout) })
    )
  t.match(await verify(), { status: 0, report: { batches: 0 } })
  t.match(await verify(), { status: 0, report: { batches: 1, entries: 1, anchor: 1 } }, 'with the entry of the check before')
  const objects = openObjects(`${state}/objects`, server.google)
  for await (const { name } of objects.list('audit/')) await objects.delete(name)
  t.match(await verify(), { status: 1, report: { problem: { batch: 1, reason: /cut off/ } } })
})

t.test('two processes, their chains and anchors: whole; the audit of one that was cut off is not', async (t) => {
  const [one, two] = [await serve(t, 'both'), await serve(t, 'both')]
  for (let n = 0; n < 3; n++) {
    await one.service.update(admin, 'Patient', `o${n}`, JSON.stringify({ ...patient(), id: `o${n}` }))
    await two.service.update(admin, 'Patient', `t${n}`, JSON.stringify({ ...patient(), id: `t${n}` }))
  }
  await one.service.close()
  await two.service.close()
  const names: string[] = []
  for await (const { name } of one.objects.list('audit/')) names.push(name)
  const three = await serve(t, 'both')
  t.match(await three.service.verifyAudit(auditor), { problem: undefined })
  t.equal((await three.state.audit.anchors()).size, 3)
  await three.objects.delete(names.at(-1)!)
  t.match((await three.service.verifyAudit(auditor)).problem, { reason: /cut off/ })
})
