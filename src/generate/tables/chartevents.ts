import { HOUR, MINUTE } from '../calendar.js'
import { arrival, assessment, shift, weight } from '../chart/assessment.js'
import { breathing } from '../chart/breathing.js'
import { Pen } from '../chart/pen.js'
import { flatLine, vitals } from '../chart/vitals.js'
import { streamOf } from '../hospital.js'
import type { Table } from '../table.js'
import { LAB_COPIES } from '../vocabulary/chart-items.js'
import { hours, watches } from './bedside-rows.js'
import { type Result, resultsOf } from './labevents.js'

/** The chart of intensive care. Vital signs come as often as `charting` says, mind, pain and breathing every fourth time, the whole body every eighth, alarms and
 * scales once in twelve times; results of the laboratory are copied. */
export const chartevents: Table = {
  name: 'chartevents',
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
    'valuenum',
    'valueuom',
    'warning',
    'error',
    'resultstatus',
    'stopped'
  ],
  of(person, rows, random, hospital) {
    const all = watches(person)
    if (all.length === 0) return
    const copied: Result[] = []
    resultsOf(person, streamOf(hospital, 'labevents', person.index), (result) => {
      if (result.number !== '' && LAB_COPIES[result.lab.itemid] !== undefined) copied.push(result)
    })
    for (const watch of all) {
      const { icu, stay } = watch
      const pen = new Pen(rows, random, hospital, person, watch)
      arrival(pen.at(icu.from + random.whole(5, 25) * MINUTE))
      let n = 0
      for (const time of hours(icu, hospital.charting)) {
        vitals(pen.at(time), n % 4 === 0)
        if (n % 4 === 0) {
          breathing(pen.at(time + random.whole(0, 10) * MINUTE, 'therapist'))
          assessment(pen.at(time), n % 8 === 0)
        }
        if (n % 12 === 0) shift(pen.at(time))
        if (n % 24 === 5) weight(pen.at(time))
        n++
      }
      if (stay.death === icu.to && random.chance(0.5)) flatLine(pen.at(icu.to + random.whole(-2, 6) * MINUTE))
      // A thin chart has fewer of them, too.
      const share = 0.85 * Math.min(1, 120 / hospital.charting)
      for (const result of copied) {
        if (result.time < icu.from || result.time >= icu.to - HOUR / 2 || !random.chance(share)) continue
        const { again, ...pair } = LAB_COPIES[result.lab.itemid]!
        const item = pair[pen.system]
        if (item === undefined) continue
        pen.at(result.time)
        pen.copy(item, Number(result.number))
        if (pen.system === 'carevue' && again !== undefined && random.chance(0.8)) pen.copy(again, Number(result.number))
      }
    }
  }
}
