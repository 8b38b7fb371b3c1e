import { timeText } from '../calendar.js'
import { drawsOf } from '../draws.js'
import { chemistry, count, haemoglobinA1c, minerals, type Panel } from '../panels.js'
import type { Person } from '../person.js'
import { type Levels, levelsAt } from '../physiology.js'
import type { Random } from '../random.js'
import type { Table } from '../table.js'
import type { Lab } from '../vocabulary/labs.js'

export const labevents: Table = {
  name: 'labevents',
  columns: ['row_id', 'subject_id', 'hadm_id', 'itemid', 'charttime', 'value', 'valuenum', 'valueuom', 'flag'],
  of(person, rows, random) {
    resultsOf(person, random, ({ lab, hadm, when, value, number, unit, flag }) => {
      rows.line(`${rows.nextRow},${person.subjectId},${hadm},${lab.itemid},${when},${value},${number},${unit},${flag}`)
    })
  }
}

/** A result as it is written down. */
export interface Result {
  readonly lab: Lab
  readonly hadm: number | ''
  readonly time: number
  readonly when: string
  readonly value: string
  readonly number: string
  readonly unit: string
  readonly flag: string
}

/** All results of a person in the order of the draws. With the stream of this table it gives what the table holds: the chart copies some of it. */
export function resultsOf(person: Person, random: Random, each: (result: Result) => void): void {
  for (const contact of contacts(person)) contact(random, each)
}

type Contact = (random: Random, each: (result: Result) => void) => void

/** Stays and out-patient visits in the order of time. */
function contacts(person: Person): Contact[] {
  const list: { readonly time: number; readonly draw: Contact }[] = []
  for (const time of person.visits) {
    list.push({
      time,
      draw(random, each) {
        const panels = [chemistry, count, ...(random.chance(0.5) ? [minerals] : []), ...(random.chance(0.2) ? [haemoglobinA1c] : [])]
        analyse(random, '', time, levelsAt(person.base, [], time, undefined), panels, each)
      }
    })
  }
  for (const stay of person.stays) {
    list.push({
      time: stay.arrival,
      draw(random, each) {
        for (const draw of drawsOf(stay, random)) {
          // What is drawn in the emergency room is not always booked on the admission that follows.
          const booked = draw.time >= stay.admit || random.chance(0.9)
          analyse(random, booked ? stay.hadmId : '', draw.time, stay.levels(draw.time), draw.panels, each)
        }
      }
    })
  }
  return list.sort((a, b) => a.time - b.time).map(({ draw }) => draw)
}

function analyse(
  random: Random,
  hadm: number | '',
  time: number,
  levels: Levels,
  panels: readonly Panel[],
  each: (result: Result) => void
): void {
  const when = timeText(time)
  // Analysers and years differ in how they spell a unit: all results of one draw alike.
  const oldSpelling = random.chance(0.01)
  for (const panel of panels) {
    panel(levels, random, (lab, text, plain, abnormal) => {
      const unit = oldSpelling ? (OLD_SPELLING[lab.unit] ?? lab.unit) : lab.unit
      let value = text
      let number = plain
      let flag = abnormal ? 'abnormal' : ''
      const fate = random.unit()
      if (fate < 0.0012) {
        value = NO_RESULT[Math.floor((fate / 0.0012) * NO_RESULT.length)]!
        number = ''
        flag = ''
      } else if (fate < 0.004 && text.startsWith('0.')) {
        value = text.slice(1)
      } else if (fate > 0.997 && lab.category === 'Hematology' && number !== '') {
        flag = 'delta'
      }
      each({ lab, hadm, time, when, value, number, unit, flag })
    })
  }
}

/** Why there is no result, in the words of the laboratory. */
const NO_RESULT = ['HOLD', 'NotDone', 'UNABLE TO REPORT', 'COMPUTER NETWORK FAILURE. TEST NOT RESULTED.']

const OLD_SPELLING: Readonly<Record<string, string>> = {
  'mEq/L': 'MEQ/L',
  sec: 'SECONDS',
  'mm Hg': 'MM HG',
  units: 'UNITS',
  'ng/mL': 'ng/ml'
}
