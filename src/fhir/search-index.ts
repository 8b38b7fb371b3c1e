/**
 * What a resource is found by: index entries, filled by accessors compiled from the R4 SearchParameter definitions.
 * CONTRACT: the store implements IndexSink and calls indexResource; it never looks at a resource itself.
 *
 * Indexed are *paths*, not parameters: each union branch of a parameter's expression, per resource type, is one path
 * (`Observation.code`), indexed once however many parameters (code, combo-code) use it. A parameter is a list of paths.
 */

export type IndexKind = 'token' | 'string' | 'reference' | 'date' | 'number' | 'quantity' | 'uri'

export interface IndexPath {
  /** Position in indexPaths(): the number given to the sink. Not stable between releases: the store keeps `name`. */
  readonly number: number
  readonly kind: IndexKind
  /** Stable name, unique per kind: `Observation.code`. */
  readonly name: string
}

export interface IndexSink {
  /** system '' when the source gives none (for code, boolean and string sources too; their implicit system is not indexed). */
  token(path: number, system: string, code: string): void
  /** folded: see fold(); exact: the text as it stands. */
  string(path: number, folded: string, exact: string): void
  /** A literal reference. type and id of the target; for an absolute URL that is not ours or a canonical: type '' and the URL in id. */
  reference(path: number, type: string, id: string): void
  /** Range covered, milliseconds since 1970 UTC, from inclusive, to exclusive; open ends are -Infinity / Infinity. */
  date(path: number, from: number, to: number): void
  number(path: number, value: number): void
  quantity(path: number, value: number, system: string, code: string, unit: string): void
  uri(path: number, value: string): void
  /** The resource belongs to the compartment of this Patient (id). */
  patient(id: string): void
}

export declare function indexPaths(): readonly IndexPath[]
/** Gives every index entry of a parsed resource to the sink. Duplicates are possible. Never throws on odd content: what cannot be read is not indexed. */
export declare function indexResource(resource: { resourceType: string }, sink: IndexSink): void
/** Search folding: NFKD, combining marks removed, lower case, white space collapsed. */
export declare function fold(text: string): string
