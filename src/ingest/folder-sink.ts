/** Writes NDJSON, one file per resource type, each resource once. Files appear under their name when the load is complete. */
import { closeSync, mkdirSync, openSync, readdirSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { ioError } from '../files/io-error.js'
import type { Outcomes } from '../store/repository.js'
import { Fingerprints } from './fingerprints.js'
import type { NdjsonBatch } from './protocol.js'
import type { Shard } from './shard.js'
import type { Accepted, LoadSink } from './sink.js'

interface TypeFile {
  readonly path: string
  readonly fd: number
  size: number
}

/** A folder sink that also names the .ndjson files of the folder which are not its own. */
export interface FolderSink extends LoadSink {
  readonly foreign: readonly string[]
}

/** Makes the folder when it is not there. shard: names of files tell which part they are. validate: resources are checked against R4 first, as a store does. Throws source.io. */
export function openFolderSink(folder: string, validate: boolean, shard?: Shard): FolderSink {
  const part = shard === undefined ? '' : `-${shard.index}-of-${shard.count}`
  const files = new Map<string, TypeFile>()
  /** Where the line of each resource begins in its file. */
  const seen = new Fingerprints()
  const foreign: string[] = []

  function guarded<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw ioError(folder, error)
    }
  }

  function fileOf(type: string): TypeFile {
    let file = files.get(type)
    if (file === undefined) {
      const path = join(folder, `${type}${part}.ndjson`)
      file = { path, fd: openSync(`${path}.part`, 'w+', 0o600), size: 0 }
      files.set(type, file)
    }
    return file
  }

  function append(type: string, { bytes, ends, names, origins }: NdjsonBatch): Accepted {
    const file = fileOf(type)
    const repeats: Array<{ type: string; id: string; origin: number }> = []
    let repeated = 0
    /** Whole ranges of bytes are written; a line that is left out ends one. */
    let from = 0
    let dropped = 0
    const base = file.size
    const write = (to: number): void => {
      while (from < to) {
        const count = writeSync(file.fd, bytes, from, to - from)
        from += count
        file.size += count
      }
    }
    for (let i = 0; i < ends.length; i++) {
      const start = i === 0 ? 0 : ends[i - 1]!
      const end = ends[i]!
      const before = seen.addOrGet(names[2 * i]!, names[2 * i + 1]!, base + start - dropped)
      if (before === undefined) continue
      write(start)
      from = end
      dropped += end - start
      const line = bytes.subarray(start, end)
      if (sameAt(file.fd, before, line)) repeated++
      else repeats.push({ type, id: (JSON.parse(Buffer.from(line).toString()) as { id: string }).id, origin: origins[i]! })
    }
    write(bytes.length)
    const created = ends.length - repeated - repeats.length
    const byType: Record<string, Outcomes> = { [type]: { created, updated: 0, unchanged: 0 } }
    return { byType, repeats }
  }

  guarded(() => mkdirSync(folder, { recursive: true }))
  return {
    worker: { kind: 'folder', validate },
    countsRepeats: false,
    stored: undefined,
    foreign,
    async accept(output) {
      if (output.kind !== 'ndjson') throw new Error('a folder takes NDJSON only')
      return guarded(() => append(output.type, output.resources))
    },
    async finish() {
      guarded(() => {
        for (const { path, fd } of files.values()) {
          closeSync(fd)
          renameSync(`${path}.part`, path)
        }
        const own = new Set([...files.keys()].map((type) => `${type}${part}.ndjson`))
        const isSibling = (name: string): boolean => shard !== undefined && name.endsWith(`-of-${shard.count}.ndjson`)
        foreign.push(...readdirSync(folder).filter((name) => name.endsWith('.ndjson') && !own.has(name) && !isSibling(name)))
      })
      return []
    },
    async abort() {
      for (const { path, fd } of files.values()) {
        closeSync(fd)
        rmSync(`${path}.part`, { force: true })
      }
      files.clear()
    }
  }
}

function sameAt(fd: number, at: number, line: Uint8Array): boolean {
  const there = Buffer.alloc(line.length)
  return readSync(fd, there, 0, line.length, at) === line.length && there.equals(line)
}
