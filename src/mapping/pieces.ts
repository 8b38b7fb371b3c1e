/** JSON text on its way to becoming generated code. */

/** A JavaScript literal for a text. */
export const js = (text: string): string => JSON.stringify(text)

/** Text that stands as it is, or a JavaScript expression for text. */
export type Piece = string | { readonly js: string }

/** JSON text in pieces. sure: never empty (what is not sure is one expression). constant: depends on no cell. label: stands before it where it is not empty. */
export interface Generated {
  readonly pieces: readonly Piece[]
  readonly sure: boolean
  readonly constant: boolean
  readonly label?: string
}

export const NOTHING: Generated = { pieces: [''], sure: false, constant: true }

/** A JavaScript expression for pieces, neighbouring literals joined. */
export function render(pieces: readonly Piece[]): string {
  const joined: Piece[] = []
  for (const piece of pieces) {
    const last = joined[joined.length - 1]
    if (typeof piece === 'string' && typeof last === 'string') joined[joined.length - 1] = last + piece
    else if (piece !== '') joined.push(piece)
  }
  return joined.map((piece) => (typeof piece === 'string' ? js(piece) : piece.js)).join(' + ') || "''"
}

/** A value under a member name. */
export function labelled(name: string, value: Generated): Generated {
  return { ...value, label: `${JSON.stringify(name)}:` }
}

/** With its label. */
export function piecesOf(part: Generated): readonly Piece[] {
  return part.label === undefined ? part.pieces : [part.label, ...part.pieces]
}
