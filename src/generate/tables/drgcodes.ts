import type { Table } from '../table.js'

/** The older system or the newer one, by the years of the two bedside systems, and APR beside it: its fourth digit is the severity, and its name has a blank. */
export const drgcodes: Table = {
  name: 'drgcodes',
  columns: ['row_id', 'subject_id', 'hadm_id', 'drg_type', 'drg_code', 'description', 'drg_severity', 'drg_mortality'],
  of(person, rows, random) {
    for (const stay of person.stays) {
      const groups = stay.story.groupsOf?.[stay.codes[0]!] ?? stay.story.groups
      const [code, words] = person.dbsource === 'carevue' ? groups.hcfa : groups.ms
      rows.row([rows.nextRow, person.subjectId, stay.hadmId, person.dbsource === 'carevue' ? 'HCFA' : 'MS', code, words, '', ''])
      if (!random.chance(0.75)) continue
      const severity = Math.min(4, 1 + Math.floor(stay.severity * 2 + Math.min(1.5, stay.codes.length / 9)))
      const mortality = stay.death === undefined ? Math.max(1, severity - random.whole(0, 1)) : 4
      rows.row([rows.nextRow, person.subjectId, stay.hadmId, 'APR ', groups.apr[0] + severity, groups.apr[1], severity, mortality])
    }
  }
}
