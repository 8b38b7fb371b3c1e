/** What must hold between the parts of a table so that its rows have their own resources and come back from them. */

import { holdersOf } from './holders.js'
import { excludes, itemMarks } from './marks.js'
import {
  alternatives,
  type Form,
  fileColumns,
  isOwned,
  isRest,
  type MergeModel,
  ownColumns,
  type Pack,
  type Problem,
  slotsInto,
  standingMerges,
  type TableColumn,
  type TableModel
} from './model.js'
import { certainColumns, contextOf, sitesOf } from './sites.js'
import { targetOf } from './targets.js'
import { childrenOf, columnsOf, conditionColumns } from './walk.js'

/** Faults of a table whose forms are in order. */
export function checkTable(table: TableModel, pack: Pack): Problem[] {
  return [
    ...checkHomes(table, pack),
    ...checkItems(table, pack),
    ...checkSpaces(table),
    ...checkDerived(table),
    ...checkComputed(table),
    ...checkMerges(table),
    ...checkDictionary(table)
  ]
}

/** The resource that stands for a row is made for this row alone, and its key can be read back from it; every row has one, or an item. */
function checkHomes(table: TableModel, pack: Pack): Problem[] {
  const [first] = table.resources
  const leads = alternatives(table)
  const standing = standingMerges(table)
  if (first === undefined && standing.length === 0) return []
  if (first !== undefined && leads.length === 0 && standing.length === 0)
    return [{ place: first.place, message: `${first.as}: no resource stands for the row: the key of one must hold the key of the table` }]
  const conditions = [...leads, ...standing].map(({ when }) => when)
  const complete = conditions.some((when, index) => isRest(when, [...conditions.slice(0, index), ...conditions.slice(index + 1)]))
  const place = [...leads, ...standing].at(-1)?.place ?? {}
  const unreached = leads.some(({ when }) => when === undefined) ? standing : []
  const sites = sitesOf(
    table,
    contextOf(pack, (name) => name)
  )
  return [
    ...(complete
      ? []
      : [{ place, message: 'nothing stands for rows in which no condition holds: leave out the last "when", or write {not: ...}' }]),
    ...unreached.map((merge) => ({ place: merge.place, message: 'this item never stands for a row: a resource always does' })),
    ...leads.flatMap((lead) => {
      const certain = certainColumns(
        sites.filter(({ holder }) => table.resources[holder] === lead),
        holdersOf(lead, table)
      )
      const problem = (message: string): Problem => ({ place: lead.place, message: `${lead.as}: ${message}` })
      return lead.key.flatMap((column) => [
        ...(certain.has(column)
          ? []
          : [problem(`the key column ${table.columns[column]?.name} cannot be read back from the resource: give it an identifier`)]),
        ...(table.columns[column]?.required === true ? [] : [problem(`the key column ${table.columns[column]?.name} must be required`)])
      ])
    })
  ]
}

/** Items that stand for rows: where they go is known, and they are told from what else stands there. */
function checkItems(table: TableModel, pack: Pack): Problem[] {
  const names = contextOf(pack, (name) => name)
  return standingMerges(table).flatMap((merge): Problem[] => {
    const problem = (message: string): Problem => ({ place: merge.place, message })
    const { space, key } = merge.into
    const target = targetOf(merge, table, pack.tables)
    const [slot] = merge.slots
    if (target === undefined || slot === undefined)
      return [problem(`no table has one row for each "${space}", and no resource here is made "as: ${space}"`)]
    const { resource } = target
    const foreign = target.table !== table
    const name = (column: number) => table.columns[column]?.name
    const marks = itemMarks(slot, names)
    const own = resource.members.find((member) => member.name === slot.member)?.form
    const others = [
      ...(own?.kind === 'array' ? own.items : []),
      ...slotsInto(pack, space)
        .filter((one) => one !== slot && one.member === slot.member)
        .map(({ form }) => form)
    ]
    const alike = others.some((other) => !marks.some((mark) => excludes(other, mark, names)))
    const used = foreign
      ? []
      : [
          ...resource.members.flatMap((member) => (member.choice ?? [member]).flatMap(({ form }) => [...columnsOf(form)])),
          ...slot.missing.flatMap(({ form }) => [...columnsOf(form)])
        ]
    const strange = used.find((column) => !resource.key.includes(column))
    const types = key.filter(
      (column, index) => foreign && table.columns[column]?.type !== target.table.columns[resource.key[index] ?? -1]?.type
    )
    return [
      ...(alike
        ? [problem(`the items cannot be told from others in ${slot.member}: give them a literal that the others do not have`)]
        : []),
      ...(strange === undefined
        ? []
        : [problem(`${space} is shared by several rows: it cannot use ${name(strange)}, which is not in its key`)]),
      ...types.map((column) => problem(`${name(column)} has another type than in ${target.table.table}`)),
      ...(merge.into.open.size > 0 && foreign ? [problem(`the key of ${space} cannot be empty`)] : [])
    ]
  })
}

/** Resources of a row are known by their id space: only those that rows share may be made twice. */
function checkSpaces(table: TableModel): Problem[] {
  return table.resources.flatMap((resource, index) =>
    isOwned(resource, table) && table.resources.findIndex((other) => other.as === resource.as) < index
      ? [{ place: resource.place, message: `${resource.as}: a row makes only one resource of its own in an id space` }]
      : []
  )
}

const COMPUTABLE: ReadonlySet<Form['kind']> = new Set(['literal', 'column', 'template', 'number', 'trim', 'if', 'first', 'lookup', 'map'])

/** A computed text is made from the cells of the file and the computed columns above it. */
function checkComputed(table: TableModel): Problem[] {
  return table.computed.flatMap(({ name, form }, index) => {
    const place = table.columns[fileColumns(table) + index]?.place ?? {}
    const foreign = [form, ...descendants(form)].find(({ kind }) => !COMPUTABLE.has(kind))
    const later = [...columnsOf(form)].find((column) => column >= fileColumns(table) + index)
    return [
      ...(foreign === undefined
        ? []
        : [{ place, message: `computed ${name}: is made with ${[...COMPUTABLE].join(', ')}, not with ${foreign.kind}` }]),
      ...(later === undefined
        ? []
        : [{ place, message: `computed ${name}: ${table.columns[later]?.name} is not there yet when it is made` }])
    ]
  })
}

const DERIVABLE: ReadonlySet<Form['kind']> = new Set(['literal', 'column', 'number', 'if', 'first'])

/** A derived text is made from cells that come back by themselves, or derived ones that stand before it. */
function checkDerived(table: TableModel): Problem[] {
  return table.columns.flatMap((column, index) => {
    if (column.derived === undefined) return []
    const problem = (message: string): Problem => ({ place: column.place, message: `column ${column.name}: ${message}` })
    const foreign = [column.derived, ...descendants(column.derived)].find((form) => !DERIVABLE.has(form.kind))
    const lost = [...columnsOf(column.derived)].filter((one) => !comesBackBefore(table, one, index))
    return [
      ...(foreign === undefined ? [] : [problem(`derived is made with ${[...DERIVABLE].join(', ')}, not with ${foreign.kind}`)]),
      ...lost.map((one) => problem(`derived from ${table.columns[one]?.name}, which is not there when the row comes back`))
    ]
  })
}

function comesBackBefore(table: TableModel, column: number, derived: number): boolean {
  const spec: TableColumn | undefined = table.columns[column]
  if (column >= fileColumns(table) || spec?.lossy !== undefined) return false
  return spec?.derived === undefined || column < derived
}

/** Merged values are gathered before rows are joined, and sorted as integers or text. */
function checkMerges(table: TableModel): Problem[] {
  return table.merges.flatMap((merge) => {
    const columns = [...merge.into.key, ...merge.order, ...conditionsOf(merge), ...merge.slots.flatMap((slot) => [...columnsOf(slot.form)])]
    const joined = columns.find((column) => column >= ownColumns(table))
    const decimal = merge.order.find((column) => table.columns[column]?.type === 'decimal')
    return [
      ...(joined === undefined
        ? []
        : [{ place: merge.place, message: `a merge cannot use the joined column ${table.columns[joined]?.name}` }]),
      ...(decimal === undefined
        ? []
        : [{ place: merge.place, message: `rows cannot be ordered by ${table.columns[decimal]?.name}: take integers, dates or text` }])
    ]
  })
}

/** Every column of a dictionary stands in its CodeSystem. */
function checkDictionary(table: TableModel): Problem[] {
  const { dictionary } = table
  if (dictionary === undefined) return []
  const kept = [dictionary.code, dictionary.display, ...dictionary.properties]
  return table.columns.flatMap((column, index) =>
    kept.includes(index) || column.lossy !== undefined
      ? []
      : [
          {
            place: column.place,
            message: `column ${column.name} stands nowhere in the CodeSystem: name it under properties or say why it is lossy`
          }
        ]
  )
}

function descendants(form: Form): Form[] {
  return childrenOf(form).flatMap((child) => [child, ...descendants(child)])
}

function conditionsOf({ when }: MergeModel): number[] {
  return when === undefined ? [] : conditionColumns(when)
}
