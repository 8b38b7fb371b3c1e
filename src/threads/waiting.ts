/** How long questions wait for their answers, from the resources of threads as they come. Seconds and milliseconds since 1970 UTC. */
import { dateRange } from '../fhir/dates.js'
import { idOf, kindOf, type Resource, target, targets } from './model.js'

/** Of a group of questions. Times are of those that were answered at a time that is known; null where there is none. */
export interface Waits {
  readonly answered: number
  readonly waiting: number
  readonly median_seconds: number | null
  readonly p90_seconds: number | null
  /** Of those that still wait. */
  readonly longest_waiting_seconds: number | null
}

export interface WaitingTimes {
  /** ISO 8601 */
  readonly as_of: string
  readonly overall: Waits
  /** `Practitioner/1`: who answered, or has to. */
  readonly physicians: ReadonlyArray<Waits & { readonly physician: string }>
  readonly diagnoses: ReadonlyArray<Waits & { readonly diagnosis: string }>
}

interface Question {
  readonly asked: number | undefined
  readonly header: string | undefined
}

interface Answer {
  readonly at: number | undefined
  readonly by: string | undefined
}

interface Concept {
  readonly text?: string
  readonly coding?: ReadonlyArray<{ readonly display?: string; readonly code?: string }>
}

/** What is known of all threads: a few numbers and ids for each question. */
export class Waiting {
  readonly #questions = new Map<string, Question>()
  readonly #answers = new Map<string, Answer>()
  readonly #diagnoses = new Map<string, string>()
  readonly #owners = new Map<string, string>()

  /** Takes note of a resource as it is now; parts of threads are never deleted. */
  note(resource: Resource & { readonly topic?: Concept; readonly reasonCode?: readonly Concept[] }): void {
    const kind = kindOf(resource)
    const id = resource.id ?? ''
    if (kind === 'question') this.#questions.set(id, { asked: timeOf(resource.sent), header: targets(resource.partOf)[0] })
    if (kind === 'answer')
      for (const question of targets(resource.inResponseTo, 'Communication'))
        this.#answers.set(idOf(question), { at: timeOf(resource.sent), by: target(resource.sender) })
    if (kind === 'thread') {
      const diagnosis = wordsOf(resource.reasonCode?.[0]) ?? wordsOf(resource.topic)
      if (diagnosis !== undefined) this.#diagnoses.set(`Communication/${id}`, diagnosis)
    }
    if (kind === 'task') {
      const question = target(resource.focus, 'Communication')
      const owner = target(resource.owner)
      if (question !== undefined && owner !== undefined) this.#owners.set(idOf(question), owner)
      else if (question !== undefined) this.#owners.delete(idOf(question))
    }
  }

  /** only: of one physician (`Practitioner/1`). now: milliseconds since 1970. */
  report(now: number, only?: string): WaitingTimes {
    const overall = new Group()
    const physicians = new Map<string, Group>()
    const diagnoses = new Map<string, Group>()
    for (const [id, { asked, header }] of this.#questions) {
      const answer = this.#answers.get(id)
      const physician = answer?.by ?? this.#owners.get(id)
      if (only !== undefined && physician !== only) continue
      const diagnosis = header === undefined ? undefined : this.#diagnoses.get(header)
      for (const group of [overall, groupOf(physicians, physician), groupOf(diagnoses, diagnosis)]) group?.add(now, asked, answer)
    }
    const sorted = (groups: ReadonlyMap<string, Group>) => [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
    return {
      as_of: new Date(now).toISOString(),
      overall: overall.waits(),
      physicians: sorted(physicians).map(([physician, group]) => ({ physician, ...group.waits() })),
      diagnoses: sorted(diagnoses).map(([diagnosis, group]) => ({ diagnosis, ...group.waits() }))
    }
  }
}

class Group {
  readonly #waited: number[] = []
  #answered = 0
  #waiting = 0
  #longest: number | undefined

  add(now: number, asked: number | undefined, answer: Answer | undefined): void {
    if (answer !== undefined) {
      this.#answered++
      if (asked !== undefined && answer.at !== undefined) this.#waited.push(Math.max(0, (answer.at - asked) / 1000))
      return
    }
    this.#waiting++
    // Where dates are moved to protect patients, a question may be asked in time to come: it has not waited yet.
    if (asked !== undefined) this.#longest = Math.max(this.#longest ?? 0, (now - asked) / 1000)
  }

  waits(): Waits {
    const sorted = Float64Array.from(this.#waited).sort()
    return {
      answered: this.#answered,
      waiting: this.#waiting,
      median_seconds: percentile(sorted, 0.5),
      p90_seconds: percentile(sorted, 0.9),
      longest_waiting_seconds: this.#longest === undefined ? null : round(this.#longest)
    }
  }
}

function groupOf(groups: Map<string, Group>, name: string | undefined): Group | undefined {
  if (name === undefined) return undefined
  const group = groups.get(name) ?? new Group()
  groups.set(name, group)
  return group
}

/** By linear interpolation between the values next to the rank, so that the median of an even number is the mean of the middle two. Null of none. */
export function percentile(sorted: ArrayLike<number>, share: number): number | null {
  if (sorted.length === 0) return null
  const rank = (sorted.length - 1) * share
  const [below, above] = [sorted[Math.floor(rank)]!, sorted[Math.ceil(rank)]!]
  return round(below + (above - below) * (rank - Math.floor(rank)))
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : dateRange(text)?.from
}

function wordsOf(concept: Concept | undefined): string | undefined {
  const coding = concept?.coding?.[0]
  return concept?.text ?? coding?.display ?? coding?.code
}
