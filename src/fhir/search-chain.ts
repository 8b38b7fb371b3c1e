/** Where the references of a search parameter may lead (R4 search.html#chaining). */
import { resourceTypes } from './definitions.js'
import type { ChainCriterion, Criterion } from './search-criterion.js'

/** The types that know the rest of a chain. A value that is wrong for all of them is refused. */
export function chainTargets(types: readonly string[], parse: (type: string) => Criterion | undefined): ChainCriterion['to'] {
  const to: Array<{ type: string; criterion: Criterion }> = []
  let problem: unknown
  for (const type of types) {
    try {
      const criterion = parse(type)
      if (criterion !== undefined) to.push({ type, criterion })
    } catch (error) {
      problem ??= error
    }
  }
  if (to.length === 0 && problem !== undefined) throw problem
  return to
}

/** Types a reference parameter may point to. */
export function targetsOf({
  paths,
  targets
}: {
  readonly paths: ReadonlyArray<{ readonly targets?: readonly string[] | undefined }>
  readonly targets: readonly string[]
}): readonly string[] {
  const ofPaths = paths.every((path) => path.targets !== undefined) ? new Set(paths.flatMap((path) => path.targets!)) : undefined
  const all = targets.length > 0 ? targets : resourceTypes()
  return ofPaths === undefined ? all : all.filter((type) => ofPaths.has(type))
}
