/**
 * Makes a backup while the server goes on: store and state as they are at one moment, and the media files, in one archive that comes into being
 * under a temporary name and gets its own in the end.
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { access, mkdir, mkdtemp, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fail } from '../errors.js'
import type { Principal, Service } from '../service/contract.js'
import type { State } from '../state/state.js'
import type { CopyOptions, Snapshot } from '../store/snapshot.js'
import { VERSION } from '../version.js'
import { type Entry, pack } from './archive.js'
import type { FileSource } from './files.js'
import { FILES, MANIFEST, type Manifest, type Part, STATE, STORE, SUM } from './manifest.js'
import type { Watched } from './progress.js'
import { seal } from './seal.js'

export interface BackupOptions extends Watched {
  readonly service: Pick<Service, 'snapshot'>
  readonly who: Principal
  readonly state: Pick<State, 'snapshot'>
  /** The media files, where there are any. */
  readonly files?: FileSource | undefined
  /** The file to make, in a folder that is made when it is not there. */
  readonly to: string
  readonly passphrase?: string | undefined
}

export interface BackupResult {
  readonly file: string
  /** Of the file. */
  readonly bytes: number
  readonly manifest: Manifest
}

/** Small enough that hashing and encrypting a piece holds nobody up. */
const PIECE = 65_536
/** The end of the audit log is written down now and then, so that two looks seldom differ. */
const MOST_TRIES = 20
/** Milliseconds. */
const ABANDONED = 3_600_000

/** Throws backup.exists, backup.space, and what reading and writing throws. */
export async function makeBackup(options: BackupOptions): Promise<BackupResult> {
  const { to, signal } = options
  await mkdir(dirname(to), { recursive: true })
  if (await isThere(to)) throw fail('backup.exists', { path: to })
  await tidy(dirname(to))
  // Not in a place where another backup looks, and readable by its owner only.
  const work = await mkdtemp(join(dirname(to), `.${basename(to)}.partial-`))
  try {
    const { made, facts, files } = await copyAll(options, work)
    const manifest = { format: 1, made: new Date(made).toISOString(), version: VERSION, ...facts } as const
    const parts: Part[] = []
    const local = async (name: string): Promise<Source> => {
      const path = join(work, name)
      return { name, size: (await stat(path)).size, open: async () => createReadStream(path, { highWaterMark: PIECE }) }
    }
    const sources = [
      await local(STORE),
      await local(STATE),
      ...files.map(({ key, size }) => ({ name: FILES + key, size, open: () => options.files!.open(key) }))
    ]
    const finished = (): Manifest => ({ ...manifest, files: totalOf(parts), parts })
    const archive = join(work, basename(to))
    const bytes = pack(withManifest(readAll(sources, parts, options), finished), made)
    const sealed = options.passphrase === undefined ? bytes : seal(bytes, options.passphrase)
    await pipeline(Readable.from(sealed, { objectMode: false, highWaterMark: PIECE }), createWriteStream(archive, { mode: 0o600 }), {
      ...(signal === undefined ? {} : { signal })
    })
    await sync(archive)
    await rename(archive, to)
    await sync(dirname(to))
    return { file: to, bytes: (await stat(to)).size, manifest: finished() }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/**
 * Store and state as they are at one moment: the state a little later than the store, so that it knows every number and secret that the store rests on; then
 * what files there are, which are written before the store speaks of them and outlive what speaks of them.
 */
async function copyAll(options: BackupOptions, work: string) {
  const { files, progress, signal } = options
  const { store, small, made } = await openBoth(options)
  try {
    try {
      await checkSpace(work, store.bytes + small.bytes)
      const follow: CopyOptions = {
        ...(signal === undefined ? {} : { signal }),
        progress: (done) => progress?.({ step: 'copy', done, total: store.bytes })
      }
      const { schema, content } = await store.copy(join(work, STORE), follow)
      const facts = { store: { schema, ...content! }, state: await small.copy(join(work, STATE), signal === undefined ? {} : { signal }) }
      return { made, facts, files: await listOf(files) }
    } finally {
      await small.close()
    }
  } finally {
    await store.close()
  }
}

/** Removes what backups that were killed have left, once nothing in it was written for an hour. */
async function tidy(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/^\..+\.partial-[A-Za-z0-9]{6}$/.test(name)) continue
    const path = join(folder, name)
    const times = [path, ...(await readdir(path).catch(() => [])).map((inner) => join(path, inner))].map((one) =>
      stat(one).then(
        ({ mtimeMs }) => mtimeMs,
        () => Date.now()
      )
    )
    if (Math.max(...(await Promise.all(times))) < Date.now() - ABANDONED) await rm(path, { recursive: true, force: true })
  }
}

/** Store and state at one moment: the state must not vouch for more of the audit log than the store has, so it is looked at before and after. */
async function openBoth({ service, who, state }: BackupOptions): Promise<{ store: Snapshot; small: Snapshot; made: number }> {
  for (let tries = 1; ; tries++) {
    const before = await state.snapshot()
    await before.close()
    const store = await service.snapshot(who)
    try {
      const made = Date.now()
      const small = await state.snapshot()
      if (small.anchors === before.anchors || tries === MOST_TRIES) return { store, small, made }
      await small.close()
    } catch (error) {
      await store.close()
      throw error
    }
    await store.close()
  }
}

/** The copies and the archive are there at the same time. */
async function checkSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const [needed, free] = [2 * bytes, bavail * bsize]
  if (free < needed) throw fail('backup.space', { folder: dirname(folder), needed: mebibytes(needed), free: mebibytes(free) })
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20)
}

async function listOf(files: FileSource | undefined): Promise<Array<{ readonly key: string; readonly size: number }>> {
  const list: Array<{ readonly key: string; readonly size: number }> = []
  if (files !== undefined) for await (const { key, size } of files.list()) list.push({ key, size })
  return list.sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** What goes into the archive. */
interface Source {
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** Throws files.missing for a file that was deleted meanwhile. */
  readonly open: () => Promise<AsyncIterable<Buffer>>
}

/** The entries of the sources, each hashed while it is read; `parts` gets what was found. */
async function* readAll(sources: readonly Source[], parts: Part[], { progress }: Watched): AsyncGenerator<Entry> {
  const total = sources.reduce((sum, { size }) => sum + size, 0)
  let done = 0
  for (const { name, size, open } of sources) {
    const content = await open().catch(unlessGone)
    if (content === undefined) continue
    const hash = createHash('sha256')
    yield {
      name,
      size,
      content: (async function* () {
        for await (const piece of content) {
          hash.update(piece)
          done += piece.length
          progress?.({ step: 'pack', done, total })
          yield piece
        }
      })()
    }
    parts.push({ name, bytes: size, sha256: hash.digest('hex') })
  }
}

function unlessGone(error: unknown): undefined {
  if ((error as { code?: unknown }).code !== 'files.missing') throw error
}

/** What is asked for when all other entries were read. */
async function* withManifest(entries: AsyncIterable<Entry>, manifest: () => Manifest): AsyncGenerator<Entry> {
  yield* entries
  const text = Buffer.from(`${JSON.stringify(manifest(), undefined, 1)}\n`)
  yield entryOf(MANIFEST, text)
  yield entryOf(SUM, Buffer.from(`${createHash('sha256').update(text).digest('hex')}  ${MANIFEST}\n`))
}

function entryOf(name: string, bytes: Buffer): Entry {
  return { name, size: bytes.length, content: Readable.from([bytes]) }
}

function totalOf(parts: readonly Part[]): { count: number; bytes: number } {
  const files = parts.filter(({ name }) => name.startsWith(FILES))
  return { count: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false
  )
}
