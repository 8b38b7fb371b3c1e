/** What is done about an illness. Stories and complications state it, care/ carries it out, the tables write it down. */

import type { FluidName } from './vocabulary/fluids.js'
import type { MedicineName } from './vocabulary/medicines.js'

/** One of the medicines is chosen and given from a day on. A drip runs in intensive care only. */
export interface Plan {
  readonly give: readonly MedicineName[]
  /** 1 when left out. */
  readonly chance?: number
  /** Days after the illness began; 0.05 (an hour) when left out. */
  readonly from?: number
  /** Until discharge when left out. */
  readonly days?: number
}

/** A procedure by its ICD-9-CM code, without dot. */
export interface Operation {
  readonly code: string
  readonly chance?: number
  /** Days after the illness began. */
  readonly day: number
  /** Only with these principal diagnoses. */
  readonly only?: readonly string[]
}

export interface Treatment {
  readonly medicines: readonly Plan[]
  readonly operations?: readonly Operation[]
  /** Half litres run in quickly in the first hours of intensive care: fewest and most. */
  readonly boluses?: readonly [fewest: number, most: number]
  /** Fluid that runs from the first hour of intensive care on: millilitres per hour, days. */
  readonly running?: readonly [fluid: FluidName, rate: number, days: number]
}

type Group = readonly [code: string, words: string]

/** The group an admission is paid as, in the three systems. APR has a fourth digit for the severity, which follows from the patient. */
export interface Groups {
  readonly hcfa: Group
  readonly ms: Group
  readonly apr: Group
}
