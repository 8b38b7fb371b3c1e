/**
 * Rows of the hospital's tables, kept as the FHIR resources that the mapping makes of them. A row is read by inverting the resources that are in the store
 * now; it is written by doing to them what the mapping changes, all in one transaction, each guarded by the version that was read.
 */
import { fail, WardbridgeError } from '../errors.js'
import { parseJson, stringifyJson } from '../fhir/json.js'
import type { CompiledTable, MappedResource, MergedValues } from '../mapping/index.js'
import type { Principal, Service } from '../service/contract.js'
import type { StoredResource } from '../store/repository.js'
import { wrong } from './cells.js'
import type { HospitalPack } from './pack.js'
import { type Entry, find, readIfThere, searchText } from './resources.js'
import { TABLES, type TableName } from './tables.js'
import { applyChange } from './three-way.js'

/** A resource of a row. */
export interface Part {
  readonly as: string
  readonly type: string
  readonly id: string
  readonly versionId: string
  readonly text: string
}

export interface Row {
  readonly table: TableName
  readonly key: string
  /** In the order of the table's columns. */
  readonly cells: readonly string[]
  /** By id space; those that are there. */
  readonly parts: ReadonlyMap<string, Part>
  /** Id of the resource that stands for the row as the mapping computes it; not that of the resource where somebody else made it. */
  readonly computed: ReadonlyMap<string, string>
  /** Versions of the resources of the row, in the order of the mapping. */
  readonly version: string
}

/** undefined: nothing. */
type Merged = MergedValues | undefined

export interface ChangeOptions {
  /** Rows that the new one names, for resources whose id is not the one that the mapping computes. */
  readonly links?: readonly Row[]
  /** What other rows give to the resources of this one, before the change and now. */
  readonly merged?: { readonly before?: Merged; readonly now?: Merged }
  /** What is done to resources beside what the mapping says, by id space; text in, text out. */
  readonly edit?: Readonly<Record<string, (text: string) => string>>
}

export class Rows {
  readonly service: Service
  readonly pack: HospitalPack

  constructor(service: Service, pack: HospitalPack) {
    this.service = service
    this.pack = pack
  }

  cell(row: Row, column: string): string {
    return row.cells[this.pack.column(this.pack.table(row.table), column)] ?? ''
  }

  /** The resource that stands for a row. */
  home(row: Row): Part {
    return row.parts.get(this.#lead(this.pack.table(row.table)).as)!
  }

  /** Throws rest.not-found, resource.deleted, and what a read throws. */
  async get(who: Principal, name: TableName, key: string): Promise<Row> {
    const row = await this.find(who, name, key)
    if (row !== undefined) return row
    const table = this.pack.table(name)
    const lead = this.#named(table, this.#keyCells(table, key)).find(({ as }) => as === this.#lead(table).as)
    // Says whether it was deleted.
    if (lead !== undefined) await this.service.read(who, lead.type, lead.id).catch((error) => this.#rethrowDeleted(error))
    throw fail('rest.not-found', { table: name, key })
  }

  #rethrowDeleted(error: unknown): void {
    if (error instanceof WardbridgeError && error.code === 'resource.not-found') return
    throw error
  }

  /** The row with a key, which may also be the id of the resource that stands for it. Undefined: there is none for this caller. */
  async find(who: Principal, name: TableName, key: string): Promise<Row | undefined> {
    const table = this.pack.table(name)
    const { as, type } = this.#lead(table)
    const id = this.#named(table, this.#keyCells(table, key)).find((one) => one.as === as)?.id
    const stored = id === undefined ? undefined : await readIfThere(this.service, who, type, id)
    if (stored !== undefined) return this.fromHome(who, name, stored)
    const identified = await find(this.service, who, type, [
      ['identifier', `${searchText(this.pack.system(TABLES[name].system))}|${searchText(key)}`],
      ['_count', '2']
    ])
    const [found] = identified.resources
    if (found !== undefined) return this.fromHome(who, name, found)
    const direct = /^[A-Za-z0-9\-.]{1,64}$/.test(key) ? await readIfThere(this.service, who, type, key) : undefined
    return direct === undefined ? undefined : this.fromHome(who, name, direct)
  }

  /** The row that a resource stands for. */
  async fromHome(who: Principal, name: TableName, stored: StoredResource): Promise<Row> {
    const table = this.pack.table(name)
    const lead = this.#lead(table)
    const texts = new Map([[lead.as, stored.body.toString()]])
    const parts = new Map<string, Part>([[lead.as, partOf(lead.as, stored)]])
    const alone = this.#withKey(table, table.invert(texts), stored.id)
    const named = this.#named(table, alone)
    const beside = await Promise.all(
      named.flatMap(({ as, type, id }) =>
        as === lead.as || table.shared.has(as) ? [] : [this.#beside(who, name, as, type, id, stored).then((found) => ({ as, found }))]
      )
    )
    for (const { as, found } of beside) {
      if (found === undefined) continue
      texts.set(as, found.body.toString())
      parts.set(as, partOf(as, found))
    }
    const cells = texts.size === 1 ? alone : this.#withKey(table, table.invert(texts), stored.id)
    await this.#resolveLinks(who, name, table, cells, parts)
    const version = named.filter(({ as }) => !table.shared.has(as)).map(({ as }) => parts.get(as)?.versionId ?? '0')
    return {
      table: name,
      key: cells[table.key[0] ?? 0] || stored.id,
      cells,
      parts,
      computed: new Map(named.map(({ as, id }) => [as, id])),
      version: version.join('.') || stored.versionId
    }
  }

  /** A resource of a row beside the one that stands for it; those of a thread are found through the thread where clients gave them ids of their own. */
  async #beside(
    who: Principal,
    name: TableName,
    as: string,
    type: string,
    id: string,
    home: StoredResource
  ): Promise<StoredResource | undefined> {
    const stored = await readIfThere(this.service, who, type, id)
    if (stored !== undefined || name !== 'questions') return stored
    const within = async (...parameters: Array<readonly [string, string]>) =>
      (await find(this.service, who, type, [...parameters, ['_sort', 'sent'], ['_count', '1']])).resources[0]
    if (as === 'question' || as === 'answer') return within(['part-of', `Communication/${home.id}`], ['category', as])
    if (as !== 'answer-task') return undefined
    const question = await find(this.service, who, 'Communication', [
      ['part-of', `Communication/${home.id}`],
      ['category', 'question'],
      ['_count', '1']
    ])
    const [first] = question.resources
    if (first === undefined) return undefined
    return (
      await find(this.service, who, 'Task', [
        ['focus', `Communication/${first.id}`],
        ['_count', '1']
      ])
    ).resources[0]
  }

  /**
   * What has to be written so that the row has these cells. before: undefined for a new row. Throws rest.column, rest.row for cells that the mapping refuses.
   */
  change(
    name: TableName,
    before: Row | undefined,
    cells: readonly string[],
    { links = [], merged = {}, edit = {} }: ChangeOptions = {}
  ): Entry[] {
    const table = this.pack.table(name)
    const now = made(table, cells, merged.now)
    const was = before === undefined ? [] : table.apply(before.cells, merged.before, () => {})
    const base = new Map((Array.isArray(was) ? was : []).map((one) => [one.as, one]))
    const renames = [before, ...links].flatMap((row) => (row === undefined ? [] : renamed(row)))
    const rename = (text: string) => renames.reduce((result, [from, to]) => result.replaceAll(from, to), text)
    const drafts = now.map((next) => ({ next, current: before?.parts.get(next.as), shared: table.shared.has(next.as) }))
    const write = (plain: boolean): Entry[] =>
      drafts.flatMap(({ next, current, shared }): Entry[] => {
        const id = rename(next.id)
        const text = rename(next.text)
        if (shared) return []
        const edited = edit[next.as] ?? ((same: string) => same)
        if (current === undefined) return [{ method: 'PUT', type: next.type, id, text: edited(text), version: undefined }]
        const former = base.get(next.as)
        const changed = plain
          ? text
          : stringifyJson(applyChange(former && parseJson(rename(former.text)), parseJson(text), parseJson(current.text)))
        return [{ method: 'PUT', type: next.type, id: current.id, text: edited(changed), version: current.versionId }]
      })
    const careful = write(false)
    const back = this.#withKey(table, table.invert(textsOf(table, drafts, careful)), '')
    const fits = table.columns.every(({ lossy }, index) => lossy !== undefined || back[index] === cells[index])
    const kept = new Set(now.map(({ as }) => as))
    const gone = [...(before?.parts.values() ?? [])].filter(({ as }) => !kept.has(as) && base.has(as))
    return [
      ...(fits ? careful : write(true)).filter((entry) => entry.method !== 'PUT' || !isStored(before, entry)),
      ...gone.map(({ type, id, versionId }) => ({ method: 'DELETE' as const, type, id, version: versionId }))
    ]
  }

  /** The resources of new cells that several rows share and that are not there yet. */
  async sharedEntries(who: Principal, name: TableName, cells: readonly string[]): Promise<Entry[]> {
    const table = this.pack.table(name)
    if (table.shared.size === 0) return []
    const wanted = made(table, cells, undefined).filter(({ as }) => table.shared.has(as))
    const entries = await Promise.all(
      wanted.map(async ({ type, id, text }) =>
        (await readIfThere(this.service, who, type, id)) === undefined
          ? [{ method: 'PUT' as const, type, id, text, version: undefined }]
          : []
      )
    )
    return entries.flat()
  }

  /** Takes all resources of a row away. */
  removal(row: Row): Entry[] {
    return [...row.parts.values()].map(({ type, id, versionId }) => ({ method: 'DELETE', type, id, version: versionId }))
  }

  #lead(table: CompiledTable): { readonly as: string; readonly type: string } {
    return table.homes.find(({ item }) => !item)!
  }

  #named(table: CompiledTable, cells: readonly string[]) {
    return table.resourcesOf(cells)
  }

  #keyCells(table: CompiledTable, key: string): string[] {
    return table.columns.map((_, index) => (table.key.includes(index) ? key : ''))
  }

  /** A row whose key is a text is known by the id of its resource where nobody gave it another. */
  #withKey(table: CompiledTable, cells: string[], id: string): string[] {
    const key = table.key[0] ?? 0
    if (cells[key] === '' && table.columns[key]?.type === 'text') cells[key] = id
    return cells
  }

  /** Fills columns that name other rows from plain references. */
  async #resolveLinks(
    who: Principal,
    name: TableName,
    table: CompiledTable,
    cells: string[],
    parts: ReadonlyMap<string, Part>
  ): Promise<void> {
    for (const link of TABLES[name].links) {
      const column = this.pack.column(table, link.column)
      if (cells[column] !== '') continue
      const text = parts.get(link.part ?? this.#lead(table).as)?.text
      const reference = text === undefined ? undefined : referenceIn(JSON.parse(text)?.[link.member])
      const target = this.pack.table(link.table)
      const { as, type } = this.#lead(target)
      if (!reference?.startsWith(`${type}/`)) continue
      const stored = await readIfThere(this.service, who, type, reference.slice(type.length + 1).split('/')[0] ?? '')
      if (stored === undefined) continue
      cells[column] = this.#withKey(target, target.invert(new Map([[as, stored.body.toString()]])), stored.id)[target.key[0] ?? 0] ?? ''
    }
  }
}

/** The resources of a row. Throws rest.column, rest.row. */
function made(table: CompiledTable, cells: readonly string[], merged: MergedValues | undefined): MappedResource[] {
  const result = table.apply(cells, merged, () => {})
  if (Array.isArray(result)) return result
  if (result.column === undefined) throw fail('rest.row', { reason: result.message })
  throw wrong(
    result.column,
    result.message.startsWith(`${result.column} `) ? result.message.slice(result.column.length + 1) : result.message
  )
}

function partOf(as: string, { type, id, versionId, body }: StoredResource): Part {
  return { as, type, id, versionId, text: body.toString() }
}

/** Ids that the mapping computes for a row's resources, with those that they have. */
function renamed(row: Row): Array<readonly [string, string]> {
  return [...row.parts.values()].flatMap(({ as, id }) => {
    const computed = row.computed.get(as)
    return computed === undefined || computed === id ? [] : [[computed, id] as const]
  })
}

type Draft = { readonly next: MappedResource }

function textsOf(table: CompiledTable, drafts: readonly Draft[], entries: readonly Entry[]): Map<string, string> {
  const own = drafts.filter(({ next }) => !table.shared.has(next.as))
  return new Map([
    ...drafts.map(({ next }) => [next.as, next.text] as const),
    ...own.map(({ next }, index) => [next.as, (entries[index] as Extract<Entry, { method: 'PUT' }>).text] as const)
  ])
}

/** Whether an entry writes what is there already. */
function isStored(row: Row | undefined, { type, id, text }: Extract<Entry, { method: 'PUT' }>): boolean {
  return [...(row?.parts.values() ?? [])].some(
    (part) => part.type === type && part.id === id && stringifyJson(parseJson(part.text)) === text
  )
}

interface ReferenceLike {
  readonly reference?: unknown
  readonly individual?: ReferenceLike
  readonly type?: ReadonlyArray<{ readonly coding?: ReadonlyArray<{ readonly code?: unknown }> }>
}

/** The reference in a Reference, or in the attending participant of a list. */
function referenceIn(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const attending = (value as ReferenceLike[]).find(({ type }) => type?.some(({ coding }) => coding?.some(({ code }) => code === 'ATND')))
    return referenceIn(attending?.individual)
  }
  const { reference } = (value ?? {}) as ReferenceLike
  return typeof reference === 'string' ? reference : undefined
}
