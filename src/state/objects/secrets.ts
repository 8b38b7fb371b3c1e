/** Secrets: made by whoever asks first, never changed. */
import { randomBytes } from 'node:crypto'
import { fail } from '../../errors.js'
import type { Objects } from '../../files/objects.js'

const LENGTH = 32

export class Secrets {
  readonly #objects: Objects
  readonly #known = new Map<string, Promise<Buffer>>()

  constructor(objects: Objects) {
    this.#objects = objects
  }

  get(name: string): Promise<Buffer> {
    let secret = this.#known.get(name)
    if (secret === undefined) {
      secret = this.#read(`secrets/${name}`)
      this.#known.set(name, secret)
      secret.catch(() => this.#known.delete(name))
    }
    return secret
  }

  async #read(name: string): Promise<Buffer> {
    const known = await this.#objects.get(name)
    if (known === undefined) await this.#objects.put(name, randomBytes(LENGTH), 'absent')
    const bytes = known?.bytes ?? (await this.#objects.get(name))?.bytes
    if (bytes?.length !== LENGTH) throw fail('store.corrupt', { path: name, reason: 'it is no secret' })
    return bytes
  }
}
