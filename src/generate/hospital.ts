/** The hospital that a number of patients and a seed give: its staff, and where numbers begin. */
import type { Hospital } from './person.js'
import { Random } from './random.js'
import { caregivers, numbersOf, physicianCount } from './vocabulary/staff.js'

/** The stream of random numbers of a table, for what belongs to no patient or for one patient. Where it is drawn from decides the bytes. */
export function streamOf({ seed }: Pick<Hospital, 'seed'>, table: string, patient?: number): Random {
  return new Random(patient === undefined ? `${seed}/${table}` : `${seed}/${table}/${patient}`)
}

/** charting: minutes between two sets of charted vital signs in intensive care. */
export function foundHospital(patients: number, seed: number, charting: number): Hospital {
  const staff = caregivers(patients, new Random(`${seed}/caregivers`))
  return {
    patients,
    seed,
    physicians: physicianCount(patients),
    residents: numbersOf(staff, 'Res', 'MD'),
    nurses: numbersOf(staff, 'RN'),
    therapists: numbersOf(staff, 'RRT', 'RT', 'RN'),
    charting,
    next: { hadm: 100001, icustay: 200001 }
  }
}
