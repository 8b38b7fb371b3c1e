/** What a table of the generated hospital is: one file in tables/ each. */

import type { Cell } from './csv.js'
import type { Hospital, Person } from './person.js'
import type { Random } from './random.js'

/** Where a table writes its rows. */
export interface Rows {
  /** The number the next row will have, from 1: its row_id. */
  readonly nextRow: number
  row(cells: readonly Cell[]): void
  /** A row that is CSV already; only where no cell can need quotes. */
  line(text: string): void
}

export interface Table {
  /** Lower case. The file has it in upper case, as the source's files have. */
  readonly name: string
  readonly columns: readonly string[]
  /** Rows that belong to no patient: dictionaries, staff. */
  readonly fixed?: (hospital: Hospital, rows: Rows, random: Random) => void
  /** Rows of one patient. `random` is this patient's and this table's own stream. */
  readonly of?: (person: Person, rows: Rows, random: Random, hospital: Hospital) => void
}
