/**
 * The R4 (4.0.1) type definitions in compact form, read once from profiles/r4/definitions.json (made by profiles/tools/build-r4.mjs).
 * The file is parsed at the first question; each type is unfolded when it is first asked for.
 */
import { readFileSync } from 'node:fs'

/** One element of a type, as its StructureDefinition snapshot has it. */
export interface ElementDefinition {
  /** Last part of the path: `status`, `value[x]`. */
  readonly name: string
  /** Full path: `Observation.component.value[x]`. */
  readonly path: string
  /** Type codes. A backbone element (or contentReference) has one type: the path of the backbone, e.g. `Observation.component`. */
  readonly types: readonly string[]
  readonly min: number
  /** Infinity for `*`. */
  readonly max: number
  /** Resource types a Reference may point to; empty means any. */
  readonly targets: readonly string[]
  readonly binding?: { readonly strength: BindingStrength; readonly valueSet: string }
  readonly summary: boolean
  /** An XML attribute (id, Extension.url): a plain value that has no sibling with an underscore. */
  readonly attribute: boolean
  /** Its Quantity is a SimpleQuantity: no comparator. */
  readonly simpleQuantity: boolean
}

export type BindingStrength = 'required' | 'extensible' | 'preferred' | 'example'

/** A JSON member name with the element and the concrete type it stands for: `valueQuantity` -> value[x], Quantity. */
export interface Member {
  readonly element: ElementDefinition
  readonly type: string
}

export interface TypeDefinition {
  readonly name: string
  readonly kind: 'resource' | 'complex' | 'primitive' | 'backbone'
  readonly abstract: boolean
  /** The type it specializes: canonical -> uri, Age -> Quantity, Patient -> DomainResource. */
  readonly base: string | undefined
  /** All elements, inherited ones included, in the order of the specification. Empty for primitives. */
  readonly elements: readonly ElementDefinition[]
  /** By JSON member name, choice elements expanded. */
  readonly members: ReadonlyMap<string, Member>
  /** Lexical form of a primitive, anchored. */
  readonly pattern?: RegExp
  /** JSON form of a primitive. */
  readonly json?: 'string' | 'number' | 'boolean'
}

/** name, cardinality, types, flags, reference targets, binding: see compact() in profiles/tools/build-r4.mjs. */
type ElementRow = readonly [name: string, cardinality: string, types: string, flags?: string, targets?: string, binding?: string]

interface TypeRow {
  readonly kind: TypeDefinition['kind']
  readonly abstract?: boolean
  readonly base?: string
  readonly elements?: readonly ElementRow[]
  readonly pattern?: string
  readonly json?: 'string' | 'number' | 'boolean'
}

interface DefinitionsFile {
  readonly types: Readonly<Record<string, TypeRow>>
  readonly valueSets: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

const STRENGTHS: Readonly<Record<string, BindingStrength>> = { r: 'required', e: 'extensible', p: 'preferred', x: 'example' }
const VALUE_SET = 'http://hl7.org/fhir/ValueSet/'

let file: DefinitionsFile | undefined
let names: readonly string[] | undefined
const types = new Map<string, TypeDefinition>()
const codes = new Map<string, ReadonlySet<string>>()
const codings = new Map<string, ReadonlyMap<string, ReadonlySet<string>>>()

/** The definition of a resource type, data type or backbone path (`Observation.component`); undefined when there is none. */
export function typeDefinition(name: string): TypeDefinition | undefined {
  const known = types.get(name)
  if (known !== undefined) return known
  const row = typeRow(name)
  if (row === undefined) return undefined
  const elements = row.kind === 'primitive' ? [] : elementRows(row).map((element) => unfold(name, element))
  const definition: TypeDefinition = {
    name,
    kind: row.kind,
    abstract: row.abstract ?? false,
    base: row.base,
    elements,
    members: new Map(elements.flatMap(membersOf)),
    ...(row.pattern === undefined ? {} : { pattern: new RegExp(`^(?:${row.pattern})$`) }),
    ...(row.json === undefined ? {} : { json: row.json })
  }
  types.set(name, definition)
  return definition
}

/** True when a type is `ancestor` or specializes it. */
export function isA(type: string, ancestor: string): boolean {
  const base = typeRow(type)?.base
  return type === ancestor || (base !== undefined && isA(base, ancestor))
}

/** The names of the concrete resource types, sorted. */
export function resourceTypes(): readonly string[] {
  names ??= Object.entries(definitions().types)
    .filter(([, row]) => row.kind === 'resource' && row.abstract !== true)
    .map(([name]) => name)
    .sort()
  return names
}

/** True for the name of a concrete resource type. */
export function isResourceType(name: string): boolean {
  const row = typeRow(name)
  return row?.kind === 'resource' && row.abstract !== true
}

/**
 * Codes of a value set that is enumerable from code systems R4 ships (required bindings); undefined when it is not. Version suffix `|4.0.1` is ignored.
 */
export function codesOf(valueSet: string): ReadonlySet<string> | undefined {
  const key = canonical(valueSet)
  let known = codes.get(key)
  if (known === undefined) {
    const systems = codingsOf(key)
    if (systems === undefined) return undefined
    known = new Set([...systems.values()].flatMap((list) => [...list]))
    codes.set(key, known)
  }
  return known
}

/** The same by code system: system -> codes. */
export function codingsOf(valueSet: string): ReadonlyMap<string, ReadonlySet<string>> | undefined {
  const key = canonical(valueSet)
  let known = codings.get(key)
  if (known === undefined) {
    const { valueSets } = definitions()
    const name = key.startsWith(VALUE_SET) ? key.slice(VALUE_SET.length) : key
    if (!Object.hasOwn(valueSets, name)) return undefined
    known = new Map(Object.entries(valueSets[name] ?? {}).map(([system, list]) => [system, new Set(list)]))
    codings.set(key, known)
  }
  return known
}

function canonical(valueSet: string): string {
  return valueSet.split('|', 1)[0] ?? valueSet
}

function definitions(): DefinitionsFile {
  file ??= JSON.parse(readFileSync(new URL('../../profiles/r4/definitions.json', import.meta.url), 'utf8')) as DefinitionsFile
  return file
}

function typeRow(name: string): TypeRow | undefined {
  const rows = definitions().types
  return Object.hasOwn(rows, name) ? rows[name] : undefined
}

/** Inherited elements first; an element that a type narrows stands where its base has it. */
function elementRows(row: TypeRow): ElementRow[] {
  const base = row.base === undefined ? undefined : typeRow(row.base)
  const rows = new Map((base === undefined ? [] : elementRows(base)).map((element) => [element[0], element]))
  for (const element of row.elements ?? []) rows.set(element[0], element)
  return [...rows.values()]
}

function unfold(type: string, [name, cardinality, typeList, flags = '', targets = '', binding = '']: ElementRow): ElementDefinition {
  const [min = '0', max = '1'] = cardinality.split('..')
  const valueSet = binding.slice(2)
  const strength = STRENGTHS[binding.charAt(0)]
  return {
    name,
    path: `${type}.${name}`,
    types: typeList.split('|'),
    min: Number(min),
    max: max === '*' ? Number.POSITIVE_INFINITY : Number(max),
    targets: targets === '' ? [] : targets.split('|'),
    ...(strength === undefined ? {} : { binding: { strength, valueSet: valueSet.includes(':') ? valueSet : VALUE_SET + valueSet } }),
    summary: flags.includes('S'),
    attribute: flags.includes('A'),
    simpleQuantity: flags.includes('Q')
  }
}

function membersOf(element: ElementDefinition): Array<[string, Member]> {
  if (!element.name.endsWith('[x]')) return [[element.name, { element, type: element.types[0] ?? '' }]]
  const stem = element.name.slice(0, -3)
  return element.types.map((type) => [stem + type.charAt(0).toUpperCase() + type.slice(1), { element, type }])
}
