/** The stores that are open: one SQLite file each with a service of its own, opened when asked for and closed when long unused. */
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Settings } from '../config.js'
import type { Auditing } from '../service/audit.js'
import type { Service } from '../service/contract.js'
import { openService } from '../service/service.js'
import { type FhirStoreSettings, levelOf } from './settings.js'

/** Milliseconds: when a store is closed that nobody asked for; how often that is looked at; how long requests under way may take after a store was replaced. */
const UNUSED = 5 * 60_000
const LOOK = 30_000
const GRACE = 30_000
/** Stores that are open at the same time before those unused for a moment are closed. Each has up to two threads. */
const MOST = 16

interface Open {
  readonly service: Promise<Service>
  /** What it was opened with. */
  readonly key: string
  used: number
  /** Users that said so, such as imports. */
  held: number
}

export interface StoresOptions {
  readonly settings: Settings
  readonly auditing: Auditing | undefined
  readonly cursorKey: Buffer | undefined
  readonly linkKey: Buffer | undefined
}

export class Stores {
  readonly #options: StoresOptions
  readonly #folder: string
  readonly #open = new Map<string, Open>()
  readonly #closing = new Set<Promise<void>>()
  readonly #timer: NodeJS.Timeout
  #ended = false

  constructor(options: StoresOptions) {
    this.#options = options
    this.#folder = join(options.settings.twinFolder, 'stores')
    this.#timer = setInterval(() => this.#closeUnused(Date.now() - UNUSED), LOOK).unref()
  }

  /** Whether the file of a store is on the disk; it is made when the store is opened for the first time. */
  isThere(file: string): boolean {
    return existsSync(join(this.#folder, file))
  }

  /** The service over a file. Throws the errors of opening a store. */
  async service(file: string, settings: FhirStoreSettings): Promise<Service> {
    return (await this.#get(file, settings)).service
  }

  /** The same, not closed before release() is called. */
  async hold(file: string, settings: FhirStoreSettings): Promise<{ readonly service: Service; release(): void }> {
    const open = this.#get(file, settings)
    open.held++
    const service = await open.service
    return {
      service,
      release: () => {
        open.held--
        open.used = Date.now()
      }
    }
  }

  #get(file: string, settings: FhirStoreSettings): Open {
    const key = JSON.stringify([levelOf(settings), settings.disableReferentialIntegrity === true])
    const known = this.#open.get(file)
    if (known !== undefined && known.key === key) {
      known.used = Date.now()
      return known
    }
    if (this.#open.size >= MOST) this.#closeUnused(Date.now() - GRACE)
    const open: Open = { service: this.#openService(file, settings), key, used: Date.now(), held: 0 }
    this.#open.set(file, open)
    if (known !== undefined) this.#close(known, GRACE)
    open.service.catch(() => {
      if (this.#open.get(file) === open) this.#open.delete(file)
    })
    return open
  }

  #openService(file: string, settings: FhirStoreSettings): Promise<Service> {
    const { settings: server, auditing, cursorKey, linkKey } = this.#options
    return openService({
      store: join(this.#folder, file),
      files: join(this.#folder, `${file}.files`),
      searchTimeout: server.searchTimeout,
      validation: levelOf(settings),
      referentialIntegrity: settings.disableReferentialIntegrity ? 'off' : 'on',
      filesReserve: server.filesReserve,
      linkLifetime: server.linkLifetime,
      readers: 1,
      upgrade: server.upgrade,
      ...(cursorKey === undefined ? {} : { cursorKey }),
      ...(linkKey === undefined ? {} : { linkKey }),
      ...(auditing === undefined ? {} : { audit: auditing })
    })
  }

  #closeUnused(before: number): void {
    for (const [file, open] of this.#open) {
      if (open.held > 0 || open.used > before) continue
      this.#open.delete(file)
      this.#close(open, 0)
    }
  }

  /** wait: milliseconds that requests under way still have. */
  #close(open: Open, wait: number): void {
    const closing = (async () => {
      const until = Date.now() + wait
      while (!this.#ended && (open.held > 0 || Date.now() < until)) await new Promise((resolve) => setTimeout(resolve, 100).unref())
      await (await open.service).close()
    })().catch(() => {})
    this.#closing.add(closing)
    void closing.finally(() => this.#closing.delete(closing))
  }

  /** Closes a store and removes all that is kept of it. */
  async remove(file: string): Promise<void> {
    const open = this.#open.get(file)
    this.#open.delete(file)
    if (open !== undefined) await open.service.then((service) => service.close()).catch(() => {})
    const path = join(this.#folder, file)
    for (const one of [path, `${path}-wal`, `${path}-shm`, `${path}.files`]) await rm(one, { recursive: true, force: true })
  }

  /** Removes files that belong to no store. known: those that do, asked for after the folder was read. */
  async sweep(known: () => Promise<readonly string[]>): Promise<void> {
    const files = await readdir(this.#folder).catch(() => [])
    if (files.length === 0) return
    const kept = new Set(await known())
    const gone = new Set(files.map((file) => file.replace(/\.db.*$/, '.db')).filter((file) => file.endsWith('.db') && !kept.has(file)))
    for (const file of gone) await this.remove(file)
  }

  /** Files that are open here and are none of these any more: another server removed their stores. */
  forget(known: ReadonlySet<string>): void {
    for (const [file, open] of this.#open) {
      if (known.has(file)) continue
      this.#open.delete(file)
      this.#close(open, 0)
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#ended = true
    for (const open of this.#open.values()) this.#close(open, 0)
    this.#open.clear()
    await Promise.all(this.#closing)
  }
}
