/**
 * Texts of resources on their way to the Cloud Healthcare API and back. A write of ours leaves a mark in `meta.id` (Element.id, which nothing refers to), by
 * which it is known again when its answer was lost; the mark does not leave this folder.
 */
import { hash, randomBytes } from 'node:crypto'
import { splitBody } from '../../fhir/body.js'
import { type JsonNode, parseJson, stringifyJson } from '../../fhir/json.js'
import type { ReadResource, StoredResource, WriteMethod } from '../repository.js'

/** `wardbridge.PUT.<22 characters>`: the verb that history shows, and what no other write has. */
export type Mark = string

const MARK = /^wardbridge\.(POST|PUT|PATCH)\.[A-Za-z0-9_-]{22}$/
const MARKED =
  /"id"\s*:\s*"wardbridge\.(?:POST|PUT|PATCH)\.[A-Za-z0-9_-]{22}"\s*,\s*|,\s*"id"\s*:\s*"wardbridge\.(?:POST|PUT|PATCH)\.[A-Za-z0-9_-]{22}"/

/** One for each write that is tried. */
export function newMark(verb: Exclude<WriteMethod, 'DELETE'>): Mark {
  return `wardbridge.${verb}.${randomBytes(16).toString('base64url')}`
}

/** The verb of the write that left a mark; PUT where there is none, as writes of others have none. */
export function verbOf(mark: Mark | undefined): WriteMethod {
  return (MARK.exec(mark ?? '')?.[1] as WriteMethod | undefined) ?? 'PUT'
}

/** A version as the API gave it, its mark taken out. */
export interface Found extends ReadResource {
  readonly mark: Mark | undefined
}

/** text: JSON of a resource with its meta. */
export function readResource(text: string): Found {
  const { resourceType, id, meta } = JSON.parse(text) as {
    resourceType: string
    id: string
    meta?: { id?: unknown; versionId?: string; lastUpdated?: string }
  }
  const mark = typeof meta?.id === 'string' && MARK.test(meta.id) ? meta.id : undefined
  return {
    type: resourceType,
    id,
    versionId: meta?.versionId ?? '',
    lastUpdated: Date.parse(meta?.lastUpdated ?? '') || 0,
    deleted: false,
    body: mark === undefined ? text : text.replace(MARKED, ''),
    mark
  }
}

/** The same as the port has it. */
export function storedResource({ mark: _, body, ...found }: Found): StoredResource {
  return { ...found, body: Buffer.from(body) }
}

/** What to send: the text with the id and the mark in it, without versionId and lastUpdated. A client's own meta.id stays, and there is no mark then. */
export function markedText(text: string, id: string, mark: Mark): string {
  const { content, head, tail } = splitBody(text, id)
  const { meta } = JSON.parse(content) as { meta?: { id?: unknown } }
  return meta?.id === undefined ? `${head}"id":"${mark}"${tail}` : content
}

/** Equal for equal content, whatever the order of members, white space, escapes, versionId and lastUpdated. Numbers count as they are written: 1.0 is not 1.00. */
export function contentKey(text: string, id: string): string {
  return hash('sha256', canonical(parseJson(splitBody(text, id).content)), 'base64')
}

function canonical(node: JsonNode): string {
  switch (node.kind) {
    case 'object':
      return `{${[...node.members]
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, value }) => `${JSON.stringify(name)}:${canonical(value)}`)
        .join()}}`
    case 'array':
      return `[${node.items.map(canonical).join()}]`
    case 'string':
      return JSON.stringify(node.value)
    default:
      return stringifyJson(node)
  }
}
