/** Resources in a compartment (R4 compartmentdefinition.html) as criteria: the reference parameters of the definition, ORed. */
import { pathsOf } from './search-clause.js'
import type { Criterion } from './search-criterion.js'
import { compartmentParameters, parametersOf } from './search-parameters.js'
import { referenceValue } from './search-text.js'

/**
 * The types searched, in the compartment of `type/id`. A Patient's compartment is kept by the store, Patients themselves included. Types that the
 * definition does not name have nothing in it.
 */
export function compartmentCriterion(
  { type, id }: { readonly type: string; readonly id: string },
  types: readonly string[],
  baseUrl: string | undefined
): Criterion {
  if (type === 'Patient') return { kind: 'compartment', patients: [id] }
  const parameter = `${type}/${id}`
  const criteria: Criterion[] = []
  const paths = types.flatMap((searched) =>
    compartmentParameters(type, searched).flatMap((code) => parametersOf(searched).get(code)?.paths ?? [])
  )
  const values = [referenceValue(parameter, parameter, undefined, baseUrl)]
  if (paths.length > 0) criteria.push({ parameter, kind: 'reference', paths: pathsOf('reference', paths), modifier: undefined, values })
  // {def}: the resource itself.
  if (types.includes(type) && compartmentParameters(type, type).includes('{def}'))
    criteria.push({ parameter, kind: 'id', paths: [], modifier: undefined, values: [{ kind: 'token', system: type, code: id }] })
  return criteria.length === 1 ? criteria[0]! : { kind: 'group', operator: 'or', criteria }
}
