/** The texts beside codes, which `:text` looks at (R4 search.html#token): CodeableConcept.text, Coding.display, Identifier.type.text and the like. */

type Members = Readonly<Record<string, unknown>>

export interface CodedText {
  readonly text: string
  /** A token that every element with this text here gives; code '' where it gives none. */
  readonly system: string
  readonly code: string
}

const NONE = { system: '', code: '' }

/** The texts of an element under a token parameter, each with a token of the same element. Content of any form is taken. */
export function codedTexts(value: unknown): CodedText[] {
  return isObject(value) ? collect(value, tokenOf(value) ?? NONE, []) : []
}

function collect(value: Members, token: Pick<CodedText, 'system' | 'code'>, found: CodedText[]): CodedText[] {
  const { text, display, coding, type } = value
  if (typeof text === 'string') found.push({ text, ...token })
  if (typeof display === 'string') found.push({ text: display, ...token })
  // A display stands for its own code; the types of identifiers give no tokens.
  if (Array.isArray(coding)) for (const one of coding) if (isObject(one)) collect(one, tokenOf(one) ?? token, found)
  if (isObject(type)) for (const { text } of collect(type, NONE, [])) found.push({ text, ...token })
  return found
}

/** The token of a Coding or Identifier, the first one of a CodeableConcept. */
function tokenOf({ system, code, value, coding }: Members): Pick<CodedText, 'system' | 'code'> | undefined {
  if (Array.isArray(coding)) {
    for (const one of coding) {
      const token = isObject(one) ? tokenOf({ system: one['system'], code: one['code'] }) : undefined
      if (token !== undefined) return token
    }
    return undefined
  }
  const text = code ?? value
  return typeof text === 'string' && text !== '' ? { system: typeof system === 'string' ? system : '', code: text } : undefined
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
