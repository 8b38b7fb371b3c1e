/**
 * A search request, parsed and typed, ready for a store (R4 search.html).
 * CONTRACT between http/, service/ and store/.
 */
import type { IndexKind } from './search-index.js'

export type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap'

/** One value of a parameter (values of one clause are ORed). */
export type SearchValue =
  /** system undefined: any system; '' : explicitly none (`|code`). code '' : any code of the system. */
  | { readonly kind: 'token'; readonly system: string | undefined; readonly code: string }
  | { readonly kind: 'string'; readonly folded: string; readonly text: string }
  /** type '' when only an id was given; then every target type of the path is tried. For URLs: type '' and url. */
  | { readonly kind: 'reference'; readonly type: string; readonly id: string; readonly url?: string }
  | { readonly kind: 'date'; readonly prefix: Prefix; readonly from: number; readonly to: number }
  /** low/high: the implied precision range of the value, low inclusive, high exclusive. */
  | { readonly kind: 'number'; readonly prefix: Prefix; readonly value: number; readonly low: number; readonly high: number }
  | {
      readonly kind: 'quantity'
      readonly prefix: Prefix
      readonly value: number
      readonly low: number
      readonly high: number
      readonly system: string | undefined
      readonly code: string | undefined
    }
  | { readonly kind: 'uri'; readonly value: string }

export interface SearchClause {
  /** `code`, `_lastUpdated`. */
  readonly parameter: string
  readonly kind: IndexKind | 'id' | 'lastUpdated'
  /** Paths to look in (ORed). targets: only references to these types count (patient = subject where resolve() is Patient). */
  readonly paths: ReadonlyArray<{ readonly path: number; readonly targets?: readonly string[] }>
  /** Modifiers that work so far; any other is refused with search.unsupported-modifier. */
  readonly modifier: 'exact' | 'contains' | 'missing' | 'not' | undefined
  /** ORed. For modifier `missing`: one token value with code 'true' or 'false'. */
  readonly values: readonly SearchValue[]
}

export interface SearchQuery {
  readonly type: string
  /** ANDed. */
  readonly clauses: readonly SearchClause[]
  /** Page size, 0 allowed (only the total). */
  readonly count: number
  /** Opaque position to go on from, as the store gave it. */
  readonly cursor: string | undefined
  readonly total: 'none' | 'accurate'
  /** The parameters that were applied, as name=value pairs in the order given: what the `self` link shows. */
  readonly applied: ReadonlyArray<readonly [string, string]>
  /** Parameters that were not understood (reported when handling is lenient). */
  readonly ignored: readonly string[]
}

/**
 * Parses the query of a type search. Result parameters handled: _count (default 20, at most 1000), _total, _summary=count, _format and _pretty (left to http).
 * handling 'strict': an unknown parameter is search.unknown-parameter; 'lenient': it goes to `ignored`.
 */
export declare function parseSearch(
  type: string,
  parameters: ReadonlyArray<readonly [string, string]>,
  options: { handling: 'strict' | 'lenient' }
): SearchQuery
/** The search parameters of a type that work, for the CapabilityStatement. */
export declare function searchParameters(
  type: string
): ReadonlyArray<{ readonly name: string; readonly type: string; readonly definition: string; readonly documentation?: string }>
