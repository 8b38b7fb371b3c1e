/**
 * Sends the changes of a commit: one by itself, several as one transaction Bundle. A write whose answer was lost is looked for before it is sent again, so
 * that nothing is told to have failed that was done, and nothing is done twice.
 */
import { fail } from '../../errors.js'
import { splitBody } from '../../fhir/body.js'
import { readResource } from './body.js'
import { readAnswer, versionOf } from './bundle.js'
import { type Answer, type Caller, isUnanswered } from './caller.js'
import { type Change, witnessOf } from './plan.js'
import type { Reads } from './reads.js'
import { inParallel } from './turns.js'

/** The version that a change made. */
export interface Sent {
  readonly versionId: string
  readonly lastUpdated: number
  /** Empty when deleted. */
  readonly body: string
}

/** Somebody else wrote one of the resources meanwhile; nothing of the commit was done. said: what the API answered, when it was asked. */
export class Overtaken extends Error {
  readonly said: Answer | undefined

  constructor(said?: Answer) {
    super('overtaken')
    this.said = said
  }
}

/** Bytes that the API takes (R4: no limit): in one resource, and in one request. */
export const MOST_RESOURCE = 10_000_000
export const MOST_BUNDLE = 50_000_000
/** What says that somebody wrote in between. */
const RACED = [409, 412]
const FHIR_JSON = { 'content-type': 'application/fhir+json;charset=utf-8' }
/** Reads at a time. */
const AT_ONCE = 16

export class Sending {
  readonly #caller: Caller
  readonly #reads: Reads

  constructor(caller: Caller, reads: Reads) {
    this.#caller = caller
    this.#reads = reads
  }

  /** Throws Overtaken, healthcare.*, resource.raced, request.cancelled. */
  async send(changes: readonly Change[]): Promise<readonly Sent[]> {
    for (const { text } of changes) checkSize(text, MOST_RESOURCE)
    const [first, ...more] = changes
    if (first === undefined) return []
    if (more.length > 0) return this.#transaction(changes)
    const answer = await this.#surely(first, () => (first.kind === 'put' ? this.#put(first) : this.#delete(first)))
    return [answer === undefined ? await this.#madeBy(first) : await this.#sent(first, answer)]
  }

  /** Undefined: it was done, and the answer was lost. */
  async #surely(witness: Change, send: () => Promise<Answer>): Promise<Answer | undefined> {
    let isUnsure = false
    for (let tries = 0; ; tries++) {
      try {
        const answer = await send()
        if (!RACED.includes(answer.status)) return answer
        if (isUnsure && (await this.#reads.isDone(witnessOf(witness)))) return undefined
        throw new Overtaken(answer)
      } catch (error) {
        if (!isUnanswered(error)) throw error
        isUnsure = true
        const newer = await this.#reads.after(witnessOf(witness)).catch(() => {
          throw error
        })
        if (newer.some(({ mark }) => witness.mark === undefined || mark === witness.mark)) return undefined
        if (newer.length > 0) throw new Overtaken()
        if (!(await this.#caller.pause(tries))) throw error
      }
    }
  }

  #put({ write: { type, id }, text, current, before }: Change): Promise<Answer> {
    const guard: Readonly<Record<string, string>> = current?.deleted === false ? { 'if-match': `W/"${before}"` } : {}
    return this.#caller.call({
      method: 'update',
      again: 'writes',
      answers: RACED,
      what: `${type}/${id}`,
      headers: { ...FHIR_JSON, ...guard },
      send: ({ fhirStores }, options) => fhirStores.fhir.update({ name: this.#caller.name(type, id), requestBody: text as never }, options)
    })
  }

  #delete({ write: { type, id }, before }: Change): Promise<Answer> {
    return this.#caller.call({
      method: 'delete',
      again: 'writes',
      answers: [...RACED, 404, 410],
      what: `${type}/${id}`,
      headers: { 'if-match': `W/"${before}"` },
      send: ({ fhirStores }, options) => fhirStores.fhir.delete({ name: this.#caller.name(type, id) }, options)
    })
  }

  async #transaction(changes: readonly Change[]): Promise<readonly Sent[]> {
    const text = `{"resourceType":"Bundle","type":"transaction","entry":[${changes.map(entryText).join()}]}`
    checkSize(text, MOST_BUNDLE)
    const witness = changes.find(({ mark }) => mark !== undefined) ?? changes[0]!
    const what = changes.map(({ write: { type, id } }) => `${type}/${id}`).join(', ')
    const answer = await this.#surely(witness, () =>
      this.#caller.call({
        method: 'executeBundle',
        again: 'writes',
        answers: RACED,
        what,
        headers: FHIR_JSON,
        send: ({ fhirStores }, options) =>
          fhirStores.fhir.executeBundle({ parent: this.#caller.store, requestBody: text as never }, options)
      })
    )
    if (answer === undefined) return inParallel(changes, AT_ONCE, (change) => this.#madeBy(change))
    const { entries } = readAnswer(answer.text)
    return Promise.all(
      changes.map((change, n) => {
        const { response, text: body } = entries[n] ?? {}
        return this.#made(change, versionOf(response?.etag), response?.lastModified, body)
      })
    )
  }

  async #sent(change: Change, { headers, text }: Answer): Promise<Sent> {
    return this.#made(change, versionOf(headers.get('etag')), headers.get('last-modified') ?? undefined, text)
  }

  /** What a change made, by as much as the answer says; what it leaves open is read. */
  async #made(change: Change, versionId: string | undefined, lastModified: string | undefined, body: string | undefined): Promise<Sent> {
    const { write, text } = change
    if (write.method === 'delete') {
      // The header has seconds only, an entry of a Bundle all of them.
      if (versionId === undefined || lastModified === undefined || !lastModified.includes('T')) return this.#madeBy(change)
      return { versionId, lastUpdated: Date.parse(lastModified), body: '' }
    }
    if (body !== undefined && body !== '' && body.includes('"versionId"')) {
      const { mark: _, ...stored } = readResource(body)
      return stored
    }
    if (versionId === undefined || lastModified === undefined || !lastModified.includes('T')) return this.#madeBy(change)
    const { head, tail } = splitBody(write.text, write.id)
    const meta = `"versionId":${JSON.stringify(versionId)},"lastUpdated":${JSON.stringify(lastModified)}`
    return { versionId, lastUpdated: Date.parse(lastModified), body: text === '' ? '' : head + meta + tail }
  }

  /** The version that a change made, as it is read. */
  async #madeBy(change: Change): Promise<Sent> {
    const newer = await this.#reads.after(witnessOf(change))
    const made = newer.find(({ mark }) => change.mark === undefined || mark === change.mark) ?? newer[0]
    if (made === undefined) throw fail('healthcare.unexpected', { status: 200, reason: 'what was written is not there' })
    return { versionId: made.versionId, lastUpdated: made.lastUpdated, body: made.body.toString() }
  }
}

function entryText({ write: { type, id }, kind, text, current, before }: Change): string {
  const guard = current?.deleted === false ? `,"ifMatch":${JSON.stringify(`W/"${before}"`)}` : ''
  const request = `"request":{"method":"${kind === 'put' ? 'PUT' : 'DELETE'}","url":"${type}/${id}"${guard}}`
  return kind === 'put' ? `{"resource":${text},${request}}` : `{${request}}`
}

function checkSize(text: string, limit: number): void {
  const bytes = Buffer.byteLength(text)
  if (bytes > limit) throw fail('healthcare.too-large', { bytes, limit })
}
