/**
 * What is in a value set (R4 valueset.html#compositions): one code asked for, or all of them. The two never disagree: both take an include as a list of
 * conditions that all must hold, and a value set as its includes less its excludes.
 *
 * What cannot be known, because the content of a code system is not there, is an error and never an empty answer.
 */
import { fail } from '../../errors.js'
import type { CodeSystem, Concept } from './code-system.js'
import { conceptTest } from './filters.js'
import { type Grammar, grammar } from './grammars.js'
import type { Contains, Designation, Source, ValueSetInclude, ValueSetResource } from './resources.js'

/** A code of a value set. */
export interface Member {
  readonly system: string
  readonly version: string | undefined
  readonly code: string
  readonly display: string | undefined
  readonly designation: readonly Designation[]
  readonly abstract: boolean
  readonly inactive: boolean
}

/** Which versions of code systems to take, as the parameters of $expand say; canonicals `url|version`. */
export interface Versions {
  /** Where the value set says none. */
  readonly preferred?: readonly string[]
  /** Whatever the value set says. */
  readonly forced?: readonly string[]
  /** Another one in the value set is an error. */
  readonly checked?: readonly string[]
}

/** Codes looked at in one expansion, and value sets in value sets. */
export const MOST_CODES = 200_000
const DEEPEST = 30

/** One evaluation: it remembers what was used, and keeps to the limits. */
export class Evaluation {
  readonly #source: Source
  readonly #versions: Versions
  #codes = 0
  /** `url|version` of every code system that was used. */
  readonly used = new Set<string>()

  constructor(source: Source, versions: Versions = {}) {
    this.#source = source
    this.#versions = versions
  }

  /** All codes in the order of the definition, each once. Throws terminology.*. */
  async members(valueSet: ValueSetResource, path: readonly ValueSetResource[] = []): Promise<Map<string, Member>> {
    const inside = enter(valueSet, path)
    const { compose } = valueSet
    if (compose === undefined) return this.#given(valueSet)
    const all = new Map<string, Member>()
    for (const include of compose.include ?? []) {
      for (const [key, member] of await this.#included(include, inside)) if (!all.has(key)) all.set(key, member)
    }
    for (const exclude of compose.exclude ?? []) for (const key of (await this.#included(exclude, inside)).keys()) all.delete(key)
    if (compose.inactive === false) for (const [key, { inactive }] of all) if (inactive) all.delete(key)
    return all
  }

  /** The code as a member of the value set; undefined when it is none. Lists only what it must. Throws terminology.*. */
  async member(
    valueSet: ValueSetResource,
    system: string,
    code: string,
    path: readonly ValueSetResource[] = []
  ): Promise<Member | undefined> {
    const inside = enter(valueSet, path)
    const { compose } = valueSet
    if (compose === undefined) return this.#given(valueSet).get(memberKey(system, code))
    const found = await this.#firstOf(compose.include ?? [], system, code, inside)
    if (found === undefined || (compose.inactive === false && found.inactive)) return undefined
    return (await this.#firstOf(compose.exclude ?? [], system, code, inside)) === undefined ? found : undefined
  }

  /** An include that cannot be evaluated matters only when no other one has the code. */
  async #firstOf(includes: readonly ValueSetInclude[], system: string, code: string, path: readonly ValueSetResource[]) {
    let failure: unknown
    for (const include of includes) {
      try {
        const found = await this.#includes(include, system, code, path)
        if (found !== undefined) return found
      } catch (error) {
        failure ??= error
      }
    }
    if (failure !== undefined) throw failure
    return undefined
  }

  async #includes(include: ValueSetInclude, system: string, code: string, path: readonly ValueSetResource[]): Promise<Member | undefined> {
    let found: Member | undefined
    if (include.system !== undefined) {
      if (include.system !== system) return undefined
      found = await this.#ofSystem(include, code)
      if (found === undefined) return undefined
    }
    for (const canonical of include.valueSet ?? []) {
      const nested = await this.member(await this.#valueSet(canonical), system, code, path)
      if (nested === undefined) return undefined
      found ??= nested
    }
    return found
  }

  /** The code when the system part of an include has it. */
  async #ofSystem(include: ValueSetInclude, code: string): Promise<Member | undefined> {
    const system = include.system!
    const listed = include.concept?.find((concept) => concept.code === code)
    if (include.concept !== undefined && listed === undefined) return undefined
    const known = await this.#codeSystem(include)
    const concept = known?.get(code)
    const rules = known === undefined ? grammar(system) : undefined
    if (known?.complete && concept === undefined) return undefined
    if (include.filter !== undefined) {
      if (known === undefined || (!known.complete && concept === undefined)) throw absent(system, known, rules)
      return include.filter.every((filter) => conceptTest(known, filter)(concept!)) ? fromConcept(known, concept!) : undefined
    }
    if (listed !== undefined) return this.#fromList(system, include, listed, known, rules)
    if (concept !== undefined) return fromConcept(known!, concept)
    if (rules === undefined) throw absent(system, known, rules)
    return fromGrammar(system, include.version, rules, code)
  }

  async #included(include: ValueSetInclude, path: readonly ValueSetResource[]): Promise<Map<string, Member>> {
    const own = include.system === undefined ? undefined : await this.#allOfSystem(include)
    let found = own
    for (const canonical of include.valueSet ?? []) {
      const nested = await this.members(await this.#valueSet(canonical), path)
      found = found === undefined ? nested : new Map([...found].filter(([key]) => nested.has(key)))
    }
    return found ?? new Map()
  }

  async #allOfSystem(include: ValueSetInclude): Promise<Map<string, Member>> {
    const system = include.system!
    const known = await this.#codeSystem(include)
    const rules = known === undefined ? grammar(system) : undefined
    if (include.concept !== undefined) {
      this.#count(include.concept.length)
      const members = include.concept.map((listed) => this.#fromList(system, include, listed, known, rules))
      return byKey(members.filter((member) => member !== undefined))
    }
    if (known === undefined || !known.complete) throw absent(system, known, rules)
    this.#count(known.concepts.length)
    const tests = (include.filter ?? []).map((filter) => conceptTest(known, filter))
    const concepts = known.concepts.filter((concept) => tests.every((test) => test(concept)))
    return byKey(concepts.map((concept) => fromConcept(known, concept)))
  }

  /** A code that is listed by name; undefined when its code system, which is there as a whole, does not have it. */
  #fromList(
    system: string,
    { version }: ValueSetInclude,
    listed: { readonly code: string; readonly display?: string; readonly designation?: readonly Designation[] },
    known: CodeSystem | undefined,
    rules: Grammar | undefined
  ): Member | undefined {
    const concept = known?.get(listed.code)
    if (known?.complete && concept === undefined) return undefined
    const base = concept !== undefined ? fromConcept(known!, concept) : rules && fromGrammar(system, version, rules, listed.code)
    if (rules !== undefined && base === undefined) return undefined
    return {
      system,
      version: base?.version ?? version,
      code: listed.code,
      display: listed.display ?? base?.display,
      designation: [...(listed.designation ?? []), ...(base?.designation ?? [])],
      abstract: base?.abstract ?? false,
      inactive: base?.inactive ?? false
    }
  }

  /** An expansion that came with a value set that has no compose. Throws terminology.too-costly when it is only a page of one. */
  #given({ url = '', expansion }: ValueSetResource): Map<string, Member> {
    if (expansion === undefined) return new Map()
    const members: Member[] = []
    const add = (rows: readonly Contains[]) => {
      for (const { system, version, code, display, designation = [], abstract = false, inactive = false, contains = [] } of rows) {
        if (system !== undefined && code !== undefined) members.push({ system, version, code, display, designation, abstract, inactive })
        add(contains)
      }
    }
    add(expansion.contains ?? [])
    this.#count(members.length)
    if ((expansion.total ?? 0) > members.length)
      throw fail('terminology.too-costly', { reason: `The expansion that ${url} came with is a part of the whole` })
    return byKey(members)
  }

  async #valueSet(canonical: string): Promise<ValueSetResource> {
    const found = await this.#source.valueSet(canonical)
    if (found === undefined) throw fail('terminology.unknown', { type: 'ValueSet', url: canonical })
    return found
  }

  /** The code system of an include in the version that counts; undefined when nothing is known of it. */
  async #codeSystem({ system = '', version }: ValueSetInclude): Promise<CodeSystem | undefined> {
    const { forced = [], preferred = [], checked = [] } = this.#versions
    const wanted = versionOf(forced, system) ?? version ?? versionOf(preferred, system)
    const check = versionOf(checked, system)
    const found = await this.#source.codeSystem(wanted === undefined ? system : `${system}|${wanted}`)
    const actual = found?.version ?? wanted
    if (check !== undefined && actual !== check)
      throw fail('terminology.not-supported', { reason: `The version of ${system} is ${actual ?? 'not known'}, not ${check}` })
    if (found !== undefined) this.used.add(found.version === undefined ? system : `${system}|${found.version}`)
    else if (wanted !== undefined && (await this.#source.codeSystem(system))?.complete)
      throw fail('terminology.unknown', { type: 'CodeSystem', url: `${system}|${wanted}` })
    return found
  }

  #count(codes: number): void {
    this.#codes += codes
    if (this.#codes > MOST_CODES)
      throw fail('terminology.too-costly', { reason: `The value set goes through more than ${MOST_CODES} codes` })
  }
}

export function memberKey(system: string, code: string): string {
  return `${system}|${code}`
}

function byKey(members: readonly Member[]): Map<string, Member> {
  return new Map(members.map((member) => [memberKey(member.system, member.code), member]))
}

function fromConcept(system: CodeSystem, { code, display, designation, abstract, inactive }: Concept): Member {
  return { system: system.url, version: system.version, code, display, designation, abstract, inactive }
}

function fromGrammar(system: string, version: string | undefined, rules: Grammar, code: string): Member | undefined {
  const display = rules.display(code)
  return display === undefined ? undefined : { system, version, code, display, designation: [], abstract: false, inactive: false }
}

function versionOf(canonicals: readonly string[], system: string): string | undefined {
  return canonicals.find((one) => one.startsWith(`${system}|`))?.slice(system.length + 1)
}

function enter(valueSet: ValueSetResource, path: readonly ValueSetResource[]): readonly ValueSetResource[] {
  const same = path.some(
    (one) => one === valueSet || (one.url !== undefined && one.url === valueSet.url && one.version === valueSet.version)
  )
  if (same) throw fail('terminology.not-supported', { reason: `The value set ${valueSet.url ?? ''} includes itself` })
  if (path.length >= DEEPEST) throw fail('terminology.too-costly', { reason: `More than ${DEEPEST} value sets include each other` })
  return [...path, valueSet]
}

function absent(system: string, known: CodeSystem | undefined, rules: Grammar | undefined): Error {
  if (rules !== undefined) return fail('terminology.too-costly', { reason: `${system} is a grammar: its codes cannot be listed` })
  return fail('terminology.not-supported', {
    reason:
      known === undefined ? `The content of the code system ${system} is not here` : `Only a part of the code system ${system} is here`
  })
}
