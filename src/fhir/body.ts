/** The text of a resource as the store keeps it: compact, with a gap where the server writes meta.versionId and meta.lastUpdated. */
import { fail } from '../errors.js'
import { compactJson, stringEnd } from './json.js'

/** A resource body split where the server writes: text = head + <versionId and lastUpdated> + tail. */
export interface SplitBody {
  readonly resourceType: string
  /**
   * Body without meta.versionId and meta.lastUpdated, id set to the id given; meta removed when nothing is left in it: what contentHash is made of.
   */
  readonly content: string
  readonly head: string
  readonly tail: string
}

const TOP = ['resourceType', 'id', 'meta'] as const
const IN_META = ['versionId', 'lastUpdated'] as const

interface Member {
  /** Offsets of the whole member and of its value; end exclusive. */
  readonly start: number
  readonly value: number
  readonly end: number
}

/**
 * Prepares a body for storing: compact, `id` set (after resourceType when it was missing, else in its place), client's meta.versionId and
 * meta.lastUpdated removed. `head + '"versionId":"1","lastUpdated":"2026-01-01T00:00:00.000Z"' + tail` is the stored text.
 * A scanner, not a full parse. The text must be valid JSON of an object (call JSON.parse or parseJson first). Throws resource.type without a
 * resourceType, resource.invalid when meta is no object, json.syntax when resourceType, id, meta or a member of meta is given twice.
 */
export function splitBody(text: string, id: string): SplitBody {
  // Most texts are compact already; the scan finds out by itself.
  let body = text
  let top = find(body, 0, TOP)
  if (top === undefined) {
    body = compactJson(text)
    top = find(body, 0, TOP) ?? []
  }
  const [type, oldId, meta] = top
  const resourceType: unknown = type === undefined ? undefined : JSON.parse(body.slice(type.value, type.end))
  if (type === undefined || typeof resourceType !== 'string')
    throw fail('resource.type', { actual: '', expected: 'the name of a resource type' })

  // Everything up to and including the id, and everything after it, as it will be stored.
  const cut = oldId ?? type
  const idText = `${oldId === undefined ? ',' : ''}"id":"${id}"`
  const upToId = body.slice(0, oldId === undefined ? type.end : oldId.start) + idText
  if (meta === undefined) {
    const rest = body.slice(cut.end)
    return { resourceType, content: upToId + rest, head: `${upToId},"meta":{`, tail: `}${rest}` }
  }

  const kept = metaMembers(body, meta, resourceType)
  const gap = kept === '' ? '' : ','
  if (meta.start > cut.end) {
    const between = body.slice(cut.end, meta.start)
    const rest = body.slice(meta.end)
    const content = kept === '' ? upToId + between.slice(0, -1) + rest : `${upToId}${between}"meta":{${kept}}${rest}`
    return { resourceType, content, head: `${upToId}${between}"meta":{`, tail: `${gap}${kept}}${rest}` }
  }
  // meta stands before the id.
  const before = body.slice(0, meta.start)
  const after = body.slice(meta.end, oldId === undefined ? type.end : oldId.start) + idText + body.slice(cut.end)
  const content = kept === '' ? before + after.slice(1) : `${before}"meta":{${kept}}${after}`
  return { resourceType, content, head: `${before}"meta":{`, tail: `${gap}${kept}}${after}` }
}

/** The stored text of a version. lastUpdated in milliseconds; written as instant with milliseconds, UTC. */
export function joinBody(split: Pick<SplitBody, 'head' | 'tail'>, versionId: string, lastUpdated: number): string {
  return `${split.head}"versionId":"${versionId}","lastUpdated":"${new Date(lastUpdated).toISOString()}"${split.tail}`
}

/** What is left of meta, compact, without braces. */
function metaMembers(body: string, meta: Member, resourceType: string): string {
  if (body.charCodeAt(meta.value) !== 0x7b)
    throw fail('resource.invalid', { reason: 'meta must be an object' }, { expression: `${resourceType}.meta` })
  const gone = (find(body, meta.value, IN_META) ?? []).filter((member) => member !== undefined).sort((a, b) => a.start - b.start)
  const parts: string[] = []
  let from = meta.value + 1
  for (const member of gone) {
    if (member.start > from) parts.push(body.slice(from, member.start - 1))
    from = Math.min(member.end + 1, meta.end - 1)
  }
  if (from < meta.end - 1) parts.push(body.slice(from, meta.end - 1))
  return parts.join(',')
}

/**
 * The members with the names given of the object that starts at `open`, in the order of the names; undefined when white space stands outside strings
 * (the text must be compact from `open` to the end of the object, and for the outermost object to the end of the text).
 */
function find(body: string, open: number, names: readonly string[]): Array<Member | undefined> | undefined {
  const found: Array<Member | undefined> = names.map(() => undefined)
  if (body.charCodeAt(open) !== 0x7b) return undefined
  let at = open
  do {
    const start = at + 1
    if (body.charCodeAt(start) !== 0x22) break
    const colon = stringEnd(body, start)
    const end = body.charCodeAt(colon) === 0x3a ? valueEnd(body, colon + 1) : -1
    if (end < 0) return undefined
    const place = names.indexOf(memberName(body, start, colon))
    if (place >= 0) {
      if (found[place] !== undefined)
        throw fail('json.syntax', { line: 1, column: start + 1, reason: `member "${names[place]}" is given twice` })
      found[place] = { start, value: colon + 1, end }
    }
    at = end
  } while (body.charCodeAt(at) === 0x2c)
  // An empty object ends right after its brace.
  if (at === open) at++
  return body.charCodeAt(at) === 0x7d && (open > 0 || at === body.length - 1) ? found : undefined
}

function memberName(body: string, start: number, colon: number): string {
  const name = body.slice(start + 1, colon - 1)
  return name.includes('\\') ? (JSON.parse(body.slice(start, colon)) as string) : name
}

/** Offset just past the value that starts at `at`; -1 when white space stands in it outside strings. */
function valueEnd(body: string, at: number): number {
  let depth = 0
  const { length } = body
  while (at < length) {
    const c = body.charCodeAt(at)
    if (c === 0x22) {
      at = stringEnd(body, at)
      if (depth === 0) return at
    } else if (c === 0x7b || c === 0x5b) {
      depth++
      at++
    } else if (c === 0x7d || c === 0x5d) {
      if (depth === 0) return at
      at++
      if (--depth === 0) return at
    } else if (c <= 0x20) return -1
    else if (c === 0x2c && depth === 0) return at
    else at++
  }
  return at
}
