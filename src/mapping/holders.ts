/** What the cells of a row stand in: resources of its table, and items of merges, known by number. */
import { alternatives, isOwned, type MergeModel, type ResourceModel, standingMerges, type TableModel } from './model.js'

/** The holder of the items that a merge adds to other resources. */
export function itemHolder(table: TableModel, merge: MergeModel): number {
  return table.resources.length + table.merges.indexOf(merge)
}

/** Whether rows stand in a resource that they share: then its key columns stand in it for all of them. */
export function isSharedHome(resource: ResourceModel, table: TableModel): boolean {
  return !isOwned(resource, table) && standingMerges(table).some((merge) => merge.into.space === resource.as)
}

/** What a row that stands in a resource is read from: that resource, and those that are made beside it. */
export function holdersOf(resource: ResourceModel, table: TableModel): Set<number> {
  const leads = alternatives(table)
  const beside = table.resources.flatMap((one, index) => (isOwned(one, table) && !leads.includes(one) ? [index] : []))
  return new Set([table.resources.indexOf(resource), ...beside])
}
