/** Rows read back from the resources they became. */
import type { CompiledTable } from '../mapping/index.js'
import type { StoredResources } from './sink.js'

/**
 * The rows that stand in a resource, as their cells; none when it stands for no row of this table under this source. Lossy columns are ''.
 * itemsOnly: rows that have a resource of their own are left out.
 */
export async function storedRows(
  table: CompiledTable,
  stored: StoredResources,
  id: string,
  text: string,
  itemsOnly = false
): Promise<string[][]> {
  const rows: string[][] = []
  for (const { cells, as } of table.rowsIn(text, id, itemsOnly))
    rows.push(as === undefined ? cells : await whole(table, stored, as, text, cells))
  return rows
}

/** The row with the cells that stand in the resources beside the one that stands for it. */
async function whole(table: CompiledTable, stored: StoredResources, as: string, text: string, cells: string[]): Promise<string[]> {
  const beside = table.resourcesOf(cells).filter((resource) => !table.homes.some((home) => home.as === resource.as))
  if (beside.length === 0) return cells
  const texts = new Map([[as, text]])
  for (const { as: other, type, id } of beside) {
    const found = await stored.read(type, id)
    if (found !== undefined) texts.set(other, found)
  }
  return table.invert(texts)
}

/** The types of the resources in which rows of a table stand. */
export function homeTypes(table: CompiledTable, itemsOnly = false): Set<string> {
  return new Set(table.homes.filter(({ item }) => item || !itemsOnly).map(({ type }) => type))
}
