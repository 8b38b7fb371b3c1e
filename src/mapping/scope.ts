/** What a mapping file may refer to, and how columns and conditions are read. Faults are collected. */
import type { CodeMap } from './codemap.js'
import type { Condition, Problem, TableColumn } from './model.js'
import { listOf, type Node, textOf } from './source.js'
import type { Column } from './types.js'

/** An id space: what lives there and what its keys are made of. */
export interface Space {
  readonly type: string
  /** Integers stand bare in keys, everything else is text: 10006 and "10006" are two keys. */
  readonly key: readonly KeyKind[]
}
export type KeyKind = 'integer' | 'text'

/** A table as others see it. */
export interface TableOutline {
  readonly columns: readonly TableColumn[]
  /** Names of the key columns. */
  readonly key: readonly string[]
  readonly isDictionary: boolean
}

/** What the builder may refer to. */
export interface Scope {
  readonly columns: readonly TableColumn[]
  readonly spaces: ReadonlyMap<string, Space>
  readonly tables: ReadonlyMap<string, TableOutline>
  readonly maps: ReadonlyMap<string, CodeMap>
  readonly systems: ReadonlyMap<string, string>
  readonly canonical: string
  readonly problems: Problem[]
}

/** The conditions of the language with the number of operands; undefined: a list of conditions, or one. */
export const CONDITIONS: ReadonlyMap<string, number | undefined> = new Map([
  ['all', undefined],
  ['any', undefined],
  ['not', undefined],
  ['equals', 2],
  ['same', 2],
  ['before', 2],
  ['mapped', 2],
  ['numeric', 1]
])

export function keyKind(column: Pick<Column, 'type'> | undefined): KeyKind {
  return column?.type === 'integer' ? 'integer' : 'text'
}

export class ScopeReader {
  protected readonly scope: Scope

  constructor(scope: Scope) {
    this.scope = scope
  }

  condition(node: Node, path: string): Condition {
    if (node.kind === 'seq') return { kind: 'any', items: node.items.map((item) => this.condition(item, path)) }
    if (node.kind === 'scalar') return { kind: 'filled', column: this.columnOf(node) }
    const [entry, ...others] = node.entries
    const pair = listOf(entry?.value)
    const operands = CONDITIONS.get(entry?.key ?? '')
    if (others.length > 0) this.problem(others[0], `${path}: a condition has one key; join several with all or any`)
    if (operands !== undefined && pair.length !== operands)
      this.problem(entry, `${path}: "${entry?.key}" takes ${operands === 1 ? 'one column' : 'a list of two'}`)
    switch (entry?.key) {
      case 'all':
      case 'any':
        return { kind: entry.key, items: pair.map((item) => this.condition(item, path)) }
      case 'not':
        return { kind: 'not', item: this.condition(entry.value, path) }
      case 'equals':
        return { kind: 'equals', column: this.columnOf(pair[0]), values: listOf(pair[1]).map((value) => textOf(value) ?? '') }
      case 'same':
        return { kind: 'same', left: this.columnOf(pair[0]), right: this.columnOf(pair[1]) }
      case 'before': {
        const right = textOf(pair[1]) ?? ''
        return { kind: 'before', left: this.columnOf(pair[0]), right: right.startsWith('$') ? this.columnOf(pair[1]) : right }
      }
      case 'numeric':
        return { kind: 'numeric', column: this.columnOf(entry.value) }
      case 'mapped': {
        const map = this.scope.maps.get(textOf(pair[0]) ?? '')
        if (map === undefined) this.problem(entry, `${path}: there is no code map "${textOf(pair[0])}"`)
        const column = this.columnOf(pair[1])
        return map === undefined ? { kind: 'filled', column } : { kind: 'mapped', map, column }
      }
      default:
        this.problem(node, `${path}: a condition is $column, [ ... ] (any), or one of ${[...CONDITIONS.keys()].join(', ')}`)
        return { kind: 'all', items: [] }
    }
  }

  columnsOf(node: Node | undefined): number[] {
    return listOf(node).map((item) => this.columnOf(item))
  }

  /** The columns of a key; `$column?` may be empty. */
  keyOf(node: Node | undefined): { readonly key: number[]; readonly open: ReadonlySet<number> } {
    const open = new Set<number>()
    const key = listOf(node).map((item) => {
      const text = textOf(item)
      if (item.kind !== 'scalar' || text?.startsWith('$') !== true || !text.endsWith('?')) return this.columnOf(item)
      const column = this.columnNamed(text.slice(1, -1), item)
      open.add(column)
      return column
    })
    return { key, open }
  }

  columnOf(node: Node | undefined): number {
    const text = textOf(node)
    if (node === undefined || text === undefined || !text.startsWith('$')) {
      this.problem(node, `a column is expected here, written $name${text === undefined ? '' : `, not "${text}"`}`)
      return -1
    }
    return this.columnNamed(text.slice(1), node)
  }

  columnNamed(name: string, node: Node): number {
    const index = this.scope.columns.findIndex((column) => column.name === name)
    if (index < 0) this.problem(node, `unknown column "${name}" (columns: ${this.scope.columns.map((column) => column.name).join(', ')})`)
    return index
  }

  /** Complains about keys of a map that mean nothing there. */
  onlyKeys(node: Node | undefined, known: ReadonlySet<string>, what: string): void {
    for (const entry of node?.kind === 'map' ? node.entries : []) {
      if (!known.has(entry.key)) this.problem(entry, `${what} has no setting "${entry.key}" (known: ${[...known].join(', ')})`)
    }
  }

  /** Complains where columns cannot be the key of an id space: another number of columns, or text for an integer. */
  keyFits(columns: readonly number[], space: string, where: Node, path: string): void {
    const wanted = this.scope.spaces.get(space)?.key
    if (wanted === undefined) return
    const given = columns.map((column) => keyKind(this.scope.columns[column]))
    if (columns.every((column) => column >= 0) && JSON.stringify(given) !== JSON.stringify(wanted))
      this.problem(where, `${path}: the key of "${space}" is [${wanted.join(', ')}], not [${given.join(', ')}]`)
  }

  problem(where: { readonly place: Problem['place'] } | undefined, message: string): void {
    this.scope.problems.push({ place: where?.place ?? {}, message })
  }
}
