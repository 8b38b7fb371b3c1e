/** Files in a local folder: `ab/ab34….` by the first digits of the key; what is being written lies in `unfinished/`, on the same disk. */
import type { Stats } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { fail } from '../errors.js'
import { type ByteRange, type FileInfo, type Files, type FilesOptions, isKey } from './files.js'

const UNFINISHED = 'unfinished'
/** How many bytes are written between two looks at the space that is left. */
const LOOK_EVERY = 8 * 1024 * 1024

export function openFolder(folder: string, { reserve = 0 }: FilesOptions): Files {
  const shard = (key: string) => join(folder, key.slice(0, 2))
  const place = (key: string) => join(shard(key), key)

  async function put(key: string, content: AsyncIterable<Uint8Array>): Promise<number> {
    if (!isKey(key)) throw new TypeError('not a key')
    await mkdir(join(folder, UNFINISHED), { recursive: true, mode: 0o700 })
    const draft = join(folder, UNFINISHED, key)
    try {
      const handle = await open(draft, 'wx', 0o600)
      try {
        const size = await fill(handle, content, () => checkSpace(folder, reserve))
        await handle.sync()
        await finish(draft, key)
        return size
      } finally {
        await handle.close()
      }
    } catch (error) {
      await rm(draft, { force: true })
      throw isFull(error) ? fail('files.full', {}, { cause: error }) : error
    }
  }

  /** The name is there after a crash, too. */
  async function finish(draft: string, key: string): Promise<void> {
    const isNew = (await mkdir(shard(key), { recursive: true, mode: 0o700 })) !== undefined
    await rename(draft, place(key))
    await syncFolder(shard(key))
    if (isNew) await syncFolder(folder)
  }

  async function find(key: string): Promise<FileInfo | undefined> {
    if (!isKey(key)) return undefined
    return info(key, await stat(place(key)).catch(unlessThere))
  }

  return {
    put,
    find,
    async open(key: string, range?: ByteRange) {
      if (!isKey(key)) throw fail('files.missing')
      const handle = await open(place(key), 'r').catch(unlessThere)
      if (handle === undefined) throw fail('files.missing')
      return handle.createReadStream(range)
    },
    async delete(key) {
      if (!isKey(key)) return false
      return rm(place(key)).then(
        () => true,
        (error) => unlessThere(error) ?? false
      )
    },
    async *list() {
      for (const name of await names(folder)) {
        if (!/^[0-9a-f]{2}$/.test(name)) continue
        for (const key of await names(join(folder, name))) {
          const found = await find(key)
          if (found !== undefined) yield found
        }
      }
    },
    async tidy(before) {
      for (const name of await names(join(folder, UNFINISHED))) {
        const draft = join(folder, UNFINISHED, name)
        const { mtimeMs = before } = (await stat(draft).catch(unlessThere)) ?? {}
        if (mtimeMs < before) await rm(draft, { force: true })
      }
    }
  }
}

/** Writes chunk by chunk: the next one is not asked for before this one is on its way. */
async function fill(handle: FileHandle, content: AsyncIterable<Uint8Array>, look: () => Promise<void>): Promise<number> {
  let size = 0
  let looked = -LOOK_EVERY
  for await (const chunk of content) {
    if (size - looked >= LOOK_EVERY) {
      await look()
      looked = size
    }
    for (let at = 0; at < chunk.length; ) at += (await handle.write(chunk, at)).bytesWritten
    size += chunk.length
  }
  return size
}

/** Throws files.full. */
async function checkSpace(folder: string, reserve: number): Promise<void> {
  if (reserve === 0) return
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize < reserve) throw fail('files.full')
}

function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as { code?: string }).code ?? '')
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function info(key: string, stats: Stats | undefined): FileInfo | undefined {
  return stats?.isFile() ? { key, size: stats.size, made: stats.mtimeMs } : undefined
}

async function names(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(unlessThere)) ?? []
}

/** Undefined for what is not there; any other error is thrown on. */
function unlessThere(error: unknown): undefined {
  if ((error as { code?: string }).code === 'ENOENT') return undefined
  throw error
}
