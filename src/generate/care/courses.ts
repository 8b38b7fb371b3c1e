/** Medicines: courses as they are ordered, and pumps as they run in intensive care. */

import { DAY, HOUR, MINUTE } from '../calendar.js'
import type { Random } from '../random.js'
import type { IcuStay, Stay } from '../stay.js'
import type { Plan } from '../treatment.js'
import { CHRONIC } from '../vocabulary/chronic.js'
import { type Drip, MEDICINES, type Medicine, type MedicineName } from '../vocabulary/medicines.js'
import type { Breathing } from './breathing.js'
import type { Shock } from './circulation.js'
import type { IcuSpan, Span } from './index.js'

export interface Course extends Span {
  readonly name: MedicineName
}

/** A pump in one intensive care stay: rates one after the other without a gap. */
export interface Infusion extends IcuSpan {
  readonly name: MedicineName
  readonly drip: Drip
  readonly steps: readonly (Span & { readonly rate: number })[]
}

const THINNERS: readonly MedicineName[] = ['warfarin', 'aspirinLow', 'heparin', 'enoxaparin']
const LOWERING: readonly MedicineName[] = ['amlodipine', 'lisinopril', 'metoprolol']
const ALWAYS: readonly Plan[] = [
  { give: ['flush'] },
  { give: ['docusate'], from: 1, chance: 0.4 },
  { give: ['senna'], from: 1, chance: 0.3 }
]

export function coursesOf(
  stay: Stay,
  chronic: readonly string[],
  breathing: Breathing,
  shock: Shock | undefined,
  random: Random
): Course[] {
  const courses = new Map<MedicineName, Course>()
  function add(name: MedicineName, from: number, to: number): void {
    const begin = Math.round(Math.max(from, stay.arrival) / (5 * MINUTE)) * 5 * MINUTE
    const end = Math.min(Math.round(to / (5 * MINUTE)) * 5 * MINUTE, stay.discharge)
    const medicine: Medicine = MEDICINES[name]
    const runs = medicine.drip === undefined || stay.icu.some((icu) => begin < icu.to - HOUR && end > icu.from + HOUR)
    if (end - begin >= HOUR && runs && !courses.has(name)) courses.set(name, { name, from: begin, to: end })
  }
  function carryOut(plans: readonly Plan[], illness: number): void {
    for (const { give, chance = 1, from = 0.05, days } of plans) {
      const name = random.pick(give)
      if (!random.chance(chance)) continue
      const begin = illness + (from + random.between(0, 0.04)) * DAY
      add(name, begin, days === undefined ? stay.discharge : begin + days * DAY)
    }
  }

  if (shock !== undefined) {
    add('norepinephrine', shock.treated, shock.to)
    if (shock.grave) add('vasopressin', shock.treated + 3 * HOUR, shock.to)
  }
  if (breathing.tube !== undefined) {
    const { from, to } = breathing.tube
    add(random.chance(0.7) ? 'propofol' : 'midazolam', from, to - random.whole(1, 3) * HOUR)
    add('fentanyl', from, to - HOUR)
    add('pantoprazole', from + 4 * HOUR, to)
  }
  carryOut(stay.story.treatment.medicines, stay.arrival)
  for (const { complication, from } of stay.complications) carryOut(complication.treatment?.medicines ?? [], from)
  carryOut(ALWAYS, stay.arrival)
  for (const { codes, takes = [] } of CHRONIC) {
    if (!chronic.includes(codes[0]!)) continue
    for (const name of takes) if (random.chance(0.85)) add(name, stay.admit + random.between(0.1, 0.8) * DAY, stay.discharge)
  }

  const bleeding = stay.story.name === 'gi-bleed' || stay.codes[0] === '431' || stay.codes.includes('2875')
  if (bleeding) for (const name of THINNERS) courses.delete(name)
  if (shock !== undefined || stay.story.name === 'sepsis') for (const name of LOWERING) courses.delete(name)
  return [...courses.values()].sort((a, b) => a.from - b.from)
}

export function infusionsOf(stay: Stay, courses: readonly Course[], random: Random): Infusion[] {
  const infusions: Infusion[] = []
  for (const { name, from, to } of courses) {
    const { drip }: Medicine = MEDICINES[name]
    if (drip === undefined) continue
    for (const icu of stay.icu) {
      const earliest = Math.ceil((icu.from + 10 * MINUTE) / (5 * MINUTE)) * 5 * MINUTE
      const span = { icu, from: Math.max(from, earliest), to: Math.min(to, Math.floor(icu.to / MINUTE) * MINUTE) }
      if (span.to - span.from >= HOUR) infusions.push({ name, drip, ...span, steps: stepsOf(stay, icu, drip, span, random) })
    }
  }
  return infusions
}

/** From the first rate to the last one over the course; in those who die on it the other way round and beyond. */
function stepsOf(stay: Stay, icu: IcuStay, drip: Drip, { from, to }: Span, random: Random): Infusion['steps'] {
  const dies = stay.death !== undefined && icu.to === stay.discharge && to > icu.to - 2 * HOUR
  const [first, last] = drip.rates
  const steps: (Span & { readonly rate: number })[] = []
  for (let begin = from; begin < to; ) {
    const end = Math.min(to, Math.ceil((begin + random.whole(90, 420) * MINUTE) / (15 * MINUTE)) * 15 * MINUTE)
    const share = (begin - from) / (to - from)
    const level = dies ? last + (first * 1.6 - last) * share : first + (last - first) * share
    const rate = Number((level * (first === last ? 1 : random.between(0.88, 1.12))).toFixed(drip.digits))
    steps.push({ from: begin, to: end, rate: Math.max(rate, 10 ** -drip.digits) })
    begin = end
  }
  return steps
}

/** Points in time at which a medicine of a course is given, `everyHours`, within a span. The first one soon after the later beginning. */
export function doseTimes(course: Span, icu: Span, everyHours: number, random: Random): number[] {
  const times: number[] = []
  const first = Math.max(course.from, icu.from) + random.whole(10, 55) * MINUTE
  for (let time = first; time < Math.min(course.to, icu.to) - 10 * MINUTE; time += everyHours * HOUR + random.whole(-25, 25) * MINUTE) {
    times.push(Math.round(time / MINUTE) * MINUTE)
  }
  return times
}
