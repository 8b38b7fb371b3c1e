/** What every store must do. `open` gives a new, empty repository that is closed when the test ends. */
import type { Test } from 'tap'
import { type JsonNode, parseJson, stringifyJson } from '#wardbridge/fhir/json.js'
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

/** The versionId of the nth version of a resource: the number where the store counts them, else any. */
export function nth(store: Repository, n: number): string | RegExp {
  return store.capabilities().versionIds === 'counted' ? String(n) : /^[A-Za-z0-9\-.]{1,64}$/
}

/** A versionId that no version has. */
export const NO_VERSION = 'MTIz'

/** The same text, or where the store keeps no order of members the same content, to the character of each number. */
export function sameText(t: Test, store: Repository, found: string, wanted: string, name?: string): void {
  if (store.capabilities().bodies === 'exact') t.equal(found, wanted, name ?? 'the same text')
  else t.equal(sorted(parseJson(found)), sorted(parseJson(wanted)), name ?? 'the same content')
}

function sorted(node: JsonNode): string {
  if (node.kind === 'array') return `[${node.items.map(sorted).join()}]`
  if (node.kind !== 'object') return node.kind === 'string' ? JSON.stringify(node.value) : stringifyJson(node)
  const members = [...node.members].sort((a, b) => (a.name < b.name ? -1 : 1))
  return `{${members.map(({ name, value }) => `${JSON.stringify(name)}:${sorted(value)}`).join()}}`
}

/** Where a store can check itself: it finds nothing. */
export async function sound(t: Test, store: Repository, more: object = {}): Promise<void> {
  if (store.capabilities().upkeep.includes('verify')) t.match(await store.verify({ rebuild: false }), { problems: [], ...more })
}

/** Builds the indexes anew, where that can be asked for. */
export async function rebuild(t: Test, store: Repository): Promise<void> {
  if (store.capabilities().upkeep.includes('verify')) t.strictSame((await store.verify({ rebuild: true })).problems, [])
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

/** Stages resources (type, id, content) in one stage and merges it; in commits where the store has no bulk loads. */
export async function load(
  store: Repository,
  resources: ReadonlyArray<readonly [type: string, id: string, more: object]>,
  refuseRepeats = true
) {
  if (!store.capabilities().bulk) {
    for (let n = 0; n < resources.length; n += 100)
      await store.commit(resources.slice(n, n + 100).map(([type, id, more]) => put(type, id, more)))
    return undefined
  }
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
    t.match(result, { type: 'Patient', id: 'p', versionId: nth(store, 1), outcome: 'created' })
    t.ok(result.lastUpdated >= before && result.lastUpdated <= Date.now())
    const stored = (await store.read('Patient', 'p'))!
    const { lastUpdated } = (JSON.parse(stored.body) as { meta: { lastUpdated: string } }).meta
    t.equal(Date.parse(lastUpdated), result.lastUpdated)
    if (store.capabilities().bodies === 'exact') t.equal(lastUpdated, new Date(result.lastUpdated).toISOString())
    const meta = `{"versionId":"${result.versionId}","lastUpdated":"${lastUpdated}","tag":[{"code":"x"}]}`
    sameText(
      t,
      store,
      stored.body,
      `{"resourceType":"Patient","id":"p","meta":${meta},"multipleBirthInteger":1.0,"name":[{"family":"\\u00c9 ü漢"}]}`
    )
    t.match(stored, { type: 'Patient', id: 'p', versionId: result.versionId, lastUpdated: result.lastUpdated, deleted: false })
    sameText(t, store, result.body.toString(), stored.body)
    t.equal(await store.read('Practitioner', 'p'), undefined, 'ids are per type')
    t.equal(await store.read('NoSuchType', 'p'), undefined)
  })

  t.test('ids of every form are kept apart: UUIDs in lower and upper case, with and without dashes, other texts', async (t) => {
    const store = await open(t)
    const uuid = '0a1b2c3d-0000-4000-8000-00000000000f'
    const dots = store.capabilities().ids === 'any' ? ['.', '..'] : []
    const all = [uuid, uuid.toUpperCase(), uuid.replaceAll('-', ''), 'a', 'A', '1', '01', '-', 'a.', ...dots, 'x'.repeat(64)]
    await store.commit(all.map((id) => put('Patient', id, { language: `x-${id}` })))
    for (const id of all) t.match(JSON.parse((await store.read('Patient', id))!.body.toString()), { id, language: `x-${id}` })
    t.strictSame(await store.counts(), { Patient: all.length })
    if (dots.length === 0) await t.rejects(write(store, put('Patient', '.')), { code: 'resource.id' })
  })

  t.test('update makes versions; vread gives each; lastUpdated strictly grows; identical content makes none', async (t) => {
    const store = await open(t)
    let last = 0
    const versions: string[] = []
    for (let n = 1; n <= 5; n++) {
      const result = await write(store, put('Patient', 'p', { gender: n % 2 ? 'male' : 'female' }))
      t.match(result, { versionId: nth(store, n), outcome: n === 1 ? 'created' : 'updated' })
      t.ok(result.lastUpdated > last)
      last = result.lastUpdated
      versions.push(result.versionId)
    }
    t.equal(new Set(versions).size, 5)
    const same = await write(store, {
      method: 'put',
      type: 'Patient',
      id: 'p',
      text: '{"resourceType":"Patient", "id":"p","gender":"male","meta":{"versionId":"77"}}'
    })
    t.match(same, { versionId: versions[4]!, outcome: 'unchanged', lastUpdated: last })
    t.equal(same.body.toString(), (await store.read('Patient', 'p'))!.body)
    for (const [n, versionId] of versions.entries())
      t.match(JSON.parse((await store.vread('Patient', 'p', versionId))!.body), { gender: n % 2 ? 'female' : 'male', meta: { versionId } })
    for (const version of ['0', '6', NO_VERSION, '-1', '1.5', '01', 'x', '', '99999999999999999999'])
      t.equal(await store.vread('Patient', 'p', version), undefined)
    t.equal(await store.vread('Patient', 'q', versions[0]!), undefined)
  })

  t.test('delete leaves a marker and the history; a second one changes nothing; put brings it back as the next version', async (t) => {
    const store = await open(t)
    await t.rejects(write(store, { method: 'delete', type: 'Patient', id: 'p' }), { code: 'resource.not-found' })
    const { versionId: first } = await write(store, put('Patient', 'p', { gender: 'male' }))
    const gone = await write(store, { method: 'delete', type: 'Patient', id: 'p' })
    t.match(gone, { versionId: nth(store, 2), outcome: 'deleted' })
    t.not(gone.versionId, first)
    t.equal(gone.body.length, 0)
    t.match(await store.read('Patient', 'p'), { deleted: true, versionId: gone.versionId, lastUpdated: gone.lastUpdated })
    t.match(await store.vread('Patient', 'p', gone.versionId), { deleted: true })
    t.match(await store.vread('Patient', 'p', first), { deleted: false })
    t.match(await write(store, { method: 'delete', type: 'Patient', id: 'p' }), { versionId: gone.versionId, outcome: 'unchanged' })
    t.strictSame(await ids(store, 'Patient', 'gender=male'), [])
    t.strictSame(await ids(store, 'Patient', ''), [])
    t.match(await write(store, put('Patient', 'p', { gender: 'male' })), { versionId: nth(store, 3), outcome: 'created' })
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
    t.match(JSON.parse((await store.read('Patient', 'd'))!.body), { gender: 'male' }, 'of two writes of one resource the last one')
    await write(store, put('Patient', 'e', { identifier: [{ system: 'urn:new', value: '3' }] }))
    t.strictSame(await ids(store, 'Patient', 'identifier=urn:new|3'), ['e'], 'a system numbered in what was rolled back is numbered again')
    t.strictSame(await ids(store, 'Patient', 'identifier=urn:new|2'), [])
    await sound(t, store)
  })

  t.test('precondition version: only the current one is replaced or deleted', async (t) => {
    const store = await open(t)
    const at = (versionId: string) => ({ precondition: { kind: 'version', versionId } as const })
    await t.rejects(write(store, put('Patient', 'p', {}, at('1'))), { code: 'resource.conflict' }, 'never known')
    await t.rejects(write(store, put('Patient', 'p', {}, at('*'))), { code: 'resource.conflict' }, 'never known: not even any')
    const { versionId: first } = await write(store, put('Patient', 'p'))
    const second = await write(store, put('Patient', 'p', { gender: 'male' }, at(first)))
    t.match(second, { versionId: nth(store, 2), outcome: 'updated' })
    const error = (await write(store, put('Patient', 'p', { gender: 'female' }, at(first))).catch((error: unknown) => error)) as {
      code: string
      params: Record<string, unknown>
    }
    t.match(error, { code: 'resource.conflict', params: { expected: first } })
    t.equal(String(error.params['actual']), second.versionId)
    await t.rejects(write(store, { method: 'delete', type: 'Patient', id: 'p', ...at(first) }), { code: 'resource.conflict' })
    const third = await write(store, put('Patient', 'p', { gender: 'other' }, at('*')))
    t.match(third, { versionId: nth(store, 3), outcome: 'updated' })
    t.match(await write(store, { method: 'delete', type: 'Patient', id: 'p', ...at(third.versionId) }), { outcome: 'deleted' })
    await t.rejects(write(store, put('Patient', 'p', {}, at(third.versionId))), { code: 'resource.conflict' }, 'deleted')
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
      t.match(versionId, nth(store, round + 2))
    }
  })

  t.test('precondition absent: refused while the resource lives, deleted counts as absent', async (t) => {
    const store = await open(t)
    const absent = { precondition: { kind: 'absent' } as const }
    await write(store, put('Patient', 'p', {}, absent))
    await t.rejects(write(store, put('Patient', 'p', {}, absent)), { code: 'resource.exists' })
    await write(store, { method: 'delete', type: 'Patient', id: 'p' })
    t.match(await write(store, put('Patient', 'p', {}, absent)), { versionId: nth(store, 3), outcome: 'created' })
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
      put('Encounter', id, { status: 'in-progress', text: { status: 'generated', div: note } }, claims === undefined ? {} : { claims })
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
      if (id !== 'p2-new') t.match({ id, versionId, length: body.length > 3000 }, { versionId: nth(store, 1), length: true })
    }
    t.strictSame(got.filter((id) => id !== 'p2-new').sort(), [...wanted].sort())
    t.equal(new Set(got).size, got.length)
  })

  t.test('capabilities say what works', async (t) => {
    const store = await open(t)
    const { versioning, interactions, upkeep, changes, bulk } = store.capabilities()
    t.equal(versioning, 'versioned')
    for (const one of ['read', 'vread', 'create', 'update', 'delete', 'history-instance', 'search-type'])
      t.ok(interactions.includes(one), one)
    const refused: Array<readonly [has: boolean, call: () => Promise<unknown>]> = [
      [interactions.includes('history-type'), () => store.history({ type: 'Patient', count: 1 })],
      [interactions.includes('history-system'), () => store.history({ count: 1 })],
      [changes, () => store.lastSeq()],
      [changes, () => store.changes({ after: 0, types: ['Patient'], count: 1 })],
      [bulk !== false, async () => (await store.bulk({ refuseRepeats: true })).abort()],
      [upkeep.includes('verify'), () => store.verify({ rebuild: false })],
      [upkeep.includes('prune'), () => store.prune({ type: 'Patient', before: 0, keep: 1 })],
      [upkeep.includes('size'), () => store.size()],
      [upkeep.includes('snapshot'), async () => (await store.snapshot()).close()]
    ]
    for (const [has, call] of refused)
      if (has) await t.resolves(call())
      else await t.rejects(call(), { code: 'not-supported' }, 'refused, as it says')
  })

  t.test('expectations and concurrency', async (t) => commitContract(t, open))
  t.test('changes and versions', async (t) => changesContract(t, open))
  t.test('history', async (t) => historyContract(t, open))
  t.test('referential integrity', async (t) => integrityContract(t, open))
  t.test('bulk load and verify', async (t) => {
    if ((await open(t)).capabilities().bulk) await bulkContract(t, open)
    else t.comment('this store has no bulk loads, and says so')
  })
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
