import type { Table } from '../table.js'
import { LABS } from '../vocabulary/labs.js'

export const dLabitems: Table = {
  name: 'd_labitems',
  columns: ['row_id', 'itemid', 'label', 'fluid', 'category', 'loinc_code'],
  fixed(_hospital, rows) {
    for (const lab of Object.values(LABS).sort((a, b) => a.itemid - b.itemid)) {
      rows.row([rows.nextRow, lab.itemid, lab.label, lab.fluid, lab.category, lab.loinc])
    }
  }
}
