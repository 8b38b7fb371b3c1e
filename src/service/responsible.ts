/** Who is responsible for a patient: the attending physician of the admission; without one, the patient's general practitioner. */
import { attending, type Reference, type Resource, target } from '../threads/model.js'
import type { Facts } from './facts.js'

/** What says who is responsible: a thread, a question, an answer or a Task. */
export type Concerned = Pick<Resource, 'encounter' | 'subject' | 'for'>

/** `Practitioner/1`; undefined: nobody. at: milliseconds since 1970. */
export async function responsibleFor(
  facts: Facts,
  { encounter, subject, for: patient }: Concerned,
  at: number
): Promise<string | undefined> {
  const stay = target(encounter, 'Encounter')
  const attenders = stay === undefined ? [] : attending(await facts.read(stay), at)
  const attender = await firstPractitioner(facts, attenders)
  if (attender !== undefined) return attender
  const person = await facts.read(target(subject ?? patient, 'Patient'))
  return firstPractitioner(facts, Array.isArray(person?.generalPractitioner) ? person.generalPractitioner : [])
}

async function firstPractitioner(facts: Facts, references: readonly Reference[]): Promise<string | undefined> {
  for (const reference of references) {
    const found = await practitionerBehind(facts, reference)
    if (found !== undefined) return found
  }
  return undefined
}

/** The Practitioner that a reference names, or its PractitionerRole does. */
export async function practitionerBehind(facts: Facts, reference: Reference | undefined): Promise<string | undefined> {
  const role = target(reference, 'PractitionerRole')
  return target(role === undefined ? reference : (await facts.read(role))?.practitioner, 'Practitioner')
}
