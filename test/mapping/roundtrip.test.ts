/** Random mappings over random rows: whatever a mapping says, what it makes is valid and the row comes back. */
import t from 'tap'
import { validateResource } from '#wardbridge/fhir/validate.js'
import { compilePack, loadPack } from '#wardbridge/mapping/index.js'
import { anyRow, Random } from './random.js'
import { SOURCE, tableOf, tiny } from './support.js'

const MAPPINGS = 250
const ROWS = 60

type Yaml = string | number | boolean | Yaml[] | { [key: string]: Yaml }

const COLUMNS: Record<string, Yaml> = {
  id: { type: 'integer', required: true },
  key2: { type: 'text' },
  a: { type: 'text' },
  b: { type: 'text' },
  n: { type: 'decimal' },
  i: { type: 'integer' },
  d: { type: 'date' },
  m: { type: 'midnight' },
  s: { type: 'timestamp' },
  e: { type: 'timestamp' },
  f: { type: 'flag' }
}

const MAP = JSON.stringify({
  resourceType: 'ConceptMap',
  group: [
    {
      source: 'https://example.org/local',
      target: 'http://loinc.org',
      element: [
        { code: 'NEG', target: [{ code: '1', equivalence: 'equivalent' }] },
        { code: '10.0', target: [{ code: 'ten', equivalence: 'equivalent' }] },
        { code: ' ', target: [{ code: 'blank', equivalence: 'equivalent' }] },
        { code: 'true', target: [{ code: 'yes', equivalence: 'equivalent' }] },
        { code: '1', target: [{ code: 'yes', equivalence: 'equivalent' }] },
        { code: '0', target: [{ equivalence: 'unmatched' }] }
      ]
    }
  ]
})

const TEXTS = ['$a', '$b', '$key2', '$i', '$n', '$s', '$d']
const WORDS = ['NEG', 'yes', 'ten', '1', 'a', ' ', 'null']

class Writer {
  readonly random: Random

  constructor(random: Random) {
    this.random = random
  }

  column(): string {
    return this.random.pick(Object.keys(COLUMNS).map((name) => `$${name}`))
  }

  condition(depth = 0): Yaml {
    const kind = this.random.int(depth > 1 ? 3 : 8)
    switch (kind) {
      case 0:
        return this.column()
      case 1:
        return { equals: [this.column(), this.random.chance(0.5) ? 'NEG' : [...WORDS, '10.0', '0']] }
      case 2:
        return { numeric: this.column() }
      case 3:
        return { same: [this.column(), this.column()] }
      case 4:
        return { before: [this.column(), this.random.chance(0.5) ? this.column() : '2000-01-01'] }
      case 5:
        return { mapped: ['m', this.column()] }
      case 6:
        return { not: this.condition(depth + 1) }
      default:
        return { [this.random.pick(['all', 'any'])]: [this.condition(depth + 1), this.condition(depth + 1)] }
    }
  }

  /** A value of a type, sometimes under a condition or as one of several alternatives. */
  value(type: string, depth = 0): Yaml {
    const choice = this.random.next()
    if (depth < 2 && choice < 0.15) {
      const branch = { if: this.condition(), then: this.value(type, depth + 1) }
      return this.random.chance(0.5) ? branch : { ...branch, else: this.value(type, depth + 1) }
    }
    if (depth < 2 && choice < 0.3) return { first: [this.value(type, depth + 1), this.value(type, depth + 1)] }
    return this.plain(type, depth)
  }

  plain(type: string, depth: number): Yaml {
    const { random } = this
    switch (type) {
      case 'string':
        return random.pick<Yaml>([...TEXTS, ...WORDS, 'x ${a} y', '${i}-${b}', { trim: '$a' }])
      case 'code':
        return random.pick<Yaml>([
          ...TEXTS,
          'NEG',
          'yes',
          { map: 'm', from: '$a' },
          { map: 'm', from: '$i' },
          { map: 'm', from: '$a', else: 'yes' },
          { icd9: '$a' },
          { trim: '$a' }
        ])
      case 'uri':
        return random.pick<Yaml>([...TEXTS, 'urn:x', 'urn:x:${a}', { source: 'a' }])
      case 'decimal':
        return random.pick<Yaml>(['$n', '$i', 1.5])
      case 'integer':
      case 'positiveInt':
      case 'unsignedInt':
        return random.pick<Yaml>(['$i', '$id', 7])
      case 'boolean':
        return random.pick<Yaml>(['$f', true])
      case 'date':
        return random.pick<Yaml>([{ date: '$d' }, { date: '$m' }, { date: '$s' }, '2020-01-01'])
      case 'dateTime':
        return random.pick<Yaml>([{ dateTime: '$s' }, { dateTime: '$e' }, { dateTime: '$d' }, { date: '$m' }, { date: '$s' }, '2020-01-01'])
      case 'base64Binary':
        return random.pick<Yaml>([{ base64: '$a' }, { base64: '$i' }, 'bm9uZQ=='])
      case 'Period':
        return random.pick<Yaml>([
          { period: { start: '$s', end: '$e' } },
          { period: { start: '$d', end: '$e' } },
          { start: this.value('dateTime', depth + 1), end: '2020-01-01' }
        ])
      case 'Quantity':
        return random.pick<Yaml>([
          { quantity: '$a', unit: '$b', code: { map: 'm', from: '$b' } },
          { quantity: '$a', unit: 'mg' },
          { quantity: '$a', unit: '$b', thousands: true },
          { quantity: '$n' },
          { quantity: '$i', unit: '$b' },
          { value: this.value('decimal', depth + 1), unit: this.value('string', depth + 1) }
        ])
      case 'Range':
        return random.pick<Yaml>([{ range: '$a', unit: '$b' }, { range: '$a' }, { low: { quantity: '$a' } }])
      case 'Coding':
        return random.pick<Yaml>([
          { map: 'm', from: '$a' },
          { map: 'm', from: '$a', only: 'standard' },
          { system: 'local', code: this.value('code', depth + 1) },
          { code: this.value('code', depth + 1), display: this.value('string', depth + 1) }
        ])
      case 'CodeableConcept':
        return random.pick<Yaml>([
          { map: 'm', from: '$a' },
          { map: 'm', from: '$b', quiet: true },
          { text: this.value('string', depth + 1) },
          {
            coding: [
              { system: 'local', code: this.value('code', depth + 1) },
              { system: 'ucum', code: '$b' }
            ],
            text: this.value('string', depth + 1)
          },
          {
            coding: [
              { map: 'm', from: '$a' },
              { system: 'local', code: '$b' }
            ]
          },
          { map: 'm', from: '$a', else: { text: '$a' } }
        ])
      case 'Identifier':
        return { system: random.pick<Yaml>([{ source: 'x' }, { source: 'y' }, 'local']), value: this.value('string', depth + 1) }
      default:
        return random.pick<Yaml>([
          { ref: 'thing', key: ['$id'] },
          { ref: 'thing', key: ['$i'], identifier: 'i' },
          { ref: 'pair', key: ['$i', '$a'], identifier: 'pair' },
          { ref: 'pair', key: ['$id', '$b'], identifier: 'p2', display: '$b' },
          { type: 'Basic', identifier: { system: { source: 'z' }, value: this.value('string', depth + 1) } }
        ])
    }
  }

  extension(): Yaml {
    const types = [
      'string',
      'code',
      'uri',
      'decimal',
      'integer',
      'positiveInt',
      'boolean',
      'date',
      'dateTime',
      'Period',
      'Quantity',
      'Range',
      'Coding',
      'CodeableConcept',
      'Identifier',
      'Reference',
      'base64Binary'
    ]
    const type = this.random.pick(types)
    const url = this.random.pick(['urn:u:1', 'urn:u:2', 'urn:u:3', 'urn:u:4'])
    const item = { url, [`value${type[0]?.toUpperCase()}${type.slice(1)}`]: this.value(type) }
    return this.random.chance(0.15) ? { if: this.condition(), then: item } : item
  }

  list<T extends Yaml>(most: number, make: () => T): T[] {
    return Array.from({ length: this.random.int(most + 1) }, make)
  }

  /** A patient with a bit of everything; resources under conditions and with a second key column beside it. */
  table(): string {
    const { random } = this
    const body = (): { [key: string]: Yaml } => ({
      extension: this.list(6, () => this.extension()),
      name: this.list(2, () => ({
        text: this.value('string'),
        given: this.list(2, () => this.value('string')),
        family: this.value('string')
      })),
      contact: this.list(2, () => ({
        relationship: this.list(2, () => this.value('CodeableConcept')),
        gender: { first: [{ map: 'g', from: '$a' }, 'unknown'] }
      })),
      maritalStatus: this.value('CodeableConcept'),
      birthDate: this.value('date'),
      'deceased[x]': [{ deceasedDateTime: this.value('dateTime') }, { deceasedBoolean: this.value('boolean') }],
      multipleBirthInteger: this.value('integer'),
      generalPractitioner: this.list(2, () => ({ ref: 'pract', key: ['$i'], identifier: random.pick(['x', 'y']) })),
      telecom: this.list(2, () => ({ value: this.value('string'), rank: this.value('positiveInt'), period: this.value('Period') }))
    })
    const identifier = [{ system: { source: 'id' }, value: '$id' }, ...this.list(2, () => this.value('Identifier'))]
    const resources = [
      { as: 'thing', key: ['$id'], resourceType: 'Patient', identifier, ...body() },
      { as: 'pair', key: ['$id', '$key2'], resourceType: 'Patient', ...body() },
      { as: 'maybe', key: ['$id'], when: this.condition(), resourceType: 'Patient', ...body() },
      { as: 'pract', key: ['$i'], resourceType: 'Practitioner', name: [{ text: '$a' }] }
    ]
    const derived = random.pick<Yaml>([
      '$a',
      '1',
      { if: this.condition(), then: '$a', else: 'no' },
      { first: ['$a', '$b'] },
      { number: '$a' }
    ])
    return JSON.stringify({ table: 'thing', key: 'id', columns: { ...COLUMNS, x: { type: 'text', derived } }, resources })
  }
}

const GENDER = MAP.replace('"1","equivalence"', '"male","equivalence"')
  .replace('"ten"', '"female"')
  .replace('"blank"', '"other"')
  .replaceAll('"yes"', '"unknown"')

t.test(`${MAPPINGS} random mappings, ${ROWS} rows each`, async (t) => {
  for (let seed = 1; seed <= MAPPINGS; seed++) {
    const random = new Random(seed)
    const yaml = new Writer(random).table()
    const source = tiny({ thing: yaml, 'maps/m.json': MAP, 'maps/g.json': GENDER })
    const pack = compilePack(loadPack(source), { source: SOURCE, timezone: random.pick(['Z', '+05:30', 'America/New_York']) })
    const table = tableOf(pack, 'thing')
    for (let count = 0; count < ROWS; count++) {
      const row = anyRow(random, table, () => WORDS)
      const made = table.apply(row, undefined, () => {})
      if (!Array.isArray(made)) return t.fail(`refused: ${JSON.stringify({ seed, made, row })}`)
      for (const { text } of made) {
        const issues = validateResource(parsed(text))
        if (issues.length > 0) return t.fail(`seed ${seed}, not valid: ${JSON.stringify(issues)}\n${JSON.stringify(row)}\n${text}\n${yaml}`)
      }
      const back = table.invert(new Map(made.map(({ as, text }) => [as, text])))
      const wrong = table.columns.findIndex((_, index) => back[index] !== row[index])
      if (wrong >= 0)
        return t.fail(
          `seed ${seed}, column ${table.columns[wrong]?.name}: ${JSON.stringify(row[wrong])} came back as ${JSON.stringify(back[wrong])}\n` +
            `${JSON.stringify(row)}\n${made.map(({ text }) => text).join('\n')}\n${yaml}`
        )
    }
  }
  t.pass()
})

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`${(error as Error).message}: ${text}`)
  }
}
