/** What generated code calls: `rt.quote(...)`. One object, so that the generated functions close over nothing else. */
import { canonicalNumber, code, decimal, icd9, isCode, quote, rejectCell, rejectEmpty, uriPart } from './cells.js'
import { type CodeMap, translate } from './codemap.js'
import type { MapResult } from './model.js'
import { isMeasure, isRange, quantity, range } from './quantity.js'
import type { UnmappedSink } from './types.js'

export const rt = {
  quote,
  code,
  decimal,
  canonicalNumber,
  icd9,
  quantity,
  range,
  isCode,
  isMeasure,
  isRange,
  uriPart,
  rejectCell,
  rejectEmpty
}

/** Extra arguments are the cells of the columns the map depends on; the last one counts values without a row. */
export type MapFunction = (...args: [...string[], UnmappedSink]) => string | undefined

/**
 * A code map as a function from cells to JSON text: the local coding first, standard codings beside it, the source text kept.
 * hasOtherwise: a value without a row gives undefined (and is not counted), so that another form can stand in.
 */
export function mapFunction(
  map: CodeMap,
  columns: readonly string[],
  result: MapResult,
  hasOtherwise: boolean,
  quiet: boolean
): MapFunction {
  return (...args) => {
    const miss = args[args.length - 1] as UnmappedSink
    const value = args[0] as string
    if (value === '') return ''
    const others = Object.fromEntries(columns.map((column, index) => [column, args[index] as string]))
    const found = translate(map, value, others)
    if (found === undefined) {
      if (hasOtherwise) return undefined
      if (!quiet) miss(columns[0] ?? '', value)
    }
    const standard = (found ?? []).map(
      (c) => `{"system":${quote(c.system)},"code":${quote(c.code)}${c.display === undefined ? '' : `,"display":${quote(c.display)}`}}`
    )
    const own = code(value)
    const local = `{"system":${quote(map.local)}${own === '' ? '' : `,"code":${own}`}}`
    switch (result) {
      case 'CodeableConcept':
        return `{"coding":[${[local, ...standard].join(',')}],"text":${quote(value)}}`
      case 'Coding':
        return standard[0] ?? local
      case 'standard':
        return standard[0] ?? ''
      case 'codings':
        return standard.join(',')
      case 'code':
        return found?.[0] === undefined ? '' : quote(found[0].code)
    }
  }
}
