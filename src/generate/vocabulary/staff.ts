/** Names and labels of staff. Every surname is a word for "example" or "sample" in some language, so that nobody takes these people for real ones. */

import type { Random, Weighted } from '../random.js'
import { SPECIALTIES, type Specialty } from '../story.js'

const GIVEN = [
  'Amara',
  'Kenji',
  'Lucía',
  'Noor',
  'Thandiwe',
  'Mateusz',
  'Ingrid',
  'Ravi',
  'Sione',
  'Yara',
  'Dmitri',
  'Aoife',
  'Minh',
  'Zeynep',
  'Kofi',
  'Renée',
  'Tomás',
  'Leilani',
  'Bjørn',
  'Farida',
  'Wei',
  'Chiara',
  'Samuel'
]

const SURNAMES = [
  'Ejemplo',
  'Beispiel',
  'Voorbeeld',
  'Esempio',
  'Primjer',
  'Mfano',
  'Udaharan',
  'Contoh',
  'Örnek',
  'Mithal',
  'Paradigma',
  'Esimerkki',
  'Példa',
  'Dæmi',
  'Vzorek',
  'Samplewright',
  'Halimbawa',
  'Apeere',
  'Mostra',
  'Näide'
]

/** Physicians of a hospital: `number` is a multiple of the specialties, so that each has as many. */
export const FIRST_PHYSICIAN = 1001

export function physicianCount(patients: number): number {
  return SPECIALTIES.length * Math.min(400, Math.max(1, Math.ceil(patients / 300)))
}

/** Number (from 0) of physician to name: all combinations of the two lists, then again with a middle initial. */
export function physicianName(number: number): string {
  const given = GIVEN[(number * 7) % GIVEN.length]!
  const surname = SURNAMES[(number * 3 + Math.floor(number / (GIVEN.length * SURNAMES.length))) % SURNAMES.length]!
  const round = Math.floor(number / (GIVEN.length * SURNAMES.length))
  return round === 0 ? `${given} ${surname}` : `${given} ${String.fromCharCode(64 + round)}. ${surname}`
}

export function physicianSpecialty(number: number): Specialty {
  return SPECIALTIES[number % SPECIALTIES.length]!
}

export const FIRST_CAREGIVER = 14001

/** Label and description of every caregiver, in the order of their numbers: about as many as the source has per patient, within reason. */
export function caregivers(patients: number, random: Random): (readonly [label: string, description: string])[] {
  return Array.from({ length: Math.min(7500, 30 + Math.ceil(patients / 5)) }, () => random.choose(CAREGIVERS))
}

/** Numbers of the caregivers with one of these labels; the first caregiver where there is none. */
export function numbersOf(staff: readonly (readonly [label: string, description: string])[], ...labels: readonly string[]): number[] {
  const numbers = staff.flatMap(([label], i) => (labels.includes(label) ? [FIRST_CAREGIVER + i] : []))
  return numbers.length > 0 ? numbers : [FIRST_CAREGIVER]
}

/** CAREGIVERS.label and description: the source has several spellings of one thing, accounts that only read, and empty descriptions. */
const CAREGIVERS: Weighted<readonly [label: string, description: string]> = [
  [['RN', 'RN'], 24],
  [['RN', ''], 14],
  [['Res', 'Resident/Fellow/PA/NP'], 16],
  [['MD', 'Attending'], 5],
  [['MD', ''], 12],
  [['MDs', ''], 3],
  [['RO', 'Read Only'], 22],
  [['RRT', 'Respiratory'], 2],
  [['RT', 'Respiratory'], 1.5],
  [['PCT', 'PCT/NA'], 2],
  [['RPH', 'Pharmacist'], 1.4],
  [['RPh', 'Pharmacist'], 0.8],
  [['RD', 'Dietitian'], 1],
  [['SW', 'Social Worker'], 1],
  [['CM', 'Case Manager'], 1],
  [['UCO', 'UCO'], 1],
  [['Rehab', 'Rehabilitation'], 2],
  [['MS', ''], 1.5],
  [['MedSt', ''], 0.6],
  [['Admin', 'Administrator'], 0.4],
  [['', ''], 0.6]
]
