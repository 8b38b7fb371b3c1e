/**
 * `:in`, `:not-in`, and `:above` and `:below` of tokens (R4 search.html#token): what they stand for is looked up before the store sees a search, so that
 * a store knows sets of codes only.
 */
import { fail, WardbridgeError } from '../errors.js'
import { type Criterion, clausesIn, isClause, type SearchClause, type SearchValue } from '../fhir/search-criterion.js'
import type { SearchQuery } from '../fhir/search-query.js'
import type { Repository } from '../store/repository.js'
import { over } from './over.js'
import type { Codes, Terminology } from './terminology.js'

/** The store, but that its searches and expectations may ask for value sets and hierarchies. Throws search.value for those that cannot be known. */
export function withTerminology(store: Repository, terminology: Terminology): Repository {
  const resolve = (query: SearchQuery) => resolveQuery(query, terminology)
  const own: Pick<Repository, 'search' | 'commit'> = {
    search: async (query) => store.search(await resolve(query)),
    async commit(writes, expectations = [], by) {
      const known = expectations.map(async (one) => ('query' in one ? { ...one, query: await resolve(one.query) } : one))
      return store.commit(writes, await Promise.all(known), by)
    }
  }
  return over(store, own)
}

async function resolveQuery(query: SearchQuery, terminology: Terminology): Promise<SearchQuery> {
  if (!query.criteria.some((criterion) => clausesIn(criterion).some(asksForCodes))) return query
  return { ...query, criteria: await Promise.all(query.criteria.map((criterion) => resolveCriterion(criterion, terminology))) }
}

function asksForCodes({ kind, modifier }: SearchClause): boolean {
  return modifier === 'in' || modifier === 'not-in' || (kind === 'token' && (modifier === 'above' || modifier === 'below'))
}

async function resolveCriterion(criterion: Criterion, terminology: Terminology): Promise<Criterion> {
  const resolve = (one: Criterion) => resolveCriterion(one, terminology)
  if (isClause(criterion)) return asksForCodes(criterion) ? resolveClause(criterion, terminology) : criterion
  switch (criterion.kind) {
    case 'chain': {
      const to = criterion.to.map(async (one) => ({ ...one, criterion: await resolve(one.criterion) }))
      return { ...criterion, to: await Promise.all(to) }
    }
    case 'has':
      return { ...criterion, criterion: await resolve(criterion.criterion) }
    case 'composite': {
      const parts = criterion.parts.map(async (part) => ({ ...part, clause: (await resolve(part.clause)) as SearchClause }))
      return { ...criterion, parts: await Promise.all(parts) }
    }
    case 'group':
      return { ...criterion, criteria: await Promise.all(criterion.criteria.map(resolve)) }
    case 'text':
    case 'type':
    case 'compartment':
      return criterion
  }
}

async function resolveClause(clause: SearchClause, terminology: Terminology): Promise<SearchClause> {
  const { parameter, modifier, values } = clause
  try {
    const sets = await Promise.all(values.map((value) => codesOf(value, modifier, terminology)))
    const codes = sets.flatMap((set) => [...set].flatMap(([system, list]) => [...list].map((code) => [system, code] as const)))
    return { ...clause, modifier: modifier === 'not-in' ? 'not' : undefined, values: [{ kind: 'codes', codes }] }
  } catch (error) {
    if (!(error instanceof WardbridgeError) || !error.code.startsWith('terminology.')) throw error
    throw fail('search.value', { parameter: `${parameter}:${modifier}`, reason: error.message }, { cause: error })
  }
}

async function codesOf(value: SearchValue, modifier: SearchClause['modifier'], terminology: Terminology): Promise<Codes> {
  if (value.kind === 'valueSet') {
    const byUrl = terminology.codes(value.url)
    // The canonical URL of a value set may lie below our own address, too, so that it is tried first.
    return value.local === undefined ? byUrl : byUrl.catch(() => terminology.codes(value.local!))
  }
  if (value.kind !== 'token' || value.system === undefined || value.system === '' || value.code === '')
    throw fail('terminology.not-supported', { reason: 'A code with its system is needed: system|code' })
  return terminology.related(value.system, value.code, modifier === 'above' ? 'above' : 'below')
}
