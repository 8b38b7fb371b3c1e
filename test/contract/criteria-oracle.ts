/**
 * A small random hospital, random criteria of every kind on it (chains, _has, composites, modifiers, units, _filter, inside each other), and what they
 * find, written down without any index and without looking at how the store does it.
 */
import { Random } from '../fhir/random.js'

interface Coding {
  readonly system?: string
  readonly code: string
  readonly display?: string
}
interface Concept {
  readonly coding: readonly Coding[]
  readonly text?: string
}
interface Quantity {
  readonly value: number
  readonly system: string
  readonly code: string
}
export interface Resource {
  readonly resourceType: string
  readonly id: string
  readonly name?: ReadonlyArray<{ readonly family: string }>
  readonly gender?: string
  readonly birthDate?: string
  readonly generalPractitioner?: ReadonlyArray<{ readonly reference: string }>
  readonly identifier?: ReadonlyArray<{ readonly system: string; readonly value: string; readonly type?: Concept }>
  readonly status?: string
  readonly code?: Concept
  readonly subject?: { readonly reference?: string; readonly identifier?: { readonly system: string; readonly value: string } }
  readonly performer?: ReadonlyArray<{ readonly reference: string }>
  readonly valueQuantity?: Quantity
  readonly component?: ReadonlyArray<{ readonly code: Concept; readonly valueQuantity?: Quantity }>
}

export interface World {
  readonly all: readonly Resource[]
  readonly byReference: ReadonlyMap<string, Resource>
}

/** A parameter of a search, and what it says about a resource. filter: the same in the language of _filter, where it has a form there. */
export interface Term {
  readonly name: string
  readonly value: string
  readonly filter?: string
  readonly test: (one: Resource) => boolean
}

type Pick = (below: number) => number

const UCUM = 'http://unitsofmeasure.org'
const GENDERS = ['male', 'female', 'other', undefined]
const FAMILIES = ['Smith', 'smithers', "O'Neil", 'Ångström', 'Meyer-Smith', 'Ito']
const STATUS = ['final', 'amended', 'preliminary']
const SYSTEMS = [undefined, 'urn:a', 'urn:b']
const DISPLAYS = [undefined, 'Heart rate', 'Heart sound', 'Body weight']
/** In milligrams. */
const UNITS: Readonly<Record<string, number>> = { mg: 1, g: 1000, ug: 0.001 }
const TYPES = 'urn:types'

function random(seed: number): Pick {
  const numbers = new Random(Math.imul(seed, 0x9e3779b1))
  return (below) => numbers.int(below)
}

const one = <T>(pick: Pick, items: readonly T[]): T => items[pick(items.length)]!

export function randomWorld(seed: number, patients: number, observations: number): World {
  const pick = random(seed)
  const all: Resource[] = []
  for (let n = 0; n < 8; n++) all.push({ resourceType: 'Practitioner', id: `d${n}`, name: [{ family: one(pick, FAMILIES) }] })
  for (let n = 0; n < patients; n++) {
    const gender = one(pick, GENDERS)
    all.push({
      resourceType: 'Patient',
      id: `p${n}`,
      name: [{ family: one(pick, FAMILIES) }],
      ...(gender === undefined ? {} : { gender }),
      ...(pick(5) === 0 ? {} : { birthDate: `19${50 + pick(40)}-0${1 + pick(9)}-1${pick(9)}` }),
      generalPractitioner: Array.from({ length: pick(3) }, () => ({ reference: `Practitioner/d${pick(9)}` })),
      identifier: Array.from({ length: 1 + pick(2) }, () => ({
        system: 'urn:mrn',
        value: String(pick(30)),
        ...(pick(2) ? { type: { coding: [{ system: TYPES, code: one(pick, ['MR', 'SS']) }] } } : {})
      }))
    })
  }
  const concept = (): Concept => ({
    coding: Array.from({ length: 1 + pick(2) }, () => {
      const [system, display] = [one(pick, SYSTEMS), one(pick, DISPLAYS)]
      return { ...(system ? { system } : {}), code: `c${pick(5)}`, ...(display ? { display } : {}) }
    }),
    ...(pick(3) === 0 ? { text: one(pick, ['heartburn', 'weight']) } : {})
  })
  const quantity = (): Quantity => {
    const code = one(pick, Object.keys(UNITS))
    return { value: Number(((pick(80) / 4) * (1 / UNITS[code]!)).toPrecision(6)), system: UCUM, code }
  }
  for (let n = 0; n < observations; n++)
    all.push({
      resourceType: 'Observation',
      id: `o${n}`,
      status: one(pick, STATUS),
      code: concept(),
      ...one(pick, [
        () => ({ subject: { reference: `Patient/p${pick(patients + 2)}` } }),
        () => ({ subject: { reference: `Patient/p${pick(patients)}` } }),
        () => ({ subject: { reference: `Group/p${pick(patients)}` } }),
        () => ({ subject: { identifier: { system: 'urn:mrn', value: String(pick(30)) } } }),
        () => ({})
      ])(),
      performer: Array.from({ length: pick(3) }, () => ({ reference: `Practitioner/d${pick(8)}` })),
      ...(pick(3) === 0 ? {} : { valueQuantity: quantity() }),
      ...(pick(2) === 0 ? {} : { component: Array.from({ length: 1 + pick(3) }, () => ({ code: concept(), valueQuantity: quantity() })) })
    })
  return { all, byReference: new Map(all.map((resource) => [`${resource.resourceType}/${resource.id}`, resource])) }
}

/** One or two terms on Patients or Observations. */
export function randomSearch(world: World, seed: number): { type: string; terms: readonly Term[] } {
  const pick = random(seed + 77_000)
  const type = one(pick, ['Patient', 'Observation', 'Observation'])
  return { type, terms: Array.from({ length: 1 + pick(2) }, () => term(pick, type, world, 3)) }
}

function term(pick: Pick, type: string, world: World, depth: number): Term {
  const plain = { Patient: PATIENT, Observation: OBSERVATION, Practitioner: PRACTITIONER }[type]!
  if (depth === 0 || pick(2) === 0) return one(pick, plain)(pick)
  const deep = DEEP[type]!
  return one(pick, deep)(pick, world, depth - 1)
}

/** Search normalization as R4 words it, written anew: base letters, no case, no punctuation. */
const plainText = (text: string) =>
  text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/['-]/g, '')
    .toLowerCase()

const families = (resource: Resource) =>
  (resource.name ?? [])
    .flatMap(({ family }) => [family, ...family.split('-').slice(1)])
    .map((family) => ({ family, plain: plainText(family) }))

function family(pick: Pick): Term {
  const text = one(pick, ['smi', 'SMITH', 'oneil', 'ang', 'ito', 'meyersm'])
  const wanted = plainText(text)
  const whole = one(pick, FAMILIES)
  return one(pick, [
    {
      name: 'family',
      value: text,
      filter: `family sw "${text}"`,
      test: (it: Resource) => families(it).some(({ plain }) => plain.startsWith(wanted))
    },
    {
      name: 'family:contains',
      value: text,
      filter: `family co "${text}"`,
      test: (it: Resource) => families(it).some(({ plain }) => plain.includes(wanted))
    },
    { name: 'family:exact', value: whole, test: (it: Resource) => (it.name ?? []).some(({ family }) => family === whole) }
  ])
}

const PRACTITIONER: ReadonlyArray<(pick: Pick) => Term> = [
  family,
  (pick) => {
    const id = `d${pick(9)}`
    return { name: '_id', value: id, filter: `_id eq ${id}`, test: (it) => it.id === id }
  }
]

const PATIENT: ReadonlyArray<(pick: Pick) => Term> = [
  family,
  (pick) => {
    const wanted = one(pick, ['male', 'female', 'other'])
    const not = pick(3) === 0
    const test = (it: Resource) => (it.gender === wanted) !== not
    return { name: not ? 'gender:not' : 'gender', value: wanted, ...(not ? {} : { filter: `gender eq ${wanted}` }), test }
  },
  (pick) => {
    const missing = pick(2) === 0
    return {
      name: 'gender:missing',
      value: String(missing),
      filter: `gender pr ${!missing}`,
      test: (it) => (it.gender === undefined) === missing
    }
  },
  (pick) => {
    const year = String(1950 + pick(40))
    const prefix = one(pick, ['ge', 'lt', 'eq', 'ne'])
    const test = ({ birthDate }: Resource) => {
      if (birthDate === undefined) return false
      const own = birthDate.slice(0, 4)
      return { ge: own >= year, lt: own < year, eq: own === year, ne: own !== year }[prefix]!
    }
    return { name: 'birthdate', value: prefix + year, filter: `birthdate ${prefix} ${year}`, test }
  },
  (pick) => {
    const value = String(pick(30))
    const code = one(pick, ['MR', 'SS'])
    const test = ({ identifier = [] }: Resource) =>
      identifier.some((it) => it.value === value && (it.type?.coding ?? []).some((type) => type.code === code))
    return { name: 'identifier:of-type', value: `${TYPES}|${code}|${value}`, test }
  }
]

const matchesCode = ({ coding }: Concept, code: string, system: string | undefined) =>
  coding.some((it) => it.code === code && (system === undefined || it.system === system))

const milligrams = ({ value, code }: Quantity) => Number((value * UNITS[code]!).toPrecision(12))

/** A comparison of quantities in one unit or another, and its text. */
function amount(pick: Pick): { text: string; test: (it: Quantity | undefined) => boolean } {
  const unit = one(pick, Object.keys(UNITS))
  const prefix = one(pick, ['', 'gt', 'lt', 'ge', 'le', 'ne'])
  const text = String(Number(((pick(80) / 4) * (1 / UNITS[unit]!)).toPrecision(6)))
  const half = 0.5 * 10 ** -(text.split('.')[1]?.length ?? 0)
  const [value, low, high] = [Number(text), Number(text) - half, Number(text) + half].map((it) =>
    milligrams({ value: it, code: unit, system: UCUM })
  ) as [number, number, number]
  const test = (it: Quantity | undefined) => {
    if (it === undefined) return false
    const own = milligrams(it)
    const equal = own >= low && own < high
    return { '': equal, ne: !equal, gt: own > value, lt: own < value, ge: own >= value, le: own <= value }[prefix]!
  }
  return { text: `${prefix}${text}|${UCUM}|${unit}`, test }
}

const OBSERVATION: ReadonlyArray<(pick: Pick) => Term> = [
  (pick) => {
    const wanted = one(pick, STATUS)
    return { name: 'status', value: wanted, filter: `status eq ${wanted}`, test: (it) => it.status === wanted }
  },
  (pick) => {
    const code = `c${pick(5)}`
    const system = one(pick, SYSTEMS)
    const not = pick(3) === 0
    const text = system === undefined ? code : `${system}|${code}`
    const test = (it: Resource) => matchesCode(it.code!, code, system) !== not
    return { name: not ? 'code:not' : 'code', value: text, ...(not ? {} : { filter: `code eq ${text}` }), test }
  },
  (pick) => {
    const text = one(pick, ['heart', 'HEART R', 'weight', 'rate'])
    const test = ({ code }: Resource) =>
      [code!.text, ...code!.coding.map(({ display }) => display)].some((it) => it?.toLowerCase().startsWith(text.toLowerCase()))
    return { name: 'code:text', value: text, test }
  },
  (pick) => {
    const { text, test } = amount(pick)
    return { name: 'value-quantity', value: text, test: (it) => test(it.valueQuantity) }
  },
  (pick) => {
    const code = `c${pick(5)}`
    const { text, test } = amount(pick)
    const parts = (it: Resource) => it.component ?? []
    return one(pick, [
      {
        name: 'component-code-value-quantity',
        value: `${code}$${text}`,
        test: (it: Resource) => parts(it).some((part) => matchesCode(part.code, code, undefined) && test(part.valueQuantity))
      },
      {
        name: 'code-value-quantity',
        value: `${code}$${text}`,
        test: (it: Resource) => matchesCode(it.code!, code, undefined) && test(it.valueQuantity)
      },
      {
        name: 'combo-code-value-quantity',
        value: `${code}$${text}`,
        test: (it: Resource) =>
          [{ code: it.code!, valueQuantity: it.valueQuantity }, ...parts(it)].some(
            (part) => matchesCode(part.code, code, undefined) && test(part.valueQuantity)
          )
      }
    ])
  },
  (pick) => {
    const value = String(pick(30))
    return { name: 'subject:identifier', value: `urn:mrn|${value}`, test: (it) => it.subject?.identifier?.value === value }
  },
  (pick) => {
    const missing = pick(2) === 0
    return {
      name: 'subject:missing',
      value: String(missing),
      filter: `subject pr ${!missing}`,
      test: (it) => (it.subject === undefined) === missing
    }
  }
]

type DeepTerm = (pick: Pick, world: World, depth: number) => Term

/** A parameter through a reference; in _filter, too, where the inner one has a form there. */
function chained(path: string, inner: Term, links: (it: Resource) => readonly string[], { byReference }: World, type: string): Term {
  const test = (it: Resource) =>
    links(it).some((link) => {
      const target = byReference.get(link)
      return target?.resourceType === type && inner.test(target)
    })
  const simple = inner.filter !== undefined && /^[a-z]/.test(inner.filter) && !/ (and|or) /.test(inner.filter)
  return { name: `${path}.${inner.name}`, value: inner.value, ...(simple ? { filter: `${path}.${inner.filter}` } : {}), test }
}

function referredBy(type: string, parameter: string, inner: Term, links: (it: Resource) => readonly string[], { all }: World): Term {
  const from = new Set(all.filter((it) => it.resourceType === type && inner.test(it)).flatMap(links))
  return {
    name: `_has:${type}:${parameter}:${inner.name}`,
    value: inner.value,
    test: (it) => from.has(`${it.resourceType}/${it.id}`)
  }
}

/** Terms in parentheses, with and, or and not. */
function filtered(type: string): DeepTerm {
  return (pick, world, depth) => {
    const parts = Array.from({ length: 2 + pick(2) }, () => term(pick, type, world, depth)).filter(({ filter }) => filter !== undefined)
    const [first, ...rest] = parts
    if (first === undefined) return term(pick, type, world, 0)
    const either = pick(2) === 0
    const not = pick(3) === 0
    const inner = parts.map(({ filter }) => `(${filter})`).join(either ? ' or ' : ' and ')
    const filter = not ? `not (${inner})` : inner
    const test = (it: Resource) => {
      const results = [first, ...rest].map((part) => part.test(it))
      return (either ? results.includes(true) : !results.includes(false)) !== not
    }
    return { name: '_filter', value: filter, filter, test }
  }
}

const subjectOf = (it: Resource) => (it.subject?.reference === undefined ? [] : [it.subject.reference])
const performersOf = (it: Resource) => (it.performer ?? []).map(({ reference }) => reference)
const practitionersOf = (it: Resource) => (it.generalPractitioner ?? []).map(({ reference }) => reference)

/** _filter stands alone: it goes through no reference. */
function inner(pick: Pick, type: string, world: World, depth: number): Term {
  for (;;) {
    const found = term(pick, type, world, depth)
    if (found.name !== '_filter') return found
  }
}

const DEEP: Readonly<Record<string, readonly DeepTerm[]>> = {
  Practitioner: [
    (pick, world, depth) => referredBy('Patient', 'general-practitioner', inner(pick, 'Patient', world, depth), practitionersOf, world),
    (pick, world, depth) => referredBy('Observation', 'performer', inner(pick, 'Observation', world, depth), performersOf, world)
  ],
  Patient: [
    (pick, world, depth) =>
      chained('general-practitioner:Practitioner', inner(pick, 'Practitioner', world, depth), practitionersOf, world, 'Practitioner'),
    (pick, world, depth) =>
      referredBy('Observation', one(pick, ['patient', 'subject']), inner(pick, 'Observation', world, depth), subjectOf, world),
    filtered('Patient')
  ],
  Observation: [
    (pick, world, depth) => chained('patient', inner(pick, 'Patient', world, depth), subjectOf, world, 'Patient'),
    (pick, world, depth) => chained('subject:Patient', inner(pick, 'Patient', world, depth), subjectOf, world, 'Patient'),
    (pick, world, depth) =>
      chained('performer:Practitioner', inner(pick, 'Practitioner', world, depth), performersOf, world, 'Practitioner'),
    filtered('Observation')
  ]
}
