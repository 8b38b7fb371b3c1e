/** Definitions for the thread of terminology: it asks the main thread what a canonical stands for, and keeps what was made of it by key. */
import { fail } from '../errors.js'
import { CodeSystem } from '../fhir/terminology/code-system.js'
import type { StructureResource } from '../fhir/terminology/context.js'
import type { CodeSystemResource, ConceptMapResource, Source, ValueSetResource } from '../fhir/terminology/resources.js'
import { type ValidationIssue, validateResource } from '../fhir/validate.js'
import type { DefinitionType } from './definitions.js'
import type { SentDefinition, Used, Wanted } from './terminology-questions.js'

export type Ask = (wanted: Wanted) => Promise<readonly SentDefinition[]>

const MOST_MADE = 200
const made = new Map<string, unknown>()
/** The key that a canonical stood for when it was asked for last. */
const lastKeys = new Map<string, string>()

/** A source for one question; it notes in `used` what the answer rests on. */
export function sourceOf(ask: Ask, used: Used[]): Source {
  async function find<T>(type: DefinitionType, canonical: string, make: (resource: unknown) => T): Promise<T | undefined> {
    const last = lastKeys.get(`${type} ${canonical}`)
    const have = last !== undefined && made.has(last) ? last : undefined
    const [sent] = await ask({ kind: 'definition', type, canonical, have })
    used.push({ type, canonical, key: sent?.key })
    if (sent === undefined) return undefined
    lastKeys.set(`${type} ${canonical}`, sent.key)
    if (lastKeys.size > 10 * MOST_MADE) lastKeys.clear()
    return keep(sent, make)
  }
  return {
    codeSystem: (canonical) => find('CodeSystem', canonical, (resource) => new CodeSystem(resource as CodeSystemResource)),
    valueSet: (canonical) => find('ValueSet', canonical, (resource) => resource as ValueSetResource),
    conceptMap: (canonical) => find('ConceptMap', canonical, (resource) => resource as ConceptMapResource),
    structure: (canonical) => find('StructureDefinition', canonical, (resource) => resource as StructureResource),
    async mapsOf(system, direction) {
      const sent = await ask({ kind: 'maps', system, direction })
      return sent.map((one) => keep(one, (resource) => resource as ConceptMapResource))
    }
  }
}

/** The longest unused goes first. */
function keep<T>({ key, body }: SentDefinition, make: (resource: unknown) => T): T {
  const value = body === undefined ? (made.get(key) as T) : make(sound(JSON.parse(Buffer.from(body).toString()), key))
  made.delete(key)
  made.set(key, value)
  if (made.size > MOST_MADE) made.delete(made.keys().next().value!)
  return value
}

/** What is uploaded was perhaps never validated (WARDBRIDGE_VALIDATION=off). Throws terminology.not-supported. */
function sound(resource: { resourceType: string }, key: string): unknown {
  const [fault] = key.includes('/_history/') ? faults(resource) : []
  if (fault === undefined) return resource
  throw fail('terminology.not-supported', { reason: `${key} is not valid: ${fault.expression} ${fault.reason}` })
}

/** What hinders work with a resource. A missing element of its first level, `status` for one, does not: nothing here relies on those. */
export function faults(resource: { resourceType: string }): ValidationIssue[] {
  return validateResource(resource).filter(
    ({ rule, expression }) => rule !== 'binding' && (rule !== 'min' || expression.split('.').length > 2)
  )
}
