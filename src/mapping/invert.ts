/** The way back: the cells of a row from its resources. */
import { fail } from '../errors.js'
import { type JsonNode, parseJson } from '../fhir/json.js'
import { decimal } from './cells.js'
import { holdersOf, itemHolder } from './holders.js'
import { derivedText } from './interpret.js'
import { at, extension, scalar, textAt } from './jsonpath.js'
import type { Linker } from './link.js'
import { itemMarks, type Mark } from './marks.js'
import {
  alternatives,
  fileColumns,
  type MergeModel,
  type ResourceModel,
  standingMerges,
  type TableColumn,
  type TableModel
} from './model.js'
import { bounds, measure } from './quantity.js'
import type { Decoder, Site, Step } from './sites.js'

/** The node that each holder of sites stands in, as far as it is there. */
type Nodes = ReadonlyMap<number, JsonNode>

/** What is known of the items of a merge before any is read. */
interface ItemPlan {
  readonly member: string
  readonly marks: readonly Mark[]
  readonly holder: number
  /** Index of the resource that the rows of the table share, where they make it themselves. */
  readonly shared: number
  /** Names of the columns that are the key of what the items stand in. */
  readonly key: readonly string[]
}

export class Inverter {
  readonly #model: TableModel
  readonly #linker: Linker
  /** The columns of the file. */
  readonly #columns: readonly TableColumn[]
  /** By column, those first from which it is read best. */
  readonly #sites: ReadonlyArray<readonly Site[]>
  readonly #leads: ReadonlyArray<{ readonly lead: ResourceModel; readonly holders: ReadonlySet<number> }>
  readonly #items: ReadonlyMap<MergeModel, ItemPlan>

  constructor(model: TableModel, linker: Linker) {
    this.#model = model
    this.#linker = linker
    this.#columns = model.columns.slice(0, fileColumns(model))
    // A code or a bare number may be written differently from the cell: they are read where nothing better is there.
    const sites = [...linker.allSites].sort((a, b) => rank(a) - rank(b))
    this.#sites = this.#columns.map((_, index) => sites.filter(({ column }) => column === index))
    this.#leads = alternatives(model).map((lead) => ({ lead, holders: holdersOf(lead, model) }))
    this.#items = new Map(
      standingMerges(model).map((merge) => [
        merge,
        {
          member: merge.slots[0]?.member ?? '',
          marks: itemMarks(merge.slots[0], linker.names),
          holder: itemHolder(model, merge),
          shared: model.resources.findIndex((resource) => resource.as === merge.into.space),
          key: merge.into.key.map((column) => model.columns[column]?.name ?? '')
        }
      ])
    )
  }

  /**
   * All cells; lossy columns are ''. texts: JSON text by id space, of the resource that stands for the row and of those beside it; the latter may be missing.
   * Throws mapping.check without the first.
   */
  row(texts: ReadonlyMap<string, string>): string[] {
    const home = this.#leads.find(({ lead }) => texts.has(lead.as))
    if (home === undefined) throw fail('mapping.check', { reason: `a row of ${this.#model.table} needs the resource that stands for it` })
    const { resources } = this.#model
    const nodes = [...home.holders].flatMap((holder) => {
      const text = texts.get(resources[holder]?.as ?? '')
      return text === undefined ? [] : [[holder, parseJson(text)] as const]
    })
    const node = nodes.find(([holder]) => resources[holder] === home.lead)?.[1]
    return this.#cells(new Map(nodes), keptCells(node, this.#linker.sourceCell))
  }

  /** The cells that the resource that stands for a row gives by itself. */
  alone(lead: ResourceModel, node: JsonNode): string[] {
    return this.#cells(new Map([[this.#model.resources.indexOf(lead), node]]), keptCells(node, this.#linker.sourceCell))
  }

  /** The rows that stand as items in a resource. key: the cells of that resource's key, where another table says how to read them. */
  items(merge: MergeModel, node: JsonNode, key: readonly string[] | undefined): string[][] {
    const plan = this.#items.get(merge)
    const list = at(node, plan?.member ?? '')
    if (plan === undefined || list?.kind !== 'array') return []
    const { marks, holder, shared } = plan
    const outside =
      key === undefined ? keptCells(node, this.#linker.sourceCell) : plan.key.map((name, index) => [name, key[index] ?? ''] as const)
    const target = key === undefined ? [[shared, node] as const] : []
    return list.items
      .filter((item) => marks.every((mark) => has(item, mark)))
      .map((item) => this.#cells(new Map([...target, [holder, item]]), new Map([...outside, ...keptCells(item, this.#linker.sourceCell)])))
      .filter((cells) => this.#model.key.every((column) => cells[column] !== ''))
  }

  #cells(nodes: Nodes, kept: ReadonlyMap<string, string>): string[] {
    const cells = this.#columns.map((column, index) => {
      const cell = kept.get(column.name)
      if (cell !== undefined || column.lossy !== undefined) return cell ?? ''
      for (const site of this.#sites[index] ?? []) {
        const node = nodes.get(site.holder)
        const text = node === undefined ? undefined : this.#read(site, node)
        if (text !== undefined) return text
      }
      return ''
    })
    // Derived columns last: they are made from the other cells.
    this.#columns.forEach((column, index) => {
      if (column.derived !== undefined && column.lossy === undefined && cells[index] === '' && !kept.has(column.name))
        cells[index] = derivedText(column.derived, cells)
    })
    return cells
  }

  #read(site: Site, root: JsonNode): string | undefined {
    const parents: Array<JsonNode | undefined> = []
    let node: JsonNode | undefined = root
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
      case 'trimmed':
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
      case 'day': {
        const day = scalar(node)
        return day?.length === 10 ? `${day} 00:00:00` : undefined
      }
      case 'base64':
        return Buffer.from(scalar(node) ?? '', 'base64').toString('utf8')
      case 'start':
        return this.#dateText(site.column, textAt(node, 'start'))
      case 'end':
        return this.#dateText(site.column, textAt(node, 'end') ?? textAt(extension(node, link.endBeforeStart), 'valueDateTime'))
      case 'identifier': {
        const identifier = at(node, 'identifier')
        const system = site.form.kind === 'reference' ? link.sourceUri(site.form.identifier ?? '') : undefined
        return textAt(identifier, 'system') === system ? textAt(identifier, 'value') : undefined
      }
      case 'concept':
        return site.form.kind === 'map' && hasCoding(node, site.form.map.local) ? textAt(node, 'text') : undefined
      case 'reverse':
        return site.form.kind === 'map' ? site.form.map.reverse.get(scalar(node) ?? '') : undefined
      case 'quantity': {
        const value = textAt(node, 'value')
        if (value === undefined) return undefined
        const kept = original(node)
        const meant = measure(kept ?? '', textAt(node, 'unit') ?? '', true)
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
    return text === day ? undefined : this.#linker.localTime(text)
  }
}

/** Decoders from which a cell is read only where none before them is there. */
const LAST: readonly Decoder[] = ['trimmed', 'fitting', 'bareNumber', 'day']

function rank({ decoder }: Site): number {
  return LAST.indexOf(decoder)
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
