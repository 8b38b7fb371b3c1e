/** Lines of generated code, and fragments of JSON text joined in them. */
import { type Generated, js, NOTHING, type Piece, piecesOf, render } from './pieces.js'

export class Lines {
  readonly lines: string[] = []
  #temporaries = 0

  temporary(initial: string): string {
    const name = `t${this.#temporaries++}`
    this.lines.push(`let ${name} = ${initial}`)
    return name
  }

  /** Joins fragments with commas between brackets; '' when nothing but constants is left although something else was asked for. */
  join(parts: readonly Generated[], open: string, close: string): Generated {
    if (parts.length === 0) return NOTHING
    const constant = parts.every((part) => part.constant)
    if (parts.every((part) => part.sure)) {
      return {
        pieces: [open, ...parts.flatMap((part, index) => (index === 0 ? piecesOf(part) : [',', ...piecesOf(part)])), close],
        sure: true,
        constant
      }
    }
    const begun = parts.findIndex((part) => !part.sure)
    const certain = parts.some((part) => part.sure && !part.constant)
    const first: Piece[] =
      begun === 0
        ? []
        : [open, ...parts.slice(0, begun).flatMap((part, index) => (index === 0 ? piecesOf(part) : [',', ...piecesOf(part)]))]
    const out = this.temporary(render(first))
    const filled = certain ? undefined : this.temporary('false')
    let opened = begun > 0
    let pending: Piece[] = []
    for (const part of parts.slice(begun)) {
      const separator: Piece = opened ? ',' : { js: `(${out} === '' ? ${js(open)} : ',')` }
      if (part.sure) {
        pending.push(separator, ...piecesOf(part))
        opened = true
        continue
      }
      if (pending.length > 0) this.lines.push(`${out} += ${render(pending)}`)
      pending = []
      const value = this.name(part)
      this.lines.push(
        `if (${value} !== '') { ${out} += ${render([separator, part.label ?? '', { js: value }])}${filled === undefined ? '' : `; ${filled} = true`} }`
      )
    }
    const whole = render([{ js: out }, ...pending, close])
    return {
      pieces: [{ js: this.temporary(filled === undefined ? whole : `${filled} ? ${whole} : ''`) }],
      sure: filled === undefined,
      constant: false
    }
  }

  /** A simple name for the value of a fragment that may be empty. */
  name(part: Generated): string {
    const [only] = part.pieces
    return part.pieces.length === 1 && typeof only === 'object' && /^\w+$/.test(only.js) ? only.js : this.temporary(render(part.pieces))
  }
}
