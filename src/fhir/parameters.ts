/** Names and values of a query string or form, in their order (URL living standard, application/x-www-form-urlencoded). */
import { fail } from '../errors.js'

/** More than any search needs; a form has room for millions, whose handling would stop everything else. */
const MOST = 1000

/** Decodes `a=1&b=%32`. Pairs without a name are left out. Throws http.bad-request on an escape that is not UTF-8, and for more than 1000 pairs. */
export function parseParameters(text: string): Array<readonly [string, string]> {
  const pairs: Array<readonly [string, string]> = []
  const parts = text.split('&', MOST + 1)
  if (parts.length > MOST) throw fail('http.bad-request', { reason: `More than ${MOST} parameters` })
  for (const part of parts) {
    const at = part.indexOf('=')
    const name = decode(at < 0 ? part : part.slice(0, at))
    if (name !== '') pairs.push([name, at < 0 ? '' : decode(part.slice(at + 1))])
  }
  return pairs
}

/** The way back, for links. Characters that FHIR values use and a query allows stay readable. */
export function formatParameters(pairs: ReadonlyArray<readonly [string, string]>): string {
  return pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
}

/** The last value given for `name`. */
export function parameter(pairs: ReadonlyArray<readonly [string, string]>, name: string): string | undefined {
  return pairs.findLast((pair) => pair[0] === name)?.[1]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (error) {
    throw fail('http.bad-request', { reason: 'The parameters cannot be decoded: an escape is not UTF-8' }, { cause: error })
  }
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/%(3A|2F|2C|24|40)/g, (sequence) => decodeURIComponent(sequence))
}
