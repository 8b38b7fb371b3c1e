/** A checked pack made to run: per table one generated function that maps a row, and one that gives what the row adds to other rows' resources. */
import { fail } from '../errors.js'
import { parseJson } from '../fhir/json.js'
import { DictionaryTable } from './dictionary.js'
import { applySource, completeSource, contributeSource, homeSource, joinSpace, joinsOf, keyFunctionSource } from './emit.js'
import { homeReaders } from './homes.js'
import { idMaker } from './ids.js'
import { Inverter } from './invert.js'
import { makeLinker, type Surroundings } from './link.js'
import { alternatives, fileColumns, isOwned, type Pack, type ResourceModel, slotsInto, standingMerges, type TableModel } from './model.js'
import { rt } from './runtime.js'
import type { Tracer } from './trace.js'
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
  /** Texts of resources and contributions carry marks that this tracer reads. For people; slower. */
  readonly tracer?: Tracer
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
    memos: [],
    tracer: options.tracer
  }
  const tables = new Map<string, CompiledTable>()
  for (const model of pack.tables.values()) tables.set(model.table, compileTable(model, around, tables))
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

function compileTable(model: TableModel, around: Surroundings, tables: ReadonlyMap<string, CompiledTable>): CompiledTable {
  const { pack, makeId } = around
  const into = new Set(model.merges.map((merge) => merge.into.space))
  const standing = standingMerges(model)
  const leads = alternatives(model)
  const owned = model.resources.filter((resource) => isOwned(resource, model))
  const targets = model.resources.filter((resource) => slotsInto(pack, resource.as).length > 0)
  const elsewhere = standing.filter((merge) => !targets.some((target) => target.as === merge.into.space)).map(({ into }) => into)
  const constants: unknown[] = []
  const linker = makeLinker(model, around, constants)
  // The only place where text becomes code: it comes from emit.ts and codegen.ts, which quote every literal of a mapping file.
  const build = <T>(source: string) => new Function('rt', 'K', source)(rt, constants) as T
  const apply = build<CompiledTable['apply']>(applySource(model, around, linker))
  const contribute = build<(c: readonly string[], miss: UnmappedSink) => Contribution[] | Rejection>(contributeSource(model, pack, linker))
  const complete = build<(cells: readonly string[]) => readonly string[]>(completeSource(model, linker))
  const homeOf = build<(cells: readonly string[]) => number>(homeSource(model, linker))
  const keyText = build<KeyText>(keyFunctionSource(model.key, linker))
  /** The id that a key gives in a space; undefined where a column is empty that may not be. */
  const idOf = (space: string, key: readonly number[], open: ReadonlySet<number> = new Set()) => {
    const text = build<KeyText>(keyFunctionSource(key, linker))
    return (cells: readonly string[]) =>
      key.every((column) => open.has(column) || cells[column] !== '') ? makeId(space, text(cells)) : undefined
  }
  const ids = new Map(model.resources.map((resource) => [resource, idOf(resource.as, resource.key, resource.open)]))
  const named = (cells: readonly string[], resources: readonly ResourceModel[]) =>
    resources.flatMap((resource) => {
      const id = ids.get(resource)?.(cells)
      return id === undefined ? [] : [{ as: resource.as, type: resource.type, id }]
    })
  const common = model.resources
    .filter((resource) => !isOwned(resource, model))
    .map((resource) => ({ ...resource, text: build<KeyText>(keyFunctionSource(resource.key, linker)) }))
  const others = [
    ...elsewhere.map(({ space, key }) => idOf(space, key)),
    ...model.joins.map((join) => idOf(joinSpace(join.from), join.key))
  ]
  const inverter = new Inverter(model, linker)
  const homes = homeReaders(model, pack, inverter, linker, tables).map((home) => {
    const id = home.merge === undefined ? undefined : idOf(home.merge.into.space, home.merge.into.key, home.merge.into.open)
    return { ...home, idOf: id ?? ids.get(home.lead as ResourceModel) }
  })
  // A value that several forms of a row look up is counted once.
  const counted = new Set<string>()
  let sink: UnmappedSink = () => {}
  const once: UnmappedSink = (column, value) => {
    const name = `${column}=${value}`
    if (counted.has(name)) return
    counted.add(name)
    sink(column, value)
  }
  return {
    table: model.table,
    disposition: model.dictionary !== undefined ? 'dictionary' : model.unmapped !== undefined ? 'unmapped' : 'mapped',
    reason: model.unmapped,
    columns: model.columns.slice(0, fileColumns(model)),
    key: model.key,
    homes: homes.map(({ as, type, merge }) => ({ as, type, item: merge !== undefined })),
    shared: new Set(common.map(({ as }) => as)),
    mergedFrom: tablesWhere(
      pack,
      (table) =>
        table.merges.some((merge) => [...targets.map(({ as }) => as), ...elsewhere.map(({ space }) => space)].includes(merge.into.space)) ||
        model.joins.some((join) => join.from === table.table)
    ),
    mergesInto: tablesWhere(
      pack,
      (table) => table.resources.some((resource) => into.has(resource.as)) || table.joins.some((join) => join.from === model.table)
    ),
    contributes: model.merges.length > 0 || joinsOf(model, pack).length > 0,
    homesContribute: model.merges.some((merge) => !merge.standsForRow) || joinsOf(model, pack).length > 0,
    dictionaries: [...around.dictionaries.keys()].filter((name) =>
      JSON.stringify([model.resources, model.merges, model.computed]).includes(`"kind":"lookup","table":"${name}"`)
    ),
    apply: (cells, merged, unmapped) => {
      if (counted.size > 0) counted.clear()
      sink = unmapped
      return apply(cells, merged, once)
    },
    contribute: (cells) => contribute(cells, () => {}),
    targetIds: (cells) => {
      const all = complete(cells)
      return [...named(all, targets).map((resource) => resource.id), ...others.flatMap((id) => id(all) ?? [])]
    },
    resourcesOf: (cells) => named(complete(cells), owned),
    sharedOf: (cells) => {
      if (common.length === 0) return []
      const all = complete(cells)
      return common.flatMap(({ as, type, key, open, text }) => {
        if (!key.every((column) => open.has(column) || all[column] !== '')) return []
        const own = text(all)
        return [{ as, type, key: `${as} ${own}`, id: () => makeId(as, own) }]
      })
    },
    keyOf: (cells) => keyText(complete(cells)),
    isMerged: (made) => !leads.some(({ as }) => as === made[0]?.as),
    rowName: (cells) => {
      const all = complete(cells)
      const lead = leads[homeOf(all)]
      return (lead === undefined ? undefined : ids.get(lead)?.(all)) ?? keyText(all)
    },
    invert: (texts) => inverter.row(texts),
    rowsIn: (text, id, itemsOnly = false) => {
      // Somebody else's JSON may escape what needs no escape: then it is read whatever it looks like.
      const escaped = text.includes('\\/')
      const likely = homes.filter(
        ({ needles, merge }) => (merge !== undefined || !itemsOnly) && (escaped || needles.every((needle) => text.includes(needle)))
      )
      if (likely.length === 0) return []
      const node = parseJson(text)
      return likely.flatMap(({ as, merge, rows, idOf }) =>
        rows(node, text, id)
          .filter((cells) => idOf?.(complete(cells)) === id)
          .map((cells) => ({ cells, as: merge === undefined ? as : undefined }))
      )
    }
  }
}

function tablesWhere(pack: Pack, test: (table: TableModel) => boolean): string[] {
  return [...pack.tables.values()].filter(test).map((table) => table.table)
}
