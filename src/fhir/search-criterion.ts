/** What a search selects by, parsed and typed, ready for a store (R4 search.html). Structured-clonable: it goes to reader threads. */

import type { Step } from './search-expression.js'
import type { IndexKind } from './search-index.js'
import type { TextQuery } from './text-query.js'

/** po: overlaps (of _filter only). */
export type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap' | 'po'

/** One value of a parameter (values of one clause are ORed). */
export type SearchValue =
  /** system undefined: any system; '' : explicitly none (`|code`). code '' : any code of the system. anyCase: A to Z count as a to z in the code. */
  | { readonly kind: 'token'; readonly system: string | undefined; readonly code: string; readonly anyCase?: true }
  /**
   * Of `:in` and `:not-in`: canonical URL or reference of a ValueSet; local: the reference when the URL lies below the base of this server.
   * The service puts `codes` in its place.
   */
  | { readonly kind: 'valueSet'; readonly url: string; readonly local?: string }
  /** Any of these codes, each with its system: what a value set or a code with all that is below it comes down to. */
  | { readonly kind: 'codes'; readonly codes: ReadonlyArray<readonly [system: string, code: string]> }
  /** Of `:of-type`: an identifier's value and the coding of its type. */
  | { readonly kind: 'identifier'; readonly system: string; readonly code: string; readonly value: string }
  /** match: which part of the folded text; undefined: its start. */
  | { readonly kind: 'string'; readonly folded: string; readonly text: string; readonly match?: 'whole' | 'end' }
  /**
   * type '' when only an id was given; then every target type of the path is tried. For URLs: type '' and url.
   * base: the address under which the same resources may be referred to absolutely; types: which they may be, when only an id was given.
   */
  | {
      readonly kind: 'reference'
      readonly type: string
      readonly id: string
      readonly url?: string
      readonly base?: string
      readonly types?: readonly string[]
    }
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
  /** Of `near`: degrees and metres. */
  | { readonly kind: 'near'; readonly latitude: number; readonly longitude: number; readonly metres: number }

/** A path to look in; the number is that of indexPaths(). targets: only references to these types count (`where(resolve() is Patient)`). */
export interface CriterionPath {
  readonly path: number
  readonly targets?: readonly string[]
}

/** unequal (of _filter only): some value of the resource is another one. */
export type Modifier =
  | 'exact'
  | 'contains'
  | 'missing'
  | 'not'
  | 'text'
  | 'in'
  | 'not-in'
  | 'above'
  | 'below'
  | 'of-type'
  | 'identifier'
  | 'unequal'

/** A parameter that looks at the resource itself. */
export interface SearchClause {
  /** `code`, `_lastUpdated`. */
  readonly parameter: string
  /** id: token values, whose system is the type of a resource where one is meant (code '': any of that type); lastUpdated: date values; neither has paths. */
  readonly kind: IndexKind | 'id' | 'lastUpdated'
  /** ORed; of all the types searched. */
  readonly paths: readonly CriterionPath[]
  /** `in` and `not-in`, and `above` and `below` of tokens, are the service's: it leaves undefined or `not`, and values of kind codes. */
  readonly modifier: Modifier | undefined
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

/** One element of the resource meets all parts (`component-code-value-quantity=x$5`). */
export interface CompositeCriterion {
  readonly kind: 'composite'
  readonly parameter: string
  readonly type: string
  /** Where the elements are. */
  readonly steps: readonly Step[]
  /** ANDed. whole: the part is looked for in the resource, not in the element. */
  readonly parts: ReadonlyArray<{ readonly clause: SearchClause; readonly whole: boolean }>
}

/** The resource is in the compartment of one of these Patients, as the store keeps it. */
export interface CompartmentCriterion {
  readonly kind: 'compartment'
  /** Ids. */
  readonly patients: readonly string[]
  /** Not when it is in the compartment of several patients. */
  readonly alone?: boolean
}

/** The resource is of one of these types. */
export interface TypeCriterion {
  readonly kind: 'type'
  readonly types: readonly string[]
}

/** `_text` and `_content`: words in the narrative, or (whole) in all texts of the resource. */
export interface TextCriterion {
  readonly kind: 'text'
  readonly query: TextQuery
  readonly whole: boolean
}

/** `and` of nothing is true, `or` of nothing is false; `not` has one. */
export interface GroupCriterion {
  readonly kind: 'group'
  readonly operator: 'and' | 'or' | 'not'
  readonly criteria: readonly Criterion[]
}

export type Criterion =
  | SearchClause
  | ChainCriterion
  | HasCriterion
  | CompositeCriterion
  | CompartmentCriterion
  | TypeCriterion
  | TextCriterion
  | GroupCriterion

/** True for a single parameter that looks at the resource itself. */
export function isClause(criterion: Criterion): criterion is SearchClause {
  return 'values' in criterion
}

/** All clauses inside a criterion. */
export function clausesIn(criterion: Criterion): SearchClause[] {
  if (isClause(criterion)) return [criterion]
  switch (criterion.kind) {
    case 'chain':
      return criterion.to.flatMap((one) => clausesIn(one.criterion))
    case 'has':
      return clausesIn(criterion.criterion)
    case 'composite':
      return criterion.parts.map(({ clause }) => clause)
    case 'group':
      return criterion.criteria.flatMap(clausesIn)
    case 'compartment':
    case 'type':
    case 'text':
      return []
  }
}
