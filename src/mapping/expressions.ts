/** Conditions, keys and derived texts as JavaScript expressions over the cells `c` of a row. */
import { translate } from './codemap.js'
import type { Linker } from './link.js'
import type { Condition, Form } from './model.js'
import { js } from './pieces.js'

export const cell = (column: number): string => `c[${column}]`

export function conditionSource(condition: Condition, linker: Linker): string {
  const joined = (items: readonly Condition[], operator: string, none: string) =>
    `(${items.map((item) => conditionSource(item, linker)).join(operator) || none})`
  switch (condition.kind) {
    case 'filled':
      return `${cell(condition.column)} !== ''`
    case 'all':
      return joined(condition.items, ' && ', 'true')
    case 'any':
      return joined(condition.items, ' || ', 'false')
    case 'not':
      return `!(${conditionSource(condition.item, linker)})`
    case 'equals':
      return condition.values.length === 1
        ? `${cell(condition.column)} === ${js(condition.values[0] ?? '')}`
        : `${linker.constant(new Set(condition.values))}.has(${cell(condition.column)})`
    case 'same':
      return `${cell(condition.left)} === ${cell(condition.right)}`
    case 'before': {
      const right = typeof condition.right === 'number' ? cell(condition.right) : js(condition.right)
      return `(${cell(condition.left)} !== '' && ${right} !== '' && ${cell(condition.left)} < ${right})`
    }
    case 'mapped':
      return `${linker.constant((text: string) => (translate(condition.map, text, {})?.length ?? 0) > 0)}(${cell(condition.column)})`
    case 'numeric':
      return `rt.isMeasure(${cell(condition.column)})`
  }
}

/** JSON text of a key: `[10006,"0414"]`, an empty cell is null. Integers stand bare, so that 10006 and "10006" are two keys. */
export function keySource(columns: readonly number[], linker: Linker): string {
  const parts = columns.map((column) => {
    const text = linker.columns[column]?.type === 'integer' ? cell(column) : `rt.quote(${cell(column)})`
    return linker.columns[column]?.required === true ? text : `(${cell(column)} === '' ? 'null' : ${text})`
  })
  return `'[' + ${parts.join(" + ',' + ")} + ']'`
}

/** A test that no cell of a key is empty, but those that may be; '' where none can be. */
export function filledSource(key: readonly number[], open: ReadonlySet<number>, linker: Linker): string {
  return openColumns(key, linker)
    .filter((column) => !open.has(column))
    .map((column) => `${cell(column)} !== ''`)
    .join(' && ')
}

/** Columns whose cells may be empty, each once. */
export function openColumns(columns: readonly number[], linker: Linker): number[] {
  return [...new Set(columns)].filter((column) => linker.columns[column]?.required !== true)
}

/** The unit of a quantity: a cell or a literal, or what stands in for an empty cell. */
export function unitSource(form: Form & { kind: 'quantity' | 'range' }): string {
  const text = (unit: number | string | undefined) => (unit === undefined ? "''" : typeof unit === 'number' ? cell(unit) : js(unit))
  return form.unitElse === undefined ? text(form.unit) : `(${text(form.unit)} || ${text(form.unitElse)})`
}

/** Whether the element takes the cell as it stands. */
export function fitsSource(form: Form & { kind: 'column' }, linker: Linker): string {
  return `${linker.fits(form.type)}(${cell(form.column)})`
}

/** Raw text (not JSON) of a form: what a derived column should hold, what a computed one is. checks.ts says which forms are allowed. */
export function derivedSource(form: Form, linker: Linker): string {
  switch (form.kind) {
    case 'literal':
      return js(String(JSON.parse(form.json)))
    case 'column':
      return cell(form.column)
    case 'number':
      return `rt.canonicalNumber(${cell(form.column)}, ${form.digits})`
    case 'trim':
      return `${cell(form.column)}.trim()`
    case 'template': {
      const columns = form.parts.filter((part) => typeof part === 'number')
      const text = form.parts.map((part) => (typeof part === 'number' ? cell(part) : js(part))).join(' + ')
      const empty = openColumns(columns, linker).map((column) => `${cell(column)} === ''`)
      return empty.length === 0 ? `(${text})` : `(${empty.join(' || ')} ? '' : ${text})`
    }
    case 'lookup':
      return `${linker.lookup(form.table)}(${cell(form.key[0] ?? 0)}, ${form.get})`
    case 'map':
      return `${linker.standardCode(form)}(${form.from.map(cell).join(', ')})`
    case 'if': {
      const otherwise = form.otherwise === undefined ? "''" : derivedSource(form.otherwise, linker)
      return `(${conditionSource(form.condition, linker)} ? ${derivedSource(form.whenTrue, linker)} : ${otherwise})`
    }
    case 'first':
      return `(${form.items.map((item) => derivedSource(item, linker)).join(' || ')})`
    default:
      throw new Error(`text cannot be made with ${form.kind}`)
  }
}
