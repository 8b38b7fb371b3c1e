/** Shock: mean pressure below 65 first, then vasopressors that hold it. */

import { HOUR, MINUTE } from '../calendar.js'
import type { Random } from '../random.js'
import type { IcuStay, Stay } from '../stay.js'
import type { IcuSpan } from './index.js'

export interface Shock extends IcuSpan {
  /** Vasopressors begin; before it the pressure is low. */
  readonly treated: number
  /** A second vasopressor is needed. */
  readonly grave: boolean
}

const SEPTIC_SHOCK = '78552'

export function shockOf(stay: Stay, dying: IcuStay | undefined, comfortFrom: number | undefined, random: Random): Shock | undefined {
  const septic = stay.codes.includes(SEPTIC_SHOCK)
  const icu = septic ? stay.icu[0] : dying
  // Who dies without wanting more than comfort, or of a stroke, gets no vasopressors for it.
  if (icu === undefined || (!septic && (comfortFrom !== undefined || stay.story.name === 'stroke'))) return undefined
  const from = septic ? icu.from : Math.max(icu.from, icu.to - random.whole(6, 16) * HOUR)
  // Three hourly readings at least show what it is given for.
  const treated = Math.ceil((from + random.whole(65, 130) * MINUTE) / (15 * MINUTE)) * 15 * MINUTE
  const wanted = treated + Math.round(random.between(8, 14 + 50 * stay.severity)) * HOUR
  const to = icu === dying ? (comfortFrom ?? icu.to) : Math.min(wanted, icu.to - 2 * HOUR)
  return to - treated >= HOUR ? { icu, from, treated, to, grave: stay.severity > 0.78 || icu === dying } : undefined
}
