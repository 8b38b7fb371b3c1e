/** The parts of uploaded composite parameters (R4 searchparameter.html, component). */
import { type CompositeRow, compositeFault } from './search-parameters.js'

/** SearchParameter.component as it was sent; undefined when it is not that of a composite. */
export function componentsOf(component: unknown): CompositeRow['component'] {
  if (!Array.isArray(component) || component.length < 2) return undefined
  const parts = component.map((one) => one as Readonly<Record<string, unknown>> | null)
  if (parts.some((one) => typeof one?.['definition'] !== 'string' || typeof one['expression'] !== 'string')) return undefined
  return parts.map((one) => ({ parameter: String(one!['definition']), expression: String(one!['expression']) }))
}

/** Why the parts of an uploaded composite cannot be used for a resource type; undefined when they can. */
export function componentFault(row: CompositeRow, type: string): string | undefined {
  try {
    return compositeFault(row, type)
  } catch {
    return 'an expression is no path'
  }
}
