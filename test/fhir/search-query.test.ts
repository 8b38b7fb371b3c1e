import t from 'tap'
import { resourceTypes } from '#wardbridge/fhir/definitions.js'
import { clausesIn } from '#wardbridge/fhir/search-criterion.js'
import { indexPaths } from '#wardbridge/fhir/search-index.js'
import { compositesOf } from '#wardbridge/fhir/search-parameters.js'
import { parseSearch, type SearchClause, searchParameters } from '#wardbridge/fhir/search-query.js'
import { splitEscaped, unescaped } from '#wardbridge/fhir/search-text.js'
import { Random } from './random.js'

const parse = (type: string, query: ReadonlyArray<readonly [string, string]>, handling: 'strict' | 'lenient' = 'strict') =>
  parseSearch(type, query, { handling })
const clause = (type: string, name: string, value: string) => parse(type, [[name, value]]).criteria[0] as SearchClause | undefined
const values = (type: string, name: string, value: string) => clause(type, name, value)?.values
const pathNames = (type: string, name: string, value: string) =>
  clause(type, name, value)?.paths.map(({ path }) => indexPaths()[path]?.name)

t.test('token: code, system|code, |code, system|, escapes, OR', async (t) => {
  t.same(values('Observation', 'code', 'a,http://x|b,|c,http://y|'), [
    { kind: 'token', system: undefined, code: 'a' },
    { kind: 'token', system: 'http://x', code: 'b' },
    { kind: 'token', system: '', code: 'c' },
    { kind: 'token', system: 'http://y', code: '' }
  ])
  t.same(values('Observation', 'code', 'a\\,b\\|c\\$d\\\\e\\f'), [{ kind: 'token', system: undefined, code: 'a,b|c$d\\e\\f' }])
  t.match(clause('Patient', 'gender:not', 'male'), { modifier: 'not', kind: 'token', values: [{ code: 'male' }] })
})

t.test('string: folded and as it stands; exact, contains', async (t) => {
  t.same(values('Patient', 'family', 'Müller  X'), [{ kind: 'string', folded: 'muller x', text: 'Müller  X' }])
  t.equal(clause('Patient', 'family:exact', 'M')?.modifier, 'exact')
  t.equal(clause('Patient', 'name:contains', 'M')?.modifier, 'contains')
})

t.test('reference: id, Type/id, URL, URN, :Type, own base URL', async (t) => {
  t.same(values('Observation', 'subject', '1,Patient/2,http://a.org/fhir/Patient/3,urn:uuid:4,Patient/5/_history/6'), [
    { kind: 'reference', type: '', id: '1' },
    { kind: 'reference', type: 'Patient', id: '2' },
    { kind: 'reference', type: '', id: '', url: 'http://a.org/fhir/Patient/3' },
    { kind: 'reference', type: '', id: '', url: 'urn:uuid:4' },
    { kind: 'reference', type: 'Patient', id: '5' }
  ])
  t.match(clause('Observation', 'subject:Patient', '1'), { modifier: undefined, values: [{ type: 'Patient', id: '1' }] })
  t.match(
    parseSearch('Observation', [['subject', 'http://me/fhir/Patient/3']], { handling: 'strict', baseUrl: 'http://me/fhir' }).criteria,
    [{ values: [{ type: 'Patient', id: '3' }] }]
  )
  t.same(values('QuestionnaireResponse', 'questionnaire', 'http://a.org/q\\|2'), [
    { kind: 'reference', type: '', id: '', url: 'http://a.org/q|2' }
  ])
  t.same(clause('Observation', 'patient', '1')?.paths[0]?.targets, ['Patient'])
  t.equal(clause('Observation', 'subject', '1')?.paths[0]?.targets, undefined)
})

t.test('date: prefixes and the range of the precision', async (t) => {
  const day = Date.UTC(2026, 0, 2)
  t.same(values('Observation', 'date', 'ge2026-01-02'), [{ kind: 'date', prefix: 'ge', from: day, to: day + 86400000 }])
  t.same(values('Observation', 'date', '2026-01-02T03:04'), [{ kind: 'date', prefix: 'eq', from: day + 11040000, to: day + 11100000 }])
  t.match(
    values('Observation', 'date', 'sa2026-01-02T00:00:00 01:00'),
    [{ prefix: 'sa', from: day - 3600000 }],
    'a plus sign that was not encoded'
  )
  t.match(clause('Patient', '_lastUpdated', 'lt2026'), { kind: 'lastUpdated', paths: [], values: [{ prefix: 'lt' }] })
})

t.test('number and quantity: ranges of the significant digits', async (t) => {
  const range = (text: string) => {
    const [value] = values('RiskAssessment', 'probability', text) ?? []
    return value?.kind === 'number' ? [value.prefix, value.value, value.low, value.high] : undefined
  }
  t.same(range('100'), ['eq', 100, 99.5, 100.5])
  t.same(range('100.00'), ['eq', 100, 99.995, 100.005])
  t.same(range('1e2'), ['eq', 100, 95, 105])
  t.same(range('1.00e2'), ['eq', 100, 99.5, 100.5])
  t.same(range('0.1'), ['eq', 0.1, 0.05, 0.15])
  t.same(range('gt-5.40'), ['gt', -5.4, -5.405, -5.395])
  t.same(range('ap.5'), ['ap', 0.5, 0.45, 0.55])
  t.same(range('0'), ['eq', 0, -0.5, 0.5])
  t.same(values('Observation', 'value-quantity', 'le5.4|http://unitsofmeasure.org|mg,5.4||mg,5'), [
    { kind: 'quantity', prefix: 'le', value: 5.4, low: 5.35, high: 5.45, system: 'http://unitsofmeasure.org', code: 'mg' },
    { kind: 'quantity', prefix: 'eq', value: 5.4, low: 5.35, high: 5.45, system: undefined, code: 'mg' },
    { kind: 'quantity', prefix: 'eq', value: 5, low: 4.5, high: 5.5, system: undefined, code: undefined }
  ])
})

t.test('the precision range holds the value and is symmetric', async (t) => {
  const random = new Random(1)
  for (let i = 0; i < 2000; i++) {
    const text = `${random.chance(0.3) ? '-' : ''}${random.int(10 ** random.int(7))}${random.chance(0.5) ? `.${random.int(1000)}` : ''}${random.chance(0.3) ? `e${random.int(20) - 10}` : ''}`
    const [value] = values('RiskAssessment', 'probability', text) ?? []
    if (value?.kind !== 'number' || !(value.low < value.value && value.value < value.high)) t.fail(text)
  }
  t.pass()
})

t.test('_id, :missing, uri and paths of choices', async (t) => {
  t.match(clause('Patient', '_id', 'a,b'), { kind: 'id', paths: [], values: [{ code: 'a' }, { code: 'b' }] })
  t.same(clause('Patient', 'birthdate:missing', 'true')?.values, [{ kind: 'token', system: undefined, code: 'true' }])
  t.same(values('Observation', '_profile', 'http://x'), [{ kind: 'uri', value: 'http://x' }])
  t.same(pathNames('Observation', 'combo-code', 'x'), ['Observation.code', 'Observation.component.code'])
  t.same(pathNames('Observation', 'value-concept', 'x'), ['Observation.value.ofType(CodeableConcept)'])
  t.same(pathNames('Patient', 'phone', 'x'), ["Patient.telecom.where(system='phone')"])
  t.same(pathNames('Condition', 'onset-date', '2026'), ['Condition.onset.ofType(dateTime)', 'Condition.onset.ofType(Period)'])
})

t.test('several parameters are several clauses; result parameters; what was applied', async (t) => {
  const query = parse(
    'Observation',
    [
      ['code', 'a'],
      ['code', 'b'],
      ['_count', '5'],
      ['_total', 'accurate'],
      ['_format', 'json'],
      ['_cursor', 'xyz'],
      ['status', ''],
      ['nonsense', '1']
    ],
    'lenient'
  )
  t.equal(query.criteria.length, 2)
  t.match(query, { type: 'Observation', count: 5, total: 'accurate', cursor: 'xyz' })
  t.same(query.ignored, ['status', 'nonsense'])
  t.same(query.applied, [
    ['code', 'a'],
    ['code', 'b'],
    ['_count', '5'],
    ['_total', 'accurate'],
    ['_format', 'json']
  ])
  t.match(parse('Patient', []), { count: 20, total: undefined, cursor: undefined, sort: [], includes: [], subset: undefined })
  t.match(parse('Patient', [['_count', '100000']]), { count: 1000 })
  t.match(parse('Patient', [['_summary', 'count']]), { count: 0, total: 'accurate' })
})

t.test('refuses what it cannot do, with the code of the error table', async (t) => {
  const refused: Array<[type: string, name: string, value: string, code: string]> = [
    ['Nobody', 'code', 'a', 'resource.unknown-type'],
    ['Patient', 'nonsense', 'a', 'search.unknown-parameter'],
    ['Patient', '_sort', 'nonsense', 'search.unknown-parameter'],
    ['Patient', '_sort', 'name,', 'search.value'],
    ['Patient', '_sort:desc', 'name', 'search.unsupported-modifier'],
    ['Patient', '_contained', 'true', 'ok'],
    ['Patient', '_contained', 'both', 'ok'],
    ['Patient', '_contained', 'false', 'ok'],
    ['Patient', '_contained', 'yes', 'search.value'],
    ['Patient', '_containedType', 'contained', 'ok'],
    ['Patient', '_containedType', 'bundle', 'search.value'],
    ['Patient', '_elements', 'Name', 'search.value'],
    ['Patient', '_include', 'Patient', 'search.value'],
    ['Patient', '_include', 'Patient:nonsense', 'search.value'],
    ['Patient', '_include', 'Patient:name', 'search.value'],
    ['Patient', '_include', 'Nobody:subject', 'search.value'],
    ['Patient', '_revinclude', 'Nobody:subject', 'search.value'],
    ['Patient', '_revinclude', 'Observation:subject:Nobody', 'search.value'],
    ['Patient', '_include:recurse', 'Patient:link', 'search.unsupported-modifier'],
    ['Patient', '_revinclude:iterate', 'Observation:subject:Patient', 'ok'],
    ['Patient', '_text', 'x', 'ok'],
    ['Patient', '_text:exact', 'x', 'search.unsupported-modifier'],
    ['Patient', '_content', '("', 'search.value'],
    ['Patient', '_content', 'not x', 'search.value'],
    ['Patient', '_summary', 'text', 'ok'],
    ['Patient', '_summary', 'short', 'search.value'],
    ['Patient', 'gender:text', 'a', 'search.unsupported-modifier'],
    ['Patient', 'gender:exact', 'a', 'search.unsupported-modifier'],
    ['Patient', 'gender:', 'a', 'search.unsupported-modifier'],
    ['Patient', '_id:exact', 'a', 'search.unsupported-modifier'],
    ['Patient', 'birthdate:not', '2000', 'search.unsupported-modifier'],
    ['Observation', 'code:of-type', 'a|b|c', 'search.unsupported-modifier'],
    ['Patient', 'identifier:of-type', 'a|b', 'search.value'],
    ['Observation', 'code-value-quantity', 'a', 'search.value'],
    ['Observation', 'code-value-quantity', 'a$', 'search.value'],
    ['Observation', 'code-value-quantity:missing', 'true', 'search.unsupported-modifier'],
    ['Patient', 'general-practitioner.nonsense', 'x', 'search.unknown-parameter'],
    ['Patient', 'name.family', 'x', 'search.value'],
    ['Patient', 'general-practitioner:Nobody.name', 'x', 'search.unsupported-modifier'],
    ['Patient', '_has:Observation:code:code', 'x', 'search.value'],
    ['Patient', '_has:Observation:patient', 'x', 'search.value'],
    ['Patient', '_has:Observation:patient:nonsense', 'x', 'search.value'],
    ['Patient', '_query', 'x', 'search.value'],
    ['Patient', '_filter', 'name eq', 'search.value'],
    ['Patient', '_filter', '(name eq a', 'search.value'],
    ['Patient', '_filter', 'name like a', 'search.value'],
    ['Patient', '_filter', 'nonsense eq a', 'search.value'],
    ['Patient', '_filter', 'gender gt a', 'search.value'],
    ['Patient', '_list', '$current-problems', 'search.value'],
    ['Location', 'near', '91|0', 'search.value'],
    ['Observation', 'subject:Nobody', '1', 'search.unsupported-modifier'],
    ['Observation', 'subject:Patient', 'Group/1', 'search.value'],
    ['Observation', 'subject', 'a b', 'search.value'],
    ['Observation', 'date', '10/23/64', 'search.value'],
    ['Observation', 'date', 'xx2026', 'search.value'],
    ['Observation', 'code', '|', 'search.value'],
    ['Observation', 'code', 'a|b|c', 'search.value'],
    ['Observation', 'code', 'a,,b', 'search.value'],
    ['Observation', 'code', ',', 'search.value'],
    ['Observation', 'value-quantity', '5|a', 'ok'],
    ['Observation', 'value-quantity', 'a', 'search.value'],
    ['Observation', 'value-quantity', '5|a|b|c', 'search.value'],
    ['RiskAssessment', 'probability', '', 'ok'],
    ['RiskAssessment', 'probability', '1e999', 'search.value'],
    ['RiskAssessment', 'probability', '.', 'search.value'],
    ['RiskAssessment', 'probability', 'Infinity', 'search.value'],
    ['Patient', 'name', '\u0301', 'search.value'],
    ['Patient', 'name:missing', 'yes', 'search.value'],
    ['Patient', '_count', '-1', 'search.value'],
    ['Patient', '_count', '1.5', 'search.value'],
    ['Patient', '_total', 'some', 'search.value']
  ]
  for (const [type, name, value, code] of refused) {
    const run = () => parse(type, [[name, value]])
    if (code === 'ok') t.doesNotThrow(run, `${name}=${value}`)
    else t.throws(run, { code }, `${type}?${name}=${value}`)
  }
  t.throws(
    () => parse('Patient', [['gender:text', 'a']], 'lenient'),
    { code: 'search.unsupported-modifier' },
    'a modifier is never ignored'
  )
})

t.test('more values or parameters than a store could look for are refused', async (t) => {
  const values = (count: number) => Array.from({ length: count }, (_, n) => `v${n}`).join(',')
  const search = (pairs: Array<[string, string]>) => parseSearch('Patient', pairs, { handling: 'strict' })
  t.equal((search([['_id', values(5000)]]).criteria[0] as SearchClause).values.length, 5000)
  t.throws(() => search([['_id', values(5001)]]), { code: 'search.value' })
  t.throws(
    () =>
      search([
        ['_id', values(3000)],
        ['name', values(3000)]
      ]),
    { code: 'search.value' }
  )
  t.equal(search(Array.from({ length: 100 }, () => ['name', 'a'])).criteria.length, 100)
  t.throws(() => search(Array.from({ length: 101 }, () => ['name', 'a'])), { code: 'search.value' })
})

t.test('random queries give a query or a WardbridgeError, never anything else', async (t) => {
  const random = new Random(77)
  const pieces = [
    'a',
    ',',
    '|',
    '\\',
    '$',
    'ge',
    '2026-01-02',
    'T03:04',
    ':',
    '/',
    'Patient',
    'http://x',
    '1',
    '.',
    'e',
    '-',
    '+',
    ' ',
    'é',
    '\u0000',
    '%',
    '__proto__',
    'name eq "a"',
    ' and ',
    '(',
    ')',
    '[',
    ']',
    'not '
  ]
  for (let i = 0; i < 5000; i++) {
    const type = random.pick(resourceTypes())
    const more = ['_filter', '_list', '_has:Observation:patient:code', 'subject.name', 'patient.organization.name', '_query']
    const names = [...searchParameters(type).map(({ name }) => name), ...more, '_count', '_total', '_summary', '__proto__', 'constructor']
    const name = random.pick(names) + random.pick(['', '', '', ':exact', ':missing', ':not', ':Patient', ':contains', ':'])
    const value = Array.from({ length: random.int(6) }, () => random.pick(pieces)).join('')
    try {
      parse(type, [[name, value]], random.chance(0.5) ? 'strict' : 'lenient')
    } catch (error) {
      if (!/^(search|resource)\./.test(String((error as { code?: string }).code))) t.fail(`${type}?${name}=${value}: ${error}`)
    }
  }
  t.pass()
})

t.test('every listed parameter can be asked for, and finds its paths', async (t) => {
  const sample: Record<string, string> = { token: 'a', string: 'a', reference: 'a', date: '2026', number: '1', quantity: '1', uri: 'a' }
  let count = 0
  for (const type of resourceTypes()) {
    for (const { name, type: kind } of searchParameters(type)) {
      const parts =
        kind === 'composite'
          ? compositesOf(type)
              .get(name)!
              .branches[0]!.parts.map((part) => part.kind)
          : [kind]
      const value = name === 'near' ? '1|2' : parts.map((part) => sample[part]).join('$')
      const clauses = parse(type, [[name, value]]).criteria.flatMap(clausesIn)
      if (clauses.length < parts.length) t.fail(`${type}.${name}`)
      for (const { paths } of clauses) {
        if (paths.length === 0 && !/^(_id|_lastUpdated|near)$/.test(name)) t.fail(`${type}.${name}`)
        for (const { path } of paths) if (!parts.includes(indexPaths()[path]!.kind)) t.fail(`${type}.${name}: ${path}`)
      }
      count++
    }
  }
  t.ok(count > 2000, `${count} parameters`)
})

t.test('escaping: what is escaped is not split, and comes back', async (t) => {
  const random = new Random(3)
  for (let i = 0; i < 3000; i++) {
    const parts = Array.from({ length: 1 + random.int(4) }, () =>
      Array.from({ length: random.int(5) }, () => random.pick(['a', ',', '|', '$', '\\', 'é'])).join('')
    )
    const text = parts.map((part) => part.replace(/[\\,|$]/g, '\\$&')).join(',')
    if (splitEscaped(text, ',').map(unescaped).join('\u0000') !== parts.join('\u0000')) t.fail(text)
  }
  t.pass()
})
