/**
 * What somebody may see, by resource type, as search criteria: the same criterion is put into searches, at every level, and asked of a body that is to be
 * shown.
 */

import { resourceTypes } from './definitions.js'
import { testOf } from './search-contained.js'
import type { Criterion } from './search-criterion.js'
import type { CustomParameters } from './search-custom.js'
import type { SearchQuery } from './search-query.js'

/** Resource type -> what a resource must meet (no chain, no _has), or true: all of them. Types that are not named are not seen. */
export type Limits = Readonly<Record<string, Criterion | true>>

const NOTHING: Criterion = { kind: 'group', operator: 'or', criteria: [] }

/** Types whose limits matter to a search: those it finds, or all of them when it looks at or brings along others. */
export function typesWithin({ types, criteria, includes }: Pick<SearchQuery, 'types' | 'criteria' | 'includes'>): readonly string[] {
  return includes.length > 0 || criteria.some(leadsOn) ? resourceTypes() : types
}

function leadsOn(criterion: Criterion): boolean {
  return criterion.kind === 'chain' || criterion.kind === 'has' || (criterion.kind === 'group' && criterion.criteria.some(leadsOn))
}

/** A criterion on resources of a type, of those that may be seen only. */
export function limited(criterion: Criterion, type: string, limits: Limits | undefined): Criterion {
  const limit = limits === undefined ? true : (limits[type] ?? NOTHING)
  return limit === true ? criterion : { kind: 'group', operator: 'and', criteria: [criterion, limit] }
}

/** The same for a search over some types: what is to be ANDed to its criteria. */
export function limitsOf(types: readonly string[], limits: Limits | undefined): readonly Criterion[] {
  if (limits === undefined) return []
  const groups = new Map<Criterion | true, string[]>()
  for (const type of types) {
    const limit = limits[type] ?? NOTHING
    groups.set(limit, [...(groups.get(limit) ?? []), type])
  }
  if (groups.size === 1) return [...groups.keys()].filter((limit) => limit !== true)
  const criteria = [...groups].map(([limit, group]): Criterion => {
    const ofType: Criterion = { kind: 'type', types: group }
    return limit === true ? ofType : { kind: 'group', operator: 'and', criteria: [limit, ofType] }
  })
  return [{ kind: 'group', operator: 'or', criteria }]
}

/** Whether a resource may be seen; parsed gives it when it must be looked at. now: milliseconds since 1970. custom: the store's own parameters. */
export function seenUnder(
  limits: Limits,
  now: number,
  custom?: CustomParameters
): (type: string, parsed: () => { readonly resourceType: string }) => boolean {
  const tests = new Map<Criterion, ReturnType<typeof testOf>>()
  return (type, parsed) => {
    const limit = limits[type] ?? NOTHING
    if (limit === true) return true
    let test = tests.get(limit)
    if (test === undefined) {
      test = testOf(limit, now, custom)
      tests.set(limit, test)
    }
    return test(parsed())
  }
}
