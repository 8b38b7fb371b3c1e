/** Rows of the hospital's tables, read by inverting the resources that are in the store now. */
import { fail, WardbridgeError } from '../errors.js'
import type { CompiledTable } from '../mapping/index.js'
import type { Principal, Service } from '../service/contract.js'
import type { StoredResource } from '../store/repository.js'
import type { HospitalPack } from './pack.js'
import { find, readIfThere, searchText } from './resources.js'
import { TABLES, type TableName } from './tables.js'

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
  /** What the mapping alone reads from the resources: without what is known from plain references and texts. */
  readonly read: readonly string[]
  /** By id space; those that are there. */
  readonly parts: ReadonlyMap<string, Part>
  /** Their ids as the mapping computes them, by id space: not those they have where somebody else made them. */
  readonly computed: ReadonlyMap<string, string>
  /** Versions of the resources of the row, in the order of the mapping. */
  readonly version: string
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
    if (key === '') return undefined
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
    return direct === undefined || this.pack.isOfOthers(table, direct.body.toString()) ? undefined : this.fromHome(who, name, direct)
  }

  /** The row that a resource stands for. */
  async fromHome(who: Principal, name: TableName, stored: StoredResource): Promise<Row> {
    const table = this.pack.table(name)
    const lead = this.#lead(table)
    const texts = new Map([[lead.as, stored.body.toString()]])
    const parts = new Map<string, Part>([[lead.as, partOf(lead.as, stored)]])
    const alone = this.#withKey(name, table.invert(texts), stored)
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
    const read = table.invert(texts)
    const cells = this.#withKey(name, [...read], stored)
    await this.#fill(who, name, table, cells, parts)
    const version = named.filter(({ as }) => !table.shared.has(as)).map(({ as }) => parts.get(as)?.versionId ?? '0')
    return {
      table: name,
      key: cells[table.key[0] ?? 0] || stored.id,
      cells,
      read,
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

  #lead(table: CompiledTable): { readonly as: string; readonly type: string } {
    return table.homes.find(({ item }) => !item)!
  }

  #named(table: CompiledTable, cells: readonly string[]) {
    return table.resourcesOf(cells)
  }

  #keyCells(table: CompiledTable, key: string): string[] {
    return table.columns.map((_, index) => (table.key.includes(index) ? key : ''))
  }

  /** The key is also that of an identifier in another form than ours; a row whose key is a text is known by the id of its resource where it has none. */
  #withKey(name: TableName, cells: string[], { id, body }: StoredResource): string[] {
    const table = this.pack.table(name)
    const key = table.key[0] ?? 0
    if (cells[key] !== '') return cells
    const system = this.pack.system(TABLES[name].system)
    const { identifier = [] } = JSON.parse(body.toString()) as { identifier?: ReadonlyArray<{ system?: string; value?: string }> }
    cells[key] = identifier.find((one) => one.system === system)?.value ?? (table.columns[key]?.type === 'text' ? id : '')
    return cells
  }

  /** Fills columns from what clients write where the mapping writes something else: plain references, a code without ours beside it. */
  async #fill(who: Principal, name: TableName, table: CompiledTable, cells: string[], parts: ReadonlyMap<string, Part>): Promise<void> {
    const { links, text } = TABLES[name]
    const spoken = text === undefined ? -1 : this.pack.column(table, text.column)
    if (text !== undefined && cells[spoken] === '') {
      const concept: ConceptLike | undefined = JSON.parse(parts.get(this.#lead(table).as)!.text)[text.member]
      // What the mapping writes for an empty cell is no text of anybody's.
      const made = table.apply(cells, undefined, () => {})
      const own: ConceptLike | undefined = Array.isArray(made) ? JSON.parse(made[0]!.text)[text.member] : undefined
      if (concept?.text !== own?.text || own?.text === undefined) cells[spoken] = conceptText(concept)
    }
    for (const link of links) {
      const column = this.pack.column(table, link.column)
      if (cells[column] !== '') continue
      const text = parts.get(link.part ?? this.#lead(table).as)?.text
      const reference = text === undefined ? undefined : referenceIn(JSON.parse(text)?.[link.member])
      const target = this.pack.table(link.table)
      const { as, type } = this.#lead(target)
      if (!reference?.startsWith(`${type}/`)) continue
      const stored = await readIfThere(this.service, who, type, reference.slice(type.length + 1).split('/')[0] ?? '')
      if (stored === undefined) continue
      cells[column] = this.#withKey(link.table, target.invert(new Map([[as, stored.body.toString()]])), stored)[target.key[0] ?? 0] ?? ''
    }
  }
}

function partOf(as: string, { type, id, versionId, body }: StoredResource): Part {
  return { as, type, id, versionId, text: body.toString() }
}

interface ConceptLike {
  readonly text?: string
  readonly coding?: ReadonlyArray<{ readonly display?: string; readonly code?: string }>
}

function conceptText({ text, coding }: ConceptLike = {}): string {
  return text ?? coding?.[0]?.display ?? coding?.[0]?.code ?? ''
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
