/** Pulse, pressure, breath, oxygen: every hour. Temperature and rhythm: every few hours. */

import { signsAt } from '../bedside.js'
import { CHART, PRESSURES } from '../vocabulary/chart-items.js'
import { ASYSTOLE, ECTOPY, FIBRILLATION, NO_ECTOPY, SINUS, SINUS_FAST, SINUS_SLOW, TEMPERATURE_SITES } from '../vocabulary/words.js'
import type { Pen } from './pen.js'

/** `full` every fourth time: what is not measured by the monitor alone. */
export function vitals(pen: Pen, full: boolean): void {
  const { random, time, watch } = pen
  const { stay, care, icu } = watch
  const signs = signsAt(stay, care, time, random)
  pen.number(CHART.heartRate, signs.heartRate)
  pen.number(CHART.respiratoryRate, signs.respiratoryRate)
  if (!random.chance(0.03)) pen.number(CHART.saturation, signs.saturation)
  const lines = care.lines.get(icu)
  pressure(pen, lines?.arterial ? 'arterial' : 'cuff', signs)
  // The cuff goes on from time to time to check the line.
  if (lines?.arterial && random.chance(0.1))
    pressure(pen, 'cuff', { systolic: signs.systolic + 4, diastolic: signs.diastolic - 3, mean: signs.mean })
  if (lines?.central && random.chance(0.5)) pen.number(CHART.centralPressure, signs.centralPressure)
  if (full || random.chance(0.25)) {
    const fibrillating = stay.complications.some(({ complication, from }) => complication.codes.includes('42731') && time >= from)
    const rhythm =
      fibrillating || stay.codes.includes('42731')
        ? FIBRILLATION
        : signs.heartRate > 100
          ? SINUS_FAST
          : signs.heartRate < 58
            ? SINUS_SLOW
            : SINUS
    pen.words(CHART.rhythm, rhythm)
    pen.words(CHART.ectopy, random.chance(0.06) ? ECTOPY : NO_ECTOPY)
  }
  if (full) temperature(pen, signs.temperature)
}

/** One half is missing now and then; the cuff of CareVue shows the mean with the digits it was worked out with. */
function pressure(
  pen: Pen,
  kind: 'arterial' | 'cuff',
  { systolic, diastolic, mean }: { systolic: number; diastolic: number; mean: number }
): void {
  const items = PRESSURES[kind]
  const fate = pen.random.unit()
  if (fate > 0.008) pen.number(items.systolic, systolic)
  if (fate < 0.992) pen.number(items.diastolic, diastolic)
  const exact = kind === 'cuff' && pen.system === 'carevue' && pen.random.chance(0.3)
  if (pen.random.chance(0.98)) pen.number(items.mean, exact ? mean + 1 / 3 : mean, exact ? 4 : 0)
}

/** Most thermometers read Fahrenheit; CareVue works out the other scale beside it. */
function temperature(pen: Pen, celsius: number): void {
  const { random } = pen
  const fahrenheit = Math.round((celsius * 1.8 + 32) * 10) / 10
  if (random.chance(pen.system === 'carevue' ? 0.35 : 0.04)) {
    pen.number(CHART.celsius, celsius, 1)
    pen.number(CHART.fahrenheitTwin, Number(celsius.toFixed(1)) * 1.8 + 32, 2)
  } else {
    pen.number(CHART.fahrenheit, fahrenheit, 1)
    pen.number(CHART.celsiusTwin, (fahrenheit - 32) / 1.8, 4)
  }
  pen.words(CHART.temperatureSite, random.pick(TEMPERATURE_SITES))
}

/** The last line on the chart of who died: the monitor shows nothing any more. */
export function flatLine(pen: Pen): void {
  pen.number(CHART.heartRate, 0)
  pen.number(CHART.respiratoryRate, 0)
  pen.words(CHART.rhythm, ASYSTOLE)
}
