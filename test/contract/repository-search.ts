/** The part of the contract about searches: hand-made cases for every type and prefix, and random ones against a plain reading of R4. */
import type { Test } from 'tap'
import { parseSearch } from '#wardbridge/fhir/search-query.js'
import type { Repository } from '#wardbridge/store/repository.js'
import { ids, load, type Open, put, sound, write } from './repository.js'
import { type Case, matches, randomCase, randomObservations } from './search-oracle.js'

const UUID = '11111111-2222-4333-8444-555555555555'
const loinc = (code: string) => ({ coding: [{ system: 'http://loinc.org', code }] })

const RESOURCES: ReadonlyArray<readonly [string, string, object]> = [
  [
    'Patient',
    'p1',
    {
      gender: 'male',
      birthDate: '1970-02-03',
      name: [{ family: 'Ångström', given: ['Åsa', 'Eva  Maria'] }],
      identifier: [{ system: 'urn:mrn', value: '1' }]
    }
  ],
  [
    'Patient',
    UUID,
    {
      gender: 'female',
      birthDate: '1970',
      name: [{ family: 'Smith-Jones' }],
      identifier: [{ system: 'urn:mrn', value: '2' }, { value: '1' }]
    }
  ],
  ['Patient', 'p3', { name: [{ family: 'smith' }], active: true, generalPractitioner: [{ reference: 'Practitioner/d1' }] }],
  [
    'Observation',
    'o1',
    {
      status: 'final',
      code: loinc('1'),
      subject: { reference: 'Patient/p1' },
      effectiveDateTime: '2020-01-15T10:00:00Z',
      valueQuantity: { value: 5.4, unit: 'milligram', system: 'http://unitsofmeasure.org', code: 'mg' }
    }
  ],
  [
    'Observation',
    'o2',
    {
      status: 'amended',
      code: loinc('2'),
      subject: { reference: `Patient/${UUID}` },
      effectiveDateTime: '2020-01-16',
      valueQuantity: { value: 5.45, unit: 'mg' }
    }
  ],
  [
    'Observation',
    'o3',
    {
      status: 'final',
      code: { coding: [{ system: 'urn:own', code: '1' }, { code: '3' }] },
      subject: { reference: 'Group/p1' },
      effectivePeriod: { start: '2020-01-10', end: '2020-02-10' },
      valueQuantity: { value: 100, unit: 'mg' }
    }
  ],
  [
    'Observation',
    'o4',
    {
      status: 'final',
      code: { text: 'no code' },
      subject: { reference: 'http://elsewhere.example/fhir/Patient/p1' },
      effectivePeriod: { start: '2020-01-16T12:00:00Z' }
    }
  ],
  ['Observation', 'o5', { status: 'final', code: loinc('1'), effectivePeriod: { end: '2019' }, valueQuantity: { value: -3 } }],
  [
    'RiskAssessment',
    'r1',
    { status: 'final', subject: { reference: 'Patient/p1' }, prediction: [{ probabilityDecimal: 0.5 }, { probabilityDecimal: 0.9 }] }
  ],
  ['RiskAssessment', 'r2', { status: 'final', subject: { reference: 'Patient/p1' }, prediction: [{ probabilityDecimal: 0.54 }] }],
  ['ValueSet', 'v1', { status: 'active', url: 'http://example.org/vs/a' }],
  [
    'ValueSet',
    'v2',
    {
      status: 'active',
      url: 'http://example.org/vs/a/b',
      meta: { profile: ['http://example.org/p'], tag: [{ system: 'urn:t', code: 'x' }] }
    }
  ]
]

/** type, query, ids expected (sorted). */
const CASES: ReadonlyArray<readonly [string, string, readonly string[]]> = [
  ['Patient', '', [UUID, 'p1', 'p3']],
  ['Patient', '_id=p1', ['p1']],
  ['Patient', `_id=p3,${UUID},none`, [UUID, 'p3']],
  ['Patient', '_id=o1', []],
  // token
  ['Patient', 'identifier=1', [UUID, 'p1']],
  ['Patient', 'identifier=urn:mrn|1', ['p1']],
  ['Patient', 'identifier=|1', [UUID]],
  ['Patient', 'identifier=urn:mrn|', [UUID, 'p1']],
  ['Patient', 'identifier=urn:other|1', []],
  ['Patient', 'identifier=urn:mrn|1,urn:mrn|2', [UUID, 'p1']],
  ['Patient', 'identifier=1&identifier=2', [UUID]],
  ['Patient', 'active=true', ['p3']],
  ['Patient', 'gender:not=male', [UUID, 'p3']],
  ['Patient', 'gender:not=male,female', ['p3']],
  ['Patient', 'gender:missing=true', ['p3']],
  ['Patient', 'gender:missing=false', [UUID, 'p1']],
  ['Patient', 'identifier:missing=false&gender=male', ['p1']],
  ['Observation', 'code=1', ['o1', 'o3', 'o5']],
  ['Observation', 'code=http://loinc.org|', ['o1', 'o2', 'o5']],
  ['Observation', 'code=|3', ['o3']],
  ['Observation', 'code:not=1', ['o2', 'o4']],
  ['Observation', 'code:not=http://loinc.org|', ['o3', 'o4']],
  ['ValueSet', '_tag=urn:t|x', ['v2']],
  // string
  ['Patient', 'family=smith', [UUID, 'p3']],
  ['Patient', 'family=SMI', [UUID, 'p3']],
  ['Patient', 'family=angstrom', ['p1']],
  ['Patient', 'family:exact=smith', ['p3']],
  ['Patient', 'family:exact=Smith', []],
  ['Patient', 'family:contains=jones', [UUID]],
  ['Patient', 'family:contains=ÅNG', ['p1']],
  ['Patient', 'name=eva maria', ['p1']],
  ['Patient', 'name=asa&family=ang', ['p1']],
  ['Patient', 'family=smi,ang', [UUID, 'p1', 'p3']],
  ['Patient', 'family:missing=true', []],
  // reference
  ['Observation', 'subject=Patient/p1', ['o1']],
  ['Observation', 'subject=p1', ['o1', 'o3']],
  ['Observation', 'patient=p1', ['o1']],
  ['Observation', 'patient=Patient/p1', ['o1']],
  ['Observation', `patient=${UUID}`, ['o2']],
  ['Observation', `subject=p1,${UUID}`, ['o1', 'o2', 'o3']],
  ['Observation', 'subject=http://elsewhere.example/fhir/Patient/p1', ['o4']],
  ['Observation', 'subject:missing=true', ['o5']],
  ['Patient', 'general-practitioner=d1', ['p3']],
  // date; resources: o1 a second of the 15th, o2 the 16th, o3 10 Jan to 10 Feb, o4 from the 16th 12:00, o5 until the end of 2019
  ['Observation', 'date=2020-01-15', ['o1']],
  ['Observation', 'date=eq2020-01', ['o1', 'o2']],
  ['Observation', 'date=2020', ['o1', 'o2', 'o3']],
  ['Observation', 'date=ne2020-01', ['o3', 'o4', 'o5']],
  ['Observation', 'date=gt2020-01-15', ['o2', 'o3', 'o4']],
  ['Observation', 'date=ge2020-01-16', ['o2', 'o3', 'o4']],
  ['Observation', 'date=lt2020-01-16', ['o1', 'o3', 'o5']],
  ['Observation', 'date=le2020-01-16', ['o1', 'o2', 'o3', 'o5']],
  ['Observation', 'date=lt2020-01-10', ['o5']],
  ['Observation', 'date=sa2020-01-15', ['o2', 'o4']],
  ['Observation', 'date=eb2020-01-16', ['o1', 'o5']],
  ['Observation', 'date=ge2020-01-15&date=lt2020-01-16', ['o1', 'o3']],
  ['Observation', 'date=gt2021', ['o4']],
  ['Observation', 'date=2019-05,2020-01-16', ['o2']],
  ['Observation', 'date:missing=false&status=final', ['o1', 'o3', 'o4', 'o5']],
  ['Patient', 'birthdate=1970-02-03', ['p1']],
  ['Patient', 'birthdate=1970', [UUID, 'p1']],
  ['Patient', 'birthdate=ap1970-02-03', [UUID, 'p1']],
  ['Patient', 'birthdate=ap2019', []],
  ['Patient', '_lastUpdated=gt2020-01-01', [UUID, 'p1', 'p3']],
  ['Patient', '_lastUpdated=lt2020-01-01', []],
  ['Patient', '_lastUpdated=ge2020-01-01&_lastUpdated=lt9999&gender=male', ['p1']],
  // number
  ['RiskAssessment', 'probability=0.5', ['r1', 'r2']],
  ['RiskAssessment', 'probability=0.54', ['r2']],
  ['RiskAssessment', 'probability=gt0.54', ['r1']],
  ['RiskAssessment', 'probability=ge0.54', ['r1', 'r2']],
  ['RiskAssessment', 'probability=lt0.54', ['r1']],
  ['RiskAssessment', 'probability=le0.54', ['r1', 'r2']],
  ['RiskAssessment', 'probability=sa0.6&probability=eb0.51', ['r1']],
  ['RiskAssessment', 'probability=ne0.54', ['r1']],
  ['RiskAssessment', 'probability=ap0.52', ['r1', 'r2']],
  // quantity
  ['Observation', 'value-quantity=5.4', ['o1']],
  ['Observation', 'value-quantity=5.45||mg', ['o2']],
  ['Observation', 'value-quantity=5.4|http://unitsofmeasure.org|mg', ['o1']],
  ['Observation', 'value-quantity=5.45|http://unitsofmeasure.org|mg', []],
  ['Observation', 'value-quantity=5.4||milligram', ['o1']],
  ['Observation', 'value-quantity=gt5||mg', ['o1', 'o2', 'o3']],
  ['Observation', 'value-quantity=gt5.4', ['o2', 'o3']],
  ['Observation', 'value-quantity=lt0', ['o5']],
  ['Observation', 'value-quantity=ne5.4', ['o2', 'o3', 'o5']],
  ['Observation', 'value-quantity=ap95', ['o3']],
  ['Observation', 'value-quantity=ap-3', ['o5']],
  ['Observation', 'value-quantity=1e2', ['o3']],
  ['Observation', 'value-quantity:missing=true', ['o4']],
  // uri
  ['ValueSet', 'url=http://example.org/vs/a', ['v1']],
  ['ValueSet', 'url=http://example.org/vs/a,http://example.org/vs/a/b', ['v1', 'v2']],
  ['ValueSet', '_profile=http://example.org/p', ['v2']],
  // several
  ['Observation', 'status=final&code=1&date=ge2020', ['o1', 'o3']],
  ['Observation', 'status=final&patient=p1&value-quantity=gt5&date=2020-01-15', ['o1']],
  ['Encounter', 'status=finished', []]
]

/** Ids as they came, where the order is that of writing; else sorted. */
function inOrder(store: Repository, found: readonly string[]): readonly string[] {
  return store.capabilities().search.order === 'written' ? found : [...found].sort()
}

export function searchContract(t: Test, open: Open): void {
  t.test('every kind of parameter, every prefix and modifier, whether written singly, loaded or changed before', async (t) => {
    const [written, loaded, changed] = [await open(t), await open(t), await open(t)]
    for (const one of RESOURCES) await write(written, put(...one))
    await load(loaded, RESOURCES)
    // Each resource first holds what another of its type holds, so that old index rows would show.
    await changed.commit(
      RESOURCES.map(([type, id], n) => put(type, id, RESOURCES.findLast((other, m) => other[0] === type && m !== n)![2]))
    )
    await changed.commit(RESOURCES.map((one) => put(...one)))
    for (const [type, query, expected] of CASES) {
      for (const [name, store] of Object.entries({ written, loaded, changed })) {
        t.strictSame(await ids(store, type, query), [...expected].sort(), `${type}?${query} (${name})`)
      }
      const { total } = await written.search(
        parseSearch(type, [...new URLSearchParams(query), ['_summary', 'count']], { handling: 'strict' })
      )
      t.equal(total, expected.length, `${type}?${query} total`)
    }
    await sound(t, changed)
  })

  t.test('random searches find what a plain reading of R4 finds', async (t) => {
    const store = await open(t)
    const observations = randomObservations(600, 7)
    await load(
      store,
      observations.slice(0, 500).map((one) => ['Observation', one.id, one])
    )
    await store.commit(observations.slice(400).map((one) => put('Observation', one.id, one)))
    for (let seed = 1; seed <= 300; seed++) {
      const one: Case = randomCase(seed)
      const expected = observations.filter((observation) => matches(observation, one)).map(({ id }) => id)
      const found = await ids(store, 'Observation', one.query)
      if (JSON.stringify(found) !== JSON.stringify(expected.sort())) t.strictSame(found, expected, `seed ${seed}: ${one.query}`)
    }
    await sound(t, store)
  })

  t.test('pages hold every match once, in one order, with the same total, while others write', async (t) => {
    const store = await open(t)
    const all = Array.from({ length: 57 }, (_, n) => `p${n}`)
    await load(
      store,
      all.map((id) => ['Patient', id, { gender: 'male', birthDate: '1970-01-01', name: [{ family: `Fam${id}` }] }])
    )
    for (const query of [
      '',
      'gender=male',
      'gender=male,female',
      'birthdate=1970',
      'family=fam',
      'gender:missing=false',
      '_lastUpdated=gt2000'
    ]) {
      const got: string[] = []
      let cursor: string | undefined
      let pages = 0
      do {
        const parsed = parseSearch('Patient', [...new URLSearchParams(query), ['_count', '10'], ['_total', 'accurate']], {
          handling: 'strict'
        })
        const page = await store.search({ ...parsed, cursor })
        if (pages === 0) t.equal(page.total, 57, query)
        t.ok(page.resources.length === 10 || page.next === undefined)
        got.push(...page.resources.map(({ id }) => id))
        cursor = page.next
        // What was seen already changes and another comes and goes: no page shifts.
        await write(
          store,
          put('Patient', got[0]!, {
            gender: 'male',
            birthDate: '1970-01-01',
            name: [{ family: 'Fam' }],
            language: `x-${query.length}-${pages++}`
          })
        )
        await write(store, put('Patient', `later`, { gender: 'male', birthDate: '1970-01-01', name: [{ family: 'Fam' }] }))
        await write(store, { method: 'delete', type: 'Patient', id: 'later' })
      } while (cursor !== undefined)
      t.equal(pages, 6)
      t.strictSame(inOrder(store, got), inOrder(store, all), query)
    }
  })

  t.test('clauses that nearly every resource fulfils still give the right pages and totals', async (t) => {
    const store = await open(t)
    const all = Array.from({ length: 4500 }, (_, n) => `p${n}`)
    const content = (n: number) => ({
      gender: n % 100 ? 'male' : 'other',
      birthDate: n % 50 ? '1970-01-01' : '1960',
      name: [{ family: 'Fam' }]
    })
    await load(
      store,
      all.map((id, n) => ['Patient', id, content(n)])
    )
    const tests: Readonly<Record<string, (n: number) => boolean>> = {
      'gender=male,other&birthdate=gt1950&name=fam': () => true,
      'birthdate=ge1970-01-01&name=fa': (n) => n % 50 !== 0,
      'gender=male&birthdate=lt1965': (n) => n % 50 === 0 && n % 100 !== 0,
      'birthdate=lt1980&_lastUpdated=gt2000': () => true
    }
    for (const [query, test] of Object.entries(tests)) {
      const parameters = [...new URLSearchParams(query), ['_count', '1000'], ['_total', 'accurate']] as Array<[string, string]>
      const page = await store.search(parseSearch('Patient', parameters, { handling: 'strict' }))
      const expected = all.filter((_, n) => test(n))
      t.equal(page.total, expected.length, query)
      const found = page.resources.map(({ id }) => id)
      if (store.capabilities().search.order === 'written') t.strictSame(found, expected.slice(0, 1000), query)
      t.equal(new Set(found.filter((id) => expected.includes(id))).size, Math.min(expected.length, 1000), query)
    }
  })

  t.test('_count=0 gives only the total; a page that ends exactly with the matches has no next', async (t) => {
    const store: Repository = await open(t)
    await load(
      store,
      ['a', 'b', 'c', 'd'].map((id) => ['Patient', id, {}])
    )
    const search = (query: string) => store.search(parseSearch('Patient', [...new URLSearchParams(query)], { handling: 'strict' }))
    t.match(await search('_count=0&_total=accurate'), { resources: [], next: undefined, total: 4 })
    t.match(await search('_count=4'), { next: undefined, total: 4 }, 'what is all there is, is counted')
    t.match(await search('_count=4&_total=none'), { next: undefined, total: undefined })
    t.match(await search('_count=2'), { total: undefined })
    const { next, resources } = await search('_count=2')
    const rest = await store.search({ ...parseSearch('Patient', [['_count', '2']], { handling: 'strict' }), cursor: next })
    const both = [...resources, ...rest.resources].map(({ id }) => id)
    t.strictSame([inOrder(store, both), rest.next], [['a', 'b', 'c', 'd'], undefined])
  })

  t.test('a cursor that was not given for this search is refused', async (t) => {
    const store: Repository = await open(t)
    await load(
      store,
      ['a', 'b', 'c'].map((id) => ['Patient', id, { gender: 'male' }])
    )
    const query = parseSearch(
      'Patient',
      [
        ['gender', 'male'],
        ['_count', '1']
      ],
      { handling: 'strict' }
    )
    const { next } = await store.search(query)
    const other = parseSearch(
      'Patient',
      [
        ['gender', 'female'],
        ['_count', '1']
      ],
      { handling: 'strict' }
    )
    await t.rejects(store.search({ ...other, cursor: next }), { code: 'search.page' })
    for (const cursor of [
      '',
      'x',
      '1',
      '-',
      `0${next}`.repeat(9),
      `${next} `,
      "1' OR 1",
      '9'.repeat(40),
      `zzzzzzzzzzzz${next?.slice(next.search(/[-.][0-9a-f]{16}$/))}`
    ]) {
      await t.rejects(store.search({ ...query, cursor }), { code: 'search.page' }, cursor)
    }
  })
}
