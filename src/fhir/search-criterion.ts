/** What a search selects by, parsed and typed, ready for a store (R4 search.html). Structured-clonable: it goes to reader threads. */
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
  /** system undefined and code given (`5||mg`): the code or the unit; code undefined: any unit. */
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

/** A path to look in; the number is that of indexPaths(). targets: only references to these types count (`where(resolve() is Patient)`). */
export interface CriterionPath {
  readonly path: number
  readonly targets?: readonly string[]
}

/** A parameter that looks at the resource itself. */
export interface SearchClause {
  /** `code`, `_lastUpdated`. */
  readonly parameter: string
  /** id: token values without system; lastUpdated: date values; neither has paths. */
  readonly kind: IndexKind | 'id' | 'lastUpdated'
  /** ORed; of all the types searched. */
  readonly paths: readonly CriterionPath[]
  /** Modifiers that work so far; any other is refused with search.unsupported-modifier. */
  readonly modifier: 'exact' | 'contains' | 'missing' | 'not' | undefined
  /** ORed. For modifier `missing`: one token value with code 'true' or 'false'. */
  readonly values: readonly SearchValue[]
}

/** `subject:Patient.name=x`: a resource that is referred to meets a criterion (ORed over the types it may have). */
export interface ChainCriterion {
  readonly kind: 'chain'
  readonly parameter: string
  readonly paths: readonly CriterionPath[]
  readonly to: ReadonlyArray<{ readonly type: string; readonly criterion: Criterion }>
}

/** `_has:Observation:patient:code=x`: a resource of a type that refers to this one meets a criterion. */
export interface HasCriterion {
  readonly kind: 'has'
  readonly parameter: string
  /** Type of the resources that refer. */
  readonly from: string
  readonly paths: readonly CriterionPath[]
  readonly criterion: Criterion
}

/** `and` of nothing is true, `or` of nothing is false; `not` has one. */
export interface GroupCriterion {
  readonly kind: 'group'
  readonly operator: 'and' | 'or' | 'not'
  readonly criteria: readonly Criterion[]
}

export type Criterion = SearchClause | ChainCriterion | HasCriterion | GroupCriterion

/** True for the criteria that look at the resource itself. */
export function isClause(criterion: Criterion): criterion is SearchClause {
  return 'values' in criterion
}
