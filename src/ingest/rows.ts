/**
 * Where rows begin and end in CSV text (RFC 4180), and which of them are malformed.
 *
 * A quote opens only at the start of a field; inside, a quote is written twice; after the closing quote only a comma or a line end may follow. A quote
 * anywhere else, a carriage return that ends no line and a NUL make the row malformed. Being strict here has a reason: quotes come in pairs, so one quote
 * lost or gained anywhere in a file always meets one of these rules before the end of the file and can never shift the rows after it unseen.
 */

export type RowFault = 'quote' | 'control'

const LF = 10
const CR = 13
const QUOTE = 34
const COMMA = 44

/** States of a row: at the start of a field, in a field without quotes, inside quotes, after a quote that may have closed the field. */
const START = 0
const PLAIN = 1
const QUOTED = 2
const CLOSED = 3

/**
 * Walks over the rows of a text. The text may be UTF-8 decoded or one character per byte (latin1): all characters that matter are ASCII.
 * After next() has returned true the fields describe the row found.
 */
export class RowScanner {
  readonly text: string
  /** The row is text.slice(start, end), its line end not included; the next row begins at next. */
  start = 0
  end = 0
  following = 0
  /** Line feeds from start to following. */
  lines = 0
  /** True when the row has a quote. */
  quoted = false
  fault: RowFault | undefined = undefined
  /** Offset of the character at fault. */
  faultAt = -1
  /** Offset of the quote that is still open where the text ends; set when next() returns false. */
  open = -1

  readonly #final: boolean
  #quote: number
  #carriageReturn: number
  #nul: number

  /** final: the text ends where the table ends, so that a last row needs no line end. */
  constructor(text: string, final: boolean, from = 0) {
    this.text = text
    this.#final = final
    this.following = from
    this.#quote = position(text, '"', from)
    this.#carriageReturn = position(text, '\r', from)
    this.#nul = position(text, '\0', from)
  }

  /** Finds the next row; false when there is none, or when the text ends within it (it then begins at `following`). */
  next(): boolean {
    const { text, following: start } = this
    if (start >= text.length) return false
    // The positions ahead are looked up again only when passed, which keeps a text with few quotes linear.
    if (this.#quote < start) this.#quote = position(text, '"', start)
    this.fault = undefined
    this.faultAt = -1
    const lineEnd = text.indexOf('\n', start)
    const end = lineEnd === -1 ? text.length : lineEnd
    if (this.#quote < end) return this.#nextQuoted(start)
    if (lineEnd === -1 && !this.#final) return false
    this.quoted = false
    this.start = start
    this.lines = lineEnd === -1 ? 0 : 1
    this.end = lineEnd > start && text.charCodeAt(lineEnd - 1) === CR ? lineEnd - 1 : end
    this.following = lineEnd === -1 ? end : lineEnd + 1
    if (this.#carriageReturn < start) this.#carriageReturn = position(text, '\r', start)
    if (this.#carriageReturn < this.end) this.#faulty('control', this.#carriageReturn)
    this.#checkNul()
    return true
  }

  #nextQuoted(start: number): boolean {
    const { text } = this
    let state = START
    let lines = 0
    let open = -1
    for (let i = start; i < text.length; i++) {
      const c = text.charCodeAt(i)
      if (state === QUOTED) {
        if (c === QUOTE) state = CLOSED
        else if (c === LF) lines++
      } else if (c === LF) {
        return this.#row(start, i > start && text.charCodeAt(i - 1) === CR ? i - 1 : i, i + 1, lines + 1)
      } else if (c === COMMA) {
        state = START
      } else if (c === CR) {
        if (text.charCodeAt(i + 1) !== LF) this.#faulty('control', i)
        if (state === START) state = PLAIN
      } else if (c === QUOTE) {
        if (state === PLAIN) this.#faulty('quote', i)
        else {
          if (state === START) open = i
          state = QUOTED
        }
      } else {
        if (state === CLOSED) this.#faulty('quote', i)
        state = PLAIN
      }
    }
    this.open = state === QUOTED ? open : -1
    return this.#final && state !== QUOTED && this.#row(start, text.length, text.length, lines)
  }

  #row(start: number, end: number, following: number, lines: number): boolean {
    this.quoted = true
    this.start = start
    this.end = end
    this.following = following
    this.lines = lines
    this.#checkNul()
    return true
  }

  #checkNul(): void {
    if (this.#nul < this.start) this.#nul = position(this.text, '\0', this.start)
    if (this.#nul < this.end) this.#faulty('control', this.#nul)
  }

  #faulty(fault: RowFault, at: number): void {
    if (this.fault !== undefined) return
    this.fault = fault
    this.faultAt = at
  }
}

/** Number of the field (from 0) in which an offset of a row's text lies, as far as the quotes before it can be trusted. */
export function fieldAt(row: string, offset: number): number {
  let field = 0
  let quoted = false
  for (let i = 0; i < offset && i < row.length; i++) {
    const c = row.charCodeAt(i)
    if (c === QUOTE) quoted = !quoted
    else if (c === COMMA && !quoted) field++
  }
  return field
}

function position(text: string, sought: string, from: number): number {
  const at = text.indexOf(sought, from)
  return at === -1 ? Number.POSITIVE_INFINITY : at
}
