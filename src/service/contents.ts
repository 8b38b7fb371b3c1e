/**
 * Contents too large for the store: a Binary without `data` has its content in a file whose key is the id of the Binary, given by this service and of no
 * other use. Who may read the Binary (view.ts) may read the file. A file goes with its Binary.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import { fail } from '../errors.js'
import type { ByteRange, FileInfo, Files } from '../files/files.js'
import type { ReadResource, Repository } from '../store/repository.js'
import type { Principal } from './contract.js'
import { refuseNamed } from './media.js'
import { over } from './over.js'
import { seal, unseal } from './seal.js'

/** What a Binary holds in a file. */
export interface Content {
  readonly contentType: string
  /** Bytes. */
  readonly size: number
  /** The bytes, or a range of them. Throws files.missing. */
  open(range?: ByteRange): Promise<Readable>
}

/** Lets its holder read one content, without a token, for a while. */
export interface Link {
  readonly signature: string
  /** Milliseconds since 1970 UTC. */
  readonly until: number
}

export interface ContentsOptions {
  /** 32 bytes that links are sealed with; servers over one store share it. */
  readonly key?: Buffer | undefined
  /** Seconds. */
  readonly linkLifetime: number
}

interface Linked {
  readonly until: number
  readonly who: Pick<Principal, 'subject' | 'role' | 'fhirUser' | 'scope' | 'patient' | 'token'>
}

export class Contents {
  readonly #files: Files
  readonly #key: Buffer
  readonly #lifetime: number

  constructor(files: Files, { key = randomBytes(32), linkLifetime }: ContentsOptions) {
    this.#files = files
    this.#key = key
    this.#lifetime = linkLifetime
  }

  /** Keeps a stream under a new id for a Binary. Throws files.full and what the stream throws; then nothing is kept. */
  async keep(content: AsyncIterable<Uint8Array>): Promise<string> {
    const id = randomUUID()
    await this.#files.put(id, content)
    return id
  }

  async drop(id: string): Promise<void> {
    await this.#files.delete(id)
  }

  /** Undefined: the content is in the Binary itself, or it has none. */
  async of({ id, body }: Pick<ReadResource, 'id' | 'body'>): Promise<Content | undefined> {
    const file = await this.#files.find(id)
    if (file === undefined) return undefined
    const { contentType, data } = JSON.parse(body.toString()) as { readonly contentType: string; readonly data?: string }
    return data === undefined ? { contentType, size: file.size, open: (range) => this.#files.open(id, range) } : undefined
  }

  list(): AsyncIterable<FileInfo> {
    return this.#files.list()
  }

  tidy(before: number): Promise<void> {
    return this.#files.tidy(before)
  }

  /** A link to a Binary: whoever has it reads what its maker may read when it is used, by GET only. */
  link({ subject, role, fhirUser, scope, patient, token }: Principal, id: string): Link {
    const until = Date.now() + this.#lifetime * 1000
    const linked: Linked = {
      until,
      who: {
        ...{ subject, role },
        ...(fhirUser === undefined ? {} : { fhirUser }),
        ...(scope === undefined ? {} : { scope }),
        ...(patient === undefined ? {} : { patient }),
        ...(token === undefined ? {} : { token })
      }
    }
    return { signature: seal(this.#key, purpose(id), JSON.stringify(linked)), until }
  }

  /** Who made the link. Throws auth.link for one that is expired, of another Binary, or none. */
  holder(id: string, signature: string): Principal {
    let linked: Linked
    try {
      linked = JSON.parse(unseal(this.#key, purpose(id), signature)) as Linked
    } catch (error) {
      throw fail('auth.link', {}, { cause: error })
    }
    if (linked.until <= Date.now()) throw fail('auth.link')
    return linked.who
  }
}

function purpose(id: string): string {
  return `GET Binary/${id}`
}

/** The store, but that media stay as long as questions and entries name them, and that the file of a Binary goes with it. */
export function keepingContents(store: Repository, files: Files): Repository {
  return over(store, {
    async commit(writes, expectations, by) {
      await refuseNamed(store, writes)
      const results = await store.commit(writes, expectations, by)
      for (const { type, id, outcome } of results) if (type === 'Binary' && outcome === 'deleted') await files.delete(id)
      return results
    }
  })
}
