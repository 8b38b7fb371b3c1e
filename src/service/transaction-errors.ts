/** Errors of a transaction name the entry they come from (OperationOutcome.issue.expression). */
import { fail, WardbridgeError } from '../errors.js'
import { type Fate, namesOf } from './transaction-fates.js'
import type { Step } from './transaction-steps.js'

/** The error with `Bundle.entry[n]` in front of its expression. What is no error of ours stays as it is. */
export function atEntry(error: unknown, entry: number): unknown {
  if (error instanceof AggregateError)
    return new AggregateError(
      error.errors.map((one) => atEntry(one, entry)),
      error.message
    )
  if (!(error instanceof WardbridgeError) || error.expression?.startsWith('Bundle.entry[')) return error
  const { code, params, expression, issue, place } = error
  // `Patient.name[0]` of the resource.
  const inside = expression === undefined ? '' : expression.replace(/^[A-Za-z]+/, '.resource')
  return fail(code, params, {
    expression: `Bundle.entry[${entry}]${inside}`,
    issue,
    cause: error,
    ...(place === undefined ? {} : { place })
  })
}

/**
 * An error of the commit. It names a resource; the entry that writes it is the one. A precondition that we set ourselves, to be sure of what was read
 * before, was raced.
 */
export function entryError(error: unknown, steps: readonly Step[], fates: ReadonlyMap<number, Fate>): unknown {
  if (!(error instanceof WardbridgeError)) return error
  const name = `${error.params['type']}/${error.params['id']}`
  const step = steps.find(({ entry }) => namesOf(fates.get(entry)!).includes(name))
  if (step === undefined) return error
  const asked = step.conditions.ifMatch !== undefined || step.conditions.ifNoneMatch !== undefined
  const ours = (error.code === 'resource.conflict' || error.code === 'resource.exists') && !asked
  return ours ? fail('resource.raced', { query: step.type }, { cause: error }) : atEntry(error, step.entry)
}
