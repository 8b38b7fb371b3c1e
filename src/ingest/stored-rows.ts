/** Rows read back from the resources they became. */
import type { CompiledTable } from '../mapping/index.js'
import type { StoredResources } from './sink.js'

/**
 * The cells of the row that a resource stands for; undefined when it stands for no row of this table under this source. Lossy columns are ''.
 * text: the first resource of the row.
 */
export async function storedRow(table: CompiledTable, stored: StoredResources, id: string, text: string): Promise<string[] | undefined> {
  const cells = table.keyFrom(text, id)
  if (cells === undefined || table.first === undefined) return undefined
  const others = table.resourcesOf(cells).filter((resource) => resource.id !== id || resource.as !== table.first?.as)
  if (others.length === 0) return cells
  const texts = new Map([[table.first.as, text]])
  for (const { as, type, id: other } of others) {
    const found = await stored.read(type, other)
    if (found !== undefined) texts.set(as, found)
  }
  return table.invert(texts)
}
