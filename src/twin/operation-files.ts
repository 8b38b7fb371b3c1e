/** Operations on the disk: a file each, replaced as a whole by the process that works on it, and the log of its errors beside it. */
import { randomUUID } from 'node:crypto'
import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json } from './message.js'
import { idOf } from './names.js'
import type { Operation } from './operations.js'

export class OperationFiles {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = join(folder, 'operations')
  }

  /** Undefined: there is none of this name. */
  async read(name: string): Promise<Operation | undefined> {
    const operation = await this.#parse(`${idOf(name)}.json`)
    return operation?.name === name ? operation : undefined
  }

  async #parse(file: string): Promise<Operation | undefined> {
    const text = await readFile(join(this.#folder, file), 'utf8').catch(unlessThere)
    return text === undefined ? undefined : (JSON.parse(text) as Operation)
  }

  /** On the disk when it is done. */
  async write(operation: Operation): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const draft = join(this.#folder, randomUUID())
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(JSON.stringify(operation))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, join(this.#folder, `${idOf(operation.name)}.json`))
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.#folder, `${idOf(name)}.json`), { force: true })
    await rm(this.#logFile(name), { force: true })
  }

  /** All, in the order of their ids. */
  async *all(): AsyncIterable<Operation> {
    const files = ((await readdir(this.#folder).catch(unlessThere)) ?? []).filter((file) => /^\d+\.json$/.test(file)).sort()
    for (const file of files) {
      const operation = await this.#parse(file)
      if (operation !== undefined) yield operation
    }
  }

  /** The log of errors as NDJSON; undefined: nothing went wrong. */
  async errors(name: string): Promise<NodeJS.ReadableStream | undefined> {
    const file = await open(this.#logFile(name)).catch(unlessThere)
    return file?.createReadStream()
  }

  /** A log that begins anew. */
  log(name: string): ErrorLog {
    return new ErrorLog(this.#logFile(name))
  }

  #logFile(name: string): string {
    return join(this.#folder, `${idOf(name)}.errors.ndjson`)
  }
}

/** Lines of a file, which is made with the first one. */
export class ErrorLog {
  readonly #file: string
  #stream: WriteStream | undefined

  constructor(file: string) {
    this.#file = file
  }

  /** False: the lines so far are not on their way yet, and more should wait. */
  write(entry: Json): boolean {
    // What cannot be logged must not end the operation.
    this.#stream ??= createWriteStream(this.#file, { mode: 0o600 }).on('error', () => {})
    return this.#stream.write(`${JSON.stringify(entry)}\n`)
  }

  async close(): Promise<void> {
    const stream = this.#stream
    if (stream !== undefined) await new Promise<void>((resolve) => stream.end(() => resolve()))
  }
}

function unlessThere(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
  throw error
}
