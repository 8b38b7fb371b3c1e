import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import fhirpath from 'fhirpath'
import t, { type Test as TapTest } from 'tap'
import { valuesAt } from '#wardbridge/fhir/accessors.js'
import { resourceTypes } from '#wardbridge/fhir/definitions.js'
import { parseExpression } from '#wardbridge/fhir/search-expression.js'
import { type IndexSink, indexPaths, indexResource } from '#wardbridge/fhir/search-index.js'
import { compositesOf, parametersOf, patientCompartment } from '#wardbridge/fhir/search-parameters.js'
import { EXAMPLES } from './examples.js'
import { Random } from './random.js'

const r4: Parameters<typeof fhirpath.compile>[1] = createRequire(import.meta.url)('fhirpath/fhir-context/r4')

type Resource = { resourceType: string }

class Collector implements IndexSink {
  readonly entries: string[] = []
  readonly patients: string[] = []
  add(kind: string, path: number, ...rest: unknown[]) {
    const found = indexPaths()[path]
    // Identifiers of references are tokens under the path of the reference.
    if (found?.kind !== kind && !(kind === 'token' && found?.kind === 'reference')) throw new Error(`path ${path} is not of kind ${kind}`)
    this.entries.push([kind, found.name, ...rest].join(' ~ '))
  }
  token(path: number, system: string, code: string) {
    this.add('token', path, system, code)
  }
  string(path: number, folded: string, exact: string) {
    this.add('string', path, folded, exact)
  }
  reference(path: number, type: string, id: string) {
    this.add('reference', path, type, id)
  }
  date(path: number, from: number, to: number) {
    const iso = (ms: number) => (Number.isFinite(ms) ? new Date(ms).toISOString() : String(ms))
    this.add('date', path, iso(from), iso(to))
  }
  number(path: number, value: number) {
    this.add('number', path, value)
  }
  quantity(path: number, value: number, system: string, code: string, unit: string) {
    this.add('quantity', path, value, system, code, unit)
  }
  uri(path: number, value: string) {
    this.add('uri', path, value)
  }
  patient(id: string) {
    this.patients.push(id)
  }
}

function index(resource: Resource): Collector {
  const sink = new Collector()
  indexResource(resource, sink)
  return sink
}
const example = (id: string) => EXAMPLES.find((resource) => resource.id === id) as Resource
const entries = (id: string, path: string) => index(example(id)).entries.filter((entry) => entry.split(' ~ ')[1] === path)

// ------------------------------------------------------------------------------------------------- accessors and FHIRPath

interface Row {
  url: string
  base: string[]
  expression?: string
  component?: Array<{ parameter: string; expression: string }>
}
const rows: Row[] = JSON.parse(readFileSync(new URL('../../profiles/r4/search-parameters.json', import.meta.url), 'utf8')).parameters
const rowByUrl = new Map(rows.map((row) => [`http://hl7.org/fhir/SearchParameter/${row.url}`, row]))
const expressions = new Map([...rowByUrl].map(([url, row]) => [url, row.expression ?? '']))

/** `as` is written ofType (R4 uses it on collections, where FHIRPath has since forbidden it); what a reference resolves to is asked at search time. */
function branches(expression: string, type: string): string[] {
  return expression
    .replace(/\((\S+) as (\w+)\)/g, '$1.ofType($2)')
    .replace(/\.as\((\w+)\)/g, '.ofType($1)')
    .replace(/\.where\(resolve\(\) is \w+\)/g, '')
    .split('|')
    .map((branch) => branch.trim())
    .filter((branch) => new RegExp(`^(${type}|Resource|DomainResource|[a-z]\\w*)\\b`).test(branch))
}

type Run = (input: object, resource: object) => unknown[]
const compiled = new Map<string, Run>()

/** base: the path of the element that the expression starts at; undefined: the resource. */
function evaluate(expression: string, resource: Resource, base?: string, input: object = resource): unknown[] {
  const key = `${base} ${expression}`
  let run = compiled.get(key)
  if (run === undefined) {
    const path = fhirpath.compile(base === undefined ? expression : { base, expression }, r4)
    run = (input, resource) => path(input as never, { resource }) as unknown[]
    compiled.set(key, run)
  }
  return run(input, resource)
}

const branchesOf = (url: string, resource: Resource) =>
  branches(rowByUrl.get(`http://hl7.org/fhir/SearchParameter/${url}`)?.expression ?? '', resource.resourceType)

/** The values of each component of a composite parameter, of all elements that it is about. */
function components({ expression = '', component = [] }: Row, resource: Resource): unknown[][] {
  return branches(expression, resource.resourceType).flatMap((branch) => {
    const elements = branch === resource.resourceType ? [resource] : (evaluate(branch, resource) as object[])
    return component.map((part) => {
      const whole = part.expression.startsWith('%resource')
      const texts = part.expression.replace(/\.as\((\w+)\)/g, (_, type) => `.ofType(${type.replace('DateTime', 'dateTime')})`).split('|')
      const values = (whole ? [resource] : elements).flatMap((element) =>
        texts.flatMap((text) => evaluate(text.trim(), resource, branch, element))
      )
      // A part is what its parameter finds (Group-value: no references). R4 has the parts of DocumentReference-relationship the wrong way round.
      const own = branchesOf(part.parameter, resource).flatMap((one) => evaluate(one, resource))
      const both = values.filter((value) => sorted(own).includes(JSON.stringify(value)))
      return both.length > 0 || values.length === 0 ? both : own
    })
  })
}

/** `Type.code` of every parameter that has a value somewhere. */
const withValue = new Set<string>()
const sorted = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).sort()

/** Compares every parameter of a resource, composite ones part by part; returns how many found something. */
function compare(t: TapTest, resource: Resource, name: string): number {
  let found = 0
  for (const { code, url, branches } of compositesOf(resource.resourceType).values()) {
    const ours = branches.flatMap(({ parts }) => parts.map(({ paths }) => paths.flatMap(({ steps }) => valuesAt(resource, steps))))
    const theirs = components(rowByUrl.get(url)!, resource)
    if (JSON.stringify(ours.map(sorted)) !== JSON.stringify(theirs.map(sorted))) t.same(ours, theirs, `${name}: ${code}`)
    if (!theirs.some((values) => values.length > 0)) continue
    found++
    withValue.add(`${resource.resourceType}.${code}`)
  }
  for (const { code, url } of parametersOf(resource.resourceType).values()) {
    const expression = expressions.get(url) ?? ''
    const ours = parseExpression(expression, resource.resourceType).map(({ steps }) => valuesAt(resource, steps))
    const theirs = branches(expression, resource.resourceType).map((branch) => evaluate(branch, resource))
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) t.same(ours, theirs, `${name}: ${code}`)
    if (!theirs.some((values) => values.length > 0)) continue
    found++
    withValue.add(`${resource.resourceType}.${code}`)
  }
  return found
}

t.test('accessors give what fhirpath gives, for every parameter of our examples', async (t) => {
  let found = 0
  for (const resource of EXAMPLES) found += compare(t, resource, resource.id)
  t.ok(found > 180, `${found} parameters found something`)
})

const packageFolder = process.env['WARDBRIDGE_R4_EXAMPLES'] ?? 'node_modules/hl7.fhir.r4.examples'
t.test(
  'accessors give what fhirpath gives, for every parameter of the official examples',
  { skip: existsSync(packageFolder) ? false : 'unpack hl7.fhir.r4.examples 4.0.1 and set WARDBRIDGE_R4_EXAMPLES to its folder' },
  async (t) => {
    let resources = 0
    let found = 0
    withValue.clear()
    for (const file of readdirSync(packageFolder)) {
      const text = file.endsWith('.json') && file !== 'package.json' ? readFileSync(`${packageFolder}/${file}`, 'utf8') : ''
      const resource: Resource = JSON.parse(text || '{}')
      if (!resourceTypes().includes(resource.resourceType)) continue
      resources++
      found += compare(t, resource, file)
      index(resource)
    }
    const all = resourceTypes().reduce((sum, type) => sum + parametersOf(type).size + compositesOf(type).size, 0)
    const report = readFileSync(new URL('../../docs/conformance.md', import.meta.url), 'utf8')
    const [n, m, values, files] = [withValue.size, all, found, resources].map((number) => number.toLocaleString('en-US'))
    const line = `the same values as \`fhirpath\` for ${n} of ${m} parameters of resource types, ${values} times in ${files} resources`
    t.ok(report.includes(line), `docs/conformance.md says "${line}"`)
  }
)

t.test('every expression of R4 falls into the part of FHIRPath that is compiled', async (t) => {
  for (const type of resourceTypes()) {
    for (const { code, paths, url } of parametersOf(type).values()) {
      if (paths.length === 0) t.fail(`${type}.${code} has no path`)
      const asked = [
        ...(expressions.get(url) ?? '').matchAll(new RegExp(`\\b${type}\\.([\\w.]+)\\.where\\(resolve\\(\\) is (\\w+)\\)`, 'g'))
      ]
      for (const [, path, target] of asked) {
        const found = paths.find(({ name }) => name === `${type}.${path}`)
        if (!found?.targets?.includes(target ?? '')) t.fail(`${type}.${code}: ${path} is not limited to ${target}`)
      }
    }
  }
  for (const odd of [
    'Patient.name.first()',
    'Patient.name & "x"',
    'Patient.name.exists()',
    'Patient.',
    'Patient.a and Patient.b',
    'Patient.name.where(x > 1)',
    'Patient..name',
    ''
  ]) {
    t.throws(() => parseExpression(odd, 'Patient'), odd)
  }
})

// --------------------------------------------------------------------------------------------------------------- entries

t.test('paths are numbered by position and unique by kind and name', async (t) => {
  const paths = indexPaths()
  t.ok(paths.every(({ number }, position) => number === position))
  t.equal(new Set(paths.map(({ kind, name }) => `${kind} ${name}`)).size, paths.length)
  t.ok(paths.some(({ name }) => name === 'Observation.value.ofType(Quantity)'))
})

t.test('token: systems, codes, values; text is no token', async (t) => {
  t.same(entries('p1', 'Patient.identifier'), ['token ~ Patient.identifier ~ urn:mrn ~ 10006', 'token ~ Patient.identifier ~  ~ bare'])
  t.same(entries('p1', 'Patient.maritalStatus'), [])
  t.same(entries('p1', 'Patient.active'), ['token ~ Patient.active ~  ~ true'])
  t.same(entries('p1', "Patient.telecom.where(system='phone')"), ["token ~ Patient.telecom.where(system='phone') ~  ~ 555-0100"])
  t.equal(entries('p1', 'Patient.telecom').length, 3)
  t.same(entries('o2', 'Observation.code'), [
    'token ~ Observation.code ~ http://snomed.info/sct ~ 5',
    'token ~ Observation.code ~  ~ local'
  ])
  t.same(entries('p1', 'Patient.meta.tag'), ['token ~ Patient.meta.tag ~ urn:t ~ demo'])
})

t.test('Patient.deceased is true or false for every patient', async (t) => {
  t.same(
    ['p1', 'p2', 'p3'].map((id) => entries(id, 'Patient.deceased.exists()').map((entry) => entry.split(' ~ ')[3])),
    [['true'], ['false'], ['true']]
  )
})

t.test('string: every part of a name and an address, folded', async (t) => {
  const folded = (id: string, path: string) => entries(id, path).map((entry) => entry.split(' ~ ')[2])
  t.same(folded('p1', 'Patient.name'), ['dr ana carreno quinones', 'ana', 'maria', 'dr', 'md', 'carreno quinones', 'quinones', 'maiden'])
  t.same(folded('p1', 'Patient.address'), ['main st 1', 'apt 2', 'main st 1 boston', 'boston', 'suffolk', 'ma', '02115', 'us'])
  t.same(entries('o3', 'Observation.value.ofType(string)'), ['string ~ Observation.value.ofType(string) ~ ete chaud ~ Été  chaud'])
  t.same(folded('o2', 'Observation.value.ofType(CodeableConcept).text'), ['free text'])
  t.same([...folded('ip', 'InsurancePlan.name'), ...folded('ip', 'InsurancePlan.alias')], ['gold plan', 'gp', 'or'])
})

t.test('reference: relative ones by type and id, URLs and canonicals whole, contained ones not', async (t) => {
  t.same(entries('o1', 'Observation.subject'), ['reference ~ Observation.subject ~ Patient ~ p1'])
  t.same(entries('o1', 'Observation.focus'), [])
  t.same(
    entries('o1', 'Observation.performer').map((entry) => entry.split(' ~ ').slice(2)),
    [
      ['Practitioner', 'd1'],
      ['Patient', 'p2'],
      ['', 'http://other.example.org/fhir/Organization/9'],
      ['', 'urn:uuid:0e2f6b8c-0000-4000-8000-000000000000']
    ]
  )
  t.same(
    entries('m1', 'ConceptMap.target.ofType(canonical)').map((entry) => entry.split(' ~ ')[3]),
    ['http://example.org/vs2|3', 'http://example.org/vs2']
  )
  t.same(entries('b1', 'Bundle.entry[0].resource'), ['reference ~ Bundle.entry[0].resource ~ Composition ~ k1'])
})

t.test('date: ranges, open periods, outer limits of timings', async (t) => {
  const range = (id: string, path: string) => entries(id, path).map((entry) => entry.split(' ~ ').slice(2).join(' '))
  t.same(range('p1', 'Patient.birthDate'), ['1953-04-01T00:00:00.000Z 1953-05-01T00:00:00.000Z'])
  t.same(range('o1', 'Observation.effective'), ['2026-01-02T03:00:00.000Z 2026-01-03T00:00:00.000Z'])
  t.same(range('c2', 'Condition.onset.ofType(Period)'), ['-Infinity 2026-02-01T00:00:00.000Z'])
  t.same(range('o5', 'Observation.value.ofType(Period)'), ['2026-01-01T00:00:00.000Z Infinity'])
  t.same(range('o4', 'Observation.effective'), ['2026-01-01T00:00:00.000Z 2026-03-02T00:00:00.000Z'])
  t.same(range('o5', 'Observation.effective'), ['2026-01-01T00:00:00.000Z Infinity'])
})

t.test('number and quantity', async (t) => {
  const rest = (id: string, path: string) => entries(id, path).map((entry) => entry.split(' ~ ').slice(2).join(' '))
  t.same(rest('ra', 'RiskAssessment.prediction.probability'), ['0.25', '0.1', '0.9'])
  t.same(rest('o1', 'Observation.value.ofType(Quantity)'), ['120.5 http://unitsofmeasure.org mm[Hg] mmHg'])
  t.same(rest('c1', 'Condition.onset.ofType(Age)'), ['53 http://unitsofmeasure.org a years'])
  t.same(rest('c1', 'Condition.abatement.ofType(Range)'), ['1   a', '2   a'])
  t.same(rest('i1', 'Invoice.totalGross'), ['10.5 urn:iso:std:iso:4217 EUR EUR'])
})

t.test('the Patient compartment: the patient itself and the references its definition names', async (t) => {
  const patients = (id: string) => [...new Set(index(example(id)).patients)].sort()
  t.same(patients('p1'), ['p1', 'p2'], 'itself, and link')
  t.same(patients('o1'), ['p1', 'p2'], 'subject and performer')
  t.same(patients('c2'), ['p1'], 'recorder is no parameter of the Condition compartment') || t.comment(patientCompartment('Condition'))
  t.same(patients('q1'), ['p1', 'p2'], 'subject, sender, recipient')
  t.same(patients('g1'), ['p1'])
  t.same(patients('ae'), ['p1', 'p2'])
  t.same(patients('m1'), [])
  t.equal(patientCompartment('Device').length, 0)
})

t.test('never throws on odd content, and gives only well-formed entries', async (t) => {
  const random = new Random(8)
  const odd = [
    null,
    0,
    '',
    'x',
    true,
    [],
    {},
    [null],
    [[{}]],
    { reference: 5 },
    { coding: 'x' },
    Number.NaN,
    { value: {} },
    'Patient/',
    '2026-13',
    { event: {} }
  ]
  const damage = (value: unknown): unknown => {
    if (random.chance(0.15)) return random.pick(odd)
    if (Array.isArray(value)) return value.map(damage)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, name === 'resourceType' ? item : damage(item)]))
  }
  for (let i = 0; i < 3000; i++) {
    const resource = damage(random.pick(EXAMPLES)) as Resource
    try {
      if (typeof resource?.resourceType === 'string') index(resource)
    } catch (error) {
      t.fail(`${error}: ${JSON.stringify(resource)}`)
    }
  }
  t.same(index({ resourceType: 'Nobody' }).entries, [])
  t.same(index({ resourceType: '__proto__' }).entries, [])
})
