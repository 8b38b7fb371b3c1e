/**
 * What the audit log keeps of an access, and how that looks as an AuditEvent (R4 auditevent.html). An entry is one line of JSON, as short as it can be: there
 * is one for every access. Of those that were collected together, a line before them names the agents (`{"agents":[..]}`), and each says which one it was by.
 */

/** Who did it. */
export interface AuditAgent {
  /** Id of the account or client. */
  readonly subject: string
  readonly role: string
  /** Username. */
  readonly name?: string
  /** The resource that stands for them: `Practitioner/2`. */
  readonly user?: string
  /** Id of the token. */
  readonly token?: string
  /** Address of the caller. */
  readonly from?: string
}

export interface AuditEntry {
  /** Milliseconds since 1970 UTC. */
  readonly at: number
  readonly who: AuditAgent
  /** What was done: a key of ACTIONS. */
  readonly do: string
  /** Resources, with the version where one was given or made: `Observation/1/_history/2`; or types. */
  readonly what?: readonly string[]
  /** Ids of the patients that what was given or written speaks of. */
  readonly patients?: readonly string[]
  /** Code of the error it ended with; undefined: it succeeded. */
  readonly error?: string
  /** What was searched for, as in an address: `Observation?code=1`. */
  readonly query?: string
  /** Why a patient outside of their care was looked at. */
  readonly reason?: string
  /** More, in words. */
  readonly detail?: string
}

const REST = ['http://terminology.hl7.org/CodeSystem/audit-event-type', 'rest', 'RESTful Operation'] as const
const DCM = 'http://dicom.nema.org/resources/ontology/DCM'
const SECURITY = [DCM, '110113', 'Security Alert'] as const
const LOGIN = [DCM, '110114', 'User Authentication'] as const
const INTERACTION = 'http://hl7.org/fhir/restful-interaction'

type Coded = readonly [system: string, code: string, display: string]

interface Action {
  readonly type: Coded
  readonly subtype: Coded
  /** AuditEvent.action: create, read, update, delete, execute. */
  readonly action: 'C' | 'R' | 'U' | 'D' | 'E'
}

const rest = (code: string, action: Action['action']): Action => ({ type: REST, subtype: [INTERACTION, code, code], action })

/** What can be done, by the name it has in entries. */
export const ACTIONS: Readonly<Record<string, Action>> = {
  read: rest('read', 'R'),
  vread: rest('vread', 'R'),
  history: rest('history', 'R'),
  search: rest('search', 'E'),
  create: rest('create', 'C'),
  update: rest('update', 'U'),
  patch: rest('patch', 'U'),
  delete: rest('delete', 'D'),
  load: { type: [DCM, '110107', 'Import'], subtype: [INTERACTION, 'transaction', 'transaction'], action: 'C' },
  export: { type: [DCM, '110106', 'Export'], subtype: [INTERACTION, 'operation', 'operation'], action: 'R' },
  verify: { type: [DCM, '110101', 'Audit Log Used'], subtype: [INTERACTION, 'operation', 'operation'], action: 'E' },
  check: rest('operation', 'E'),
  purge: rest('operation', 'D'),
  'break-glass': { type: SECURITY, subtype: [DCM, '110127', 'Emergency Override Started'], action: 'E' },
  'break-glass-end': { type: SECURITY, subtype: [DCM, '110138', 'Emergency Override Stopped'], action: 'E' },
  'unusual-access': { type: SECURITY, subtype: [DCM, '110113', 'Security Alert'], action: 'E' },
  login: { type: LOGIN, subtype: [DCM, '110122', 'Login'], action: 'E' },
  logout: { type: LOGIN, subtype: [DCM, '110123', 'Logout'], action: 'E' },
  account: { type: SECURITY, subtype: [DCM, '110137', 'User security Attributes Changed'], action: 'U' }
}

const PATIENT = /Patient\/([A-Za-z0-9\-.]{1,64})/y

/** Ids of the patients that the text of a resource refers to, each once; of a Patient its own id, too. An AuditEvent is about an access: none. */
export function patientsIn(text: string, type: string, id: string): string[] {
  if (type === 'AuditEvent') return []
  const found = type === 'Patient' ? [id] : []
  for (let at = text.indexOf('Patient/'); at >= 0; at = text.indexOf('Patient/', at + 8)) {
    const before = text.charCodeAt(at - 1)
    // A reference, relative or absolute; "/" of an address.
    if (before !== 34 && before !== 47) continue
    PATIENT.lastIndex = at
    const patient = PATIENT.exec(text)?.[1]
    if (patient !== undefined && !found.includes(patient)) found.push(patient)
  }
  return found
}

/** What a log is searched by without reading it: resources of agents and patients (`Patient/1`), and subjects (`@subject`). */
export function auditKeys({ subject, user }: AuditAgent, patients: readonly string[]): string[] {
  return [`@${subject}`, ...(user === undefined ? [] : [user]), ...patients.map((id) => `Patient/${id}`)]
}

const ID = /^log-(?:(\d{13}-[0-9a-z]{16})-)?([1-9]\d{0,11})-([1-9]\d{0,6})$/

/** Where an entry stands: the number of its batch, and of its line in there, from 1; of a log of several chains also which part of it the batch is in. */
export interface AuditPlace {
  readonly part?: string
  readonly seq: number
  readonly n: number
}

export function auditEventId({ part, seq, n }: AuditPlace): string {
  return part === undefined ? `log-${seq}-${n}` : `log-${part}-${seq}-${n}`
}

/** Undefined: it is no id of an entry. */
export function auditPlace(id: string): AuditPlace | undefined {
  const [, part, seq, n] = ID.exec(id) ?? []
  if (seq === undefined) return undefined
  return { ...(part === undefined ? {} : { part }), seq: Number(seq), n: Number(n) }
}

/** The entries of a batch, with the numbers of their lines. */
export function auditEntries(text: string): Array<{ readonly n: number; readonly entry: AuditEntry }> {
  let agents: readonly AuditAgent[] = []
  return text.split('\n').flatMap((line, i) => {
    const read = JSON.parse(line) as { agents?: readonly AuditAgent[]; by?: number } & AuditEntry
    if (read.agents === undefined) return { n: i + 1, entry: read.by === undefined ? read : { ...read, who: agents[read.by]! } }
    agents = read.agents
    return []
  })
}

/** The AuditEvent of an entry. at: when its batch was written, milliseconds since 1970 UTC. */
export function auditEvent(entry: AuditEntry, place: AuditPlace, at: number): { readonly resourceType: 'AuditEvent' } {
  const { type, subtype, action } = ACTIONS[entry.do] ?? ACTIONS['check']!
  const recorded = new Date(at).toISOString()
  const happened = new Date(entry.at).toISOString()
  const outcome = outcomeOf(entry.error)
  const reason = entry.reason === undefined ? undefined : breakGlass(entry.reason)
  const description = [entry.error, entry.detail].filter((text) => text !== undefined).join(': ')
  const entities = entitiesOf(entry)
  return {
    resourceType: 'AuditEvent',
    id: auditEventId(place),
    meta: { versionId: '1', lastUpdated: recorded },
    type: coding(type),
    subtype: [coding(subtype)],
    action,
    period: { start: happened, end: happened },
    recorded,
    outcome,
    ...(description === '' ? {} : { outcomeDesc: description }),
    ...(reason === undefined ? {} : { purposeOfEvent: [reason] }),
    agent: [agentOf(entry.who, reason)],
    source: {
      observer: { display: 'Wardbridge' },
      type: [coding(['http://terminology.hl7.org/CodeSystem/security-source-type', '4', 'Application Server'])]
    },
    ...(entities.length === 0 ? {} : { entity: entities })
  } as { readonly resourceType: 'AuditEvent' }
}

function coding([system, code, display]: Coded): object {
  return { system, code, display }
}

/** R4 audit-event-outcome: 0 success; 4 refused, or asked for in vain; 8 the server failed. */
function outcomeOf(error: string | undefined): '0' | '4' | '8' {
  if (error === undefined) return '0'
  return /^(unexpected|store\.|search\.too-costly)/.test(error) ? '8' : '4'
}

function breakGlass(reason: string): object {
  return { coding: [coding(['http://terminology.hl7.org/CodeSystem/v3-ActReason', 'BTG', 'break the glass'])], text: reason }
}

function agentOf({ subject, role, name, user, token, from }: AuditAgent, reason: object | undefined): object {
  return {
    ...(role === '' ? {} : { role: [{ text: role }] }),
    who: { ...(user === undefined ? {} : { reference: user }), identifier: { value: subject } },
    altId: subject,
    name: name ?? subject,
    requestor: true,
    ...(token === undefined ? {} : { policy: [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(token) ? `urn:uuid:${token}` : token] }),
    // 2: an IP address.
    ...(from === undefined ? {} : { network: { address: from, type: /^[0-9a-f.:]+$/i.test(from) ? '2' : '1' } }),
    ...(reason === undefined ? {} : { purposeOfUse: [reason] })
  }
}

const ENTITY = 'http://terminology.hl7.org/CodeSystem/audit-entity-type'
const ROLE = 'http://terminology.hl7.org/CodeSystem/object-role'
const PERSON = { type: coding([ENTITY, '1', 'Person']), role: coding([ROLE, '1', 'Patient']) }
const RESOURCE = { type: coding([ENTITY, '2', 'System Object']), role: coding([ROLE, '4', 'Domain Resource']) }
const QUERY = { type: coding([ENTITY, '2', 'System Object']), role: coding([ROLE, '24', 'Query']) }

function entitiesOf({ what = [], patients = [], query }: AuditEntry): object[] {
  const named = new Set(what.filter((one) => one.startsWith('Patient/')).map((one) => one.split('/')[1]))
  return [
    ...(query === undefined ? [] : [{ ...QUERY, query: Buffer.from(query).toString('base64') }]),
    ...patients.filter((id) => !named.has(id)).map((id) => ({ what: { reference: `Patient/${id}` }, ...PERSON })),
    ...what.map((one) => {
      if (!one.includes('/')) return { ...RESOURCE, name: one }
      return { what: { reference: one }, ...(one.startsWith('Patient/') ? PERSON : RESOURCE) }
    })
  ]
}
