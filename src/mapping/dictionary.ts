/** Dictionary tables: looked up by other tables while mapping, kept as one CodeSystem each. */
import { parseJson } from '../fhir/json.js'
import { cellTest, isCode, quote, rejectCell, rejectEmpty } from './cells.js'
import type { IdMaker } from './ids.js'
import { at, textAt } from './jsonpath.js'
import type { DictionaryModel, Pack, TableModel } from './model.js'
import type { MappedResource, Rejection } from './types.js'

export class DictionaryTable {
  readonly id: string
  readonly #model: TableModel
  readonly #dictionary: DictionaryModel
  readonly #pack: Pack
  readonly #rows = new Map<string, readonly string[]>()

  constructor(model: TableModel, dictionary: DictionaryModel, pack: Pack, makeId: IdMaker) {
    this.#model = model
    this.#dictionary = dictionary
    this.#pack = pack
    this.id = makeId('code-system', `[${quote(model.table)}]`)
  }

  /** The row of a code. */
  find(codeText: string): readonly string[] | undefined {
    return this.#rows.get(codeText)
  }

  /** Replaces the rows. Refused are cells of the wrong type, codes that FHIR does not allow and codes that come twice. */
  load(rows: readonly (readonly string[])[]): Array<Rejection & { index: number }> {
    this.#rows.clear()
    const refused: Array<Rejection & { index: number }> = []
    const keyColumn = this.#model.columns[this.#dictionary.code]?.name ?? ''
    rows.forEach((row, index) => {
      const key = row[this.#dictionary.code] ?? ''
      const fault =
        this.#fault(row) ??
        (this.#rows.has(key)
          ? { column: keyColumn, rule: 'duplicate-key', message: `${keyColumn} stands in an earlier row already` }
          : undefined)
      if (fault === undefined) this.#rows.set(key, row)
      else refused.push({ ...fault, index })
    })
    return refused
  }

  #fault(row: readonly string[]): Rejection | undefined {
    for (const [index, column] of this.#model.columns.entries()) {
      const cell = row[index] ?? ''
      if (cell === '' && (column.required || index === this.#dictionary.code)) return rejectEmpty(column.name)
      if (cell !== '' && cellTest(column.type)?.(cell) === false) return rejectCell(column.name, column.type)
      if (index === this.#dictionary.code && !isCode(cell))
        return { column: column.name, rule: 'code', message: `${column.name} must have no blanks but single ones inside` }
    }
    return undefined
  }

  /** The CodeSystem; undefined while the dictionary is empty. */
  resource(): MappedResource | undefined {
    if (this.#rows.size === 0) return undefined
    const columns = this.#model.columns
    const { properties, display } = this.#dictionary
    const declared = properties.map((column) => `{"code":${quote(hyphens(columns[column]?.name))},"type":"string"}`)
    const concepts = [...this.#rows].map(([key, row]) => {
      const held = properties.flatMap((column) =>
        (row[column] ?? '') === '' ? [] : [`{"code":${quote(hyphens(columns[column]?.name))},"valueString":${quote(row[column] ?? '')}}`]
      )
      const shown = (row[display] ?? '') === '' ? '' : `,"display":${quote(row[display] ?? '')}`
      return `{"code":${quote(key)}${shown}${held.length === 0 ? '' : `,"property":[${held.join(',')}]`}}`
    })
    const text =
      `{"resourceType":"CodeSystem","id":"${this.id}","url":${quote(this.#dictionary.codeSystem)},"name":${quote(pascal(this.#model.table))},` +
      `"title":${quote(`${this.#pack.title}: ${this.#model.table}`)},"status":"active","content":"${this.#dictionary.content}","count":${concepts.length},` +
      `${declared.length === 0 ? '' : `"property":[${declared.join(',')}],`}"concept":[${concepts.join(',')}]}`
    return { as: 'code-system', type: 'CodeSystem', id: this.id, text }
  }

  /** Rows from the CodeSystem, in its order. */
  invert(text: string): string[][] {
    const concepts = at(parseJson(text), 'concept')
    if (concepts?.kind !== 'array') return []
    const { properties, display, code: codeColumn } = this.#dictionary
    return concepts.items.map((concept) => {
      const row = this.#model.columns.map(() => '')
      row[codeColumn] = textAt(concept, 'code') ?? ''
      row[display] = textAt(concept, 'display') ?? ''
      const held = at(concept, 'property')
      for (const item of held?.kind === 'array' ? held.items : []) {
        const column = properties.find((one) => hyphens(this.#model.columns[one]?.name) === textAt(item, 'code'))
        if (column !== undefined) row[column] = textAt(item, 'valueString') ?? ''
      }
      return row
    })
  }
}

/** Column names as property codes. */
function hyphens(name: string | undefined): string {
  return (name ?? '').replaceAll('_', '-')
}

/** A table name as R4 wants names of code systems: `d_labitems` -> `DLabitems`. */
function pascal(name: string): string {
  return name.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())
}
