/** What a compiled mapping offers to ingest/, commands/ and ui/. CONTRACT. */

export type ColumnType = 'integer' | 'decimal' | 'text' | 'date' | 'midnight' | 'timestamp' | 'flag'

export interface Column {
  /** Lower case. */
  readonly name: string
  readonly type: ColumnType
  /** An empty cell rejects the row. */
  readonly required: boolean
  /** The column may be missing from a file. */
  readonly optional: boolean
  /** Why the way back does not give this column, when it does not. */
  readonly lossy: string | undefined
}

/** A resource made from a row: text is JSON with id, without meta.versionId and meta.lastUpdated. */
export interface MappedResource {
  readonly type: string
  readonly id: string
  readonly text: string
}

export interface Rejection {
  /** Column name, or undefined when the row as a whole is at fault. */
  readonly column: string | undefined
  /** Short stable name of the rule: `integer`, `timestamp`, `required`, `decimal` ... */
  readonly rule: string
  readonly message: string
}

/** What a row gives to another row's resource. All strings, so that it can be spilled and sent between threads. */
export interface Contribution {
  /** Id of the resource it goes into. */
  readonly target: string
  /** Which merge block and slot: names the place in the target. */
  readonly slot: string
  /** Sort key, JSON array text compared by compareKeys. */
  readonly order: string
  /** JSON fragment. */
  readonly value: string
}

/** Receives what is counted on the way: a value without a row in its code map. */
export type UnmappedSink = (column: string, value: string) => void

export interface CompiledTable {
  readonly table: string
  readonly disposition: 'mapped' | 'dictionary' | 'unmapped'
  /** Why, for unmapped tables. */
  readonly reason: string | undefined
  /** In the order apply() wants the cells. */
  readonly columns: readonly Column[]
  /** Tables whose rows contribute to this table's resources. Contributions must be complete before apply() is called. */
  readonly mergedFrom: readonly string[]
  /** True when rows of this table contribute to other tables' resources. */
  readonly contributes: boolean
  /** Dictionary tables that must be loaded (setDictionary) before apply(). */
  readonly dictionaries: readonly string[]
  /**
   * Maps one row. cells: one per column, '' when empty. merged: the contributions to this row's resources (from targetIds) or undefined.
   * Returns the resources, or the rejection. A mapped table whose row makes no resource of its own but only contributes counts as merged.
   */
  apply(cells: readonly string[], merged: MergedValues | undefined, unmapped: UnmappedSink): MappedResource[] | Rejection
  /** Ids of the row's resources that others contribute to (empty when mergedFrom is empty). */
  targetIds(cells: readonly string[]): string[]
  /** Contributions of one row; [] or a rejection like apply's. */
  contribute(cells: readonly string[]): Contribution[] | Rejection
  /**
   * The way back: cells of the row (lossy columns '') from the resources of one row; parsed JSON with numbers as source text is not needed: each resource
   * is given as its JSON text. resources[0] is the first resource of the table file. Throws mapping.check when a resource is missing.
   */
  invert(resources: ReadonlyMap<string, string>): string[]
}

/** slot -> JSON fragments, in order. */
export type MergedValues = ReadonlyMap<string, readonly string[]>
