/** A checked pack made to run: per table one generated function that maps a row, and one that gives what the row adds to other rows' resources. */
import { fail } from '../errors.js'
import { DictionaryTable } from './dictionary.js'
import { applySource, contributeSource, joinSpace, joinsOf, keyFunctionSource } from './emit.js'
import { idMaker } from './ids.js'
import { Inverter } from './invert.js'
import { below, makeLinker, type Surroundings } from './link.js'
import { fileColumns, isOwned, type Pack, type ResourceModel, slotsInto, type TableModel } from './model.js'
import { rt } from './runtime.js'
import { certainColumns, sitesOf } from './sites.js'
import type { CompiledPack, CompiledTable, Contribution, Rejection, UnmappedSink } from './types.js'
import { isTimezone } from './zone.js'

export interface CompileOptions {
  /** URI naming the hospital system the rows come from: base of every identifier.system and of every id. */
  readonly source: string
  /** Needed unless the pack is public: ids are keyed with it. */
  readonly idSecret?: Buffer
  /** Each resource names its source row in meta.source. */
  readonly lineage?: boolean
  /** Offset or IANA zone instead of the pack's own. */
  readonly timezone?: string
}

/** Compiles a pack for one source. Pure: nothing is read or written. Throws mapping.source without the secret a pack needs, mapping.check for an unknown timezone. */
export function compilePack(pack: Pack, options: CompileOptions): CompiledPack {
  if (!pack.public && options.idSecret === undefined)
    throw fail('mapping.source', { reason: `the mapping ${pack.name} needs a secret to make ids` })
  if (options.timezone !== undefined && !isTimezone(options.timezone))
    throw fail('mapping.check', { reason: `"${options.timezone}" is neither an offset (-05:00, Z) nor an IANA time zone` })
  const makeId = idMaker(options.source, pack.public ? undefined : options.idSecret)
  const dictionaries = new Map<string, DictionaryTable>()
  for (const model of pack.tables.values()) {
    if (model.dictionary !== undefined) dictionaries.set(model.table, new DictionaryTable(model, model.dictionary, pack, makeId))
  }
  const around: Surroundings = {
    pack,
    source: options.source,
    timezone: options.timezone ?? pack.timezone,
    lineage: options.lineage === true,
    makeId,
    dictionaries,
    memos: []
  }
  const tables = new Map([...pack.tables.values()].map((model) => [model.table, compileTable(model, around)]))
  return {
    name: pack.name,
    public: pack.public,
    defaultSource: pack.defaultSource,
    tables,
    order: [...tables.keys()].sort((a, b) => Number(dictionaries.has(b)) - Number(dictionaries.has(a))),
    setDictionary: (table, rows) => {
      for (const memo of around.memos) memo.clear()
      return dictionaries.get(table)?.load(rows) ?? []
    },
    dictionaryResources: () => [...dictionaries.values()].flatMap((dictionary) => dictionary.resource() ?? []),
    dictionaryId: (table) => dictionaries.get(table)?.id,
    invertDictionary: (table, text) => dictionaries.get(table)?.invert(text) ?? []
  }
}

type KeyText = (cells: readonly string[]) => string

function compileTable(model: TableModel, around: Surroundings): CompiledTable {
  const { pack, makeId } = around
  const into = new Set(model.merges.map((merge) => merge.into.space))
  const owned = model.resources.filter((resource) => isOwned(resource, model))
  const targets = model.resources.filter((resource) => slotsInto(pack, resource.as).length > 0)
  const sites = sitesOf(model, {
    prefix: (space) => `${pack.spaces.get(space)}/`,
    sourceUri: (name) => below(around.source, name),
    slots: (space) => slotsInto(pack, space)
  })
  const constants: unknown[] = []
  const linker = makeLinker(model, around, sites, constants)
  // The only place where text becomes code: it comes from emit.ts and codegen.ts, which quote every literal of a mapping file.
  const build = <T>(source: string) => new Function('rt', 'K', source)(rt, constants) as T
  const apply = build<CompiledTable['apply']>(applySource(model, around, linker, certainColumns(sites)))
  const contribute = build<(c: readonly string[], miss: UnmappedSink) => Contribution[] | Rejection>(contributeSource(model, pack, linker))
  const keys = new Map(model.resources.map((resource) => [resource, build<KeyText>(keyFunctionSource(resource.key, linker))]))
  const named = (cells: readonly string[], resources: readonly ResourceModel[]) =>
    resources
      .filter((resource) => resource.key.every((column) => cells[column] !== ''))
      .map((resource) => ({ as: resource.as, type: resource.type, id: makeId(resource.as, keys.get(resource)?.(cells) ?? '') }))
  const joinKeys = model.joins.map((join) => ({ join, key: build<KeyText>(keyFunctionSource(join.key, linker)) }))
  const joined = (cells: readonly string[]) =>
    joinKeys
      .filter(({ join }) => join.key.every((column) => cells[column] !== ''))
      .map(({ join, key }) => makeId(joinSpace(join.from), key(cells)))
  const inverter = new Inverter(model, sites, linker)
  // A value that several forms of a row look up is counted once.
  const counted = new Set<string>()
  let sink: UnmappedSink = () => {}
  const once: UnmappedSink = (column, value) => {
    const name = `${column}=${value}`
    if (counted.has(name)) return
    counted.add(name)
    sink(column, value)
  }
  const [first] = model.resources
  return {
    table: model.table,
    disposition: model.dictionary !== undefined ? 'dictionary' : model.unmapped !== undefined ? 'unmapped' : 'mapped',
    reason: model.unmapped,
    columns: model.columns.slice(0, fileColumns(model)),
    key: model.key,
    first: first === undefined ? undefined : { as: first.as, type: first.type },
    shared: new Set(model.resources.filter((resource) => !isOwned(resource, model)).map(({ as }) => as)),
    mergedFrom: tablesWhere(
      pack,
      (table) =>
        table.merges.some((merge) => targets.some((target) => target.as === merge.into.space)) ||
        model.joins.some((join) => join.from === table.table)
    ),
    mergesInto: tablesWhere(
      pack,
      (table) => table.resources.some((resource) => into.has(resource.as)) || table.joins.some((join) => join.from === model.table)
    ),
    contributes: model.merges.length > 0 || joinsOf(model, pack).length > 0,
    dictionaries: [...around.dictionaries.keys()].filter((name) =>
      JSON.stringify([model.resources, model.merges]).includes(`"kind":"lookup","table":"${name}"`)
    ),
    apply: (cells, merged, unmapped) => {
      if (counted.size > 0) counted.clear()
      sink = unmapped
      return apply(cells, merged, once)
    },
    contribute: (cells) => contribute(cells, () => {}),
    targetIds: (cells) => [...named(cells, targets).map((resource) => resource.id), ...joined(cells)],
    resourcesOf: (cells) => named(cells, owned),
    invert: (resources) => inverter.row(resources),
    keyFrom: (text, id) => {
      const cells = first === undefined ? undefined : inverter.first(text)
      return cells !== undefined && first !== undefined && named(cells, [first])[0]?.id === id ? cells : undefined
    }
  }
}

function tablesWhere(pack: Pack, test: (table: TableModel) => boolean): string[] {
  return [...pack.tables.values()].filter(test).map((table) => table.table)
}
