import type { Table } from '../table.js'
import { CAREGIVERS } from '../vocabulary/staff.js'

const FIRST = 14001

/** About as many as the source has per patient, within reason: a large hospital has some thousand. */
export const caregivers: Table = {
  name: 'caregivers',
  columns: ['row_id', 'cgid', 'label', 'description'],
  fixed(hospital, rows, random) {
    const number = Math.min(7500, 30 + Math.ceil(hospital.patients / 5))
    for (let i = 0; i < number; i++) {
      const [label, description] = random.choose(CAREGIVERS)
      rows.row([rows.nextRow, FIRST + i, label, description])
    }
  }
}
