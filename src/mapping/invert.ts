/** The way back: the cells of a row from its resources. */
import { fail } from '../errors.js'
import { type JsonNode, parseJson } from '../fhir/json.js'
import { decimal } from './cells.js'
import { derivedText } from './interpret.js'
import { at, extension, scalar, textAt } from './jsonpath.js'
import type { Linker } from './link.js'
import type { Mark } from './marks.js'
import { fileColumns, type TableModel } from './model.js'
import { bounds, measure } from './quantity.js'
import type { Site, Step } from './sites.js'

export class Inverter {
  readonly #model: TableModel
  readonly #sites: readonly Site[]
  readonly #linker: Linker

  constructor(model: TableModel, sites: readonly Site[], linker: Linker) {
    this.#model = model
    // A code or a bare number may be written differently from the cell: they are read where nothing better is there.
    this.#sites = [...sites].sort((a, b) => rank(a) - rank(b))
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
    return this.#cells(nodes)
  }

  /** The cells that the first resource gives. */
  first(text: string): string[] {
    return this.#cells([parseJson(text)])
  }

  #cells(nodes: ReadonlyArray<JsonNode | undefined>): string[] {
    const kept = keptCells(nodes[0], this.#linker.sourceCell)
    const columns = this.#model.columns.slice(0, fileColumns(this.#model))
    const cells = columns.map((column, index) => {
      const cell = kept.get(column.name)
      if (cell !== undefined || column.lossy !== undefined) return cell ?? ''
      for (const site of this.#sites) {
        if (site.column !== index) continue
        const text = this.#read(site, nodes[site.resource])
        if (text !== undefined) return text
      }
      return ''
    })
    // Derived columns last: they are made from the other cells.
    columns.forEach((column, index) => {
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
    // A source text counts only while it means what stands beside it: somebody may have changed the value since.
    const either = (kept: string | undefined, made: string, current: string) => (kept !== undefined && made === current ? kept : current)
    switch (site.decoder) {
      case 'text':
      case 'fitting':
      case 'bareNumber':
        return scalar(node)
      case 'number': {
        const kept = original(sibling)
        const value = scalar(node)
        return value === undefined ? undefined : either(kept, decimal(kept ?? ''), value)
      }
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
        return site.form.kind === 'map' && hasCoding(node, site.form.map.local) ? textAt(node, 'text') : undefined
      case 'reverse':
        return site.form.kind === 'map' ? site.form.map.reverse.get(scalar(node) ?? '') : undefined
      case 'quantity': {
        const value = textAt(node, 'value')
        if (value === undefined) return undefined
        const kept = original(node)
        const meant = measure(kept ?? '', textAt(node, 'unit') ?? '')
        return either(kept, meant === undefined ? '' : meant.comparator + meant.value, (textAt(node, 'comparator') ?? '') + value)
      }
      case 'range': {
        const [low, high] = [textAt(at(node, 'low'), 'value'), textAt(at(node, 'high'), 'value')]
        if (low === undefined || high === undefined) return undefined
        const kept = original(node)
        return either(kept, bounds(kept ?? '')?.join('-') ?? '', `${low}-${high}`)
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
    return this.#linker.localTime(text)
  }
}

function rank({ decoder }: Site): number {
  return decoder === 'bareNumber' ? 2 : decoder === 'fitting' ? 1 : 0
}

function take(node: JsonNode | undefined, step: Step): JsonNode | undefined {
  if (step.kind === 'member') return at(node, step.name)
  if (node?.kind !== 'array') return undefined
  return node.items.find((item) => step.marks.every((mark) => has(item, mark)))
}

function has(item: JsonNode, mark: Mark): boolean {
  let node: JsonNode | undefined = item
  for (const name of mark.path) node = at(node, name)
  if (node === undefined || mark.text === undefined) return node !== undefined
  const text = scalar(node)
  if (text === undefined) return false
  return mark.prefix ? text.startsWith(mark.text) : (node.kind === 'string' ? JSON.stringify(text) : text) === mark.text
}

/** Whether a CodeableConcept has a coding of a system. */
function hasCoding(node: JsonNode, system: string): boolean {
  const codings = at(node, 'coding')
  return codings?.kind === 'array' && codings.items.some((coding) => textAt(coding, 'system') === system)
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
