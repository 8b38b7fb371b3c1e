/**
 * Lossless JSON: number text, key order and every character of a string survive.
 *
 * `JSON.parse` turns 1.0 into 1 and forgets where things stood; a FHIR decimal carries precision and the store keeps bodies as text. The reader here
 * keeps the source text of numbers and strings, and offsets. Object members are lists, so `__proto__` is a name like any other.
 */
import { fail } from '../errors.js'

export { joinBody, type SplitBody, splitBody } from './body.js'

/** A value read losslessly. start/end are offsets into the text read (end exclusive). */
export type JsonNode =
  | { readonly kind: 'object'; readonly members: JsonMember[]; readonly start: number; readonly end: number }
  | { readonly kind: 'array'; readonly items: JsonNode[]; readonly start: number; readonly end: number }
  /** source: as it was written, quotes and escapes included; absent in nodes that were not read. */
  | { readonly kind: 'string'; readonly value: string; readonly source?: string; readonly start: number; readonly end: number }
  | { readonly kind: 'number'; readonly text: string; readonly start: number; readonly end: number }
  | { readonly kind: 'literal'; readonly value: true | false | null; readonly start: number; readonly end: number }

export interface JsonMember {
  readonly name: string
  /** The name as it was written, quotes and escapes included; absent in members that were not read. */
  readonly source?: string
  readonly value: JsonNode
}

/** Deepest nesting read. FHIR resources in Bundles stay below 40; the limit keeps recursion off the end of the stack. */
export const MAX_DEPTH = 200

/**
 * Reads JSON text (RFC 8259). Throws json.syntax (with line and column) and json.depth. Duplicate member names are json.syntax: one of the two would
 * be lost.
 */
export function parseJson(text: string): JsonNode {
  return new Reader(text).document()
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
/** Characters that end a run of plain string text: quote, backslash, control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these inside strings
const STRING_STOP = /["\\\u0000-\u001f]/g
const ESCAPE = /["\\/bfnrt]|u[0-9a-fA-F]{4}/y

class Reader {
  readonly text: string
  at = 0
  depth = 0

  constructor(text: string) {
    this.text = text
  }

  document(): JsonNode {
    this.space()
    const node = this.value()
    this.space()
    if (this.at < this.text.length) throw this.error('text after the end of the document')
    return node
  }

  value(): JsonNode {
    const start = this.at
    switch (this.text.charCodeAt(start)) {
      case 0x7b:
        return this.object(start)
      case 0x5b:
        return this.array(start)
      case 0x22: {
        const source = this.string()
        return { kind: 'string', value: unquote(source), source, start, end: this.at }
      }
      case 0x74:
        return this.literal('true', true)
      case 0x66:
        return this.literal('false', false)
      case 0x6e:
        return this.literal('null', null)
      default:
        return this.number(start)
    }
  }

  object(start: number): JsonNode {
    const members: JsonMember[] = []
    const names = new Set<string>()
    this.enter()
    while (this.more(0x7d, members.length > 0)) {
      const nameAt = this.at
      if (this.text.charCodeAt(nameAt) !== 0x22) throw this.error('a member name in double quotes is expected')
      const source = this.string()
      const name = unquote(source)
      if (names.has(name)) throw this.error(`member ${source} is given twice`, nameAt)
      names.add(name)
      this.space()
      if (this.text.charCodeAt(this.at) !== 0x3a) throw this.error('":" is expected')
      this.at++
      this.space()
      members.push({ name, source, value: this.value() })
    }
    return { kind: 'object', members, start, end: this.at }
  }

  array(start: number): JsonNode {
    const items: JsonNode[] = []
    this.enter()
    while (this.more(0x5d, items.length > 0)) items.push(this.value())
    return { kind: 'array', items, start, end: this.at }
  }

  enter(): void {
    if (++this.depth > MAX_DEPTH) throw fail('json.depth', { limit: MAX_DEPTH })
    this.at++
  }

  /** Moves to the next member or item (true), or past the closing bracket (false). */
  more(close: number, some: boolean): boolean {
    this.space()
    if (this.text.charCodeAt(this.at) === close) {
      this.at++
      this.depth--
      return false
    }
    if (some) {
      if (this.text.charCodeAt(this.at) !== 0x2c) throw this.error(`"," or "${String.fromCharCode(close)}" is expected`)
      this.at++
      this.space()
    }
    return true
  }

  string(): string {
    const { text } = this
    const start = this.at
    let at = start + 1
    for (;;) {
      STRING_STOP.lastIndex = at
      if (!STRING_STOP.test(text)) throw this.error('a string is not closed', start)
      at = STRING_STOP.lastIndex
      const stop = text.charCodeAt(at - 1)
      if (stop === 0x22) {
        this.at = at
        return text.slice(start, at)
      }
      if (stop !== 0x5c) throw this.error('a control character must be escaped', at - 1)
      ESCAPE.lastIndex = at
      if (!ESCAPE.test(text)) throw this.error('unknown escape', at - 1)
      at = ESCAPE.lastIndex
    }
  }

  number(start: number): JsonNode {
    NUMBER.lastIndex = start
    if (!NUMBER.test(this.text)) throw this.error(start < this.text.length ? 'a value is expected' : 'the text ends early')
    this.at = NUMBER.lastIndex
    return { kind: 'number', text: this.text.slice(start, this.at), start, end: this.at }
  }

  literal(word: string, value: true | false | null): JsonNode {
    const start = this.at
    if (!this.text.startsWith(word, start)) throw this.error('a value is expected')
    this.at += word.length
    return { kind: 'literal', value, start, end: this.at }
  }

  space(): void {
    while (isSpace(this.text.charCodeAt(this.at))) this.at++
  }

  error(reason: string, at = this.at): Error {
    const before = this.text.slice(0, at)
    const line = before.split('\n').length
    return fail('json.syntax', { line, column: at - before.lastIndexOf('\n'), reason })
  }
}

function unquote(source: string): string {
  return source.includes('\\') ? (JSON.parse(source) as string) : source.slice(1, -1)
}

/** Writes a node back; byte for byte what was read, less white space outside strings. */
export function stringifyJson(node: JsonNode): string {
  switch (node.kind) {
    case 'object':
      return `{${node.members.map((member) => `${member.source ?? JSON.stringify(member.name)}:${stringifyJson(member.value)}`).join(',')}}`
    case 'array':
      return `[${node.items.map(stringifyJson).join(',')}]`
    case 'string':
      return node.source ?? JSON.stringify(node.value)
    case 'number':
      return node.text
    case 'literal':
      return String(node.value)
  }
}

/** Removes white space outside strings (returns the same string when there is none). The text must be valid JSON. */
export function compactJson(text: string): string {
  let kept = ''
  let from = 0
  let at = 0
  while (at < text.length) {
    const c = text.charCodeAt(at)
    if (c === 0x22) at = stringEnd(text, at)
    else if (c > 0x20) at++
    else {
      kept += text.slice(from, at)
      while (isSpace(text.charCodeAt(++at)));
      from = at
    }
  }
  return from === 0 ? text : kept + text.slice(from)
}

/** Offset just past the string literal that starts at `at`. The text must be valid JSON. */
export function stringEnd(text: string, at: number): number {
  let end = text.indexOf('"', at + 1)
  while (text.charCodeAt(end - 1) === 0x5c && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end < 0 ? text.length : end + 1
}

function isEscaped(text: string, quote: number): boolean {
  let first = quote - 1
  while (text.charCodeAt(first) === 0x5c) first--
  return (quote - first) % 2 === 0
}

function isSpace(c: number): boolean {
  return c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09
}
