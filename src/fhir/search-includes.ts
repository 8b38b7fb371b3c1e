/** What `_include` and `_revinclude` take for a resource type: for the CapabilityStatement. */
import { resourceTypes } from './definitions.js'
import { targetsOf } from './search-chain.js'
import { parametersOf } from './search-parameters.js'

export interface Includes {
  readonly include: readonly string[]
  readonly revinclude: readonly string[]
}

/** For every type: `Observation:subject`, and the wildcards. */
export function includesByType(): ReadonlyMap<string, Includes> {
  const all = new Map(resourceTypes().map((type) => [type, { include: ['*', `${type}:*`], revinclude: ['*'] }]))
  for (const [type, { include }] of all) {
    for (const parameter of parametersOf(type).values()) {
      if (parameter.kind !== 'reference') continue
      const name = `${type}:${parameter.code}`
      include.push(name)
      for (const target of targetsOf(parameter)) all.get(target)?.revinclude.push(name)
    }
  }
  return all
}
