/** The parts of R4's terminology resources that this folder looks at, and where it gets them from. */
import type { CodeSystem } from './code-system.js'
import type { StructureResource } from './context.js'

export interface Coding {
  readonly system?: string
  readonly version?: string
  readonly code?: string
  readonly display?: string
}

export interface Designation {
  readonly language?: string
  readonly use?: Coding
  readonly value: string
}

export interface ConceptProperty {
  readonly code: string
  /** One of valueCode, valueCoding, valueString, valueInteger, valueBoolean, valueDateTime, valueDecimal. */
  readonly [value: string]: unknown
}

export interface ConceptRow {
  readonly code: string
  readonly display?: string
  readonly definition?: string
  readonly designation?: readonly Designation[]
  readonly property?: readonly ConceptProperty[]
  readonly concept?: readonly ConceptRow[]
}

export interface CodeSystemResource {
  readonly resourceType: 'CodeSystem'
  readonly url?: string
  readonly version?: string
  readonly name?: string
  readonly title?: string
  readonly language?: string
  readonly caseSensitive?: boolean
  readonly hierarchyMeaning?: string
  readonly content?: string
  readonly property?: ReadonlyArray<{ readonly code: string; readonly uri?: string; readonly type?: string }>
  readonly concept?: readonly ConceptRow[]
}

export interface ValueSetFilter {
  readonly property: string
  readonly op: string
  readonly value: string
}

export interface ValueSetInclude {
  readonly system?: string
  readonly version?: string
  readonly concept?: ReadonlyArray<{ readonly code: string; readonly display?: string; readonly designation?: readonly Designation[] }>
  readonly filter?: readonly ValueSetFilter[]
  readonly valueSet?: readonly string[]
}

export interface Contains {
  readonly system?: string
  readonly abstract?: boolean
  readonly inactive?: boolean
  readonly version?: string
  readonly code?: string
  readonly display?: string
  readonly designation?: readonly Designation[]
  readonly contains?: readonly Contains[]
}

export interface ValueSetResource {
  readonly resourceType: 'ValueSet'
  readonly url?: string
  readonly version?: string
  readonly name?: string
  readonly status?: string
  readonly compose?: {
    readonly inactive?: boolean
    readonly include?: readonly ValueSetInclude[]
    readonly exclude?: readonly ValueSetInclude[]
  }
  readonly expansion?: { readonly total?: number; readonly offset?: number; readonly contains?: readonly Contains[] }
  readonly [member: string]: unknown
}

export interface MapTarget {
  readonly code?: string
  readonly display?: string
  readonly equivalence?: string
  readonly dependsOn?: readonly MapElement[]
  readonly product?: readonly MapElement[]
}

export interface MapElement {
  readonly property: string
  readonly system?: string
  readonly value: string
  readonly display?: string
}

export interface MapGroup {
  readonly source?: string
  readonly sourceVersion?: string
  readonly target?: string
  readonly targetVersion?: string
  readonly element?: ReadonlyArray<{ readonly code?: string; readonly display?: string; readonly target?: readonly MapTarget[] }>
  readonly unmapped?: { readonly mode?: string; readonly code?: string; readonly display?: string; readonly url?: string }
}

export interface ConceptMapResource {
  readonly resourceType: 'ConceptMap'
  readonly url?: string
  readonly version?: string
  readonly sourceUri?: string
  readonly sourceCanonical?: string
  readonly targetUri?: string
  readonly targetCanonical?: string
  readonly group?: readonly MapGroup[]
}

/** Where definitions come from. A canonical is `url`, `url|version` or `Type/id`. Undefined: not known. */
export interface Source {
  codeSystem(canonical: string): Promise<CodeSystem | undefined>
  valueSet(canonical: string): Promise<ValueSetResource | undefined>
  conceptMap(canonical: string): Promise<ConceptMapResource | undefined>
  /** Only what is uploaded or ours: the definitions of R4 itself are in ../definitions.ts. */
  structure(canonical: string): Promise<StructureResource | undefined>
  /** The concept maps that translate from (or to) a code system. */
  mapsOf(system: string, direction: 'source' | 'target'): Promise<readonly ConceptMapResource[]>
}
