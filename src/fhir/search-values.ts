/**
 * From an element's value to index entries, per search type and element type (the tables of R4 search.html#token, #string, #date ...).
 * Everything here takes values as they come: what has not the form its type asks for is not indexed.
 */
import { dateRange } from './dates.js'
import { codingsOf, type ElementDefinition } from './definitions.js'
import { fold } from './fold.js'
import { parseReference, referencedPatient } from './references.js'
import type { IndexSink } from './search-index.js'
import type { IndexKind } from './search-parameters.js'

/** Gives the index entries of one value to the sink, under the number of a path. */
export type Converter = (path: number, value: unknown, sink: IndexSink) => void

type Members = Readonly<Record<string, unknown>>

/** How values of an element (of a type) are indexed for a search type; undefined: they are not (a string under a date parameter, say). */
export function converter(kind: IndexKind, type: string, element?: ElementDefinition): Converter | undefined {
  const { strength, valueSet } = element?.binding ?? {}
  const codings = kind === 'token' && type === 'code' && strength === 'required' && valueSet !== undefined ? codingsOf(valueSet) : undefined
  if (codings !== undefined) return boundCode(codings)
  if (kind === 'string' && element?.path === 'HumanName.family') return family
  const converters = CONVERTERS[kind]
  return Object.hasOwn(converters, type) ? converters[type] : undefined
}

const CURRENCY = 'urn:iso:std:iso:4217'
const ADDRESS_PARTS = ['text', 'city', 'district', 'state', 'postalCode', 'country'] as const

// ---------------------------------------------------------------------------------------------------------------- token

const tokenText: Converter = (path, value, sink) => {
  if (typeof value === 'string' && value !== '') sink.token(path, '', value)
}

/** A code has no system beside it: the value set it must come from says which it is (search.html#token). */
function boundCode(codings: ReadonlyMap<string, ReadonlySet<string>>): Converter {
  const systems = new Map([...codings].flatMap(([system, codes]) => [...codes].map((code) => [code, system] as const)))
  return (path, value, sink) => {
    if (typeof value === 'string' && value !== '') sink.token(path, systems.get(value) ?? '', value)
  }
}

const tokenBoolean: Converter = (path, value, sink) => {
  if (typeof value === 'boolean') sink.token(path, '', value ? 'true' : 'false')
}

const coding: Converter = (path, value, sink) => {
  if (!isObject(value)) return
  const { system, code } = value
  if (typeof code === 'string' && code !== '') sink.token(path, typeof system === 'string' ? system : '', code)
}

const codeableConcept: Converter = (path, value, sink) => {
  if (!isObject(value) || !Array.isArray(value['coding'])) return
  for (const item of value['coding']) coding(path, item, sink)
}

const identifier: Converter = (path, value, sink) => {
  if (!isObject(value)) return
  const { system, value: code } = value
  if (typeof code === 'string' && code !== '') sink.token(path, typeof system === 'string' ? system : '', code)
}

const contactPoint: Converter = (path, value, sink) => {
  if (isObject(value)) tokenText(path, value['value'], sink)
}

// --------------------------------------------------------------------------------------------------------------- string

const text: Converter = (path, value, sink) => {
  if (typeof value !== 'string') return
  const folded = fold(value)
  if (folded !== '') sink.string(path, folded, value)
}

const texts: Converter = (path, value, sink) => {
  if (Array.isArray(value)) for (const item of value) text(path, item, sink)
}

const humanName: Converter = (path, value, sink) => {
  if (!isObject(value)) return
  text(path, value['text'], sink)
  texts(path, value['given'], sink)
  texts(path, value['prefix'], sink)
  texts(path, value['suffix'], sink)
  family(path, value['family'], sink)
}

/** Parts of a family name are found independently: "Quinones" finds "Carreno Quinones" (datatypes.html#HumanName), but not exactly. */
const family: Converter = (path, value, sink) => {
  text(path, value, sink)
  if (typeof value !== 'string') return
  const parts = value.split(/[\s-]+/)
  if (parts.length < 2) return
  for (const part of parts.slice(1)) {
    const folded = fold(part)
    if (folded !== '') sink.string(path, folded, value)
  }
}

const address: Converter = (path, value, sink) => {
  if (!isObject(value)) return
  texts(path, value['line'], sink)
  for (const part of ADDRESS_PARTS) text(path, value[part], sink)
}

// ------------------------------------------------------------------------------------------------------- reference, uri

/**
 * Absolute and canonical URLs and URNs go under type '' with the URL as id. Contained references point to nothing that can be found. The identifier of a
 * reference is a token under the reference's own path (search.html#reference, :identifier).
 */
const reference: Converter = (path, value, sink) => {
  if (!isObject(value)) return
  if (value['identifier'] !== undefined) identifier(path, value['identifier'], sink)
  if (typeof value['reference'] !== 'string') return
  const literal = parseReference(value['reference'])
  if (literal?.kind === 'relative') sink.reference(path, literal.type, literal.id, literal.versionId)
  else if (literal?.kind === 'absolute') sink.reference(path, '', literal.url)
  else if (literal?.kind === 'urn') sink.reference(path, '', literal.urn)
}

/** The Patient that a reference of the compartment definition points to. */
export function patientOf(value: unknown, sink: IndexSink): void {
  const id = referencedPatient(value)
  if (id !== undefined) sink.patient(id)
}

/** `url|version` is found with and without its version. R4 wants it absolute; what looks like a relative reference is found as one. */
const canonical: Converter = (path, value, sink) => {
  if (typeof value !== 'string' || value === '' || value.startsWith('#')) return
  const literal = parseReference(value)
  if (literal?.kind === 'relative') return sink.reference(path, literal.type, literal.id)
  sink.reference(path, '', value)
  const bar = value.indexOf('|')
  if (bar > 0) sink.reference(path, '', value.slice(0, bar))
}

/** Bundle.entry[0].resource: the resource itself. */
const inlineResource: Converter = (path, value, sink) => {
  if (isObject(value) && typeof value['resourceType'] === 'string' && typeof value['id'] === 'string') {
    sink.reference(path, value['resourceType'], value['id'])
  }
}

const uri: Converter = (path, value, sink) => {
  if (typeof value === 'string' && value !== '') sink.uri(path, value)
}

/** A canonical is also found without its version. */
const canonicalUri: Converter = (path, value, sink) => {
  uri(path, value, sink)
  const bar = typeof value === 'string' ? value.indexOf('|') : -1
  if (bar > 0) sink.uri(path, (value as string).slice(0, bar))
}

// ----------------------------------------------------------------------------------------------------------------- date

const date: Converter = (path, value, sink) => {
  const range = typeof value === 'string' ? dateRange(value) : undefined
  if (range !== undefined) sink.date(path, range.from, range.to)
}

const period: Converter = (path, value, sink) => {
  if (!isObject(value)) return
  const from = boundary(value['start'])
  const to = boundary(value['end'])
  if (from === undefined && to === undefined) return
  sink.date(path, from?.from ?? Number.NEGATIVE_INFINITY, to?.to ?? Number.POSITIVE_INFINITY)
}

/** Only the outer limits of a schedule matter: its events, and repeat.boundsPeriod. */
const timing: Converter = (path, value, sink) => {
  if (!isObject(value)) return
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  for (const event of Array.isArray(value['event']) ? value['event'] : []) {
    const range = boundary(event)
    if (range === undefined) continue
    from = Math.min(from, range.from)
    to = Math.max(to, range.to)
  }
  if (from < to) sink.date(path, from, to)
  if (isObject(value['repeat'])) period(path, value['repeat']['boundsPeriod'], sink)
}

function boundary(value: unknown): { from: number; to: number } | undefined {
  return typeof value === 'string' ? dateRange(value) : undefined
}

// ----------------------------------------------------------------------------------------------------- number, quantity

const number: Converter = (path, value, sink) => {
  if (typeof value === 'number') sink.number(path, value)
}

/** Both ends of a Range are indexed. */
const numberRange: Converter = (path, value, sink) => {
  if (!isObject(value)) return
  if (isObject(value['low'])) number(path, value['low']['value'], sink)
  if (isObject(value['high'])) number(path, value['high']['value'], sink)
}

const quantity: Converter = (path, value, sink) => {
  if (!isObject(value) || typeof value['value'] !== 'number') return
  sink.quantity(path, value['value'], string(value['system']), string(value['code']), string(value['unit']))
}

const quantityRange: Converter = (path, value, sink) => {
  if (!isObject(value)) return
  quantity(path, value['low'], sink)
  quantity(path, value['high'], sink)
}

const money: Converter = (path, value, sink) => {
  if (!isObject(value) || typeof value['value'] !== 'number') return
  const currency = string(value['currency'])
  sink.quantity(path, value['value'], currency === '' ? '' : CURRENCY, currency, currency)
}

const CONVERTERS: Readonly<Record<IndexKind, Readonly<Record<string, Converter>>>> = {
  token: {
    ...all(['code', 'id', 'string', 'uri', 'url', 'canonical', 'oid', 'uuid'], tokenText),
    boolean: tokenBoolean,
    Coding: coding,
    CodeableConcept: codeableConcept,
    Identifier: identifier,
    ContactPoint: contactPoint
  },
  string: { string: text, markdown: text, HumanName: humanName, Address: address },
  reference: { Reference: reference, Resource: inlineResource, ...all(['canonical', 'uri', 'url', 'oid', 'uuid'], canonical) },
  date: { ...all(['date', 'dateTime', 'instant'], date), Period: period, Timing: timing },
  number: { ...all(['decimal', 'integer', 'positiveInt', 'unsignedInt'], number), Range: numberRange },
  quantity: { ...all(['Quantity', 'Age', 'Count', 'Distance', 'Duration'], quantity), Range: quantityRange, Money: money },
  uri: { ...all(['uri', 'url', 'oid', 'uuid'], uri), canonical: canonicalUri }
}

function all(types: readonly string[], convert: Converter): Record<string, Converter> {
  return Object.fromEntries(types.map((type) => [type, convert]))
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
