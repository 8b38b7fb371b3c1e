import { startOfDay, timeText } from '../calendar.js'
import type { Table } from '../table.js'
import { ORGANISMS, SPECIMENS } from '../vocabulary/microbes.js'

/** A row per antibiotic tried; one row where nothing grew, or where what grew was not tried. */
export const microbiologyevents: Table = {
  name: 'microbiologyevents',
  columns: [
    'row_id',
    'subject_id',
    'hadm_id',
    'chartdate',
    'charttime',
    'spec_itemid',
    'spec_type_desc',
    'org_itemid',
    'org_name',
    'isolate_num',
    'ab_itemid',
    'ab_name',
    'dilution_text',
    'dilution_comparison',
    'dilution_value',
    'interpretation'
  ],
  of(person, rows, random) {
    for (const [n, stay] of person.stays.entries()) {
      for (const { specimen, time, grew } of person.care[n]!.cultures) {
        const { itemid, label } = SPECIMENS[specimen]
        const when = [timeText(startOfDay(time)), random.chance(0.05) ? '' : timeText(time)]
        const row = (...cells: readonly (string | number)[]) =>
          rows.row([rows.nextRow, person.subjectId, stay.hadmId, ...when, itemid, label, ...cells])
        if (grew.length === 0) row('', '', '', '', '', '', '', '', '')
        for (const [isolate, name] of grew.entries()) {
          const { item, answers } = ORGANISMS[name]
          // A screen says that it is there, a second bottle the same again: no concentrations.
          const tried = specimen === 'screen' || random.chance(0.25) ? [] : answers
          if (tried.length === 0) row(item.itemid, item.label, isolate + 1, '', '', '', '', '', '')
          for (const { to, how } of tried) {
            const [dilution, meaning] = random.choose(how)
            row(item.itemid, item.label, isolate + 1, to.itemid, to.label, dilution, ...split(dilution), meaning)
          }
        }
      }
    }
  }
}

/** Comparison and value as the source splits them: the value rounded to a whole number, `>256` not split at all. */
function split(dilution: string): [comparison: string, value: string] {
  const parts = /^(<=|=>)?([\d.]+)$/.exec(dilution)
  return parts === null ? ['', ''] : [parts[1] ?? '=', String(Math.round(Number(parts[2])))]
}
