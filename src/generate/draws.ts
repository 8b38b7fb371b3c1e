/** When blood is taken during a stay, and what is asked for. */

import { DAY, HOUR, MINUTE, startOfDay } from './calendar.js'
import { chemistry, coagulation, count, differential, gas, gasElectrolytes, liver, minerals, type Panel, urine } from './panels.js'
import type { Random } from './random.js'
import type { Stay } from './stay.js'

export interface Draw {
  readonly time: number
  readonly panels: readonly Panel[]
}

/** In the order of time; none before arrival or after discharge. */
export function drawsOf(stay: Stay, random: Random): Draw[] {
  const draws: Draw[] = []
  function draw(time: number, panels: readonly Panel[]): void {
    const rounded = Math.round(time / MINUTE) * MINUTE
    if (rounded >= stay.arrival && rounded < stay.discharge) draws.push({ time: rounded, panels })
  }

  const first = stay.arrival + random.whole(8, 45) * MINUTE
  draw(first, [
    chemistry,
    minerals,
    count,
    differential,
    coagulation,
    ...(random.chance(0.7) ? [liver] : []),
    ...(random.chance(0.6) ? [urine] : []),
    ...stay.story.workup
  ])

  for (let day = startOfDay(stay.arrival) + DAY; day < stay.discharge; day += DAY) {
    // The phlebotomist comes before the ward round.
    const morning = day + random.whole(3 * 60 + 30, 6 * 60 + 50) * MINUTE
    draw(morning, [
      chemistry,
      minerals,
      count,
      ...(random.chance(0.6) ? [coagulation] : []),
      ...(random.chance(0.2) ? [differential] : []),
      ...(random.chance(0.2) ? [liver] : [])
    ])
  }

  for (const { panels, everyHours, days } of stay.story.followUp) {
    const begin = first + (stay.story.begins ?? 0) * DAY
    for (let time = begin + everyHours * HOUR; time < begin + days * DAY; time += everyHours * HOUR) {
      draw(time + random.whole(-25, 25) * MINUTE, panels)
    }
  }

  const ventilated = stay.complications.some(({ complication }) => complication.codes.includes('51881'))
  for (const icu of stay.icu) {
    draw(icu.from + random.whole(15, 50) * MINUTE, [chemistry, count, coagulation, gas, gasElectrolytes])
    for (let time = icu.from + 7 * HOUR; time < icu.to - HOUR; time += 8 * HOUR) {
      draw(time + random.whole(0, 120) * MINUTE, random.chance(0.5) ? [chemistry, minerals, count] : [chemistry])
    }
    if (!ventilated) continue
    for (let time = icu.from + 4 * HOUR; time < icu.to - HOUR; time += 6 * HOUR) {
      draw(time + random.whole(0, 60) * MINUTE, [gas, gasElectrolytes])
    }
  }
  return draws.sort((a, b) => a.time - b.time)
}
