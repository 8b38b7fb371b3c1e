/**
 * How the Cloud Healthcare API writes versions and resources: a versionId that is the instant of the version in disguise, lastUpdated with microseconds, members
 * in the order of the alphabet. The store counts versions and keeps milliseconds; the count fills the microseconds, so that no two versions of a resource
 * have the same instant, and the one can be told from the other.
 */
import { type JsonNode, parseJson, stringifyJson } from '../../../fhir/json.js'

/** A version as the store knows it; versionId: decimal, counted from 1; lastUpdated: milliseconds since 1970 UTC. */
export interface Counted {
  readonly versionId: string
  readonly lastUpdated: number
}

/** Microseconds within the millisecond: three digits. */
function micros({ versionId }: Counted): string {
  return String(Number(versionId) % 1000).padStart(3, '0')
}

/** Unpadded base64 of the nanoseconds since 1970 as decimal digits. A store of the API itself counts nothing, and has these ids already. */
export function opaqueId(version: Counted): string {
  if (!/^\d+$/.test(version.versionId)) return version.versionId
  return Buffer.from(`${version.lastUpdated}${micros(version)}000`)
    .toString('base64')
    .replace(/=+$/, '')
}

/** The instant in an opaque versionId: milliseconds since 1970 UTC, and the three digits that follow; undefined when it is none of ours. */
export function instantIn(opaque: string): { readonly lastUpdated: number; readonly micros: string } | undefined {
  const [, millis, micros] = /^(\d{1,16})(\d{3})000$/.exec(Buffer.from(opaque, 'base64').toString('latin1')) ?? []
  return millis === undefined ? undefined : { lastUpdated: Number(millis), micros: micros! }
}

/** `2022-09-05T13:15:57.277240+00:00` */
function instantText(lastUpdated: number, micros: string): string {
  return `${new Date(lastUpdated).toISOString().slice(0, -1)}${micros}+00:00`
}

/** When the version of an opaque versionId was made; undefined when it is none of ours. */
export function instantOf(opaque: string): string | undefined {
  const instant = instantIn(opaque)
  return instant === undefined ? undefined : instantText(instant.lastUpdated, instant.micros)
}

/** The text of a resource of that version, as the API gives it; '' for a deletion. Numbers and strings stay as they were written. */
export function resourceText(body: string, version: Counted): string {
  if (body === '') return ''
  const versionId = opaqueId(version)
  if (versionId === version.versionId) return body
  const own = { versionId, lastUpdated: instantText(version.lastUpdated, micros(version)) }
  const root = parseJson(body)
  const meta = root.kind === 'object' ? root.members.find(({ name }) => name === 'meta')?.value : undefined
  if (meta?.kind === 'object')
    for (const [n, { name }] of meta.members.entries())
      if (name === 'versionId' || name === 'lastUpdated') meta.members[n] = { name, value: string(own[name]) }
  return stringifyJson(sorted(root))
}

/** JSON text with the members of every object in the order of the alphabet. */
export function sortedText(text: string): string {
  return stringifyJson(sorted(parseJson(text)))
}

/** In place. */
function sorted(node: JsonNode): JsonNode {
  if (node.kind === 'object') {
    node.members.sort((one, other) => (one.name < other.name ? -1 : 1))
    for (const { value } of node.members) sorted(value)
  } else if (node.kind === 'array') for (const item of node.items) sorted(item)
  return node
}

function string(value: string): JsonNode {
  return { kind: 'string', value, start: 0, end: 0 }
}

/**
 * An instant as a client had it from us, cut to the milliseconds that the store compares by: a resource is still found by the lastUpdated it shows.
 */
export function toMillis(value: string): string {
  return value.replace(/(T\d\d:\d\d:\d\d\.\d{3})\d+/, '$1')
}
