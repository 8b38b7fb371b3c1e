/** What the thread of terminology is asked, and the messages between it and the main thread. All structured-clonable. */
import type { ExpandOptions } from '../fhir/terminology/expand.js'
import type { LookupOptions } from '../fhir/terminology/lookup.js'
import type { CodeSystemResource, Coding, ConceptMapResource, ValueSetResource } from '../fhir/terminology/resources.js'
import type { TranslateOptions } from '../fhir/terminology/translate.js'
import type { CodeOptions } from '../fhir/terminology/validate-code.js'
import type { SentError } from '../sent-error.js'
import type { DefinitionType } from './definitions.js'

/** By its canonical, as a resource, or by the element that is bound to it (`[StructureDefinition URL]#[path]`). */
export type WhichValueSet = string | ValueSetResource | { readonly context: string }

/** Strings are canonicals: `url`, `url|version`, or `Type/id` for a resource of the store; objects are the resources themselves. */
export type TerminologyQuestion =
  | { readonly kind: 'expand'; readonly valueSet: WhichValueSet; readonly options: ExpandOptions }
  | {
      readonly kind: 'validate-in-value-set'
      readonly valueSet: WhichValueSet
      readonly codings: readonly Coding[]
      readonly options: CodeOptions
    }
  | {
      readonly kind: 'validate-in-code-system'
      readonly system: string | CodeSystemResource
      readonly codings: readonly Coding[]
      readonly options: CodeOptions
    }
  | { readonly kind: 'lookup'; readonly system: string; readonly code: string; readonly options: LookupOptions }
  | { readonly kind: 'subsumes'; readonly system: string; readonly codeA: string; readonly codeB: string }
  | {
      readonly kind: 'translate'
      /** Undefined: all that translate the code. */
      readonly map: string | ConceptMapResource | undefined
      /** Canonicals of the value sets that the maps are between, where it matters. */
      readonly source: string | undefined
      readonly target: string | undefined
      readonly options: TranslateOptions
    }

/** The resource type that a question is about: who may search it may ask. */
export const SUBJECTS: Readonly<Record<TerminologyQuestion['kind'], string>> = {
  expand: 'ValueSet',
  'validate-in-value-set': 'ValueSet',
  'validate-in-code-system': 'CodeSystem',
  lookup: 'CodeSystem',
  subsumes: 'CodeSystem',
  translate: 'ConceptMap'
}

/** Questions of the program itself, answered by a CodeSet. */
export type CodesQuestion =
  | { readonly kind: 'codes'; readonly valueSet: string }
  | { readonly kind: 'related'; readonly system: string; readonly code: string; readonly direction: 'above' | 'below' }

/** A definition that an answer rests on: the answer holds as long as the canonical stands for this key. Key undefined: it stands for nothing. */
export interface Used {
  readonly type: DefinitionType
  readonly canonical: string
  readonly key: string | undefined
}

export interface CodeSet {
  readonly systems: Readonly<Record<string, readonly string[]>>
  readonly used: readonly Used[]
}

/** body undefined: the one the thread has under this key already. */
export interface SentDefinition {
  readonly key: string
  readonly body: Uint8Array | undefined
}

export type Wanted =
  | { readonly kind: 'definition'; readonly type: DefinitionType; readonly canonical: string; readonly have: string | undefined }
  | { readonly kind: 'maps'; readonly system: string; readonly direction: 'source' | 'target' }

export type ToWorker =
  | { readonly call: number; readonly question: TerminologyQuestion | CodesQuestion }
  | { readonly ask: number; readonly answer: readonly SentDefinition[]; readonly error?: SentError }

export type FromWorker =
  | { readonly call: number; readonly value: unknown }
  | { readonly call: number; readonly error: SentError }
  | { readonly ask: number; readonly wanted: Wanted }
