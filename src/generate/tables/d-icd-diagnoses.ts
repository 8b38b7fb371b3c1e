import type { Table } from '../table.js'
import { ICD9 } from '../vocabulary/icd9.js'

/** In the order of the codes as text: an object would put `1534` before `00845`. */
const CODES = Object.keys(ICD9).sort()

export const dIcdDiagnoses: Table = {
  name: 'd_icd_diagnoses',
  columns: ['row_id', 'icd9_code', 'short_title', 'long_title'],
  fixed(_hospital, rows) {
    for (const code of CODES) rows.row([rows.nextRow, code, ...ICD9[code]!])
  }
}
