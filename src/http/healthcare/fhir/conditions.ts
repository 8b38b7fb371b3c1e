/** The API lets conditional methods select by identifier alone. */
import { fail } from '../../../errors.js'
import { parseCriteria } from '../../../fhir/search-condition.js'
import { withoutPlatform } from './search-parameters.js'

type Parameters = ReadonlyArray<readonly [string, string]>

/** The parameters that select. Throws conditional.criteria for any other than identifier. */
export function identifiersOf(parameters: Parameters): Parameters {
  const selecting = withoutPlatform(parameters)
  const other = selecting.find(([name]) => name !== 'identifier')
  if (other !== undefined) throw fail('conditional.criteria', { reason: `hold ${other[0].slice(0, 64)}: only identifier selects here` })
  if (selecting.length === 0) throw fail('conditional.criteria', { reason: 'are missing' })
  return selecting
}

/** If-None-Exist: the same. */
export function checkIfNoneExist(type: string, header: string | undefined): void {
  if (header !== undefined) identifiersOf(parseCriteria(type, header).parameters)
}
