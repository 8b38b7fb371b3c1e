/** Indents compact JSON for people (_pretty=true), two spaces a level. Only white space outside strings is added: numbers and strings stay as written. */

/** `text` must be valid JSON without white space outside strings. */
export function prettyJson(text: string): string {
  let depth = 0
  const line = () => '\n' + '  '.repeat(depth)
  // Strings, empty containers, single structural characters; everything between (numbers, literals) passes through.
  return text.replace(/"(?:[^"\\]|\\.)*"|\{\}|\[\]|[{}[\],:]/g, (token) => {
    switch (token) {
      case '{':
      case '[':
        depth++
        return token + line()
      case '}':
      case ']':
        depth--
        return line() + token
      case ',':
        return token + line()
      case ':':
        return ': '
      default:
        return token
    }
  })
}
