/**
 * How a search is carried out: as streams, each of which is one search of the API, page after page. Streams come one after the other; what a stream before
 * gave already is left out. What a stream gives too much is left out, too.
 */
import type { Criterion } from '../../fhir/search-criterion.js'
import type { Limits } from '../../fhir/search-limits.js'
import type { SearchQuery } from '../../fhir/search-query.js'
import type { SortKey } from '../../fhir/search-result.js'
import { ALWAYS, type Alternative, alternatives, holdsChain, isChained, nameOf, needsScan, type Param, product } from './alternatives.js'

export interface Stream {
  /** `Observation`; '' for the whole store; `Patient/1/$everything`. */
  readonly path: string
  readonly types: readonly string[]
  readonly params: readonly Param[]
  /** What every resource must meet, tested in its body; undefined: the API gives nothing else. */
  readonly test: Criterion | undefined
  /** By what it differs from the streams before it. */
  readonly mine: Criterion
}

export interface Plan {
  readonly streams: readonly Stream[]
  /** Everything must be looked at before the first match can be given. */
  readonly scan: boolean
}

/** Types in the compartment of one patient that are worth asking for everything about them. */
const WORTH_EVERYTHING = 6
const NOTHING: Criterion = { kind: 'group', operator: 'or', criteria: [] }

/**
 * Chains and _has at the top must be passable, others resolved. isRefused: parameters that the API is known to ignore.
 */
export function planOf(
  { types, criteria, limits }: Pick<SearchQuery, 'types' | 'criteria' | 'limits'>,
  isRefused: (type: string, name: string) => boolean
): Plan {
  const everything = new Map<string, string[]>()
  const asked = new Map<string, { readonly all: Alternative[]; readonly test: Criterion | undefined }>()
  const scans = new Set<string>()
  for (const type of types) {
    const own = [...criteria, ...limitOf(type, limits)].flatMap(flattened)
    const patient = onePatient(own)
    if (patient !== undefined) everything.set(patient, [...(everything.get(patient) ?? []), type])
    const each = own.map((criterion) => {
      const all = alternatives(criterion, type)
      return all.some(({ params }) => params.some(([name]) => isRefused(type, name))) ? looked(criterion) : all
    })
    const all = combined(each, own)
    if (all.length === 0) continue
    if (needsScan(each.flat())) scans.add(type)
    const isExact = all.every(({ exact }) => exact) && limitOf(type, limits).length === 0
    asked.set(type, { all, test: isExact ? undefined : { kind: 'group', operator: 'and', criteria: own.filter((one) => !isChained(one)) } })
  }
  const streams: Stream[] = []
  for (const [patient, members] of everything) {
    const mine = members.filter((type) => asked.has(type))
    if (mine.length < WORTH_EVERYTHING || mine.some((type) => asked.get(type)!.all.some(passesChain))) continue
    const test: Criterion = {
      kind: 'group',
      operator: 'or',
      criteria: mine.map((type): Criterion => {
        const own = [...criteria, ...limitOf(type, limits)]
        return { kind: 'group', operator: 'and', criteria: [{ kind: 'type', types: [type] }, ...own] }
      })
    }
    streams.push({ path: `Patient/${patient}/$everything`, types: mine, params: [['_type', mine.join()]], test, mine: ALWAYS })
    for (const type of mine) asked.delete(type)
  }
  return { streams: [...streams, ...common(asked)], scan: [...asked.keys()].some((type) => scans.has(type)) }
}

/** `_sort` for these keys; undefined: the API cannot sort so. */
export function sortParam(keys: readonly SortKey[], { streams }: Plan): Param | undefined {
  const [stream, more] = streams
  if (stream === undefined || more !== undefined || stream.path.includes('$')) return undefined
  const names = keys.map(({ kind, paths, descending }) => {
    const name = kind === 'id' ? '_id' : kind === 'lastUpdated' ? '_lastUpdated' : undefined
    const found = name ?? (stream.path === '' || !SORTED.includes(kind) ? undefined : nameOf(stream.path, kind as 'date', paths))
    return found === undefined ? undefined : `${descending ? '-' : ''}${found}`
  })
  return names.includes(undefined) ? undefined : ['_sort', names.join()]
}

const SORTED: readonly string[] = ['number', 'date', 'string', 'token', 'quantity']

/** What the asker may see of a type, as criteria. */
function limitOf(type: string, limits: Limits | undefined): readonly Criterion[] {
  const limit = limits === undefined ? true : (limits[type] ?? NOTHING)
  return limit === true ? [] : [limit]
}

function flattened(criterion: Criterion): readonly Criterion[] {
  return criterion.kind === 'group' && criterion.operator === 'and' ? criterion.criteria.flatMap(flattened) : [criterion]
}

function looked(test: Criterion): Alternative[] {
  return [{ params: [], exact: false, test: holdsChain(test) ? ALWAYS : test }]
}

/** Of too many alternatives together, the largest ones are left to be looked at. */
function combined(each: Alternative[][], own: readonly Criterion[]): Alternative[] {
  if (each.some((all) => all.length === 0)) return []
  for (;;) {
    const all = product(each)
    if (all !== undefined) return all
    const largest = each.reduce((best, { length }, n) => (length > each[best]!.length ? n : best), 0)
    each[largest] = looked(own[largest]!)
  }
}

function passesChain({ params }: Alternative): boolean {
  return params.some(([name]) => name.startsWith('_has:') || name.includes('.'))
}

function onePatient(own: readonly Criterion[]): string | undefined {
  const found = own.find((one) => one.kind === 'compartment' && one.patients.length === 1)
  return found?.kind === 'compartment' ? found.patients[0] : undefined
}

/** Types that are asked for by the same common parameters go into one search of the store. */
function common(asked: ReadonlyMap<string, { readonly all: readonly Alternative[]; readonly test: Criterion | undefined }>): Stream[] {
  const groups = new Map<string, { types: string[]; one: Alternative; test: Criterion | undefined }>()
  for (const [type, { all, test }] of asked) {
    for (const [n, one] of all.entries()) {
      const isCommon = all.length === 1 && one.params.every(([name]) => name.startsWith('_') && !name.startsWith('_has'))
      const key = isCommon ? JSON.stringify([one.params, test ?? null]) : `${type} ${n}`
      const group = groups.get(key)
      if (group === undefined) groups.set(key, { types: [type], one, test })
      else group.types.push(type)
    }
  }
  return [...groups.values()].map(({ types, one, test }) => {
    const [type = '', more] = types
    const system = more !== undefined
    return {
      path: system ? '' : type,
      types,
      params: [...(system ? [['_type', types.join()] as const] : []), ...one.params],
      test,
      mine: one.test
    }
  })
}
