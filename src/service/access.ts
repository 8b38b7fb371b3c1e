/**
 * Who may do what: the one table of role x interaction x resource type. What is not in it is refused. `wardbridge access --explain ROLE` prints it.
 * rights.ts joins it with the scopes of a token; view.ts keeps it at every door.
 */
import { resourceTypes } from '../fhir/definitions.js'
import { patientCompartment } from '../fhir/search-parameters.js'

/** `load`: bulk loads and what is kept about them. `verify`: checks and mending of the store. */
export type Interaction = 'read' | 'vread' | 'history' | 'create' | 'update' | 'patch' | 'delete' | 'search' | 'load' | 'verify'

/**
 * Whose resources: `all`; `care`: of patients whose Encounter the physician takes part in, or whose general practitioner they are, and the Tasks they own;
 * `own`: in the compartment of the patient themself, and of nobody else's.
 */
export type Reach = 'all' | 'care' | 'own'

const SEE: readonly Interaction[] = ['read', 'vread', 'history', 'search']
const WRITE: readonly Interaction[] = ['create', 'update', 'patch']
const DELETE: readonly Interaction[] = ['delete']
const RUN: readonly Interaction[] = ['load', 'verify']

/** What the access itself is about: for auditors and administrators. */
const AUDIT = ['AuditEvent']
/** Who and what gives care. */
const DIRECTORY = [
  ...['Practitioner', 'PractitionerRole', 'Organization', 'OrganizationAffiliation', 'Location', 'HealthcareService', 'Endpoint'],
  ...['Medication', 'MedicationKnowledge', 'Substance']
]
/** What says how data is made: no patient is in it. */
const DEFINITIONS = [
  ...['StructureDefinition', 'ValueSet', 'CodeSystem', 'ConceptMap', 'NamingSystem', 'SearchParameter', 'OperationDefinition'],
  ...['CapabilityStatement', 'CompartmentDefinition', 'ImplementationGuide', 'StructureMap', 'GraphDefinition', 'MessageDefinition'],
  ...['TerminologyCapabilities', 'Questionnaire', 'PlanDefinition', 'ActivityDefinition', 'Measure', 'Library', 'ObservationDefinition'],
  ...['SpecimenDefinition', 'DeviceDefinition', 'ChargeItemDefinition', 'EventDefinition', 'ResearchElementDefinition']
]
/** Kept at the front desk. */
const ADMINISTRATIVE = [
  ...['Patient', 'RelatedPerson', 'Encounter', 'EpisodeOfCare', 'Coverage', 'Account', 'Appointment', 'AppointmentResponse', 'Schedule'],
  ...['Slot', 'Location', 'Organization', 'HealthcareService', 'Practitioner', 'PractitionerRole']
]

const KINDS = {
  /** About a patient (their compartment), and the tasks of their care. Not what names many patients at once. */
  clinical: (type: string) =>
    type === 'Patient' || type === 'Task' || (patientCompartment(type).length > 0 && !['AuditEvent', 'Group', 'Person'].includes(type)),
  administrative: (type: string) => ADMINISTRATIVE.includes(type),
  directory: (type: string) => DIRECTORY.includes(type),
  definitions: (type: string) => DEFINITIONS.includes(type),
  audit: (type: string) => AUDIT.includes(type),
  /** Whatever is no audit. */
  data: (type: string) => !AUDIT.includes(type),
  everything: () => true,
  /** With the task to answer them. */
  questions: (type: string) => type === 'Communication' || type === 'Task'
} as const satisfies Record<string, (type: string) => boolean>

export type Kind = keyof typeof KINDS

export interface Grant {
  readonly may: readonly Interaction[]
  readonly what: Kind
  readonly reach: Reach
}

const grant = (may: readonly Interaction[], what: Kind, reach: Reach = 'all'): Grant => ({ may, what, reach })

export const ACCESS: Readonly<Record<string, readonly Grant[]>> = {
  patient: [
    grant(SEE, 'clinical', 'own'),
    grant(SEE, 'directory'),
    grant(SEE, 'definitions'),
    // What they ask; threads/ says what a question is.
    grant(['create'], 'questions', 'own')
  ],
  physician: [grant(SEE, 'clinical', 'care'), grant(SEE, 'directory'), grant(SEE, 'definitions'), grant(WRITE, 'clinical', 'care')],
  'front-desk': [grant(SEE, 'administrative'), grant(WRITE, 'administrative'), grant(SEE, 'directory'), grant(SEE, 'definitions')],
  'data-entry': [grant(SEE, 'data'), grant(WRITE, 'data')],
  analyst: [grant(SEE, 'data')],
  auditor: [grant(SEE, 'audit'), grant(SEE, 'definitions')],
  administrator: [grant([...SEE, ...WRITE, ...DELETE, ...RUN], 'everything')],
  /** The program itself: commands run by whoever can read the store file, and start-up. */
  system: [grant([...SEE, ...WRITE, ...DELETE, ...RUN], 'everything')]
}

/** The grants of a role, each with the resource types it stands for, sorted. */
export function grantsOf(role: string): ReadonlyArray<Grant & { readonly types: readonly string[] }> {
  const grants = Object.hasOwn(ACCESS, role) ? ACCESS[role]! : []
  return grants.map((one) => ({ ...one, types: resourceTypes().filter(KINDS[one.what]).sort() }))
}

/** The roles there are, for messages and checks of options. */
export const ROLES = Object.keys(ACCESS)

const WIDTH: Readonly<Record<Reach, number>> = { own: 1, care: 2, all: 3 }

/** How far a role reaches with an interaction on resources of a type; undefined: not at all. */
export function reachOf(role: string, interaction: Interaction, type: string): Reach | undefined {
  return reaches(role).get(`${interaction} ${type}`)
}

/** Whether a role may do something on all there is of some kinds: on everything, or on what is no audit. */
export function reachesAll(role: string, interaction: Interaction, kinds: readonly Kind[]): boolean {
  return (
    Object.hasOwn(ACCESS, role) &&
    ACCESS[role]!.some(({ may, what, reach }) => kinds.includes(what) && reach === 'all' && may.includes(interaction))
  )
}

const tables = new Map<string, ReadonlyMap<string, Reach>>()

function reaches(role: string): ReadonlyMap<string, Reach> {
  const known = tables.get(role)
  if (known !== undefined) return known
  const table = new Map<string, Reach>()
  for (const { may, types, reach } of grantsOf(role))
    for (const type of types)
      for (const interaction of may) {
        const before = table.get(`${interaction} ${type}`)
        if (before === undefined || WIDTH[before] < WIDTH[reach]) table.set(`${interaction} ${type}`, reach)
      }
  if (Object.hasOwn(ACCESS, role)) tables.set(role, table)
  return table
}
