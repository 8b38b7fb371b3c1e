/** Pieces of SQL with their parameters, put together without ever writing a value into the text. */

export type Parameter = number | string | Buffer

export interface Sql {
  readonly text: string
  readonly parameters: readonly Parameter[]
}

/** sql`x = ${5} AND ${other}`: values become parameters, pieces are put in. */
export function sql(texts: TemplateStringsArray, ...values: ReadonlyArray<Parameter | Sql>): Sql {
  let text = texts[0]!
  const parameters: Parameter[] = []
  for (const [n, value] of values.entries()) {
    if (typeof value === 'object' && 'parameters' in value) {
      text += value.text
      parameters.push(...value.parameters)
    } else {
      text += '?'
      parameters.push(value)
    }
    text += texts[n + 1]!
  }
  return { text, parameters }
}

/** Fixed text: names of tables and columns. */
export function name(text: string): Sql {
  return { text, parameters: [] }
}

export function join(pieces: readonly Sql[], between: string): Sql {
  return { text: pieces.map(({ text }) => text).join(between), parameters: pieces.flatMap(({ parameters }) => parameters) }
}

export const FALSE = name('0')

/** True when one of the pieces is. A balanced tree, as SQLite limits the depth of expressions. */
export function any(pieces: readonly Sql[]): Sql {
  if (pieces.length === 0) return FALSE
  if (pieces.length === 1) return pieces[0]!
  const middle = pieces.length >> 1
  return sql`(${any(pieces.slice(0, middle))} OR ${any(pieces.slice(middle))})`
}
