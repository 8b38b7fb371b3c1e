/**
 * How likely two records are of one person. Every fact that agrees or disagrees counts some bits (log2 of how much more often it is seen with one
 * person than with two); their sum becomes a score, and rules that no sum may outvote say how far the grade may go. docs/guides/match.md.
 */
import { isDateSlip, isShortForm, similarity, sound } from './likeness.js'
import type { Person } from './person.js'

/** Codes of http://terminology.hl7.org/CodeSystem/match-grade. */
export type Grade = 'certain' | 'probable' | 'possible' | 'certainly-not'

export interface Assessment {
  /** 0 to 1, four digits. */
  readonly score: number
  readonly grade: Grade
}

/** How two values of a fact stand to each other; undefined where one of them is not known. */
type Relation = 'same' | 'near' | 'different' | undefined

interface Names {
  readonly family: Relation
  readonly given: Relation
  /** Given names are the very same. */
  readonly identical: boolean
}

/** A score of one half: nearly a name, a birth date and a sex. */
const EVEN = 17
const CERTAIN = 0.95
const PROBABLE = 0.75
const POSSIBLE = 0.3
/** Identifiers of these types (http://terminology.hl7.org/CodeSystem/v2-0203) belong to a person, so that two of them are two people. */
const NATIONAL: readonly string[] = ['SS', 'NI', 'NIIP', 'PPN', 'DL', 'TAX', 'SB']

/** The same whichever way round. */
export function assess(a: Person, b: Person): Assessment {
  const identifier = identifierRelation(a, b)
  const birth = birthRelation(a.birthDate, b.birthDate)
  const names = bestNames(a, b)
  const sex: Relation = a.sex === undefined || b.sex === undefined ? undefined : a.sex === b.sex ? 'same' : 'different'
  const bits =
    pick(identifier, { same: 20, near: 0, different: -6 }) +
    birthBits(a.birthDate, b.birthDate, birth) +
    nameBits(names) +
    pick(sex, { same: 1, near: 0, different: -4 }) +
    addressBits(a, b) +
    (share(a.phones, b.phones) || share(a.emails, b.emails) ? 5 : 0)
  const score = Math.min(1 / (1 + 2 ** (EVEN - bits)), ceiling(a, b, { identifier, birth, names, sex }))
  return { score: Math.round(score * 10_000) / 10_000, grade: gradeOf(score) }
}

function gradeOf(score: number): Grade {
  if (score >= CERTAIN) return 'certain'
  if (score >= PROBABLE) return 'probable'
  return score >= POSSIBLE ? 'possible' : 'certainly-not'
}

/** The highest score that the rules allow. */
function ceiling(
  a: Person,
  b: Person,
  { identifier, birth, names, sex }: { identifier: Relation; birth: Relation; names: Names; sex: Relation }
): number {
  const known = identifier === 'same'
  const [below, justBelow] = [(limit: number) => limit - 0.0001, known ? CERTAIN : PROBABLE] as const
  // Two places in one multiple birth are two people, whatever else they share.
  if (typeof a.multipleBirth === 'number' && typeof b.multipleBirth === 'number' && a.multipleBirth !== b.multipleBirth)
    return below(known ? PROBABLE : POSSIBLE)
  // Twins, and father and son of one name.
  if (birth === 'different' || names.given === 'different' || identifier === 'different') return below(justBelow)
  if (!names.identical && !known && (isTwin(a) || isTwin(b))) return below(PROBABLE)
  if (sex === 'different') return below(CERTAIN)
  const sure = birth === 'same' && names.given === 'same' && names.family !== 'different' && names.family !== undefined
  return sure || known ? 1 : below(CERTAIN)
}

function isTwin({ multipleBirth }: Person): boolean {
  return multipleBirth === true || typeof multipleBirth === 'number'
}

/** near: identifiers of the same system differ, which two registrations at one hospital explain as well as two people. */
function identifierRelation(a: Person, b: Person): Relation {
  let relation: Relation
  for (const one of a.identifiers) {
    for (const other of b.identifiers) {
      if (one.system !== other.system || one.system === '') continue
      if (one.value === other.value) return 'same'
      relation = NATIONAL.includes(one.type) || NATIONAL.includes(other.type) ? 'different' : (relation ?? 'near')
    }
  }
  return relation
}

function birthRelation(a: string | undefined, b: string | undefined): Relation {
  if (a === undefined || b === undefined) return undefined
  if (a === b) return a.length === 10 ? 'same' : 'near'
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  if (short.length < 10) return long.startsWith(short) ? 'near' : 'different'
  return isDateSlip(a, b) ? 'near' : 'different'
}

/** A month says more than a year, a slip in a whole date as much as a year; two days of one month may be one badly remembered. */
function birthBits(a: string | undefined, b: string | undefined, relation: Relation): number {
  const precision = Math.min(a?.length ?? 0, b?.length ?? 0)
  const isSameMonth = precision === 10 && a?.slice(0, 7) === b?.slice(0, 7)
  return pick(relation, { same: 9, near: precision === 7 ? 7 : 4, different: isSameMonth ? -2 : -8 })
}

/** The two names, out of all that each has, that are most alike. */
function bestNames(a: Person, b: Person): Names {
  const pairs = a.names.flatMap((one) => b.names.map((other) => compareNames(one, other)))
  return pairs.reduce<Names>((best, pair) => (nameBits(pair) > nameBits(best) ? pair : best), pairs[0] ?? NO_NAMES)
}

const NO_NAMES: Names = { family: undefined, given: undefined, identical: false }

type Name = Person['names'][number]

function compareNames(one: Name, other: Name): Names {
  const straight = { family: familyRelation(one.family, other.family), ...givenRelation(one.given, other.given) }
  // Entered into the wrong fields.
  const isSwapped =
    one.family !== '' && one.given.length > 0 && one.family === other.given.join(' ') && one.given.join(' ') === other.family
  return isSwapped ? { family: 'near', given: 'same', identical: false } : straight
}

function familyRelation(a: string, b: string): Relation {
  if (a === '' || b === '') return undefined
  if (a === b) return 'same'
  // Smith and Smith Jones: a part of a double name.
  const [partsA, partsB] = [a.split(' '), b.split(' ')]
  if (partsA.every((part) => partsB.includes(part)) || partsB.every((part) => partsA.includes(part))) return 'near'
  return isNear(a, b) ? 'near' : 'different'
}

function givenRelation(a: readonly string[], b: readonly string[]): { given: Relation; identical: boolean } {
  const [firstA, firstB] = [a[0], b[0]]
  if (firstA === undefined || firstB === undefined) return { given: undefined, identical: false }
  if (firstA === firstB) {
    const isSame = !differ(a[1], b[1])
    return { given: isSame ? 'same' : 'near', identical: isSame }
  }
  if (firstA.length === 1 || firstB.length === 1) return { given: firstA[0] === firstB[0] ? 'near' : 'different', identical: false }
  // Known by the second name, or the names in another order.
  if (a.includes(firstB) || b.includes(firstA)) return { given: 'near', identical: false }
  return { given: isShortForm(firstA, firstB) || isNear(firstA, firstB) ? 'near' : 'different', identical: false }
}

/** Second names that are there in full and do not agree. */
function differ(a = '', b = ''): boolean {
  return a.length > 1 && b.length > 1 && !isShortForm(a, b) && !isNear(a, b)
}

function isNear(a: string, b: string): boolean {
  const alike = similarity(a, b)
  return alike >= 0.92 || (alike >= 0.8 && sound(a) === sound(b))
}

function nameBits({ family, given }: Names): number {
  return pick(family, { same: 6, near: 4, different: -5 }) + pick(given, { same: 5, near: 3, different: -6 })
}

/** People move, so that another address says little; the one most alike counts. */
function addressBits(a: Person, b: Person): number {
  const pairs = a.addresses.flatMap((one) =>
    b.addresses.map((other) => {
      const equal = (x: string, y: string) => x !== '' && x === y
      const line = one.line !== '' && other.line !== '' && similarity(one.line, other.line) >= 0.92
      return (equal(one.postalCode, other.postalCode) ? 3 : 0) + (line ? 3 : 0) + (equal(one.city, other.city) ? 1 : 0) || -1
    })
  )
  return pairs.length === 0 ? 0 : Math.min(6, Math.max(...pairs))
}

function share(a: readonly string[], b: readonly string[]): boolean {
  return a.some((one) => b.includes(one))
}

function pick(relation: Relation, bits: Readonly<Record<NonNullable<Relation>, number>>): number {
  return relation === undefined ? 0 : bits[relation]
}
