/** How two codes of a system stand to each other (R4 codesystem-operation-subsumes.html). */
import { fail } from '../../errors.js'
import type { CodeSystem, Concept } from './code-system.js'

export type Subsumption = 'equivalent' | 'subsumes' | 'subsumed-by' | 'not-subsumed'

/** Throws terminology.unknown-code, and terminology.not-supported for a hierarchy that does not mean "is a" or is not whole. */
export function subsumption(system: CodeSystem, codeA: string, codeB: string): Subsumption {
  const a = conceptOf(system, codeA)
  const b = conceptOf(system, codeB)
  if (a === b) return 'equivalent'
  if (!system.isA) throw fail('terminology.not-supported', { reason: `The hierarchy of ${system.url} does not say what is a kind of what` })
  if (system.below(a).has(b)) return 'subsumes'
  if (system.below(b).has(a)) return 'subsumed-by'
  if (!system.complete) throw fail('terminology.not-supported', { reason: `Only a part of ${system.url} is here` })
  return 'not-subsumed'
}

/** The codes that a code subsumes (`below`), or that subsume it (`above`), itself included. Throws as subsumption(). */
export function related(system: CodeSystem, code: string, direction: 'above' | 'below'): string[] {
  const concept = conceptOf(system, code)
  if (!system.isA) throw fail('terminology.not-supported', { reason: `The hierarchy of ${system.url} does not say what is a kind of what` })
  if (!system.complete) throw fail('terminology.not-supported', { reason: `Only a part of ${system.url} is here` })
  return [...(direction === 'below' ? system.below(concept) : system.above(concept))].map((one) => one.code)
}

function conceptOf(system: CodeSystem, code: string): Concept {
  const concept = system.get(code)
  if (concept === undefined) throw fail('terminology.unknown-code', { code, system: system.url })
  return concept
}
