import type { Table } from '../table.js'
import { caregivers as all, FIRST_CAREGIVER } from '../vocabulary/staff.js'

export const caregivers: Table = {
  name: 'caregivers',
  columns: ['row_id', 'cgid', 'label', 'description'],
  fixed(hospital, rows, random) {
    for (const [i, [label, description]] of all(hospital.patients, random).entries()) {
      rows.row([rows.nextRow, FIRST_CAREGIVER + i, label, description])
    }
  }
}
