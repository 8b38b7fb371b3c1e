import { DAY, startOfDay, timeText } from '../calendar.js'
import type { Course } from '../care/courses.js'
import type { Intake } from '../care/fluids.js'
import type { Person } from '../person.js'
import type { Random } from '../random.js'
import type { IcuStay, Stay } from '../stay.js'
import type { Rows, Table } from '../table.js'
import { BASES, type BaseName, POTASSIUM_ORDER } from '../vocabulary/fluids.js'
import { MEDICINES, type Medicine, type Order } from '../vocabulary/medicines.js'

/** Orders by day. A long course is ordered again after some days; a mixture has a second row for its bag. */
export const prescriptions: Table = {
  name: 'prescriptions',
  columns: [
    'row_id',
    'subject_id',
    'hadm_id',
    'icustay_id',
    'startdate',
    'enddate',
    'drug_type',
    'drug',
    'drug_name_poe',
    'drug_name_generic',
    'formulary_drug_cd',
    'gsn',
    'ndc',
    'prod_strength',
    'dose_val_rx',
    'dose_unit_rx',
    'form_val_disp',
    'form_unit_disp',
    'route'
  ],
  of(person, rows, random) {
    for (const [n, stay] of person.stays.entries()) {
      const { courses, intakes } = person.care[n]!
      for (const course of courses) {
        const { order }: Medicine = MEDICINES[course.name]
        if (order !== undefined) renew(person, stay, course, order, rows, random)
      }
      for (const icu of stay.icu) running(person, stay, icu, intakes, rows)
    }
  }
}

function renew(person: Person, stay: Stay, { from, to }: Course, order: Order, rows: Rows, random: Random): void {
  for (let begin = startOfDay(from); begin <= to; ) {
    const end = Math.min(startOfDay(to), begin + random.whole(2, 9) * DAY)
    const icu = stay.icu.find((icu) => begin + DAY > icu.from && begin < icu.to)
    // Ordered and taken back the same hour: the end is entered as the day before.
    const shownEnd = random.chance(0.004) ? begin - DAY : end
    const who = [person.subjectId, stay.hadmId, icu?.icustayId ?? '', timeText(begin), random.chance(0.001) ? '' : timeText(shownEnd)]
    line(rows, who, 'MAIN', random.chance(0.01) ? { ...order, ndc: '' } : order)
    if (order.base !== undefined) line(rows, who, 'BASE', bagOf(order.base, order.route))
    begin = end + DAY
  }
}

/** Fluid that runs for hours is ordered as a bag alone, with what is put into it. */
function running(person: Person, stay: Stay, icu: IcuStay, intakes: readonly Intake[], rows: Rows): void {
  const bags = intakes.filter((intake) => intake.icu === icu && intake.kind === 'running')
  const [first] = bags
  if (first === undefined) return
  const days = [first.from, bags.at(-1)!.to].map((time) => timeText(startOfDay(time)))
  const who = [person.subjectId, stay.hadmId, icu.icustayId, ...days]
  line(rows, who, 'BASE', bagOf(first.fluid === 'ringer' ? 'ringer1000' : 'saline1000', 'IV'))
  if (bags.some(({ potassium }) => potassium !== undefined)) line(rows, who, 'ADDITIVE', POTASSIUM_ORDER)
}

function bagOf(name: BaseName, route: string): Order {
  const [drug, formulary, gsn, ndc, strength, dose, unit] = BASES[name]
  return { drug, generic: '', formulary, gsn, ndc, strength, dose, unit, form: unit === 'VIAL' ? '1' : dose, formUnit: unit, route }
}

/** The name of the order stands twice where it was not a mixture. */
function line(rows: Rows, who: readonly (string | number)[], type: 'MAIN' | 'BASE' | 'ADDITIVE', order: Order): void {
  const { drug, generic, formulary, gsn, ndc, strength, dose, unit, form, formUnit, route } = order
  const named = generic === '' ? '' : drug
  rows.row([rows.nextRow, ...who, type, drug, named, generic, formulary, gsn, ndc, strength, dose, unit, form, formUnit, route])
}
