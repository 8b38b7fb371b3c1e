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
  /** What may stand for a row: one of several resources of its own, or an item in another resource. Empty where rows only give to others. */
  readonly homes: ReadonlyArray<{ readonly as: string; readonly type: string; readonly item: boolean }>
  /** Id spaces of this table whose resources several rows may give alike: their key does not hold the key of the table. */
  readonly shared: ReadonlySet<string>
  /** Tables whose rows contribute to this table's resources. Contributions must be complete before apply() is called. */
  readonly mergedFrom: readonly string[]
  /** Tables whose resources this table's rows contribute to. */
  readonly mergesInto: readonly string[]
  /** True when rows of this table contribute to other rows' resources. */
  readonly contributes: boolean
  /** True when also rows that have a resource of their own do. */
  readonly homesContribute: boolean
  /** Dictionary tables that must be loaded (setDictionary) before apply(). */
  readonly dictionaries: readonly string[]
  /**
   * Maps one row. cells: one per column, '' when empty. merged: the contributions to this row's resources (from targetIds) or undefined.
   * Returns the resources, the one that stands for the row first (see isMerged), or the rejection.
   */
  apply(cells: readonly string[], merged: MergedValues | undefined, unmapped: UnmappedSink): MappedResource[] | Rejection
  /** Ids of the row's resources that others contribute to (empty when mergedFrom is empty). */
  targetIds(cells: readonly string[]): string[]
  /** Contributions of one row; [] or a rejection like apply's. */
  contribute(cells: readonly string[]): Contribution[] | Rejection
  /** The resources a row has, as far as their keys are filled (a resource under a condition may be missing in the store). */
  resourcesOf(cells: readonly string[]): Array<{ readonly as: string; readonly type: string; readonly id: string }>
  /** The same of those that other rows may give alike (`shared`). key: what the id is made from, which costs more; the same for the same id in all tables. */
  sharedOf(cells: readonly string[]): Array<{ readonly as: string; readonly type: string; readonly key: string; readonly id: () => string }>
  /** The key of the row as text: rows of the table that have the same one are taken for the same row. */
  keyOf(cells: readonly string[]): string
  /** Whether nothing of its own stands for a row that was mapped: it only gives to other resources, or is an item of one. */
  isMerged(made: readonly MappedResource[]): boolean
  /** What tells a row from the others of its table: the id of the resource that stands for it, else its key. */
  rowName(cells: readonly string[]): string
  /**
   * The rows that stand in a resource (its id is made from their key), with the cells that can be read from it alone; none when it is none of this table's.
   * itemsOnly: rows with a resource of their own are left out. as: the id space of the resource where it stands for the row; undefined where the row is an item of it, which holds all its cells.
   */
  rowsIn(text: string, id: string, itemsOnly?: boolean): Array<{ readonly cells: string[]; readonly as: string | undefined }>
  /** The way back: cells of the row (lossy columns '') from the JSON texts of the resource that stands for it and of those beside it, by id space. */
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
