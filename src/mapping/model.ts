/** A mapping pack after parsing and checking: forms with resolved columns, maps and types. Plain data that threads can be given; compile.ts makes it run. */
import type { Place } from '../errors.js'
import type { CodeMap } from './codemap.js'
import type { Column } from './types.js'

/** Index into the columns of the table. */
export type ColumnIndex = number

/** What stands where a value goes. `type` is the FHIR type of the element. */
export type Form =
  /** JSON text as it will stand in the resource. */
  | { readonly kind: 'literal'; readonly json: string }
  /** A URI below the source: `urn:x` + name -> `urn:x:name`. */
  | { readonly kind: 'source'; readonly name: string }
  | { readonly kind: 'column'; readonly column: ColumnIndex; readonly type: string }
  /** Text with columns in it; empty as soon as one of them is. Percent-encoded where the element is a uri. */
  | { readonly kind: 'template'; readonly parts: ReadonlyArray<string | ColumnIndex>; readonly type: string }
  | { readonly kind: 'object'; readonly members: readonly FormMember[] }
  | { readonly kind: 'array'; readonly items: readonly Form[] }
  /** Reference to a resource of an id space; identifier: the name below the source whose value is the first key. */
  | {
      readonly kind: 'reference'
      readonly space: string
      readonly key: readonly ColumnIndex[]
      readonly open: ReadonlySet<ColumnIndex>
      readonly identifier: string | undefined
      readonly display: Form | undefined
    }
  /** Through a code map. codings: several Codings spliced into an array. otherwise: what is used where the map has no row. */
  | {
      readonly kind: 'map'
      readonly map: CodeMap
      readonly from: readonly ColumnIndex[]
      readonly result: MapResult
      readonly quiet: boolean
      readonly otherwise: Form | undefined
    }
  | { readonly kind: 'date' | 'dateTime'; readonly column: ColumnIndex }
  | { readonly kind: 'period'; readonly start: ColumnIndex; readonly end: ColumnIndex }
  | {
      readonly kind: 'quantity' | 'range'
      readonly value: ColumnIndex
      readonly unit: ColumnIndex | string | undefined
      /** Stands as unit where the unit's cell is empty. */
      readonly unitElse: ColumnIndex | string | undefined
      readonly code: Form | undefined
      /** The element takes no comparator. */
      readonly simple: boolean
      /** `25,000` is a number too. */
      readonly thousands: boolean
    }
  | { readonly kind: 'icd9'; readonly column: ColumnIndex; readonly procedure: boolean }
  /** The number in a cell, written as a canonical decimal (`10.0` -> `10`). */
  | { readonly kind: 'number'; readonly column: ColumnIndex; readonly digits: number | undefined }
  /** A cell without blanks at its ends. */
  | { readonly kind: 'trim'; readonly column: ColumnIndex; readonly type: string }
  /** The UTF-8 bytes of the cell, in base64. */
  | { readonly kind: 'base64'; readonly column: ColumnIndex }
  | { readonly kind: 'if'; readonly condition: Condition; readonly whenTrue: Form; readonly otherwise: Form | undefined }
  | { readonly kind: 'first'; readonly items: readonly Form[] }
  | { readonly kind: 'lookup'; readonly table: string; readonly key: readonly ColumnIndex[]; readonly get: number; readonly type: string }

/** What a code map gives. codings: the standard ones, spliced into a list; standard: one standard Coding or nothing. */
export type MapResult = 'CodeableConcept' | 'Coding' | 'standard' | 'codings' | 'code'

export interface FormMember {
  readonly name: string
  readonly form: Form
  /** For `value[x]`: the first of these that is not empty stands; form is then not used. */
  readonly choice?: readonly FormMember[]
}

export type Condition =
  | { readonly kind: 'filled'; readonly column: ColumnIndex }
  | { readonly kind: 'all' | 'any'; readonly items: readonly Condition[] }
  | { readonly kind: 'not'; readonly item: Condition }
  | { readonly kind: 'equals'; readonly column: ColumnIndex; readonly values: readonly string[] }
  | { readonly kind: 'same'; readonly left: ColumnIndex; readonly right: ColumnIndex }
  /** Text order: right for dates and timestamps. */
  | { readonly kind: 'before'; readonly left: ColumnIndex; readonly right: ColumnIndex | string }
  /** The code map has a standard code for the cell. */
  | { readonly kind: 'mapped'; readonly map: CodeMap; readonly column: ColumnIndex }
  /** The cell is a number, with or without comparator: what `quantity` takes. */
  | { readonly kind: 'numeric'; readonly column: ColumnIndex }

export interface ResourceModel {
  readonly as: string
  readonly type: string
  readonly key: readonly ColumnIndex[]
  /** Columns of the key that may be empty. */
  readonly open: ReadonlySet<ColumnIndex>
  readonly when: Condition | undefined
  /** Members after resourceType and id, in order; meta first when there is one. */
  readonly members: readonly FormMember[]
  readonly place: Place
}

export interface MergeModel {
  readonly into: { readonly space: string; readonly key: readonly ColumnIndex[]; readonly open: ReadonlySet<ColumnIndex> }
  readonly when: Condition | undefined
  /** latest, first: the highest or lowest sort key wins per slot; collect: every row adds its items, in order. */
  readonly mode: 'latest' | 'first' | 'collect'
  /** The item (the only slot) stands for the row, which comes back from it. */
  readonly standsForRow: boolean
  /** Column of the hidden join that tells whether the resource it goes into is there; undefined where the row makes that resource itself. */
  readonly there: ColumnIndex | undefined
  readonly order: readonly ColumnIndex[]
  readonly slots: readonly SlotModel[]
  readonly place: Place
}

export interface SlotModel {
  /** Unique in the pack: `latest:patient:admissions.0:maritalStatus.0`. */
  readonly name: string
  readonly member: string
  /** The slot adds an item to the member's array instead of giving the member itself. */
  readonly item: boolean
  readonly form: Form
  /** Items are told apart by this column. */
  readonly part: ColumnIndex | undefined
  /** What stands in, in this order, for parts that no row gives. */
  readonly missing: readonly FormMember[]
}

export interface TableColumn extends Column {
  /** The expected text of the cell, from other cells; deviations are kept in a source-cell extension. */
  readonly derived: Form | undefined
  readonly place: Place
}

/** Text made from the row's own cells. Stands behind the columns of the file. */
export interface ComputedModel {
  readonly name: string
  readonly form: Form
}

/** A column of another table's row, found by that table's key. Stands behind the computed ones. */
export interface JoinModel {
  readonly name: string
  readonly from: string
  readonly key: readonly ColumnIndex[]
  readonly get: string
}

export interface DictionaryModel {
  readonly codeSystem: string
  /** fragment: other tables have codes that the dictionary lacks. */
  readonly content: 'complete' | 'fragment'
  readonly code: ColumnIndex
  readonly display: ColumnIndex
  readonly properties: readonly ColumnIndex[]
}

export interface TableModel {
  readonly table: string
  readonly file: string
  /** The columns of the file, then the computed ones, then one for each join. */
  readonly columns: readonly TableColumn[]
  readonly computed: readonly ComputedModel[]
  readonly joins: readonly JoinModel[]
  readonly key: readonly ColumnIndex[]
  /** One of them stands for the row (see alternatives). */
  readonly resources: readonly ResourceModel[]
  readonly merges: readonly MergeModel[]
  readonly dictionary: DictionaryModel | undefined
  /** Reason why the rows are only counted. */
  readonly unmapped: string | undefined
}

export interface Pack {
  readonly name: string
  readonly title: string
  /** Ids are plain hashes instead of keyed ones. */
  readonly public: boolean
  /** `-05:00` or an IANA zone name. */
  readonly timezone: string
  readonly canonical: string
  readonly defaultSource: string | undefined
  readonly tables: ReadonlyMap<string, TableModel>
  /** Id space -> the resource type that lives there. */
  readonly spaces: ReadonlyMap<string, string>
}

/** The types of URIs; what stands in them is percent-encoded. */
export const URI_TYPES: ReadonlySet<string> = new Set(['uri', 'url', 'canonical'])

/** A fault found while loading a pack. */
export interface Problem {
  readonly place: Place
  readonly message: string
}

/** How many columns the file itself has. */
export function fileColumns(table: TableModel): number {
  return ownColumns(table) - table.computed.length
}

/** How many columns a row has without joined ones. */
export function ownColumns(table: TableModel): number {
  return table.columns.length - table.joins.length
}

/** What the rows of all tables add to the resources of an id space. */
export function slotsInto(pack: Pick<Pack, 'tables'>, space: string): SlotModel[] {
  return [...pack.tables.values()].flatMap((table) =>
    table.merges.filter((merge) => merge.into.space === space).flatMap((merge) => merge.slots)
  )
}

/** Whether a resource belongs to one row alone (its key holds the whole key of the table), so that the row can be read back from it. */
export function isOwned(resource: ResourceModel, table: TableModel): boolean {
  return table.key.every((column) => resource.key.includes(column))
}

/**
 * The resources of which one stands for a row, the first whose condition holds: a row's own ones from the top of the file to the first that is made in
 * every other case. The resources behind it are made beside it.
 */
export function alternatives(table: TableModel): ResourceModel[] {
  const owned = table.resources.filter((resource) => isOwned(resource, table))
  const standing = standingMerges(table).map(({ when }) => when)
  const end = owned.findIndex(({ when }, index) => isRest(when, [...owned.slice(0, index).map((one) => one.when), ...standing]))
  return end < 0 ? owned : owned.slice(0, end + 1)
}

/** The merges whose items stand for rows that have no resource of their own. */
export function standingMerges(table: TableModel): MergeModel[] {
  return table.merges.filter((merge) => merge.standsForRow)
}

/** Whether a condition holds in every case in which none of the others does. */
export function isRest(condition: Condition | undefined, others: ReadonlyArray<Condition | undefined>): boolean {
  if (condition === undefined) return true
  if (condition.kind !== 'not') return false
  const known = new Set(others.map((other) => JSON.stringify(other)))
  const { item } = condition
  return known.has(JSON.stringify(item)) || (item.kind === 'any' && item.items.every((one) => known.has(JSON.stringify(one))))
}
