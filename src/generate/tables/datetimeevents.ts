import { HOUR, startOfDay, timeText } from '../calendar.js'
import type { Table } from '../table.js'
import type { Pair } from '../vocabulary/items.js'
import { DATES } from '../vocabulary/procedures.js'
import { hours, nurse, stored, watches } from './bedside-rows.js'

/** Dates charted once in a shift: when lines were put in, dressed, changed. MetaVision keeps birth and admission here too. */
export const datetimeevents: Table = {
  name: 'datetimeevents',
  columns: [
    'row_id',
    'subject_id',
    'hadm_id',
    'icustay_id',
    'itemid',
    'charttime',
    'storetime',
    'cgid',
    'value',
    'valueuom',
    'warning',
    'error',
    'resultstatus',
    'stopped'
  ],
  of(person, rows, random, hospital) {
    for (const { stay, care, icu } of watches(person)) {
      const write = (pair: Pair, time: number, value: number) => {
        const item = pair[person.dbsource]
        if (item === undefined) return
        const shown = item.unit === 'Date' ? startOfDay(value) : value
        const marks = person.dbsource === 'metavision' ? [0, 0, '', ''] : ['', '', '', random.chance(0.015) ? "D/C'd" : 'NotStopd']
        rows.row([
          rows.nextRow,
          person.subjectId,
          stay.hadmId,
          icu.icustayId,
          item.itemid,
          timeText(time),
          timeText(stored(time, random)),
          nurse(hospital, icu, time),
          random.chance(0.006) ? '' : timeText(shown),
          item.unit,
          ...marks
        ])
      }
      const lines = care.lines.get(icu)
      const inserted = icu.from + HOUR
      const [first] = hours(icu, 60)
      if (first === undefined) continue
      write(DATES.birth, first, person.shownBirth)
      write(DATES.admission, first, stay.admit)
      let n = 0
      for (const time of hours(icu, Math.max(480, hospital.charting * 8))) {
        const dressed = Math.max(inserted, time - (n % 6) * 8 * HOUR)
        if (lines?.central) {
          write(DATES.centralInserted, time, inserted)
          write(DATES.centralDressing, time, dressed)
          write(DATES.centralTubing, time, dressed)
        }
        if (lines?.arterial) {
          write(DATES.arterialInserted, time, inserted)
          write(DATES.arterialDressing, time, dressed)
        }
        write(DATES.peripheralInserted, time, stay.arrival)
        n++
      }
    }
  }
}
