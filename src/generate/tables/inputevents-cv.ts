import { HOUR, MINUTE, timeText } from '../calendar.js'
import type { Infusion } from '../care/courses.js'
import type { Intake } from '../care/fluids.js'
import type { Hospital, Person } from '../person.js'
import type { Random } from '../random.js'
import type { Rows, Table } from '../table.js'
import { FLUIDS } from '../vocabulary/fluids.js'
import { RATE_UNITS } from '../vocabulary/medicines.js'
import { Bedside, nurse, orderNumber, reckoned, stored, type Watch, watches } from './bedside-rows.js'

/** What a row says besides who and when. */
interface Line {
  readonly itemid: number
  readonly time: number
  readonly amount?: number
  readonly unit?: string
  readonly rate?: number
  readonly rateUnit?: string
  readonly stopped?: string
  readonly newBottle?: boolean
  /** A full bag with its unit. */
  readonly bag?: readonly [amount: number | '', unit: string]
  readonly route: string
  readonly bagRate?: number
  readonly site?: string
}

/** What went in, in the older bedside system: what ran since the last line, by the hour, and the rate as a line of its own. */
export const inputeventsCv: Table = {
  name: 'inputevents_cv',
  columns: [
    'row_id',
    'subject_id',
    'hadm_id',
    'icustay_id',
    'charttime',
    'itemid',
    'amount',
    'amountuom',
    'rate',
    'rateuom',
    'storetime',
    'cgid',
    'orderid',
    'linkorderid',
    'stopped',
    'newbottle',
    'originalamount',
    'originalamountuom',
    'originalroute',
    'originalrate',
    'originalrateuom',
    'originalsite'
  ],
  of(person, rows, random, hospital) {
    if (person.dbsource !== 'carevue') return
    for (const watch of watches(person)) {
      const chart = new Sheet(rows, random, hospital, person, watch)
      for (const infusion of watch.care.infusions) if (infusion.icu === watch.icu) chart.infusion(infusion)
      for (const intake of watch.care.intakes) if (intake.icu === watch.icu) chart.intake(intake)
    }
  }
}

class Sheet extends Bedside {
  /** Seconds between two lines of a pump: an hour, up to four on a thin chart. */
  readonly #every: number
  /** Number of the first line of what is being written; 0 before it. */
  #link = 0

  constructor(rows: Rows, random: Random, hospital: Hospital, person: Person, watch: Watch) {
    super(rows, random, hospital, person, watch)
    this.#every = Math.max(1, Math.min(4, Math.round(hospital.charting / 60))) * HOUR
  }

  /** The rate, the medicine that ran since, and the fluid it was in. */
  infusion({ drip, steps, from, to }: Infusion): void {
    const kilograms = this.watch.care.weight
    const { carevue } = drip.items
    const [unit, factor] = drip.carevueAmount
    const bag = [drip.bag[0] * factor, unit] as const
    const fluid = FLUIDS[drip.mixedIn].carevue.itemid
    this.#link = 0
    let last = from
    let left = 0
    for (let time = from; time <= to; ) {
      const step = steps.find((step) => time >= step.from && time < step.to)
      const before = steps.find((step) => last >= step.from && last < step.to)
      const ended = time === to
      if (step !== undefined && !ended) {
        // The pump of vasopressin is set in units per minute.
        const perMinute = carevue.itemid === 30051
        this.#write({
          itemid: carevue.itemid,
          time,
          rate: perMinute ? step.rate / 60 : step.rate,
          rateUnit: perMinute ? 'Umin' : RATE_UNITS[drip.unit].carevue,
          route: 'IV Drip'
        })
      }
      const ran = before === undefined ? 0 : (RATE_UNITS[drip.unit].perMinute(before.rate, kilograms) * (time - last)) / MINUTE
      const newBottle = left <= ran
      left = newBottle ? drip.bag[0] - ran : left - ran
      const stopped = ended ? (this.random.chance(0.5) ? "D/C'd" : 'Stopped') : ''
      this.#write({
        itemid: fluid,
        time,
        amount: (ran * drip.bag[1]) / drip.bag[0],
        unit: 'ml',
        bag: [drip.bag[1], 'ml'],
        route: 'Intravenous Push',
        newBottle,
        stopped
      })
      this.#write({ itemid: carevue.itemid, time, amount: ran * factor, unit, bag, route: 'Intravenous Push', newBottle, stopped })
      last = time
      time = ended ? time + 1 : Math.min(to, Math.floor(time / this.#every) * this.#every + this.#every)
    }
  }

  intake({ kind, fluid, from, to, millilitres }: Intake): void {
    const { itemid } = FLUIDS[fluid].carevue
    this.#link = 0
    const route = {
      bolus: 'Intravenous Push',
      running: 'Intravenous Push',
      blood: 'Intravenous Push',
      feed: 'Gastric/Feeding Tube',
      mouth: 'Oral',
      before: 'Intravenous Push'
    }[kind]
    if (kind !== 'running' && kind !== 'feed') {
      const time = Math.ceil(from / HOUR) * HOUR
      const at = time < this.watch.icu.to ? time : from
      // Hung up, and the amount forgotten: neither amount nor rate.
      const known = this.random.chance(0.98)
      const shown = fluid === 'gastricMedicines' ? 'Gastric/Feeding Tube' : route
      this.#write({
        itemid,
        time: at,
        ...(known ? { amount: millilitres, unit: 'ml' } : {}),
        bag: ['', kind === 'before' ? 'cc' : 'ml'],
        route: shown
      })
      return
    }
    const rate = (millilitres * HOUR) / (to - from)
    let last = from
    for (let time = Math.ceil((from + 1) / this.#every) * this.#every; last < to; time += this.#every) {
      const now = Math.min(time, to)
      this.#write({
        itemid,
        time: now,
        amount: Math.round((rate * (now - last)) / HOUR),
        unit: 'ml',
        bag: [kind === 'feed' ? '' : 1000, 'ml'],
        route,
        bagRate: rate,
        newBottle: last === from
      })
      last = now
    }
  }

  #write({
    itemid,
    time,
    amount,
    unit = '',
    rate,
    rateUnit = '',
    stopped = '',
    newBottle = false,
    bag,
    route,
    bagRate,
    site = ''
  }: Line): void {
    const { icu } = this.watch
    const order = orderNumber(this.rows.nextRow)
    this.#link ||= order
    this.rows.row([
      ...this.head,
      timeText(time),
      itemid,
      amount === undefined ? '' : reckoned(Math.fround(amount)),
      unit,
      rate === undefined ? '' : reckoned(Math.fround(rate)),
      rateUnit,
      timeText(stored(time, this.random)),
      nurse(this.hospital, icu, time),
      order,
      this.#link,
      stopped,
      newBottle ? 1 : '',
      bag?.[0] ?? '',
      bag?.[1] ?? '',
      route,
      bagRate === undefined ? '' : reckoned(Math.fround(bagRate)),
      bagRate === undefined ? '' : 'ml/hr',
      site
    ])
  }
}
