/** The filters of ValueSet.compose (R4 valueset.html, value set http://hl7.org/fhir/ValueSet/filter-operator). */
import { fail } from '../../errors.js'
import type { CodeSystem, Concept } from './code-system.js'
import type { ValueSetFilter } from './resources.js'

export type ConceptTest = (concept: Concept) => boolean

/** What is asked of every concept of a system; made once per expansion. Throws terminology.not-supported where the content cannot tell. */
export function conceptTest(system: CodeSystem, filter: ValueSetFilter): ConceptTest {
  const { op, value } = filter
  switch (op) {
    case 'is-a':
      return member(hierarchy(system, filter, (concept) => system.below(concept)))
    case 'descendent-of': {
      const below = hierarchy(system, filter, (concept) => system.below(concept))
      return (concept) => concept !== system.get(value) && below.has(concept)
    }
    case 'is-not-a': {
      const below = hierarchy(system, filter, (concept) => system.below(concept))
      return (concept) => !below.has(concept)
    }
    case 'generalizes':
      return member(hierarchy(system, filter, (concept) => system.above(concept)))
    case '=':
      return has(system, filter, (text) => text === value)
    case 'in':
    case 'not-in': {
      const wanted = new Set(value.split(',').map((one) => one.trim()))
      const isIn = has(system, filter, (text) => wanted.has(text))
      return op === 'in' ? isIn : (concept) => !isIn(concept)
    }
    case 'regex': {
      const pattern = wholeMatch(filter)
      return has(system, filter, (text) => pattern.test(text))
    }
    case 'exists': {
      const wanted = value === 'true'
      const any = has(system, filter, () => true)
      return (concept) => any(concept) === wanted
    }
    default:
      throw unsupported(filter, `the operator ${op} is not known`)
  }
}

function hierarchy(system: CodeSystem, filter: ValueSetFilter, reach: (concept: Concept) => Set<Concept>): ReadonlySet<Concept> {
  if (filter.property !== 'concept' && filter.property !== 'code') throw unsupported(filter, `${filter.op} works on concept only`)
  const concept = system.get(filter.value)
  if (concept === undefined) throw fail('terminology.unknown-code', { code: filter.value, system: system.url })
  return reach(concept)
}

function member(set: ReadonlySet<Concept>): ConceptTest {
  return (concept) => set.has(concept)
}

/** True when one of the values of the property passes. */
function has(system: CodeSystem, filter: ValueSetFilter, passes: (text: string) => boolean): ConceptTest {
  const { property } = filter
  if (property === 'concept' || property === 'code') return ({ code }) => passes(code)
  if (property === 'display') return ({ display }) => display !== undefined && passes(display)
  if (property === 'definition') return ({ definition }) => definition !== undefined && passes(definition)
  if (property === 'parent') return ({ parents }) => parents.some(({ code }) => passes(code))
  if (property === 'child') return ({ children }) => children.some(({ code }) => passes(code))
  if (property === 'inactive') return ({ inactive }) => passes(String(inactive))
  if (property === 'notSelectable') return ({ abstract }) => passes(String(abstract))
  const declared = system.concepts.some((concept) => system.values(concept, property).length > 0) || system.properties.has(property)
  if (!declared) throw unsupported(filter, `${system.url} has no property ${property}`)
  return (concept) => system.values(concept, property).some((value) => value !== undefined && passes(String(value)))
}

/** A pattern must match the whole value. One that takes very long ends the thread of terminology, not the server. */
function wholeMatch(filter: ValueSetFilter): RegExp {
  const { value } = filter
  if (value.length > 500) throw unsupported(filter, 'the pattern is longer than 500 characters')
  try {
    return new RegExp(`^(?:${value})$`, 'u')
  } catch {
    throw unsupported(filter, 'the pattern is no regular expression')
  }
}

function unsupported({ property, op, value }: ValueSetFilter, reason: string): Error {
  return fail('terminology.not-supported', { reason: `The filter ${property} ${op} ${value.slice(0, 100)} cannot be applied: ${reason}` })
}
