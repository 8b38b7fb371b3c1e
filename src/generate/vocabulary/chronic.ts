/** Long-standing conditions: how common at which age, and what they do to the levels of a person who is well. */

import type { Levels } from '../physiology.js'
import type { Random } from '../random.js'
import type { MedicineName } from './medicines.js'

export interface Chronic {
  readonly codes: readonly string[]
  /** Probability at this age. */
  readonly probability: (age: number) => number
  readonly only?: 'F' | 'M'
  /** Taken at home and in hospital. */
  readonly takes?: readonly MedicineName[]
  readonly effect?: (levels: Levels, random: Random) => void
}

/** Rises from 0 at `start` to `top` at 85. */
function rising(start: number, top: number): (age: number) => number {
  return (age) => Math.min(top, Math.max(0, ((age - start) / (85 - start)) * top))
}

export const CHRONIC: readonly Chronic[] = [
  { codes: ['4019'], takes: ['amlodipine'], probability: rising(25, 0.62), effect: (levels) => void (levels.systolic += 10) },
  { codes: ['2724'], takes: ['simvastatin'], probability: rising(30, 0.4) },
  { codes: ['2720'], takes: ['simvastatin'], probability: rising(30, 0.14) },
  {
    codes: ['25000'],
    takes: ['insulinScale'],
    probability: rising(30, 0.3),
    effect: (levels, random) => {
      levels.glucose += random.between(25, 75)
      levels.haemoglobinA1c += random.between(0.6, 3)
    }
  },
  {
    codes: ['40390', '5859', '28521'],
    probability: rising(40, 0.22),
    effect: (levels, random) => {
      levels.creatinine += random.between(0.6, 2.4)
      levels.urea += random.between(12, 40)
      levels.haemoglobin -= random.between(0.8, 2.4)
      levels.phosphate += 0.4
      levels.potassium += 0.2
      levels.bicarbonate -= 2
      levels.urineProtein += 60
    }
  },
  { codes: ['41401'], takes: ['aspirinLow', 'metoprolol'], probability: rising(40, 0.34) },
  { codes: ['42731'], takes: ['warfarin', 'metoprolol'], probability: rising(50, 0.3), effect: (levels) => void (levels.heartRate += 6) },
  {
    codes: ['496'],
    takes: ['albuterol', 'ipratropium'],
    probability: rising(45, 0.16),
    effect: (levels) => {
      levels.carbonDioxide += 5
      levels.bicarbonate += 2
      levels.anionGap -= 1
      levels.oxygen -= 14
      levels.saturation -= 2.5
    }
  },
  { codes: ['2449'], takes: ['levothyroxine'], probability: rising(30, 0.16) },
  { codes: ['53081'], takes: ['pantoprazoleTablet'], probability: rising(20, 0.26) },
  { codes: ['311'], takes: ['citalopram'], probability: () => 0.13 },
  { codes: ['27800'], probability: () => 0.1, effect: (levels) => void (levels.weight += 28) },
  { codes: ['4439'], probability: rising(50, 0.12) },
  { codes: ['2749'], takes: ['allopurinol'], probability: rising(40, 0.08) },
  { codes: ['60000'], probability: rising(50, 0.3), only: 'M' },
  {
    codes: ['2859'],
    probability: rising(40, 0.22),
    effect: (levels, random) => {
      levels.haemoglobin -= random.between(1, 2.8)
      levels.cellSpread += 1.4
    }
  },
  {
    codes: ['5712'],
    probability: (age) => (age > 35 && age < 75 ? 0.03 : 0),
    effect: (levels) => {
      levels.bilirubin += 2.2
      levels.prothrombin += 4
      levels.platelets -= 120
      levels.albumin -= 1
      levels.aspartateTransferase += 45
      levels.alanineTransferase += 15
      levels.sodium -= 3
      levels.cellVolume += 7
    }
  }
]
