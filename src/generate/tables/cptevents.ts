import { DAY, startOfDay, timeText } from '../calendar.js'
import type { Person } from '../person.js'
import type { Rows, Table } from '../table.js'
import { CPT_SECTIONS } from '../vocabulary/procedures.js'
import { type Watch, watches } from './bedside-rows.js'

/** What physicians bill for a stay in intensive care: visits by the day, lines, ventilation. Only what respiratory therapy bills has a date. */
export const cptevents: Table = {
  name: 'cptevents',
  columns: [
    'row_id',
    'subject_id',
    'hadm_id',
    'costcenter',
    'chartdate',
    'cpt_cd',
    'cpt_number',
    'cpt_suffix',
    'ticket_id_seq',
    'sectionheader',
    'subsectionheader',
    'description'
  ],
  of(person, rows, random) {
    let hadm = 0
    let ticket = 0
    for (const watch of watches(person)) {
      if (watch.stay.hadmId !== hadm) ticket = 0
      hadm = watch.stay.hadmId
      const { care, icu, stay } = watch
      const bill = (code: number, date?: number, description = '') => write(person, watch, rows, code, ++ticket, date, description)
      if (random.chance(0.5)) bill(random.whole(99221, 99223))
      if (random.chance(0.35)) bill(random.whole(99252, 99255))
      for (let time = icu.from; time < icu.to; time += DAY) {
        const grave = care.shock !== undefined && time < care.shock.to
        bill(grave || random.chance(0.35) ? 99291 : random.whole(99231, 99233))
        if (grave && random.chance(0.15)) bill(99292)
      }
      const lines = care.lines.get(icu)
      if (lines?.central && random.chance(0.5)) bill(36556)
      if (lines?.arterial && random.chance(0.3)) bill(36620)
      if (care.operations.some(({ code }) => code === '3324')) bill(31624)
      const { tube, mask } = care.breathing
      const breath = tube?.icu === icu ? tube : mask?.icu === icu ? mask : undefined
      if (breath !== undefined) {
        const how = breath === tube ? 'INVASIVE' : 'MASK'
        let first = true
        for (let day = startOfDay(breath.from); day < breath.to; day += DAY) {
          bill(first ? 94002 : 94003, day, first ? `VENTILATION, FIRST DAY (${how})` : `VENTILATION; FURTHER DAYS (${how})`)
          first = false
        }
      }
      if (stay.death === undefined && random.chance(0.5)) bill(random.whole(99238, 99239))
    }
  }
}

function write(
  person: Person,
  { stay }: Watch,
  rows: Rows,
  code: number,
  ticket: number,
  date: number | undefined,
  description: string
): void {
  const section = CPT_SECTIONS.find(({ from, to }) => code >= from && code <= to)!
  rows.row([
    rows.nextRow,
    person.subjectId,
    stay.hadmId,
    date === undefined ? 'ICU' : 'Resp',
    date === undefined ? '' : timeText(date),
    code,
    code,
    '',
    date === undefined ? ticket : '',
    section.section,
    section.subsection,
    description
  ])
}
