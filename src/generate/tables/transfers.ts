import { HOUR, timeText } from '../calendar.js'
import type { Table } from '../table.js'

/** A row per ward, and one that says the hospital was left: it has no ward and no end. */
export const transfers: Table = {
  name: 'transfers',
  columns: [
    'row_id',
    'subject_id',
    'hadm_id',
    'icustay_id',
    'dbsource',
    'eventtype',
    'prev_careunit',
    'curr_careunit',
    'prev_wardid',
    'curr_wardid',
    'intime',
    'outtime',
    'los'
  ],
  of(person, rows) {
    for (const [n, stay] of person.stays.entries()) {
      const { places } = person.care[n]!
      for (const [i, place] of places.entries()) {
        const previous = places[i - 1]
        rows.row([
          rows.nextRow,
          person.subjectId,
          stay.hadmId,
          place.icu?.icustayId ?? '',
          person.dbsource,
          previous === undefined ? 'admit' : 'transfer',
          previous?.unit ?? '',
          place.unit,
          previous?.ward ?? '',
          place.ward,
          timeText(place.from),
          timeText(place.to),
          String(Number(((place.to - place.from) / HOUR).toFixed(2)))
        ])
      }
      const last = places.at(-1)!
      rows.row([
        rows.nextRow,
        person.subjectId,
        stay.hadmId,
        '',
        person.dbsource,
        'discharge',
        last.unit,
        '',
        last.ward,
        '',
        timeText(stay.discharge),
        '',
        ''
      ])
    }
  }
}
