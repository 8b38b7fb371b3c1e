/** What references between the entries of a Bundle mean: fullUrls and conditional references made literal (http.html#trules). */
import { typeDefinition } from '../fhir/definitions.js'
import type { JsonNode } from '../fhir/json.js'
import { parseReference } from '../fhir/references.js'
import { member, string } from './fhir-nodes.js'

export interface EntryContext {
  /** Id of a resource that has none, from what names it. */
  readonly makeId: (space: string, key: string) => string
  /** "Type/id" of what a conditional reference asks for, when it is there exactly once in the whole load or in the store. */
  readonly conditional: ReadonlyMap<string, string>
}

export type ObjectNode = Extract<JsonNode, { kind: 'object' }>

/** A resource of a document with what names it. */
export interface Parts {
  readonly node: ObjectNode
  readonly fullUrl: string | undefined
  readonly name: string
  readonly type: string
  readonly id: string
}

const CONDITIONAL = /^([A-Z][A-Za-z]+)\?(.+)$/
const MAY_BE_CONDITIONAL = /"reference"\s*:\s*"[A-Z][A-Za-z]*\?/
const URI_TYPES = ['uri', 'url', 'canonical', 'oid', 'uuid']

/** True when a quick look finds what could be a conditional reference. */
export function mayBeConditional(text: string): boolean {
  return MAY_BE_CONDITIONAL.test(text)
}

/** Finds what references in the entries of a Bundle mean and writes it into the resources. */
export class Links {
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
    const whole = document.slice(root.start, root.end)
    if (this.#byUrl.size === 0 && !mayBeConditional(whole)) return whole
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

  /** path: type of the resource and member names down to the node. */
  #walk(node: JsonNode, path: string[], base: string | undefined, edits: Array<{ start: number; end: number; value: string }>): void {
    if (node.kind === 'array') for (const item of node.items) this.#walk(item, path, base, edits)
    else if (node.kind === 'object') {
      const inner = string(member(node, 'resourceType'))
      const here = inner === undefined ? path : [inner]
      for (const { name, value } of node.members) {
        here.push(name)
        this.#walk(value, here, base, edits)
        here.pop()
      }
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

/** The queries a resource of a type answers by one of its identifiers, in normal spelling. */
export function queriesFor(type: string, identifier: unknown): string[] {
  const { system, value } = (identifier ?? {}) as { system?: unknown; value?: unknown }
  if (typeof value !== 'string') return []
  return typeof system === 'string'
    ? [`${type}?identifier=${system}|${value}`, `${type}?identifier=${value}`]
    : [`${type}?identifier=${value}`, `${type}?identifier=|${value}`]
}
