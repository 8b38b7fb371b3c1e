/** What the sources named on the command line hold: tables, NDJSON files, Bundles, and what is left aside. */
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fail } from '../errors.js'
import { ioError, look } from './read.js'

export interface SourceFile {
  readonly path: string
  /** Bytes on disk, for the progress display. */
  readonly size: number
  /** Changes with the content: time of the last change. */
  readonly version?: string
}

export interface TableFile extends SourceFile {
  /** Name of the table, lower case. */
  readonly table: string
}

export interface Sources {
  /** In the order found; the pack says in which order they are loaded. */
  readonly tables: readonly TableFile[]
  readonly ndjson: readonly SourceFile[]
  readonly bundles: readonly SourceFile[]
  /** Files of a folder that are no source. */
  readonly skipped: ReadonlyArray<{ readonly file: string; readonly reason: string }>
}

const KINDS = /^(.*)\.(csv|ndjson|json)(\.gz)?$/i

/**
 * Looks at files and folders (one level deep, in order of name). known: tables of the pack.
 * Throws source.not-found, source.io, source.unknown-kind for a file named directly, table.unknown, table.duplicate, cli.usage when nothing is left to read.
 */
export async function findSources(paths: readonly string[], pack: string, known: readonly string[]): Promise<Sources> {
  const found = {
    tables: [] as TableFile[],
    ndjson: [] as SourceFile[],
    bundles: [] as SourceFile[],
    skipped: [] as Array<{ file: string; reason: string }>
  }
  const seen = new Set<string>()
  for (const { path, size, version, inFolder, folder } of await listed(paths)) {
    if (seen.has(path)) continue
    seen.add(path)
    const parts = KINDS.exec(basename(path))
    if (folder) found.skipped.push({ file: path, reason: 'a folder inside a folder' })
    else if (parts === null && !inFolder) throw fail('source.unknown-kind', { path })
    else if (parts === null) found.skipped.push({ file: path, reason: 'not .csv, .ndjson or .json (.gz)' })
    else if (parts[2]!.toLowerCase() === 'ndjson') found.ndjson.push({ path, size, version })
    else if (parts[2]!.toLowerCase() === 'json') found.bundles.push({ path, size, version })
    else addTable(found.tables, { path, size, version, table: parts[1]!.toLowerCase() }, pack, known)
  }
  if (found.tables.length + found.ndjson.length + found.bundles.length === 0) {
    throw fail('cli.usage', { reason: `nothing to read in ${paths.join(', ')}` })
  }
  return found
}

function addTable(tables: TableFile[], file: TableFile, pack: string, known: readonly string[]): void {
  if (!known.includes(file.table)) throw fail('table.unknown', { file: file.path, pack, known: known.join(', ') })
  const other = tables.find((one) => one.table === file.table)
  if (other !== undefined) throw fail('table.duplicate', { reason: `${other.path} and ${file.path} are both the table ${file.table}` })
  tables.push(file)
}

async function listed(
  paths: readonly string[]
): Promise<Array<Required<SourceFile> & { readonly inFolder: boolean; readonly folder: boolean }>> {
  const list = []
  for (const path of paths) {
    const { size, version, folder } = await look(path)
    if (!folder) {
      list.push({ path, size, version, inFolder: false, folder })
      continue
    }
    // Sorted by code unit, so that the order does not depend on the file system or the locale.
    const names = await readdir(path).catch((error: unknown) => Promise.reject(ioError(path, error)))
    for (const name of names.sort()) list.push({ path: join(path, name), inFolder: true, ...(await look(join(path, name))) })
  }
  return list
}
