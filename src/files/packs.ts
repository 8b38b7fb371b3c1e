/** Reads mapping packs and profiles from disk as texts, so that the mapping engine itself needs no files and a worker can be given them. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { fail } from '../errors.js'

/** All that loadPack() needs. Structured-clonable. */
export interface PackTexts {
  readonly pack: string
  /** Pack name -> path relative to the pack's folder -> text; the pack itself and those it extends. */
  readonly packs: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** File name -> text of profiles/generated. */
  readonly profiles: ReadonlyMap<string, string>
}

const INSTALLED = fileURLToPath(new URL('../../mappings/', import.meta.url))
const PROFILES = fileURLToPath(new URL('../../profiles/generated/', import.meta.url))

/** Names of the packs that come with the installation, sorted. */
export async function installedPacks(): Promise<string[]> {
  const entries = await readdir(INSTALLED, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}

/**
 * Reads a pack by its name, or by the path of its folder (which must then hold a manifest.yaml), with the packs it extends: those are looked for beside it
 * first, then in the installation. Throws mapping.unknown-pack.
 */
export async function readPack(nameOrFolder: string): Promise<PackTexts> {
  const packs = new Map<string, Map<string, string>>()
  const name = basename(resolve(nameOrFolder))
  let folder = (await folderOf(join(INSTALLED, nameOrFolder), nameOrFolder)) ?? (await folderOf(nameOrFolder, nameOrFolder, true))
  for (let next: string | undefined = name; next !== undefined; ) {
    if (folder === undefined)
      throw fail('mapping.unknown-pack', { pack: next === name ? nameOrFolder : next, known: (await installedPacks()).join(', ') })
    const files = await textsBelow(folder, /\.(ya?ml|json)$/)
    packs.set(next, files)
    const parent = extended(files.get('manifest.yaml'))
    next = parent === undefined || packs.has(parent) ? undefined : parent
    if (next !== undefined) folder = (await folderOf(join(folder, '..', next), next)) ?? (await folderOf(join(INSTALLED, next), next))
  }
  return { pack: name, packs, profiles: await textsBelow(PROFILES, /\.json$/) }
}

/** The folder when it holds a manifest. A name that is no plain word is looked for as a path only. */
async function folderOf(path: string, name: string, asPath = false): Promise<string | undefined> {
  if (!asPath && !/^[\w-]+$/.test(name)) return undefined
  return (await isThere(join(path, 'manifest.yaml'))) ? path : undefined
}

/** The name after `extends:`; a manifest that cannot be read is left for the mapping engine to complain about, with its line. */
function extended(manifest: string | undefined): string | undefined {
  try {
    const parent: unknown = manifest === undefined ? undefined : parse(manifest)?.extends
    return typeof parent === 'string' ? parent : undefined
  } catch {
    return undefined
  }
}

async function textsBelow(folder: string, pattern: RegExp): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  if (!(await isThere(folder))) return texts
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const paths = entries.filter((entry) => entry.isFile() && pattern.test(entry.name)).map((entry) => join(entry.parentPath, entry.name))
  for (const path of paths.sort()) texts.set(relative(folder, path).replaceAll('\\', '/'), await readFile(path, 'utf8'))
  return texts
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false
  )
}
