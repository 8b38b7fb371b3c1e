import type { Table } from '../table.js'

export const diagnosesIcd: Table = {
  name: 'diagnoses_icd',
  columns: ['row_id', 'subject_id', 'hadm_id', 'seq_num', 'icd9_code'],
  of(person, rows) {
    for (const stay of person.stays) {
      for (const [rank, code] of stay.codes.entries()) rows.row([rows.nextRow, person.subjectId, stay.hadmId, rank + 1, code])
    }
  }
}
