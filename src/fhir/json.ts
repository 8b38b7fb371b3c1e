/**
 * Lossless JSON: number text, key order and every character of a string survive.
 * CONTRACT: see docs/decisions (a body is kept as the text that came in, without white space outside strings).
 */

/** A value read losslessly. start/end are offsets into the text read (end exclusive). */
export type JsonNode =
  | { readonly kind: 'object'; readonly members: JsonMember[]; readonly start: number; readonly end: number }
  | { readonly kind: 'array'; readonly items: JsonNode[]; readonly start: number; readonly end: number }
  | { readonly kind: 'string'; readonly value: string; readonly start: number; readonly end: number }
  | { readonly kind: 'number'; readonly text: string; readonly start: number; readonly end: number }
  | { readonly kind: 'literal'; readonly value: true | false | null; readonly start: number; readonly end: number }

export interface JsonMember {
  readonly name: string
  readonly value: JsonNode
}

/** Reads JSON text; throws json.syntax (with line and column) and json.depth. Duplicate member names are json.syntax: one of the two would be lost. */
export declare function parseJson(text: string): JsonNode
/** Writes a node back; byte for byte what was read, less white space outside strings. */
export declare function stringifyJson(node: JsonNode): string
/** Removes white space outside strings (returns the same string when there is none). The text must be valid JSON. */
export declare function compactJson(text: string): string

/** A resource body split where the server writes: text = head + <versionId and lastUpdated> + tail. */
export interface SplitBody {
  readonly resourceType: string
  /** Body without meta.versionId and meta.lastUpdated, id set to the id given; meta removed when nothing is left in it: what contentHash is made of. */
  readonly content: string
  readonly head: string
  readonly tail: string
}

/**
 * Prepares a body for storing: compact, `id` set (after resourceType when it was missing, else in its place), client's meta.versionId and meta.lastUpdated
 * removed. `head + '"versionId":"1","lastUpdated":"2026-01-01T00:00:00.000Z"' + tail` is the stored text. A scanner, not a full parse: about 1 microsecond per kB.
 * The text must be valid JSON of an object (call JSON.parse or parseJson first).
 */
export declare function splitBody(text: string, id: string): SplitBody
/** The stored text of a version. lastUpdated in milliseconds; written as instant with milliseconds, UTC. */
export declare function joinBody(split: Pick<SplitBody, 'head' | 'tail'>, versionId: string, lastUpdated: number): string
