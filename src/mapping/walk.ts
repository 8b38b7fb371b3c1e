/** Walks over forms: their parts, and the columns they read. */
import { type Condition, type Form, fileColumns, type TableModel } from './model.js'

/** The forms below a form that are reached in every run. */
export function reachedForms(form: Form): Form[] {
  if (form.kind === 'object') return form.members.flatMap((member) => (member.choice === undefined ? reachedForms(member.form) : []))
  if (form.kind === 'array') return form.items.flatMap(reachedForms)
  return [form]
}

/** Forms that are worth making once per distinct cell text: they go through maps or dictionaries and read one or two columns. */
export function isMemoizable(form: Form): boolean {
  if (form.kind !== 'object' && form.kind !== 'map' && form.kind !== 'lookup' && form.kind !== 'array') return false
  const count = columnsOf(form).size
  return count >= 1 && count <= 2 && mapped(form)
}

function mapped(form: Form): boolean {
  if (form.kind === 'map' || form.kind === 'lookup') return true
  return childrenOf(form).some(mapped)
}

/** The columns a form reads. */
export function columnsOf(form: Form): Set<number> {
  return new Set([...ownColumns(form), ...childrenOf(form).flatMap((child) => [...columnsOf(child)])])
}

/** The columns a form reads itself, without the forms below it. */
export function ownColumns(form: Form): number[] {
  const own: number[] = []
  if ('column' in form) own.push(form.column)
  if (form.kind === 'template') own.push(...form.parts.filter((part) => typeof part === 'number'))
  if (form.kind === 'reference' || form.kind === 'lookup') own.push(...form.key)
  if (form.kind === 'map') own.push(...form.from)
  if (form.kind === 'period') own.push(form.start, form.end)
  if (form.kind === 'quantity' || form.kind === 'range')
    own.push(form.value, ...[form.unit, form.unitElse].filter((unit) => typeof unit === 'number'))
  if (form.kind === 'if') own.push(...conditionColumns(form.condition))
  return own
}

/** The columns whose cells are behind a column: itself, or those that a computed one is made from. */
export function sourceColumns(table: TableModel, column: number): number[] {
  const computed = table.computed[column - fileColumns(table)]
  if (computed === undefined) return [column]
  return [...new Set([...columnsOf(computed.form)].flatMap((one) => sourceColumns(table, one)))]
}

export function conditionColumns(condition: Condition): number[] {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.items.flatMap(conditionColumns)
    case 'not':
      return conditionColumns(condition.item)
    case 'same':
      return [condition.left, condition.right]
    case 'before':
      return [condition.left, ...(typeof condition.right === 'number' ? [condition.right] : [])]
    default:
      return [condition.column]
  }
}

export function childrenOf(form: Form): Form[] {
  switch (form.kind) {
    case 'object':
      return form.members.flatMap((member) => (member.choice === undefined ? [member.form] : member.choice.map((one) => one.form)))
    case 'array':
    case 'first':
      return [...form.items]
    case 'if':
      return form.otherwise === undefined ? [form.whenTrue] : [form.whenTrue, form.otherwise]
    case 'map':
      return form.otherwise === undefined ? [] : [form.otherwise]
    case 'quantity':
    case 'range':
      return form.code === undefined ? [] : [form.code]
    case 'reference':
      return form.display === undefined ? [] : [form.display]
    default:
      return []
  }
}
