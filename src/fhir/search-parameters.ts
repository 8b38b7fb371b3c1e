/**
 * The R4 SearchParameter definitions (profiles/r4/search-parameters.json), resolved per resource type: each parameter is a list of index paths.
 * Composite parameters are lists of such parameters (compositesOf). Those without an expression (_text, _content, _query, _filter) are no parameters here.
 */
import { readFileSync } from 'node:fs'
import { resourceTypes } from './definitions.js'
import type { CustomParameters } from './search-custom.js'
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
  /** Of references: the types they may point to, as the definition says; empty: any. */
  readonly targets: readonly string[]
}

/** A part of a composite parameter. */
export interface CompositePart {
  readonly kind: IndexKind
  readonly code: string
  readonly paths: readonly ParameterPath[]
  /** The path starts at the resource, not at the element (`%resource.`). */
  readonly whole: boolean
  /** The expression of the part leads to some of the paths. */
  readonly fits: boolean
}

export interface CompositeParameter {
  readonly code: string
  readonly url: string
  /** The elements that must have all parts, one branch for each union branch of the expression; no steps: the resource itself. */
  readonly branches: ReadonlyArray<{ readonly steps: readonly Step[]; readonly parts: readonly CompositePart[] }>
}

interface ParameterRow {
  readonly url: string
  readonly code: string
  readonly base: readonly string[]
  readonly type: string
  readonly expression?: string
  readonly target?: readonly string[]
  readonly component?: ReadonlyArray<{ readonly parameter: string; readonly expression: string }>
}

interface ParametersFile {
  readonly parameters: readonly ParameterRow[]
  readonly compartments: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

export const KINDS: readonly string[] = ['token', 'string', 'reference', 'date', 'number', 'quantity', 'uri'] satisfies IndexKind[]
const URL_BASE = 'http://hl7.org/fhir/SearchParameter/'
/** The store keeps these itself: both are columns of the resource. */
const KEPT_BY_STORE: readonly string[] = ['_id', '_lastUpdated']

let file: ParametersFile | undefined
let rowsByBase: Map<string, ParameterRow[]> | undefined
let urls: ReadonlySet<string> | undefined
const byType = new Map<string, ReadonlyMap<string, SearchParameter>>()
const composites = new Map<string, ReadonlyMap<string, CompositeParameter>>()

let custom: CustomParameters | undefined

/** Runs the work with the parameters of a store beside those of R4: parametersOf() knows them meanwhile. The work must not be async. */
export function withParameters<T>(parameters: CustomParameters | undefined, work: () => T): T {
  const before = custom
  custom = parameters
  try {
    return work()
  } finally {
    custom = before
  }
}

/** The parameters of a resource type by code, common ones included, _id and _lastUpdated (kept by the store) not; those of withParameters() too. */
export function parametersOf(type: string): ReadonlyMap<string, SearchParameter> {
  return custom?.parametersOf(type) ?? standardParametersOf(type)
}

/** True for the canonical URL of a parameter that R4 itself defines. */
export function definedByR4(url: string): boolean {
  urls ??= new Set(parametersFile().parameters.map((row) => (row.url.includes(':') ? row.url : URL_BASE + row.url)))
  return urls.has(url)
}

/** R4's own parameters of a resource type. */
export function standardParametersOf(type: string): ReadonlyMap<string, SearchParameter> {
  let known = byType.get(type)
  if (known === undefined) {
    known = resourceTypes().includes(type) ? new Map(rowsOf(type).map((row) => [row.code, resolve(row, type)])) : new Map()
    byType.set(type, known)
  }
  return known
}

/** The composite parameters of a resource type by code, those of withParameters() too. */
export function compositesOf(type: string): ReadonlyMap<string, CompositeParameter> {
  return custom?.compositesOf(type) ?? standardCompositesOf(type)
}

/** R4's own composite parameters of a resource type. */
export function standardCompositesOf(type: string): ReadonlyMap<string, CompositeParameter> {
  let known = composites.get(type)
  if (known === undefined) {
    const rows = parametersFile().parameters.filter(({ base, component }) => component !== undefined && base.includes(type))
    known = new Map(rows.map((row) => [row.code, composite(row, type)]))
    composites.set(type, known)
  }
  return known
}

/** Codes of the reference parameters that put a resource into a compartment (CompartmentDefinition); {def}: resources of that type themselves. */
export function compartmentParameters(compartment: string, type: string): readonly string[] {
  const { compartments } = parametersFile()
  const types = Object.hasOwn(compartments, compartment) ? compartments[compartment]! : {}
  return Object.hasOwn(types, type) ? types[type]! : []
}

export function isCompartment(type: string): boolean {
  return Object.hasOwn(parametersFile().compartments, type)
}

/** Codes of the reference parameters that put a resource into a Patient's compartment. */
export function patientCompartment(type: string): readonly string[] {
  return compartmentParameters('Patient', type)
}

/** What a definition of a composite says; `parameter`: the canonical URL of a parameter of R4. */
export interface CompositeRow {
  readonly url: string
  readonly code: string
  readonly expression?: string
  readonly component?: ReadonlyArray<{ readonly parameter: string; readonly expression: string }>
}

/** Why a part of an uploaded composite cannot be used for a resource type; undefined when all can. The expression must be one that can be compiled. */
export function compositeFault(row: CompositeRow, type: string): string | undefined {
  for (const { parameter } of row.component ?? []) {
    const definition = rowOf(parameter)
    if (definition === undefined || !KINDS.includes(definition.type) || !['Resource', type].some((base) => definition.base.includes(base)))
      return `${parameter.slice(0, 100)} is no search parameter of R4 for ${type}`
  }
  const lost = composite(row, type).branches.flatMap(({ parts }) => parts.filter(({ fits }) => !fits))
  return lost.length === 0 ? undefined : `an expression does not lead to what the parameter ${lost[0]?.code} looks at`
}

function rowOf(parameter: string): ParameterRow | undefined {
  const url = parameter.split('|', 1)[0]!.replace(URL_BASE, '')
  return parametersFile().parameters.find((row) => row.url === url)
}

/** The composite parameter of a resource type that a row defines. */
export function composite(row: CompositeRow, type: string): CompositeParameter {
  const branches = parseExpression(row.expression ?? '', type).map(({ steps }) => ({
    steps,
    parts: row.component!.map(({ parameter, expression }) => {
      const { code, kind, paths } = resolve(rowOf(parameter)!, type)
      const whole = expression.startsWith(WHOLE)
      const wanted = expression.split('|').flatMap((text) => {
        const relative = parseExpression(text.trim().replace(WHOLE, ''), '').flatMap((branch) => branch.steps)
        return pathName(type, whole ? relative : [...steps, ...relative]).toLowerCase()
      })
      // `value` stands for each `value.ofType(T)` of the parameter; the definitions write DateTime for dateTime.
      const fits = ({ name }: ParameterPath) => wanted.some((path) => `${name.toLowerCase()}.`.startsWith(`${path}.`))
      const fitting = paths.filter(fits)
      // DocumentReference-relationship names its parameters and its expressions in different orders: the parameters count.
      return { kind, code, paths: fitting.length > 0 ? fitting : paths, whole, fits: fitting.length > 0 }
    })
  }))
  return { code: row.code, url: urlOf(row), branches }
}

const WHOLE = '%resource.'

function urlOf({ url }: { readonly url: string }): string {
  return url.includes(':') ? url : URL_BASE + url
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
    url: urlOf(row),
    kind: row.type as IndexKind,
    paths: [...paths.values()],
    targets: row.target ?? []
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
