/** Indents compact JSON for people (_pretty=true), two spaces a level. Only white space outside strings is added: numbers and strings stay as written. */
import { stringEnd } from '../../fhir/json.js'

// Structural characters, empty containers and the beginning of strings; everything between (numbers, literals) passes through.
const TOKENS = /"|\{\}|\[\]|[{}[\],:]/g

/** `text` must be valid JSON without white space outside strings. */
export function prettyJson(text: string): string {
  let depth = 0
  let pretty = ''
  let from = 0
  const line = () => '\n' + '  '.repeat(depth)
  const spaced = (token: string) => {
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
  }
  TOKENS.lastIndex = 0
  for (let match = TOKENS.exec(text); match !== null; match = TOKENS.exec(text)) {
    const [token] = match
    // Strings are skipped by hand: an expression that matches a whole one runs out of stack at some megabytes.
    if (token === '"') TOKENS.lastIndex = stringEnd(text, match.index)
    else {
      pretty += text.slice(from, match.index) + spaced(token)
      from = TOKENS.lastIndex
    }
  }
  return pretty + text.slice(from)
}
