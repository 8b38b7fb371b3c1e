/** The values that generated code reads by position: maps, ids, dictionaries, clocks. */
import { typeDefinition } from '../fhir/definitions.js'
import { primitiveCheck } from '../fhir/primitives.js'
import { quote } from './cells.js'
import { translate } from './codemap.js'
import type { DictionaryTable } from './dictionary.js'
import type { IdMaker } from './ids.js'
import type { Names } from './marks.js'
import { Memo } from './memo.js'
import type { Form, Pack, TableModel } from './model.js'
import { mapFunction } from './runtime.js'
import { contextOf, type Site, sitesOf } from './sites.js'
import type { Tracer } from './trace.js'
import { dateTimeMaker, localTimeReader } from './zone.js'

const CACHED_IDS = 4000

/** What generated code needs from the compiled table. Functions are passed by position: `K[3]`. */
export interface Linker {
  /** Keeps a value for the generated code and gives the expression that reads it. */
  constant(value: unknown): string
  /** A function from JSON text of a key to the id. */
  id(space: string): string
  /** A cached function to `Type/id` from JSON text of a key, or from the bare cell that is the whole key (of an integer, or of text). */
  reference(space: string, key: 'json' | 'integer' | 'text'): string
  codeMap(form: Form & { kind: 'map' }): string
  /** A function from cells to the first standard code as bare text, '' where there is none. */
  standardCode(form: Form & { kind: 'map' }): string
  /** Whether a map to a code gives the cell back. */
  reversible(form: Form & { kind: 'map' }): string
  /** Whether an element of a FHIR type takes the cell as it stands. */
  fits(type: string): string
  memo(): string
  lookup(table: string): string
  sourceUri(name: string): string
  readonly sourceText: string
  readonly sourceCell: string
  readonly endBeforeStart: string
  readonly dateTime: string
  /** Gives the mark that begins what a form makes; undefined where nothing is traced. */
  readonly tracer: ((form: Form) => string | undefined) | undefined
  /** A cell of a timestamp column from a dateTime. */
  readonly localTime: (dateTime: string) => string
  readonly columns: ReadonlyArray<{ readonly name: string; readonly type: string; readonly required: boolean }>
  readonly allSites: readonly Site[]
  /** What forms become in the resources of the source. */
  readonly names: Names
  /** Sites by form: which columns can be read back from there. */
  readonly sites: ReadonlyMap<Form, readonly Site[]>
}

/** What compiling one table needs beside its model. */
export interface Surroundings {
  readonly pack: Pack
  readonly source: string
  readonly timezone: string
  readonly lineage: boolean
  readonly makeId: IdMaker
  readonly dictionaries: ReadonlyMap<string, DictionaryTable>
  /** All memos of the pack's tables: they are emptied when a dictionary changes. */
  readonly memos: Memo[]
  readonly tracer: Tracer | undefined
}

/** A name below the source URI: `urn:x` -> `urn:x:name`, `https://h/s` -> `https://h/s/name`. */
export function below(source: string, name: string): string {
  const separator = /^https?:/i.test(source) ? '/' : ':'
  return source + (source.endsWith(separator) ? '' : separator) + name
}

/** constants: filled here, given to the generated code as K. */
export function makeLinker(model: TableModel, around: Surroundings, constants: unknown[]): Linker {
  const { pack, makeId } = around
  const constant = (value: unknown) => `K[${constants.push(value) - 1}]`
  const names = contextOf(pack, (name) => below(around.source, name))
  const sites = sitesOf(model, names)
  const bySite = new Map<Form, Site[]>()
  for (const site of sites) bySite.set(site.form, [...(bySite.get(site.form) ?? []), site])
  return {
    constant,
    id: (space) => constant((key: string) => makeId(space, key)),
    reference: (space, form) => {
      const type = pack.spaces.get(space) ?? ''
      const cache = new Map<string, string>()
      return constant((key: string) => {
        let reference = cache.get(key)
        if (reference === undefined) {
          if (cache.size >= CACHED_IDS) cache.clear()
          reference = `${type}/${makeId(space, form === 'json' ? key : `[${form === 'text' ? quote(key) : key}]`)}`
          cache.set(key, reference)
        }
        return reference
      })
    },
    codeMap: (form) => {
      const names = form.from.map((column) => model.columns[column]?.name ?? '')
      const look = mapFunction(form.map, names, form.result, form.otherwise !== undefined, form.quiet)
      return constant(around.tracer?.watch(form.map, names, look) ?? look)
    },
    standardCode: (form) => constant(standardCodes(form, model)),
    reversible: (form) => {
      const sources = new Set(form.map.reverse.values())
      return constant((text: string) => sources.has(text))
    },
    fits: (type) => {
      const check = primitiveCheck(type)
      const isNumber = typeDefinition(type)?.json === 'number'
      return constant((text: string) => check(isNumber ? Number(text) : text) === undefined)
    },
    memo: () => {
      const memo = new Memo()
      around.memos.push(memo)
      return constant(memo)
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
    localTime: localTimeReader(around.timezone),
    tracer: around.tracer && ((form) => around.tracer?.begin(model, form)),
    columns: model.columns,
    allSites: sites,
    names,
    sites: bySite
  }
}

/** Looked up once per distinct cell where the map reads one column. */
function standardCodes({ map, from }: Form & { kind: 'map' }, model: TableModel): (...cells: string[]) => string {
  const names = from.map((column) => model.columns[column]?.name ?? '')
  const code = (...cells: string[]) =>
    translate(map, cells[0] ?? '', Object.fromEntries(names.map((name, index) => [name, cells[index] ?? ''])))?.[0]?.code ?? ''
  if (from.length > 1) return code
  const made = new Map([...map.rows.keys()].map((value) => [value, code(value)]))
  return (value) => made.get(value as string) ?? ''
}
