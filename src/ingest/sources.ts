/** What the sources named on the command line hold: tables, NDJSON files, Bundles, and what is left aside. */
import { basename } from 'node:path'
import type { GoogleSettings } from '../config-google.js'
import { fail } from '../errors.js'
import { findFiles, type SourceFile } from '../files/sources.js'

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
 * Looks at files and folders (one level deep, in order of name), local or in Cloud Storage (findFiles). known: tables of the pack.
 * Throws what findFiles throws, source.unknown-kind for a file named directly, table.unknown, table.duplicate, cli.usage when nothing is left to read.
 */
export async function findSources(
  places: readonly string[],
  pack: string,
  known: readonly string[],
  google?: GoogleSettings
): Promise<Sources> {
  const found = {
    tables: [] as TableFile[],
    ndjson: [] as SourceFile[],
    bundles: [] as SourceFile[],
    skipped: [] as Array<{ file: string; reason: string }>
  }
  const seen = new Set<string>()
  for (const place of places) {
    for (const { path, inFolder, file } of await findFiles(place, google)) {
      if (seen.has(path)) continue
      seen.add(path)
      const parts = KINDS.exec(basename(path))
      if (file === undefined) found.skipped.push({ file: path, reason: 'a folder inside a folder' })
      else if (parts === null && !inFolder) throw fail('source.unknown-kind', { path })
      else if (parts === null) found.skipped.push({ file: path, reason: 'not .csv, .ndjson or .json (.gz)' })
      else if (parts[2]!.toLowerCase() === 'ndjson') found.ndjson.push(file)
      else if (parts[2]!.toLowerCase() === 'json') found.bundles.push(file)
      else addTable(found.tables, { ...file, table: parts[1]!.toLowerCase() }, pack, known)
    }
  }
  if (found.tables.length + found.ndjson.length + found.bundles.length === 0) {
    throw fail('cli.usage', { reason: `nothing to read in ${places.join(', ')}` })
  }
  return found
}

function addTable(tables: TableFile[], file: TableFile, pack: string, known: readonly string[]): void {
  if (!known.includes(file.table)) throw fail('table.unknown', { file: file.path, pack, known: known.join(', ') })
  const other = tables.find((one) => one.table === file.table)
  if (other !== undefined) throw fail('table.duplicate', { reason: `${other.path} and ${file.path} are both the table ${file.table}` })
  tables.push(file)
}
