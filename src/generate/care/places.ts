/** The wards and units a patient lies in, in order and without a gap: TRANSFERS writes them down, CALLOUT asks for them. */

import { HOUR, MINUTE } from '../calendar.js'
import type { Random } from '../random.js'
import type { IcuStay, Stay } from '../stay.js'
import type { CareUnit } from '../story.js'

export interface Place {
  readonly ward: number
  /** Empty on a ward that is no intensive care unit. */
  readonly unit: CareUnit | ''
  readonly icu: IcuStay | undefined
  readonly from: number
  readonly to: number
}

/** Wards by the service that uses them. */
const WARDS: Readonly<Record<string, readonly number[]>> = {
  MED: [45, 55, 2, 18, 24],
  CMED: [17, 40, 54],
  CSURG: [54, 27],
  SURG: [36, 29, 28],
  NMED: [4, 49],
  NSURG: [4, 49],
  ORTHO: [31, 32]
}

export function placesOf(stay: Stay, random: Random): Place[] {
  const wards = WARDS[stay.story.services[0]] ?? WARDS['MED']!
  const places: Place[] = []
  function ward(from: number, to: number): void {
    const last = places.at(-1)?.ward
    const free = wards.filter((ward) => ward !== last)
    const split = to - from > 48 * HOUR && random.chance(0.15) ? from + random.whole(12, 36) * HOUR : undefined
    const first = random.pick(free)
    places.push({ ward: first, unit: '', icu: undefined, from, to: split ?? to })
    if (split !== undefined)
      places.push({ ward: random.pick(wards.filter((ward) => ward !== first)), unit: '', icu: undefined, from: split, to })
  }
  let time = stay.admit + random.whole(20, 400)
  for (const icu of stay.icu) {
    // Who goes to intensive care within the hour is first seen there.
    if (places.length > 0 || icu.from - time > 40 * MINUTE) ward(time, icu.from)
    if (icu.firstWard === icu.lastWard && icu.firstUnit === icu.lastUnit) {
      places.push({ ward: icu.firstWard, unit: icu.firstUnit, icu, from: icu.from, to: icu.to })
    } else {
      const middle = icu.from + Math.round((icu.to - icu.from) * random.between(0.3, 0.7))
      places.push({ ward: icu.firstWard, unit: icu.firstUnit, icu, from: icu.from, to: middle })
      places.push({ ward: icu.lastWard, unit: icu.lastUnit, icu, from: middle, to: icu.to })
    }
    time = icu.to
  }
  if (time < stay.discharge) ward(time, stay.discharge)
  return places
}
