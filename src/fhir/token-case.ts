/**
 * Upper and lower case of tokens (R4 search.html#token: "When in doubt, servers SHOULD treat tokens in a case-insensitive manner"). Where a search looks
 * for something, case counts only in code systems that say so; where identity is decided (conditional interactions, $match) it always counts.
 */
import { type Criterion, clausesIn, isClause, type SearchClause, type SearchValue } from './search-criterion.js'
import type { SearchQuery } from './search-query.js'

/** The letters A to Z in lower case, everything else as it is: what SQLite's lower() does, too. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** The systems that token values of a search name. */
export function systemsNamed({ criteria }: SearchQuery): Set<string> {
  const values = criteria.flatMap(clausesIn).flatMap((clause) => (hasCase(clause) ? clause.values : []))
  return new Set(values.flatMap((value) => (value.kind === 'token' && value.system ? [value.system] : [])))
}

/** The search, whose tokens match in any case but for those of the systems in which case counts. */
export function inAnyCase(query: SearchQuery, exact: ReadonlySet<string>): SearchQuery {
  return { ...query, criteria: query.criteria.map((criterion) => criterionInAnyCase(criterion, exact)) }
}

function criterionInAnyCase(criterion: Criterion, exact: ReadonlySet<string>): Criterion {
  const again = (one: Criterion) => criterionInAnyCase(one, exact)
  if (isClause(criterion)) return clauseInAnyCase(criterion, exact)
  switch (criterion.kind) {
    case 'chain':
      return { ...criterion, to: criterion.to.map((one) => ({ ...one, criterion: again(one.criterion) })) }
    case 'has':
      return { ...criterion, criterion: again(criterion.criterion) }
    case 'composite':
      return { ...criterion, parts: criterion.parts.map((part) => ({ ...part, clause: clauseInAnyCase(part.clause, exact) })) }
    case 'group':
      return { ...criterion, criteria: criterion.criteria.map(again) }
    case 'text':
    case 'type':
    case 'compartment':
      return criterion
  }
}

function clauseInAnyCase(clause: SearchClause, exact: ReadonlySet<string>): SearchClause {
  if (!hasCase(clause)) return clause
  const any = (value: SearchValue): SearchValue =>
    value.kind === 'token' && value.code !== '' && !exact.has(value.system ?? '') ? { ...value, anyCase: true } : value
  return { ...clause, values: clause.values.map(any) }
}

/** Ids are exact; `:above` and `:below` are asked of the code system, which knows about case. */
function hasCase({ kind, modifier }: SearchClause): boolean {
  return kind !== 'id' && modifier !== 'missing' && modifier !== 'above' && modifier !== 'below'
}
