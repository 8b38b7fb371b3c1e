/**
 * The R4 SearchParameter definitions (profiles/r4/search-parameters.json), resolved per resource type: each parameter is a list of index paths.
 * Left out, because they do not work: composite and special parameters, and those without an expression (_text, _content, _query, _filter).
 */
import { readFileSync } from 'node:fs'
import { resourceTypes } from './definitions.js'
import { parseExpression, pathName, type Step } from './search-expression.js'

export type IndexKind = 'token' | 'string' | 'reference' | 'date' | 'number' | 'quantity' | 'uri'

/** A union branch of an expression for one resource type. */
export interface ParameterPath {
  /** Canonical FHIRPath, without type tests on what a reference resolves to: `Observation.value.ofType(Quantity)`. */
  readonly name: string
  readonly steps: readonly Step[]
  /** Only references to these types count (`where(resolve() is Patient)`); undefined: all. */
  readonly targets: readonly string[] | undefined
}

export interface SearchParameter {
  readonly code: string
  readonly url: string
  readonly kind: IndexKind
  readonly paths: readonly ParameterPath[]
}

interface ParameterRow {
  readonly url: string
  readonly code: string
  readonly base: readonly string[]
  readonly type: string
  readonly expression?: string
  readonly target?: readonly string[]
}

interface ParametersFile {
  readonly parameters: readonly ParameterRow[]
  readonly compartments: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

const KINDS: readonly string[] = ['token', 'string', 'reference', 'date', 'number', 'quantity', 'uri'] satisfies IndexKind[]
const URL_BASE = 'http://hl7.org/fhir/SearchParameter/'
/** The store keeps these itself: both are columns of the resource. */
const KEPT_BY_STORE: readonly string[] = ['_id', '_lastUpdated']

let file: ParametersFile | undefined
let rowsByBase: Map<string, ParameterRow[]> | undefined
const byType = new Map<string, ReadonlyMap<string, SearchParameter>>()

/** The parameters of a resource type by code, common ones included, _id and _lastUpdated (kept by the store) not. */
export function parametersOf(type: string): ReadonlyMap<string, SearchParameter> {
  let known = byType.get(type)
  if (known === undefined) {
    known = resourceTypes().includes(type) ? new Map(rowsOf(type).map((row) => [row.code, resolve(row, type)])) : new Map()
    byType.set(type, known)
  }
  return known
}

/** Codes of the reference parameters that put a resource into a Patient's compartment (CompartmentDefinition patient). */
export function patientCompartment(type: string): readonly string[] {
  const { Patient = {} } = parametersFile().compartments
  return Object.hasOwn(Patient, type) ? (Patient[type] ?? []) : []
}

function resolve(row: ParameterRow, type: string): SearchParameter {
  const paths = new Map<string, ParameterPath>()
  for (const { steps, targets } of parseExpression(row.expression ?? '', type)) {
    const name = pathName(type, steps)
    const same = paths.get(name)
    // `a.where(resolve() is X) | a.where(resolve() is Y)` is one path with two targets.
    const both = same === undefined ? targets : same.targets && targets && [...same.targets, ...targets]
    paths.set(name, { name, steps, targets: both })
  }
  return {
    code: row.code,
    url: row.url.includes(':') ? row.url : URL_BASE + row.url,
    kind: row.type as IndexKind,
    paths: [...paths.values()]
  }
}

function rowsOf(type: string): readonly ParameterRow[] {
  if (rowsByBase === undefined) {
    rowsByBase = new Map()
    for (const row of parametersFile().parameters) {
      if (row.expression === undefined || !KINDS.includes(row.type) || KEPT_BY_STORE.includes(row.code)) continue
      for (const base of row.base) {
        const rows = rowsByBase.get(base)
        if (rows === undefined) rowsByBase.set(base, [row])
        else rows.push(row)
      }
    }
  }
  return [...(rowsByBase.get('Resource') ?? []), ...(rowsByBase.get(type) ?? [])]
}

function parametersFile(): ParametersFile {
  file ??= JSON.parse(readFileSync(new URL('../../profiles/r4/search-parameters.json', import.meta.url), 'utf8')) as ParametersFile
  return file
}
