/**
 * Parts of resources: _summary and _elements (R4 search.html#summary, #elements). Works on the text: what stays, stays as it was written.
 * Every subset is marked with the tag SUBSETTED, and keeps resourceType, id, meta, implicitRules, modifierExtension and mandatory elements, so that it
 * is valid and not misread.
 */
import { fail } from '../errors.js'
import { type Member, typeDefinition } from './definitions.js'
import { type JsonMember, type JsonNode, parseJson } from './json.js'

export interface Subset {
  readonly summary: 'true' | 'text' | 'data' | undefined
  /** Paths of elements, without the type: `name`, `name.family`; undefined: all. The type: for resources of that type; '' for all. */
  readonly elements: readonly ElementPath[] | undefined
}

export interface ElementPath {
  readonly type: string
  readonly path: readonly string[]
}

const ALWAYS: readonly string[] = ['resourceType', 'id', 'meta', 'implicitRules', 'modifierExtension']
const SUBSETTED = '{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}'
const ELEMENT = /^([A-Z][A-Za-z]*\.)?([a-z][A-Za-z0-9]*(?:\.[a-z][A-Za-z0-9]*)*)$/

/**
 * Reads _summary (undefined when it was not given) and the parts of _elements. Undefined when all of a resource is wanted.
 * Throws search.value.
 */
export function parseSubset(summary: string | undefined, elements: readonly string[]): Subset | undefined {
  const part = summary === 'true' || summary === 'text' || summary === 'data' ? summary : undefined
  if (part === undefined && elements.length === 0) return undefined
  return { summary: part, elements: elements.length === 0 ? undefined : elements.map(elementPath) }
}

function elementPath(text: string): ElementPath {
  const [, type = '', path = ''] = ELEMENT.exec(text.trim()) ?? []
  if (path === '') throw fail('search.value', { parameter: '_elements', reason: `"${text}" is not the name of an element` })
  return { type: type.slice(0, -1), path: path.split('.') }
}

/** The subset that the parameters of a read ask for. Throws search.value; count is for searches only. */
export function subsetOf(parameters: ReadonlyArray<readonly [string, string]>): Subset | undefined {
  let summary: string | undefined
  const elements: string[] = []
  for (const [name, value] of parameters) {
    if (value === '') continue
    if (name === '_elements') elements.push(...value.split(','))
    if (name !== '_summary') continue
    if (!['true', 'text', 'data', 'false'].includes(value))
      throw fail('search.value', { parameter: '_summary', reason: `"${value}" is not one of true, text, data, false` })
    summary = value
  }
  return parseSubset(summary, elements)
}

/**
 * The part of a resource, as JSON text. text: the whole of it. included: it was not searched for, so that _elements counts only where it names the type
 * (R4: the list of elements does not apply to included resources).
 */
export function cutResource(text: string, subset: Subset, included = false): string {
  const root = parseJson(text)
  if (root.kind !== 'object') return text
  const typeNode = root.members.find(({ name }) => name === 'resourceType')?.value
  const type = typeNode?.kind === 'string' ? typeNode.value : ''
  const elements = subset.elements?.filter((one) => one.type === type || (one.type === '' && !included))
  // _elements that name other types only leave this one as it is.
  const listed = elements === undefined || elements.length === 0 ? undefined : elements.map(({ path }) => path)
  if (subset.summary === undefined && listed === undefined) return text
  const cutter = new Cutter(text)
  const kept = root.members.filter(({ name }) => isKept(type, name, subset.summary, listed))
  const members = kept.flatMap((member) => {
    if (member.name === 'meta') return [cutter.tagged(member)]
    const value = cutter.member(type, member, subset.summary === 'true', listed)
    return value === '' ? [] : [`${nameOf(member)}:${value}`]
  })
  if (!kept.some(({ name }) => name === 'meta')) members.push(`"meta":{"tag":[${SUBSETTED}]}`)
  return `{${members.join(',')}}`
}

type Paths = ReadonlyArray<readonly string[]>

function isKept(type: string, member: string, summary: Subset['summary'], listed: Paths | undefined): boolean {
  const name = member.startsWith('_') ? member.slice(1) : member
  if (ALWAYS.includes(name)) return true
  const element = typeDefinition(type)?.members.get(name)?.element
  const mandatory = (element?.min ?? 0) > 0
  if (listed !== undefined && !mandatory && !listed.some(([first]) => first === name || `${first}[x]` === element?.name)) return false
  switch (summary) {
    case 'true':
      return mandatory || (element?.summary ?? false)
    case 'text':
      return mandatory || name === 'text'
    case 'data':
      return name !== 'text'
    case undefined:
      return true
  }
}

class Cutter {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The value of a member, cut; '' when nothing is left of it. */
  member(type: string, { name, value }: JsonMember, summary: boolean, listed: Paths | undefined): string {
    const known = typeDefinition(type)?.members.get(name)
    if (known === undefined) return this.#whole(value)
    const deeper = under(listed, known.element.name, name)
    if (!summary && deeper === undefined) return this.#whole(value)
    return this.#value(known.type, value, summary, deeper)
  }

  /** meta with the tag SUBSETTED, name included. */
  tagged(member: JsonMember): string {
    const { value } = member
    const head = `${nameOf(member)}:`
    if (value.kind !== 'object') return head + this.#whole(value)
    const tags = value.members.find(({ name }) => name === 'tag')?.value
    if (tags?.kind === 'array') {
      if (tags.items.some(isSubsetted)) return head + this.#whole(value)
      const at = tags.end - 1
      return `${head}${this.#text.slice(value.start, at)}${tags.items.length > 0 ? ',' : ''}${SUBSETTED}${this.#text.slice(at, value.end)}`
    }
    return `${head}${this.#text.slice(value.start, value.end - 1)}${value.members.length > 0 ? ',' : ''}"tag":[${SUBSETTED}]}`
  }

  #value(type: string, node: JsonNode, summary: boolean, listed: Paths | undefined): string {
    if (node.kind === 'array') {
      const items = node.items.map((item) => this.#value(type, item, summary, listed)).filter((text) => text !== '')
      return items.length === 0 ? '' : `[${items.join(',')}]`
    }
    const members = typeDefinition(type)?.members
    if (node.kind !== 'object' || members === undefined || members.size === 0 || isResource(type)) return this.#whole(node)
    const inSummary = summary && [...members.values()].some(({ element }) => element.summary)
    const parts = node.members.flatMap((member) => {
      const known = members.get(member.name.startsWith('_') ? member.name.slice(1) : member.name)
      if (known !== undefined && !stays(known, member.name, inSummary, listed)) return []
      const value = this.member(type, member, summary, listed)
      return value === '' ? [] : [`${nameOf(member)}:${value}`]
    })
    return parts.length === 0 ? '' : `{${parts.join(',')}}`
  }

  #whole({ start, end }: JsonNode): string {
    return this.#text.slice(start, end)
  }
}

function stays({ element }: Member, member: string, summary: boolean, listed: Paths | undefined): boolean {
  if (element.name === 'modifierExtension' || element.min > 0) return true
  if (summary && !element.summary) return false
  return listed === undefined || listed.some(([first]) => first === element.name || first === member || `${first}[x]` === element.name)
}

/** What is listed below an element; undefined: all of it (nothing is listed, or the element itself is). */
function under(listed: Paths | undefined, element: string, member: string): Paths | undefined {
  const here = listed?.filter(([first]) => first === element || first === member || `${first}[x]` === element) ?? []
  if (here.length === 0 || here.some(({ length }) => length === 1)) return undefined
  return here.map((path) => path.slice(1))
}

function isResource(type: string): boolean {
  return type === 'Resource' || typeDefinition(type)?.kind === 'resource'
}

function isSubsetted(tag: JsonNode): boolean {
  return (
    tag.kind === 'object' &&
    tag.members.some(({ name, value }) => name === 'code' && value.kind === 'string' && value.value === 'SUBSETTED')
  )
}

function nameOf({ name, source }: JsonMember): string {
  return source ?? JSON.stringify(name)
}
