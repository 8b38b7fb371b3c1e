/** What is run in, transfused, fed and drunk in intensive care, besides the medicines. */

import { DAY, HOUR, MINUTE } from '../calendar.js'
import type { Random } from '../random.js'
import type { IcuStay, Stay } from '../stay.js'
import type { FluidName } from '../vocabulary/fluids.js'
import type { Breathing } from './breathing.js'
import type { IcuSpan } from './index.js'
import type { Done } from './operations.js'

export interface Intake extends IcuSpan {
  readonly fluid: FluidName
  readonly kind: 'bolus' | 'running' | 'blood' | 'feed' | 'mouth' | 'before'
  readonly millilitres: number
  /** Milliequivalents of potassium in it. */
  readonly potassium?: number
}

export function intakesOf(stay: Stay, { tube }: Breathing, operations: readonly Done[], random: Random): Intake[] {
  const intakes: Intake[] = []
  function add(
    icu: IcuStay,
    kind: Intake['kind'],
    fluid: FluidName,
    from: number,
    to: number,
    millilitres: number,
    potassium?: number
  ): void {
    const begin = Math.round(from / (5 * MINUTE)) * 5 * MINUTE
    const end = Math.floor(Math.min(to, icu.to) / (5 * MINUTE)) * 5 * MINUTE
    if (begin < icu.from || end <= begin || begin > icu.to - 30 * MINUTE) return
    intakes.push({ icu, kind, fluid, from: begin, to: end, millilitres, ...(potassium === undefined ? {} : { potassium }) })
  }
  const { boluses = [0, 0], running } = stay.story.treatment
  const first = stay.icu[0]
  if (first !== undefined) {
    const before = random.whole(1, 8) * 250
    if (random.chance(0.5)) add(first, 'before', 'beforeAdmission', first.from + 5 * MINUTE, first.from + 10 * MINUTE, before)
    let time = first.from + random.whole(10, 30) * MINUTE
    for (let n = random.whole(...boluses); n > 0; n--) {
      add(first, 'bolus', random.chance(0.8) ? 'saline' : 'ringer', time, time + 30 * MINUTE, random.chance(0.7) ? 500 : 1000)
      time += random.whole(35, 90) * MINUTE
    }
    if (running !== undefined) {
      const [fluid, rate, days] = running
      const from = first.from + random.whole(45, 90) * MINUTE
      for (let begin = from; begin < from + days * DAY; begin += 8 * HOUR) {
        const end = Math.min(begin + 8 * HOUR, first.to, from + days * DAY)
        const potassium = stay.levels(begin).potassium < 3.8 ? 20 : undefined
        add(first, 'running', fluid, begin, end, Math.round((rate * (end - begin)) / HOUR), potassium)
      }
    }
  }
  for (const icu of stay.icu) {
    for (const { code, time } of operations) {
      if (code !== '9904' || time >= icu.to) continue
      let from = Math.max(time, icu.from + 20 * MINUTE)
      for (let n = random.whole(1, 3); n > 0; n--) {
        add(icu, 'blood', 'redCells', from, from + random.whole(100, 200) * MINUTE, random.pick([275, 300, 325, 350, 375]))
        from += random.whole(210, 300) * MINUTE
      }
      break
    }
    for (let time = icu.from + 7 * HOUR; time < icu.to; time += 4 * HOUR) {
      const asleep = tube !== undefined && time >= tube.from - HOUR && time < tube.to + 4 * HOUR
      const hour = Math.floor((time % DAY) / HOUR)
      if (asleep && time > tube.from + 20 * HOUR) add(icu, 'feed', 'tubeFeed', time, time + 4 * HOUR, random.whole(8, 14) * 20)
      else if (!asleep && hour > 6 && hour < 22) add(icu, 'mouth', 'drinks', time, time + 5 * MINUTE, random.whole(3, 12) * 30)
      if (asleep && random.chance(0.4)) add(icu, 'mouth', 'gastricMedicines', time + HOUR, time + HOUR + 5 * MINUTE, random.pick([30, 60]))
    }
  }
  return intakes.sort((a, b) => a.from - b.from)
}
