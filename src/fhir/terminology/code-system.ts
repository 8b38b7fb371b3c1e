/** A CodeSystem made ready for questions: concepts by code, and who stands above whom (R4 codesystem.html). */
import type { CodeSystemResource, ConceptProperty, ConceptRow, Designation } from './resources.js'

export interface Concept {
  readonly code: string
  readonly display: string | undefined
  readonly definition: string | undefined
  readonly designation: readonly Designation[]
  readonly property: readonly ConceptProperty[]
  readonly parents: readonly Concept[]
  readonly children: readonly Concept[]
  /** Not to be used as a value, only to group others (property notSelectable). */
  readonly abstract: boolean
  readonly inactive: boolean
}

interface Building extends Concept {
  readonly parents: Building[]
  readonly children: Building[]
}

/** Concept properties that R4 itself defines (codesystem-concept-properties.html), by their code or by the URI they are declared with. */
const STANDARD = 'http://hl7.org/fhir/concept-properties#'
const PARENTS: readonly string[] = ['parent', 'subsumedBy']

export class CodeSystem {
  readonly url: string
  readonly version: string | undefined
  /** For people. */
  readonly name: string
  readonly language: string | undefined
  readonly caseSensitive: boolean
  /** All concepts there are; false: some, or none, so that what is missing here may exist all the same. */
  readonly complete: boolean
  /** Whether to stand below a concept is to be a kind of it. */
  readonly isA: boolean
  /** In the order of the resource, parents before what is nested in them. */
  readonly concepts: readonly Concept[]
  /** Names of concept properties as the resource declares them, to the names R4 gives them. */
  readonly standardNames: ReadonlyMap<string, string>
  /** Names of declared concept properties, also as R4 names them. */
  readonly properties: ReadonlySet<string>
  readonly #byCode = new Map<string, Building>()

  constructor(resource: CodeSystemResource) {
    const { url = '', version, name, title, language, caseSensitive = true, hierarchyMeaning = 'is-a', content, property = [] } = resource
    this.url = url
    this.version = version
    this.name = title ?? name ?? url
    this.language = language
    this.caseSensitive = caseSensitive
    this.complete = content === 'complete'
    this.isA = hierarchyMeaning === 'is-a'
    this.standardNames = new Map(
      property.filter(({ uri }) => uri?.startsWith(STANDARD)).map(({ code, uri = '' }) => [code, uri.slice(STANDARD.length)])
    )
    this.properties = new Set([...property.map(({ code }) => code), ...this.standardNames.values()])
    const rows: Array<{ row: ConceptRow; concept: Building }> = []
    const add = (row: ConceptRow, parent: Building | undefined) => {
      const known = this.#byCode.get(this.#key(row.code))
      const concept = known ?? this.#concept(row)
      if (known === undefined) {
        this.#byCode.set(this.#key(row.code), concept)
        rows.push({ row, concept })
      }
      if (parent !== undefined) link(parent, concept)
      for (const child of row.concept ?? []) add(child, concept)
    }
    for (const row of resource.concept ?? []) add(row, undefined)
    for (const { row, concept } of rows) this.#linkByProperties(row, concept)
    this.concepts = rows.map(({ concept }) => concept)
  }

  get(code: string): Concept | undefined {
    return this.#byCode.get(this.#key(code))
  }

  /** The concept and all that stands below it. */
  below(concept: Concept): Set<Concept> {
    return reach(concept, ({ children }) => children)
  }

  /** The concept and all that stands above it. */
  above(concept: Concept): Set<Concept> {
    return reach(concept, ({ parents }) => parents)
  }

  /** Values of a property of a concept, whatever name the resource declares it under. */
  values(concept: Concept, property: string): unknown[] {
    return concept.property.filter(({ code }) => code === property || this.standardNames.get(code) === property).map(propertyValue)
  }

  #key(code: string): string {
    return this.caseSensitive ? code : code.toLowerCase()
  }

  #concept(row: ConceptRow): Building {
    const { code, display, definition, designation = [], property = [] } = row
    const has = (names: readonly string[], values: readonly unknown[]) =>
      property.some(
        (one) => (names.includes(one.code) || names.includes(this.standardNames.get(one.code) ?? '')) && values.includes(propertyValue(one))
      )
    return {
      code,
      display,
      definition,
      designation,
      property,
      parents: [],
      children: [],
      abstract: has(['notSelectable', 'abstract'], [true]),
      inactive: has(['inactive'], [true]) || has(['status'], ['retired', 'inactive'])
    }
  }

  #linkByProperties({ property = [] }: ConceptRow, concept: Building): void {
    for (const one of property) {
      const name = this.standardNames.get(one.code) ?? one.code
      const isParent = PARENTS.includes(name)
      if (!isParent && name !== 'child') continue
      const value = propertyValue(one)
      const other = typeof value === 'string' ? this.#byCode.get(this.#key(value)) : undefined
      if (other === undefined) continue
      if (isParent) link(other, concept)
      else link(concept, other)
    }
  }
}

/** What a property says; of a Coding, its code. */
export function propertyValue(property: ConceptProperty): unknown {
  const name = Object.keys(property).find((member) => member.startsWith('value'))
  const value = name === undefined ? undefined : property[name]
  return name === 'valueCoding' ? (value as { code?: string }).code : value
}

function link(parent: Building, child: Building): void {
  if (parent === child || child.parents.includes(parent)) return
  parent.children.push(child)
  child.parents.push(parent)
}

/** Survives hierarchies that run in a circle. */
function reach(concept: Concept, next: (concept: Concept) => readonly Concept[]): Set<Concept> {
  const found = new Set([concept])
  for (const one of found) for (const other of next(one)) found.add(other)
  return found
}
