/** Oxygen, mask, ventilator: charted by nurse and respiratory therapist. */

import { HOUR } from '../calendar.js'
import type { Span } from '../care/index.js'
import { CHART } from '../vocabulary/chart-items.js'
import { BIPAP, CONTROLLED, FACE_MASK, IN_TUBE, MACHINE, ON_ROOM_AIR, PRONGS, SUPPORTED } from '../vocabulary/words.js'
import type { Pen } from './pen.js'

export function breathing(pen: Pen): void {
  const { time, watch, random } = pen
  const { tube, mask } = watch.care.breathing
  if (tube !== undefined && during(tube, time)) {
    pen.words(CHART.oxygenDevice, IN_TUBE)
    ventilator(pen, tube)
    return
  }
  if (mask !== undefined && during(mask, time)) {
    pen.words(CHART.oxygenDevice, BIPAP)
    inspired(pen, random.whole(7, 12) * 5)
    pen.number(CHART.endPressure, 5)
    return
  }
  const { saturation } = watch.stay.levels(time)
  const weaned = tube !== undefined && time < tube.to + 12 * HOUR
  pen.words(CHART.oxygenDevice, weaned ? FACE_MASK : saturation < 95.5 ? PRONGS : ON_ROOM_AIR)
  if (weaned) pen.number(CHART.oxygenFlow, random.pick([8, 10, 12]))
  else if (saturation < 95.5) pen.number(CHART.oxygenFlow, Math.min(6, Math.max(2, Math.round((97 - saturation) / 1.5))))
}

function during(span: Span, time: number): boolean {
  return time >= span.from && time < span.to
}

/** More oxygen and pressure at the beginning, support only before the tube comes out. */
function ventilator(pen: Pen, { from, to }: Span): void {
  const { time, watch, random } = pen
  const share = (time - from) / (to - from)
  const dies = watch.stay.death === to
  const sick = Math.max(0, 97 - watch.stay.levels(time).saturation)
  const oxygen = share < 0.03 ? 100 : Math.min(100, Math.max(40, Math.round((40 + sick * 4 + (dies ? 30 * share : 0)) / 10) * 10))
  const endPressure = oxygen >= 70 ? 12 : oxygen >= 50 ? 8 : 5
  const supported = share > 0.75 && !dies
  const tidal = Math.round(((watch.care.height - 100) * (supported ? 7.4 : 6.6)) / 10) * 10
  const rate = random.whole(14, 20)
  const seen = tidal + random.whole(-30, 30)
  pen.words(CHART.ventilator, MACHINE)
  pen.words(CHART.ventilatorMode, supported ? SUPPORTED : CONTROLLED)
  inspired(pen, oxygen)
  pen.number(CHART.endPressure, endPressure)
  if (!supported) {
    pen.number(CHART.tidalSet, tidal)
    pen.number(CHART.rateSet, rate)
  }
  pen.number(CHART.tidalSeen, seen)
  pen.number(CHART.rateTotal, rate + random.whole(0, 4))
  pen.number(CHART.minuteVolume, ((rate + 1) * seen) / 1000, 1)
  pen.number(CHART.peakPressure, endPressure + random.whole(12, 20))
  if (!supported) pen.number(CHART.plateauPressure, endPressure + random.whole(9, 13))
}

/** Percent in MetaVision, a share of one in CareVue (where the unit says torr). */
function inspired(pen: Pen, percent: number): void {
  if (pen.system === 'carevue') pen.number(CHART.inspiredOxygen, percent / 100, 2)
  else pen.number(CHART.inspiredOxygen, percent)
}
