/** Files that get their name when they are complete: what is being written lies beside them under a name of its own. */
import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fail } from '../errors.js'
import { resourceTypes } from '../fhir/definitions.js'
import type { ExportOptions } from './export.js'

/** Milliseconds after which an unfinished file that nobody writes to was left by a crash. */
const ABANDONED = 3_600_000
/** The report of an export, beside its files. */
export const REPORT = 'export.json'
/** What deletions are told in, beside the types. */
export const DELETED = 'deleted'

/** A path for what is not complete yet, in the folder of the file. */
export function draftOf(file: string): string {
  return join(dirname(file), `.${basename(file)}.${randomUUID()}.partial`)
}

/**
 * Makes a file whole or not at all: work writes to the path it is given, and says whether there is something worth keeping. Gives the bytes of the file;
 * undefined when it was not kept.
 */
export async function whole(file: string, work: (draft: string) => Promise<boolean>): Promise<number | undefined> {
  const draft = draftOf(file)
  try {
    if (!(await work(draft))) return undefined
    await sync(draft)
    const { size } = await stat(draft)
    await rename(draft, file)
    await sync(dirname(file))
    return size
  } finally {
    await rm(draft, { force: true })
  }
}

/** The same with a handle that is open for writing. */
export function wholeBy(file: string, work: (handle: FileHandle) => Promise<boolean>): Promise<number | undefined> {
  return whole(file, async (draft) => {
    const handle = await open(draft, 'wx', 0o600)
    try {
      return await work(handle)
    } finally {
      await handle.close()
    }
  })
}

/** A small text as a whole file. */
export async function writeWhole(file: string, text: string): Promise<void> {
  await wholeBy(file, async (handle) => {
    await handle.writeFile(text)
    return true
  })
}

/** The folder of an export. */
export class ExportFolder {
  readonly #folder: string
  readonly #extension: string
  /** Files of an earlier export that this one has nothing to put in place of. */
  readonly #stale: Set<string>

  /**
   * Makes the folder when it is not there. extension: of the files, with the dot. since: it is an export of changes, which must not replace a whole one: throws
   * export.not-empty.
   */
  static async open(folder: string, extension: string, { types, since }: Pick<ExportOptions, 'types' | 'since'>): Promise<ExportFolder> {
    await mkdir(folder, { recursive: true })
    const names = await readdir(folder)
    await tidy(folder, names)
    const exported = [...(types ?? resourceTypes()), DELETED].map((type) => type + extension)
    const found = names.filter((name) => exported.includes(name))
    if (since !== undefined && names.includes(REPORT)) throw fail('export.not-empty', { path: folder })
    // As long as it is not there the export is not whole.
    await rm(join(folder, REPORT), { force: true })
    return new ExportFolder(folder, extension, new Set(found))
  }

  private constructor(folder: string, extension: string, stale: Set<string>) {
    this.#folder = folder
    this.#extension = extension
    this.#stale = stale
  }

  /** The file of a type or table, about to be made. */
  file(type: string): { readonly name: string; readonly path: string } {
    const name = type + this.#extension
    return { name, path: join(this.#folder, name) }
  }

  /** The file was made. */
  made(name: string): void {
    this.#stale.delete(name)
  }

  /** Removes what an earlier export has left, and writes the report. */
  async finish(report: object): Promise<void> {
    for (const name of this.#stale) await rm(join(this.#folder, name), { force: true })
    await writeWhole(join(this.#folder, REPORT), `${JSON.stringify(report, undefined, 1)}\n`)
  }
}

/** Removes what exports that were killed have left. */
async function tidy(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (!/^\..+\.[0-9a-f-]{36}\.partial$/.test(name)) continue
    const path = join(folder, name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }))
    if (mtimeMs < Date.now() - ABANDONED) await rm(path, { force: true })
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
