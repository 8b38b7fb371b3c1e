/** What a nurse sees and asks: mind, pain, lungs, belly, skin; and limits of the alarms. */

import { DAY, HOUR } from '../calendar.js'
import type { Random } from '../random.js'
import type { Watch } from '../tables/bedside-rows.js'
import { CHART } from '../vocabulary/chart-items.js'
import * as say from '../vocabulary/words.js'
import type { Pen } from './pen.js'

interface Mind {
  readonly eyes: number
  /** 0: cannot be tested with a tube in the throat. */
  readonly verbal: number
  readonly motor: number
  /** 1 unarousable to 5 agitated. */
  readonly awake: number
}

/** Deep under sedation at first, lighter towards the end; clouded by stroke, confusion, and dying. */
function mindAt({ stay, care }: Watch, time: number, random: Random): Mind {
  const { tube } = care.breathing
  if (tube !== undefined && time >= tube.from && time < tube.to) {
    const share = (time - tube.from) / (tube.to - tube.from)
    const awake = stay.death === tube.to ? 1 : Math.min(4, 1 + Math.floor(share * 4))
    return { eyes: Math.min(4, awake), verbal: 0, motor: Math.min(6, awake + 2), awake }
  }
  const end = stay.death === undefined ? 0 : Math.max(0, 1 - (stay.death - time) / DAY)
  const stroke = stay.story.name === 'stroke' ? Math.max(0, stay.severity - 0.5) * 2 : 0
  const confused = stay.complications.some(
    ({ complication, from }) => complication.codes.includes('2930') && time >= from && time < from + 3 * DAY
  )
  const clouded = Math.min(1, end + stroke)
  const lower = (best: number, by: number) => Math.max(1, Math.round(best - clouded * by))
  const agitated = confused && random.chance(0.4)
  return { eyes: lower(4, 2.4), verbal: lower(confused ? 4 : 5, 3.4), motor: lower(6, 3), awake: agitated ? 5 : clouded > 0.7 ? 2 : 4 }
}

/** Mind, pupils, pain; every second time the whole body as well. */
export function assessment(pen: Pen, whole: boolean): void {
  const { random, time, watch } = pen
  const { stay } = watch
  const mind = mindAt(watch, time, random)
  pen.words(CHART.eyes, say.EYES[mind.eyes - 1]!)
  pen.words(CHART.verbal, mind.verbal === 0 ? say.TUBE : say.VERBAL[mind.verbal - 1]!)
  pen.words(CHART.motor, say.MOTOR[mind.motor - 1]!)
  pen.number(CHART.comaTotal, mind.eyes + Math.max(1, mind.verbal) + mind.motor)
  pen.words(CHART.agitation, say.AGITATION[mind.awake - 1]!)
  pen.words(
    CHART.consciousness,
    mind.awake >= 4 ? say.ALERT : mind.awake === 3 ? say.DROWSY : mind.awake === 2 ? say.TO_VOICE : say.UNRESPONSIVE
  )
  pen.words(CHART.orientation, mind.verbal === 0 || mind.awake < 3 ? say.UNTESTED : mind.verbal === 5 ? say.ORIENTED : say.DISORIENTED)
  const pain = mind.awake < 4 ? 0 : Math.max(0, Math.round(random.normal(time - stay.admit < 1.5 * DAY ? 2.2 : 0.8, 1.3)))
  pen.words(CHART.painPresent, pain > 0 ? say.YES : say.NO)
  pen.words(CHART.painLevel, mind.awake < 4 ? say.PAIN_UNKNOWN : say.PAIN[Math.min(pain, say.PAIN.length - 1)]!)
  const pupil = random.pick(say.PUPILS)
  pen.words(CHART.pupilRight, pupil)
  pen.words(CHART.pupilLeft, random.chance(0.95) ? pupil : random.pick(say.PUPILS))

  if (whole) body(pen, mind)
}

function body(pen: Pen, mind: Mind): void {
  const { random, time, watch } = pen
  const { stay, care, icu } = watch
  const lungs = lungsOf(watch)
  for (const item of [CHART.lungRightUpper, CHART.lungLeftUpper]) pen.words(item, say.LUNGS[random.chance(0.7) ? 0 : lungs]!)
  for (const item of [CHART.lungRightLower, CHART.lungLeftLower]) pen.words(item, say.LUNGS[random.chance(0.75) ? lungs : 1]!)
  pen.words(CHART.abdomen, random.pick(say.BELLIES))
  pen.words(CHART.bowelSounds, random.pick(say.BOWELS))
  pen.words(CHART.urineSource, care.lines.get(icu)?.catheter ? say.CATHETER : say.VOIDS)
  pen.words(CHART.urineColour, random.pick(say.URINE_COLOURS))
  pen.words(CHART.skin, stay.codes.includes('70703') || random.chance(0.1) ? say.IMPAIRED : say.INTACT)
  pen.words(CHART.skinTemperature, care.shock !== undefined && time < care.shock.to && random.chance(0.5) ? say.COOL : say.WARM)
  pen.words(CHART.activity, mind.verbal > 0 && time - icu.from > 24 * HOUR && random.chance(0.4) ? say.CHAIR : say.BEDREST)
  pen.words(CHART.position, random.pick(say.POSITIONS))
  pen.words(CHART.headOfBed, random.pick(say.HEAD_OF_BED))
  if (pen.system === 'carevue') {
    pen.words(CHART.precautions, say.UNIVERSAL)
    pen.words(CHART.unit, { carevue: [icu.lastUnit, ''], metavision: ['', ''] })
  }
  if (stay.codes.some((code) => code.startsWith('250')) && random.chance(0.9))
    pen.number(CHART.fingerstick, stay.levels(time).glucose + random.normal(0, 9))
}

function lungsOf({ stay, care }: Watch): number {
  if (stay.story.name === 'copd') return 4
  if (stay.story.name === 'heart-failure') return 2
  if (stay.story.name === 'pneumonia' || care.breathing.tube !== undefined) return 3
  return 1
}

/** Once in a shift: alarms, diet, the Braden scale, what is wanted at the end. */
export function shift(pen: Pen): void {
  const { random, time, watch } = pen
  const { care, stay, icu } = watch
  pen.words(CHART.alarmsOn, say.ON)
  pen.number(CHART.alarmHeartHigh, random.pick([120, 130, 130, 140]))
  pen.number(CHART.alarmHeartLow, random.pick([50, 50, 55, 60]))
  pen.number(CHART.alarmBreathHigh, random.pick([30, 35, 40]))
  pen.number(CHART.alarmBreathLow, random.pick([8, 8, 10]))
  // A finger slips on the keys: 10085.
  pen.number(CHART.alarmSaturationHigh, random.chance(0.01) ? 10085 : 100)
  pen.number(CHART.alarmSaturationLow, random.pick([88, 90, 92]))
  const arterial = care.lines.get(icu)?.arterial
  pen.number(arterial ? CHART.alarmArterialHigh : CHART.alarmCuffHigh, random.pick([150, 160, 170]))
  pen.number(arterial ? CHART.alarmArterialLow : CHART.alarmCuffLow, random.pick([85, 90]))
  const { tube } = care.breathing
  const asleep = tube !== undefined && time >= tube.from && time < tube.to
  const diabetic = stay.codes.some((code) => code.startsWith('250'))
  const tubeFed = asleep && time > tube.from + 20 * HOUR
  pen.words(
    CHART.diet,
    tubeFed ? say.TUBE_FEEDING : asleep || time - icu.from < 8 * HOUR ? say.NOTHING_BY_MOUTH : diabetic ? say.DIABETIC_DIET : say.HEART_DIET
  )
  pen.words(CHART.falls, say.YES)
  // Several choices of one list are several rows of one minute.
  for (const measure of say.SAFETY) if (random.chance(0.6)) pen.words(CHART.safety, measure)
  const braden = asleep ? [1, 1, 1] : [3, random.whole(1, 2), random.whole(2, 3)]
  pen.words(CHART.bradenSenses, say.BRADEN_SENSES[braden[0]! - 1]!)
  pen.words(CHART.bradenActivity, say.BRADEN_ACTIVITY[braden[1]! - 1]!)
  pen.words(CHART.bradenMobility, say.BRADEN_MOBILITY[braden[2]! - 1]!)
  pen.number(CHART.bradenScore, braden[0]! + braden[1]! + braden[2]! + random.whole(6, 9))
  const comfort = care.comfortFrom !== undefined && time >= care.comfortFrom
  pen.words(CHART.codeStatus, comfort ? say.COMFORT_ONLY : stay.codes.includes('V4986') ? say.NO_RESUSCITATION : say.FULL_CODE)
}

/** On arrival: size, weight, allergies, family. */
export function arrival(pen: Pen): void {
  const { random, watch } = pen
  const { care, stay } = watch
  const inches = Math.round(care.height / 2.54)
  pen.number(CHART.admissionWeight, care.weight, 1)
  if (random.chance(0.5)) pen.number(CHART.admissionPounds, care.weight * 2.20462, 1)
  pen.number(CHART.inches, inches)
  pen.number(CHART.centimetres, Math.round(inches * 2.54))
  pen.words(CHART.allergy, random.chance(0.15) ? say.PENICILLINS : say.NO_ALLERGY)
  const married = say.MARRIED[stay.maritalStatus]
  if (married !== undefined) pen.words(CHART.married, married)
}

/** Every morning; CareVue carries the weight of before along, and a flag that has a unit for no reason. */
export function weight(pen: Pen): void {
  const { watch, time, random } = pen
  const { levels, admit } = watch.stay
  const kilograms = watch.care.weight + levels(time).weight - levels(admit).weight + random.normal(0, 0.3)
  pen.number(CHART.dailyWeight, kilograms, 1)
  pen.number(CHART.previousWeight, watch.care.weight, 1)
  pen.number(CHART.weightFlag, 1)
}
