/** The interactions and operations of FHIR, each allowed, checked and carried out on what the principal sees of the store. */
import { fail, WardbridgeError } from '../errors.js'
import type { RequestBundle } from '../fhir/bundle/read.js'
import { resourceTypes } from '../fhir/definitions.js'
import type { MetaChange } from '../fhir/patch/meta.js'
import type { Issue } from '../fhir/profile/index.js'
import type { Criteria } from '../fhir/search-condition.js'
import { type CustomParameters, isStandard } from '../fhir/search-custom.js'
import type { SearchQuery } from '../fhir/search-query.js'
import type { Capabilities, HistoryPage, HistoryQuery, Labels, ReadResource, SearchPage, WriteResult } from '../store/repository.js'
import { bodyId } from './body.js'
import { builtInSystems } from './built-in.js'
import { BundleReader } from './bundle-reader.js'
import { type Checks, deleteIssues } from './check.js'
import { createIfNone, deleteMatches, updateMatch } from './conditional.js'
import type { NewResource, Principal } from './contract.js'
import { Guarded, type Parts } from './guarded.js'
import { historyOf } from './history.js'
import { findMatches, type Matches, type MatchOptions } from './match.js'
import { newId } from './new-id.js'
import { applyMeta, applyPatch, type PatchBody, patchById, patchMatch } from './patch.js'
import { precondition, type WriteConditions } from './preconditions.js'
import { allow, rightsOf } from './rights.js'
import { type SearchParameterStatus, searchParameterStatus } from './search-parameters.js'
import type { Terminology } from './terminology.js'
import { SUBJECTS, type TerminologyQuestion } from './terminology-questions.js'
import type { TokenCase } from './token-case.js'
import { type TransactionOptions, type TransactionResult, transact } from './transaction.js'

export interface InteractionParts extends Parts {
  readonly checks: Checks
  readonly terminology: Terminology
  readonly tokenCase: TokenCase
}

export class Interactions extends Guarded {
  readonly #checks: Checks
  readonly #bundles: BundleReader
  readonly #terminology: Terminology
  readonly #case: TokenCase

  constructor(parts: InteractionParts) {
    super(parts)
    this.#checks = parts.checks
    this.#bundles = new BundleReader(parts.checks.level !== 'off')
    this.#terminology = parts.terminology
    this.#case = parts.tokenCase
  }

  async read(who: Principal, type: string, id: string): Promise<ReadResource> {
    this.allow(who, 'read', type, id)
    return living(await this.as(who).read(type, id), type, id)
  }

  async vread(who: Principal, type: string, id: string, versionId: string): Promise<ReadResource> {
    this.allow(who, 'vread', type, id)
    const stored = await this.as(who).vread(type, id, versionId)
    if (stored !== undefined) return living(stored, type, id)
    throw (await this.as(who).read(type, id)) === undefined
      ? fail('resource.not-found', { type, id })
      : fail('resource.version-not-found', { type, id, version: versionId })
  }

  async create(who: Principal, type: string, text: string, { ifNoneExist }: { ifNoneExist?: Criteria } = {}): Promise<WriteResult> {
    this.allow(who, 'create', type)
    await this.#checks.check({ type, text })
    if (ifNoneExist !== undefined) {
      this.allow(who, 'search', type)
      return createIfNone(this.as(who), ifNoneExist, text)
    }
    return this.write(who, { method: 'put', type, id: newId(), text, verb: 'POST' })
  }

  async createAll(who: Principal, resources: readonly NewResource[]): Promise<readonly WriteResult[]> {
    for (const { type } of resources) allow(who, 'create', type)
    for (const one of resources) await this.#checks.check(one)
    return this.as(who).commit(
      resources.map(({ type, id, text }) => ({ method: 'put', verb: 'POST', type, id, text, precondition: { kind: 'absent' } }))
    )
  }

  async update(who: Principal, type: string, id: string, text: string, options: WriteConditions = {}): Promise<WriteResult> {
    this.allow(who, 'update', type, id)
    await this.#checks.check({ type, text, id })
    return this.write(who, { method: 'put', type, id, text, ...precondition(options) })
  }

  async delete(who: Principal, type: string, id: string, options: WriteConditions = {}): Promise<WriteResult | undefined> {
    this.allow(who, 'delete', type, id)
    try {
      return await this.write(who, { method: 'delete', type, id, ...precondition(options) })
    } catch (error) {
      if (error instanceof WardbridgeError && error.code === 'resource.not-found') return undefined
      throw error
    }
  }

  async patch(who: Principal, type: string, id: string, patch: PatchBody, options: WriteConditions = {}): Promise<WriteResult> {
    this.allow(who, 'patch', type, id)
    return patchById(this.as(who), { type, id }, (text) => applyPatch(text, patch), {
      ...options,
      check: (text) => this.#checks.check({ type, text, id })
    })
  }

  async patchMatch(who: Principal, criteria: Criteria, patch: PatchBody, options: WriteConditions = {}): Promise<WriteResult> {
    const { type } = criteria
    this.allow(who, 'patch', type)
    this.allow(who, 'search', type)
    return patchMatch(this.as(who), criteria, (text) => applyPatch(text, patch), {
      ...options,
      check: (text, id) => this.#checks.check({ type, text, id })
    })
  }

  async changeMeta(
    who: Principal,
    type: string,
    id: string,
    change: MetaChange,
    meta: string,
    options: WriteConditions = {}
  ): Promise<WriteResult> {
    this.allow(who, 'patch', type, id)
    const check = (text: string) => this.#checks.check({ type, text, id })
    return patchById(this.as(who), { type, id }, (text) => applyMeta(text, change, meta), { ...options, check })
  }

  async labels(who: Principal, type?: string): Promise<Labels> {
    if (type === undefined) this.authorize(who, 'search', 'the whole store')
    else this.allowAll(who, 'search', type)
    return this.as(who).labels(type === undefined ? resourceTypes() : [type])
  }

  async updateMatch(who: Principal, criteria: Criteria, text: string, options?: WriteConditions): Promise<WriteResult> {
    const { type } = criteria
    this.allow(who, 'update', type)
    this.allow(who, 'search', type)
    const id = bodyId(await this.#checks.check({ type, text }))
    return updateMatch(this.as(who), criteria, { text, id }, options)
  }

  async deleteMatches(
    who: Principal,
    criteria: Criteria,
    options: WriteConditions & { readonly most?: number } = {}
  ): Promise<readonly WriteResult[]> {
    this.allow(who, 'delete', criteria.type)
    this.allow(who, 'search', criteria.type)
    return deleteMatches(this.as(who), criteria, options)
  }

  async validate(who: Principal, type: string, text: string, profiles: readonly string[]): Promise<readonly Issue[]> {
    this.allow(who, 'read', type)
    return this.#checks.validate(type, text, profiles)
  }

  async validateDelete(who: Principal, type: string, id: string): Promise<readonly Issue[]> {
    this.allow(who, 'read', type)
    return deleteIssues(who, type, id, await this.as(who).read(type, id))
  }

  async history(who: Principal, query: HistoryQuery): Promise<HistoryPage> {
    if (query.type === undefined) this.authorize(who, 'history', 'the whole store')
    else if (query.id === undefined) this.allowAll(who, 'history', query.type)
    else this.allow(who, 'history', query.type, query.id)
    return historyOf(this.as(who), query)
  }

  async readBundle(text: string, base: string): Promise<RequestBundle> {
    return this.#bundles.read(text, base)
  }

  async transact(
    who: Principal,
    bundle: { readonly text: string; readonly bundle: RequestBundle },
    options: TransactionOptions
  ): Promise<TransactionResult> {
    return transact(this.as(who), this.#checks, (interaction, type) => this.allow(who, interaction, type), bundle, options)
  }

  async search(who: Principal, query: SearchQuery): Promise<SearchPage> {
    if (query.type !== undefined) this.allow(who, 'search', query.type)
    const types = query.types.filter((type) => rightsOf(who).may('search', type))
    if (types.length === 0) {
      const type = query.types.join()
      this.checked(who, { do: 'search', query: type }, () => {
        throw fail('auth.forbidden', { role: who.role, interaction: 'search', type })
      })
    }
    return this.as(who).search(await this.#case.apply({ ...query, types }))
  }

  capabilities(): Capabilities {
    return this.store.capabilities()
  }

  searchParameters(): CustomParameters {
    return this.store.searchParameters()
  }

  async searchParameterStatus(who: Principal, id: string): Promise<SearchParameterStatus> {
    const { body } = await this.read(who, 'SearchParameter', id)
    return searchParameterStatus(id, isStandard(JSON.parse(body.toString())), this.store.indexStatus())
  }

  async match(who: Principal, patient: unknown, options: MatchOptions): Promise<Matches> {
    this.allow(who, 'search', 'Patient')
    return findMatches(this.as(who), patient, options)
  }

  async terminology(who: Principal, question: TerminologyQuestion): Promise<string> {
    this.allow(who, 'search', SUBJECTS[question.kind])
    return this.#terminology.ask(question)
  }

  async builtInSystems(): Promise<ReadonlyArray<{ readonly url: string; readonly version: string | undefined }>> {
    return builtInSystems()
  }

  async close(): Promise<void> {
    await this.#terminology.close()
    await this.#checks.close()
    await this.#bundles.close()
    await this.auditLog?.close()
    await this.store.close()
  }
}

/** Throws resource.not-found, resource.deleted. */
export function living(stored: ReadResource | undefined, type: string, id: string): ReadResource {
  if (stored === undefined) throw fail('resource.not-found', { type, id })
  if (stored.deleted) throw fail('resource.deleted', { type, id })
  return stored
}
