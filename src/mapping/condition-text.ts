/** Conditions in words. */
import type { Condition } from './model.js'

/** `insurance is filled and not (admission_type is NEWBORN)`. columns: names of the table's columns. */
export function conditionText(condition: Condition, columns: ReadonlyArray<{ readonly name: string }>): string {
  const name = (index: number) => columns[index]?.name ?? ''
  const joined = (items: readonly Condition[], word: string) =>
    items
      .map((item) => (item.kind === 'all' || item.kind === 'any' ? `(${conditionText(item, columns)})` : conditionText(item, columns)))
      .join(word)
  switch (condition.kind) {
    case 'filled':
      return `${name(condition.column)} is filled`
    case 'all':
      return joined(condition.items, ' and ')
    case 'any':
      return joined(condition.items, ' or ')
    case 'not':
      return condition.item.kind === 'filled'
        ? `${name(condition.item.column)} is empty`
        : `not (${conditionText(condition.item, columns)})`
    case 'equals':
      return `${name(condition.column)} is ${condition.values.join(' or ')}`
    case 'same':
      return `${name(condition.left)} is ${name(condition.right)}`
    case 'before':
      return `${name(condition.left)} is before ${typeof condition.right === 'number' ? name(condition.right) : condition.right}`
    case 'mapped':
      return `${name(condition.column)} has a standard code in ${condition.map.name}`
    case 'numeric':
      return `${name(condition.column)} is a number`
  }
}
