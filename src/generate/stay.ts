/** One admission: how it began, what happened, how it ended. */

import { DAY, HOUR, MINUTE, startOfDay } from './calendar.js'
import type { Hospital, Traits } from './person.js'
import { type Disturbance, type Insult, type Levels, levelsAt } from './physiology.js'
import type { Random, Weighted } from './random.js'
import type { Complication } from './stories/complications.js'
import { type CareUnit, SPECIALTIES, type Story } from './story.js'
import { insurance, maritalStatus } from './vocabulary/people.js'
import { FIRST_PHYSICIAN } from './vocabulary/staff.js'

export interface IcuStay {
  readonly icustayId: number
  readonly firstUnit: CareUnit
  readonly lastUnit: CareUnit
  readonly firstWard: number
  readonly lastWard: number
  readonly from: number
  readonly to: number
}

export interface Stay {
  readonly hadmId: number
  readonly story: Story
  /** 0 to 1. */
  readonly severity: number
  /** The first moment in this hospital: the emergency room, or the admission. All times in seconds. */
  readonly arrival: number
  readonly emergency: { readonly from: number; readonly to: number } | undefined
  readonly admit: number
  readonly discharge: number
  /** Time of death in this hospital. */
  readonly death: number | undefined
  readonly type: string
  readonly cameFrom: string
  readonly wentTo: string
  readonly insurance: string
  readonly language: string
  readonly religion: string
  readonly maritalStatus: string
  readonly ethnicity: string
  readonly complaint: string
  readonly physicianId: number
  readonly icu: readonly IcuStay[]
  /** ICD-9 codes in order of rank. */
  readonly codes: readonly string[]
  readonly complications: readonly { readonly complication: Complication; readonly from: number }[]
  /** True levels at a time of this stay. */
  readonly levels: (time: number) => Levels
}

interface Beginning {
  readonly hospital: Hospital
  readonly random: Random
  readonly story: Story
  readonly traits: Traits
  readonly base: Levels
  readonly chronic: readonly string[]
  readonly birth: number
  /** Midnight of the day of arrival. */
  readonly day: number
  readonly earlier: readonly Stay[]
}

export function makeStay({ hospital, random, story, traits, base, chronic, birth, day, earlier }: Beginning): Stay {
  const age = (day - birth) / DAY / 365.2425
  const severity = Math.min(1, Math.max(0.35, random.normal(0.72, 0.17)))
  const [type, cameFrom] = random.choose(story.arrival)
  const planned = type === 'ELECTIVE'
  const admitMinute = planned ? random.whole(6 * 60, 9 * 60) : random.whole(5 * 60, 23 * 60 + 50)
  const admit = day + admitMinute * MINUTE
  const emergency = cameFrom === 'EMERGENCY ROOM ADMIT' ? emergencyRoom(random, admit) : undefined
  const arrival = emergency?.from ?? admit

  const dies = random.chance(story.mortality * (0.2 + 1.1 * severity * severity * 1.5) * (age > 75 ? 1.3 : age < 50 ? 0.5 : 0.9))
  const days = story.days * stretch(random) * (0.6 + 0.6 * severity)
  const length = Math.max(dies ? 0.8 : 1.1, Math.min(60, dies ? days * random.between(0.3, 1.1) : days))
  const discharge = dies
    ? Math.round((admit + length * DAY) / MINUTE) * MINUTE
    : Math.max(admit + 20 * HOUR, startOfDay(admit + length * DAY) + random.whole(10 * 60, 18 * 60) * MINUTE)
  const death = dies ? discharge : undefined

  const complications = []
  const codes = [random.choose(story.principal)]
  for (const [code, probability] of story.associated) if (random.chance(probability)) codes.push(code)
  for (const [complication, probability] of story.complications) {
    const from = arrival + Math.round(random.between(complication.from[0], complication.from[1]) * DAY)
    if (!random.chance(probability * (0.4 + 0.8 * severity)) || from > discharge - 6 * HOUR) continue
    complications.push({ complication, from })
    codes.push(...complication.codes)
  }
  codes.push(...chronic)
  // A code of an older edition that the dictionary does not have.
  if (random.chance(0.01)) codes.push('71970')

  const insults: Insult[] = [
    { from: arrival - 2 * HOUR + (story.begins ?? 0) * DAY, severity, disturbances: story.disturbances },
    ...complications.map(({ complication, from }) => ({ from, severity, disturbances: complication.disturbances }))
  ]
  if (codes.includes('V5861')) insults.push({ from: arrival - 2 * HOUR, severity: 1, disturbances: ANTICOAGULANT })
  const physicians = hospital.physicians / SPECIALTIES.length
  const previous = earlier[earlier.length - 1]
  return {
    hadmId: hospital.next.hadm++,
    story,
    severity,
    arrival,
    emergency,
    admit,
    discharge,
    death,
    type,
    cameFrom,
    wentTo: dies ? 'DEAD/EXPIRED' : destination(random, story.leaves, age),
    insurance:
      previous !== undefined && !(age >= 65 && previous.insurance !== 'Medicare') ? previous.insurance : random.choose(insurance(age)),
    // A clerk leaves a cell empty, or cannot ask, although an earlier admission knew.
    language: random.chance(0.08) ? '' : traits.language,
    religion: random.chance(0.06) ? 'UNOBTAINABLE' : traits.religion,
    maritalStatus: nextMaritalStatus(random, previous?.maritalStatus, age),
    ethnicity: random.chance(0.04) ? 'UNKNOWN/NOT SPECIFIED' : traits.ethnicity,
    complaint: random.pick(story.complaintsOf?.[codes[0]!] ?? story.complaints),
    physicianId: FIRST_PHYSICIAN + SPECIALTIES.indexOf(story.specialty) + SPECIALTIES.length * random.whole(0, physicians - 1),
    icu: intensiveCare(
      hospital,
      random,
      story,
      admit,
      discharge,
      dies,
      codes.some((code) => NEEDS_INTENSIVE_CARE.includes(code))
    ),
    codes: [...new Set(codes)].slice(0, 39),
    complications,
    levels: (time) => levelsAt(base, insults, time, death)
  }
}

/** Taken for months before: slowly less while the tablets are paused. */
const ANTICOAGULANT: readonly Disturbance[] = [
  { of: 'prothrombin', by: 15, half: 4, fades: true },
  { of: 'thromboplastin', by: 7, half: 4, fades: true }
]

/** Registered some hours before the admission, left some hours after it; now and then the clerk closed the visit before the admission was entered. */
function emergencyRoom(random: Random, admit: number): { from: number; to: number } {
  const from = admit - random.whole(70, 520) * MINUTE
  const to = random.chance(0.015) ? admit - random.whole(5, 40) * MINUTE : admit + random.whole(20, 200) * MINUTE
  return { from, to }
}

/** Stays are skewed: most near the median, some several times as long. */
function stretch(random: Random): number {
  return 0.55 + 0.75 * random.unit() + (random.chance(0.16) ? random.between(0.4, 2.6) : 0)
}

/** The older a survivor, the less often straight home. */
function destination(random: Random, leaves: Weighted<string>, age: number): string {
  return random.choose(leaves.map(([place, weight]) => [place, /^HOME|^LEFT/.test(place) && age > 80 ? weight * 0.5 : weight] as const))
}

function nextMaritalStatus(random: Random, previous: string | undefined, age: number): string {
  if (previous === undefined || random.chance(0.06)) return random.choose(maritalStatus(age))
  return previous === 'MARRIED' && age > 68 && random.chance(0.08) ? 'WIDOWED' : previous
}

const WARDS: Readonly<Record<CareUnit, readonly number[]>> = {
  CCU: [7],
  CSRU: [12, 14],
  MICU: [50, 52, 23],
  SICU: [33, 57],
  TSICU: [14, 15]
}

/** Ventilated, or in shock. */
const NEEDS_INTENSIVE_CARE: readonly string[] = ['51881', '78552']

/** None, one, or a second one after some days on the ward. Always within the admission. */
function intensiveCare(
  hospital: Hospital,
  random: Random,
  story: Story,
  admit: number,
  discharge: number,
  dies: boolean,
  needed: boolean
): IcuStay[] {
  if (!random.chance(needed ? 1 : dies ? Math.max(story.intensive, 0.85) : story.intensive)) return []
  const stays: IcuStay[] = []
  let from = admit + Math.round((story.intensiveAfter ?? 0) * DAY * random.between(0.7, 1.2)) + random.whole(40, 14000)
  const hours = random.chance(0.2) ? random.between(90, 330) : random.between(22, 84)
  const first = Math.min(discharge, from + Math.round(hours * HOUR))
  // Who dies mostly does so in intensive care.
  let to = dies && random.chance(0.8) ? discharge : first
  while (to - from >= 4 * HOUR) {
    const firstUnit = random.choose(story.units)
    const lastUnit = random.chance(0.06) ? random.choose(story.units) : firstUnit
    stays.push({
      icustayId: hospital.next.icustay++,
      firstUnit,
      lastUnit,
      firstWard: random.pick(WARDS[firstUnit]),
      lastWard: random.pick(WARDS[lastUnit]),
      from,
      to
    })
    if (to === discharge || stays.length > 1 || !random.chance(0.08)) break
    from = to + random.whole(20, 90) * HOUR
    to = Math.min(discharge, from + random.whole(20, 70) * HOUR)
  }
  return stays
}
