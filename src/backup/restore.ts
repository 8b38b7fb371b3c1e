/**
 * Puts a backup into an empty place. Everything is unpacked and looked at beside where it is to be, and moved there when nothing is wrong with it:
 * until then the place stays empty.
 */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, link, mkdir, mkdtemp, open, readdir, rename, rm, rmdir, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fail, WardbridgeError } from '../errors.js'
import type { Principal } from '../service/contract.js'
import { openService } from '../service/service.js'
import { openState } from '../state/state.js'
import { type Entry, unpack } from './archive.js'
import type { FileSink } from './files.js'
import { FILES, MANIFEST, type Manifest, type Part, readManifest, STATE, STORE, SUM } from './manifest.js'
import type { Watched } from './progress.js'
import { isSealed, unseal } from './seal.js'

export interface Place {
  /** File of the store. */
  readonly store: string
  /** Folder of the state. */
  readonly state: string
  /** Folder of the media files. */
  readonly files: string
}

export interface RestoreOptions extends Watched {
  readonly from: string
  readonly place: Place
  readonly who: Principal
  readonly passphrase?: string | undefined
  /** Opens the folder for media files; without it a backup with files is refused. */
  readonly openFiles?: (folder: string) => FileSink
  /** Only look whether it could be used. */
  readonly check?: boolean
}

/** What the name of a media file may look like: it leads nowhere else. */
const KEY = /^[0-9A-Za-z-]{1,100}$/
/** Largest manifest that is read, in bytes. */
const MOST_MANIFEST = 1 << 28
const PIECE = 65_536

/**
 * Throws backup.not-empty, backup.damaged with what is wrong, backup.passphrase, store.version (the backup is of a newer Wardbridge), source.not-found, and
 * what reading and writing throws. Whatever it throws, it leaves nothing behind.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Manifest> {
  const { from, place, who, passphrase, check = false, progress, signal } = options
  const size = await sizeOf(from)
  if (!check) await mustBeEmpty(place)
  const stages = await openStages(place)
  try {
    const source = readFile(from, signal, (done) => progress?.({ step: 'unpack', done, total: size }))
    const manifest = await extract(await plain(source, passphrase, from), stages.to, from, options.openFiles?.(stages.to.files))
    signal?.throwIfAborted()
    await examine(stages.to, manifest, from, { who, ...(progress === undefined ? {} : { progress }) })
    signal?.throwIfAborted()
    if (!check) await moveIn(stages.to, place)
    return manifest
  } finally {
    await stages.close()
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (error) {
    throw fail('source.not-found', { path: file }, { cause: error })
  }
}

async function mustBeEmpty({ store, state, files }: Place): Promise<void> {
  const service = join(state, STATE)
  for (const path of [store, `${store}-wal`, `${store}-shm`, service, `${service}-wal`, `${service}-shm`])
    if (await isThere(path)) throw fail('backup.not-empty', { path })
  const there = (await isThere(files)) ? (await readdir(files)).find((name) => !name.startsWith('.')) : undefined
  if (there !== undefined) throw fail('backup.not-empty', { path: join(files, there) })
}

/** Folders beside the places, on the same disks: what is in them gets there without being copied. */
async function openStages({ store, state, files }: Place): Promise<{ readonly to: Place; close(): Promise<void> }> {
  const made: string[] = []
  const stages: string[] = []
  const close = async () => {
    for (const stage of stages) await rm(stage, { recursive: true, force: true })
    // Folders that were made for a restore that came to nothing go, too; others are not empty.
    for (const folder of made.reverse()) await rmdir(folder).catch(() => {})
  }
  try {
    const stageIn = async (folder: string): Promise<string> => {
      const first = await mkdir(folder, { recursive: true, mode: 0o700 })
      if (first !== undefined) {
        const all = [resolve(folder)]
        while (all[0] !== resolve(first)) all.unshift(dirname(all[0]!))
        made.push(...all)
      }
      const stage = await mkdtemp(join(folder, '.restoring-'))
      stages.push(stage)
      return stage
    }
    const to = { store: join(await stageIn(dirname(store)), STORE), state: await stageIn(state), files: await stageIn(files) }
    return { to, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function* readFile(file: string, signal: AbortSignal | undefined, progress: (done: number) => void): AsyncGenerator<Buffer> {
  let done = 0
  for await (const piece of createReadStream(file, { highWaterMark: PIECE }) as AsyncIterable<Buffer>) {
    signal?.throwIfAborted()
    progress((done += piece.length))
    yield piece
  }
}

/** The archive, unsealed where it is sealed. Throws backup.passphrase when there is none. */
async function plain(source: AsyncGenerator<Buffer>, passphrase: string | undefined, file: string): Promise<AsyncIterable<Buffer>> {
  const first = await source.next()
  const start: Buffer = first.done === true ? Buffer.alloc(0) : first.value
  const whole = (async function* () {
    yield start
    yield* source
  })()
  if (!isSealed(start)) return whole
  if (passphrase === undefined) throw fail('backup.passphrase', { reason: `${file} is encrypted, and no passphrase was given` })
  return unseal(whole, passphrase, file)
}

/** Unpacks everything and holds it against the manifest. */
async function extract(source: AsyncIterable<Buffer>, to: Place, file: string, files: FileSink | undefined): Promise<Manifest> {
  const damaged = (reason: string) => fail('backup.damaged', { file, reason })
  const found = new Map<string, Part>()
  let manifest: Manifest | undefined
  let sum: string | undefined
  for await (const entry of unpack(source, file)) {
    const { name, size } = entry
    if (sum !== undefined || (manifest !== undefined && name !== SUM) || found.has(name))
      throw damaged(`${name} is where it does not belong`)
    if (name === MANIFEST) {
      if (size > MOST_MANIFEST) throw damaged('its manifest is too long')
      const text = await textOf(entry)
      manifest = readManifest(text)
      if (manifest === undefined) throw damaged('its manifest is of no known format')
      found.set(name, { name, bytes: size, sha256: createHash('sha256').update(text).digest('hex') })
    } else if (name === SUM && size < 1000) sum = await textOf(entry)
    else {
      const write = writerOf(name, to, files)
      if (write === undefined) throw damaged(`it has an entry that is none of ours: ${name.slice(0, 100)}`)
      const hash = createHash('sha256')
      await write(hashed(entry.content, hash))
      found.set(name, { name, bytes: size, sha256: hash.digest('hex') })
    }
  }
  if (manifest === undefined || sum === undefined) throw damaged('it has no manifest')
  const { sha256 } = found.get(MANIFEST)!
  if (sum !== `${sha256}  ${MANIFEST}\n`) throw damaged('its manifest does not have its checksum')
  found.delete(MANIFEST)
  for (const { name, bytes, sha256 } of manifest.parts) {
    const part = found.get(name)
    if (part === undefined) throw damaged(`${name} is missing`)
    if (part.bytes !== bytes || part.sha256 !== sha256) throw damaged(`${name} does not have its checksum`)
    found.delete(name)
  }
  for (const name of found.keys()) throw damaged(`${name} is not in its manifest`)
  return manifest
}

/** How an entry is kept; undefined for one that we do not write. */
function writerOf(
  name: string,
  to: Place,
  files: FileSink | undefined
): ((content: AsyncIterable<Buffer>) => Promise<unknown>) | undefined {
  if (name === STORE) return (content) => write(content, to.store)
  if (name === STATE) return (content) => write(content, join(to.state, STATE))
  const key = name.startsWith(FILES) ? name.slice(FILES.length) : ''
  return KEY.test(key) && files !== undefined ? (content) => files.put(key, content) : undefined
}

async function* hashed(content: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const piece of content) {
    hash.update(piece)
    yield piece
  }
}

async function textOf({ content }: Entry): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of content) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}

/** Readable by its owner only, and on the disk when it is done. */
async function write(content: AsyncIterable<Buffer>, path: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600)
  try {
    for await (const piece of content) await handle.writeFile(piece)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Opens what was unpacked as the server would, and asks whether everything agrees, and is what was backed up. */
async function examine(at: Place, manifest: Manifest, file: string, { who, progress }: { who: Principal } & Watched): Promise<void> {
  const damaged = (reason: string) => fail('backup.damaged', { file, reason })
  try {
    const state = await openState(at.state, { upgrade: 'direct' })
    try {
      const [problem] = await state.check()
      if (problem !== undefined) throw damaged(`${STATE}: ${problem}`)
    } finally {
      state.close()
    }
    const service = await openService({ store: at.store, validation: 'off', upgrade: 'direct' })
    try {
      const { seq: _, resources, versions, digest } = manifest.store
      const total = resources + versions
      // Indexes of another release are made anew, as the server would do.
      const rebuild = !service.indexStatus().searchable
      const report = await service.verify(who, { rebuild, progress: (done) => progress?.({ step: 'verify', done, total }) })
      const [problem] = report.problems
      if (problem !== undefined) throw damaged(`${STORE}: ${problem}`)
      if (report.resources !== resources || report.versions !== versions || report.digest !== digest)
        throw damaged(`${STORE} does not hold what its manifest says`)
    } finally {
      await service.close()
    }
  } catch (error) {
    const isOpening = error instanceof WardbridgeError && (error.code === 'store.open' || error.code === 'store.corrupt')
    throw isOpening ? damaged(error.message) : error
  }
}

/** The store comes last: a place without one is empty for a server, too. */
async function moveIn(from: Place, to: Place): Promise<void> {
  for (const name of await readdir(from.files)) await rename(join(from.files, name), join(to.files, name))
  await moveNew(join(from.state, STATE), join(to.state, STATE))
  await moveNew(from.store, to.store)
  for (const folder of new Set([to.files, to.state, dirname(to.store)])) {
    const handle = await open(folder, 'r')
    await handle.sync().finally(() => handle.close())
  }
}

/** Never over a file that came there meanwhile. Throws backup.not-empty. */
async function moveNew(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' || (await isThere(to))) throw fail('backup.not-empty', { path: to })
    // Not every disk has hard links.
    await rename(from, to)
    return
  }
  await unlink(from)
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false
  )
}
