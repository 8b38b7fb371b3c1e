/** Lineage from the files alone: which column feeds which element, and how. */

import type { Form, FormMember, Pack, TableModel } from './model.js'
import { columnsOf, conditionColumns } from './walk.js'

export interface LineageRow {
  readonly table: string
  readonly column: string
  /** `Encounter.period.start`; where the row's value is merged into another row's resource: `-> Patient.maritalStatus`. */
  readonly element: string
  /** Id space of the resource. */
  readonly as: string
  /** `as it is`, `code map x`, `reference to patient`, ... */
  readonly how: string
}

/** One line per column and element, in the order of the columns. Columns without an element of their own say how they are kept. */
export function explain(pack: Pack, tableName?: string): LineageRow[] {
  return [...pack.tables.values()]
    .filter((table) => tableName === undefined || table.table === tableName)
    .flatMap((table) => explainTable(table, pack))
}

function explainTable(table: TableModel, pack: Pack): LineageRow[] {
  const found: Array<{ column: number; element: string; as: string; how: string }> = []
  for (const resource of table.resources) {
    for (const column of resource.key) found.push({ column, element: `${resource.type}.id`, as: resource.as, how: 'id' })
    for (const column of resource.when === undefined ? [] : conditionColumns(resource.when))
      found.push({ column, element: resource.type, as: resource.as, how: 'decides whether it is made' })
    for (const use of uses(resource.members, resource.type)) found.push({ ...use, as: resource.as })
  }
  for (const merge of table.merges) {
    const type = pack.spaces.get(merge.into.space) ?? ''
    for (const slot of merge.slots) {
      const how = merge.mode === 'latest' ? 'latest row wins' : 'every row adds one'
      for (const use of formUses(slot.form, `${type}.${slot.member}`))
        found.push({ ...use, element: `-> ${use.element}`, as: merge.into.space, how: `${use.how}, ${how}` })
    }
  }
  return table.columns.flatMap((column, index): LineageRow[] => {
    const rows = unique(found.filter((use) => use.column === index)).map((use) => ({
      table: table.table,
      column: column.name,
      element: use.element,
      as: use.as,
      how: use.how
    }))
    if (rows.length > 0) return rows
    const first = table.resources[0]
    if (table.dictionary !== undefined) {
      const how =
        index === table.dictionary.code
          ? 'code'
          : index === table.dictionary.display
            ? 'display'
            : table.dictionary.properties.includes(index)
              ? 'property'
              : undefined
      if (how !== undefined)
        return [{ table: table.table, column: column.name, element: `CodeSystem.concept.${how}`, as: 'code-system', how: 'dictionary' }]
    }
    if (column.lossy !== undefined)
      return [{ table: table.table, column: column.name, element: '-', as: '', how: `not kept: ${column.lossy}` }]
    const how = column.derived === undefined ? 'source-cell extension' : 'derived; source-cell extension where it differs'
    return [{ table: table.table, column: column.name, element: `${first?.type ?? ''}.extension`, as: first?.as ?? '', how }]
  })
}

type Use = { column: number; element: string; how: string }

function uses(members: readonly FormMember[], path: string): Use[] {
  return members.flatMap((member) =>
    member.choice === undefined ? formUses(member.form, `${path}.${member.name}`) : uses(member.choice, path)
  )
}

function formUses(form: Form, path: string): Use[] {
  const each = (columns: Iterable<number>, how: string): Use[] => [...columns].map((column) => ({ column, element: path, how }))
  switch (form.kind) {
    case 'literal':
    case 'source':
      return []
    case 'object':
      return uses(form.members, path)
    case 'array':
      return form.items.flatMap((item) => formUses(item, path))
    case 'first':
      return form.items.flatMap((item) => formUses(item, path))
    case 'if':
      return [
        ...each(conditionColumns(form.condition), 'decides'),
        ...formUses(form.whenTrue, path),
        ...(form.otherwise === undefined ? [] : formUses(form.otherwise, path))
      ]
    case 'map':
      return [...each(form.from, `code map ${form.map.name}`), ...(form.otherwise === undefined ? [] : formUses(form.otherwise, path))]
    case 'reference':
      return each(form.key, `reference to ${form.space}`)
    case 'lookup':
      return each(form.key, `looked up in ${form.table}`)
    case 'quantity':
    case 'range':
      return [
        ...each([form.value], form.kind),
        ...(typeof form.unit === 'number' ? each([form.unit], 'unit') : []),
        ...(form.code === undefined ? [] : formUses(form.code, `${path}.code`))
      ]
    case 'column':
      return each([form.column], 'as it is')
    case 'icd9':
      return each([form.column], 'with its dot')
    case 'date':
    case 'dateTime':
      return each([form.column], form.kind === 'date' ? 'date' : 'date and time with offset')
    default:
      return each(columnsOf(form), form.kind)
  }
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()]
}
