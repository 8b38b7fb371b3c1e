/**
 * Small values as files of a local folder, for tests and for tools on one machine. Every state of a value is a file of its own, numbered; it is made by
 * giving a written file that number, which fails when the number is taken: so of several changes at the same time one is done, in whichever processes.
 */
import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ObjectInfo, Objects, ObjectValue } from './objects.js'

/** Folder of the states of a value; no part of a name is written so. */
const STATES = '@'
const UNFINISHED = '@unfinished'
/** States that are kept: a change whose sight of a value is older than that is noticed after it was made, and taken back. */
const KEPT = 64
/** A state's first byte. A deleted value keeps its last number, so that none is used twice. */
const VALUE = 1
const DELETED = 0

export function openFolderObjects(folder: string): Objects {
  const statesOf = (name: string): string => join(folder, ...name.split('/').map(encodePart), STATES)

  /** The newest state; number 0 with deleted: there never was one. */
  async function newest(name: string): Promise<{ readonly number: number; readonly value: Buffer | undefined; readonly updated: number }> {
    for (;;) {
      const number = Math.max(0, ...(await entries(statesOf(name))).map(Number))
      if (number === 0) return { number, value: undefined, updated: 0 }
      const path = join(statesOf(name), String(number))
      const [content, info] = await Promise.all([readFile(path).catch(unlessThere), stat(path).catch(unlessThere)])
      // Gone already: it was read too slowly, and newer ones are there.
      if (content === undefined || info === undefined) continue
      return { number, value: content[0] === VALUE ? content.subarray(1) : undefined, updated: info.mtimeMs }
    }
  }

  /** Makes the state after a number; false: it was made already. */
  async function follow(name: string, number: number, kind: number, bytes: Uint8Array): Promise<boolean> {
    const states = statesOf(name)
    await mkdir(states, { recursive: true, mode: 0o700 })
    await mkdir(join(folder, UNFINISHED), { recursive: true, mode: 0o700 })
    const draft = join(folder, UNFINISHED, randomUUID())
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.writeFile(Buffer.concat([Buffer.of(kind), bytes]))
      await handle.sync()
    } finally {
      await handle.close()
    }
    const path = join(states, String(number + 1))
    const done = await link(draft, path).then(
      () => true,
      (error) => {
        if ((error as { code?: string }).code === 'EEXIST') return false
        throw error
      }
    )
    await rm(draft)
    if (!done) return false
    const numbers = (await entries(states)).map(Number)
    const last = Math.max(...numbers)
    if (last > number + KEPT) {
      await rm(path, { force: true })
      return false
    }
    for (const old of numbers) if (old <= last - KEPT) await rm(join(states, String(old)), { force: true })
    return true
  }

  async function change(
    name: string,
    kind: number,
    bytes: Uint8Array,
    condition: Parameters<Objects['put']>[2]
  ): Promise<string | undefined> {
    for (;;) {
      const { number, value } = await newest(name)
      if (
        condition === 'absent'
          ? value !== undefined
          : condition !== undefined && (value === undefined || condition.generation !== String(number))
      )
        return undefined
      if (kind === DELETED && value === undefined) return undefined
      if (await follow(name, number, kind, bytes)) return String(number + 1)
      if (condition !== undefined && condition !== 'absent') return undefined
    }
  }

  return {
    async get(name): Promise<ObjectValue | undefined> {
      const { number, value } = await newest(name)
      return value === undefined ? undefined : { bytes: value, generation: String(number) }
    },
    put: (name, bytes, condition) => change(name, VALUE, bytes, condition),
    delete: async (name, condition) => (await change(name, DELETED, Buffer.alloc(0), condition)) !== undefined,
    async *list(prefix, after) {
      const found = (await names(folder, '')).filter((name) => name.startsWith(prefix) && (after === undefined || compare(name, after) > 0))
      for (const name of found.sort(compare)) {
        const { number, value, updated } = await newest(name)
        if (value !== undefined) yield { name, generation: String(number), size: value.length, updated } satisfies ObjectInfo
      }
    }
  }
}

/** Names of all values below a folder, those of deleted ones too. */
async function names(folder: string, before: string): Promise<string[]> {
  const found: string[] = []
  for (const entry of await entries(folder)) {
    if (entry === UNFINISHED) continue
    if (entry === STATES) found.push(before.slice(0, -1))
    else found.push(...(await names(join(folder, entry), `${before}${decodePart(entry)}/`)))
  }
  return found
}

/** A part of a name as the name of a folder. Neither empty, nor with a dot or an `@` of its own at the beginning. */
function encodePart(part: string): string {
  return `_${encodeURIComponent(part)}`
}

function decodePart(entry: string): string {
  return decodeURIComponent(entry.slice(1))
}

/** By UTF-8 bytes. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

async function entries(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(unlessThere)) ?? []
}

/** Undefined for what is not there; any other error is thrown on. */
function unlessThere(error: unknown): undefined {
  if ((error as { code?: string }).code === 'ENOENT') return undefined
  throw error
}
