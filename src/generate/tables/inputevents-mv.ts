import { HOUR, MINUTE, timeText } from '../calendar.js'
import { doseTimes } from '../care/courses.js'
import type { Hospital, Person } from '../person.js'
import type { Random } from '../random.js'
import type { Rows, Table } from '../table.js'
import { FLUIDS, POTASSIUM_IN_BAG } from '../vocabulary/fluids.js'
import type { Item } from '../vocabulary/items.js'
import { MEDICINES, type Medicine, RATE_UNITS } from '../vocabulary/medicines.js'
import { Bedside, nurse, orderNumber, reckoned, stored, type Watch, watches } from './bedside-rows.js'

const CRYSTALLOIDS = '02-Fluids (Crystalloids)'
const MAIN = 'Main order parameter'
const MIXED = 'Mixed solution'
/** The source has the two parts of this word in columns of fifty characters. */
const ADDITIVE = `${'Additives'.padEnd(50)}${'Ampoule'.padEnd(50)}`

/** One part of an order. Rates in `rateUnit`, totals of the bag in millilitres. */
interface Part {
  readonly item: Item
  readonly role: string
  readonly amount: number
  readonly unit: string
  readonly rate?: number | undefined
  readonly rateUnit?: string
  readonly originalAmount: number
  readonly originalRate: number
}

interface Given {
  readonly from: number
  readonly to: number
  /** Category, second category, how it is given. */
  readonly category: readonly [first: string, second: string, how: string]
  readonly parts: readonly Part[]
  readonly total?: number
  /** The order this one goes on from; its own when it is the first. */
  readonly link?: number
  readonly status?: string
}

/** What went in, in the newer bedside system: by order, with beginning and end. */
export const inputeventsMv: Table = {
  name: 'inputevents_mv',
  columns: [
    'row_id',
    'subject_id',
    'hadm_id',
    'icustay_id',
    'starttime',
    'endtime',
    'itemid',
    'amount',
    'amountuom',
    'rate',
    'rateuom',
    'storetime',
    'cgid',
    'orderid',
    'linkorderid',
    'ordercategoryname',
    'secondaryordercategoryname',
    'ordercomponenttypedescription',
    'ordercategorydescription',
    'patientweight',
    'totalamount',
    'totalamountuom',
    'isopenbag',
    'continueinnextdept',
    'cancelreason',
    'statusdescription',
    'comments_editedby',
    'comments_canceledby',
    'comments_date',
    'originalamount',
    'originalrate'
  ],
  of(person, rows, random, hospital) {
    if (person.dbsource !== 'metavision') return
    for (const watch of watches(person)) {
      const pump = new Pump(rows, random, hospital, person, watch)
      pump.infusions()
      pump.doses()
      pump.intakes()
    }
  }
}

class Pump extends Bedside {
  readonly #kilograms: number

  constructor(rows: Rows, random: Random, hospital: Hospital, person: Person, watch: Watch) {
    super(rows, random, hospital, person, watch)
    this.#kilograms = watch.care.weight
  }

  /** A step per rate; a change of the rate is a new order linked to the first. */
  infusions(): void {
    const { care, icu } = this.watch
    for (const infusion of care.infusions.filter((one) => one.icu === icu)) {
      const { drip, steps } = infusion
      let link: number | undefined
      let left = drip.bag[0]
      for (const [n, { from, to, rate }] of steps.entries()) {
        const perMinute = RATE_UNITS[drip.unit].perMinute(rate, this.#kilograms)
        const amount = (perMinute * (to - from)) / MINUTE
        const volume = (amount * drip.bag[1]) / drip.bag[0]
        const last = n === steps.length - 1
        const category = ['01-Drips', CRYSTALLOIDS, 'Continuous Med'] as const
        const parts = (share: number): Part[] => [
          {
            item: drip.items.metavision,
            role: MAIN,
            amount: amount * share,
            unit: drip.amount,
            rate,
            rateUnit: drip.unit,
            originalAmount: left,
            originalRate: rate
          },
          {
            item: FLUIDS[drip.mixedIn].metavision,
            role: MIXED,
            amount: volume * share,
            unit: 'ml',
            rate: (volume * HOUR) / (to - from),
            rateUnit: 'mL/hour',
            originalAmount: (left * drip.bag[1]) / drip.bag[0],
            originalRate: (volume * HOUR) / (to - from)
          }
        ]
        // Set, and set again before it ran: what was written first was never given.
        if (this.random.chance(0.12)) {
          const back = this.random.chance(0.06) ? this.random.whole(1, 5) : 0
          const end = back > 0 ? from - back * MINUTE : from + MINUTE
          this.#give({
            from,
            to: end,
            category,
            parts: parts((end - from) / (to - from)),
            total: drip.bag[1],
            status: 'Rewritten',
            ...(link === undefined ? {} : { link })
          })
        }
        const status = last
          ? this.random.choose([
              ['FinishedRunning', 6],
              ['Stopped', 3],
              ['Paused', 1]
            ])
          : 'Changed'
        const order = this.#give({
          from,
          to,
          category,
          parts: parts(1),
          total: drip.bag[1],
          status,
          ...(link === undefined ? {} : { link })
        })
        link ??= order
        left = left - amount > 0 ? left - amount : drip.bag[0]
      }
    }
  }

  /** Single doses: antibiotics in a bag of their own, pushes, injections. */
  doses(): void {
    const { care, icu } = this.watch
    for (const course of care.courses) {
      const { push }: Medicine = MEDICINES[course.name]
      if (push === undefined) continue
      for (const time of doseTimes(course, icu, push.everyHours, this.random)) {
        const second = push.mixedIn === undefined ? '' : CRYSTALLOIDS
        const amount = push.category === '06-Insulin (Non IV)' && push.everyHours < 24 ? this.random.whole(2, 8) : push.amount
        const parts: Part[] = [
          { item: push.item, role: MAIN, amount, unit: push.unit, originalAmount: amount, originalRate: push.unit === 'dose' ? 1 : amount }
        ]
        if (push.mixedIn !== undefined) {
          const [fluid, volume] = push.mixedIn
          parts.push({ item: FLUIDS[fluid].metavision, role: MIXED, amount: volume, unit: 'ml', originalAmount: volume, originalRate: 0 })
        }
        const total = push.mixedIn?.[1]
        const category = [push.category, second, 'Drug Push'] as const
        const status = this.random.chance(0.03) ? 'Rewritten' : 'FinishedRunning'
        this.#give({ from: time, to: time + MINUTE, category, parts, status, ...(total === undefined ? {} : { total }) })
      }
    }
  }

  intakes(): void {
    const { care, icu } = this.watch
    for (const { kind, fluid, from, to, millilitres, potassium } of care.intakes.filter((one) => one.icu === icu)) {
      const item = FLUIDS[fluid].metavision
      const atOnce = kind === 'bolus' || kind === 'mouth' || kind === 'before'
      const rate = (millilitres * HOUR) / (to - from)
      const part: Part = {
        item,
        role: MAIN,
        amount: millilitres,
        unit: 'ml',
        ...(atOnce ? {} : { rate, rateUnit: 'mL/hour' }),
        originalAmount: millilitres,
        originalRate: atOnce ? millilitres : Math.round(rate)
      }
      const parts = [part]
      if (potassium !== undefined) {
        parts.push({ item: POTASSIUM_IN_BAG, role: ADDITIVE, amount: potassium, unit: 'mEq', originalAmount: potassium, originalRate: 0 })
      }
      this.#give({ from, to: atOnce ? from + MINUTE : to, category: CATEGORIES[kind], parts, total: millilitres })
    }
  }

  /** Writes the parts of one order; gives its number. */
  #give({ from, to, category, parts, total, link, status = 'FinishedRunning' }: Given): number {
    const { icu } = this.watch
    const order = orderNumber(this.rows.nextRow)
    const store = stored(from, this.random)
    const rewritten = status === 'Rewritten'
    const reason = rewritten ? this.random.whole(0, 2) : 0
    for (const { item, role, amount, unit, rate, rateUnit = '', originalAmount, originalRate } of parts) {
      this.rows.row([
        ...this.head,
        timeText(from),
        timeText(to),
        item.itemid,
        reckoned(amount),
        unit,
        rate === undefined ? '' : reckoned(rate),
        rateUnit,
        timeText(store),
        nurse(this.hospital, icu, from),
        order,
        link ?? order,
        category[0],
        category[1],
        role,
        category[2],
        this.#kilograms,
        total ?? '',
        total === undefined ? '' : 'ml',
        0,
        0,
        reason,
        status,
        reason === 2 ? 'RN' : '',
        reason === 1 ? 'RN' : '',
        reason === 0 ? '' : timeText(store + 5 * MINUTE),
        reckoned(Math.fround(originalAmount)),
        reckoned(Math.fround(originalRate))
      ])
    }
    return order
  }
}

const CATEGORIES = {
  bolus: ['03-IV Fluid Bolus', '', 'Bolus'],
  running: [CRYSTALLOIDS, 'Additive (Crystalloid)', 'Continuous IV'],
  blood: ['07-Blood Products', '', 'Continuous IV'],
  feed: ['13-Enteral Nutrition', 'Additives (EN)', 'Continuous IV'],
  mouth: ['14-Oral/Gastric Intake', '', 'Bolus'],
  before: ['16-Pre Admission', '', 'Bolus']
} as const
