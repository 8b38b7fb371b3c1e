import type { Table } from '../table.js'
import { FIRST_PHYSICIAN, physicianName, physicianSpecialty } from '../vocabulary/staff.js'

export const physicians: Table = {
  name: 'physicians',
  columns: ['physician_id', 'name', 'specialty'],
  fixed(hospital, rows) {
    for (let i = 0; i < hospital.physicians; i++) rows.row([FIRST_PHYSICIAN + i, physicianName(i), physicianSpecialty(i)])
  }
}
