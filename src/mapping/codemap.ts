/** Code maps: FHIR ConceptMap resources, read for look-up by the text of a cell. */
import { fail } from '../errors.js'

export interface Coding {
  readonly system: string
  readonly code: string
  readonly display: string | undefined
}

/** A row of a map; codings is empty where the map says on purpose that there is no standard code (equivalence unmatched). */
interface MapTarget {
  readonly coding: Coding | undefined
  readonly dependsOn: ReadonlyArray<{ readonly property: string; readonly value: string }>
}

export interface CodeMap {
  readonly name: string
  /** The pack's own code system: the system of the source codes. */
  readonly local: string
  /** Source code -> per target group its targets. */
  readonly rows: ReadonlyMap<string, ReadonlyArray<readonly MapTarget[]>>
  /** Target code -> source code, where exactly one source gives it: the way back through a plain `code`. */
  readonly reverse: ReadonlyMap<string, string>
}

interface ConceptMapJson {
  readonly resourceType: string
  readonly group?: ReadonlyArray<{
    readonly source?: string
    readonly target?: string
    readonly element?: ReadonlyArray<{
      readonly code?: string
      readonly target?: ReadonlyArray<{
        readonly code?: string
        readonly display?: string
        readonly equivalence?: string
        readonly dependsOn?: ReadonlyArray<{ readonly property: string; readonly value: string }>
      }>
    }>
  }>
}

/** Reads a ConceptMap (R4). Throws mapping.syntax naming the file. */
export function readCodeMap(name: string, text: string, file: string): CodeMap {
  let json: ConceptMapJson
  try {
    json = JSON.parse(text) as ConceptMapJson
  } catch (error) {
    throw fail('mapping.syntax', { reason: `not JSON: ${(error as Error).message}` }, { place: { file } })
  }
  const groups = json.group ?? []
  const local = groups[0]?.source
  if (json.resourceType !== 'ConceptMap' || local === undefined) {
    throw fail(
      'mapping.syntax',
      { reason: 'a code map is a ConceptMap with at least one group that names its source system' },
      { place: { file } }
    )
  }
  const rows = new Map<string, MapTarget[][]>()
  for (const group of groups) {
    if (group.source !== local)
      throw fail('mapping.syntax', { reason: `all groups of ${name} must have the source ${local}` }, { place: { file } })
    for (const element of group.element ?? []) {
      if (element.code === undefined) throw fail('mapping.syntax', { reason: 'an element without code' }, { place: { file } })
      const targets = (element.target ?? []).map((target): MapTarget => {
        const coded = target.code !== undefined && target.equivalence !== 'unmatched'
        if (coded && group.target === undefined)
          throw fail('mapping.syntax', { reason: 'a group with targets must name its target system' }, { place: { file } })
        return {
          coding: coded ? { system: group.target ?? '', code: target.code ?? '', display: target.display } : undefined,
          dependsOn: target.dependsOn ?? []
        }
      })
      const known = rows.get(element.code)
      if (known === undefined) rows.set(element.code, [targets])
      else known.push(targets)
    }
  }
  return { name, local, rows, reverse: reverseOf(rows) }
}

/**
 * The standard codings for a source code; undefined when the map has no row, [] when it says that there is none.
 * others: the values of further columns by name, for rows that depend on them; a row whose conditions hold beats one without.
 */
export function translate(map: CodeMap, code: string, others: Readonly<Record<string, string>>): Coding[] | undefined {
  const groups = map.rows.get(code)
  if (groups === undefined) return undefined
  const found = groups.map((targets) => {
    const dependent = targets.filter(
      (target) => target.dependsOn.length > 0 && target.dependsOn.every((d) => others[d.property] === d.value)
    )
    return dependent.length > 0 ? dependent : targets.filter((target) => target.dependsOn.length === 0)
  })
  return found.flat().flatMap((target) => (target.coding === undefined ? [] : [target.coding]))
}

/** The names of the columns that rows of the map depend on. */
export function dependencies(map: CodeMap): Set<string> {
  const names = new Set<string>()
  for (const groups of map.rows.values())
    for (const targets of groups) for (const target of targets) for (const d of target.dependsOn) names.add(d.property)
  return names
}

function reverseOf(rows: ReadonlyMap<string, MapTarget[][]>): Map<string, string> {
  const sources = new Map<string, Set<string>>()
  for (const [source, groups] of rows) {
    for (const target of groups.flat()) {
      if (target.coding === undefined) continue
      const known = sources.get(target.coding.code) ?? new Set()
      sources.set(target.coding.code, known.add(source))
    }
  }
  return new Map([...sources].flatMap(([code, set]) => (set.size === 1 ? [[code, [...set][0] ?? '']] : [])))
}
