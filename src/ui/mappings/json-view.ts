/** JSON for people, indented, in pieces that know which cells they come from. */

import { stringEnd } from '../../fhir/json.js'
import type { ExampleRange } from '../../lineage/examples.js'
import { valueEnd } from '../../lineage/json-text.js'
import { type Html, html } from '../html.js'

/** A value stays on one line where it is not longer. */
const ONE_LINE = 72

interface Token {
  readonly text: string
  readonly kind: 'name' | 'plain'
  /** Offset in the source; undefined for white space. */
  readonly at: number | undefined
}

/** How a range is shown: numbers of columns, or that it is another row's. */
export type Mark = { readonly column: number; readonly decides: boolean } | { readonly other: string }

/**
 * The text as pieces, each a label of the column it comes from. text: JSON without white space; mark: what is known of a range, undefined where it is not
 * shown; name: begins the ids of the pieces (see pieceId).
 */
export function jsonView(
  name: string,
  text: string,
  ranges: readonly ExampleRange[],
  mark: (range: ExampleRange) => Mark | undefined
): Html[] {
  const marked = ranges.flatMap((range) => {
    const known = mark(range)
    return known === undefined ? [] : [{ ...range, mark: known }]
  })
  const starts = new Set(marked.map(({ start }) => start))
  const pieces: Array<{ key: string; marks: Mark[]; tokens: Token[]; id?: string }> = []
  let blanks: Token[] = []
  for (const token of indented(text)) {
    if (token.at === undefined) {
      blanks.push(token)
      continue
    }
    const at = token.at
    // The innermost first; of those that are equal the first column, which is what a code map translates.
    const covering = marked.filter(({ start, end }) => start <= at && at < end).sort((a, b) => a.end - a.start - (b.end - b.start))
    const marks = covering.map((one) => one.mark)
    const key = JSON.stringify(marks)
    const last = pieces.at(-1)
    // White space between two pieces, and at the begin of a line, belongs to none of them.
    const begins = starts.has(at)
    if (last?.key === key && !begins && !blanks.some(({ text: white }) => white.includes('\n'))) last.tokens.push(...blanks, token)
    else
      pieces.push({ key: '[]', marks: [], tokens: blanks }, { key, marks, tokens: [token], ...(begins ? { id: pieceId(name, at) } : {}) })
    blanks = []
  }
  return pieces.filter(({ tokens }) => tokens.length > 0).map(({ marks, tokens, id }) => piece(marks, tokens, id))
}

/** The id of the piece that begins where a range begins. */
export function pieceId(name: string, start: number): string {
  return `${name}-${start}`
}

function piece(marks: readonly Mark[], tokens: readonly Token[], id: string | undefined): Html {
  const inner = tokens.map(({ text, kind }) => (kind === 'name' ? html`<i>${text}</i>` : html`${text}`))
  const other = marks.find((one) => 'other' in one)
  if (other !== undefined) return html`<span class="other" title="${other.other}">${inner}</span>`
  const columns = marks.filter((one) => 'column' in one)
  if (columns.length === 0) return html`${inner}`
  const classes = columns.map(({ column, decides }) => (decides ? `d${column}` : `c${column}`))
  const target = columns.find(({ decides }) => !decides) ?? columns[0]
  if (columns.some(({ decides }) => !decides)) classes.push('val')
  return html`<label${id === undefined ? undefined : html` id="${id}"`} class="part ${[...new Set(classes)].join(' ')}" for="column-${target?.column}">${inner}</label>`
}

function indented(text: string): Token[] {
  const tokens: Token[] = []
  const plain = (at: number, end: number) => tokens.push({ text: text.slice(at, end), kind: 'plain', at })
  const blank = (white: string) => tokens.push({ text: white, kind: 'plain', at: undefined })
  const value = (at: number, depth: number): number => {
    const c = text[at]
    const end = valueEnd(text, at)
    if (c !== '{' && c !== '[') {
      plain(at, end)
      return end
    }
    const flat = end - at <= ONE_LINE && depth > 0
    // A list of one object takes no lines of its own: [{
    const inner = c === '[' && text[at + 1] === '{' && valueEnd(text, at + 1) === end - 1 ? depth : depth + 1
    const line = (level: number) => (flat || inner === depth ? undefined : blank(`\n${'  '.repeat(level)}`))
    plain(at, at + 1)
    let next = at + 1
    while (next < end - 1) {
      line(inner)
      if (c === '{') {
        const nameEnd = stringEnd(text, next)
        tokens.push({ text: text.slice(next, nameEnd), kind: 'name', at: next })
        tokens.push({ text: ': ', kind: 'plain', at: nameEnd })
        next = nameEnd + 1
      }
      next = value(next, inner)
      if (text[next] === ',') {
        plain(next, next + 1)
        if (flat) blank(' ')
        next++
      }
    }
    if (next > at + 1) line(depth)
    plain(end - 1, end)
    return end
  }
  value(0, 0)
  return tokens
}
