import { timeText } from '../calendar.js'
import type { Table } from '../table.js'

export const admissions: Table = {
  name: 'admissions',
  columns: [
    'row_id',
    'subject_id',
    'hadm_id',
    'admittime',
    'dischtime',
    'deathtime',
    'admission_type',
    'admission_location',
    'discharge_location',
    'insurance',
    'language',
    'religion',
    'marital_status',
    'ethnicity',
    'edregtime',
    'edouttime',
    'diagnosis',
    'hospital_expire_flag',
    'has_chartevents_data',
    'physician_id'
  ],
  of(person, rows) {
    for (const stay of person.stays) {
      rows.row([
        rows.nextRow,
        person.subjectId,
        stay.hadmId,
        timeText(stay.admit),
        timeText(stay.discharge),
        timeText(stay.death),
        stay.type,
        stay.cameFrom,
        stay.wentTo,
        stay.insurance,
        stay.language,
        stay.religion,
        stay.maritalStatus,
        stay.ethnicity,
        timeText(stay.emergency?.from),
        timeText(stay.emergency?.to),
        stay.complaint,
        stay.death === undefined ? 0 : 1,
        stay.icu.length > 0 ? 1 : 0,
        stay.physicianId
      ])
    }
  }
}
