import { DAY, startOfDay, timeText } from '../calendar.js'
import type { Course } from '../care/courses.js'
import type { Person } from '../person.js'
import type { Random } from '../random.js'
import type { Stay } from '../stay.js'
import type { Rows, Table } from '../table.js'
import { BASES } from '../vocabulary/fluids.js'
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
      for (const course of person.care[n]!.courses) {
        const { order }: Medicine = MEDICINES[course.name]
        if (order !== undefined) renew(person, stay, course, order, rows, random)
      }
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
    const { drug, generic, formulary, gsn, ndc, strength, dose, unit, form, formUnit, route, base } = order
    const code = random.chance(0.01) ? '' : ndc
    rows.row([
      rows.nextRow,
      ...who,
      'MAIN',
      drug,
      generic && drug,
      generic,
      formulary,
      gsn,
      code,
      strength,
      dose,
      unit,
      form,
      formUnit,
      route
    ])
    if (base !== undefined) {
      const [bag, bagCode, bagGsn, bagNdc, bagStrength, bagDose, bagUnit] = BASES[base]
      rows.row([
        rows.nextRow,
        ...who,
        'BASE',
        bag,
        '',
        '',
        bagCode,
        bagGsn,
        bagNdc,
        bagStrength,
        bagDose,
        bagUnit,
        bagUnit === 'VIAL' ? '1' : bagDose,
        bagUnit,
        route
      ])
    }
    begin = end + DAY
  }
}
