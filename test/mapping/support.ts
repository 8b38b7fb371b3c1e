/** What the mapping tests share: packs from disk, small packs from text, rows from objects. */
import { readPack } from '#wardbridge/files/packs.js'
import { type CompiledPack, compilePack, loadPack, type MappedResource, mergeContributions } from '#wardbridge/mapping/index.js'
import type { PackSource } from '#wardbridge/mapping/pack.js'
import type { CompiledTable, MergedValues, Rejection } from '#wardbridge/mapping/types.js'

export const SOURCE = 'urn:example:hospital'
export const SECRET = Buffer.from('a secret of the tests, thirty-two bytes')

export type Row = Readonly<Record<string, string>>

/** A pack of the installation, compiled for a source. */
export async function installed(
  name: string,
  options: { source?: string; timezone?: string; lineage?: boolean } = {}
): Promise<CompiledPack> {
  return compilePack(loadPack(await readPack(name)), { source: SOURCE, idSecret: SECRET, ...options })
}

const MANIFEST = 'pack: tiny\npublic: true\ntimezone: Z\nsystems: {local: https://example.org/local, ucum: http://unitsofmeasure.org}\n'

/** The texts of a pack "tiny" without profiles: table files by table name, code maps as `maps/name.json`. A manifest is made where none is given. */
export function tiny(
  files: Readonly<Record<string, string>>,
  more: Readonly<Record<string, Readonly<Record<string, string>>>> = {}
): PackSource {
  const tables = Object.keys(files).filter((name) => !name.includes('/') && name !== 'manifest')
  const manifest = files['manifest'] ?? `${MANIFEST}tables: {${tables.map((name) => `${name}: {}`).join(', ')}}\n`
  const named = Object.entries(files).map(([name, text]) => [name.includes('/') ? name : `${name}.yaml`, text] as const)
  const others = Object.entries(more).map(([pack, texts]) => [pack, new Map(Object.entries(texts))] as const)
  return { pack: 'tiny', packs: new Map([['tiny', new Map([...named, ['manifest.yaml', manifest]])], ...others]), profiles: new Map() }
}

/** A tiny pack, loaded and compiled. */
export function compiled(files: Readonly<Record<string, string>>, options: { timezone?: string; lineage?: boolean } = {}): CompiledPack {
  return compilePack(loadPack(tiny(files)), { source: SOURCE, ...options })
}

export function tableOf(pack: CompiledPack, name: string): CompiledTable {
  const table = pack.tables.get(name)
  if (table === undefined) throw new Error(`no table ${name}`)
  return table
}

/** Cells in the order of the table; columns left out are empty. Throws for a column the table does not have. */
export function cellsOf(table: CompiledTable, row: Row): string[] {
  for (const name of Object.keys(row)) {
    if (!table.columns.some((column) => column.name === name)) throw new Error(`${table.table} has no column ${name}`)
  }
  return table.columns.map((column) => row[column.name] ?? '')
}

export interface Outcome {
  /** What came of the row: its resources, or why it was refused. */
  readonly made: MappedResource[] | Rejection
  readonly unmapped: Readonly<Record<string, number>>
}

/** Maps one row after everything that it and other rows contribute has been gathered. */
export function mapRow(pack: CompiledPack, name: string, row: Row, others: ReadonlyArray<{ table: string; row: Row }> = []): Outcome {
  const merged = gathered(pack, [{ table: name, row }, ...others])
  const table = tableOf(pack, name)
  const cells = cellsOf(table, row)
  const unmapped: Record<string, number> = {}
  const made = table.apply(cells, mergedFor(table, cells, merged), (column, value) => {
    unmapped[`${column}=${value}`] = (unmapped[`${column}=${value}`] ?? 0) + 1
  })
  return { made, unmapped }
}

/** Contributions of rows, merged. Rows at fault give nothing. */
export function gathered(pack: CompiledPack, rows: ReadonlyArray<{ table: string; row: Row }>): Map<string, MergedValues> {
  return mergeContributions(
    rows.flatMap(({ table: name, row }) => {
      const table = tableOf(pack, name)
      const given = table.contribute(cellsOf(table, row))
      return Array.isArray(given) ? given : []
    })
  )
}

export function mergedFor(table: CompiledTable, cells: readonly string[], merged: ReadonlyMap<string, MergedValues>): MergedValues {
  return new Map(table.targetIds(cells).flatMap((id) => [...(merged.get(id) ?? [])]))
}

/** The resources of a row by id space, or an error that says why it was refused. */
export function accepted(outcome: Outcome): MappedResource[] {
  if (Array.isArray(outcome.made)) return outcome.made
  throw new Error(`${(outcome.made as Rejection).column}: ${(outcome.made as Rejection).message}`)
}

/** The row that comes back, lossy columns left out; where it is an item of one of the resources, from there. */
export function comesBack(table: CompiledTable, resources: readonly MappedResource[]): Record<string, string> {
  const cells = table.isMerged(resources)
    ? (resources.flatMap(({ text, id }) => table.rowsIn(text, id, true))[0]?.cells ?? [])
    : table.invert(new Map(resources.map((resource) => [resource.as, resource.text])))
  return Object.fromEntries(
    table.columns.flatMap((column, index) => (column.lossy === undefined ? [[column.name, cells[index] ?? '']] : []))
  )
}

/** What should come back: the row without its lossy columns. */
export function expectedBack(table: CompiledTable, row: Row): Record<string, string> {
  return Object.fromEntries(table.columns.flatMap((column) => (column.lossy === undefined ? [[column.name, row[column.name] ?? '']] : [])))
}
