/**
 * What is measured in a body, how it differs between people, and how an illness moves it over time.
 *
 * A quantity is a primary variable: everything else a laboratory reports (chloride, pH, haematocrit ...) is worked out from these in vocabulary/labs.ts, so that
 * results of one draw fit together.
 */

import { DAY } from './calendar.js'
import type { Random } from './random.js'

/** mean of healthy adults, deviation between people, deviation from one measurement to the next, lowest and highest value that occurs. */
type Range = readonly [mean: number, between: number, within: number, lowest: number, highest: number]

export const QUANTITIES = {
  sodium: [139, 1.5, 1.2, 112, 168],
  potassium: [4.1, 0.15, 0.18, 2.2, 7.8],
  bicarbonate: [25, 1, 1, 5, 46],
  anionGap: [14, 1, 1, 7, 36],
  urea: [16, 3.5, 1.5, 3, 180],
  creatinine: [0.9, 0.12, 0.05, 0.3, 11],
  glucose: [104, 8, 14, 32, 980],
  calcium: [8.9, 0.25, 0.2, 5.6, 13.5],
  freeCalcium: [1.16, 0.02, 0.03, 0.7, 1.7],
  magnesium: [2, 0.1, 0.12, 0.9, 4.2],
  phosphate: [3.4, 0.3, 0.3, 0.9, 9.5],
  leukocytes: [7.8, 1.3, 0.6, 0.5, 58],
  neutrophils: [66, 4, 2.5, 22, 97],
  bands: [0, 0, 0.4, 0, 42],
  haemoglobin: [13.2, 0.8, 0.25, 4.2, 18.5],
  platelets: [242, 42, 14, 9, 980],
  cellVolume: [89.5, 2.6, 0.5, 62, 120],
  cellSpread: [13.7, 0.5, 0.12, 11.5, 26],
  prothrombin: [12.6, 0.4, 0.35, 10.2, 70],
  thromboplastin: [28.5, 2, 1.5, 19, 150],
  lactate: [1.2, 0.15, 0.18, 0.5, 19],
  carbonDioxide: [40, 1.5, 2, 17, 118],
  oxygen: [96, 8, 14, 36, 480],
  troponin: [0.005, 0.001, 0.001, 0.001, 24],
  creatineKinase: [82, 25, 10, 12, 38000],
  creatineKinaseMb: [2.4, 0.4, 0.4, 1, 420],
  alanineTransferase: [24, 6, 3, 5, 6800],
  aspartateTransferase: [26, 6, 3, 7, 9200],
  alkalinePhosphatase: [78, 15, 5, 22, 1200],
  bilirubin: [0.6, 0.15, 0.08, 0.1, 42],
  albumin: [3.9, 0.25, 0.12, 1.2, 5.2],
  lactateDehydrogenase: [188, 22, 14, 90, 8800],
  natriureticPeptide: [180, 70, 22, 12, 69000],
  reactiveProtein: [4, 1.5, 0.8, 0.3, 440],
  lipase: [32, 8, 4, 6, 3400],
  haemoglobinA1c: [5.6, 0.2, 0.03, 4.3, 15.2],
  urineKetones: [0, 0, 2, 0, 160],
  urineGlucose: [0, 0, 12, 0, 1000],
  urineProtein: [6, 4, 6, 0, 500],
  urineLeukocytes: [2, 1, 1, 0, 120],
  urineErythrocytes: [1.5, 1, 1, 0, 140],
  heartRate: [78, 6, 5, 32, 178],
  respiratoryRate: [16, 1, 1.6, 6, 48],
  temperature: [36.8, 0.1, 0.2, 33.2, 41.2],
  saturation: [97, 0.7, 0.9, 68, 100],
  systolic: [126, 9, 7, 58, 220],
  diastolic: [71, 6, 5, 28, 124],
  weight: [80, 15, 0.5, 38, 190]
} as const satisfies Record<string, Range>

export type Quantity = keyof typeof QUANTITIES
export type Levels = Record<Quantity, number>

const NAMES = Object.keys(QUANTITIES) as Quantity[]

/** How an illness or a complication moves one quantity when it is fully severe. */
export interface Disturbance {
  readonly of: Quantity
  /** Added, in the unit of the quantity. */
  readonly by?: number
  /** Multiplied. */
  readonly times?: number
  /** Days from the beginning to the peak; half of it is there at the beginning. 0 when left out. */
  readonly peak?: number
  /** Days for half of it to go once it is past the peak. In a patient who dies it does not go but grows by half until death. */
  readonly half: number
  /** Does not grow before death (a haemoglobin after transfusions, a heart attack's enzymes). */
  readonly fades?: boolean
}

/** Disturbances that begin at one time with one severity (0 to 1). */
export interface Insult {
  readonly from: number
  readonly severity: number
  readonly disturbances: readonly Disturbance[]
}

/** The levels of one person when nothing acute is going on. */
export function baseline(random: Random): Levels {
  const levels = {} as Levels
  for (const name of NAMES) levels[name] = random.normal(QUANTITIES[name][0], QUANTITIES[name][1])
  return levels
}

/** The true levels at `time`, not yet held to what can be (`measured` does that); `death` makes every insult that does not fade worsen until then. */
export function levelsAt(base: Levels, insults: readonly Insult[], time: number, death: number | undefined): Levels {
  const levels = { ...base }
  for (const { from, severity, disturbances } of insults) {
    if (time < from) continue
    const days = (time - from) / DAY
    for (const disturbance of disturbances) {
      const share = severity * course(disturbance, days, death === undefined || disturbance.fades ? undefined : (death - from) / DAY)
      if (disturbance.times !== undefined) levels[disturbance.of] *= 1 + (disturbance.times - 1) * share
      if (disturbance.by !== undefined) levels[disturbance.of] += disturbance.by * share
    }
  }
  return levels
}

/** One measurement of a true level: it scatters, and stays in what occurs. */
export function measured(name: Quantity, level: number, random: Random): number {
  const [mean, , scatter] = QUANTITIES[name]
  return within(name, random.normal(level, scatter * Math.min(3, Math.max(0.5, level / mean || 0.5))))
}

function course({ peak = 0, half }: Disturbance, days: number, death: number | undefined): number {
  if (days < peak) return 0.5 + (0.5 * days) / peak
  const since = days - peak
  if (death === undefined || death <= peak) return Math.exp((-Math.LN2 * since) / half)
  return 1 + 0.5 * Math.min(1, since / (death - peak))
}

function within(name: Quantity, value: number): number {
  const [, , , lowest, highest] = QUANTITIES[name]
  return Math.max(lowest, Math.min(highest, value))
}
