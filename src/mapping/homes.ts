/** Where the rows of a table are found again: resources of their own, and resources of which they are items. */
import type { JsonNode } from '../fhir/json.js'
import type { Inverter } from './invert.js'
import type { Linker } from './link.js'
import { itemMarks } from './marks.js'
import { alternatives, type Form, type MergeModel, type Pack, type ResourceModel, standingMerges, type TableModel } from './model.js'
import { targetOf } from './targets.js'
import type { CompiledTable } from './types.js'
import { columnsOf, reachedForms } from './walk.js'

export interface HomeReader {
  readonly as: string
  readonly type: string
  readonly lead: ResourceModel | undefined
  readonly merge: MergeModel | undefined
  /** Texts that stand in every such resource: a quick way to pass over others. */
  readonly needles: readonly string[]
  /** The rows in a resource; whether its id fits them is left to the caller. */
  rows(node: JsonNode, text: string, id: string): string[][]
}

/** tables: those compiled so far; looked up when a row is read. */
export function homeReaders(
  model: TableModel,
  pack: Pack,
  inverter: Inverter,
  linker: Linker,
  tables: ReadonlyMap<string, CompiledTable>
): HomeReader[] {
  const own = alternatives(model).map(
    (lead): HomeReader => ({
      as: lead.as,
      type: lead.type,
      lead,
      merge: undefined,
      needles: sourcesIn(lead, model, linker),
      rows: (node) => [inverter.alone(lead, node)]
    })
  )
  const items = standingMerges(model).flatMap((merge): HomeReader[] => {
    const target = targetOf(merge, model, pack.tables)
    if (target === undefined) return []
    const { table, resource } = target
    const keyOf = (text: string, id: string): string[] | undefined => {
      const cells = tables.get(table.table)?.rowsIn(text, id)[0]?.cells
      return cells === undefined ? undefined : resource.key.map((column) => cells[column] ?? '')
    }
    const marks = itemMarks(merge.slots[0], linker.names)
    return [
      {
        as: resource.as,
        type: resource.type,
        lead: undefined,
        merge,
        needles: [
          ...sourcesIn(resource, table, linker),
          ...marks.flatMap(({ text, prefix }) => (text === undefined || prefix ? [] : [text]))
        ],
        rows: (node, text, id) => {
          if (table === model) return inverter.items(merge, node, undefined)
          const key = keyOf(text, id)
          return key === undefined ? [] : inverter.items(merge, node, key)
        }
      }
    ]
  })
  return [...own, ...items]
}

/** URIs below the source that every resource holds: those that stand beside nothing but cells that are always filled. */
function sourcesIn(resource: ResourceModel, model: TableModel, linker: Linker): string[] {
  const inside = (form: Form): string[] => {
    if (form.kind === 'array') return form.items.flatMap(inside)
    if (form.kind !== 'object') return []
    const columns = [...columnsOf(form)]
    if (columns.length === 0 || columns.some((column) => model.columns[column]?.required !== true))
      return form.members.flatMap((member) => (member.choice === undefined ? inside(member.form) : []))
    return reachedForms(form).flatMap((one) => (one.kind === 'source' ? [JSON.stringify(linker.sourceUri(one.name))] : []))
  }
  return resource.members.flatMap((member) => (member.choice === undefined ? inside(member.form) : []))
}
