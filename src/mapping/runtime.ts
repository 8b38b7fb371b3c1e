/** What generated code calls: `rt.quote(...)`. One object, so that the generated functions close over nothing else. */
import { canonicalNumber, code, decimal, icd9, quote, rejectCell, rejectEmpty } from './cells.js'
import { type CodeMap, translate } from './codemap.js'
import type { MapResult } from './model.js'
import { isMeasure, quantity, range } from './quantity.js'
import type { UnmappedSink } from './types.js'

interface Memo {
  readonly v: string
  readonly u: ReadonlyArray<readonly [string, string]> | undefined
}

const MEMO_LIMIT = 5_000

/** Whether a text may stand as a FHIR code just as it is. */
function isCode(text: string): boolean {
  return /^\S+(?: \S+)*$/.test(text)
}

type MemoMap = Map<string, Memo | MemoMap>

/** Keeps the value made for one or two cell texts, with the unmapped values that were met on the way. */
function remember(memo: MemoMap, keys: readonly string[], value: string, unmapped: ReadonlyArray<readonly [string, string]>): Memo {
  const entry = { v: value, u: unmapped.length === 0 ? undefined : unmapped }
  let map = memo
  for (const key of keys.slice(0, -1)) {
    const inner = (map.get(key) as MemoMap | undefined) ?? new Map()
    room(map).set(key, inner)
    map = inner
  }
  room(map).set(keys[keys.length - 1] ?? '', entry)
  return entry
}

function room(map: MemoMap): MemoMap {
  if (map.size >= MEMO_LIMIT) map.clear()
  return map
}

export const rt = { quote, code, decimal, canonicalNumber, icd9, quantity, range, isMeasure, isCode, remember, rejectCell, rejectEmpty }

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
    const local = `{"system":${quote(map.local)},"code":${code(value)}}`
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
