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
 * `own`: in the compartment of the patient themself, and of nobody else's; `context`: Binaries whose securityContext names what they may read.
 */
export type Reach = 'all' | 'care' | 'own' | 'context'

/** Looking at what is there. */
export const SEE: readonly Interaction[] = ['read', 'vread', 'history', 'search']
const WRITE: readonly Interaction[] = ['create', 'update', 'patch']
const DELETE: readonly Interaction[] = ['delete']
const RUN: readonly Interaction[] = ['load', 'verify']
/** Of a Binary: it is found by what names it, and never changed. */
const CONTENT: readonly Interaction[] = ['read', 'vread', 'create']

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
  questions: (type: string) => type === 'Communication' || type === 'Task',
  /** Pictures, videos and documents, and what is in them. */
  media: (type: string) => type === 'Media' || type === 'DocumentReference',
  documents: (type: string) => type === 'DocumentReference',
  contents: (type: string) => type === 'Binary'
} as const satisfies Record<string, (type: string) => boolean>

export type Kind = keyof typeof KINDS

export interface Grant {
  readonly may: readonly Interaction[]
  readonly what: Kind
  readonly reach: Reach
  /** What resources of a type must meet besides: a search parameter and its value. */
  readonly only?: Only
}

type Only = Readonly<Record<string, readonly [parameter: string, value: string]>>

const grant = (may: readonly Interaction[], what: Kind, reach: Reach = 'all', only?: Only): Grant =>
  only === undefined ? { may, what, reach } : { may, what, reach, only }

/** Category of a DocumentReference that shows who a patient is: for the front desk and the patient, not for those who treat them. */
export const IDENTITY_DOCUMENT = { system: 'https://fhir.wardbridge.dev/CodeSystem/media-kind', code: 'identity-document' } as const
const IDENTITY: Only = { DocumentReference: ['category', `${IDENTITY_DOCUMENT.system}|${IDENTITY_DOCUMENT.code}`] }
const NO_IDENTITY: Only = { DocumentReference: ['category:not', `${IDENTITY_DOCUMENT.system}|${IDENTITY_DOCUMENT.code}`] }

export const ACCESS: Readonly<Record<string, readonly Grant[]>> = {
  patient: [
    grant(SEE, 'clinical', 'own'),
    grant(SEE, 'directory'),
    grant(SEE, 'definitions'),
    // What they ask; threads/ says what a question is.
    grant(['create'], 'questions', 'own'),
    grant(['create'], 'media', 'own'),
    grant(CONTENT, 'contents', 'context')
  ],
  physician: [
    grant(SEE, 'clinical', 'care', NO_IDENTITY),
    grant(SEE, 'directory'),
    grant(SEE, 'definitions'),
    grant(WRITE, 'clinical', 'care', NO_IDENTITY),
    grant(CONTENT, 'contents', 'context')
  ],
  'front-desk': [
    grant(SEE, 'administrative'),
    grant(WRITE, 'administrative'),
    grant(SEE, 'directory'),
    grant(SEE, 'definitions'),
    // They hand in what a patient brings, and see again what shows who it is.
    grant(['create'], 'media'),
    grant(SEE, 'documents', 'all', IDENTITY),
    grant(CONTENT, 'contents', 'context')
  ],
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

/** Who may see patients outside of their care, for a while and for a reason. */
const BREAK_GLASS = ['physician']
/** Whose looking at many patients in a short time is their work. */
const UNWATCHED = ['analyst', 'auditor', 'patient', 'system']

export function mayBreakGlass(role: string): boolean {
  return BREAK_GLASS.includes(role)
}

/** Whether unusual access of the role is to be told. */
export function isWatched(role: string): boolean {
  return !UNWATCHED.includes(role)
}

/** The roles there are, for messages and checks of options. */
export const ROLES = Object.keys(ACCESS)

const WIDTH: Readonly<Record<Reach, number>> = { context: 1, own: 2, care: 3, all: 4 }

/** How far a role reaches with an interaction on resources of a type; undefined: not at all. */
export function reachOf(role: string, interaction: Interaction, type: string): Reach | undefined {
  return reaches(role).get(interaction)?.get(type)?.reach
}

/** Whether a role reaches all there is of a type. */
export function isOpen(role: string, interaction: Interaction, type: string): boolean {
  const found = reaches(role).get(interaction)?.get(type)
  return found?.reach === 'all' && found.only?.[type] === undefined
}

/** What the resources within that reach must meet besides: a search parameter and its value. */
export function conditionOf(role: string, interaction: Interaction, type: string): readonly [string, string] | undefined {
  return reaches(role).get(interaction)?.get(type)?.only?.[type]
}

/** Whether a role may do something on all there is of some kinds: on everything, or on what is no audit. */
export function reachesAll(role: string, interaction: Interaction, kinds: readonly Kind[]): boolean {
  return (
    Object.hasOwn(ACCESS, role) &&
    ACCESS[role]!.some(({ may, what, reach }) => kinds.includes(what) && reach === 'all' && may.includes(interaction))
  )
}

const tables = new Map<string, ReadonlyMap<Interaction, ReadonlyMap<string, Grant>>>()

/** For each interaction and type the widest grant. */
function reaches(role: string): ReadonlyMap<Interaction, ReadonlyMap<string, Grant>> {
  const known = tables.get(role)
  if (known !== undefined) return known
  const table = new Map<Interaction, Map<string, Grant>>()
  for (const { types, ...one } of grantsOf(role))
    for (const type of types)
      for (const interaction of one.may) {
        const byType = table.get(interaction) ?? new Map<string, Grant>()
        table.set(interaction, byType)
        const before = byType.get(type)
        if (before === undefined || WIDTH[before.reach] < WIDTH[one.reach]) byType.set(type, one)
      }
  if (Object.hasOwn(ACCESS, role)) tables.set(role, table)
  return table
}
