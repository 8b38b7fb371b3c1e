/** YAML text as a tree that knows where each value stands, so that every later complaint can name file, line and column. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node as YamlNode } from 'yaml'
import { fail, type Place } from '../errors.js'

export interface ScalarNode {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
  /** A number as it is written (`1.0`), else the same as String(value). */
  readonly text: string
  readonly place: Place
}
export interface Entry {
  readonly key: string
  readonly place: Place
  readonly value: Node
}
export interface MapNode {
  readonly kind: 'map'
  readonly entries: readonly Entry[]
  readonly place: Place
}
export interface SeqNode {
  readonly kind: 'seq'
  readonly items: readonly Node[]
  readonly place: Place
}
export type Node = ScalarNode | MapNode | SeqNode

/** Reads one YAML document. Throws mapping.syntax with the place of the first fault. */
export function readYaml(text: string, file: string): Node {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const error = document.errors[0]
  if (error !== undefined) throw fail('mapping.syntax', { reason: error.message }, { place: placeAt(file, lines, error.pos[0]) })
  const place = { file, line: 1, column: 1 }
  return document.contents === null ? { kind: 'map', entries: [], place } : convert(document.contents, file, lines)
}

function convert(node: YamlNode, file: string, lines: LineCounter): Node {
  const place = placeAt(file, lines, node.range?.[0] ?? 0)
  if (isAlias(node)) throw fail('mapping.syntax', { reason: 'YAML aliases are not used in mapping files' }, { place })
  if (isMap(node)) {
    const entries = node.items.map((pair) => {
      const keyNode = pair.key as YamlNode
      const keyPlace = placeAt(file, lines, keyNode.range?.[0] ?? 0)
      if (!isScalar(keyNode)) throw fail('mapping.syntax', { reason: 'a key must be plain text' }, { place: keyPlace })
      const value: Node =
        pair.value === null ? { kind: 'scalar', value: null, text: '', place: keyPlace } : convert(pair.value as YamlNode, file, lines)
      return { key: String(keyNode.value), place: keyPlace, value }
    })
    return { kind: 'map', entries, place }
  }
  if (isSeq(node)) return { kind: 'seq', items: node.items.map((item) => convert(item as YamlNode, file, lines)), place }
  if (isScalar(node)) {
    const value = node.value as string | number | boolean | null
    return { kind: 'scalar', value, text: typeof value === 'number' ? (node.source ?? String(value)) : String(value ?? ''), place }
  }
  throw fail('mapping.syntax', { reason: 'this YAML form is not used in mapping files' }, { place })
}

function placeAt(file: string, lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset)
  return { file, line, column: col }
}

/** The value of a key of a map node; undefined when the node is no map or has no such key. */
export function get(node: Node | undefined, key: string): Node | undefined {
  return node?.kind === 'map' ? node.entries.find((entry) => entry.key === key)?.value : undefined
}

/** The text of a scalar node; undefined for anything else. */
export function textOf(node: Node | undefined): string | undefined {
  return node?.kind === 'scalar' && node.value !== null ? node.text : undefined
}

/** The items of a sequence, or the node itself as the only item. */
export function listOf(node: Node | undefined): readonly Node[] {
  if (node === undefined) return []
  return node.kind === 'seq' ? node.items : [node]
}

/**
 * The table file of a pack laid over that of the pack it extends: columns and top-level settings are replaced one by one (null removes), resources with the
 * same `as` have their members replaced or, where both are lists, appended; other resources and merges are appended.
 */
export function overlay(parent: Node, child: Node): Node {
  return mergeMaps(parent, child, (key, old, over) => {
    if (key === 'columns') return mergeMaps(old, over, (_, __, column) => column)
    if (old.kind !== 'seq' || over.kind !== 'seq') return over
    return key === 'resources' ? overlayResources(old, over) : append(old, over)
  })
}

function overlayResources(parent: SeqNode, child: SeqNode): SeqNode {
  const same = (item: Node) => child.items.find((other) => textOf(get(other, 'as')) === textOf(get(item, 'as')))
  const merged = parent.items.map((item) => {
    const over = same(item)
    return over === undefined
      ? item
      : mergeMaps(item, over, (_, old, value) => (old.kind === 'seq' && value.kind === 'seq' ? append(old, value) : value))
  })
  const added = child.items.filter((item) => !parent.items.some((other) => textOf(get(other, 'as')) === textOf(get(item, 'as'))))
  return { kind: 'seq', items: [...merged, ...added], place: child.place }
}

function append(parent: SeqNode, child: SeqNode): SeqNode {
  return { kind: 'seq', items: [...parent.items, ...child.items], place: child.place }
}

function mergeMaps(parent: Node, child: Node, join: (key: string, old: Node, over: Node) => Node): Node {
  if (parent.kind !== 'map' || child.kind !== 'map') return child
  const entries = parent.entries.flatMap((entry) => {
    const over = child.entries.find((other) => other.key === entry.key)
    if (over === undefined) return [entry]
    return isNull(over.value) ? [] : [{ ...over, value: join(entry.key, entry.value, over.value) }]
  })
  const added = child.entries.filter((entry) => get(parent, entry.key) === undefined && !isNull(entry.value))
  return { kind: 'map', entries: [...entries, ...added], place: child.place }
}

function isNull(node: Node): boolean {
  return node.kind === 'scalar' && node.value === null
}
