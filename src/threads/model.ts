/** What a thread is made of: see README.md. Nothing here reads or writes. */
import { hash } from 'node:crypto'
import { dateRange } from '../fhir/dates.js'

export const CATEGORY = 'https://fhir.wardbridge.dev/CodeSystem/communication-category'
export const TASK_CODE = 'https://fhir.wardbridge.dev/CodeSystem/task-code'
export const ANSWER_QUESTION = 'answer-question'

export type Kind = 'thread' | 'question' | 'answer' | 'task'

/** Task.status while the question waits (R4 valueset-task-status). */
export const OPEN: readonly string[] = ['requested', 'received', 'accepted', 'ready', 'in-progress', 'on-hold']

export interface Reference {
  readonly reference?: string
}

interface Concept {
  readonly coding?: ReadonlyArray<{ readonly system?: string; readonly code?: string }>
}

/** The members of any resource that the rules look at; what validation lets through may still be of another shape. */
export interface Resource {
  readonly resourceType: string
  readonly id?: string
  readonly status?: string
  readonly intent?: string
  readonly category?: readonly Concept[]
  readonly code?: Concept
  readonly subject?: Reference
  readonly encounter?: Reference
  readonly sender?: Reference
  readonly recipient?: readonly Reference[]
  readonly partOf?: readonly Reference[]
  readonly inResponseTo?: readonly Reference[]
  readonly payload?: readonly unknown[]
  readonly note?: readonly Note[]
  readonly sent?: string
  readonly received?: string
  readonly focus?: Reference
  readonly for?: Reference
  readonly owner?: Reference
  readonly authoredOn?: string
  readonly lastModified?: string
  readonly output?: ReadonlyArray<{ readonly valueReference?: Reference }>
  readonly practitioner?: Reference
  readonly generalPractitioner?: readonly Reference[]
  readonly participant?: readonly Participant[]
}

export interface Note {
  readonly text?: string
  readonly time?: string
  readonly authorReference?: Reference
}

export interface Participant {
  readonly type?: readonly Concept[]
  readonly individual?: Reference
  readonly period?: { readonly start?: string; readonly end?: string }
}

/** What a resource is in a thread; undefined: no part of one. */
export function kindOf(resource: Resource | undefined): Kind | undefined {
  if (resource?.resourceType === 'Task') return has(resource.code, TASK_CODE, [ANSWER_QUESTION]) === undefined ? undefined : 'task'
  if (resource?.resourceType !== 'Communication' || !Array.isArray(resource.category)) return undefined
  for (const category of resource.category) {
    const code = has(category, CATEGORY, ['thread', 'question', 'answer'])
    if (code !== undefined) return code as Kind
  }
  return undefined
}

/** Which of the codes of a system a concept has. */
function has(concept: Concept | undefined, system: string, codes: readonly string[]): string | undefined {
  const coding = Array.isArray(concept?.coding) ? concept.coding : []
  return coding.find((one) => one?.system === system && one.code !== undefined && codes.includes(one.code))?.code
}

/** `Type/id` of a literal reference to this store, the version left out; undefined for any other. */
export function target(reference: Reference | undefined, type = '[A-Za-z]+'): string | undefined {
  const text = reference?.reference
  return typeof text === 'string'
    ? new RegExp(`^(${type}/[A-Za-z0-9\\-.]{1,64})(?:/_history/[A-Za-z0-9\\-.]{1,64})?$`).exec(text)?.[1]
    : undefined
}

/** `Type/id` of those in a list that are of the type. */
export function targets(references: readonly Reference[] | undefined, type?: string): string[] {
  return (Array.isArray(references) ? references : []).flatMap((one) => target(one, type) ?? [])
}

export function idOf(name: string): string {
  return name.slice(name.indexOf('/') + 1)
}

/**
 * The id of what the service adds to a question, or of its answer: computed, so that whoever makes it gives it the same (UUID of version 8, RFC 9562, from
 * SHA-256 over the part's name and the question's id).
 */
export function partId(part: Exclude<Kind, 'question'>, question: string): string {
  const hex = hash('sha256', `${part}:Communication/${question}`, 'hex')
  const variant = (8 + (Number.parseInt(hex[16]!, 16) % 4)).toString(16)
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `${variant}${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-')
}

/** What an answer holds as long as it is there: a question has one. */
export function answerClaim(question: string): string {
  return `answer:${question}`
}

/** What the Task of a question holds. */
export function taskClaim(question: string): string {
  return `answer-task:${question}`
}

/**
 * References to who attends an Encounter at a moment (milliseconds since 1970): those whose part has not ended, who came last first; those of the same
 * moment in their order, and those who are still to come behind the others. An end counts with all of its day, or whatever its precision is.
 */
export function attending(encounter: Resource | undefined, at: number): Reference[] {
  if (encounter === undefined || ['cancelled', 'entered-in-error'].includes(encounter.status ?? '')) return []
  const participants: readonly Participant[] = Array.isArray(encounter.participant) ? encounter.participant : []
  return participants
    .flatMap((one) => {
      const start = dateRange(one.period?.start ?? '')?.from ?? Number.NEGATIVE_INFINITY
      const end = dateRange(one.period?.end ?? '')?.to ?? Number.POSITIVE_INFINITY
      return one.type?.some(isAttender) === true && at < end ? [{ one, since: start <= at ? start : -Number.MAX_VALUE }] : []
    })
    .sort((a, b) => (a.since === b.since ? 0 : b.since - a.since))
    .flatMap(({ one }) => one.individual ?? [])
}

const PARTICIPATION = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType'

function isAttender(concept: Concept): boolean {
  return concept.coding?.some(({ system, code }) => code === 'ATND' && (system === undefined || system === PARTICIPATION)) === true
}
