/**
 * Pictures, videos and documents of patients. Each is a Media, or a DocumentReference where it is a document in its own right, and a Binary whose bytes are
 * in a file. Questions and progress entries name it by media_id.
 */
import { fail, WardbridgeError } from '../errors.js'
import { type JsonNode, parseJson, stringifyJson } from '../fhir/json.js'
import type { Inspected } from '../files/inspect.js'
import { IDENTITY_DOCUMENT } from '../service/access.js'
import type { Principal } from '../service/contract.js'
import { allow } from '../service/rights.js'
import type { StoredResource } from '../store/repository.js'
import { cellJson, type Sent, wrong } from './cells.js'
import type { Caller, Hospital } from './hospital.js'
import { find, readIfThere, searchText, write } from './resources.js'
import type { Row } from './rows.js'

/** Code system of what media are for: a tag of each, and the category of documents. */
export const MEDIA_KIND = IDENTITY_DOCUMENT.system

/** attachment: to be named by a question or an entry; without, it goes after a day. record: stays for itself. */
export const MEDIA_KINDS = ['attachment', 'record', 'identity-document'] as const
type Kind = (typeof MEDIA_KINDS)[number]

/** What an upload is about. */
export interface Upload {
  readonly patient: Row
  readonly admission: Row | undefined
  readonly kind: Kind
  readonly title: string | undefined
}

/** A medium as it is told to clients, but for the link to its content. */
export interface Medium {
  readonly version: string
  readonly key: string
  /** Id of the Binary; undefined where the content is elsewhere. */
  readonly binary: string | undefined
  readonly json: string
}

interface Attachment {
  readonly contentType?: string
  readonly url?: string
  readonly size?: number
  readonly title?: string
  readonly creation?: string
}

interface Coding {
  readonly system?: string
  readonly code?: string
}

interface MediaBody {
  readonly meta?: { readonly tag?: readonly Coding[] }
  readonly identifier?: ReadonlyArray<{ readonly system?: string; readonly value?: string }>
  readonly subject?: { readonly reference?: string }
  readonly encounter?: { readonly reference?: string }
  readonly context?: { readonly encounter?: ReadonlyArray<{ readonly reference?: string }> }
  readonly content?: Attachment | ReadonlyArray<{ readonly attachment?: Attachment }>
}

const PARAMETERS = ['subject_id', 'hadm_id', 'kind', 'title']
const TYPES = ['Media', 'DocumentReference'] as const

/**
 * What the parameters of an upload say; a patient who names nobody means themself. Throws rest.parameter, rest.not-found for a patient who is not there for
 * this caller, auth.forbidden.
 */
export async function uploadOf(hospital: Hospital, who: Principal, query: URLSearchParams): Promise<Upload> {
  for (const name of query.keys())
    if (!PARAMETERS.includes(name)) throw fail('rest.parameter', { parameter: name, reason: 'is no parameter of this route' })
  const kind = (query.get('kind') || 'attachment') as Kind
  if (!MEDIA_KINDS.includes(kind)) throw fail('rest.parameter', { parameter: 'kind', reason: `is one of ${MEDIA_KINDS.join(', ')}` })
  allow(who, 'create', kind === 'identity-document' ? 'DocumentReference' : 'Media')
  const title = query.get('title') || undefined
  if (title !== undefined && (title.length > 255 || /\p{Cc}/u.test(title)))
    throw fail('rest.parameter', { parameter: 'title', reason: 'is a line of at most 255 characters' })
  const self = /^Patient\/(.+)$/.exec(who.fhirUser ?? '')?.[1]
  const subject = query.get('subject_id') || self
  if (subject === undefined) throw fail('rest.parameter', { parameter: 'subject_id', reason: 'must name the patient' })
  const patient = await hospital.rows.get(who, 'patients', subject)
  const number = query.get('hadm_id')
  const admission = number ? await hospital.named(who, 'hadm_id', 'admissions', number) : undefined
  if (admission !== undefined && subjectOf(hospital.rows.home(admission).text) !== `Patient/${hospital.rows.home(patient).id}`)
    throw fail('rest.parameter', { parameter: 'hadm_id', reason: 'is an admission of another patient' })
  return { patient, admission, kind, title }
}

/** Records a content that is kept under an id: from now on, or not at all, it belongs to the caller's patient. Throws auth.forbidden. */
export async function createMedia(
  hospital: Hospital,
  { who, reservation }: Caller,
  upload: Upload,
  { id: binary, ...content }: Inspected & { readonly id: string }
): Promise<Medium> {
  const { service } = hospital
  const id = (await reservation?.reserve(binary)) ?? binary
  const type = upload.kind === 'attachment' || (upload.kind === 'record' && content.contentType !== 'application/pdf') ? TYPES[0] : TYPES[1]
  // The first request did its work and was lost before it could say so.
  const before = id === binary ? undefined : await readIfThere(service, SYSTEM, type, id)
  if (before !== undefined) {
    await service.contents.drop(binary)
    return medium(hospital, who, before, upload.patient)
  }
  const resource = mediaResource(hospital, who, upload, { type, id, binary, content })
  const bytes = { resourceType: 'Binary', id: binary, contentType: content.contentType, securityContext: { reference: `${type}/${id}` } }
  try {
    const [made] = await service.createAll(who, [
      { type, id, text: JSON.stringify(resource) },
      { type: 'Binary', id: binary, text: JSON.stringify(bytes) }
    ])
    return medium(hospital, who, made!, upload.patient)
  } catch (error) {
    // Of other errors it is not known what they left; jobs/orphans.ts has a look later.
    if (error instanceof WardbridgeError || error instanceof AggregateError) await service.contents.drop(binary)
    throw error
  }
}

/** Looks whether the work of a lost request was done. */
const SYSTEM: Principal = { subject: 'hospital', role: 'system' }

interface NewMedia {
  readonly type: (typeof TYPES)[number]
  readonly id: string
  readonly binary: string
  readonly content: Inspected
}

function mediaResource(hospital: Hospital, { fhirUser = '' }: Principal, upload: Upload, { type, id, binary, content }: NewMedia): object {
  const { patient, admission, kind, title } = upload
  const { pack, rows } = hospital
  const number = rows.cell(patient, 'subject_id')
  const now = new Date().toISOString()
  const coding = { system: MEDIA_KIND, code: kind }
  const by = /^(Patient|Practitioner|PractitionerRole|RelatedPerson)\//.test(fhirUser) ? { reference: fhirUser } : undefined
  const subject = {
    reference: `Patient/${rows.home(patient).id}`,
    identifier: number === '' ? undefined : { system: pack.system('subject_id'), value: number }
  }
  const encounter = admission === undefined ? undefined : { reference: `Encounter/${rows.home(admission).id}` }
  const attachment = {
    contentType: content.contentType,
    url: `Binary/${binary}`,
    size: content.size,
    hash: content.sha1,
    title,
    creation: now
  }
  const common = { resourceType: type, id, meta: { tag: [coding] }, identifier: [{ system: pack.system('media_id'), value: id }] }
  if (type === 'DocumentReference')
    return {
      ...common,
      status: 'current',
      category: [{ coding: [coding] }],
      subject,
      date: now,
      author: by && [by],
      content: [{ attachment }],
      context: encounter && { encounter: [encounter] }
    }
  const [kindOf = ''] = content.contentType.split('/')
  const isSeen = kindOf === 'image' || kindOf === 'video'
  return {
    ...common,
    status: 'completed',
    type: isSeen ? { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/media-type', code: kindOf }] } : undefined,
    subject,
    encounter,
    createdDateTime: now,
    operator: by,
    content: attachment
  }
}

/** Throws media.not-found, also for what is not for this caller. */
export async function readMedia(hospital: Hospital, who: Principal, key: string): Promise<Medium> {
  return medium(hospital, who, await get(hospital, who, key))
}

/** With its content. Throws media.not-found, media.named, auth.forbidden. */
export async function deleteMedia(hospital: Hospital, { who, base }: Caller, key: string): Promise<void> {
  for (const type of TYPES) allow(who, 'delete', type)
  const stored = await get(hospital, who, key)
  const { binary } = await medium(hospital, who, stored)
  const content = binary === undefined ? undefined : await readIfThere(hospital.service, who, 'Binary', binary)
  await write(
    hospital.service,
    who,
    base,
    [stored, content].flatMap((one) =>
      one === undefined ? [] : [{ method: 'DELETE' as const, type: one.type, id: one.id, version: one.versionId }]
    )
  )
}

async function get(hospital: Hospital, who: Principal, key: string): Promise<StoredResource> {
  const stored = await findMedia(hospital, who, key)
  if (stored === undefined) throw fail('media.not-found', { key })
  return stored
}

/** By its media_id, or the id of its resource; undefined: there is none for this caller. */
async function findMedia(hospital: Hospital, who: Principal, key: string): Promise<StoredResource | undefined> {
  const token = `${searchText(hospital.pack.system('media_id'))}|${searchText(key)}`
  for (const type of TYPES) {
    try {
      const identified = await find(hospital.service, who, type, [
        ['identifier', token],
        ['_count', '1']
      ])
      const direct = /^[A-Za-z0-9\-.]{1,64}$/.test(key) && identified.resources[0] === undefined
      const found = direct ? await readIfThere(hospital.service, who, type, key) : identified.resources[0]
      if (found !== undefined) return found
    } catch (error) {
      if (!(error instanceof WardbridgeError && error.code === 'auth.forbidden')) throw error
    }
  }
  return undefined
}

async function medium(
  hospital: Hospital,
  who: Principal,
  { type, id, versionId, body }: Pick<StoredResource, 'type' | 'id' | 'versionId' | 'body'>,
  patient?: Row
): Promise<Medium> {
  const { pack, rows } = hospital
  const resource = JSON.parse(body.toString()) as MediaBody
  const { contentType = null, url = '', size = null, title = null, creation } = attachmentOf(resource)
  const key = resource.identifier?.find(({ system }) => system === pack.system('media_id'))?.value ?? id
  const row = patient ?? (await rowOf(hospital, who, 'patients', resource.subject?.reference))
  const admission = await rowOf(hospital, who, 'admissions', (resource.encounter ?? resource.context?.encounter?.[0])?.reference)
  const binary = /(?:^|\/)Binary\/([A-Za-z0-9\-.]{1,64})$/.exec(url)?.[1]
  const number = (one: Row | undefined, column: string) =>
    one === undefined ? 'null' : cellJson(rows.cell(one, column) || one.key, 'integer')
  const kind = resource.meta?.tag?.find(({ system }) => system === MEDIA_KIND)?.code ?? 'record'
  const members = {
    media_id: JSON.stringify(key),
    subject_id: number(row, 'subject_id'),
    hadm_id: number(admission, 'hadm_id'),
    kind: JSON.stringify(kind),
    title: JSON.stringify(title),
    content_type: JSON.stringify(contentType),
    size: JSON.stringify(size),
    created_at: JSON.stringify(creation === undefined ? null : pack.localTime(creation)),
    resource: JSON.stringify(`${type}/${id}`),
    binary: JSON.stringify(binary === undefined ? null : `Binary/${binary}`)
  }
  const json = `{${Object.entries(members)
    .map(([name, value]) => `"${name}":${value}`)
    .join(',')}}`
  return { version: versionId, key, binary, json }
}

function attachmentOf({ content }: MediaBody): Attachment {
  return (Array.isArray(content) ? (content[0] as { attachment?: Attachment } | undefined)?.attachment : (content as Attachment)) ?? {}
}

async function rowOf(hospital: Hospital, who: Principal, table: 'patients' | 'admissions', reference = ''): Promise<Row | undefined> {
  const [, type, id = ''] = /^(Patient|Encounter)\/([^/]+)$/.exec(reference) ?? []
  const stored = type === undefined ? undefined : await readIfThere(hospital.service, who, type, id)
  return stored === undefined ? undefined : hospital.rows.fromHome(who, table, stored)
}

function subjectOf(text: string): string | undefined {
  return (JSON.parse(text) as MediaBody).subject?.reference
}

/**
 * What becomes of a question or an entry whose media_id was sent: text of the resource in, text out. A medium that is here is also referred to; any other
 * number stays what it is, the number of something that is kept elsewhere. Throws rest.column for a medium of another patient.
 */
export async function showing(hospital: Hospital, who: Principal, patient: Row | undefined, sent: Sent): Promise<(text: string) => string> {
  const key = sent.get('media_id')
  if (key === undefined) return (text) => text
  const stored = key === '' ? undefined : await findMedia(hospital, who, key)
  if (stored !== undefined && patient !== undefined) {
    if (subjectOf(stored.body.toString()) !== `Patient/${hospital.rows.home(patient).id}`)
      throw wrong('media_id', 'is a medium of another patient')
  }
  const system = hospital.pack.system('media_id')
  const reference = stored === undefined ? undefined : `${stored.type}/${stored.id}`
  return (text) => stringifyJson(withReference(parseJson(text), system, reference))
}

/** Every reference by an identifier of the system refers to the resource, too; without one, to none. */
function withReference(node: JsonNode, system: string, reference: string | undefined): JsonNode {
  if (node.kind === 'array') return { ...node, items: node.items.map((item) => withReference(item, system, reference)) }
  if (node.kind !== 'object') return node
  const identifier = node.members.find(({ name }) => name === 'identifier')?.value
  const named = identifier?.kind === 'object' ? identifier.members.find(({ name }) => name === 'system')?.value : undefined
  const members = node.members.map(({ name, value, ...at }) => ({ ...at, name, value: withReference(value, system, reference) }))
  if (named?.kind !== 'string' || named.value !== system) return { ...node, members }
  const others = members.filter(({ name }) => name !== 'reference')
  if (reference === undefined) return { ...node, members: others }
  return { ...node, members: [{ name: 'reference', value: { kind: 'string', value: reference, start: 0, end: 0 } }, ...others] }
}
