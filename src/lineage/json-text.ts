/** Places in JSON text as the mapping writes it: without white space between tokens. */
import { stringEnd } from '../fhir/json.js'

export interface Member {
  readonly name: string
  /** From the quote before the name to behind the value. */
  readonly start: number
  readonly end: number
}

/** The members of the object that begins at an offset; none where another value does. */
export function members(text: string, at: number): Member[] {
  const found: Member[] = []
  if (text[at] !== '{') return found
  for (let start = at + 1; text[start] === '"'; ) {
    const nameEnd = stringEnd(text, start)
    const end = valueEnd(text, nameEnd + 1)
    found.push({ name: JSON.parse(text.slice(start, nameEnd)) as string, start, end })
    start = end + 1
  }
  return found
}

/** Offset behind the value that begins at an offset. */
export function valueEnd(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; ) {
    const c = text[at]
    if (depth === 0 && (c === ',' || c === '}' || c === ']')) return at
    if (c === '"') at = stringEnd(text, at)
    else {
      if (c === '{' || c === '[') depth++
      if (c === '}' || c === ']') depth--
      at++
    }
    if (depth === 0 && (c === '"' || c === '}' || c === ']')) return at
  }
  return text.length
}

/**
 * Names from the root to the value (or member) that begins at an offset: `['code', 'coding', 'system']`. Items of lists have no step, but extensions are
 * told apart by the end of their URL: `extension(us-core-race)`, as explain() does.
 */
export function pathAt(text: string, offset: number): string[] {
  const path: string[] = []
  for (let at = 0; at < offset; ) {
    if (text[at] === '{') {
      const member = members(text, at).find(({ start, end }) => start <= offset && offset < end)
      if (member === undefined) return path
      path.push(member.name)
      at = stringEnd(text, member.start) + 1
      // The member itself, or its value.
      if (offset <= at) return path
    } else if (text[at] === '[') {
      const item = items(text, at).find(({ start, end }) => start <= offset && offset < end)
      if (item === undefined) return path
      const url = path.at(-1) === 'extension' ? members(text, item.start).find(({ name }) => name === 'url') : undefined
      if (url !== undefined) path.push(`${path.pop()}(${lastPart(text.slice(url.start + 7, url.end - 1))})`)
      at = item.start
    } else return path
  }
  return path
}

function items(text: string, at: number): Array<{ readonly start: number; readonly end: number }> {
  const found: Array<{ start: number; end: number }> = []
  for (let start = at + 1; text[start] !== ']' && start < text.length; ) {
    const end = valueEnd(text, start)
    found.push({ start, end })
    start = text[end] === ',' ? end + 1 : end
  }
  return found
}

function lastPart(uri: string): string {
  return uri.split('/').at(-1) ?? uri
}
