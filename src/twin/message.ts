/**
 * Messages as the API takes them in JSON: names in camelCase or snake_case, null for what is not given, 64-bit numbers as text or number. What a message
 * does not have, or has in another form, is refused, as the API does.
 */
import { fail } from '../errors.js'

export type Shape =
  | { readonly kind: 'text' | 'bool' | 'integer' | 'any' }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  | { readonly kind: 'list' | 'map'; readonly of: Shape }
  | Message

export interface Message {
  readonly kind: 'message'
  readonly fields: Readonly<Record<string, Shape>>
}

export const text: Shape = { kind: 'text' }
export const bool: Shape = { kind: 'bool' }
export const integer: Shape = { kind: 'integer' }
/** What is not looked into. */
export const any: Shape = { kind: 'any' }
export const choice = (...of: readonly string[]): Shape => ({ kind: 'choice', of })
export const list = (of: Shape): Shape => ({ kind: 'list', of })
export const map = (of: Shape): Shape => ({ kind: 'map', of })
export const message = (fields: Message['fields']): Message => ({ kind: 'message', fields })

export type Json = Readonly<Record<string, unknown>>

/** The message a JSON text holds; an empty text is an empty message. Throws twin.argument. */
export function parseMessage(shape: Message, json: string): Json {
  if (json.trim() === '') return {}
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    throw fail('twin.argument', { reason: 'Invalid JSON payload received: it cannot be parsed' }, { cause: error })
  }
  return (read(shape, value, '') ?? {}) as Json
}

/** Undefined: null. */
function read(shape: Shape, value: unknown, at: string): unknown {
  if (value === null || value === undefined) return undefined
  switch (shape.kind) {
    case 'any':
      return value
    case 'text':
      return typeof value === 'string' ? value : wrong(at, 'a string')
    case 'bool':
      return typeof value === 'boolean' ? value : wrong(at, 'true or false')
    case 'integer':
      if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
      return typeof value === 'string' && /^-?\d{1,19}$/.test(value) ? value : wrong(at, 'a whole number')
    case 'choice':
      return typeof value === 'string' && shape.of.includes(value) ? value : wrong(at, `one of ${shape.of.join(', ')}`)
    case 'list':
      return Array.isArray(value) ? value.map((one, n) => read(shape.of, one, `${at}[${n}]`)) : wrong(at, 'a list')
    case 'map':
      return isObject(value) ? readMembers(value, at, () => shape.of) : wrong(at, 'an object')
    case 'message':
      return isObject(value) ? readMembers(value, at, (name) => shape.fields[name]) : wrong(at, 'an object')
  }
}

function readMembers(value: object, at: string, shapeOf: (name: string) => Shape | undefined): Json {
  const members: Array<readonly [string, unknown]> = []
  for (const [given, member] of Object.entries(value)) {
    const known = [given, camel(given)].find((name) => shapeOf(name) !== undefined)
    const place = at === '' ? given : `${at}.${given}`
    if (known === undefined)
      throw fail('twin.argument', { reason: `Invalid JSON payload received. Unknown name "${place.slice(0, 200)}": Cannot find field.` })
    const one = read(shapeOf(known)!, member, place)
    if (one !== undefined) members.push([known, one])
  }
  return Object.fromEntries(members)
}

function wrong(at: string, wanted: string): never {
  throw fail('twin.argument', { reason: `Invalid value at '${at.slice(0, 200)}': it is not ${wanted}` })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/**
 * The paths of an update mask (`labels,validationConfig.disableProfileValidation`), each a list of names; `*` stands for the given fields. Throws twin.argument
 * for what the message does not have.
 */
export function parseMask(shape: Message, mask: string, all: readonly string[]): ReadonlyArray<readonly string[]> {
  const paths = mask.split(',').map((path) => path.trim())
  return paths.flatMap((path) => {
    if (path === '*') return all.map((name) => [name])
    const names = path.split('.').map(camel)
    let at: Shape | undefined = shape
    for (const name of names) at = at?.kind === 'message' ? at.fields[name] : at?.kind === 'map' ? at.of : undefined
    if (at === undefined || at === shape)
      throw fail('twin.argument', { reason: `Invalid update mask: there is no field "${path.slice(0, 200)}"` })
    return [names]
  })
}

/** A message with the paths of a mask as another has them; what that does not have is gone. */
export function applyMask(paths: ReadonlyArray<readonly string[]>, to: Json, from: Json): Json {
  return paths.reduce((result, path) => put(result, path, from), to)
}

function put(to: Json, [name, ...rest]: readonly string[], from: Json | undefined): Json {
  const { [name!]: old, ...others } = to
  const given = from?.[name!]
  const value = rest.length === 0 ? given : put((old ?? {}) as Json, rest, given as Json | undefined)
  return value === undefined ? others : { ...others, [name!]: value }
}
