/** Reading and checking the text of a resource before it is written. */
import { fail, type IssueType, type WardbridgeError } from '../errors.js'
import { readJson } from '../fhir/strict-json.js'
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
  return bodyOf(readJson(text), type)
}

/** What was parsed already, as a body of the type given. Throws resource.type. */
export function bodyOf(value: unknown, type: string): Body {
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
  if (inBody !== id) throw fail('resource.id', { reason: 'in the body is not the one in the address', id, sent: String(inBody) })
}

/** The id of a body that may have none. Throws resource.id when it is not valid. */
export function bodyId({ id }: Body): string | undefined {
  if (id === undefined) return undefined
  if (typeof id !== 'string' || !ID.test(id)) throw fail('resource.id', { reason: 'in the body is not valid' })
  return id
}
