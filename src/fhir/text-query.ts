/**
 * The value of `_text` and `_content`: words, all of which must be there; "phrases"; AND, OR, NOT (in any case) and parentheses, as in
 * `(bone OR liver) and metastases`. There is no wrong syntax: quotes and parentheses that stand alone are read as if they were not there.
 */
import { fail } from '../errors.js'
import { type ResourceWords, wordsOf } from './text-content.js'

export type TextQuery =
  /** These words, one after the other; at least one. */
  | { readonly kind: 'phrase'; readonly words: readonly string[] }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly TextQuery[] }
  | { readonly kind: 'without'; readonly part: TextQuery; readonly not: TextQuery }

const TOKEN = /"([^"]*)"?|[()]|[^\s()"]+/g
const MOST_WORDS = 100
const MOST_DEPTH = 20

/** values: ORed, as commas say. Throws search.value when nothing is left to look for, or only what must not be there. */
export function parseTextQuery(parameter: string, values: readonly string[]): TextQuery {
  const parts = values.map((value) => {
    const tokens = value.match(TOKEN) ?? []
    if (tokens.length > MOST_WORDS) throw fail('search.value', { parameter, reason: `more than ${MOST_WORDS} words` })
    const query = new Reader(tokens, parameter).query()
    if (query === undefined) throw fail('search.value', { parameter, reason: 'there is no word to search for' })
    return query
  })
  return group('or', parts)!
}

/** True when a resource has what is looked for. whole: in its narrative or anywhere else; else in its narrative only. */
export function matchesText({ narrative, content }: ResourceWords, query: TextQuery, whole: boolean): boolean {
  const places = (whole ? [narrative, content] : [narrative]).map((words) => ` ${words} `)
  const holds = (one: TextQuery): boolean => {
    switch (one.kind) {
      case 'phrase':
        return places.some((words) => words.includes(` ${one.words.join(' ')} `))
      case 'and':
        return one.parts.every(holds)
      case 'or':
        return one.parts.some(holds)
      case 'without':
        return holds(one.part) && !holds(one.not)
    }
  }
  return holds(query)
}

class Reader {
  readonly #tokens: readonly string[]
  readonly #parameter: string
  #at = 0
  #depth = 0

  constructor(tokens: readonly string[], parameter: string) {
    this.#tokens = tokens
    this.#parameter = parameter
  }

  query(): TextQuery | undefined {
    const parts: TextQuery[] = []
    while (this.#at < this.#tokens.length) {
      const part = this.#or()
      if (part !== undefined) parts.push(part)
      // A parenthesis that closes nothing.
      if (this.#tokens[this.#at] === ')') this.#at++
    }
    return group('and', parts)
  }

  #or(): TextQuery | undefined {
    const parts = [this.#and()]
    while (this.#take('or')) parts.push(this.#and())
    return group('or', parts)
  }

  #and(): TextQuery | undefined {
    const parts: Array<TextQuery | undefined> = []
    const not: Array<TextQuery | undefined> = []
    for (;;) {
      const token = this.#tokens[this.#at]?.toLowerCase()
      if (token === undefined || token === ')' || token === 'or') break
      if (this.#take('and')) continue
      if (this.#take('not')) not.push(this.#one())
      else parts.push(this.#one())
    }
    const part = group('and', parts)
    const without = group('or', not)
    if (without === undefined) return part
    if (part === undefined)
      throw fail('search.value', { parameter: this.#parameter, reason: 'NOT needs something beside it that must be there' })
    return { kind: 'without', part, not: without }
  }

  #one(): TextQuery | undefined {
    const token = this.#tokens[this.#at++]
    if (token === undefined) return undefined
    if (token === '(') {
      if (++this.#depth > MOST_DEPTH) throw fail('search.value', { parameter: this.#parameter, reason: 'too many parentheses' })
      const inner = this.#or()
      if (this.#tokens[this.#at] === ')') this.#at++
      this.#depth--
      return inner
    }
    if (token === ')') return undefined
    const words = wordsOf(token)
    return words.length === 0 ? undefined : { kind: 'phrase', words }
  }

  #take(word: string): boolean {
    if (this.#tokens[this.#at]?.toLowerCase() !== word) return false
    this.#at++
    return true
  }
}

function group(kind: 'and' | 'or', parts: ReadonlyArray<TextQuery | undefined>): TextQuery | undefined {
  const some = parts.filter((part) => part !== undefined)
  return some.length > 1 ? { kind, parts: some } : some[0]
}
