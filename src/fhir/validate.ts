/** Structural validation against base R4. CONTRACT. */

export interface ValidationIssue {
  /** FHIRPath of the element: `Observation.component[1].code`. */
  readonly expression: string
  readonly reason: string
}

/**
 * Checks a parsed resource: known members only, JSON types, cardinality, primitive regexes, choice elements given once, required bindings to enumerable
 * code lists, reference target types of literal references, no empty objects, arrays or strings, contained resources. Stops after 20 issues.
 * Fast enough to be on for every write and bulk load (a few microseconds for a lab Observation).
 */
export declare function validateResource(resource: unknown): ValidationIssue[]
