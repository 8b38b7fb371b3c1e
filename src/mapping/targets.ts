/** Merges whose items stand for rows: which resource they go into, and how a row finds out that it is there. */
import { alternatives, type JoinModel, type MergeModel, type Pack, type ResourceModel, type TableColumn, type TableModel } from './model.js'

/** The table and resource behind an id space: where its rows' own resources live, or the resource that the rows of this table share. */
export interface Target {
  readonly table: TableModel
  readonly resource: ResourceModel
}

/** What a merge goes into: a resource that the same rows make, else the one that stands for the rows of another table. */
export function targetOf(merge: MergeModel, table: TableModel, tables: Pack['tables']): Target | undefined {
  const { space } = merge.into
  const own = table.resources.find((resource) => resource.as === space)
  if (own !== undefined) return { table, resource: own }
  for (const other of tables.values()) {
    const [only, ...more] = alternatives(other)
    if (only?.as === space && more.length === 0) return { table: other, resource: only }
  }
  return undefined
}

/** Tables whose rows stand in the resources of other tables' rows get a hidden join for each: empty where that row is not there. */
export function withTargets(tables: Pack['tables']): Map<string, TableModel> {
  return new Map([...tables].map(([name, table]) => [name, table.merges.some(needsTarget(table)) ? withJoins(table, tables) : table]))
}

function needsTarget(table: TableModel): (merge: MergeModel) => boolean {
  return (merge) => merge.standsForRow && !table.resources.some((resource) => resource.as === merge.into.space)
}

function withJoins(table: TableModel, tables: Pack['tables']): TableModel {
  const columns: TableColumn[] = [...table.columns]
  const joins: JoinModel[] = [...table.joins]
  const merges = table.merges.map((merge): MergeModel => {
    const target = needsTarget(table)(merge) ? targetOf(merge, table, tables) : undefined
    const key = target?.table.columns[target.table.key[0] ?? -1]
    if (target === undefined || key === undefined) return merge
    const name = `row of ${target.table.table}`
    let there = columns.findIndex((column) => column.name === name)
    if (there < 0) {
      there = columns.push({ ...key, name, required: false, optional: true, lossy: undefined, derived: undefined }) - 1
      joins.push({ name, from: target.table.table, key: merge.into.key, get: key.name })
    }
    return { ...merge, there }
  })
  return { ...table, columns, joins, merges }
}
