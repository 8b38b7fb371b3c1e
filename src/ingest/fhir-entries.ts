/** The resources in a FHIR document: one resource, or the entries of a Bundle with their ids and with the references between them made literal. */
import { fail, WardbridgeError } from '../errors.js'
import { typeDefinition } from '../fhir/definitions.js'
import { type JsonNode, parseJson, splitBody } from '../fhir/json.js'
import { parseReference } from '../fhir/references.js'

export interface FhirEntry {
  readonly type: string
  readonly id: string
  /** JSON with the id, without meta.versionId and meta.lastUpdated. */
  readonly text: string
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

export interface EntryContext {
  /** Id of a resource that has none, from what names it. */
  readonly makeId: (space: string, key: string) => string
  /** "Type/id" of what a conditional reference asks for, when it is there exactly once in the whole load or in the store. */
  readonly conditional: ReadonlyMap<string, string>
}

type ObjectNode = Extract<JsonNode, { kind: 'object' }>
interface Parts {
  readonly node: ObjectNode
  readonly fullUrl: string | undefined
  readonly name: string
  readonly type: string
  readonly id: string
}

/** Bundles of these types are one thing made of resources and are kept as they are. */
const KEPT_WHOLE = ['document', 'message']
const ID = /^[A-Za-z0-9\-.]{1,64}$/
const CONDITIONAL = /^([A-Z][A-Za-z]+)\?(.+)$/
const URI_TYPES = ['uri', 'url', 'canonical', 'oid', 'uuid']

/**
 * Takes a document apart (http.html#trules: ids of entries and references to them). A resource keeps its id; without one it gets the id its request or
 * fullUrl names, else one made from fullUrl, else one made from its content. A history Bundle is read from its oldest entry to its newest.
 * Throws json.syntax, json.depth, and source.bundle when there is no resource at all.
 */
export function readFhir(text: string, context: EntryContext): FhirDocument {
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

/** The conditional references in a text, each once. A quick look that reads nothing else. */
export function conditionalReferences(text: string): string[] {
  const found = text.matchAll(/"reference"\s*:\s*"([A-Z][A-Za-z]+\?[^"\\]+)"/g)
  return [...new Set([...found].map((match) => match[1]!))]
}

/** The names "Type/id" of the resources in a document that bring an id or a fullUrl, without reading more than that. Nothing when it cannot be read. */
export function namesIn(text: string, context: EntryContext): string[] {
  try {
    const root: unknown = JSON.parse(text)
    const entries = isBundle(root) ? (root.entry ?? []) : [{ resource: root }]
    return entries.flatMap((entry) => {
      const { resource, fullUrl, request } = (entry ?? {}) as {
        resource?: { resourceType?: unknown; id?: unknown }
        fullUrl?: string
        request?: { url?: string }
      }
      const type = resource?.resourceType
      if (typeof type !== 'string') return []
      const id = typeof resource?.id === 'string' ? resource.id : namedId(type, request?.url, fullUrl, context)
      return id === undefined ? [] : [`${type}/${id}`]
    })
  } catch {
    return []
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

function queriesFor(type: string, identifier: unknown): string[] {
  const { system, value } = (identifier ?? {}) as { system?: unknown; value?: unknown }
  if (typeof value !== 'string') return []
  return typeof system === 'string'
    ? [`${type}?identifier=${system}|${value}`, `${type}?identifier=${value}`]
    : [`${type}?identifier=${value}`, `${type}?identifier=|${value}`]
}

/** A conditional reference in one spelling: percent escapes resolved. Undefined when it asks by anything else than one identifier. */
export function normalQuery(reference: string): string | undefined {
  const [, type, query] = CONDITIONAL.exec(reference) ?? []
  if (type === undefined || query === undefined || !query.startsWith('identifier=') || query.includes('&')) return undefined
  try {
    return `${type}?${decodeURIComponent(query.replaceAll('+', ' '))}`
  } catch {
    return undefined
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

/** Finds what references in the entries of a Bundle mean and writes it into the resources. */
class Links {
  readonly unresolved: string[] = []
  readonly #context: EntryContext
  readonly #parts: readonly Parts[]
  readonly #byUrl = new Map<string, string>()
  #byQuery: Map<string, Set<string>> | undefined

  constructor(parts: readonly Parts[], context: EntryContext) {
    this.#context = context
    this.#parts = parts
    for (const { fullUrl, type, id } of parts) if (fullUrl !== undefined) this.#byUrl.set(fullUrl, `${type}/${id}`)
  }

  /** The text of a resource with its references to other entries replaced; every other character as it was. */
  rewritten(document: string, root: ObjectNode, type: string, fullUrl: string | undefined): string {
    const edits: Array<{ start: number; end: number; value: string }> = []
    const restful = fullUrl === undefined ? undefined : parseReference(fullUrl)
    const base = restful?.kind === 'absolute' ? restful.target?.base : undefined
    this.#walk(root, [type], base, edits)
    let text = ''
    let from = root.start
    for (const { start, end, value } of edits) {
      text += document.slice(from, start) + JSON.stringify(value)
      from = end
    }
    return text + document.slice(from, root.end)
  }

  #walk(
    node: JsonNode,
    path: readonly string[],
    base: string | undefined,
    edits: Array<{ start: number; end: number; value: string }>
  ): void {
    if (node.kind === 'array') for (const item of node.items) this.#walk(item, path, base, edits)
    else if (node.kind === 'object') {
      const inner = string(member(node, 'resourceType'))
      const here = inner === undefined ? path : [inner]
      for (const { name, value } of node.members) this.#walk(value, [...here, name], base, edits)
    } else if (node.kind === 'string') {
      const value = this.#target(node.value, path, base)
      if (value !== undefined && value !== node.value) edits.push({ start: node.start, end: node.end, value })
    }
  }

  /** What a string is to be replaced by. */
  #target(value: string, path: readonly string[], base: string | undefined): string | undefined {
    const name = path.at(-1)
    if (name === 'reference') return this.#byUrl.get(value) ?? this.#relative(value, base) ?? this.#conditional(value)
    if (name === 'div') return this.#narrative(value)
    return this.#byUrl.has(value) && URI_TYPES.includes(typeAt(path) ?? '') ? this.#byUrl.get(value) : undefined
  }

  #relative(value: string, base: string | undefined): string | undefined {
    return base === undefined ? undefined : this.#byUrl.get(`${base}/${value}`)
  }

  #narrative(value: string): string | undefined {
    if (this.#byUrl.size === 0) return undefined
    return value.replace(/\b(href|src)="([^"]+)"/g, (whole, attribute: string, url: string) => {
      const target = this.#byUrl.get(url)
      return target === undefined ? whole : `${attribute}="${target}"`
    })
  }

  /** A search in place of an id: what answers it in this Bundle, else in the load or the store; kept when nothing does, or more than one. */
  #conditional(value: string): string | undefined {
    if (!CONDITIONAL.test(value)) return undefined
    const query = normalQuery(value)
    this.#byQuery ??= this.#queries()
    const here = query === undefined ? undefined : this.#byQuery.get(query)
    const found = here?.size === 1 ? [...here][0] : query === undefined ? undefined : this.#context.conditional.get(query)
    if (found === undefined) this.unresolved.push(value)
    return found
  }

  #queries(): Map<string, Set<string>> {
    const queries = new Map<string, Set<string>>()
    for (const { node, type, id } of this.#parts) {
      const list = member(node, 'identifier')
      for (const identifier of list?.kind === 'array' ? list.items : list === undefined ? [] : [list]) {
        for (const query of queriesFor(type, {
          system: string(member(identifier, 'system')),
          value: string(member(identifier, 'value'))
        })) {
          queries.set(query, (queries.get(query) ?? new Set()).add(`${type}/${id}`))
        }
      }
    }
    return queries
  }
}

/** The FHIR type of the element at a path of member names below a resource type. */
function typeAt(path: readonly string[]): string | undefined {
  let type = path[0]
  for (const name of path.slice(1)) type = type === undefined ? undefined : typeDefinition(type)?.members.get(name)?.type
  return type
}

function member(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return node?.kind === 'object' ? node.members.find((one) => one.name === name)?.value : undefined
}

function string(node: JsonNode | undefined): string | undefined {
  return node?.kind === 'string' ? node.value : undefined
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
