/** No search goes through a whole table: SQLite's own account of every statement that a search runs. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { type Criterion, parseSearch, type SearchQuery } from '#wardbridge/fhir/search-query.js'
import { readDictionary } from '#wardbridge/store/sqlite/dictionary.js'
import { Searcher } from '#wardbridge/store/sqlite/search.js'
import { openSqliteStore } from '#wardbridge/store/sqlite/store.js'
import { load } from '../../contract/repository.js'

const UCUM = 'http://unitsofmeasure.org'

/** Every kind of parameter, modifier and criterion. */
const SEARCHES: ReadonlyArray<readonly [string | undefined, string]> = [
  ['Patient', ''],
  ['Patient', '_id=p1,p2'],
  ['Patient', '_id:not=p1'],
  ['Patient', '_lastUpdated=gt2020'],
  ['Patient', 'gender=male'],
  ['Patient', 'gender:not=male'],
  ['Patient', 'gender:missing=true'],
  ['Patient', 'identifier=urn:mrn|'],
  ['Patient', 'identifier:of-type=urn:t|MR|1'],
  ['Patient', 'identifier:text=a'],
  ['Patient', 'name=f'],
  ['Patient', 'name:exact=F1'],
  ['Patient', 'name:contains=1'],
  ['Patient', 'birthdate=ge1950&birthdate=lt1960'],
  ['Patient', 'birthdate:missing=true'],
  ['Observation', 'code:text=a'],
  ['Observation', 'patient=p1&code=c1&date=gt2020'],
  ['Observation', 'subject=Patient/p1'],
  ['Observation', 'subject=p1'],
  ['Observation', 'subject:identifier=urn:mrn|1'],
  ['Observation', 'value-quantity=gt5'],
  ['Observation', `value-quantity=5|${UCUM}|mg`],
  ['Observation', 'value-quantity=5||mg'],
  ['RiskAssessment', 'probability=gt0.5'],
  ['MolecularSequence', 'variant-start=5'],
  ['ValueSet', 'url=http://a.example/x'],
  ['ValueSet', 'url:below=http://a.example'],
  ['ValueSet', 'url:above=http://a.example/x/y'],
  ['Observation', 'patient.name=f'],
  ['Observation', 'patient.gender=male&code=c1'],
  ['Observation', 'subject.name=f1'],
  ['Observation', 'patient.birthdate=gt1950'],
  ['Observation', 'patient.active:missing=true'],
  ['Observation', 'patient.general-practitioner.name=d'],
  ['Patient', '_has:Observation:patient:code=c1'],
  ['Patient', '_has:Observation:patient:status:not=final'],
  ['Patient', '_has:Observation:patient:date=2020'],
  ['Practitioner', '_has:Patient:general-practitioner:_has:Observation:patient:code=c1'],
  ['Observation', 'code-value-quantity=c1$gt5'],
  ['Observation', 'component-code-value-quantity=c1$gt5,c2$lt3'],
  ['Observation', '_filter=code eq c1 and not (status eq final) or subject.name co "1"'],
  ['Patient', '_list=1'],
  ['Patient', '_contained=true'],
  ['Patient', 'gender=male&_contained=both'],
  ['Observation', 'value-quantity=gt5&_contained=both&_containedType=contained'],
  ['Patient', '_contained=true&_containedType=contained&_total=accurate'],
  [undefined, '_id=p1'],
  [undefined, '_tag=a'],
  [undefined, '_tag:not=a&_type=Patient,Observation'],
  [undefined, '_lastUpdated=gt2020'],
  [undefined, '_profile=http://a.example/p']
]

/** What may be gone through: what a search itself made, and functions that give rows. */
const HARMLESS = /^SCAN (\(?subquery-\d+\)?|CONSTANT ROW|\d+ CONSTANT ROWS?|\S+ VIRTUAL TABLE INDEX \S*)/

t.test('every statement of every kind of search goes by an index', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'wardbridge-'))
  const file = join(folder, 'store.db')
  const store = await openSqliteStore(file, { readers: 1 })
  await load(store, resources(40))
  await store.close()
  const db = new Database(file, { readonly: true })
  t.teardown(() => {
    db.close()
    rmSync(folder, { recursive: true })
  })
  const prepare = db.prepare.bind(db)
  // Few resources are many, and many are few: both ways to carry out a search are seen.
  for (const small of [1, 1000]) {
    for (const [name, query] of queries()) {
      const searcher = new Searcher(db, readDictionary(db), 60, { small })
      const statements = new Set<string>()
      db.prepare = ((text: string) => {
        statements.add(text)
        return prepare(text)
      }) as typeof db.prepare
      searcher.search(query)
      db.prepare = prepare
      t.ok(statements.size > 0, name)
      for (const text of statements) {
        const nothing = Array.from({ length: text.split('?').length - 1 }, () => null)
        const plan = prepare(`EXPLAIN QUERY PLAN ${text}`).all(nothing) as Array<{ detail: string }>
        const scans = plan.map(({ detail }) => detail).filter((detail) => detail.startsWith('SCAN') && !HARMLESS.test(detail))
        t.strictSame(scans, [], `${name} (small: ${small})`)
      }
    }
  }
})

function* queries(): Iterable<[string, SearchQuery]> {
  for (const [type, text] of SEARCHES) {
    for (const more of ['', '&_total=accurate']) {
      const parameters = new URLSearchParams(text + more)
      yield [`${type ?? '*'}?${text}${more}`, parseSearch(type, [...parameters], { handling: 'strict', baseUrl: 'http://me.example' })]
    }
  }
  for (const compartment of [
    { type: 'Patient', id: 'p1' },
    { type: 'Practitioner', id: 'd1' }
  ]) {
    yield [`${compartment.type}/Observation`, parseSearch('Observation', [], { handling: 'strict', compartment })]
    yield [`${compartment.type}/*`, parseSearch(undefined, [], { handling: 'strict', compartment })]
  }
  // What the service makes of :in, :not-in, :above and :below.
  const parsed = parseSearch('Observation', [['code', 'c1']], { handling: 'strict' })
  const codes = [['urn:c', 'c1'] as const, ['', 'c2'] as const, ['urn:none', 'x'] as const]
  for (const modifier of [undefined, 'not'] as const) {
    const criteria = parsed.criteria.map((one) => ({ ...one, modifier, values: [{ kind: 'codes', codes }] }) as Criterion)
    yield [`codes ${modifier}`, { ...parsed, criteria }]
  }
}

function resources(count: number): Array<readonly [string, string, object]> {
  const patients = Array.from({ length: count }, (_, n) => [
    'Patient',
    `p${n}`,
    {
      gender: n % 2 ? 'male' : 'female',
      name: [{ family: `F${n}` }],
      birthDate: `19${10 + n}-01-01`,
      identifier: [{ system: 'urn:mrn', value: String(n) }],
      generalPractitioner: [{ reference: 'Practitioner/d1' }]
    }
  ])
  const observations = Array.from({ length: count }, (_, n) => [
    'Observation',
    `o${n}`,
    {
      // Chains to Patients go into contained ones, too.
      ...(n === 0 ? { contained: [{ resourceType: 'Patient', id: 'in', gender: 'male' }] } : {}),
      status: 'final',
      code: { coding: [{ system: 'urn:c', code: `c${n % 3}` }] },
      subject: { reference: `Patient/p${n}` },
      valueQuantity: { value: n, system: UCUM, code: n % 2 ? 'mg' : 'g' },
      component: [{ code: { coding: [{ code: 'c1' }] }, valueQuantity: { value: n } }]
    }
  ])
  return [...patients, ...observations, ['Practitioner', 'd1', { name: [{ family: 'Doc' }] }]] as Array<[string, string, object]>
}
