/** The parameters of an operation call (R4 operations.html#request): from the address, or from a Parameters resource in the body. */
import { fail } from '../../errors.js'
import type { FhirRequest } from './interaction.js'

export interface OperationInput {
  /** The text of a primitive parameter; undefined when it was not given. Throws http.bad-request when it was given more than once. */
  text(name: string): string | undefined
  /** All texts of a primitive parameter that may repeat. */
  texts(name: string): readonly string[]
  /** A resource or a complex value (Coding, CodeableConcept ...) of the body, parsed. */
  value(name: string): unknown
  /** The same for a parameter that may repeat; the parts of one that has parts, as they stand in the body. */
  values(name: string): readonly unknown[]
  /** Names that were given. */
  readonly names: readonly string[]
}

interface Part {
  readonly name?: unknown
  readonly resource?: unknown
  readonly [member: string]: unknown
}

/**
 * Both places count together. A body that is no Parameters resource counts as the parameter `resource`, as R4 allows for an operation with one
 * resource parameter. Throws http.bad-request, json.syntax.
 */
export function operationInput(request: FhirRequest): OperationInput {
  const given = new Map<string, unknown[]>()
  const add = (name: string, value: unknown) => given.set(name, [...(given.get(name) ?? []), value])
  for (const [name, value] of request.parameters) if (name !== '_format' && name !== '_pretty') add(name, value)
  for (const [name, value] of bodyParameters(request.body)) add(name, value)
  const texts = (name: string) =>
    (given.get(name) ?? []).map((value) => {
      if (typeof value === 'object') throw fail('http.bad-request', { reason: `The parameter ${name} must be a primitive value` })
      return String(value)
    })
  return {
    texts,
    text(name) {
      const [text, ...more] = texts(name)
      if (more.length > 0) throw fail('http.bad-request', { reason: `The parameter ${name} is given more than once` })
      return text
    },
    value: (name) => given.get(name)?.[0],
    values: (name) => given.get(name) ?? [],
    names: [...given.keys()]
  }
}

function bodyParameters(body: string): Array<readonly [string, unknown]> {
  if (body === '') return []
  const resource = parseObject(body)
  if (resource['resourceType'] !== 'Parameters') return [['resource', resource]]
  const parts = resource['parameter'] ?? []
  if (!Array.isArray(parts)) throw fail('http.bad-request', { reason: 'Parameters.parameter must be an array' })
  return parts.map((part: Part | null) => {
    if (typeof part?.name !== 'string') throw fail('http.bad-request', { reason: 'Every parameter needs a name' })
    const member = Object.keys(part).find((key) => key === 'resource' || key === 'part' || key.startsWith('value'))
    return [part.name, member === undefined ? undefined : part[member]] as const
  })
}

function parseObject(body: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch (error) {
    throw fail('http.bad-request', { reason: 'The body is not JSON' }, { cause: error })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw fail('http.bad-request', { reason: 'The body must be a resource' })
  return value as Readonly<Record<string, unknown>>
}
