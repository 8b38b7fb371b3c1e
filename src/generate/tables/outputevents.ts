import { DAY, HOUR, MINUTE, timeText } from '../calendar.js'
import type { Random } from '../random.js'
import type { Table } from '../table.js'
import type { Pair } from '../vocabulary/items.js'
import { OUTPUTS } from '../vocabulary/procedures.js'
import { hours, nurse, stored, type Watch, watches } from './bedside-rows.js'

/** Urine by the hour with a catheter, by the visit without; drains after operations, stool. */
export const outputevents: Table = {
  name: 'outputevents',
  columns: [
    'row_id',
    'subject_id',
    'hadm_id',
    'icustay_id',
    'charttime',
    'itemid',
    'value',
    'valueuom',
    'storetime',
    'cgid',
    'stopped',
    'newbottle',
    'iserror'
  ],
  of(person, rows, random, hospital) {
    for (const watch of watches(person)) {
      const { stay, care, icu } = watch
      const write = (pair: Pair, time: number, millilitres: number) => {
        const item = pair[person.dbsource]
        if (item === undefined || time < icu.from || time >= icu.to) return
        // CareVue: emptied, not measured.
        const unknown = person.dbsource === 'carevue' && random.chance(0.01)
        const [value, unit] = unknown ? ['', ''] : [Math.max(0, Math.round(millilitres)), item.unit]
        const who = [person.subjectId, stay.hadmId, icu.icustayId, timeText(time), item.itemid]
        rows.row([rows.nextRow, ...who, value, unit, timeText(stored(time, random)), nurse(hospital, icu, time), '', '', ''])
      }
      if (care.lines.get(icu)?.catheter) {
        // With half a day between vital signs the bags are still emptied, only less often.
        const every = Math.max(1, Math.round(hospital.charting / 60))
        for (const time of hours(icu, every * 60)) write(OUTPUTS.foley, time, urine(watch, time, random) * every)
        if (stay.story.name === 'elective-surgery' && random.chance(0.1)) {
          // A bladder that is rinsed: more comes out than went in.
          const time = icu.from + 6 * HOUR
          write(OUTPUTS.irrigantIn, time, 3000)
          write(OUTPUTS.irrigantOut, time + 2 * HOUR, 3000 + random.whole(150, 500))
        }
      } else {
        for (let time = icu.from + random.whole(60, 200) * MINUTE; time < icu.to; time += random.whole(220, 400) * MINUTE) {
          write(OUTPUTS.voided, Math.floor(time / (15 * MINUTE)) * 15 * MINUTE, Math.max(60, urine(watch, time, random) * 5))
        }
      }
      drains(watch, random, write)
      for (let time = icu.from + random.whole(8, 40) * HOUR; time < icu.to; time += random.whole(16, 40) * HOUR) {
        if (random.chance(0.4)) write(OUTPUTS.stool, Math.floor(time / HOUR) * HOUR, random.whole(4, 20) * 25)
      }
    }
  }
}

/** Millilitres in an hour: by weight, by what the kidneys do, more with a diuretic or sugar in it, less in shock. */
function urine({ stay, care }: Watch, time: number, random: Random): number {
  const { creatinine, glucose } = stay.levels(time)
  let rate = care.weight * random.between(0.6, 1.3)
  rate *= Math.min(1.2, 1.4 / Math.max(0.9, creatinine))
  if (care.shock !== undefined && time < care.shock.treated + 4 * HOUR && time >= care.shock.from) rate *= 0.35
  if (care.courses.some(({ name, from, to }) => name === 'furosemide' && time >= from && time < to)) rate *= 1.9
  if (glucose > 280) rate *= 1.8
  if (stay.death !== undefined && time > stay.death - 8 * HOUR) rate *= 0.2
  return Math.round(rate / 5) * 5
}

function drains({ stay, icu }: Watch, random: Random, write: (pair: Pair, time: number, millilitres: number) => void): void {
  if (stay.story.name === 'cardiac-surgery') {
    for (let time = Math.ceil(icu.from / HOUR) * HOUR; time < Math.min(icu.to, icu.from + 1.5 * DAY); time += 2 * HOUR) {
      write(OUTPUTS.chestTube, time, 110 * 0.5 ** ((time - icu.from) / (10 * HOUR)) * random.between(0.6, 1.4))
    }
  } else if (stay.story.name === 'elective-surgery') {
    for (let time = Math.ceil(icu.from / HOUR) * HOUR; time < icu.to; time += 4 * HOUR) write(OUTPUTS.drain, time, random.whole(2, 12) * 5)
  } else if (stay.story.name === 'gi-bleed') {
    for (let time = icu.from + 2 * HOUR; time < Math.min(icu.to, icu.from + 12 * HOUR); time += 4 * HOUR) {
      if (random.chance(0.4)) write(OUTPUTS.stomach, Math.floor(time / HOUR) * HOUR, random.whole(2, 20) * 10)
    }
  }
}
