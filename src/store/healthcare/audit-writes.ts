/**
 * Writes in the audit log. The API has no transaction that the log could be part of: before a write goes out an entry says that it is about to, after it one
 * says how it ended, both with the same id. An entry without the other is of a write whose process died: whether it was done, the store tells.
 */
import { randomUUID } from 'node:crypto'
import { WardbridgeError } from '../../errors.js'
import { type AuditAgent, type AuditEntry, patientsIn } from '../../fhir/audit-event.js'
import { doneBy } from '../audit.js'
import type { WriteResult } from '../repository.js'
import type { AuditChain } from './audit-chain.js'
import type { Change } from './plan.js'
import { Overtaken } from './sending.js'

export class AuditedWrites {
  readonly #chain: AuditChain

  constructor(chain: AuditChain) {
    this.#chain = chain
  }

  /** Carries out what was planned, between its two entries. by: undefined: nothing is said. Throws audit.unavailable, and what the work throws. */
  async commit<T extends readonly WriteResult[]>(
    by: AuditAgent | undefined,
    changes: readonly Change[],
    work: () => Promise<T>
  ): Promise<T> {
    if (by === undefined || changes.length === 0) return work()
    const id = randomUUID()
    const sent = changes.filter(({ kind }) => kind !== 'same')
    if (sent.length > 0) await this.#note(by, sent, (change) => ({ detail: `to be done (${id})`, what: [placeOf(change)] }))
    let results: T
    try {
      results = await work()
    } catch (error) {
      const code = codeOf(error)
      // Not even this can be written down: the first entry stands alone, as if the process had died.
      await this.#note(by, sent, (change) => ({
        error: code,
        detail: `not done, or not known to be (${id})`,
        what: [placeOf(change)]
      })).catch(() => {})
      throw error
    }
    await this.#note(by, changes, (change, n) => {
      const { versionId, outcome } = results[n]!
      const what = versionId === '' ? placeOf(change) : `${placeOf(change)}/_history/${versionId}`
      return { do: doneBy(change.write, outcome), what: [what], ...(change.kind === 'same' ? {} : { detail: `done (${id})` }) }
    })
    return results
  }

  /**
   * An import, between its two entries. counts: resources of each type that go into it. Gives and throws what the work does; throws audit.unavailable. Whether
   * a resource was made or changed the API does not tell.
   */
  async load<T extends { readonly length: number }>(
    by: AuditAgent | undefined,
    counts: ReadonlyMap<string, number>,
    work: () => Promise<T>
  ): Promise<T> {
    if (by === undefined) return work()
    const id = randomUUID()
    const about = { who: by, do: 'load', what: [...counts.keys()] }
    const all = [...counts].map(([type, count]) => `${type}: ${count}`).join('; ')
    await this.#chain.note([{ at: Date.now(), ...about, detail: `to be done (${id}): ${all}` }])
    let refused: T
    try {
      refused = await work()
    } catch (error) {
      const detail = `not done, or not known to be (${id})`
      await this.#chain.note([{ at: Date.now(), ...about, error: codeOf(error), detail }]).catch(() => {})
      throw error
    }
    await this.#chain.note([
      { at: Date.now(), ...about, detail: `done (${id}): ${all}${refused.length > 0 ? `; ${refused.length} refused` : ''}` }
    ])
    return refused
  }

  #note(who: AuditAgent, changes: readonly Change[], more: (change: Change, n: number) => Partial<AuditEntry>): Promise<void> {
    const at = Date.now()
    return this.#chain.note(
      changes.map((change, n) => ({ at, who, do: planned(change), patients: patientsOf(change), ...more(change, n) }))
    )
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Overtaken) return 'resource.raced'
  return error instanceof WardbridgeError ? error.code : 'unexpected'
}

function planned({ write, current }: Change): string {
  return doneBy(write, current?.deleted === false ? 'updated' : 'created')
}

function placeOf({ write: { type, id } }: Change): string {
  return `${type}/${id}`
}

/** Of what is written, and of what was there. */
function patientsOf({ write, current }: Change): readonly string[] {
  const { type, id } = write
  const patients = write.method === 'put' ? patientsIn(write.text, type, id) : []
  if (current?.deleted === false)
    for (const one of patientsIn(current.body.toString(), type, id)) if (!patients.includes(one)) patients.push(one)
  return patients
}
