import t, { type Test } from 'tap'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import { bulkStages } from '#wardbridge/service/bulk-stage.js'
import type { Principal } from '#wardbridge/service/contract.js'
import { openService } from '#wardbridge/service/service.js'

const admin: Principal = { subject: 'a', role: 'administrator' }
const patient = (more: object = {}) => JSON.stringify({ resourceType: 'Patient', gender: 'male', ...more })

async function open(t: Test) {
  const service = await openService({ store: `${t.testdir()}/store.db` })
  t.teardown(() => service.close())
  return service
}

t.test('create gives a version 7 UUID and ignores the id of the body', async (t) => {
  const service = await open(t)
  const [one, two] = [
    await service.create(admin, 'Patient', patient({ id: 'mine' })),
    await service.create(admin, 'Patient', patient({ id: 'mine' }))
  ]
  t.match(one.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.not(one.id, two.id)
  t.match(JSON.parse(one.body.toString()), { id: one.id, gender: 'male', meta: { versionId: '1' } })
  t.strictSame(await service.read(admin, 'Patient', one.id), { ...(await service.vread(admin, 'Patient', one.id, '1')) })
})

t.test('read, vread and delete tell apart what never was, what is gone and what has no such version', async (t) => {
  const service = await open(t)
  await t.rejects(service.read(admin, 'Patient', 'p'), { code: 'resource.not-found' })
  await t.rejects(service.vread(admin, 'Patient', 'p', '1'), { code: 'resource.not-found' })
  t.equal(await service.delete(admin, 'Patient', 'p'), undefined)
  await service.update(admin, 'Patient', 'p', patient({ id: 'p' }))
  await t.rejects(service.vread(admin, 'Patient', 'p', '2'), { code: 'resource.version-not-found' })
  t.match(await service.delete(admin, 'Patient', 'p'), { outcome: 'deleted', versionId: '2' })
  t.match(await service.delete(admin, 'Patient', 'p'), { versionId: '2' })
  await t.rejects(service.read(admin, 'Patient', 'p'), { code: 'resource.deleted' })
  await t.rejects(service.vread(admin, 'Patient', 'p', '2'), { code: 'resource.deleted' })
  await t.rejects(service.read(admin, 'Pation', 'p'), { code: 'resource.unknown-type' })
})

t.test('ifMatch guards update and delete', async (t) => {
  const service = await open(t)
  await service.update(admin, 'Patient', 'p', patient({ id: 'p' }))
  await t.rejects(service.update(admin, 'Patient', 'p', patient({ id: 'p', gender: 'other' }), { ifMatch: '2' }), {
    code: 'resource.conflict'
  })
  await t.rejects(service.delete(admin, 'Patient', 'p', { ifMatch: '2' }), { code: 'resource.conflict' })
  t.match(await service.update(admin, 'Patient', 'p', patient({ id: 'p', gender: 'other' }), { ifMatch: '1' }), { versionId: '2' })
})

/** What tap takes to compare an error with. */
type ErrorPattern = Extract<Parameters<Test['rejects']>[1], object>

const REFUSED: ReadonlyArray<readonly [what: string, text: string, expected: ErrorPattern]> = [
  ['text that is no JSON', '{"resourceType":"Patient",\n "id":"p",}', { code: 'json.syntax', params: { line: 2 } }],
  ['nothing', '', { code: 'json.syntax' }],
  [
    'a member given twice',
    '{"resourceType":"Patient","id":"p","gender":"male","gender":"female"}',
    { code: 'json.syntax', params: { line: 1 } }
  ],
  [
    'a member given twice deep inside',
    '{"resourceType":"Patient","id":"p","name":[{"family":"a:b","family":"c"}]}',
    { code: 'json.syntax' }
  ],
  [
    'a member given twice by an escape',
    '{"resourceType":"Patient","id":"p","gender":"male","\\u0067ender":"female"}',
    { code: 'json.syntax' }
  ],
  ['nesting without end', `{"resourceType":"Patient","id":"p","x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, { code: 'json.depth' }],
  ['an array', '[]', { code: 'resource.type' }],
  ['null', 'null', { code: 'resource.type' }],
  ['no type', '{"id":"p"}', { code: 'resource.type' }],
  [
    'another type',
    '{"resourceType":"Practitioner","id":"p"}',
    { code: 'resource.type', params: { actual: 'Practitioner', expected: 'Patient' } }
  ],
  ['no id', '{"resourceType":"Patient"}', { code: 'resource.id' }],
  ['another id', '{"resourceType":"Patient","id":"q"}', { code: 'resource.id' }],
  ['a number as id', '{"resourceType":"Patient","id":1}', { code: 'resource.id' }],
  ['an unknown element', '{"resourceType":"Patient","id":"p","colour":"red"}', { code: 'resource.invalid', expression: 'Patient' }],
  [
    'two faults',
    '{"resourceType":"Patient","id":"p","gender":"x","birthDate":"1.1.70"}',
    { errors: [{ code: 'resource.invalid' }, { code: 'resource.invalid' }] }
  ]
]

t.test('update refuses what is no valid resource, and writes nothing', async (t) => {
  const service = await open(t)
  for (const [what, text, expected] of REFUSED) await t.rejects(service.update(admin, 'Patient', 'p', text), expected, what)
  for (const id of ['', 'a_b', 'x'.repeat(65), 'ü', 'a/b']) {
    await t.rejects(service.update(admin, 'Patient', id, patient({ id })), { code: 'resource.id' }, id)
  }
  await t.rejects(service.create(admin, 'Patient', '{"resourceType":"Patient","colour":"red"}'), { code: 'resource.invalid' })
  t.strictSame(await service.counts(admin), {})
})

t.test('strings full of colons, quotes and backslashes are no members given twice', async (t) => {
  const service = await open(t)
  for (const family of [':', '":"', '\\":\\\\', '{"a":1}', '\\', 'a\\"', '\u2028:']) {
    const stored = await service.create(admin, 'Patient', JSON.stringify({ resourceType: 'Patient', name: [{ family }] }, null, 2))
    t.equal(JSON.parse(stored.body.toString()).name[0].family, family)
  }
})

t.test('a bulk stage checks each resource, and stages a row as a whole or not at all', async (t) => {
  const service = await open(t)
  const load = await service.bulk(admin, { refuseRepeats: true })
  const stage = (await bulkStages(structuredClone(load.worker)))()
  const good = { type: 'Patient', id: 'a', text: patient({ id: 'a' }) }
  for (const [what, text, expected] of REFUSED.filter(([, , error]) => !('errors' in error))) {
    t.throws(() => stage.addAll([good, { type: 'Patient', id: 'p', text }], 1), expected, what)
  }
  t.throws(() => stage.add('Patient', 'p', patient({ id: 'p', gender: 'x', birthDate: 'y' }), 1), { code: 'resource.invalid' })
  t.equal(stage.resources, 0)
  stage.addAll([good, { ...good, id: 'b', text: patient({ id: 'b' }) }], 1)
  t.equal(stage.resources, 2)
  t.match(await load.merge(stage.finish()!), { byType: { Patient: { created: 2 } }, repeats: [] })
  await load.finish()
  const ids = []
  for await (const { id } of service.each(admin, 'Patient')) ids.push(id)
  t.strictSame(ids, ['a', 'b'])
  t.match(await service.verify(admin, { rebuild: false }), { problems: [], resources: 2 })
})

t.test('each role may do what the table says, and nothing else; unknown roles nothing', async (t) => {
  const service = await open(t)
  await service.update(admin, 'Patient', 'p', patient({ id: 'p' }))
  const query = parseSearch('Patient', [], { handling: 'strict' })
  const doors: Readonly<Record<string, (who: Principal) => Promise<unknown>>> = {
    read: (who) => service.read(who, 'Patient', 'p'),
    vread: (who) => service.vread(who, 'Patient', 'p', '1'),
    search: (who) => service.search(who, query),
    counts: (who) => service.counts(who),
    each: async (who) => {
      for await (const _ of service.each(who, 'Patient'));
    },
    create: (who) => service.create(who, 'Patient', patient()),
    update: (who) => service.update(who, 'Patient', 'p', patient({ id: 'p' })),
    bulk: async (who) => (await service.bulk(who, { refuseRepeats: true })).abort(),
    setNote: (who) => service.setNote(who, 'k', 'v'),
    verify: (who) => service.verify(who, { rebuild: false }),
    delete: (who) => service.delete(who, 'Patient', 'p')
  }
  const reading = ['read', 'vread', 'search', 'counts', 'each']
  const allowed: Readonly<Record<string, readonly string[]>> = {
    analyst: reading,
    'data-entry': [...reading, 'create', 'update'],
    nobody: [],
    visitor: [],
    '': [],
    constructor: [],
    system: Object.keys(doors),
    administrator: Object.keys(doors)
  }
  for (const role of ['analyst', 'data-entry', 'nobody', 'visitor', '', 'constructor', '__proto__', 'system', 'administrator']) {
    await service.update(admin, 'Patient', 'p', patient({ id: 'p' }))
    for (const [name, door] of Object.entries(doors)) {
      const may = (Object.hasOwn(allowed, role) ? allowed[role]! : []).includes(name)
      if (may) await t.resolves(door({ subject: 'x', role }), `${role} may ${name}`)
      else await t.rejects(door({ subject: 'x', role }), { code: 'auth.forbidden', status: 403 }, `${role} may not ${name}`)
    }
  }
})
