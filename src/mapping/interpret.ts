/** What expressions.ts compiles, by interpretation: on the way back rows come one at a time. */
import { canonicalNumber } from './cells.js'
import { translate } from './codemap.js'
import type { Condition, Form } from './model.js'
import { isMeasure } from './quantity.js'

/** The text that a derived column should hold. */
export function derivedText(form: Form, cells: readonly string[]): string {
  switch (form.kind) {
    case 'literal':
      return String(JSON.parse(form.json))
    case 'column':
      return cells[form.column] ?? ''
    case 'number':
      return canonicalNumber(cells[form.column] ?? '', form.digits)
    case 'if': {
      const branch = holds(form.condition, cells) ? form.whenTrue : form.otherwise
      return branch === undefined ? '' : derivedText(branch, cells)
    }
    case 'first':
      return form.items.map((item) => derivedText(item, cells)).find((text) => text !== '') ?? ''
    default:
      throw new Error(`text cannot be made with ${form.kind}`)
  }
}

export function holds(condition: Condition, cells: readonly string[]): boolean {
  const cell = (column: number) => cells[column] ?? ''
  switch (condition.kind) {
    case 'filled':
      return cell(condition.column) !== ''
    case 'all':
      return condition.items.every((item) => holds(item, cells))
    case 'any':
      return condition.items.some((item) => holds(item, cells))
    case 'not':
      return !holds(condition.item, cells)
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
