/** The values that generated code reads by position: maps, ids, dictionaries, clocks. */
import { quote } from './cells.js'
import type { Linker } from './codegen.js'
import type { DictionaryTable } from './dictionary.js'
import type { IdMaker } from './ids.js'
import type { Form, Pack, TableModel } from './model.js'
import { mapFunction } from './runtime.js'
import type { Site } from './sites.js'
import { dateTimeMaker } from './zone.js'

const CACHED_IDS = 50_000

/** What compiling one table needs beside its model. */
export interface Surroundings {
  readonly pack: Pack
  readonly source: string
  readonly timezone: string
  readonly lineage: boolean
  readonly makeId: IdMaker
  readonly dictionaries: ReadonlyMap<string, DictionaryTable>
}

/** A name below the source URI: `urn:x` -> `urn:x:name`, `https://h/s` -> `https://h/s/name`. */
export function below(source: string, name: string): string {
  return source + (/^https?:/i.test(source) ? '/' : ':') + name
}

/** constants: filled here, given to the generated code as K. */
export function makeLinker(model: TableModel, around: Surroundings, sites: readonly Site[], constants: unknown[]): Linker {
  const { pack, makeId } = around
  const constant = (value: unknown) => `K[${constants.push(value) - 1}]`
  const bySite = new Map<Form, Site[]>()
  for (const site of sites) bySite.set(site.form, [...(bySite.get(site.form) ?? []), site])
  return {
    constant,
    id: (space) => constant((key: string) => makeId(space, key)),
    reference: (space) => {
      const type = pack.spaces.get(space) ?? ''
      const quoted = keyType(pack, space) !== 'integer'
      const cache = new Map<string, string>()
      return constant((key: string, single: boolean) => {
        let reference = cache.get(key)
        if (reference === undefined) {
          if (cache.size >= CACHED_IDS) cache.clear()
          reference = `${type}/${makeId(space, single ? `[${quoted ? quote(key) : key}]` : key)}`
          cache.set(key, reference)
        }
        return reference
      })
    },
    codeMap: (form) =>
      constant(
        mapFunction(
          form.map,
          form.from.map((column) => model.columns[column]?.name ?? ''),
          form.result,
          form.otherwise !== undefined,
          form.quiet
        )
      ),
    reversible: (form) => {
      const sources = new Set(form.map.reverse.values())
      return constant((text: string) => sources.has(text))
    },
    lookup: (table) => {
      const dictionary = around.dictionaries.get(table)
      return constant((key: string, get: number) => dictionary?.find(key)?.[get] ?? '')
    },
    sourceUri: (name) => below(around.source, name),
    sourceText: `${pack.canonical}/StructureDefinition/source-text`,
    sourceCell: `${pack.canonical}/StructureDefinition/source-cell`,
    endBeforeStart: `${pack.canonical}/StructureDefinition/end-before-start`,
    dateTime: constant(dateTimeMaker(around.timezone)),
    columns: model.columns,
    sites: bySite
  }
}

/** The type of the first key column of an id space: integers stand bare in key JSON. */
function keyType(pack: Pack, space: string): string | undefined {
  for (const table of pack.tables.values()) {
    const resource = table.resources.find((one) => one.as === space)
    if (resource !== undefined) return table.columns[resource.key[0] ?? 0]?.type
  }
  return undefined
}
