/** What must hold between the parts of a table so that its rows have their own resources and come back from them. */
import { type Form, fileColumns, isOwned, type Pack, type Problem, slotsInto, type TableColumn, type TableModel } from './model.js'
import { certainColumns, sitesOf } from './sites.js'
import { childrenOf, columnsOf } from './walk.js'

/** Faults of a table whose forms are in order. */
export function checkTable(table: TableModel, pack: Pack): Problem[] {
  return [...checkFirst(table, pack), ...checkSpaces(table), ...checkDerived(table), ...checkMerges(table), ...checkDictionary(table)]
}

/** The first resource of a table stands for the row: it is always made, for this row alone, and its key can be read back from it. */
function checkFirst(table: TableModel, pack: Pack): Problem[] {
  const [first] = table.resources
  if (first === undefined) return []
  const problem = (message: string): Problem => ({ place: first.place, message: `${first.as}: ${message}` })
  const sites = sitesOf(table, {
    prefix: (space) => `${pack.spaces.get(space)}/`,
    sourceUri: (name) => name,
    slots: (space) => slotsInto(pack, space)
  })
  const certain = certainColumns(sites.filter((site) => site.resource === 0))
  const name = (column: number) => table.columns[column]?.name
  return [
    ...(isOwned(first, table) ? [] : [problem('the first resource of a table stands for the row: its key must hold the key of the table')]),
    ...(first.when === undefined ? [] : [problem('the first resource of a table stands for the row and cannot depend on a condition')]),
    ...first.key.flatMap((column) => [
      ...(certain.has(column)
        ? []
        : [problem(`the key column ${name(column)} cannot be read back from the resource: give it an identifier`)]),
      ...(table.columns[column]?.required === true ? [] : [problem(`the key column ${name(column)} must be required`)])
    ])
  ]
}

/** Resources of a row are known by their id space: only those that rows share may be made twice. */
function checkSpaces(table: TableModel): Problem[] {
  return table.resources.flatMap((resource, index) =>
    isOwned(resource, table) && table.resources.findIndex((other) => other.as === resource.as) < index
      ? [{ place: resource.place, message: `${resource.as}: a row makes only one resource of its own in an id space` }]
      : []
  )
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
    const columns = [...merge.into.key, ...merge.order, ...merge.slots.flatMap((slot) => [...columnsOf(slot.form)])]
    const joined = columns.find((column) => column >= fileColumns(table))
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
