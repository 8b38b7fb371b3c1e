/** One patient with all stays: what the tables are written from. No table draws facts of its own about the course; it only writes them down. */

import { addYears, at, DAY, HOUR, MINUTE, startOfDay } from './calendar.js'
import { type Care, careOf } from './care/index.js'
import { baseline, type Levels } from './physiology.js'
import { Random, type Weighted } from './random.js'
import { makeStay, type Stay } from './stay.js'
import { STORIES } from './stories/index.js'
import type { Story } from './story.js'
import { CHRONIC } from './vocabulary/chronic.js'
import { GROUPS } from './vocabulary/people.js'

/** What is the same for all patients of a run, and the numbers given out so far. */
export interface Hospital {
  readonly patients: number
  readonly seed: number
  readonly physicians: number
  /** Numbers of the caregivers who chart at the bedside: physicians in training, nurses, respiratory therapists. */
  readonly residents: readonly number[]
  readonly nurses: readonly number[]
  readonly therapists: readonly number[]
  /** Minutes between two sets of charted vital signs in intensive care. */
  readonly charting: number
  readonly next: { hadm: number; icustay: number }
}

export interface Person {
  /** From 0. */
  readonly index: number
  readonly subjectId: number
  readonly gender: 'F' | 'M'
  /** Midnight of the true date of birth. */
  readonly birth: number
  /** The date of birth as the source shows it: 300 years before the first admission where the age passes 89. */
  readonly shownBirth: number
  readonly identityDocument: string
  readonly chronic: readonly string[]
  readonly base: Levels
  readonly dbsource: 'carevue' | 'metavision'
  readonly stays: readonly Stay[]
  /** What was done for each stay, in the same order. */
  readonly care: readonly Care[]
  /** Out-patient visits, in order. */
  readonly visits: readonly number[]
  /** Midnights; registry is what the social security record says. */
  readonly death: { readonly hospital: number | undefined; readonly registry: number | undefined } | undefined
}

/** How a person is described at an admission; the next admission may say something else. */
export interface Traits {
  readonly gender: 'F' | 'M'
  readonly ethnicity: string
  readonly language: string
  readonly religion: string
}

const FIRST_SUBJECT = 10001

/** The person with this index: depends on the seed and on nothing another person drew, but for the numbers of admissions. */
export function makePerson(hospital: Hospital, index: number): Person {
  const random = new Random(`${hospital.seed}/person/${index}`)
  const story = random.choose(SHARES)
  const age = Math.min(98, Math.max(18, random.normal(story.age[0], story.age[1])))
  const gender = random.chance(0.45) ? 'F' : 'M'
  const group = random.choose(GROUPS)
  const traits: Traits = {
    gender,
    ethnicity: random.choose(group.ethnicity),
    language: random.choose(group.language),
    religion: random.choose(group.religion)
  }
  const base = baseline(random)
  if (gender === 'F') {
    base.haemoglobin -= 1
    base.weight -= 11
  }
  const chronic: string[] = []
  for (const condition of CHRONIC) {
    if (condition.only !== undefined && condition.only !== gender) continue
    if (!random.chance(condition.probability(age))) continue
    chronic.push(...condition.codes)
    condition.effect?.(base, random)
  }

  let arrival = startOfDay(at(random.whole(2103, 2187), random.whole(1, 12), random.whole(1, 28)))
  const birth = startOfDay(arrival - age * 365.2425 * DAY)
  const stays: Stay[] = []
  const wanted = random.choose(NUMBER_OF_STAYS)
  let next: Story | undefined = story
  while (next !== undefined) {
    const stay: Stay = makeStay({ hospital, random, story: next, traits, base, chronic, birth, day: arrival, earlier: stays })
    stays.push(stay)
    arrival = startOfDay(stay.discharge) + random.whole(9, 520) * DAY
    next = stay.death === undefined && stays.length < wanted ? nextStory(random, next) : undefined
  }

  const last = stays[stays.length - 1]!
  const death = whenDead(random, last, age)
  const end = death?.registry ?? death?.hospital ?? last.discharge + 400 * DAY
  const visits = outpatientVisits(random, stays, end)
  const latest = death === undefined ? Math.max(last.discharge, visits.at(-1) ?? 0) : end
  return {
    index,
    subjectId: FIRST_SUBJECT + index,
    gender,
    birth,
    shownBirth: addYears(birth, 90) <= latest ? addYears(startOfDay(stays[0]!.admit), -300) : birth,
    identityDocument: `ZZ-${String(random.whole(0, 9999)).padStart(4, '0')}-${String(index + 1).padStart(6, '0')}`,
    chronic,
    base,
    dbsource: random.chance(0.45) ? 'carevue' : 'metavision',
    stays,
    care: careOf(hospital, { index, gender, base, chronic }, stays),
    visits,
    death
  }
}

const SHARES: Weighted<Story> = STORIES.map((story) => [story, story.share] as const)
const NUMBER_OF_STAYS: Weighted<number> = [
  [1, 78],
  [2, 15],
  [3, 5],
  [4, 2]
]
/** Planned operations and first heart attacks are not what people come back with. */
const AGAIN: Weighted<Story> = STORIES.filter(({ name }) => !/surgery|attack/.test(name)).map((story) => [story, story.share] as const)

function nextStory(random: Random, last: Story): Story {
  const chronicStory = /heart-failure|copd|dka/.test(last.name)
  // A diabetic crisis needs diabetes and chronic lung disease needs the lung disease: only who had it gets it again.
  const possible = AGAIN.filter(([story]) => story === last || !/copd|dka/.test(story.name))
  return chronicStory && random.chance(0.6) ? last : random.choose(possible)
}

/** Death in hospital, or later: then the registry knows it more often than the hospital. */
function whenDead(random: Random, last: Stay, age: number): Person['death'] {
  if (last.death !== undefined) {
    const day = startOfDay(last.death)
    // The two records differ by a day now and then.
    return { hospital: day, registry: random.chance(0.62) ? day + (random.chance(0.02) ? DAY : 0) : undefined }
  }
  if (!random.chance(Math.max(0.02, (age - 40) * 0.009))) return undefined
  const day = startOfDay(last.discharge) + Math.ceil(random.unit() * random.unit() * 1300 + 2) * DAY
  return { hospital: random.chance(0.3) ? day : undefined, registry: day }
}

/** Visits in the three years around the stays, never during one, never on the day of one, never after death. */
function outpatientVisits(random: Random, stays: readonly Stay[], end: number): number[] {
  const visits: number[] = []
  const from = stays[0]!.arrival - 300 * DAY
  for (let n = random.choose(NUMBER_OF_VISITS); n > 0; n--) {
    const time = startOfDay(random.between(from, end)) + random.whole(7 * 60, 17 * 60) * MINUTE
    const free = stays.every((stay) => time < stay.arrival - DAY || time > stay.discharge + DAY)
    if (free && time < end - 2 * HOUR) visits.push(time)
  }
  return visits.sort((a, b) => a - b)
}

const NUMBER_OF_VISITS: Weighted<number> = [
  [0, 30],
  [1, 16],
  [2, 16],
  [3, 14],
  [5, 14],
  [8, 10]
]
