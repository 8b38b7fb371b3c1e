/** The way back: the cells of a row from its resources. */
import { fail } from '../errors.js'
import { type JsonNode, parseJson } from '../fhir/json.js'
import { canonicalNumber } from './cells.js'
import type { Linker } from './codegen.js'
import { translate } from './codemap.js'
import { at, extension, scalar, textAt } from './jsonpath.js'
import { type Condition, type Form, fileColumns, type TableModel } from './model.js'
import { isMeasure } from './quantity.js'
import type { Site, Step } from './sites.js'

export class Inverter {
  readonly #model: TableModel
  readonly #sites: readonly Site[]
  readonly #linker: Linker

  constructor(model: TableModel, sites: readonly Site[], linker: Linker) {
    this.#model = model
    this.#sites = sites
    this.#linker = linker
  }

  /** All cells; lossy columns are ''. resources: JSON text by id space; resources under a condition may be missing. Throws mapping.check without the first one. */
  row(resources: ReadonlyMap<string, string>): string[] {
    const nodes = this.#model.resources.map((resource) => {
      const text = resources.get(resource.as)
      return text === undefined ? undefined : parseJson(text)
    })
    if (nodes[0] === undefined)
      throw fail('mapping.check', { reason: `a row of ${this.#model.table} needs its ${this.#model.resources[0]?.type}` })
    return this.#cells(nodes).slice(0, fileColumns(this.#model))
  }

  /** The cells that the first resource gives. */
  first(text: string): string[] {
    return this.#cells([parseJson(text)])
  }

  #cells(nodes: ReadonlyArray<JsonNode | undefined>): string[] {
    const kept = keptCells(nodes[0], this.#linker.sourceCell)
    const cells = this.#model.columns.map((column, index) => {
      const cell = kept.get(column.name)
      if (cell !== undefined || column.lossy !== undefined || index >= fileColumns(this.#model)) return cell ?? ''
      for (const site of this.#sites) {
        if (site.column !== index) continue
        const text = this.#read(site, nodes[site.resource])
        if (text !== undefined) return text
      }
      return ''
    })
    // Derived columns last: they are made from the other cells.
    this.#model.columns.forEach((column, index) => {
      if (column.derived !== undefined && column.lossy === undefined && cells[index] === '' && !kept.has(column.name))
        cells[index] = derivedText(column.derived, cells)
    })
    return cells
  }

  #read(site: Site, root: JsonNode | undefined): string | undefined {
    const parents: Array<JsonNode | undefined> = []
    let node = root
    for (const step of site.steps) {
      parents.push(node)
      node = take(node, step)
    }
    if (node === undefined) return undefined
    const last = site.steps[site.steps.length - 1]
    const sibling = last?.kind === 'member' ? at(parents[parents.length - 1], `_${last.name}`) : undefined
    return this.#decode(site, node, sibling)
  }

  #decode(site: Site, node: JsonNode, sibling: JsonNode | undefined): string | undefined {
    const link = this.#linker
    const original = (element: JsonNode | undefined) => textAt(extension(element, link.sourceText), 'valueString')
    switch (site.decoder) {
      case 'text':
      case 'code':
        return scalar(node)
      case 'number':
        return original(sibling) ?? scalar(node)
      case 'flag':
        return scalar(node) === 'true' ? '1' : '0'
      case 'date':
        return this.#dateText(site.column, scalar(node))
      case 'start':
        return this.#dateText(site.column, textAt(node, 'start'))
      case 'end':
        return this.#dateText(site.column, textAt(node, 'end') ?? textAt(extension(node, link.endBeforeStart), 'valueDateTime'))
      case 'identifier':
        return textAt(at(node, 'identifier'), 'value')
      case 'concept':
        return textAt(node, 'text')
      case 'reverse':
        return site.form.kind === 'map' ? site.form.map.reverse.get(scalar(node) ?? '') : undefined
      case 'quantity': {
        const value = textAt(node, 'value')
        return original(node) ?? (value === undefined ? undefined : (textAt(node, 'comparator') ?? '') + value)
      }
      case 'range': {
        const [low, high] = [textAt(at(node, 'low'), 'value'), textAt(at(node, 'high'), 'value')]
        return original(node) ?? (low === undefined || high === undefined ? undefined : `${low}-${high}`)
      }
      case 'unit':
        return textAt(node, 'unit')
      case 'rangeUnit':
        return textAt(at(node, 'low'), 'unit')
    }
  }

  /** A FHIR date or dateTime as the column writes it. */
  #dateText(column: number, text: string | undefined): string | undefined {
    if (text === undefined) return undefined
    const type = this.#model.columns[column]?.type
    const day = text.slice(0, 10)
    if (type === 'date') return day
    if (type === 'midnight') return `${day} 00:00:00`
    return `${day} ${text.slice(11).replace(/(?:Z|[+-]\d{2}:\d{2})$/, '')}`
  }
}

function take(node: JsonNode | undefined, step: Step): JsonNode | undefined {
  if (step.kind === 'member') return at(node, step.name)
  if (node?.kind !== 'array') return undefined
  return node.items.find((item) => step.marks.every((mark) => holds(item, mark.path, mark.text, mark.prefix)))
}

function holds(item: JsonNode, path: readonly string[], expected: string, prefix: boolean): boolean {
  let node: JsonNode | undefined = item
  for (const name of path) node = at(node, name)
  const text = scalar(node)
  if (text === undefined) return false
  return prefix ? text.startsWith(expected) : (node?.kind === 'string' ? JSON.stringify(text) : text) === expected
}

/** column -> text of the source-cell extensions; '' where the cell was empty against expectation. */
function keptCells(node: JsonNode | undefined, url: string): Map<string, string> {
  const cells = new Map<string, string>()
  const list = at(node, 'extension')
  for (const item of list?.kind === 'array' ? list.items : []) {
    if (textAt(item, 'url') !== url) continue
    const column = textAt(extension(item, 'column'), 'valueCode')
    if (column !== undefined) cells.set(column, textAt(extension(item, 'value'), 'valueString') ?? '')
  }
  return cells
}

/** The same as Generator.text, by interpretation: rows come back one at a time. */
function derivedText(form: Form, cells: readonly string[]): string {
  switch (form.kind) {
    case 'literal':
      return form.json === '' ? '' : String(JSON.parse(form.json))
    case 'column':
      return cells[form.column] ?? ''
    case 'number':
      return canonicalNumber(cells[form.column] ?? '')
    case 'if':
      return test(form.condition, cells)
        ? derivedText(form.whenTrue, cells)
        : form.otherwise === undefined
          ? ''
          : derivedText(form.otherwise, cells)
    case 'first':
      return form.items.map((item) => derivedText(item, cells)).find((text) => text !== '') ?? ''
    default:
      return ''
  }
}

function test(condition: Condition, cells: readonly string[]): boolean {
  const cell = (column: number) => cells[column] ?? ''
  switch (condition.kind) {
    case 'filled':
      return cell(condition.column) !== ''
    case 'all':
      return condition.items.every((item) => test(item, cells))
    case 'any':
      return condition.items.some((item) => test(item, cells))
    case 'not':
      return !test(condition.item, cells)
    case 'equals':
      return condition.values.includes(cell(condition.column))
    case 'same':
      return cell(condition.left) === cell(condition.right)
    case 'before': {
      const right = typeof condition.right === 'number' ? cell(condition.right) : condition.right
      return cell(condition.left) !== '' && right !== '' && cell(condition.left) < right
    }
    case 'mapped':
      return (translate(condition.map, cell(condition.column), {})?.length ?? 0) > 0
    case 'numeric':
      return isMeasure(cell(condition.column))
  }
}
