/** `JSON.parse`, with the errors of the lossless reader, and not lenient about members given twice. */
import { fail } from '../errors.js'
import { MAX_DEPTH, parseJson } from './json.js'

/**
 * A JSON text as a value. JSON.parse keeps only the last of two members of one name. Counting costs a third of the reader that sees both: every member has
 * one colon outside strings, so a text with more colons than its value has members is given to that reader, which names the place.
 * Throws json.syntax (with line and column) and json.depth.
 */
export function readJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    parseJson(text)
    throw fail('json.syntax', { line: 1, column: 1, reason: 'not JSON' })
  }
  if (countMembers(value, 0) !== countColons(text)) parseJson(text)
  return value
}

function countColons(text: string): number {
  let colons = 0
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at)
    if (c === 0x3a) colons++
    else if (c === 0x22) {
      // To the quote that ends the string: the next one with an even number of backslashes before it.
      do at = text.indexOf('"', at + 1)
      while (isEscaped(text, at))
    }
  }
  return colons
}

function isEscaped(text: string, quote: number): boolean {
  let at = quote
  while (text.charCodeAt(at - 1) === 0x5c) at--
  return (quote - at) % 2 === 1
}

/** Too deep gives NaN, which equals no number of colons: parseJson then says json.depth. */
function countMembers(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (depth > MAX_DEPTH) return Number.NaN
  const isArray = Array.isArray(value)
  const values: readonly unknown[] = isArray ? value : Object.values(value)
  let members = isArray ? 0 : values.length
  for (const one of values) members += countMembers(one, depth + 1)
  return members
}
