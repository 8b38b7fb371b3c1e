/** Search parameters that are uploaded: what is refused, and what is said about those that are kept. */
import type { WardbridgeError } from '../errors.js'
import { type CustomDefinition, readSearchParameter } from '../fhir/search-custom.js'
import type { IndexStatus } from '../store/repository.js'
import type { Body } from './body.js'

/** What is wrong with an active SearchParameter, at every level of validation: one that cannot work must not seem to. */
export function searchParameterErrors(body: Body): readonly WardbridgeError[] {
  return body.resourceType === 'SearchParameter' ? readSearchParameter(body).errors : []
}

/**
 * - `standard`: one of R4's own, which work whether they are uploaded or not;
 * - `unused`: not active;
 * - `indexing`: searches do not know it until what was there before is indexed;
 * - `active`: it works;
 * - `failed`: it is not used, `reason` says why.
 */
export interface SearchParameterStatus {
  readonly state: 'standard' | 'unused' | 'indexing' | 'active' | 'failed'
  readonly reason?: string
  /** While indexing: rows looked at, of all. */
  readonly done?: number
  readonly total?: number
}

const REASONS: Readonly<Record<NonNullable<CustomDefinition['reason']>, string>> = {
  taken: 'Another SearchParameter has this code for one of the resource types; it takes over when that one is retired or deleted.',
  slow: 'The expression took too long or too much memory on one resource. Write a simpler one.'
}

/** Of a SearchParameter that is stored under the id. */
export function searchParameterStatus(id: string, isStandard: boolean, { parameters, progress }: IndexStatus): SearchParameterStatus {
  const own = parameters.find((one) => one.id === id)
  if (own === undefined) return { state: isStandard ? 'standard' : 'unused' }
  if (own.state === 'failed') return { state: 'failed', reason: REASONS[own.reason!] }
  return own.state === 'active' ? { state: 'active' } : { state: 'indexing', ...progress }
}
