/** The codes of value sets, where the package itself says them all. */
import { readAll, shorten } from './r4-package.mjs'

/** {value set: {system: codes}} of those value sets that can be enumerated from the code systems in the package; the others are left out. */
export function enumerate(folder, wanted) {
  const byUrl = (type) => new Map(readAll(folder, type).map((resource) => [resource.url, resource]))
  const valueSets = byUrl('ValueSet')
  const codeSystems = byUrl('CodeSystem')
  const result = {}
  for (const url of [...wanted].sort()) {
    const compose = valueSets.get(url)?.compose
    if (compose === undefined || compose.exclude !== undefined) continue
    const systems = {}
    const complete = compose.include.every((include) => {
      const codes = includedCodes(include, codeSystems)
      if (codes !== undefined) systems[include.system] = [...(systems[include.system] ?? []), ...codes]
      return codes !== undefined
    })
    if (complete) result[shorten(url, 'ValueSet/')] = systems
    else console.log(`not enumerable: ${url}`)
  }
  return result
}

function includedCodes(include, codeSystems) {
  if (include.filter !== undefined || include.valueSet !== undefined) return undefined
  if (include.concept !== undefined) return include.concept.map((concept) => concept.code)
  const system = codeSystems.get(include.system)
  if (system?.content !== 'complete') return undefined
  const all = (concepts = []) => concepts.flatMap((concept) => [concept.code, ...all(concept.concept)])
  return all(system.concept)
}
