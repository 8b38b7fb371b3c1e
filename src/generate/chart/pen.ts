/** Writes rows of CHARTEVENTS as each of the two bedside systems does, with their irregularities. */

import { MINUTE, timeText } from '../calendar.js'
import type { Hospital, Person } from '../person.js'
import type { Random } from '../random.js'
import type { Rows } from '../table.js'
import { fourBytes, nurse, stored, therapist, type Watch } from '../tables/bedside-rows.js'
import type { Item, Pair, System } from '../vocabulary/items.js'
import type { Choice } from '../vocabulary/words.js'

export class Pen {
  readonly system: System
  readonly random: Random
  readonly watch: Watch
  readonly #rows: Rows
  readonly #who: readonly [subject: number, hadm: number]
  readonly #hospital: Hospital
  #time = 0
  #when: readonly [charttime: string, storetime: string, cgid: number] = ['', '', 0]

  constructor(rows: Rows, random: Random, hospital: Hospital, person: Person, watch: Watch) {
    this.#rows = rows
    this.random = random
    this.#hospital = hospital
    this.watch = watch
    this.system = person.dbsource
    this.#who = [person.subjectId, watch.stay.hadmId]
  }

  /** Everything after this is charted at `wanted`, in whole minutes, stored together, by one person. */
  at(wanted: number, by: 'nurse' | 'therapist' = 'nurse'): this {
    const time = Math.floor(wanted / MINUTE) * MINUTE
    const who = by === 'nurse' ? nurse : therapist
    this.#time = time
    this.#when = [timeText(time), timeText(stored(time, this.random)), who(this.#hospital, this.watch.icu, time)]
    return this
  }

  get time(): number {
    return this.#time
  }

  /** A number with so many decimals. Nothing where the system has no such item. */
  number(pair: Pair, value: number, digits = 0): void {
    const item = pair[this.system]
    if (item === undefined) return
    const shown = Number(value.toFixed(digits))
    // CareVue, charted without a value: the line stays, the unit goes with it.
    if (this.system === 'carevue' && this.random.chance(0.002)) this.#row(item, '', '', '')
    else this.#row(item, ...this.#writing(shown), item.unit)
  }

  words(pair: Pair, choice: Choice): void {
    const item = pair[this.system]
    const [text, number] = choice[this.system]
    if (item === undefined || text === '') return
    this.#row(item, this.system === 'carevue' && this.random.chance(0.004) ? 'Other/Remarks' : text, number, item.unit)
  }

  /** A result of the laboratory; CareVue says that it is final. */
  copy(item: Item, value: number): void {
    this.#row(item, ...this.#writing(value), item.unit, 'Final')
  }

  /** A number as the system writes it, and as it keeps it. */
  #writing(value: number): readonly [text: string, number: string] {
    return this.system === 'carevue' ? fourBytes(value) : [String(value).replace(/^0\./, '.'), String(value)]
  }

  #row(item: Item, value: string, number: string, unit: string, status = ''): void {
    const { random, watch } = this
    const [charttime, storetime, cgid] = this.#when
    const icustay = random.chance(0.0003) ? '' : watch.icu.icustayId
    const fate = random.unit()
    const marks =
      this.system === 'metavision'
        ? [fate > 0.985 ? 1 : 0, fate < 0.0015 ? 1 : 0, '', '']
        : ['', '', status, status === '' && fate < 0.003 ? "D/C'd" : 'NotStopd']
    this.#rows.row([this.#rows.nextRow, ...this.#who, icustay, item.itemid, charttime, storetime, cgid, value, number, unit, ...marks])
  }
}
