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

const trees = new Map<string, Node>()

/** The tree of a structure, made once. Throws Error for a snapshot whose element ids are not those R4 asks for (elementdefinition.html#id). */
export function treeOf(structure: Structure): Node {
  let tree = trees.get(structure.url)
  if (tree === undefined) {
    tree = grow(structure)
    trees.set(structure.url, tree)
  }
  return tree
}

function grow({ url, type, snapshot }: Structure): Node {
  const root: GrowingNode = { name: type, row: { id: type }, children: new Map(), slices: new Map() }
  let top: GrowingNode = root
  for (const row of snapshot.element) {
    const [first, ...steps] = row.id.split('.')
    if (first !== type) throw new Error(`${url}: the element ${row.id} does not begin with ${type}`)
    if (steps.length === 0) {
      top = { ...root, row }
      continue
    }
    const last = steps.pop() as string
    let parent = top
    for (const step of steps) parent = child(parent, step) ?? unknown(url, row)
    const [name = '', slice] = cut(last)
    const node: GrowingNode = { name, row, children: new Map(), slices: new Map() }
    if (slice === undefined) parent.children.set(name, node)
    else (parent.children.get(name) ?? unknown(url, row)).slices.set(slice, node)
  }
  return top
}

/** `category:VSCat` -> category, VSCat */
function cut(step: string): [string, string?] {
  const at = step.indexOf(':')
  return at === -1 ? [step] : [step.slice(0, at), step.slice(at + 1)]
}

function child(parent: GrowingNode, step: string): GrowingNode | undefined {
  const [name, slice] = cut(step)
  const node = parent.children.get(name)
  return slice === undefined ? node : node?.slices.get(slice)
}

function unknown(url: string, { id }: ElementRow): never {
  throw new Error(`${url}: the element ${id} stands before the one it belongs to`)
}
