/** What a compiled mapping offers to ingest/, commands/ and ui/. */

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
  /** Id space: which of the table's resources it is. */
  readonly as: string
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

/**
 * Receives what is counted on the way, once per row: a value without a row in its code map, an end before its start (`outtime`, `before intime`), a local
 * time that a zone's clock showed twice or never (column `timezone`).
 */
export type UnmappedSink = (column: string, value: string) => void

/** slot -> JSON fragments, in order (mergeContributions makes them). */
export type MergedValues = ReadonlyMap<string, readonly string[]>

export interface CompiledTable {
  readonly table: string
  readonly disposition: 'mapped' | 'dictionary' | 'unmapped'
  /** Why, for unmapped tables. */
  readonly reason: string | undefined
  /** In the order apply() wants the cells. */
  readonly columns: readonly Column[]
  /** Indexes of the key columns. */
  readonly key: readonly number[]
  /** The resource that stands for a row: the first of the table file. */
  readonly first: { readonly as: string; readonly type: string } | undefined
  /** Id spaces of this table whose resources several rows may give alike: their key does not hold the key of the table. */
  readonly shared: ReadonlySet<string>
  /** Tables whose rows contribute to this table's resources. Contributions must be complete before apply() is called. */
  readonly mergedFrom: readonly string[]
  /** Tables whose resources this table's rows contribute to. */
  readonly mergesInto: readonly string[]
  /** True when rows of this table contribute to other rows' resources. */
  readonly contributes: boolean
  /** Dictionary tables that must be loaded (setDictionary) before apply(). */
  readonly dictionaries: readonly string[]
  /**
   * Maps one row. cells: one per column, '' when empty. merged: the contributions to this row's resources (from targetIds) or undefined.
   * Returns the resources (the first stands for the row; none when the row only contributes: it counts as merged), or the rejection.
   */
  apply(cells: readonly string[], merged: MergedValues | undefined, unmapped: UnmappedSink): MappedResource[] | Rejection
  /** Ids of the row's resources that others contribute to (empty when mergedFrom is empty). */
  targetIds(cells: readonly string[]): string[]
  /** Contributions of one row; [] or a rejection like apply's. */
  contribute(cells: readonly string[]): Contribution[] | Rejection
  /** The resources a row has, as far as their keys are filled (a resource under a condition may be missing in the store). */
  resourcesOf(cells: readonly string[]): Array<{ readonly as: string; readonly type: string; readonly id: string }>
  /** The cells that can be read from the first resource, when it stands for a row of this table (its id is made from its key); else undefined. */
  keyFrom(text: string, id: string): string[] | undefined
  /** The way back: cells of the row (lossy columns '') from the JSON texts of its resources by id space. */
  invert(resources: ReadonlyMap<string, string>): string[]
}

export interface CompiledPack {
  readonly name: string
  readonly public: boolean
  readonly defaultSource: string | undefined
  readonly tables: ReadonlyMap<string, CompiledTable>
  /** Table names, dictionaries first. */
  readonly order: readonly string[]
  /** Fills a dictionary (cells in the order of the table's columns). Returns the rows refused, with their index. */
  setDictionary(table: string, rows: readonly (readonly string[])[]): Array<Rejection & { readonly index: number }>
  /** A CodeSystem for each dictionary that was filled. */
  dictionaryResources(): MappedResource[]
  /** The id of a dictionary's CodeSystem. */
  dictionaryId(table: string): string | undefined
  /** Rows of a dictionary from its CodeSystem. */
  invertDictionary(table: string, text: string): string[][]
}
