import type { Table } from '../table.js'
import { CPT_SECTIONS } from '../vocabulary/procedures.js'

export const dCpt: Table = {
  name: 'd_cpt',
  columns: [
    'row_id',
    'category',
    'sectionrange',
    'sectionheader',
    'subsectionrange',
    'subsectionheader',
    'codesuffix',
    'mincodeinsubsection',
    'maxcodeinsubsection'
  ],
  fixed(_hospital, rows) {
    for (const { category, section, range, subsection, from, to } of CPT_SECTIONS) {
      rows.row([rows.nextRow, category, range, section, `${from}-${to}`, subsection, '', from, to])
    }
  }
}
