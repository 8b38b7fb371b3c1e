/** What a mapping file may refer to, and how columns and conditions are read. Faults are collected. */
import type { CodeMap } from './codemap.js'
import type { Condition, Problem } from './model.js'
import { listOf, type Node, textOf } from './source.js'
import type { Column } from './types.js'

/** What the builder may refer to. */
export interface Scope {
  readonly columns: readonly Column[]
  readonly spaces: ReadonlyMap<string, string>
  readonly maps: ReadonlyMap<string, CodeMap>
  readonly systems: ReadonlyMap<string, string>
  readonly canonical: string
  /** Dictionary tables with the names of their columns. */
  readonly dictionaries: ReadonlyMap<string, readonly string[]>
  readonly problems: Problem[]
}

export class ScopeReader {
  protected readonly scope: Scope

  constructor(scope: Scope) {
    this.scope = scope
  }

  condition(node: Node, path: string): Condition {
    if (node.kind === 'seq') return { kind: 'any', items: node.items.map((item) => this.condition(item, path)) }
    if (node.kind === 'scalar') return { kind: 'filled', column: this.columnOf(node) }
    const entry = node.entries[0]
    const pair = listOf(entry?.value)
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
        this.problem(node, `${path}: a condition is $column, [ ... ] (any), or one of all, any, not, equals, same, before, numeric, mapped`)
        return { kind: 'all', items: [] }
    }
  }

  columnsOf(node: Node | undefined): number[] {
    return listOf(node).map((item) => this.columnOf(item))
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

  problem(where: { readonly place: Problem['place'] } | undefined, message: string): void {
    this.scope.problems.push({ place: where?.place ?? {}, message })
  }
}
