/** What a clinical story says. One story is one file in stories/; it drives diagnoses, laboratory, course, outcome, notes and questions of a stay. */

import type { Panel } from './panels.js'
import type { Disturbance } from './physiology.js'
import type { Weighted } from './random.js'
import type { Complication } from './stories/complications.js'
import type { Groups, Treatment } from './treatment.js'

export const SPECIALTIES = [
  'Internal Medicine',
  'Cardiology',
  'Pulmonology',
  'Gastroenterology',
  'Neurology',
  'Orthopaedic Surgery',
  'Endocrinology',
  'General Surgery',
  'Intensive Care',
  'Nephrology',
  'Geriatrics',
  'Cardiac Surgery'
] as const

export type Specialty = (typeof SPECIALTIES)[number]
export type CareUnit = 'CCU' | 'CSRU' | 'MICU' | 'SICU' | 'TSICU'

/** Panels drawn again every so many hours, for so many days from arrival. */
export interface FollowUp {
  readonly panels: readonly Panel[]
  readonly everyHours: number
  readonly days: number
}

export interface Story {
  readonly name: string
  /** Share among first admissions; shares need not add up to anything. */
  readonly share: number
  readonly age: readonly [mean: number, deviation: number]
  /** Values of ADMISSION_TYPE and ADMISSION_LOCATION. */
  readonly arrival: Weighted<readonly [type: string, location: string]>
  /** ADMISSIONS.diagnosis: what was thought on arrival, in the words of the clerk. */
  readonly complaints: readonly string[]
  /** The same where it depends on the principal diagnosis. */
  readonly complaintsOf?: Readonly<Record<string, readonly string[]>>
  /** In the words of the patient: questions.diagnosis. */
  readonly plainly: string
  readonly principal: Weighted<string>
  /** Further diagnoses with their probability. */
  readonly associated: Weighted<string>
  readonly specialty: Specialty
  /** Probability of an intensive care stay, and where. */
  readonly intensive: number
  readonly units: Weighted<CareUnit>
  /** Days between arrival and admission order of intensive care: 0 straight away, 1 after an operation on the first day. */
  readonly intensiveAfter?: number
  /** Median days in hospital. */
  readonly days: number
  /** Probability of death in hospital at average severity. */
  readonly mortality: number
  /** Where survivors go, before age is taken into account. */
  readonly leaves: Weighted<string>
  readonly disturbances: readonly Disturbance[]
  /** Day after arrival on which the disturbances begin (an operation); 0 when left out. */
  readonly begins?: number
  readonly complications: Weighted<Complication>
  /** Drawn on arrival besides the usual panels. */
  readonly workup: readonly Panel[]
  readonly followUp: readonly FollowUp[]
  /** SERVICES: where the stay is booked first; where later, with which probability. */
  readonly services: readonly [first: string, later?: string, chance?: number]
  readonly groups: Groups
  /** The same where it depends on the principal diagnosis. */
  readonly groupsOf?: Readonly<Record<string, Groups>>
  readonly treatment: Treatment
  readonly notes: { readonly onset: readonly string[]; readonly better: readonly string[]; readonly worse: readonly string[] }
  readonly questions: readonly (readonly [question: string, answer: string])[]
}
