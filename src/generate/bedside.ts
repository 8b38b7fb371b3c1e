/** What the monitor shows in intensive care: the levels of the body, corrected by shock, fever and what is given for them. */

import { DAY, HOUR } from './calendar.js'
import type { Care } from './care/index.js'
import { measured } from './physiology.js'
import type { Random } from './random.js'
import type { Stay } from './stay.js'

export interface Signs {
  readonly heartRate: number
  readonly systolic: number
  readonly diastolic: number
  readonly mean: number
  readonly respiratoryRate: number
  /** Degrees Celsius. */
  readonly temperature: number
  readonly saturation: number
  readonly centralPressure: number
}

/** At least so hot and so fast on arrival; both halve in a day. */
const FEVERISH: Readonly<Record<string, readonly [temperature: number, heartRate: number]>> = {
  sepsis: [38.9, 112],
  pneumonia: [38.4, 100]
}

/** One reading: the true level and its scatter, whole numbers but for the temperature. */
export function signsAt(stay: Stay, care: Care, time: number, random: Random): Signs {
  const levels = stay.levels(time)
  let { temperature, heartRate, respiratoryRate, saturation } = levels
  const feverish = FEVERISH[stay.story.name]
  if (feverish !== undefined) {
    const arrival = stay.levels(stay.arrival)
    const left = 0.5 ** ((time - stay.arrival) / DAY)
    temperature += Math.max(0, feverish[0] - arrival.temperature) * left
    heartRate += Math.max(0, feverish[1] - arrival.heartRate) * left
    // Some of the gravest are cold instead.
    if (stay.severity > 0.9) temperature = 36.9 - (temperature - 36.9) * 0.9
  }
  const { tube } = care.breathing
  const asleep = tube !== undefined && time >= tube.from && time < tube.to
  if (asleep) {
    respiratoryRate = 12 + (respiratoryRate - 12) * 0.4
    saturation = Math.max(saturation, 95.5)
    heartRate -= 4
  }
  const end = stay.death !== undefined && time > stay.death - 6 * HOUR ? (time - (stay.death - 6 * HOUR)) / (6 * HOUR) : 0
  const usual = levels.diastolic + (levels.systolic - levels.diastolic) / 3
  const mean = held(usual, stay, care, time) * (1 - 0.4 * end) + random.normal(0, 1.6)
  const pulse = Math.max(18, ((levels.systolic - levels.diastolic) * Math.min(1, mean / usual) + random.normal(0, 3)) * (1 - 0.4 * end))
  return {
    heartRate: Math.round(measured('heartRate', heartRate * (1 - 0.35 * end), random)),
    systolic: Math.round(mean + (pulse * 2) / 3),
    diastolic: Math.round(mean - pulse / 3),
    mean: Math.round(mean),
    respiratoryRate: Math.round(measured('respiratoryRate', respiratoryRate, random)),
    temperature: measured('temperature', temperature, random),
    saturation: Math.round(measured('saturation', saturation - 12 * end, random)),
    centralPressure: Math.max(0, Math.round(random.normal(care.shock !== undefined && time < care.shock.treated ? 5 : 10, 1.8)))
  }
}

/** Low until vasopressors are there, and just above the limit while they run. */
function held(usual: number, stay: Stay, { shock }: Care, time: number): number {
  if (shock === undefined || time < shock.from || time >= shock.to) return usual
  if (time < shock.treated) return Math.min(usual, 61 - 7 * stay.severity)
  const share = Math.min(1, (time - shock.treated) / (shock.to - shock.treated))
  return Math.min(usual, time < shock.treated + HOUR ? 65 : 69 + 5 * share)
}
