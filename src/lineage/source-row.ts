/** The way back for people: from a resource of the store to the row it came from. */
import { type JsonNode, parseJson } from '../fhir/json.js'
import type { StoredResources } from '../ingest/sink.js'
import { storedRows } from '../ingest/stored-rows.js'
import { below, type CompiledPack, type CompiledTable, type Form, isOwned, type Pack } from '../mapping/index.js'

/** A resource as it stands in the store. */
export interface ResourceText {
  readonly type: string
  readonly id: string
  readonly text: string
}

/** A row that a resource comes from. */
export interface SourceRow {
  readonly table: CompiledTable
  readonly cells: readonly string[]
  /** `own`: the resource stands for the row, or is made beside the one that does. `item`: the row is an item of the resource. */
  readonly role: 'own' | 'item'
}

export interface Source {
  readonly rows: readonly SourceRow[]
  /** The table whose rows make the resource alike (a ward, a payer), and the name of the resource in its mapping. */
  readonly shared: ReadonlyArray<{ readonly table: string; readonly as: string }>
  /** The dictionary table that the CodeSystem holds. */
  readonly dictionary: string | undefined
}

/** The mapping that a store was loaded with. */
export interface LoadedWith {
  readonly model: Pack
  readonly pack: CompiledPack
  /** URI of the hospital's system. */
  readonly source: string
}

/**
 * The rows that a resource comes from; nothing when it was not made by this mapping under this source. stored: read for whoever asks, so that nobody is
 * shown what they may not read. Throws what reading throws.
 */
export async function findSource({ model, pack, source }: LoadedWith, stored: StoredResources, resource: ResourceText): Promise<Source> {
  const { type, id, text } = resource
  const tables = [...pack.tables.values()]
  const dictionary = tables.find(({ table, disposition }) => disposition === 'dictionary' && pack.dictionaryId(table) === id)?.table
  const rows: SourceRow[] = []
  for (const table of tables.filter(({ homes }) => homes.some((home) => home.type === type))) {
    const roles = table.rowsIn(text, id).map(({ as }): SourceRow['role'] => (as === undefined ? 'item' : 'own'))
    const found = roles.length === 0 ? [] : await storedRows(table, stored, id, text)
    rows.push(...found.map((cells, index) => ({ table, cells, role: roles[index] ?? 'own' })))
  }
  if (rows.every(({ role }) => role === 'item')) rows.unshift(...(await besideRows(tables, stored, resource)))
  return { rows, shared: rows.length > 0 ? [] : sharedBy(model, source, resource), dictionary }
}

/** How many resources around one are looked at. */
const NEAR = 24

/**
 * Rows for which the resource does not stand, though they alone made it (the Coverage of an admission, the Task of a question). Its identifiers are tried as
 * keys, then the rows of what it refers to: an id that comes out right proves the row.
 */
async function besideRows(tables: readonly CompiledTable[], stored: StoredResources, resource: ResourceText): Promise<SourceRow[]> {
  const { type, id, text } = resource
  const node = parseJson(text)
  const isOf = (table: CompiledTable, cells: readonly string[]) =>
    table.resourcesOf(cells).some((one) => one.type === type && one.id === id)
  for (const value of new Set(identifiers(node).map((one) => one.value))) {
    for (const table of tables.filter(({ key }) => key.length === 1)) {
      const cells = table.columns.map((_, index) => (index === table.key[0] ? value : ''))
      if (!isOf(table, cells)) continue
      for (const home of table.resourcesOf(cells)) {
        const found = await rowsOf(table, stored, home.type, home.id)
        if (found.length > 0) return found.map((row) => ({ table, cells: row, role: 'own' }))
      }
    }
  }
  // What it refers to, then what that refers to: a Task to its question, the question to its thread, which stands for the row.
  const near = new Set(references(node))
  for (const reference of near) {
    const [other = '', otherId = ''] = reference.split('/')
    const found = await stored.read(other, otherId)
    if (found === undefined) continue
    for (const table of tables.filter(({ homes }) => homes.some((home) => home.type === other && !home.item))) {
      const rows = (await storedRows(table, stored, otherId, found)).filter((cells) => isOf(table, cells))
      if (rows.length > 0) return rows.map((cells) => ({ table, cells, role: 'own' }))
    }
    for (const next of references(parseJson(found))) if (near.size < NEAR) near.add(next)
  }
  return []
}

/** The rows that stand in a resource of the store; none where it is not there. */
async function rowsOf(table: CompiledTable, stored: StoredResources, type: string, id: string): Promise<string[][]> {
  const text = await stored.read(type, id)
  return text === undefined ? [] : storedRows(table, stored, id, text)
}

/** The resources of that type that rows of a table share; where the mapping gives them identifiers, only those whose system the resource has. */
function sharedBy({ tables }: Pack, source: string, { type, text }: ResourceText): Source['shared'] {
  const systems = new Set(identifiers(parseJson(text)).map(({ system }) => system))
  const found = [...tables.values()].flatMap((table) =>
    table.resources
      .filter((one) => one.type === type && !isOwned(one, table))
      .filter(({ members }) => {
        const names = members.flatMap(({ name, form }) => (name === 'identifier' ? sourcesOf(form) : []))
        return names.length === 0 || names.some((name) => systems.has(below(source, name)))
      })
      .map(({ as }) => ({ table: table.table, as }))
  )
  return [...new Map(found.map((one) => [`${one.table} ${one.as}`, one])).values()]
}

function sourcesOf(form: Form): string[] {
  if (form.kind === 'source') return [form.name]
  if (form.kind === 'array') return form.items.flatMap(sourcesOf)
  return form.kind === 'object' ? form.members.flatMap((member) => sourcesOf(member.form)) : []
}

/** Every system and value that stand together in a resource: its own identifiers and those of its references. */
function identifiers(node: JsonNode): Array<{ readonly system: string; readonly value: string }> {
  if (node.kind === 'array') return node.items.flatMap(identifiers)
  if (node.kind !== 'object') return []
  const text = (name: string) => {
    const value = node.members.find((member) => member.name === name)?.value
    return value?.kind === 'string' ? value.value : undefined
  }
  const [system, value] = [text('system'), text('value')]
  const own = system === undefined || value === undefined ? [] : [{ system, value }]
  return [...own, ...node.members.flatMap((member) => identifiers(member.value))]
}

/** Every reference to a resource of the same store. */
function references(node: JsonNode): string[] {
  if (node.kind === 'array') return node.items.flatMap(references)
  if (node.kind !== 'object') return []
  return node.members.flatMap(({ name, value }) =>
    name === 'reference' && value.kind === 'string' && /^[A-Z]\w+\/[\w.-]+$/.test(value.value) ? [value.value] : references(value)
  )
}
