/** Reading a Bundle of type batch or transaction without losing anything of it. */
import { fail, type IssueType, type WardbridgeError } from '../../errors.js'
import { isResourceType } from '../definitions.js'
import { type JsonNode, parseJson } from '../json.js'
import { validateResource } from '../validate.js'
import { type Answers, answeredHere } from './answered.js'
import { findLinks, type Link, type Named, Names } from './links.js'
import { isCall, isWrite, parseTarget, relativeUrl } from './request.js'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Bundle.entry.resource: where it stands in the text. */
export interface EntryResource {
  readonly type: string
  readonly id: string | undefined
  readonly start: number
  readonly end: number
}

/** An entry as it was sent. What is wrong with it is told in `faults`; the other members are then as far as they could be read. */
export interface RequestEntry {
  readonly fullUrl: string | undefined
  readonly method: Method
  /** Relative to the base, without a slash in front. */
  readonly url: string
  readonly ifMatch: string | undefined
  readonly ifNoneMatch: string | undefined
  readonly ifModifiedSince: string | undefined
  readonly ifNoneExist: string | undefined
  readonly resource: EntryResource | undefined
  /** Transactions only. */
  readonly links: readonly Link[]
  readonly faults: readonly Fault[]
}

export interface Fault {
  readonly code: 'bundle.invalid' | 'resource.invalid'
  readonly expression: string
  readonly reason: string
  readonly issue?: IssueType
}

export interface RequestBundle {
  readonly type: 'batch' | 'transaction'
  readonly entries: readonly RequestEntry[]
  /** Transactions only: which entries answer the conditions in the Bundle. */
  readonly answers: Answers
}

type ObjectNode = Extract<JsonNode, { kind: 'object' }>

const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] satisfies Method[]
/** Most faults that are told of one Bundle. */
const MOST = 50

/**
 * base: address of this server's FHIR API, without a slash at the end. structure: check resources of a transaction against base R4 (those of a batch are
 * left to the interactions). Throws json.syntax, json.depth, and bundle.invalid when the text is no Bundle of these
 * two types; what is wrong with single entries is in their `faults`.
 */
export function readBundle(text: string, base: string, { structure = true } = {}): RequestBundle {
  const root = parseJson(text)
  const type = bundleType(root)
  const list = member(root, 'entry')
  if (list !== undefined && list.kind !== 'array') throw invalid('Bundle.entry must be an array', 'Bundle.entry')
  const nodes = list?.items ?? []
  const form = formFaults(root, nodes)
  const outside = form.find(({ entry }) => entry === undefined)
  if (outside !== undefined) throw invalid(outside.reason, outside.expression)

  const faults: Fault[][] = nodes.map(() => [])
  for (const { entry, reason, expression } of form) faults[entry!]!.push({ code: 'bundle.invalid', reason, expression })
  const entries = nodes.map((node, number) => readEntry(node, number, base, faults[number]!))
  if (type === 'batch') return { type, entries, answers: [] }

  repeatedNames(entries, faults)
  const resources = nodes.map((node) => member(node, 'resource'))
  const named = entries.map((entry, number): Named => {
    const target = entry.method === 'PUT' ? parseTarget(entry.url) : undefined
    return {
      fullUrl: entry.resource === undefined && entry.method !== 'PATCH' ? undefined : entry.fullUrl,
      url: string(resources[number], 'url'),
      target: target?.id === undefined ? undefined : `${target.type}/${target.id}`
    }
  })
  const names = new Names(named, base)
  const linked = entries.map((entry, number) => {
    const resource = resources[number]
    return resource === undefined || !isWrite(entry) ? entry : { ...entry, links: findLinks(text, resource, entry.fullUrl, names) }
  })
  if (structure) checkResources(text, linked, faults)
  return { type, entries: linked, answers: answeredHere(text, linked, base) }
}

function bundleType(root: JsonNode): RequestBundle['type'] {
  const resourceType = string(root, 'resourceType')
  if (resourceType !== 'Bundle') {
    const given = resourceType === undefined ? 'what was sent is no resource' : `a ${resourceType.slice(0, 64)} is sent to [base]/[type]`
    throw invalid(`A Bundle of type batch or transaction is expected here; ${given}`, 'Resource.resourceType')
  }
  const type = string(root, 'type')
  if (type !== 'batch' && type !== 'transaction') {
    const stored = 'to store a Bundle as a resource, send it to [base]/Bundle'
    throw invalid(`Bundle.type must be batch or transaction here, not ${JSON.stringify(type ?? null)}; ${stored}`, 'Bundle.type')
  }
  return type
}

/** What R4 says of the form of a Bundle, the resources in it left out. */
function formFaults(
  root: JsonNode,
  entries: readonly JsonNode[]
): Array<{ entry: number | undefined; reason: string; expression: string }> {
  const bundle = plain(root, 'entry') as Record<string, unknown>
  // An entry with nothing but a resource must not look empty.
  const form = (entry: JsonNode) =>
    member(entry, 'resource') === undefined ? plain(entry) : { id: 'entry', ...(plain(entry, 'resource') as object) }
  if (entries.length > 0) bundle['entry'] = entries.map(form)
  return validateResource(bundle, MOST).map(({ expression, reason }) => {
    const entry = /^Bundle\.entry\[(\d+)\]/.exec(expression)?.[1]
    return { entry: entry === undefined ? undefined : Number(entry), reason: `${expression}: ${reason}`, expression }
  })
}

function readEntry(node: JsonNode, number: number, base: string, faults: Fault[]): RequestEntry {
  const request = member(node, 'request')
  const resource = member(node, 'resource')
  const expression = `Bundle.entry[${number}]`
  const wrong = (at: string, reason: string) =>
    void faults.push({ code: 'bundle.invalid', reason: `${expression}${at}: ${reason}`, expression: `${expression}${at}` })
  if (request === undefined) wrong('.request', 'is required: it says what to do')
  const method = string(request, 'method') ?? ''
  const given = string(request, 'url')
  const url = given === undefined ? undefined : relativeUrl(given, method, base)
  if (given !== undefined && url === undefined) wrong('.request.url', 'is the address of another server')
  if (resource === undefined && (method === 'PUT' || method === 'PATCH' || (method === 'POST' && url !== undefined && !isCall(url)))) {
    wrong('', `${method} needs a resource`)
  }
  if (resource !== undefined && (method === 'GET' || method === 'HEAD' || method === 'DELETE'))
    wrong('.resource', `${method} has no resource`)
  return {
    fullUrl: string(node, 'fullUrl'),
    method: (METHODS.includes(method) ? method : 'GET') as Method,
    url: url ?? '',
    ifMatch: string(request, 'ifMatch'),
    ifNoneMatch: string(request, 'ifNoneMatch'),
    ifModifiedSince: string(request, 'ifModifiedSince'),
    ifNoneExist: string(request, 'ifNoneExist'),
    resource: resource?.kind === 'object' ? readResource(resource) : undefined,
    links: [],
    faults
  }
}

function readResource(node: ObjectNode): EntryResource {
  return { type: string(node, 'resourceType') ?? '', id: string(node, 'id'), start: node.start, end: node.end }
}

/** bdl-7: a fullUrl names one entry. */
function repeatedNames(entries: readonly RequestEntry[], faults: readonly Fault[][]): void {
  const first = new Map<string, number>()
  for (const [number, { fullUrl }] of entries.entries()) {
    if (fullUrl === undefined) continue
    const other = first.get(fullUrl)
    const expression = `Bundle.entry[${number}].fullUrl`
    if (other === undefined) first.set(fullUrl, number)
    else faults[number]!.push({ code: 'bundle.invalid', reason: `${expression}: is that of Bundle.entry[${other}], too`, expression })
  }
}

function checkResources(text: string, entries: readonly RequestEntry[], faults: readonly Fault[][]): void {
  let told = 0
  for (const [number, { resource, method }] of entries.entries()) {
    if (resource === undefined || (method !== 'POST' && method !== 'PUT')) continue
    if (!isResourceType(resource.type)) continue
    const parsed: unknown = JSON.parse(text.slice(resource.start, resource.end))
    for (const { expression, reason, code } of validateResource(parsed)) {
      const place = `Bundle.entry[${number}].resource${expression.slice(resource.type.length)}`
      faults[number]!.push({ code: 'resource.invalid', reason: `${place}: ${reason}`, expression: place, issue: code })
      if (++told >= MOST) return
    }
  }
}

/** The errors that faults stand for. */
export function faultErrors(faults: readonly Fault[]): WardbridgeError[] {
  return faults.map(({ code, reason, expression, issue }) =>
    fail(code, { reason }, { expression, ...(issue === undefined ? {} : { issue }) })
  )
}

function invalid(reason: string, expression: string): WardbridgeError {
  return fail('bundle.invalid', { reason }, { expression })
}

function member(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return node?.kind === 'object' ? node.members.find((one) => one.name === name)?.value : undefined
}

function string(node: JsonNode | undefined, name: string): string | undefined {
  const value = member(node, name)
  return value?.kind === 'string' ? value.value : undefined
}

/** The value of a node as JSON.parse gives it, one member left out at the top. */
function plain(node: JsonNode, without?: string): unknown {
  switch (node.kind) {
    case 'object':
      return Object.fromEntries(node.members.filter(({ name }) => name !== without).map(({ name, value }) => [name, plain(value)]))
    case 'array':
      return node.items.map((item) => plain(item))
    case 'number':
      return Number(node.text)
    default:
      return node.value
  }
}
