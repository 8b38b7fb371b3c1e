import { DAY, timeText } from '../calendar.js'
import type { Table } from '../table.js'

export const icustays: Table = {
  name: 'icustays',
  columns: [
    'row_id',
    'subject_id',
    'hadm_id',
    'icustay_id',
    'dbsource',
    'first_careunit',
    'last_careunit',
    'first_wardid',
    'last_wardid',
    'intime',
    'outtime',
    'los'
  ],
  of(person, rows) {
    for (const stay of person.stays) {
      for (const icu of stay.icu) {
        rows.row([
          rows.nextRow,
          person.subjectId,
          stay.hadmId,
          icu.icustayId,
          person.dbsource,
          icu.firstUnit,
          icu.lastUnit,
          icu.firstWard,
          icu.lastWard,
          timeText(icu.from),
          timeText(icu.to),
          ((icu.to - icu.from) / DAY).toFixed(4)
        ])
      }
    }
  }
}
