import { existsSync, readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { typeDefinition } from '#wardbridge/fhir/definitions.js'
import { allTypes } from '#wardbridge/fhir/profile/element-checks.js'
import { existenceTest } from '#wardbridge/fhir/profile/existence.js'
import { CORRECTED, compileTest, fhirpathTest, nativeTest } from '#wardbridge/fhir/profile/invariants.js'
import { type Constraint, constraintsAt, structureOf } from '#wardbridge/fhir/profile/structures.js'
import { EXAMPLES } from '../examples.js'
import { Random } from '../random.js'
import { damage, type Members, type Place, places } from './places.js'

const VITALS = structureOf('http://hl7.org/fhir/StructureDefinition/bp')?.snapshot.element ?? []
const vitalConstraints = (id: string) => VITALS.find((row) => row.id === id)?.constraint ?? []

/** What R4 asks at a place, the invariants of the vital signs included. */
function constraintsOf({ type, base }: Place): readonly Constraint[] {
  const vital = type === 'Observation' || type === 'Observation.component' ? vitalConstraints(type) : []
  const timing = base.startsWith('Observation.effective') ? vitalConstraints('Observation.effective[x]') : []
  return [...new Set([...allTypes(type), base])].flatMap(constraintsAt).concat(vital, timing)
}

interface Comparison {
  compared: number
  readonly byKey: Map<string, number>
  readonly different: string[]
}

/** What has not the form of its type at all is a fault of structure, whatever its invariants say of it. */
function hasForm({ value, type }: Place): boolean {
  const definition = typeDefinition(type)
  if (definition?.kind === 'primitive') return typeof value !== 'object'
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.entries(value).every(([name, item]) => {
    const member = definition?.members.get(name.replace(/^_/, ''))
    const items: unknown[] = Array.isArray(item) ? item : [item]
    return (
      (member !== undefined || (name === 'resourceType' && definition?.kind === 'resource')) &&
      items.every((one) => one !== null && !Array.isArray(one)) &&
      items.length > 0
    )
  })
}

type Tests = { readonly native: ReturnType<typeof nativeTest>; readonly library: ReturnType<typeof fhirpathTest> }
const tests = new Map<string, Tests>()

/** Both tests of an expression; kept, because the library reads an expression anew for each that is made. */
function testsOf(expression: string, base: string): Tests {
  const key = `${base} ${expression}`
  let both = tests.get(key)
  if (both === undefined) {
    both = { native: nativeTest(expression, base), library: fhirpathTest(expression, base) }
    tests.set(key, both)
  }
  return both
}

/** Holds every native test against the library at every place of a resource. */
function compare(resource: Members, name: string, result: Comparison): void {
  for (const place of places(resource).filter(hasForm)) {
    const { value, base, resource: own, root } = place
    for (const { key, expression } of constraintsOf(place)) {
      if (expression === undefined) continue
      const { native, library } = testsOf(CORRECTED[expression] ?? expression, base)
      if (native === undefined) continue
      const scope = { resource: own, root }
      const wanted = library(value, scope)
      // The library cannot evaluate on what is no FHIR at all.
      if (wanted === undefined) continue
      result.compared++
      result.byKey.set(key, (result.byKey.get(key) ?? 0) + 1)
      const got = native(value, scope)
      if (got !== wanted && result.different.length < 10) {
        result.different.push(`${name} ${key} at ${base}: ${got}, fhirpath ${wanted}: ${JSON.stringify(value).slice(0, 300)}`)
      }
    }
  }
}

const newComparison = (): Comparison => ({ compared: 0, byKey: new Map(), different: [] })

t.test('native tests give the answer of FHIRPath on our examples, whole and broken', async (t) => {
  const result = newComparison()
  for (const example of EXAMPLES) compare(example, example.id, result)
  const random = new Random(7)
  for (let i = 0; i < 700; i++) {
    const resource = structuredClone(random.pick(EXAMPLES)) as Members
    damage(resource, random)
    compare(resource, `broken ${i}`, result)
  }
  t.same(result.different, [])
  t.ok(result.compared > 20000, `${result.compared} answers`)
  for (const key of [
    'ele-1',
    'ext-1',
    'dom-2',
    'dom-3',
    'dom-6',
    'obs-6',
    'obs-7',
    'ref-1',
    'per-1',
    'qty-3',
    'vs-1',
    'vs-2',
    'vs-3',
    'con-3',
    'con-4'
  ])
    t.ok(result.byKey.has(key), key)
})

const packageFolder = process.env['WARDBRIDGE_R4_EXAMPLES'] ?? 'node_modules/hl7.fhir.r4.examples'
t.test(
  'native tests give the answer of FHIRPath on all official examples',
  { skip: existsSync(packageFolder) ? false : 'unpack hl7.fhir.r4.examples 4.0.1 and set WARDBRIDGE_R4_EXAMPLES to its folder' },
  async (t) => {
    const result = newComparison()
    const definitions =
      /^(\.|CodeSystem|ValueSet|SearchParameter|StructureDefinition|ConceptMap|OperationDefinition|CapabilityStatement|Bundle)/
    for (const file of readdirSync(packageFolder)) {
      if (!file.endsWith('.json') || definitions.test(file)) continue
      const resource = JSON.parse(readFileSync(`${packageFolder}/${file}`, 'utf8'))
      if (resource.resourceType !== undefined) compare(resource, file, result)
    }
    t.same(result.different, [])
    t.ok(result.compared > 100000, `${result.compared} answers`)
  }
)

t.test('existence expressions are read with the precedence of FHIRPath', async (t) => {
  const cases: Array<[string, Members, boolean]> = [
    ['status.exists()', { status: 'final' }, true],
    ['status.exists().not()', { status: 'final' }, false],
    ['value.exists()', { _valueString: { id: 'a' } }, true],
    ['value.empty()', { valueSet: 1 }, true],
    ['status.exists() or code.exists() and value.exists()', { status: 'x' }, true],
    ['(status.exists() or code.exists()) and value.exists()', { status: 'x' }, false],
    ['status.exists() implies code.exists() or value.exists()', { code: {} }, true],
    ['status.exists() = code.exists()', { status: 'x' }, false],
    ['status.exists() != code.exists()', { status: 'x' }, true],
    ['status.exists() xor code.exists()', { status: 'x', code: {} }, false],
    ['component.empty()', { component: [] }, true]
  ]
  for (const [expression, object, wanted] of cases) {
    t.equal(existenceTest(expression, 'Observation')?.(object), wanted, expression)
    t.equal(fhirpathTest(expression, 'Observation')({ resourceType: 'Observation', ...object }, { resource: object, root: object }), wanted)
  }
})

t.test('what is more than existence is left to the library', async (t) => {
  for (const expression of [
    "status = 'final'",
    'code.coding.exists()',
    'foo.exists()',
    'status.exists() or',
    'status.exists() code.exists()',
    'exists()',
    '('
  ])
    t.equal(existenceTest(expression, 'Observation'), undefined, expression)
})

t.test('an expression that cannot be evaluated gives no answer', async (t) => {
  const scope = { resource: {}, root: {} }
  t.equal(fhirpathTest('this is no FHIRPath', 'Patient')({}, scope), undefined)
  t.equal(
    fhirpathTest('generalPractitioner.resolve().exists()', 'Patient')({ generalPractitioner: [{ reference: 'Practitioner/1' }] }, scope),
    undefined
  )
})

t.test('an empty result is no fault', async (t) => {
  t.equal(fhirpathTest("language.startsWith('en')", 'Patient')({ resourceType: 'Patient' }, { resource: {}, root: {} }), true)
})

t.test('con-3 asks for a clinicalStatus of problems on the list only', async (t) => {
  const [con3] = constraintsAt('Condition').filter(({ key }) => key === 'con-3')
  const category = (code: string) => [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-category', code }] }]
  const test = compileTest(con3?.expression as string, 'Condition')
  const ask = (condition: Members) => test(condition, { resource: condition, root: condition })
  t.equal(ask({ resourceType: 'Condition', category: category('encounter-diagnosis') }), true)
  t.equal(ask({ resourceType: 'Condition', category: category('problem-list-item') }), false)
})

t.test('que-7 takes a FHIR boolean', async (t) => {
  const [que7] = constraintsAt('Questionnaire.item.enableWhen').filter(({ key }) => key === 'que-7')
  const test = compileTest(que7?.expression as string, 'Questionnaire.item.enableWhen')
  const scope = { resource: {}, root: {} }
  t.equal(test({ question: 'a', operator: 'exists', answerBoolean: true }, scope), true)
  t.equal(test({ question: 'a', operator: 'exists', answerString: 'x' }, scope), false)
})

t.test('ras-1 and drt-1 find a missing code or system', async (t) => {
  const scope = { resource: {}, root: {} }
  const ask = (path: string, key: string, base: string, value: Members) => {
    const constraint = constraintsAt(path).find((one) => one.key === key)
    return compileTest(constraint?.expression as string, base)(value, scope)
  }
  const percent = { value: 1, code: '%', system: 'http://unitsofmeasure.org' }
  t.equal(ask('RiskAssessment.prediction.probability[x]', 'ras-1', 'Range', { low: percent, high: percent }), true)
  t.equal(ask('RiskAssessment.prediction.probability[x]', 'ras-1', 'Range', { low: { value: 0.1 } }), false)
  t.equal(ask('Duration', 'drt-1', 'Duration', { value: 1, code: 'h', system: 'http://unitsofmeasure.org' }), true)
  t.equal(ask('Duration', 'drt-1', 'Duration', { value: 1, code: 'h' }), false)
})

t.test('dom-3 finds what is contained and not referred to', async (t) => {
  const dom3 = constraintsAt('DomainResource').find(({ key }) => key === 'dom-3')
  const test = compileTest(dom3?.expression as string, 'DomainResource')
  const ask = (more: Members) => {
    const resource = { resourceType: 'Patient', contained: [{ resourceType: 'Organization', id: 'o', name: 'O' }], ...more }
    return test(resource, { resource, root: resource })
  }
  t.equal(ask({ managingOrganization: { reference: '#o' } }), true)
  t.equal(ask({}), false)
  t.equal(ask({ contained: [{ resourceType: 'Provenance', id: 'p', target: [{ reference: '#' }] }] }), true)
})
