import { timeText } from '../calendar.js'
import { drawsOf } from '../draws.js'
import { chemistry, count, haemoglobinA1c, minerals, type Panel } from '../panels.js'
import type { Person } from '../person.js'
import { type Levels, levelsAt } from '../physiology.js'
import type { Random } from '../random.js'
import type { Rows, Table } from '../table.js'

export const labevents: Table = {
  name: 'labevents',
  columns: ['row_id', 'subject_id', 'hadm_id', 'itemid', 'charttime', 'value', 'valuenum', 'valueuom', 'flag'],
  of(person, rows, random) {
    for (const contact of contacts(person)) contact(rows, random)
  }
}

type Contact = (rows: Rows, random: Random) => void

/** Stays and out-patient visits in the order of time. */
function contacts(person: Person): Contact[] {
  const list: { readonly time: number; readonly write: Contact }[] = []
  for (const time of person.visits) {
    list.push({
      time,
      write(rows, random) {
        const panels = [chemistry, count, ...(random.chance(0.5) ? [minerals] : []), ...(random.chance(0.2) ? [haemoglobinA1c] : [])]
        writeDraw(rows, random, `${person.subjectId},`, time, levelsAt(person.base, [], time, undefined), panels)
      }
    })
  }
  for (const stay of person.stays) {
    list.push({
      time: stay.arrival,
      write(rows, random) {
        for (const draw of drawsOf(stay, random)) {
          // What is drawn in the emergency room is not always booked on the admission that follows.
          const booked = draw.time >= stay.admit || random.chance(0.9)
          writeDraw(rows, random, `${person.subjectId},${booked ? stay.hadmId : ''}`, draw.time, stay.levels(draw.time), draw.panels)
        }
      }
    })
  }
  return list.sort((a, b) => a.time - b.time).map(({ write }) => write)
}

function writeDraw(rows: Rows, random: Random, who: string, time: number, levels: Levels, panels: readonly Panel[]): void {
  const when = timeText(time)
  // Analysers and years differ in how they spell a unit: all results of one draw alike.
  const oldSpelling = random.chance(0.01)
  for (const panel of panels) {
    panel(levels, random, (lab, text, number, abnormal) => {
      const unit = oldSpelling ? (OLD_SPELLING[lab.unit] ?? lab.unit) : lab.unit
      let value = text
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
      rows.line(`${rows.nextRow},${who},${lab.itemid},${when},${value},${number},${unit},${flag}`)
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
