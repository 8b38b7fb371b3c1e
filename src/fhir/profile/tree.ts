/** The snapshot of a profile as a tree: each element with its children and its slices. */
import type { ElementRow, Structure } from './structures.js'

export interface Node {
  /** Last part of the path: `coding`, `value[x]`; the type itself at the top. */
  readonly name: string
  readonly row: ElementRow
  readonly children: ReadonlyMap<string, Node>
  /** By name of the slice. */
  readonly slices: ReadonlyMap<string, Node>
}

interface GrowingNode extends Node {
  readonly children: Map<string, GrowingNode>
  readonly slices: Map<string, GrowingNode>
}

const trees = new Map<Structure, Node>()

/** The trees are made again: a structure may have changed. */
export function forgetTrees(): void {
  trees.clear()
}

/** The tree of a structure, made once. Throws Error for a snapshot whose element ids are not those R4 asks for (elementdefinition.html#id). */
export function treeOf(structure: Structure): Node {
  let tree = trees.get(structure)
  if (tree === undefined) {
    tree = grow(structure)
    trees.set(structure, tree)
  }
  return tree
}

function grow({ url, type, fault, snapshot }: Structure): Node {
  if (fault !== undefined) throw new Error(fault)
  const [first, ...rows] = snapshot.element
  if (first?.id !== type) throw new Error(`${url}: the first element is not ${type}`)
  const root = nodeOf(type, first)
  const byId = new Map([[type, root]])
  for (const row of rows) {
    const { id } = row
    const dot = id.lastIndexOf('.')
    const colon = id.indexOf(':', dot)
    const parent = byId.get(id.slice(0, dot))
    if (parent === undefined) throw new Error(`${url}: the element ${id} stands before the one it belongs to`)
    const name = id.slice(dot + 1, colon === -1 ? undefined : colon)
    const node = nodeOf(name, row)
    // `a/b` is a slice of the slice a (R4 profiling.html#reslicing).
    const sliced = colon === -1 ? undefined : (byId.get(id.slice(0, Math.max(id.lastIndexOf('/'), colon))) ?? byId.get(id.slice(0, colon)))
    // Some profiles of R4 give an element that is not sliced the name of a slice.
    if (sliced === undefined) parent.children.set(name, node)
    else sliced.slices.set(id.slice(colon + 1), node)
    byId.set(id, node)
  }
  return root
}

function nodeOf(name: string, row: ElementRow): GrowingNode {
  return { name, row, children: new Map(), slices: new Map() }
}
