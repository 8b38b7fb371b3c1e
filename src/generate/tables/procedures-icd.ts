import type { Table } from '../table.js'

export const proceduresIcd: Table = {
  name: 'procedures_icd',
  columns: ['row_id', 'subject_id', 'hadm_id', 'seq_num', 'icd9_code'],
  of(person, rows) {
    for (const [n, stay] of person.stays.entries()) {
      for (const [rank, { code }] of person.care[n]!.operations.entries())
        rows.row([rows.nextRow, person.subjectId, stay.hadmId, rank + 1, code])
    }
  }
}
