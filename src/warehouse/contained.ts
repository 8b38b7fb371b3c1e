/** Contained resources: a list of JSON texts, each a row of its type with its resourceType. */
import { isResourceType } from '../fhir/definitions.js'
import { writeExactly } from './exact.js'
import { type Depth, type Field, isObject, type Put, type Row } from './record.js'

export function containedField(depth: Depth): Field {
  const inner = depth.enter('contained')
  const put: Put = (value, row) => {
    if (!Array.isArray(value) || inner === undefined) return
    const texts = value.filter(isObject).flatMap((resource) => {
      const { resourceType } = resource
      if (typeof resourceType !== 'string' || !isResourceType(resourceType)) return []
      // Nothing is shared with other rows: what a column is called depends on this resource alone.
      const made: Row = { resourceType, ...inner.shapes.element(resourceType, inner).row(resource) }
      return [writeExactly(made)]
    })
    if (texts.length > 0) row['contained'] = texts
  }
  return {
    name: 'contained',
    puts: () => [['contained', put]],
    columns: () => [{ name: 'contained', type: 'STRING', mode: 'REPEATED' }],
    found: () => undefined,
    learn: () => {},
    agrees: () => true
  }
}
