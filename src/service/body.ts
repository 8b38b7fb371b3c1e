/** Reading and checking the text of a resource before it is written. */
import { fail, type IssueType, type WardbridgeError } from '../errors.js'
import { MAX_DEPTH, parseJson } from '../fhir/json.js'
import { validateResource } from '../fhir/validate.js'

export interface Body {
  readonly resourceType: string
  readonly id?: unknown
  readonly meta?: unknown
}

/**
 * Parses the text of a resource of the type given. Throws json.syntax (with line and column; also for a member given twice), json.depth
 * and resource.type.
 */
export function parseBody(text: string, type: string): Body {
  const value = parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fail('resource.type', { actual: '', expected: type })
  const { resourceType } = value as Partial<Body>
  if (resourceType !== type) {
    const actual = typeof resourceType === 'string' ? resourceType.slice(0, 64) : ''
    throw fail('resource.type', { actual, expected: type }, { expression: 'Resource.resourceType' })
  }
  return value as Body
}

/** What is wrong with a body: one resource.invalid each. */
export function bodyErrors(body: Body): WardbridgeError[] {
  return validateResource(body).map(({ expression, reason, code }) => invalid({ expression, text: reason, code }))
}

/** Throws resource.invalid; several of them as an AggregateError. */
export function validateBody(body: Body): void {
  const errors = bodyErrors(body)
  if (errors.length > 0) throw faulty(errors)
}

/** resource.invalid for what validation says of one element. */
export function invalid({ expression, text, code }: { expression: string; text: string; code: IssueType }): WardbridgeError {
  return fail('resource.invalid', { reason: `${expression}: ${text}` }, { expression, issue: code })
}

/** One error as it is, several as an AggregateError, which HTTP turns into one OperationOutcome. */
export function faulty(errors: readonly WardbridgeError[]): WardbridgeError | AggregateError {
  return errors.length === 1 ? errors[0]! : new AggregateError(errors, errors.map(({ message }) => message).join('; '))
}

const ID = /^[A-Za-z0-9\-.]{1,64}$/

/** Throws resource.id: the id in the address must be one, and the body must have the same. */
export function checkId(id: string, inBody: unknown): void {
  if (!ID.test(id)) throw fail('resource.id', { reason: 'in the address is not valid' })
  if (inBody === undefined) throw fail('resource.id', { reason: 'is missing in the body' })
  if (inBody !== id) throw fail('resource.id', { reason: 'in the body is not the one in the address' })
}

/** The id of a body that may have none. Throws resource.id when it is not valid. */
export function bodyId({ id }: Body): string | undefined {
  if (id === undefined) return undefined
  if (typeof id !== 'string' || !ID.test(id)) throw fail('resource.id', { reason: 'in the body is not valid' })
  return id
}

/**
 * JSON.parse keeps only the last of two members of one name. Counting costs a third of the reader that sees both: every member has
 * one colon outside strings, so a text with more colons than its value has members is given to that reader, which names the place.
 */
function parse(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    parseJson(text)
    throw fail('json.syntax', { line: 1, column: 1, reason: 'not JSON' })
  }
  if (countMembers(value, 0) !== countColons(text)) parseJson(text)
  return value
}

function countColons(text: string): number {
  let colons = 0
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at)
    if (c === 0x3a) colons++
    else if (c === 0x22) {
      // To the quote that ends the string: the next one with an even number of backslashes before it.
      do at = text.indexOf('"', at + 1)
      while (isEscaped(text, at))
    }
  }
  return colons
}

function isEscaped(text: string, quote: number): boolean {
  let at = quote
  while (text.charCodeAt(at - 1) === 0x5c) at--
  return (quote - at) % 2 === 1
}

/** Too deep gives NaN, which equals no number of colons: parseJson then says json.depth. */
function countMembers(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (depth > MAX_DEPTH) return Number.NaN
  const isArray = Array.isArray(value)
  const values: readonly unknown[] = isArray ? value : Object.values(value)
  let members = isArray ? 0 : values.length
  for (const one of values) members += countMembers(one, depth + 1)
  return members
}
