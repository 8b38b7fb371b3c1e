/** What a table needs to know of the data beside the definitions of R4: which extensions there are, and what open references lead to. Structured-clonable. */

import { resourceTypes } from '../fhir/definitions.js'
import { type Column, extensionOf } from './columns.js'

/** Of one record. */
export interface Found {
  /** By name of the column: what was found deeper. */
  readonly fields?: Readonly<Record<string, Found>>
  /** By URL. */
  readonly extensions?: Readonly<Record<string, FoundExtension>>
  /** Of a choice whose types are open, or of a reference to anything: JSON names of the types, `codeableConcept`; resource types, `Patient`. */
  readonly types?: readonly string[]
}

export interface FoundExtension extends Found {
  /** Names of the column that rows were written with. */
  readonly names: readonly string[]
  /** The name that an earlier table has given it, which stays. */
  readonly given?: string
}

/** Both together. */
export function mergeFound(a: Found | undefined, b: Found | undefined): Found {
  if (a === undefined || b === undefined) return a ?? b ?? {}
  const fields = mergeRecords(a.fields, b.fields, mergeFound)
  const extensions = mergeRecords(a.extensions, b.extensions, mergeExtensions)
  const types = a.types === undefined && b.types === undefined ? undefined : union(a.types ?? [], b.types ?? [])
  return { ...(fields && { fields }), ...(extensions && { extensions }), ...(types && { types }) }
}

function mergeExtensions(a: FoundExtension, b: FoundExtension): FoundExtension {
  const given = a.given ?? b.given
  return { ...mergeFound(a, b), names: union(a.names, b.names), ...(given === undefined ? {} : { given }) }
}

/** What an earlier table tells of the data by its columns. */
export function knownIn(columns: readonly Column[]): Found {
  const fields: Record<string, Found> = {}
  const extensions: Record<string, FoundExtension> = {}
  const isReference = columns.some(({ name }) => name === 'reference') && columns.some(({ name }) => name === 'fragment')
  if (isReference) fields['Id'] = { types: resourceTypes().filter((type) => columns.some(({ name }) => name === idColumn(type))) }
  for (const column of columns) {
    const { name, fields: inner } = column
    if (inner === undefined) continue
    const url = extensionOf(column)
    if (url !== undefined) {
      const types = inner
        .find((one) => one.name === 'value' && extensionOf(one) === undefined)
        ?.fields?.map((one) => one.name.replace(/^_/, ''))
      const known = knownIn(inner)
      const value = types === undefined ? {} : { fields: { ...known.fields, value: { ...known.fields?.['value'], types } } }
      extensions[url] = { ...known, ...value, names: [], given: name }
    } else {
      // What is said about a primitive belongs to its field.
      const known = knownIn(inner)
      if (Object.keys(known).length > 0) fields[name.replace(/^_/, '')] = mergeFound(fields[name.replace(/^_/, '')], known)
    }
  }
  return { ...(Object.keys(fields).length > 0 && { fields }), ...(Object.keys(extensions).length > 0 && { extensions }) }
}

/** The column of a reference for the id of a resource of a type. */
export function idColumn(type: string): string {
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}Id`
}

function mergeRecords<T>(
  a: Readonly<Record<string, T>> | undefined,
  b: Readonly<Record<string, T>> | undefined,
  merge: (x: T, y: T) => T
): Readonly<Record<string, T>> | undefined {
  if (a === undefined || b === undefined) return a ?? b
  const merged = new Map(Object.entries(a))
  for (const [key, value] of Object.entries(b)) {
    const other = merged.get(key)
    merged.set(key, other === undefined ? value : merge(other, value))
  }
  return Object.fromEntries(merged)
}

function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])].sort()
}
