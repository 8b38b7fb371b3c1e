/** What was done for a stay: where the patient lay, breathing, pressure, medicines, cultures, operations. Facts that several tables write down. */

import type { Hospital } from '../person.js'
import type { Levels } from '../physiology.js'
import { Random } from '../random.js'
import type { IcuStay, Stay } from '../stay.js'
import { type Breathing, breathingOf } from './breathing.js'
import { type Shock, shockOf } from './circulation.js'
import { type Course, coursesOf, type Infusion, infusionsOf } from './courses.js'
import { type Culture, culturesOf } from './cultures.js'
import { type Intake, intakesOf } from './fluids.js'
import { type Done, operationsOf } from './operations.js'
import { type Place, placesOf } from './places.js'

/** All times in seconds; `to` is the first moment after. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** A span that lies within one intensive care stay. */
export interface IcuSpan extends Span {
  readonly icu: IcuStay
}

export interface Care {
  /** Kilograms on admission, one decimal. */
  readonly weight: number
  /** Centimetres. */
  readonly height: number
  /** Without a gap from arrival on the first ward to discharge. */
  readonly places: readonly Place[]
  readonly breathing: Breathing
  readonly shock: Shock | undefined
  /** No more than comfort is wanted from this time on. */
  readonly comfortFrom: number | undefined
  /** An arterial line and a central line: from the first hour of the intensive care stay to its end. */
  readonly lines: ReadonlyMap<IcuStay, { readonly arterial: boolean; readonly central: boolean; readonly catheter: boolean }>
  readonly courses: readonly Course[]
  readonly infusions: readonly Infusion[]
  readonly intakes: readonly Intake[]
  readonly cultures: readonly Culture[]
  readonly operations: readonly Done[]
}

interface Patient {
  readonly index: number
  readonly gender: 'F' | 'M'
  readonly base: Levels
  readonly chronic: readonly string[]
}

/** One per stay. Depends on the person, the stays and streams of its own, so that it changes nothing that was there without it. */
export function careOf(hospital: Hospital, patient: Patient, stays: readonly Stay[]): Care[] {
  const body = new Random(`${hospital.seed}/body/${patient.index}`)
  const height = Math.round(body.normal(patient.gender === 'F' ? 162 : 176, 6.5))
  return stays.map((stay, n) => {
    const random = new Random(`${hospital.seed}/care/${patient.index}/${n}`)
    const weight = Math.max(38, Math.round((stay.levels(stay.admit).weight + random.between(-1, 1)) * 10) / 10)
    const places = placesOf(stay, random)
    const dying = stay.death !== undefined && stay.icu.at(-1)?.to === stay.discharge ? stay.icu.at(-1) : undefined
    const comfortFrom =
      dying !== undefined && random.chance(0.4) ? Math.max(dying.from, stay.discharge - random.whole(3, 9) * 3600) : undefined
    const breathing = breathingOf(stay, random)
    const shock = shockOf(stay, dying, comfortFrom, random)
    const lines = new Map(
      stay.icu.map((icu) => {
        const grave = shock?.icu === icu || breathing.tube?.icu === icu
        return [
          icu,
          { arterial: grave || random.chance(0.2), central: grave || random.chance(0.25), catheter: grave || random.chance(0.6) }
        ] as const
      })
    )
    const courses = coursesOf(stay, patient.chronic, breathing, shock, random)
    const operations = operationsOf(stay, breathing, lines, random)
    return {
      weight,
      height,
      places,
      breathing,
      shock,
      comfortFrom,
      lines,
      courses,
      infusions: infusionsOf(stay, courses, random),
      intakes: intakesOf(stay, breathing, operations, random),
      cultures: culturesOf(stay, random),
      operations
    }
  })
}
