/** A few patients of a generated hospital in memory, for examples: the rows that generateHospital would write for them. */

import type { Cell } from './csv.js'
import { foundHospital, streamOf } from './hospital.js'
import { makePerson } from './person.js'
import type { Rows } from './table.js'
import { TABLES } from './tables/index.js'

export interface SampleTable {
  /** Lower case. */
  readonly columns: readonly string[]
  /** In the order of the file: the first one stands on line 2. */
  readonly rows: readonly (readonly string[])[]
}

/** Tables by name. patients: how many, at least 1; seed: a whole number from 0. */
export function sampleHospital(patients: number, seed: number): Map<string, SampleTable> {
  const hospital = foundHospital(patients, seed, 60)
  const tables = TABLES.map((table) => ({ table, rows: new Collected() }))
  for (const { table, rows } of tables) table.fixed?.(hospital, rows, streamOf(hospital, table.name))
  for (let index = 0; index < patients; index++) {
    const person = makePerson(hospital, index)
    for (const { table, rows } of tables) table.of?.(person, rows, streamOf(hospital, table.name, index), hospital)
  }
  return new Map(tables.map(({ table, rows }) => [table.name, { columns: table.columns, rows: rows.all }]))
}

class Collected implements Rows {
  readonly all: string[][] = []

  get nextRow(): number {
    return this.all.length + 1
  }

  row(cells: readonly Cell[]): void {
    this.all.push(cells.map(String))
  }

  /** No cell of such a line needs quotes. */
  line(text: string): void {
    this.all.push(text.split(','))
  }
}
