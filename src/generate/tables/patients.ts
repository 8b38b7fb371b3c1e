import { timeText } from '../calendar.js'
import type { Table } from '../table.js'

export const patients: Table = {
  name: 'patients',
  columns: ['row_id', 'subject_id', 'gender', 'dob', 'dod', 'dod_hosp', 'dod_ssn', 'expire_flag', 'identity_doc'],
  of(person, rows) {
    const { death } = person
    rows.row([
      rows.nextRow,
      person.subjectId,
      person.gender,
      timeText(person.shownBirth),
      timeText(death?.hospital ?? death?.registry),
      timeText(death?.hospital),
      timeText(death?.registry),
      death === undefined ? 0 : 1,
      person.identityDocument
    ])
  }
}
