/** What every store must do. `open` gives a new, empty repository that is closed when the test ends. */
import type { Test } from 'tap'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import type { Repository, StageModule, Write, WriteResult } from '#wardbridge/store/repository.js'
import { bulkContract } from './repository-bulk.js'
import { changesContract } from './repository-changes.js'
import { commitContract } from './repository-commit.js'
import { containedContract } from './repository-contained.js'
import { historyContract } from './repository-history.js'
import { integrityContract } from './repository-integrity.js'
import { missingContract } from './repository-missing.js'
import { resultsContract } from './repository-results.js'
import { searchContract } from './repository-search.js'
import { textContract } from './repository-text.js'
import { criteriaContract } from './search-criteria.js'

export type Open = (t: Test, options?: { readonly referentialIntegrity?: boolean }) => Promise<Repository>

export function put(
  type: string,
  id: string,
  more: object = {},
  rest: Pick<Extract<Write, { method: 'put' }>, 'precondition' | 'claims'> = {}
): Write {
  return { method: 'put', type, id, text: JSON.stringify({ resourceType: type, id, ...more }), ...rest }
}

export async function write(store: Repository, one: Write): Promise<WriteResult> {
  const [result] = await store.commit([one])
  return result!
}

/** Ids found by a search; parameters as in a URL. */
export async function ids(store: Repository, type: string, query: string, baseUrl?: string): Promise<string[]> {
  const parameters = [...new URLSearchParams(query.replaceAll('+', '%2B')), ['_count', '1000']] as Array<[string, string]>
  const page = await store.search(parseSearch(type, parameters, { handling: 'strict', ...(baseUrl === undefined ? {} : { baseUrl }) }))
  return page.resources.map(({ id }) => id).sort()
}

/** Stages resources (type, id, content) in one stage and merges it. */
export async function load(
  store: Repository,
  resources: ReadonlyArray<readonly [type: string, id: string, more: object]>,
  refuseRepeats = true
) {
  const session = await store.bulk({ refuseRepeats })
  const { openStage } = (await import(session.stage.module)) as StageModule
  const stage = openStage(session.stage.options)
  for (const [n, [type, id, more]] of resources.entries()) {
    const text = JSON.stringify({ resourceType: type, id, ...more })
    stage.add(type, id, text, JSON.parse(text), n + 1)
  }
  const handle = stage.finish()
  const result = handle === undefined ? undefined : await session.merge(handle)
  await session.finish()
  return result
}

export function repositoryContract(t: Test, open: Open): void {
  t.test('read gives what was put, with versionId and lastUpdated in meta and everything else to the character', async (t) => {
    const store = await open(t)
    t.equal(await store.read('Patient', 'p'), undefined)
    const text =
      '{ "resourceType":"Patient","id":"p","meta":{"versionId":"9","tag":[{"code":"x"}]},"multipleBirthInteger": 1.0,"name":[{"family":"\\u00c9 ü漢"}]}'
    const before = Date.now()
    const result = await write(store, { method: 'put', type: 'Patient', id: 'p', text })
    t.match(result, { type: 'Patient', id: 'p', versionId: '1', outcome: 'created' })
    t.ok(result.lastUpdated >= before && result.lastUpdated <= Date.now())
    const stored = (await store.read('Patient', 'p'))!
    const meta = `{"versionId":"1","lastUpdated":"${new Date(result.lastUpdated).toISOString()}","tag":[{"code":"x"}]}`
    t.equal(
      stored.body.toString(),
      `{"resourceType":"Patient","id":"p","meta":${meta},"multipleBirthInteger":1.0,"name":[{"family":"\\u00c9 ü漢"}]}`
    )
    t.match(stored, { type: 'Patient', id: 'p', versionId: '1', lastUpdated: result.lastUpdated, deleted: false })
    t.equal(result.body.toString(), stored.body)
    t.equal(await store.read('Practitioner', 'p'), undefined, 'ids are per type')
    t.equal(await store.read('NoSuchType', 'p'), undefined)
  })

  t.test('ids of every form are kept apart: UUIDs in lower and upper case, with and without dashes, other texts', async (t) => {
    const store = await open(t)
    const uuid = '0a1b2c3d-0000-4000-8000-00000000000f'
    const all = [uuid, uuid.toUpperCase(), uuid.replaceAll('-', ''), 'a', 'A', '1', '01', '-', '.', 'x'.repeat(64)]
    await store.commit(all.map((id) => put('Patient', id, { language: `x-${id}` })))
    for (const id of all) t.match(JSON.parse((await store.read('Patient', id))!.body.toString()), { id, language: `x-${id}` })
    t.strictSame(await store.counts(), { Patient: all.length })
  })

  t.test('update makes versions; vread gives each; lastUpdated strictly grows; identical content makes none', async (t) => {
    const store = await open(t)
    let last = 0
    for (let n = 1; n <= 5; n++) {
      const result = await write(store, put('Patient', 'p', { gender: n % 2 ? 'male' : 'female' }))
      t.match(result, { versionId: String(n), outcome: n === 1 ? 'created' : 'updated' })
      t.ok(result.lastUpdated > last)
      last = result.lastUpdated
    }
    const same = await write(store, {
      method: 'put',
      type: 'Patient',
      id: 'p',
      text: '{"resourceType":"Patient", "id":"p","gender":"male","meta":{"versionId":"77"}}'
    })
    t.match(same, { versionId: '5', outcome: 'unchanged', lastUpdated: last })
    t.equal(same.body.toString(), (await store.read('Patient', 'p'))!.body)
    t.match(JSON.parse((await store.vread('Patient', 'p', '2'))!.body.toString()), { gender: 'female', meta: { versionId: '2' } })
    for (const version of ['0', '6', '-1', '1.5', '01', 'x', '', '99999999999999999999'])
      t.equal(await store.vread('Patient', 'p', version), undefined)
    t.equal(await store.vread('Patient', 'q', '1'), undefined)
  })

  t.test('delete leaves a marker and the history; a second one changes nothing; put brings it back as the next version', async (t) => {
    const store = await open(t)
    await t.rejects(write(store, { method: 'delete', type: 'Patient', id: 'p' }), { code: 'resource.not-found' })
    await write(store, put('Patient', 'p', { gender: 'male' }))
    const gone = await write(store, { method: 'delete', type: 'Patient', id: 'p' })
    t.match(gone, { versionId: '2', outcome: 'deleted' })
    t.equal(gone.body.length, 0)
    t.match(await store.read('Patient', 'p'), { deleted: true, versionId: '2' })
    t.match(await store.vread('Patient', 'p', '2'), { deleted: true })
    t.match(await store.vread('Patient', 'p', '1'), { deleted: false })
    t.match(await write(store, { method: 'delete', type: 'Patient', id: 'p' }), { versionId: '2', outcome: 'unchanged' })
    t.strictSame(await ids(store, 'Patient', 'gender=male'), [])
    t.strictSame(await ids(store, 'Patient', ''), [])
    t.match(await write(store, put('Patient', 'p', { gender: 'male' })), { versionId: '3', outcome: 'created' })
    t.strictSame(await ids(store, 'Patient', 'gender=male'), ['p'])
  })

  t.test('a commit is all or nothing, in order; a failing one leaves concurrent ones alone', async (t) => {
    const store = await open(t)
    const results = await Promise.allSettled([
      store.commit([put('Patient', 'a'), put('Patient', 'b')]),
      store.commit([
        put('Patient', 'c', { identifier: [{ system: 'urn:new', value: '1' }] }),
        { method: 'delete', type: 'Patient', id: 'never' }
      ]),
      store.commit([put('Patient', 'd', { identifier: [{ system: 'urn:new', value: '2' }] }), put('Patient', 'd', { gender: 'male' })])
    ])
    t.strictSame(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled']
    )
    t.equal(await store.read('Patient', 'c'), undefined)
    t.match(await store.read('Patient', 'd'), { versionId: '2' })
    await write(store, put('Patient', 'e', { identifier: [{ system: 'urn:new', value: '3' }] }))
    t.strictSame(await ids(store, 'Patient', 'identifier=urn:new|3'), ['e'], 'a system numbered in what was rolled back is numbered again')
    t.strictSame(await ids(store, 'Patient', 'identifier=urn:new|2'), [])
    t.strictSame((await store.verify({ rebuild: false })).problems, [])
  })

  t.test('precondition version: only the current one is replaced or deleted', async (t) => {
    const store = await open(t)
    const at = (versionId: string) => ({ precondition: { kind: 'version', versionId } as const })
    await t.rejects(write(store, put('Patient', 'p', {}, at('1'))), { code: 'resource.conflict' }, 'never known')
    await t.rejects(write(store, put('Patient', 'p', {}, at('*'))), { code: 'resource.conflict' }, 'never known: not even any')
    await write(store, put('Patient', 'p'))
    t.match(await write(store, put('Patient', 'p', { gender: 'male' }, at('1'))), { versionId: '2' })
    await t.rejects(write(store, put('Patient', 'p', { gender: 'female' }, at('1'))), {
      code: 'resource.conflict',
      params: { actual: 2, expected: '1' }
    })
    await t.rejects(write(store, { method: 'delete', type: 'Patient', id: 'p', ...at('1') }), { code: 'resource.conflict' })
    t.match(await write(store, put('Patient', 'p', { gender: 'other' }, at('*'))), { versionId: '3' })
    t.match(await write(store, { method: 'delete', type: 'Patient', id: 'p', ...at('3') }), { outcome: 'deleted' })
    await t.rejects(write(store, put('Patient', 'p', {}, at('3'))), { code: 'resource.conflict' }, 'deleted')
  })

  t.test('precondition version: of 32 writers at once exactly one wins each round', async (t) => {
    const store = await open(t)
    let { versionId } = await write(store, put('Patient', 'p'))
    for (let round = 0; round < 5; round++) {
      const writers = Array.from({ length: 32 }, (_, n) =>
        write(store, put('Patient', 'p', { language: `x-${round}-${n}` }, { precondition: { kind: 'version', versionId } }))
      )
      const won = (await Promise.allSettled(writers)).filter((one) => one.status === 'fulfilled')
      t.equal(won.length, 1)
      versionId = won[0]!.value.versionId
      t.equal(versionId, String(round + 2))
    }
  })

  t.test('precondition absent: refused while the resource lives, deleted counts as absent', async (t) => {
    const store = await open(t)
    const absent = { precondition: { kind: 'absent' } as const }
    await write(store, put('Patient', 'p', {}, absent))
    await t.rejects(write(store, put('Patient', 'p', {}, absent)), { code: 'resource.exists' })
    await write(store, { method: 'delete', type: 'Patient', id: 'p' })
    t.match(await write(store, put('Patient', 'p', {}, absent)), { versionId: '3', outcome: 'created' })
  })

  t.test('a claim has one holder, who is named to others; deleting the holder frees it', async (t) => {
    const store = await open(t)
    const claim = { claims: ['answer:1'] }
    const all = Array.from({ length: 50 }, (_, n) => write(store, put('Communication', `a${n}`, { status: 'completed' }, claim)))
    const settled = await Promise.allSettled(all)
    const winner = settled.findIndex(({ status }) => status === 'fulfilled')
    t.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const one of settled) {
      if (one.status === 'rejected')
        t.match(one.reason, { code: 'claim.taken', params: { claim: 'answer:1', holder: `Communication/a${winner}` } })
    }
    t.strictSame(await store.counts(), { Communication: 1 }, 'what lost was not written')
    t.match(
      await write(store, put('Communication', `a${winner}`, { status: 'in-progress' }, claim)),
      { outcome: 'updated' },
      'the holder may write again'
    )
    await write(store, put('Communication', 'other', { status: 'completed' }, { claims: ['answer:2'] }))
    const both = put('Communication', 'other', { status: 'in-progress' }, { claims: ['answer:3', 'answer:1'] })
    await t.rejects(write(store, both), { code: 'claim.taken' })
    t.match(
      await write(store, put('Communication', 'third', {}, { claims: ['answer:3'] })),
      { outcome: 'created' },
      'a claim of a refused write is free'
    )
    await write(store, { method: 'delete', type: 'Communication', id: `a${winner}` })
    t.match(await write(store, put('Communication', 'other', { status: 'in-progress' }, { claims: ['answer:1'] })), { outcome: 'updated' })
  })

  t.test('a put that names claims holds these and no others; one that names none keeps what it holds', async (t) => {
    const store = await open(t)
    const encounter = (id: string, note: string, claims?: string[]) =>
      put('Encounter', id, { status: 'in-progress', text: note }, claims === undefined ? {} : { claims })
    await write(store, encounter('a', 'one', ['bed:1']))
    await write(store, encounter('a', 'two'))
    await t.rejects(write(store, encounter('b', 'one', ['bed:1'])), { code: 'claim.taken' })
    await write(store, encounter('a', 'three', ['bed:2']))
    t.match(await write(store, encounter('b', 'one', ['bed:1'])), { outcome: 'created' })
    await write(store, encounter('a', 'three', []))
    t.match(await write(store, encounter('c', 'one', ['bed:2'])), { outcome: 'created' }, 'also when nothing else changed')
    await store.commit([encounter('b', 'two', ['bed:2']), encounter('c', 'two', ['bed:1'])])
    await t.rejects(
      write(store, encounter('d', 'one', ['bed:1'])),
      { code: 'claim.taken', params: { holder: 'Encounter/c' } },
      'two exchanged theirs'
    )
    await t.rejects(store.commit([encounter('e', 'one', ['bed:3']), encounter('f', 'one', ['bed:3'])]), { code: 'claim.taken' })
    t.match(await write(store, encounter('f', 'one', ['bed:3'])), { outcome: 'created' })
  })

  t.test('a type that is none of R4 cannot be written', async (t) => {
    const store = await open(t)
    await t.rejects(write(store, put('Pation', 'p')), { code: 'resource.unknown-type' })
  })

  t.test('labels: profiles, tags and security labels of what is there now, each once, by type', async (t) => {
    const store = await open(t)
    const tag = [{ system: 'urn:s', code: 'a' }, { code: 'a' }, { system: 'urn:s', code: 'b' }]
    await write(store, put('Patient', 'p', { meta: { profile: ['http://p/1'], tag } }))
    await write(
      store,
      put('Patient', 'q', { meta: { profile: ['http://p/1', 'http://p/0'], tag, security: [{ system: 'urn:s', code: 'R' }] } })
    )
    await write(store, put('Device', 'd', { meta: { tag: [{ code: 'device' }] } }))
    await write(store, put('Patient', 'gone', { meta: { tag: [{ code: 'gone' }] } }))
    await write(store, { method: 'delete', type: 'Patient', id: 'gone' })
    const labels = await store.labels(['Patient'])
    const text = (found: ReadonlyArray<{ system: string | undefined; code: string }>) =>
      found.map(({ system, code }) => `${system}|${code}`).sort()
    t.strictSame([...labels.profiles].sort(), ['http://p/0', 'http://p/1'])
    t.strictSame(text(labels.tags), ['undefined|a', 'urn:s|a', 'urn:s|b'])
    t.strictSame(text(labels.security), ['urn:s|R'])
    t.strictSame(text((await store.labels(['Patient', 'Device'])).tags), ['undefined|a', 'undefined|device', 'urn:s|a', 'urn:s|b'])
    t.strictSame(await store.labels(['Group']), { profiles: [], tags: [], security: [] })
  })

  t.test('notes are kept by key', async (t) => {
    const store = await open(t)
    t.equal(await store.getNote('load'), undefined)
    await store.setNote('load', '{"a":1}')
    await store.setNote('other', 'x')
    await store.setNote('load', '{"a":2}')
    t.equal(await store.getNote('load'), '{"a":2}')
    t.equal(await store.getNote('other'), 'x')
  })

  t.test('each gives every current resource of a type once, also more than fit into one page, while others write', async (t) => {
    const store = await open(t)
    const filler = { text: { status: 'generated', div: `<div>${'x'.repeat(3000)}</div>` } }
    const some = Array.from(
      { length: 900 },
      (_, n) => [n % 3 ? 'Patient' : 'Device', n % 2 ? `p${n}` : `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`, filler] as const
    )
    await load(store, some)
    await write(store, { method: 'delete', type: 'Patient', id: 'p1' })
    const wanted = some.filter(([type, id]) => type === 'Patient' && id !== 'p1').map(([, id]) => id)
    const got: string[] = []
    for await (const { id, body, versionId } of store.each('Patient')) {
      if (got.push(id) === 1) await write(store, put('Patient', 'p2-new'))
      if (id !== 'p2-new') t.match({ id, versionId, length: body.length > 3000 }, { versionId: '1', length: true })
    }
    t.strictSame(got.filter((id) => id !== 'p2-new').sort(), [...wanted].sort())
    t.equal(new Set(got).size, got.length)
  })

  t.test('capabilities say what works', async (t) => {
    const store = await open(t)
    const { versioning, interactions } = store.capabilities()
    t.equal(versioning, 'versioned')
    const all = ['read', 'vread', 'create', 'update', 'delete', 'history-instance', 'history-type', 'history-system', 'search-type']
    t.strictSame([...interactions].sort(), all.sort())
  })

  t.test('expectations and concurrency', async (t) => commitContract(t, open))
  t.test('changes and versions', async (t) => changesContract(t, open))
  t.test('history', async (t) => historyContract(t, open))
  t.test('referential integrity', async (t) => integrityContract(t, open))
  t.test('bulk load and verify', async (t) => bulkContract(t, open))
}

/** The part about searches; apart, as it takes longest. */
export function repositorySearchContract(t: Test, open: Open): void {
  t.test('missing values and systems', async (t) => missingContract(t, open))
  t.test('search', async (t) => searchContract(t, open))
  t.test('results', async (t) => resultsContract(t, open))
  t.test('criteria', async (t) => criteriaContract(t, open))
  t.test('contained resources', async (t) => containedContract(t, open))
  t.test('text', async (t) => textContract(t, open))
}
