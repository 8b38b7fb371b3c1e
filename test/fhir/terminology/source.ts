/** Definitions for tests: a few resources, or all that come with the program. */
import { CodeSystem } from '#wardbridge/fhir/terminology/code-system.js'
import type { CodeSystemResource, ConceptMapResource, Source, ValueSetResource } from '#wardbridge/fhir/terminology/resources.js'
import { builtIn } from '#wardbridge/service/built-in.js'

type Resource = CodeSystemResource | ValueSetResource | ConceptMapResource

export function sourceOf(...resources: readonly Resource[]): Source {
  const find = <T>(type: string, canonical: string) => {
    const [url, version] = canonical.split('|')
    const fits = (one: Resource) => one.resourceType === type && one.url === url && (version === undefined || one.version === version)
    return resources.find(fits) as T | undefined
  }
  return {
    async codeSystem(canonical) {
      const found = find<CodeSystemResource>('CodeSystem', canonical)
      return found === undefined ? undefined : new CodeSystem(found)
    },
    valueSet: async (canonical) => find<ValueSetResource>('ValueSet', canonical),
    conceptMap: async (canonical) => find<ConceptMapResource>('ConceptMap', canonical),
    structure: async () => undefined,
    mapsOf: async () => []
  }
}

export function builtInSource(): Source {
  const systems = new Map<string, CodeSystem | undefined>()
  async function find<T>(type: string, canonical: string): Promise<T | undefined> {
    const [url = '', version] = canonical.split('|')
    const whole = await builtIn(type, canonical)
    const found = whole ?? (await builtIn(type, url))
    if (found === undefined || (whole === undefined && version !== undefined && version !== found.version)) return undefined
    return JSON.parse(found.body.toString()) as T
  }
  return {
    async codeSystem(canonical) {
      if (!systems.has(canonical)) {
        const found = await find<CodeSystemResource>('CodeSystem', canonical)
        systems.set(canonical, found === undefined ? undefined : new CodeSystem(found))
      }
      return systems.get(canonical)
    },
    valueSet: (canonical) => find('ValueSet', canonical),
    conceptMap: (canonical) => find('ConceptMap', canonical),
    structure: async () => undefined,
    mapsOf: async () => []
  }
}
