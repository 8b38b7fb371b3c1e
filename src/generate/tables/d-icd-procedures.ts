import type { Table } from '../table.js'
import { ICD9_PROCEDURES } from '../vocabulary/procedures.js'

const CODES = Object.keys(ICD9_PROCEDURES).sort()

export const dIcdProcedures: Table = {
  name: 'd_icd_procedures',
  columns: ['row_id', 'icd9_code', 'short_title', 'long_title'],
  fixed(_hospital, rows) {
    for (const code of CODES) rows.row([rows.nextRow, code, ...ICD9_PROCEDURES[code]!])
  }
}
