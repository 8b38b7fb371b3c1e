/** A tube and a ventilator, or a mask. */

import { HOUR, MINUTE } from '../calendar.js'
import type { Random } from '../random.js'
import type { IcuStay, Stay } from '../stay.js'
import type { IcuSpan } from './index.js'

export interface Breathing {
  readonly tube: IcuSpan | undefined
  /** Mask ventilation. */
  readonly mask: IcuSpan | undefined
}

const RESPIRATORY_FAILURE = '51881'

export function breathingOf(stay: Stay, random: Random): Breathing {
  const failure = stay.complications.find(({ complication }) => complication.codes.includes(RESPIRATORY_FAILURE))
  const operated = stay.story.name === 'cardiac-surgery'
  const bleeding = stay.codes[0] === '431' && stay.severity > 0.8
  const icu = stay.icu.find(({ to }) => failure === undefined || to > failure.from + 4 * HOUR)
  if (icu !== undefined && (failure !== undefined || operated || bleeding)) {
    const begin = operated && failure === undefined ? icu.from : Math.max(icu.from, failure?.from ?? 0) + random.whole(20, 90) * MINUTE
    const hours = operated && failure === undefined ? random.between(4, 14) : random.between(16, 40 + 150 * stay.severity * random.unit())
    const tube = within(icu, round(begin), round(begin + hours * HOUR), stay)
    if (tube !== undefined) return { tube, mask: undefined }
  }
  const first = stay.icu[0]
  const masked = (stay.story.name === 'copd' && random.chance(0.75)) || (stay.story.name === 'heart-failure' && random.chance(0.3))
  if (first === undefined || !masked) return { tube: undefined, mask: undefined }
  const begin = round(first.from + random.whole(15, 60) * MINUTE)
  return { tube: undefined, mask: within(first, begin, round(begin + random.between(5, 20) * HOUR), stay) }
}

/** Ends some hours before the unit is left, or with death; undefined where there is no time for it. */
function within(icu: IcuStay, from: number, wanted: number, stay: Stay): IcuSpan | undefined {
  const latest = stay.death !== undefined && icu.to === stay.discharge ? icu.to : icu.to - 6 * HOUR
  const to = wanted > icu.to && latest === icu.to ? icu.to : Math.min(wanted, latest)
  return to - from >= 2 * HOUR ? { icu, from, to } : undefined
}

function round(time: number): number {
  return Math.round(time / (5 * MINUTE)) * 5 * MINUTE
}
