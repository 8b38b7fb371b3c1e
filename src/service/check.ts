/** What is asked of a resource before it is written: the one place where WARDBRIDGE_VALIDATION counts. Bulk loads have bulk-stage.ts. */
import { fail, type WardbridgeError } from '../errors.js'
import type { Issue } from '../fhir/profile/index.js'
import type { ReadResource, Repository } from '../store/repository.js'
import { type Body, checkId, faulty, invalid, parseBody, validateBody } from './body.js'
import type { Principal } from './contract.js'
import { DefinitionChanges } from './definition-changes.js'
import type { Definitions } from './definitions.js'
import { rightsOf } from './rights.js'
import { searchParameterErrors } from './search-parameters.js'
import { ValidationThreads } from './validation-threads.js'
import type { ValidationTask } from './validation-worker.js'

export const LEVELS = ['off', 'structure', 'strict'] as const

/**
 * - `off`: JSON without duplicate members, the resource type asked for, `id` and `meta` of their form;
 * - `structure`: everything of validate.ts as well;
 * - `strict`: everything of fhir/profile as well. Warnings refuse nothing.
 */
export type Level = (typeof LEVELS)[number]

/** A resource about to be written. */
export interface Candidate {
  readonly type: string
  readonly text: string
  /** The id that the body must have. */
  readonly id?: string
}

/** Resources of one call that are looked at before other work gets its turn, at the levels that need no thread. */
const TURN = 100

export class Checks {
  readonly #level: Level
  readonly #threads: ValidationThreads
  readonly #changes: DefinitionChanges

  /** limits: those of ValidationThreads. */
  constructor(
    level: Level,
    store: Repository,
    definitions: Definitions,
    limits: { readonly seconds?: number; readonly size?: number } = {}
  ) {
    this.#level = level
    this.#threads = new ValidationThreads({ find: async (type, url) => (await definitions.find(type, url))?.body.toString(), ...limits })
    this.#changes = new DefinitionChanges(store, () => {
      definitions.forget()
      this.#threads.forget()
    })
  }

  get level(): Level {
    return this.#level
  }

  /**
   * Parses and checks one resource. Throws json.syntax, json.depth and resource.type (400), resource.id (400), resource.invalid (422, with the FHIRPath
   * of the element); several of them as an AggregateError.
   */
  async check(candidate: Candidate): Promise<Body> {
    const body = parseBody(candidate.text, candidate.type)
    if (candidate.id !== undefined) checkId(candidate.id, body.id)
    if (this.#level === 'structure') validateBody(body)
    else checkForm(body)
    const unusable = searchParameterErrors(body)
    if (unusable.length > 0) throw faulty(unusable)
    if (this.#level === 'strict') {
      const errors = await this.#run({ type: candidate.type, text: candidate.text, profiles: [], errorsOnly: true })
      if (errors.length > 0) throw faulty(errors.map(invalid))
    }
    return body
  }

  /**
   * Everything that can be said of a resource, whatever the level; profiles: canonical URLs of those to meet beside the ones it names. The text must be
   * JSON. Throws validation.profile for a profile that is not known, validation.timeout.
   */
  async validate(type: string, text: string, profiles: readonly string[]): Promise<readonly Issue[]> {
    const issues = await this.#run({ type, text, profiles, errorsOnly: false })
    const unknown = issues.find(({ rule, severity }) => rule === 'profile-unknown' && severity === 'error')
    if (unknown !== undefined) throw fail('validation.profile', { reason: unknown.text })
    return issues
  }

  #run(task: ValidationTask): Promise<readonly Issue[]> {
    this.#changes.look()
    return this.#threads.validate(task)
  }

  /** The same for the resources of a bundle, however many, in their order; other requests get their turn meanwhile. An error stands for a refused one. */
  async checkAll(candidates: readonly Candidate[]): Promise<Array<Body | WardbridgeError | AggregateError>> {
    const results: Array<Body | WardbridgeError | AggregateError> = []
    for (let at = 0; at < candidates.length; at += TURN) {
      const turn = candidates.slice(at, at + TURN)
      if (at > 0) await new Promise((resolve) => setImmediate(resolve))
      const settled = await Promise.allSettled(turn.map((candidate) => this.check(candidate)))
      for (const one of settled) results.push(one.status === 'fulfilled' ? one.value : one.reason)
    }
    return results
  }

  async close(): Promise<void> {
    await this.#threads.close()
    await this.#changes.close()
  }
}

/** What a delete would meet with. stored: what is there. */
export function deleteIssues(who: Principal, type: string, id: string, stored: ReadResource | undefined): Issue[] {
  const issue = { rule: 'delete', expression: type }
  if (!rightsOf(who).may('delete', type))
    return [{ ...issue, severity: 'error', code: 'forbidden', text: `The role ${who.role} may not delete ${type}` }]
  if (stored === undefined || stored.deleted)
    return [{ ...issue, severity: 'warning', code: 'not-found', text: `There is no ${type}/${id}: a delete changes nothing` }]
  return []
}

/** What the store itself relies on. */
function checkForm({ resourceType, meta }: Body): void {
  if (meta !== undefined && (typeof meta !== 'object' || meta === null || Array.isArray(meta)))
    throw fail('resource.invalid', { reason: 'meta must be an object' }, { expression: `${resourceType}.meta` })
}
