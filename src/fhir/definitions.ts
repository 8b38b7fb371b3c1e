/**
 * The R4 (4.0.1) type definitions in compact form, read once from profiles/r4/definitions.json.
 * CONTRACT: signatures used by mapping/, service/ and http/.
 */

/** One element of a type, as its StructureDefinition snapshot has it. */
export interface ElementDefinition {
  /** Last part of the path: `status`, `value[x]`. */
  readonly name: string
  /** Full path: `Observation.component.value[x]`. */
  readonly path: string
  /** Type codes. A backbone element (or contentReference) has one type: the path of the backbone, e.g. `Observation.component`. */
  readonly types: readonly string[]
  readonly min: number
  /** Infinity for `*`. */
  readonly max: number
  /** Resource types a Reference may point to; empty means any. */
  readonly targets: readonly string[]
  readonly binding?: { readonly strength: 'required' | 'extensible' | 'preferred' | 'example'; readonly valueSet: string }
  readonly summary: boolean
}

/** A JSON member name with the element and the concrete type it stands for: `valueQuantity` -> value[x], Quantity. */
export interface Member {
  readonly element: ElementDefinition
  readonly type: string
}

export interface TypeDefinition {
  readonly name: string
  readonly kind: 'resource' | 'complex' | 'primitive' | 'backbone'
  readonly abstract: boolean
  /** All elements, inherited ones included, in the order of the specification. Empty for primitives. */
  readonly elements: readonly ElementDefinition[]
  /** By JSON member name, choice elements expanded. */
  readonly members: ReadonlyMap<string, Member>
  /** Lexical form of a primitive, anchored. */
  readonly pattern?: RegExp
  /** JSON form of a primitive. */
  readonly json?: 'string' | 'number' | 'boolean'
}

/** The definition of a resource type, data type or backbone path (`Observation.component`); undefined when there is none. */
export declare function typeDefinition(name: string): TypeDefinition | undefined
/** The names of the concrete resource types, sorted. */
export declare function resourceTypes(): readonly string[]
/** Codes of a value set that is enumerable from code systems R4 ships (required bindings); undefined when it is not. Version suffix `|4.0.1` is ignored. */
export declare function codesOf(valueSet: string): ReadonlySet<string> | undefined
