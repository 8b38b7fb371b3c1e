import t, { type Test } from 'tap'
import { expand } from '#wardbridge/fhir/terminology/expand.js'
import type { CodeSystemResource, ValueSetFilter, ValueSetInclude, ValueSetResource } from '#wardbridge/fhir/terminology/resources.js'
import { Evaluation, type Versions } from '#wardbridge/fhir/terminology/value-set.js'
import { sourceOf } from './source.js'

const URL = 'urn:numbers'

/** one(two(three, four)), five; three also below five. */
const numbers: CodeSystemResource = {
  resourceType: 'CodeSystem',
  url: URL,
  version: '1',
  content: 'complete',
  property: [
    { code: 'odd', type: 'boolean' },
    { code: 'roman', type: 'string' },
    { code: 'under', uri: 'http://hl7.org/fhir/concept-properties#parent', type: 'code' },
    { code: 'state', uri: 'http://hl7.org/fhir/concept-properties#status', type: 'code' }
  ],
  concept: [
    {
      code: 'one',
      display: 'Uno',
      property: [{ code: 'odd', valueBoolean: true }],
      concept: [
        {
          code: 'two',
          display: 'Due',
          concept: [
            {
              code: 'three',
              display: 'Tre',
              property: [
                { code: 'odd', valueBoolean: true },
                { code: 'under', valueCode: 'five' }
              ]
            },
            { code: 'four', display: 'Quattro', property: [{ code: 'roman', valueString: 'IV' }] }
          ]
        }
      ]
    },
    {
      code: 'five',
      display: 'Cinque',
      property: [
        { code: 'odd', valueBoolean: true },
        { code: 'state', valueCode: 'retired' }
      ]
    }
  ]
}

const valueSet = (include: readonly ValueSetInclude[], more: object = {}, url?: string): ValueSetResource => ({
  resourceType: 'ValueSet',
  status: 'active',
  ...(url === undefined ? {} : { url }),
  compose: { include, ...more }
})

const others: ValueSetResource[] = [
  valueSet([{ system: URL, concept: [{ code: 'one' }, { code: 'two' }] }], {}, 'urn:low'),
  valueSet([{ system: URL, filter: [{ property: 'odd', op: '=', value: 'true' }] }], {}, 'urn:odd'),
  valueSet([{ valueSet: ['urn:circle-2'] }], {}, 'urn:circle-1'),
  valueSet([{ valueSet: ['urn:circle-1'] }], {}, 'urn:circle-2'),
  {
    resourceType: 'ValueSet',
    url: 'urn:expanded',
    expansion: {
      contains: [
        { abstract: true, contains: [{ system: URL, code: 'nine' }] },
        { system: URL, code: 'ten' }
      ]
    }
  },
  { resourceType: 'ValueSet', url: 'urn:page', expansion: { total: 7, contains: [{ system: URL, code: 'nine' }] } }
]
const source = sourceOf(numbers, ...others, {
  resourceType: 'CodeSystem',
  url: 'urn:some',
  content: 'fragment',
  concept: [{ code: 'a', concept: [{ code: 'b' }] }]
})

/** The codes of the value set; each code there is is also asked for by itself, and the two must agree. */
async function codesOf(t: Test, set: ValueSetResource, versions: Versions = {}): Promise<string[]> {
  const all = [...(await new Evaluation(source, versions).members(set)).values()].map(({ code }) => code)
  for (const code of ['one', 'two', 'three', 'four', 'five', 'nine', 'ten', 'none']) {
    const member = await new Evaluation(source, versions).member(set, URL, code)
    t.equal(member !== undefined, all.includes(code), `${code} by itself`)
  }
  return all
}

const filtered = (...filter: ValueSetFilter[]) => valueSet([{ system: URL, filter }])
const by = (op: string, property: string, value: string) => filtered({ property, op, value })

t.test('every filter operator selects what R4 says', async (t) => {
  const cases: Array<[ValueSetResource, string[]]> = [
    [by('=', 'code', 'two'), ['two']],
    [by('=', 'odd', 'true'), ['one', 'three', 'five']],
    [by('=', 'display', 'Due'), ['two']],
    [by('=', 'parent', 'five'), ['three']],
    [by('is-a', 'concept', 'two'), ['two', 'three', 'four']],
    [by('is-a', 'concept', 'five'), ['three', 'five']],
    [by('descendent-of', 'concept', 'one'), ['two', 'three', 'four']],
    [by('is-not-a', 'concept', 'two'), ['one', 'five']],
    [by('generalizes', 'concept', 'three'), ['one', 'two', 'three', 'five']],
    [by('in', 'concept', 'one,four, five'), ['one', 'four', 'five']],
    [by('not-in', 'concept', 'one,four,five'), ['two', 'three']],
    [by('regex', 'code', 'f.*'), ['four', 'five']],
    [by('regex', 'code', 'f'), []],
    [by('exists', 'roman', 'true'), ['four']],
    [by('exists', 'roman', 'false'), ['one', 'two', 'three', 'five']],
    [filtered({ property: 'concept', op: 'is-a', value: 'two' }, { property: 'odd', op: '=', value: 'true' }), ['three']]
  ]
  for (const [set, expected] of cases) t.same(await codesOf(t, set), expected, JSON.stringify(set.compose?.include))
})

t.test('an include is what all its conditions have in common, a value set all its includes less its excludes', async (t) => {
  t.same(await codesOf(t, valueSet([{ system: URL }])), ['one', 'two', 'three', 'four', 'five'])
  t.same(await codesOf(t, valueSet([{ valueSet: ['urn:low', 'urn:odd'] }])), ['one'])
  t.same(await codesOf(t, valueSet([{ valueSet: ['urn:low'] }, { valueSet: ['urn:odd'] }])), ['one', 'two', 'three', 'five'])
  t.same(await codesOf(t, valueSet([{ system: URL, concept: [{ code: 'five' }, { code: 'two' }], valueSet: ['urn:odd'] }])), ['five'])
  t.same(
    await codesOf(t, valueSet([{ system: URL }], { exclude: [{ valueSet: ['urn:odd'] }, { system: URL, concept: [{ code: 'two' }] }] })),
    ['four']
  )
  t.same(await codesOf(t, valueSet([{ system: URL }], { inactive: false })), ['one', 'two', 'three', 'four'])
})

t.test('a listed code counts when its code system has it, or when nobody can tell', async (t) => {
  t.same(await codesOf(t, valueSet([{ system: URL, concept: [{ code: 'one' }, { code: 'seven' }] }])), ['one'])
  t.same(await codesOf(t, valueSet([{ system: 'http://snomed.info/sct', version: 'x', concept: [{ code: '1' }] }])), ['1'])
  t.same(await codesOf(t, valueSet([{ system: 'http://unitsofmeasure.org', concept: [{ code: 'mg' }, { code: 'furlongs' }] }])), ['mg'])
})

t.test('an expansion that came with the value set counts where there is no definition', async (t) => {
  t.same(await codesOf(t, others.find(({ url }) => url === 'urn:expanded')!), ['nine', 'ten'])
  await t.rejects(codesOf(t, others.find(({ url }) => url === 'urn:page')!), { code: 'terminology.too-costly' })
})

t.test('what cannot be known is an error', async (t) => {
  const cases: Array<[ValueSetResource, string]> = [
    [valueSet([{ system: 'http://snomed.info/sct' }]), 'terminology.not-supported'],
    [valueSet([{ system: 'urn:some' }]), 'terminology.not-supported'],
    [valueSet([{ system: URL }], { exclude: [{ system: 'urn:some' }] }), 'terminology.not-supported'],
    [valueSet([{ system: 'http://unitsofmeasure.org' }]), 'terminology.too-costly'],
    [valueSet([{ system: URL, version: '9' }]), 'terminology.unknown'],
    [valueSet([{ valueSet: ['urn:nothing'] }]), 'terminology.unknown'],
    [valueSet([{ valueSet: ['urn:circle-1'] }]), 'terminology.not-supported'],
    [by('is-a', 'concept', 'seven'), 'terminology.unknown-code'],
    [by('=', 'colour', 'red'), 'terminology.not-supported'],
    [by('is-a', 'odd', 'true'), 'terminology.not-supported'],
    [by('regex', 'code', '('), 'terminology.not-supported'],
    [by('like', 'code', 'a'), 'terminology.not-supported']
  ]
  for (const [set, code] of cases) await t.rejects(new Evaluation(source).members(set), { code }, JSON.stringify(set.compose))
})

t.test('asks only as far as the answer needs', async (t) => {
  const either = valueSet([{ system: 'http://snomed.info/sct' }, { system: URL, concept: [{ code: 'one' }] }])
  t.ok(await new Evaluation(source).member(either, URL, 'one'))
  t.equal(await new Evaluation(source).member(either, URL, 'two'), undefined, 'another system cannot have it')
  await t.rejects(new Evaluation(source).member(either, 'http://snomed.info/sct', '1'), { code: 'terminology.not-supported' })
  t.ok(await new Evaluation(source).member(valueSet([{ system: 'urn:some' }]), 'urn:some', 'b'), 'a part of a system has what it has')
})

t.test('keeps to the versions asked for', async (t) => {
  const set = valueSet([{ system: URL, version: '9' }])
  t.same((await codesOf(t, set, { forced: [`${URL}|1`] })).length, 5)
  await t.rejects(new Evaluation(source, { checked: [`${URL}|2`] }).members(valueSet([{ system: URL }])), {
    code: 'terminology.not-supported'
  })
  await t.rejects(new Evaluation(source, { preferred: [`${URL}|2`] }).members(valueSet([{ system: URL }])), { code: 'terminology.unknown' })
})

t.test('refuses an expansion that is too long to give at once, and gives it in parts', async (t) => {
  const concept = Array.from({ length: 30_000 }, (_, n) => ({ code: `c${n}` }))
  const large = sourceOf({ resourceType: 'CodeSystem', url: 'urn:large', content: 'complete', concept })
  const made = { moment: '2020-01-01T00:00:00Z', identifier: 'urn:x' }
  const set = valueSet([{ system: 'urn:large' }])
  await t.rejects(expand(large, set, {}, made), { code: 'terminology.too-costly' })
  const { expansion } = await expand(large, set, { offset: 29_998, count: 10 }, made)
  t.same(
    expansion?.contains?.map(({ code }) => code),
    ['c29998', 'c29999']
  )
  t.equal(expansion?.total, 30_000)
})
