/** What the coordinator and its workers say to each other. Everything is structured-clonable; bytes are transferred, not copied. */
import type { CompileOptions, Pack } from '../mapping/index.js'
import type { PlacedResource, StagedBatch } from '../service/contract.js'
import type { Block } from './blocks.js'
import type { BadRow, Layout } from './csv.js'
import type { Shard } from './shard.js'
import type { SortedFile } from './sorted-file.js'

/** Given to a worker when it starts. */
export interface WorkerSetup {
  readonly pack: Pack
  /** The secret arrives as plain bytes. */
  readonly compile: CompileOptions
  readonly sink: WorkerSinkSetup
  readonly shard: Shard | undefined
}

/** Where mapped resources go: into stages of a store, or as NDJSON text back to the coordinator. */
export type WorkerSinkSetup =
  | { readonly kind: 'store'; readonly worker: unknown }
  | { readonly kind: 'folder'; readonly validate: boolean }
  /** Nowhere: they are checked and told. */
  | { readonly kind: 'check' }

export interface TableBlock {
  readonly table: string
  readonly layout: Layout
  readonly block: Block
}

export type Task =
  | { readonly kind: 'dictionary'; readonly table: string; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'merged-values'; readonly file: SortedFile }
  /** all: the fingerprints of rows that give nothing are wanted too. */
  | ({ readonly kind: 'contribute'; readonly all: boolean } & TableBlock)
  /** named: the fingerprints of the rows are wanted. */
  | ({ readonly kind: 'rows'; readonly named: boolean } & TableBlock)
  /** What rows are called, without mapping them. */
  | ({ readonly kind: 'names' } & TableBlock)
  /** Rows that are known by their cells alone, in the order of the mapping's columns. */
  | { readonly kind: 'cells'; readonly table: string; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'stage'; readonly resources: readonly PlacedResource[] }
  | FhirTask

/** Parts of FHIR inputs. A Bundle is one document; NDJSON has a resource (or a Bundle) per line. */
export interface FhirInput {
  readonly format: 'ndjson' | 'document'
  readonly file: string
  readonly block: Block
}
export type FhirTask =
  | ({ readonly kind: 'fhir-scan' } & FhirInput)
  | ({ readonly kind: 'fhir-identifiers'; readonly wanted: readonly string[] } & FhirInput)
  | ({ readonly kind: 'fhir-load' } & FhirInput)
  /** For all workers, before fhir-load: fingerprints of the names given more than once, and what conditional references point to. */
  | { readonly kind: 'fhir-known'; readonly repeated: Uint32Array; readonly conditional: ReadonlyMap<string, string> }

export interface ContributeResult {
  /** Fingerprints of the rows that are not at fault, two numbers each. */
  readonly keys: Uint32Array<ArrayBuffer>
  /** Per such row: [target, slot, order, value] of what it gives. */
  readonly contributions: ReadonlyArray<ReadonlyArray<readonly [string, string, string, string]>>
}

/** What a worker made of resources. */
export type Output =
  /** Rows that are known by their cells alone, in the order of the mapping's columns. */
  | { readonly kind: 'cells'; readonly table: string; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'stage'; readonly batch: StagedBatch }
  | { readonly kind: 'ndjson'; readonly type: string; readonly resources: NdjsonBatch }
  | ({ readonly kind: 'checked' } & CheckedBatch)

/** A resource that was checked and not kept. */
export interface CheckedResource {
  readonly type: string
  readonly id: string
  /** Fingerprint of its text. */
  readonly content: number
  readonly origin: number
}

/** A resource that others refer to. */
export interface NamedReference {
  /** `Type/id`. */
  readonly target: string
  readonly count: number
  /** Where the first reference stands: `Observation/1 Observation.subject`. */
  readonly from: string
}

export interface CheckedBatch {
  readonly resources: readonly CheckedResource[]
  /** Each target once. */
  readonly references: readonly NamedReference[]
}

/** Resources of one type as NDJSON, with what is needed to find repeats. */
export interface NdjsonBatch {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** End offset of each line in bytes. */
  readonly ends: Uint32Array<ArrayBuffer>
  /** Fingerprints of "Type/id", two numbers per line. */
  readonly names: Uint32Array<ArrayBuffer>
  readonly origins: Float64Array<ArrayBuffer>
}

export interface RowsResult {
  readonly rows: number
  readonly mapped: number
  readonly merged: number
  readonly unmapped: number
  readonly rejected: readonly BadRow[]
  /** Lines of the merged rows that made resources which other rows may give as well. */
  readonly mergedLines: readonly number[]
  /** "column=value" and how often. */
  readonly unmappedValues: ReadonlyArray<readonly [string, number]>
  readonly outputs: readonly Output[]
  /** "Type/id" of the resources in the outputs that other rows may give as well; each once. */
  readonly shared: readonly string[]
  /** Fingerprints of the rows (printOf), two numbers each, where they were asked for. */
  readonly names: Uint32Array<ArrayBuffer>
}

export interface NamesResult {
  /** Fingerprints of the rows (printOf), two numbers each. */
  readonly names: Uint32Array<ArrayBuffer>
  /** "Type/id" of the resources that other rows may give as well; each once. */
  readonly shared: readonly string[]
}

export interface FhirScanResult {
  readonly survey: FhirSurvey
  /** Fingerprints of the names "Type/id" of the resources, two numbers each. */
  readonly names: Uint32Array<ArrayBuffer>
  /** Conditional references, each once. */
  readonly conditional: readonly string[]
}

/** What the lines of NDJSON, or a document, are. */
export interface FhirSurvey {
  /** Documents that are one resource. */
  readonly single: number
  readonly bundles: number
  /** Documents that are no JSON. */
  readonly unreadable: number
  /** Resources, those in Bundles too, that bring no id of their own. */
  readonly withoutId: number
}

export interface FhirLoadResult {
  readonly resources: number
  /** Outcomes of searches among them: not loaded. */
  readonly outcomes: number
  readonly rejected: readonly BadRow[]
  readonly outputs: readonly Output[]
  /** Resources given more than once in the load, not staged yet. */
  readonly deferred: readonly PlacedResource[]
  /** References that were kept as they are because what they ask for is not there exactly once. */
  readonly unresolved: ReadonlyArray<readonly [string, number]>
}

/** Answers by kind of task. */
export interface Results {
  readonly dictionary: undefined
  readonly 'merged-values': undefined
  readonly contribute: ContributeResult
  /** With the block, in case rows must be shown. */
  readonly rows: RowsResult & { readonly block: Block }
  readonly names: NamesResult
  readonly cells: RowsResult
  readonly stage: {
    readonly outputs: readonly Output[]
    readonly rejected: ReadonlyArray<{ readonly origin: number; readonly message: string }>
  }
  readonly 'fhir-scan': FhirScanResult
  /** Pairs of wanted query and "Type/id". */
  readonly 'fhir-identifiers': ReadonlyArray<readonly [string, string]>
  readonly 'fhir-load': FhirLoadResult
  readonly 'fhir-known': undefined
}
