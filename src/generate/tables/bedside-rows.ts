/** What the tables of intensive care have in common: who charts, when it is stored, and numbers as CareVue keeps them. */

import { HOUR, MINUTE } from '../calendar.js'
import type { Care } from '../care/index.js'
import type { Hospital, Person } from '../person.js'
import type { Random } from '../random.js'
import type { IcuStay, Stay } from '../stay.js'
import type { Rows } from '../table.js'

export interface Watch {
  readonly stay: Stay
  readonly care: Care
  readonly icu: IcuStay
}

/** What writes the rows of one intensive care stay. */
export class Bedside {
  protected readonly rows: Rows
  protected readonly random: Random
  protected readonly hospital: Hospital
  protected readonly watch: Watch
  readonly #who: readonly [subject: number, hadm: number, icustay: number]

  constructor(rows: Rows, random: Random, hospital: Hospital, person: Person, watch: Watch) {
    this.rows = rows
    this.random = random
    this.hospital = hospital
    this.watch = watch
    this.#who = [person.subjectId, watch.stay.hadmId, watch.icu.icustayId]
  }

  /** The cells that every row begins with: row_id, subject_id, hadm_id, icustay_id. */
  protected get head(): readonly number[] {
    return [this.rows.nextRow, ...this.#who]
  }
}

/** Every intensive care stay of a person. */
export function watches(person: Person): Watch[] {
  return person.stays.flatMap((stay, n) => stay.icu.map((icu) => ({ stay, care: person.care[n]!, icu })))
}

/** The nurse of a shift of twelve hours: the same one for all that is charted in it. */
export function nurse(hospital: Hospital, icu: IcuStay, time: number): number {
  const shift = Math.floor((time - 7 * HOUR) / (12 * HOUR))
  return hospital.nurses[(icu.icustayId * 31 + shift * 17) % hospital.nurses.length]!
}

export function therapist(hospital: Hospital, icu: IcuStay, time: number): number {
  return hospital.therapists[(icu.icustayId + Math.floor(time / (12 * HOUR))) % hospital.therapists.length]!
}

/** Stored some minutes after what it says; now and then before, where the time was set by hand. */
export function stored(time: number, random: Random): number {
  return time + (random.chance(0.03) ? -random.whole(1, 25) : random.whole(2, 50)) * MINUTE
}

/** Whole hours of an intensive care stay, `minutes` apart. */
export function* hours(icu: IcuStay, minutes: number): Generator<number> {
  const step = minutes * MINUTE
  for (let time = Math.ceil((icu.from + 5 * MINUTE) / step) * step; time < icu.to; time += step) yield time
}

/** CareVue keeps numbers in four bytes: `.40000000596046448`, and beside it the same with fewer digits. */
export function fourBytes(value: number): readonly [text: string, number: string] {
  const kept = Math.fround(value)
  const trim = (digits: number) => kept.toPrecision(digits).replace(/\.?0+$/, '')
  return Number.isInteger(kept) ? [String(kept), String(kept)] : [trim(17).replace(/^0\./, '.'), trim(15)]
}

/** Amounts and rates as the pump works them out: ten significant digits, no exponent. */
export function reckoned(value: number): string {
  return String(Number(value.toPrecision(10)))
}

/** The number of an order: unique in its table for rows 1 to 99,999,988, and never in a row, as those of the source. */
export function orderNumber(row: number): number {
  return (row * 104729) % 99999989
}
