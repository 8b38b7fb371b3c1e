/** Every access leaves an entry; entries cannot be changed unseen; what cannot be audited is refused. */
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { loadSettings } from '#wardbridge/config.js'
import { parseParameters } from '#wardbridge/fhir/parameters.js'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import { auditing } from '#wardbridge/identity/auditing.js'
import type { Principal, Service } from '#wardbridge/service/contract.js'
import { openService } from '#wardbridge/service/service.js'
import { openState } from '#wardbridge/state/state.js'

const admin: Principal = { subject: 'admin', role: 'administrator', token: '00000000-0000-4000-8000-000000000000', from: '10.0.0.1' }
const auditor: Principal = { subject: 'iris', role: 'auditor' }
const ann: Principal = { subject: 'ann', role: 'patient', fhirUser: 'Patient/ann' }
const house: Principal = { subject: 'house', role: 'physician', fhirUser: 'Practitioner/house' }

interface Event {
  readonly id: string
  readonly action: string
  readonly outcome: string
  readonly outcomeDesc?: string
  readonly recorded: string
  readonly subtype: ReadonlyArray<{ readonly code: string }>
  readonly purposeOfEvent?: ReadonlyArray<{ readonly text: string; readonly coding: ReadonlyArray<{ readonly code: string }> }>
  readonly agent: ReadonlyArray<{ readonly altId: string; readonly network?: { readonly address: string } }>
  readonly entity?: ReadonlyArray<{ readonly what?: { readonly reference: string }; readonly query?: string }>
}

interface Opened {
  readonly service: Service
  readonly file: string
  readonly warnings: string[]
  close(): Promise<void>
}

async function open(t: Test, folder = t.testdir()): Promise<Opened> {
  const file = `${folder}/store.db`
  const warnings: string[] = []
  const state = await openState(folder)
  const audit = await auditing(state, loadSettings({}, {}), (facts, text) => warnings.push(`${text} ${JSON.stringify(facts)}`))
  const service = await openService({ store: file, audit })
  let closed = false
  const close = async () => {
    if (closed) return
    closed = true
    await service.close()
    state.close()
  }
  t.teardown(close)
  return { service, file, warnings, close }
}

/** Waits for what is collected to be written. */
const written = () => new Promise((resolve) => setTimeout(resolve, 150))

async function events(service: Service, address: string, who = auditor): Promise<Event[]> {
  await written()
  const [, text = ''] = address.split('?')
  const query = parseSearch('AuditEvent', parseParameters(text), { handling: 'strict' })
  const { resources } = await service.search(who, query)
  return resources.map(({ body }) => JSON.parse(body.toString()) as Event)
}

const shown = ({ subtype, action, outcome, entity = [] }: Event) => ({
  do: subtype[0]!.code,
  action,
  outcome,
  about: entity.map(({ what, query }) => what?.reference ?? Buffer.from(query ?? '', 'base64').toString())
})

const patient = (id: string) => JSON.stringify({ resourceType: 'Patient', id })
const observation = (id: string, of: string) =>
  JSON.stringify({ resourceType: 'Observation', id, status: 'final', code: { text: 'x' }, subject: { reference: `Patient/${of}` } })

t.test('names who did what to whom, and how it ended', async (t) => {
  const { service } = await open(t)
  for (const id of ['ann', 'bob']) await service.update(admin, 'Patient', id, patient(id))
  await service.update(admin, 'Observation', 'o', observation('o', 'bob'))
  await service.read(admin, 'Observation', 'o')
  await service.vread(admin, 'Observation', 'o', '1')
  await service.history(admin, { type: 'Observation', id: 'o', count: 10 })
  await service.search(admin, parseSearch('Observation', [['subject', 'Patient/bob']], { handling: 'strict' }))
  await t.rejects(service.read(ann, 'Observation', 'o'), { code: 'resource.not-found' })
  await t.rejects(service.read(ann, 'Group', 'g'), { code: 'auth.forbidden' })
  await t.rejects(service.read(admin, 'Observation', 'none'), { code: 'resource.not-found' })
  await t.rejects(service.update(house, 'Observation', 'o', observation('o', 'bob')), { code: 'auth.forbidden' })
  await service.patch(admin, 'Observation', 'o', {
    format: 'json-patch',
    text: '[{"op":"replace","path":"/subject/reference","value":"Patient/ann"}]'
  })
  await service.delete(admin, 'Observation', 'o')

  // What is read is written to the log a little later than what is written, so that the two may change places.
  const sorted = (all: readonly object[]) => all.map((one) => JSON.stringify(one)).sort()
  t.strictSame(
    sorted((await events(service, '?_sort=date&_count=100')).map(shown)),
    sorted([
      { do: 'create', action: 'C', outcome: '0', about: ['Patient/ann/_history/1'] },
      { do: 'create', action: 'C', outcome: '0', about: ['Patient/bob/_history/1'] },
      { do: 'create', action: 'C', outcome: '0', about: ['Patient/bob', 'Observation/o/_history/1'] },
      { do: 'read', action: 'R', outcome: '0', about: ['Patient/bob', 'Observation/o/_history/1'] },
      { do: 'vread', action: 'R', outcome: '0', about: ['Patient/bob', 'Observation/o/_history/1'] },
      { do: 'history', action: 'R', outcome: '0', about: ['Observation/o/_history', 'Patient/bob', 'Observation/o/_history/1'] },
      { do: 'search', action: 'E', outcome: '0', about: ['Observation?subject=Patient/bob', 'Patient/bob', 'Observation/o/_history/1'] },
      { do: 'read', action: 'R', outcome: '4', about: ['Patient/bob', 'Observation/o'] },
      { do: 'read', action: 'R', outcome: '4', about: ['Group/g'] },
      { do: 'read', action: 'R', outcome: '4', about: ['Observation/none'] },
      { do: 'update', action: 'U', outcome: '4', about: ['Patient/bob', 'Observation/o'] },
      { do: 'read', action: 'R', outcome: '0', about: ['Patient/bob', 'Observation/o/_history/1'] },
      { do: 'patch', action: 'U', outcome: '0', about: ['Patient/ann', 'Patient/bob', 'Observation/o/_history/2'] },
      { do: 'delete', action: 'D', outcome: '0', about: ['Patient/ann', 'Observation/o/_history/3'] }
    ])
  )
  const [hidden] = await events(service, '?agent=Patient/ann&entity=Observation/o')
  t.match(hidden, { outcomeDesc: /resource.not-found: not theirs/ }, 'the log tells what the answer does not')
  const [own] = await events(service, '?_count=1')
  t.match(own, { agent: [{ altId: 'iris' }], subtype: [{ code: 'search' }] }, 'looking into the log is in the log')
})

t.test('is found by patient, agent, time, action, outcome and id', async (t) => {
  const { service } = await open(t)
  for (const id of ['ann', 'bob']) await service.update(admin, 'Patient', id, patient(id))
  await service.read(admin, 'Patient', 'bob')
  await service.read(ann, 'Patient', 'ann')
  await t.rejects(service.read(ann, 'Patient', 'bob'))
  const count = async (address: string) => (await events(service, address)).length
  const all = await events(service, '?_sort=date')
  const first = all[0]!
  for (const [address, expected] of [
    ['?patient=bob', 3],
    ['?patient=Patient/bob&action=R', 2],
    ['?patient=bob&outcome=4', 1],
    ['?agent=Patient/ann', 2],
    ['?altid=admin', 3],
    ['?agent-name=adm', 3],
    ['?address=10.0.0.1', 3],
    ['?type=http://terminology.hl7.org/CodeSystem/audit-event-type|rest&altid=ann', 2],
    ['?subtype=vread', 0],
    ['?entity=Patient/ann&agent=Patient/ann', 1],
    [`?_id=${first.id}`, 1],
    ['?_id=log-9999-1', 0],
    ['?_id=other', 0],
    [`?date=lt${first.recorded.slice(0, 4)}`, 0],
    ['?_lastUpdated=gt2000&altid=admin', 3],
    ['?date=gt2100', 0]
  ] as const)
    t.equal(await count(address), expected, address)
  await t.rejects(events(service, '?_sort=agent'), { code: 'not-supported' })
  await t.rejects(events(service, '?patient.name=x'), { code: 'not-supported' })
  await t.rejects(events(service, '', house), { code: 'auth.forbidden' })
  t.match(JSON.parse((await service.read(auditor, 'AuditEvent', first.id)).body.toString()), { id: first.id, action: 'C' })
  await t.rejects(service.read(auditor, 'AuditEvent', 'log-9999-1'), { code: 'resource.not-found' })
  await t.rejects(service.read(ann, 'AuditEvent', first.id), { code: 'auth.forbidden' })
})

t.test('pages go through the log and what other systems have sent, in the order of time', async (t) => {
  const { service } = await open(t)
  const sent = (id: string, recorded: string) =>
    JSON.stringify({
      resourceType: 'AuditEvent',
      id,
      type: { code: 'rest' },
      recorded,
      agent: [{ requestor: true, altId: 'other' }],
      source: { observer: { display: 'x' } }
    })
  await service.update(admin, 'AuditEvent', 'old', sent('old', '2001-01-01T00:00:00Z'))
  await service.update(admin, 'AuditEvent', 'new', sent('new', '2101-01-01T00:00:00Z'))
  for (let n = 0; n < 5; n++) await service.update(admin, 'Patient', `p${n}`, patient(`p${n}`))
  const walk = async (text: string) => {
    await written()
    const query = parseSearch('AuditEvent', parseParameters(text), { handling: 'strict' })
    const ids: string[] = []
    for (let cursor: string | undefined, n = 0; n < 20; n++) {
      const { resources, next } = await service.search(auditor, { ...query, cursor })
      ids.push(...resources.map(({ id }) => id))
      if (next === undefined) break
      cursor = next
    }
    return ids
  }
  const newest = await walk('altid=admin,other&_count=2')
  t.equal(newest[0], 'new')
  t.equal(newest.at(-1), 'old')
  t.equal(newest.length, 9)
  t.equal(new Set(newest).size, 9, 'each once')
  t.strictSame(await walk('altid=admin,other&_count=2&_sort=date'), [...newest].reverse())
  const query = parseSearch('AuditEvent', parseParameters('altid=admin,other&_summary=count'), { handling: 'strict' })
  t.match(await service.search(auditor, query), { total: 9, resources: [] })
  await t.rejects(service.update(admin, 'AuditEvent', 'log-1-1', sent('log-1-1', '2001-01-01T00:00:00Z')), { code: 'audit.read-only' })
  await t.rejects(service.delete(admin, 'AuditEvent', 'log-1-1'), { code: 'audit.read-only' })
})

t.test('a store that comes to another state folder goes on, and verify says what it cannot check', async (t) => {
  const folder = t.testdir()
  const first = await open(t, folder)
  await first.service.update(admin, 'Patient', 'p', patient('p'))
  await first.close()
  const state = await openState(`${folder}/other`)
  const service = await openService({ store: first.file, audit: await auditing(state, loadSettings({}, {})) })
  await service.update(admin, 'Patient', 'q', patient('q'))
  t.match(await service.verifyAudit(auditor), { batches: 2, problem: { batch: 1, reason: /key of another state folder/ } })
  await service.close()
  state.close()
})

t.test('of many reads at once each has its entry, and none waits without end', async (t) => {
  const { service, file, close } = await open(t)
  await service.update(admin, 'Patient', 'p', patient('p'))
  const many = 50_000
  await Promise.all(Array.from({ length: many }, () => service.read(admin, 'Patient', 'p')))
  await close()
  const db = new Database(file, { readonly: true })
  const texts = db.prepare<[], string>('SELECT entries FROM audit').pluck().all()
  t.equal(texts.join('\n').split('"do":"read"').length - 1, many)
  db.close()
})

t.test('whatever is altered, taken out or cut off is found', async (t) => {
  for (const [name, sql, problem] of [
    ['nothing', 'SELECT 1', undefined],
    ['an entry altered', "UPDATE audit SET entries = replace(entries, 'Patient/p2', 'Patient/p9') WHERE seq = 3", { batch: 3 }],
    ['a time altered', 'UPDATE audit SET at = at + 1 WHERE seq = 2', { batch: 2 }],
    ['a batch taken out', 'DELETE FROM audit WHERE seq = 3', { batch: 3 }],
    ['the first one taken out', 'DELETE FROM audit WHERE seq = 1', { batch: 1 }],
    ['closed up', 'DELETE FROM audit WHERE seq = 3; UPDATE audit SET seq = seq - 1 WHERE seq > 3', { batch: 3 }],
    ['the end cut off', 'DELETE FROM audit WHERE seq > 4', { batch: 5 }],
    ['the last one cut off', 'DELETE FROM audit WHERE seq > 5', { batch: 6 }],
    ['all of it', 'DELETE FROM audit', { batch: 1 }],
    [
      'made anew with another key',
      "UPDATE audit SET key = 'other', entries = replace(entries, 'Patient/p2', 'Patient/p9') WHERE seq = 3",
      { batch: 3, reason: /another state folder/ }
    ],
    ['put under another name', "UPDATE note SET value = 'x' WHERE key = 'audit.chain'", { reason: /no anchor/ }]
  ] as const) {
    const folder = t.testdir()
    const before = await open(t, folder)
    for (let n = 0; n < 6; n++) await before.service.update(admin, 'Patient', `p${n}`, patient(`p${n}`))
    await before.close()
    const db = new Database(before.file)
    db.exec(sql)
    db.close()
    const after = await open(t, folder)
    const report = await after.service.verifyAudit(auditor)
    if (problem === undefined) t.match(report, { problem: undefined, batches: 6, entries: 6 }, name)
    else t.match(report.problem, problem, name)
    await after.close()
  }
})
