/** Random Observations, random searches on them, and what R4 search.html says they find, written down without any index. */
import { Random } from '../fhir/random.js'

interface Observation {
  readonly id: string
  readonly status: string
  readonly code: { readonly coding: ReadonlyArray<{ readonly system?: string; readonly code: string }> }
  readonly subject?: { readonly reference: string }
  readonly effectiveDateTime?: string
  readonly effectivePeriod?: { readonly start?: string; readonly end?: string }
  readonly valueQuantity?: { readonly value: number; readonly unit?: string; readonly system?: string; readonly code?: string }
}

export interface Case {
  readonly query: string
  readonly tests: ReadonlyArray<(one: Observation) => boolean>
}

function random(seed: number): (below: number) => number {
  const numbers = new Random(Math.imul(seed, 0x9e3779b1))
  return (below) => numbers.int(below)
}

const STATUS = ['final', 'amended', 'preliminary']
const SYSTEMS = [undefined, 'urn:a', 'urn:b']
const UNITS = [{}, { unit: 'mg' }, { unit: 'milligram', system: 'urn:ucum', code: 'mg' }, { unit: 'g', system: 'urn:ucum', code: 'g' }]
const DAY = 86_400_000
const EPOCH = Date.UTC(2020, 0, 1)

const day = (n: number) => new Date(EPOCH + n * DAY).toISOString().slice(0, 10)

export function randomObservations(count: number, seed: number): Observation[] {
  const pick = random(seed)
  return Array.from({ length: count }, (_, n) => {
    const start = pick(60)
    const effective = [
      () => ({ effectiveDateTime: `${day(start)}T${String(pick(24)).padStart(2, '0')}:00:00Z` }),
      () => ({ effectiveDateTime: day(start) }),
      () => ({ effectivePeriod: { start: day(start), end: day(start + pick(20)) } }),
      () => ({ effectivePeriod: { start: day(start) } }),
      () => ({ effectivePeriod: { end: day(start) } }),
      () => ({})
    ][Math.min(pick(9), 5)]!()
    const codes = Array.from({ length: 1 + pick(2) }, () => {
      const system = SYSTEMS[pick(3)]
      return { ...(system === undefined ? {} : { system }), code: `c${pick(4)}` }
    })
    return {
      resourceType: 'Observation',
      id: `o${n}`,
      status: STATUS[pick(3)]!,
      code: { coding: codes },
      ...(pick(4) === 0 ? {} : { subject: { reference: `${pick(4) ? 'Patient' : 'Group'}/p${pick(5)}` } }),
      ...effective,
      ...(pick(4) === 0 ? {} : { valueQuantity: { value: pick(40) / 4, ...UNITS[pick(4)] } })
    }
  })
}

export function matches(one: Observation, { tests }: Case): boolean {
  return tests.every((test) => test(one))
}

/** One to three clauses. */
export function randomCase(seed: number): Case {
  const pick = random(seed + 1000)
  const clauses = Array.from({ length: 1 + pick(3) }, () => [token, code, reference, date, quantity, missing][pick(6)]!(pick))
  return { query: clauses.map(([query]) => query).join('&'), tests: clauses.map(([, test]) => test) }
}

type Clause = readonly [query: string, test: (one: Observation) => boolean]
type Pick = (below: number) => number

function token(pick: Pick): Clause {
  const wanted = Array.from({ length: 1 + pick(2) }, () => STATUS[pick(3)]!)
  const not = pick(3) === 0
  return [`status${not ? ':not' : ''}=${wanted.join(',')}`, ({ status }) => wanted.includes(status) !== not]
}

function code(pick: Pick): Clause {
  const wanted = `c${pick(4)}`
  const system = SYSTEMS[pick(3)]
  const not = pick(4) === 0
  const name = `code${not ? ':not' : ''}`
  const has = (test: (coding: { system?: string; code: string }) => boolean) => (one: Observation) => one.code.coding.some(test) !== not
  const forms: Clause[] = [
    [`${name}=${wanted}`, has((coding) => coding.code === wanted)],
    [`${name}=${system ?? ''}|${wanted}`, has((coding) => coding.code === wanted && coding.system === system)],
    [`${name}=urn:a|`, has((coding) => coding.system === 'urn:a')]
  ]
  return forms[pick(3)]!
}

function reference(pick: Pick): Clause {
  const id = `p${pick(6)}`
  const forms: Clause[] = [
    [`subject=${id}`, ({ subject }) => subject?.reference.endsWith(`/${id}`) ?? false],
    [`subject=Group/${id}`, ({ subject }) => subject?.reference === `Group/${id}`],
    [`patient=${id}`, ({ subject }) => subject?.reference === `Patient/${id}`]
  ]
  return forms[pick(3)]!
}

const PREFIXES = ['', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb']

function date(pick: Pick): Clause {
  const prefix = PREFIXES[pick(9)]!
  const n = pick(60)
  const [text, from, to] =
    pick(4) === 0 ? ['2020-02', Date.UTC(2020, 1, 1), Date.UTC(2020, 2, 1)] : [day(n), EPOCH + n * DAY, EPOCH + (n + 1) * DAY]
  const test = (one: Observation): boolean => {
    const range = rangeOf(one)
    if (range === undefined) return false
    const [start, stop] = range
    const contained = from <= start && stop <= to
    const above = stop > to
    const below = start < from
    switch (prefix) {
      case 'ne':
        return !contained
      case 'gt':
        return above
      case 'lt':
        return below
      case 'ge':
        return above || contained
      case 'le':
        return below || contained
      case 'sa':
        return start >= to
      case 'eb':
        return stop <= from
      default:
        return contained
    }
  }
  return [`date=${prefix}${text}`, test]
}

function rangeOf({ effectiveDateTime: time, effectivePeriod: period }: Observation): readonly [number, number] | undefined {
  if (time !== undefined)
    return time.length === 10 ? [Date.parse(time), Date.parse(time) + DAY] : [Date.parse(time), Date.parse(time) + 1000]
  if (period === undefined) return undefined
  const { start, end } = period
  return [start === undefined ? -Infinity : Date.parse(start), end === undefined ? Infinity : Date.parse(end) + DAY]
}

function quantity(pick: Pick): Clause {
  const prefix = PREFIXES[pick(9)]!
  const number = pick(40) / 4
  const text = String(number)
  const half = 0.5 * 10 ** -(text.split('.')[1]?.length ?? 0)
  const unit = ['', '||mg', '|urn:ucum|mg', '|urn:none|mg'][pick(4)]!
  const test = ({ valueQuantity: found }: Observation): boolean => {
    if (found === undefined) return false
    if (unit === '||mg' && found.code !== 'mg' && found.unit !== 'mg') return false
    if (unit.startsWith('|urn') && !(found.code === 'mg' && `|${found.system}|mg` === unit)) return false
    const { value } = found
    const equal = value >= number - half && value < number + half
    switch (prefix) {
      case 'ne':
        return !equal
      case 'gt':
      case 'sa':
        return value > number
      case 'lt':
      case 'eb':
        return value < number
      case 'ge':
        return value >= number
      case 'le':
        return value <= number
      default:
        return equal
    }
  }
  return [`value-quantity=${prefix}${text}${unit}`, test]
}

function missing(pick: Pick): Clause {
  const [name, has] = (
    [
      ['subject', (one) => one.subject !== undefined],
      ['patient', (one) => one.subject?.reference.startsWith('Patient/') ?? false],
      ['date', (one) => rangeOf(one) !== undefined],
      ['value-quantity', (one) => one.valueQuantity !== undefined]
    ] satisfies Clause[]
  )[pick(4)]!
  const wanted = pick(2) === 0
  return [`${name}:missing=${wanted}`, (one) => has(one) !== wanted]
}
