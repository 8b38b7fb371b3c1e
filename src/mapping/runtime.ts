/** What generated code calls: `rt.quote(...)`. One object, so that the generated functions close over nothing else. */
import {
  base64,
  canonicalNumber,
  code,
  decimal,
  icd9,
  isCode,
  isMidnight,
  isWellFormed,
  quote,
  rejectCell,
  rejectEmpty,
  trimmed,
  uriPart
} from './cells.js'
import { type CodeMap, translate } from './codemap.js'
import type { MapResult } from './model.js'
import { isMeasure, isRange, quantity, range } from './quantity.js'
import type { MergedValues, Rejection, UnmappedSink } from './types.js'

export const rt = {
  quote,
  code,
  decimal,
  canonicalNumber,
  base64,
  icd9,
  quantity,
  range,
  isCode,
  isWellFormed,
  isMeasure,
  isMidnight,
  isRange,
  uriPart,
  rejectCell,
  rejectEmpty,
  rejectHomeless,
  rejectMissing,
  rejectRepeat,
  parts,
  trimmed
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

/** Items by part, separated by commas: those in the order of `missing`, with what stands in where no row gives one, then all others. */
function parts(merged: MergedValues | undefined, slot: string, missing: ReadonlyArray<readonly [part: string, json: string]>): string {
  const named = new Set(missing.map(([part]) => slot + part))
  const others = [...(merged ?? [])].filter(([name]) => name.startsWith(slot) && !named.has(name)).sort(([a], [b]) => (a < b ? -1 : 1))
  const first = missing.flatMap(([part, json]) => merged?.get(slot + part) ?? (json === '' ? [] : [json]))
  return [...first, ...others.flatMap(([, items]) => items)].join(',')
}

/** No condition of the mapping that decides what stands for a row holds for it. */
function rejectHomeless(): Rejection {
  return { column: undefined, rule: 'no-home', message: 'no resource of the mapping stands for this row: a column of its key is empty' }
}

/** The resource that a row belongs to is not there. */
function rejectMissing(what: string, column: string): Rejection {
  return { column, rule: 'missing', message: `there is no ${what} with this ${column}, neither in this load nor in the store` }
}

function rejectRepeat(): Rejection {
  return { column: undefined, rule: 'duplicate-key', message: 'an earlier row of this load has the same key and says something else' }
}
