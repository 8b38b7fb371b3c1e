/** The resources in a FHIR document: one resource, or the entries of a Bundle with their ids and with the references between them made literal. */
import { fail, WardbridgeError } from '../errors.js'
import { typeDefinition } from '../fhir/definitions.js'
import { type JsonNode, parseJson, splitBody } from '../fhir/json.js'
import { parseReference } from '../fhir/references.js'
import { readJson } from '../fhir/strict-json.js'
import { type EntryContext, Links, mayBeConditional, type ObjectNode, type Parts, queriesFor } from './fhir-links.js'
import { member, string } from './fhir-nodes.js'

export interface FhirEntry {
  readonly type: string
  readonly id: string
  /** JSON with the id, without meta.versionId and meta.lastUpdated. */
  readonly text: string
  /** The text as a value, where it had to be read anyway. */
  readonly parsed?: object
  /** Offset of the resource in the document. */
  readonly offset: number
  /** `entry[3]`, or '' when the document is the resource. */
  readonly name: string
}

export interface FhirFault {
  readonly offset: number
  readonly rule: string
  readonly message: string
}

export interface FhirDocument {
  readonly entries: readonly FhirEntry[]
  readonly faults: readonly FhirFault[]
  /** Outcomes that came with a search result: they are about the search, not about a patient. */
  readonly outcomes: number
  /** Conditional references that stay as they are. */
  readonly unresolved: readonly string[]
}

/** Bundles of these types are one thing made of resources and are kept as they are. */
const KEPT_WHOLE = ['document', 'message']
const ID = /^[A-Za-z0-9\-.]{1,64}$/

/**
 * Takes a document apart (http.html#trules: ids of entries and references to them). A resource keeps its id; without one it gets the id its request or
 * fullUrl names, else one made from fullUrl, else one made from its content. A history Bundle is read from its oldest entry to its newest.
 * Throws json.syntax, json.depth, and source.bundle when there is no resource at all.
 */
export function readFhir(text: string, context: EntryContext): FhirDocument {
  const entry = oneResource(text)
  if (entry !== undefined) return { entries: [entry], faults: [], outcomes: 0, unresolved: [] }
  const root = parseJson(text)
  if (root.kind !== 'object') throw fail('source.bundle', { reason: 'the document is no JSON object' })
  const faults: FhirFault[] = []
  const parts: Parts[] = []
  let outcomes = 0
  for (const { node, entry, name, offset } of resourcesIn(root)) {
    if (node === undefined) {
      const method = string(member(member(entry, 'request'), 'method'))
      faults.push({
        offset,
        rule: 'entry',
        message: `${name} has no resource${method === undefined ? '' : ` (${method})`}; only resources are loaded`
      })
    } else if (string(member(member(entry, 'search'), 'mode')) === 'outcome') outcomes++
    else {
      const type = string(member(node, 'resourceType'))
      const fullUrl = string(member(entry, 'fullUrl'))
      if (type === undefined || typeDefinition(type)?.kind !== 'resource') {
        faults.push({
          offset,
          rule: 'resource',
          message: `${name} resourceType ${type === undefined ? 'is missing' : `"${type}" is not known`}`.trim()
        })
      } else parts.push({ node, fullUrl, name, type, id: idOf(node, type, entry, fullUrl, text, context) })
    }
  }
  const links = new Links(parts, context)
  const entries = parts.map(({ node, fullUrl, name, type, id }) => ({
    type,
    id,
    text: splitBody(links.rewritten(text, node, type, fullUrl), id).content,
    offset: node.start,
    name
  }))
  return { entries, faults, outcomes, unresolved: links.unresolved }
}

/** The resource that a document is, when it has an id and nothing in it is to be written anew: most lines of NDJSON. Throws json.syntax, json.depth. */
function oneResource(text: string): FhirEntry | undefined {
  if (mayBeConditional(text)) return undefined
  const root = readJson(text)
  if (typeof root !== 'object' || root === null) return undefined
  const { resourceType: type, id, meta } = root as { resourceType?: unknown; id?: unknown; meta?: unknown }
  if (typeof type !== 'string' || typeof id !== 'string' || isBundle(root) || typeDefinition(type)?.kind !== 'resource') return undefined
  const { content } = splitBody(text, id)
  const isWhole = typeof meta !== 'object' || meta === null || !('versionId' in meta || 'lastUpdated' in meta)
  return { type, id, text: content, ...(isWhole ? { parsed: root } : {}), offset: text.indexOf('{'), name: '' }
}

/** The conditional references in a text, each once. A quick look that reads nothing else. */
export function conditionalReferences(text: string): string[] {
  const found = text.matchAll(/"reference"\s*:\s*"([A-Z][A-Za-z]+\?[^"\\]+)"/g)
  return [...new Set([...found].map((match) => match[1]!))]
}

/** What a quick look at a document tells. */
export interface Glance {
  readonly kind: 'resource' | 'bundle' | 'unreadable'
  /** Type and id of the resources that bring an id or a fullUrl. */
  readonly names: ReadonlyArray<{ readonly type: string; readonly id: string }>
  /** Resources that bring no id of their own. */
  readonly withoutId: number
}

/** Looks at a document without reading more of it than that. */
export function glanceAt(text: string, context: EntryContext): Glance {
  try {
    const root: unknown = JSON.parse(text)
    const entries = isBundle(root) ? (root.entry ?? []) : [{ resource: root }]
    let withoutId = 0
    const names = entries.flatMap((entry) => {
      const { resource, fullUrl, request } = (entry ?? {}) as {
        resource?: { resourceType?: unknown; id?: unknown }
        fullUrl?: string
        request?: { url?: string }
      }
      const type = resource?.resourceType
      if (typeof type !== 'string') return []
      if (typeof resource?.id === 'string') return [{ type, id: resource.id }]
      withoutId++
      const id = namedId(type, request?.url, fullUrl, context)
      return id === undefined ? [] : [{ type, id }]
    })
    return { kind: isBundle(root) ? 'bundle' : 'resource', names, withoutId }
  } catch {
    return { kind: 'unreadable', names: [], withoutId: 0 }
  }
}

/** For each resource that answers one of the queries (`Practitioner?identifier=http://a|1`): the query and "Type/id". */
export function identifiersIn(text: string, queries: ReadonlySet<string>, context: EntryContext): Array<[string, string]> {
  try {
    return readFhir(text, context).entries.flatMap(({ type, id, text }) => {
      const identifiers: unknown = (JSON.parse(text) as { identifier?: unknown }).identifier
      const list = Array.isArray(identifiers) ? identifiers : identifiers === undefined ? [] : [identifiers]
      return list.flatMap((identifier) =>
        queriesFor(type, identifier)
          .filter((query) => queries.has(query))
          .map((query): [string, string] => [query, `${type}/${id}`])
      )
    })
  } catch {
    return []
  }
}

function isBundle(root: unknown): root is { entry?: unknown[] } {
  const { resourceType, type } = (root ?? {}) as { resourceType?: unknown; type?: unknown }
  return resourceType === 'Bundle' && !KEPT_WHOLE.includes(String(type))
}

function* resourcesIn(
  root: ObjectNode
): Generator<{ node: ObjectNode | undefined; entry: JsonNode | undefined; name: string; offset: number }> {
  const type = string(member(root, 'type'))
  if (string(member(root, 'resourceType')) !== 'Bundle' || KEPT_WHOLE.includes(type ?? '')) {
    yield { node: root, entry: undefined, name: '', offset: root.start }
    return
  }
  const list = member(root, 'entry')
  const entries = (list?.kind === 'array' ? list.items : []).map((entry, i) => {
    const resource = member(entry, 'resource')
    return { node: resource?.kind === 'object' ? resource : undefined, entry, name: `entry[${i}]`, offset: entry.start }
  })
  yield* type === 'history' ? entries.reverse() : entries
}

function idOf(
  node: ObjectNode,
  type: string,
  entry: JsonNode | undefined,
  fullUrl: string | undefined,
  text: string,
  context: EntryContext
): string {
  const request = string(member(member(entry, 'request'), 'url'))
  return (
    string(member(node, 'id')) ??
    namedId(type, request, fullUrl, context) ??
    context.makeId('resource', JSON.stringify([text.slice(node.start, node.end)]))
  )
}

function namedId(type: string, request: string | undefined, fullUrl: string | undefined, { makeId }: EntryContext): string | undefined {
  const put = request === undefined ? undefined : parseReference(request)
  if (put?.kind === 'relative' && put.type === type) return put.id
  if (fullUrl === undefined) return undefined
  const full = parseReference(fullUrl)
  if (full?.kind === 'absolute' && full.target?.type === type && ID.test(full.target.id)) return full.target.id
  return makeId('bundle-entry', JSON.stringify([fullUrl]))
}

/** Line of an offset of a text, from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}

/** Text of an error of a document, without its place. */
export function faultOf(error: unknown): { rule: string; message: string } {
  if (!(error instanceof WardbridgeError)) throw error
  return { rule: error.code.startsWith('json.') ? 'json' : 'resource', message: error.message }
}
