/** What a table needs to know of the data beside the definitions of R4: which extensions there are, and what open references lead to. Structured-clonable. */

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
}

/** Both together. */
export function mergeFound(a: Found | undefined, b: Found | undefined): Found {
  if (a === undefined || b === undefined) return a ?? b ?? {}
  const fields = mergeRecords(a.fields, b.fields, mergeFound)
  const extensions = mergeRecords(a.extensions, b.extensions, (x, y) => ({ ...mergeFound(x, y), names: union(x.names, y.names) }))
  const types = a.types === undefined && b.types === undefined ? undefined : union(a.types ?? [], b.types ?? [])
  return { ...(fields && { fields }), ...(extensions && { extensions }), ...(types && { types }) }
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
