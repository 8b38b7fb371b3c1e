/** A code map as people read it: every row with its targets and notes, in the order of the file. */

export interface CodeMapTarget {
  readonly system: string
  /** Undefined where the map says on purpose that there is no standard code. */
  readonly code: string | undefined
  readonly display: string | undefined
  readonly equivalence: string | undefined
  /** Why, where the row is a judgement. */
  readonly comment: string | undefined
  /** `admission_type=NEWBORN`; '' where the row depends on nothing else. */
  readonly condition: string
}

export interface CodeMapTable {
  readonly name: string
  readonly title: string
  readonly description: string
  /** The pack's own code system. */
  readonly source: string
  /** Source code -> targets of all groups. */
  readonly rows: ReadonlyMap<string, readonly CodeMapTarget[]>
}

interface Json {
  readonly title?: string
  readonly description?: string
  readonly group: ReadonlyArray<{
    readonly source: string
    readonly target?: string
    readonly element?: ReadonlyArray<{
      readonly code: string
      readonly target?: ReadonlyArray<{
        readonly code?: string
        readonly display?: string
        readonly equivalence?: string
        readonly comment?: string
        readonly dependsOn?: ReadonlyArray<{ readonly property: string; readonly value: string }>
      }>
    }>
  }>
}

/** Reads the text of a ConceptMap (R4) that loadPack has accepted. */
export function codeMapTable(name: string, text: string): CodeMapTable {
  const { title = name, description = '', group } = JSON.parse(text) as Json
  const rows = new Map<string, CodeMapTarget[]>()
  for (const { target: system = '', element = [] } of group) {
    for (const { code: source, target: targets = [] } of element) {
      const row = rows.get(source) ?? []
      rows.set(source, row)
      for (const { code, display, equivalence, comment, dependsOn = [] } of targets) {
        const condition = dependsOn.map((one) => `${one.property}=${one.value}`).join(', ')
        row.push({ system, code: equivalence === 'unmatched' ? undefined : code, display, equivalence, comment, condition })
      }
    }
  }
  return { name, title, description, source: group[0]?.source ?? '', rows }
}
