/** The part of the contract about the form of results: sorting against a plain sort, includes, parts of resources. */
import type { Test } from 'tap'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import type { Repository, SearchPage } from '#wardbridge/store/repository.js'
import { load, type Open, put, write } from './repository.js'
import { randomObservations } from './search-oracle.js'

type Observation = ReturnType<typeof randomObservations>[number]
type Value = string | number
type Values = (one: Observation) => Value[]

const UUIDS = ['00000000-0000-4000-8000-00000000000a', 'f0000000-0000-4000-8000-00000000000b', 'a0000000-0000-4000-8000-000000000001']

const start = ({ effectiveDateTime, effectivePeriod }: Observation): Value[] => {
  if (effectivePeriod !== undefined)
    return [effectivePeriod.start === undefined ? Number.NEGATIVE_INFINITY : Date.parse(effectivePeriod.start)]
  return effectiveDateTime === undefined ? [] : [Date.parse(effectiveDateTime)]
}

/** What each parameter sorts by. */
const KEYS: Readonly<Record<string, Values>> = {
  _id: ({ id }) => [id],
  date: start,
  status: ({ status }) => [status],
  code: ({ code }) => code.coding.map((one) => one.code),
  'value-quantity': ({ valueQuantity }) => (valueQuantity === undefined ? [] : [valueQuantity.value]),
  subject: ({ subject }) => (subject === undefined ? [] : [subject.reference.split('/')[1]!]),
  patient: ({ subject }) => (subject?.reference.startsWith('Patient/') ? [subject.reference.split('/')[1]!] : [])
}

const SORTS = [
  'date',
  '-date',
  '_id',
  '-_id',
  'status',
  '-status',
  'code',
  '-code',
  'value-quantity',
  '-value-quantity',
  'subject',
  '-subject',
  'patient,-date',
  'status,-date',
  '-status,code,value-quantity',
  'date,-_id',
  '-value-quantity,status,-code,date'
]

const less = (a: Value, b: Value) => (a < b ? -1 : a > b ? 1 : 0)

/** R4: of several values the one that comes first in the order wanted; without value last; then in the order of writing. */
function sorted(all: readonly Observation[], sort: string): string[] {
  const keys = sort.split(',').map((key) => ({ values: KEYS[key.replace(/^-/, '')]!, sign: key.startsWith('-') ? -1 : 1 }))
  const best = (one: Observation, { values, sign }: (typeof keys)[number]) => values(one).sort((a, b) => sign * less(a, b))[0]
  return [...all]
    .sort((a, b) => {
      for (const key of keys) {
        const [left, right] = [best(a, key), best(b, key)]
        if (left === undefined || right === undefined) {
          if (left === right) continue
          return left === undefined ? 1 : -1
        }
        const order = key.sign * less(left, right)
        if (order !== 0) return order
      }
      return 0
    })
    .map(({ id }) => id)
}

/** Sorted as it must be; equal ones in the order of writing, where that is what the store says. */
function same(t: Test, store: Repository, found: readonly string[], all: readonly Observation[], sort: string, name: string): void {
  const expected = sorted(all, sort)
  if (store.capabilities().search.order === 'written') return void t.strictSame(found, expected, name)
  const byId = new Map(all.map((one) => [one.id, one]))
  const values = (id: string) =>
    sort.split(',').map((key) => {
      const sign = key.startsWith('-') ? -1 : 1
      return KEYS[key.replace(/^-/, '')]!(byId.get(id)!).sort((a, b) => sign * less(a, b))[0]
    })
  t.strictSame([...found].sort(), [...expected].sort(), `${name}: all of them`)
  t.strictSame(found.map(values), expected.map(values), name)
}

async function pages(
  store: Repository,
  type: string,
  query: string,
  between: (page: number) => Promise<void> = async () => {}
): Promise<string[]> {
  const found: string[] = []
  let cursor: string | undefined
  let n = 0
  do {
    const page: SearchPage = await store.search({ ...parseSearch(type, [...new URLSearchParams(query)], { handling: 'strict' }), cursor })
    found.push(...page.resources.map(({ id }) => id))
    cursor = page.next
    await between(n++)
  } while (cursor !== undefined)
  return found
}

export function resultsContract(t: Test, open: Open): void {
  t.test('_sort by parameters of every kind, both ways and several at once, page by page', async (t) => {
    const store = await open(t)
    const all = randomObservations(300, 11).map((one, n) => (n < UUIDS.length ? { ...one, id: UUIDS[n]! } : one))
    await load(
      store,
      all.map((one) => ['Observation', one.id, one])
    )
    for (const sort of SORTS) {
      same(t, store, await pages(store, 'Observation', `_sort=${sort}&_count=41`), all, sort, sort)
      const finals = all.filter(({ status }) => status === 'final')
      same(t, store, await pages(store, 'Observation', `status=final&_sort=${sort}&_count=1000`), finals, sort, `status=final, ${sort}`)
    }
    const early = all.filter((one) => Number(start(one)[0]) < Date.parse('2020-01-20'))
    t.strictSame(await pages(store, 'Observation', 'date=lt2020-01-20&_sort=-date,_id&_count=50'), sorted(early, '-date,_id'))
  })

  t.test('_sort by names of several words and accents, by _lastUpdated and over several types', async (t) => {
    const store = await open(t)
    const names: ReadonlyArray<readonly [string, string[]]> = [
      ['a', ['Zoe', 'Émile']],
      ['b', ['adam']],
      ['c', ['Bea']],
      ['d', []],
      ['e', ['ÅSA']]
    ]
    for (const [id, given] of names)
      await write(store, put('Patient', id, given.length === 0 ? {} : { name: given.map((one) => ({ given: [one] })) }))
    await write(store, put('Practitioner', 'f', {}))
    t.strictSame(await pages(store, 'Patient', '_sort=given&_count=2'), ['b', 'e', 'c', 'a', 'd'])
    t.strictSame(await pages(store, 'Patient', '_sort=-given&_count=2'), ['a', 'c', 'e', 'b', 'd'])
    const updates = await store.commit([put('Patient', 'b', { active: true })])
    t.equal(updates[0]!.outcome, 'updated')
    t.strictSame((await pages(store, 'Patient', '_sort=-_lastUpdated,_id&_count=1'))[0], 'b')
    t.strictSame((await pages(store, 'Patient', '_sort=_lastUpdated&_lastUpdated=gt2000&_count=1')).at(-1), 'b')
    const system = parseSearch(
      undefined,
      [
        ['_type', 'Patient,Practitioner'],
        ['_sort', '-_id'],
        ['_count', '3']
      ],
      { handling: 'strict' }
    )
    const first = await store.search(system)
    t.strictSame(
      first.resources.map(({ type, id }) => `${type}/${id}`),
      ['Practitioner/f', 'Patient/e', 'Patient/d']
    )
    t.strictSame(
      (await store.search({ ...system, cursor: first.next })).resources.map(({ id }) => id),
      ['c', 'b', 'a']
    )
  })

  t.test('sorted pages stay what they are while others write', async (t) => {
    const store = await open(t)
    const content = (n: number) => ({ birthDate: `19${String(10 + (n % 40))}-01-01`, gender: n % 2 ? 'male' : 'female' })
    const all = Array.from({ length: 60 }, (_, n) => `p${n}`)
    await load(
      store,
      all.map((id, n) => ['Patient', id, content(n)])
    )
    for (const sort of ['birthdate', '-birthdate', 'gender,-birthdate', '-_id']) {
      const found = await pages(store, 'Patient', `_sort=${sort}&_count=7`, async (page) => {
        await write(
          store,
          put('Patient', `new-${sort}-${page}`.replaceAll(',', '.').replaceAll('_', ''), { birthDate: '1900-01-01', gender: 'female' })
        )
      })
      t.strictSame([...new Set(found)].length, found.length, `${sort}: none twice`)
      t.strictSame(
        all.filter((id) => !found.includes(id)),
        [],
        `${sort}: none missing`
      )
    }
  })

  t.test('a cursor belongs to one sort', async (t) => {
    const store = await open(t)
    await load(
      store,
      ['a', 'b', 'c'].map((id) => ['Patient', id, { gender: 'male' }])
    )
    const query = (sort: string) =>
      parseSearch(
        'Patient',
        [
          ['_sort', sort],
          ['_count', '1']
        ],
        { handling: 'strict' }
      )
    const { next } = await store.search(query('_id'))
    await t.rejects(store.search({ ...query('-_id'), cursor: next }), { code: 'search.page' })
    const mark = next!.slice(next!.search(/[-.][0-9a-f]{16}$/))
    for (const cursor of [next!.replace('.', '.x'), `.${mark}`, `1.${mark}`, Buffer.from('[{}]').toString('base64url') + mark])
      await t.rejects(store.search({ ...query('_id'), cursor }), { code: 'search.page' }, cursor)
  })

  t.test('includes: references, back references, versions, iteration; each once', async (t) => {
    const store = await open(t)
    const ref = (reference: string) => ({ reference })
    const first = await write(
      store,
      put('Patient', 'p1', { managingOrganization: ref('Organization/o1'), generalPractitioner: [ref('Practitioner/d1')] })
    )
    await store.commit([
      put('Organization', 'o1', { name: 'One', partOf: ref('Organization/o2') }),
      put('Organization', 'o2', { name: 'Two', partOf: ref('Organization/o3') }),
      put('Organization', 'o3', { name: 'Three' }),
      put('Patient', 'p2', {
        managingOrganization: ref('http://here.example/fhir/Organization/o2'),
        link: [{ other: ref('Patient/p1'), type: 'seealso' }]
      }),
      put('Practitioner', 'd1', {}),
      put('Observation', 'b1', {
        status: 'final',
        code: {},
        subject: ref('Patient/p1'),
        performer: [ref('Practitioner/d1'), ref('Patient/p1')]
      }),
      put('Observation', 'b2', {
        status: 'final',
        code: {},
        subject: ref(`Patient/p1/_history/${first.versionId}`),
        hasMember: [ref('Observation/b1')]
      }),
      put('Observation', 'b3', { status: 'final', code: {}, subject: ref('Patient/nobody'), device: { identifier: { value: 'x' } } }),
      put('Questionnaire', 'q1', { status: 'active', url: 'http://a.example/q', version: '1' }),
      put('Questionnaire', 'q2', { status: 'active', url: 'http://a.example/q', version: '2' }),
      put('QuestionnaireResponse', 'r1', { status: 'completed', questionnaire: 'http://a.example/q|2' }),
      put('QuestionnaireResponse', 'r2', { status: 'completed', questionnaire: 'http://a.example/q' })
    ])
    await write(
      store,
      put('Patient', 'p1', { active: true, managingOrganization: ref('Organization/o1'), generalPractitioner: [ref('Practitioner/d1')] })
    )
    await write(store, put('Practitioner', 'gone', {}))
    await write(store, put('Observation', 'b4', { status: 'final', code: {}, performer: [ref('Practitioner/gone')] }))
    await write(store, { method: 'delete', type: 'Practitioner', id: 'gone' })
    const included = async (type: string, query: string) => {
      const page = await store.search(
        parseSearch(type, [...new URLSearchParams(query)], { handling: 'strict', baseUrl: 'http://here.example/fhir' })
      )
      t.equal(page.cut, false)
      const number = ({ id, versionId }: { id: string; versionId: string }) => (id === 'p1' && versionId !== first.versionId ? 2 : 1)
      // The log of the server behind a store's door is no part of the store.
      const own = page.included.filter(({ type }) => type !== 'AuditEvent')
      return own.map((one) => `${one.type}/${one.id}${one.type === 'Patient' ? `/${number(one)}` : ''}`).sort()
    }
    const cases: ReadonlyArray<readonly [type: string, query: string, expected: readonly string[]]> = [
      ['Observation', '_id=b1&_include=Observation:subject', ['Patient/p1/2']],
      ['Observation', '_id=b1&_include=Observation:patient', ['Patient/p1/2']],
      ['Observation', '_id=b2&_include=Observation:subject', ['Patient/p1/1']],
      ['Observation', '_id=b1,b2&_include=Observation:subject', ['Patient/p1/1', 'Patient/p1/2']],
      ['Observation', '_include=Observation:subject:Group', []],
      ['Observation', '_id=b1&_include=Observation:performer:Practitioner', ['Practitioner/d1']],
      ['Observation', '_id=b1&_include=Observation:*', ['Patient/p1/2', 'Practitioner/d1']],
      ['Observation', '_id=b1&_include=*', ['Patient/p1/2', 'Practitioner/d1']],
      ['Observation', '_id=b3&_include=*', []],
      ['Observation', '_id=b4&_include=*', []],
      ['Observation', '_id=b1,b2&_include=Observation:has-member', []],
      ['Observation', '_id=b2&_include=Observation:has-member', ['Observation/b1']],
      ['Observation', '_id=b1&_include=Patient:organization', []],
      ['Observation', '_id=b1&_include=Observation:subject&_include=Patient:organization', ['Patient/p1/2']],
      ['Observation', '_id=b1&_include=Observation:subject&_include:iterate=Patient:organization', ['Organization/o1', 'Patient/p1/2']],
      [
        'Observation',
        '_id=b1&_include=Observation:subject&_include:iterate=Patient:organization&_include:iterate=Organization:partof',
        ['Organization/o1', 'Organization/o2', 'Organization/o3', 'Patient/p1/2']
      ],
      ['Organization', '_id=o1&_include=Organization:partof', ['Organization/o2']],
      ['Organization', '_id=o1&_include:iterate=Organization:partof', ['Organization/o2', 'Organization/o3']],
      ['Patient', '_id=p2&_include=Patient:organization', ['Organization/o2']],
      ['Patient', '_id=p1&_revinclude=Observation:subject', ['Observation/b1', 'Observation/b2']],
      ['Patient', '_id=p1&_revinclude=Observation:performer', ['Observation/b1']],
      ['Patient', '_id=p1&_revinclude=*', ['Observation/b1', 'Observation/b2', 'Patient/p2/1']],
      ['Patient', '_id=p1&_revinclude=Observation:*', ['Observation/b1', 'Observation/b2']],
      ['Organization', '_id=o2&_revinclude=Patient:organization', ['Patient/p2/1']],
      [
        'Organization',
        '_id=o1&_revinclude=Patient:organization&_revinclude:iterate=Observation:subject',
        ['Observation/b1', 'Observation/b2', 'Patient/p1/2']
      ],
      ['Organization', '_id=o3&_revinclude:iterate=Organization:partof', ['Organization/o1', 'Organization/o2']],
      ['Practitioner', '_revinclude=Observation:performer:Patient', []],
      ['QuestionnaireResponse', '_id=r1&_include=QuestionnaireResponse:questionnaire', ['Questionnaire/q2']],
      ['QuestionnaireResponse', '_id=r2&_include=QuestionnaireResponse:questionnaire', ['Questionnaire/q1', 'Questionnaire/q2']],
      ['Questionnaire', '_id=q1&_revinclude=QuestionnaireResponse:questionnaire', ['QuestionnaireResponse/r2']]
    ]
    for (const [type, query, expected] of cases) t.strictSame(await included(type, query), expected, `${type}?${query}`)
  })

  t.test('a part of each resource, numbers as they were written', async (t) => {
    const store = await open(t)
    const text =
      '{"resourceType":"Observation","id":"a","text":{"status":"generated","div":"<div/>"},"status":"final","code":{"text":"c"},"valueQuantity":{"value":1.50},"note":[{"text":"n"}]}'
    await write(store, { method: 'put', type: 'Observation', id: 'a', text })
    const part = async (query: string) => {
      const { resources } = await store.search(parseSearch('Observation', [...new URLSearchParams(query)], { handling: 'strict' }))
      return resources[0]!.body.toString()
    }
    const cases = {
      '_elements=value': ['status', 'code', 'valueQuantity'],
      '_summary=text': ['text', 'status', 'code'],
      '_summary=data': ['status', 'code', 'valueQuantity', 'note'],
      '_summary=true': ['status', 'code', 'valueQuantity']
    }
    for (const [query, members] of Object.entries(cases)) {
      const body = await part(query)
      const whole = ['resourceType', 'id', 'meta', ...members]
      const found = Object.keys(JSON.parse(body) as object)
      const isExact = store.capabilities().bodies === 'exact'
      t.strictSame(isExact ? found : found.sort(), isExact ? whole : whole.sort(), query)
      t.match(body, /SUBSETTED/)
      if (members.includes('valueQuantity')) t.match(body, '"valueQuantity":{"value":1.50}')
    }
  })
}
