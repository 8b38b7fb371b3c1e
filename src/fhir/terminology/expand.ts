/** The expansion of a value set (R4 valueset-operation-expand.html): flat, in the order of the definition. */
import { fail } from '../../errors.js'
import { fold } from '../fold.js'
import type { Contains, Designation, Source, ValueSetResource } from './resources.js'
import { Evaluation, type Member, type Versions } from './value-set.js'

export interface ExpandOptions extends Versions {
  /** Every word of it must begin a word of a display, or the code. */
  readonly filter?: string
  readonly offset?: number
  /** 0: only the total. */
  readonly count?: number
  readonly includeDesignations?: boolean
  /** Tokens `system|code` of a use, or languages. */
  readonly designation?: readonly string[]
  readonly includeDefinition?: boolean
  readonly activeOnly?: boolean
  readonly excludeNotForUI?: boolean
  readonly displayLanguage?: string
  /** Canonicals of code systems, with or without version. */
  readonly excludeSystem?: readonly string[]
}

/** Codes that one answer may have when no count was given. */
export const MOST_LISTED = 20_000

interface ExpansionParameter {
  readonly name: string
  readonly [value: string]: unknown
}

/**
 * The value set with its expansion. moment: an instant for expansion.timestamp, identifier: a URI for this expansion.
 * Throws terminology.unknown, terminology.not-supported and terminology.too-costly.
 */
export async function expand(
  source: Source,
  valueSet: ValueSetResource,
  options: ExpandOptions,
  { moment, identifier }: { readonly moment: string; readonly identifier: string }
): Promise<ValueSetResource> {
  const evaluation = new Evaluation(source, options)
  const members = [...(await evaluation.members(valueSet)).values()].filter(selection(options))
  const { offset = 0, count } = options
  if (count === undefined && members.length - offset > MOST_LISTED)
    throw fail('terminology.too-costly', {
      reason: `The expansion has ${members.length} codes: ask for a part of it, with count and offset`
    })
  const page = members.slice(offset, count === undefined ? undefined : offset + count)
  const contains = page.map((member) => row(member, options))
  const paged = count !== undefined || offset > 0
  return {
    ...frame(valueSet, options.includeDefinition ?? false),
    expansion: {
      identifier,
      timestamp: moment,
      total: members.length,
      ...(paged ? { offset } : {}),
      parameter: parameters(options, evaluation.used),
      ...(contains.length === 0 ? {} : { contains })
    }
  } as ValueSetResource
}

function selection({ filter, activeOnly, excludeNotForUI, excludeSystem = [] }: ExpandOptions): (member: Member) => boolean {
  const matches = filter === undefined ? () => true : textTest(filter)
  return (member) =>
    !(activeOnly && member.inactive) &&
    !(excludeNotForUI && member.abstract) &&
    !excludeSystem.includes(member.system) &&
    !excludeSystem.includes(`${member.system}|${member.version}`) &&
    matches(member)
}

function textTest(filter: string): (member: Member) => boolean {
  const wanted = words(filter)
  const all = fold(filter).trim()
  return ({ code, display = '', designation }) => {
    if (all === '' || fold(code).startsWith(all)) return true
    return [display, ...designation.map(({ value }) => value)].some((text) => {
      const there = words(text)
      return wanted.length > 0 && wanted.every((word) => there.some((one) => one.startsWith(word)))
    })
  }
}

function words(text: string): string[] {
  return text
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .map(fold)
    .filter((word) => word !== '')
}

function row(member: Member, options: ExpandOptions): Contains {
  const { system, version, code, abstract, inactive } = member
  const display = displayOf(member, options.displayLanguage)
  const designation = designations(member, options)
  return {
    system,
    ...(abstract ? { abstract } : {}),
    ...(inactive ? { inactive } : {}),
    ...(version === undefined ? {} : { version }),
    code,
    ...(display === undefined ? {} : { display }),
    ...(designation.length === 0 ? {} : { designation })
  }
}

/** The display in a language where there is one (BCP 47 look-up: `de-CH` is answered by `de`), else the usual one. */
export function displayOf(member: Pick<Member, 'display' | 'designation'>, language: string | undefined): string | undefined {
  for (let range = language?.toLowerCase() ?? ''; range !== ''; range = range.slice(0, Math.max(0, range.lastIndexOf('-')))) {
    const found = member.designation.find((one) => one.language?.toLowerCase() === range)
    if (found !== undefined) return found.value
  }
  return member.display
}

function designations({ designation }: Member, { includeDesignations, designation: wanted = [] }: ExpandOptions): readonly Designation[] {
  if (includeDesignations === false || (includeDesignations === undefined && wanted.length === 0)) return []
  if (wanted.length === 0) return designation
  return designation.filter(({ language, use }) =>
    wanted.some(
      (token) =>
        token === language || token === `urn:ietf:bcp:47|${language}` || token === use?.code || token === `${use?.system}|${use?.code}`
    )
  )
}

/** What is said about the value set; its definition only when asked for. */
function frame(valueSet: ValueSetResource, includeDefinition: boolean): ValueSetResource {
  const { expansion, ...definition } = valueSet
  if (includeDefinition) return definition as ValueSetResource
  const kept = ['resourceType', 'id', 'meta', 'language', 'url', 'identifier', 'version', 'name', 'title', 'status', 'experimental', 'date']
  const some = Object.fromEntries(kept.filter((name) => valueSet[name] !== undefined).map((name) => [name, valueSet[name]]))
  return { ...some, resourceType: 'ValueSet', status: valueSet.status ?? 'unknown' }
}

/** Everything that shaped the expansion, as R4 wants it recorded. */
function parameters(options: ExpandOptions, used: ReadonlySet<string>): ExpansionParameter[] {
  const { filter, offset, count, includeDesignations, designation = [], activeOnly, excludeNotForUI, displayLanguage } = options
  const one = (name: string, member: string, value: unknown) => (value === undefined ? [] : [{ name, [member]: value }])
  const uris = (name: string, list: readonly string[] = []) => list.map((valueUri) => ({ name, valueUri }))
  return [
    ...one('filter', 'valueString', filter),
    ...one('offset', 'valueInteger', offset),
    ...one('count', 'valueInteger', count),
    ...one('includeDesignations', 'valueBoolean', includeDesignations),
    ...designation.map((valueString) => ({ name: 'designation', valueString })),
    ...one('activeOnly', 'valueBoolean', activeOnly),
    ...one('excludeNested', 'valueBoolean', true),
    ...one('excludeNotForUI', 'valueBoolean', excludeNotForUI),
    ...one('displayLanguage', 'valueCode', displayLanguage),
    ...uris('exclude-system', options.excludeSystem),
    ...uris('system-version', options.preferred),
    ...uris('check-system-version', options.checked),
    ...uris('force-system-version', options.forced),
    ...uris(
      'version',
      [...used].filter((canonical) => canonical.includes('|'))
    )
  ]
}
