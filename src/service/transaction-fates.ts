/** What each write of a transaction comes to: which resource, under which id, or nothing at all. Nothing is written here. */
import { fail, type WardbridgeError } from '../errors.js'
import { compactJson } from '../fhir/json.js'
import type { Precondition, ReadResource, StoredResource, WriteResult } from '../store/repository.js'
import { MOST_DELETED } from './conditional.js'
import { newId } from './new-id.js'
import { checkConditions, precondition } from './preconditions.js'
import { atEntry } from './transaction-errors.js'
import type { Conditions, Found } from './transaction-searches.js'
import type { Step } from './transaction-steps.js'
import { turns } from './turns.js'
import type { Seen } from './view.js'

export type Fate = {
  readonly type: string
  readonly id: string
  /** `Type/id` */
  readonly name: string
  readonly precondition?: Precondition
} & (
  | { readonly kind: 'put' /** What a patch is applied to. */; readonly current?: ReadResource }
  /** others: ids of what is deleted beside it, by one condition. */
  | { readonly kind: 'delete'; readonly others: readonly string[] }
  /** There is nothing to write. */
  | { readonly kind: 'nothing'; readonly result: WriteResult | undefined }
  /** Created by another entry with the same content under the same condition. */
  | { readonly kind: 'same'; readonly as: number }
)

export type Fates = ReadonlyMap<number, Fate>

/** Store reads in one turn of the event loop. */
const TURN = 64

/**
 * Throws conditional.*, resource.not-found and resource.deleted (patch), bundle.condition, and bundle.duplicate when two entries write the same resource.
 * text: of the bundle.
 */
export async function decideFates(store: Seen, steps: readonly Step[], conditions: Conditions, text: string): Promise<Fates> {
  const decisions = new Decisions(store, steps, conditions, text)
  const turn = turns(TURN)
  for (const step of steps) {
    try {
      await turn()
      await decisions.decide(step)
    } catch (error) {
      throw atEntry(error, step.entry)
    }
  }
  checkDuplicates(steps, decisions.fates)
  return decisions.fates
}

interface Creator {
  readonly as: number
  /** Every entry creates its own. */
  readonly alone: boolean
}

class Decisions {
  readonly fates = new Map<number, Fate>()
  readonly #store: Seen
  readonly #steps: ReadonlyMap<number, Step>
  readonly #conditions: Conditions
  readonly #text: string
  readonly #deleted = new Set<string>()
  /** How many entries create, by type. */
  readonly #posts = new Map<string, number>()
  /** Entries that create under the same condition, by the condition. */
  readonly #alike = new Map<string, number[]>()
  readonly #creators = new Map<string, Creator>()

  constructor(store: Seen, steps: readonly Step[], conditions: Conditions, text: string) {
    this.#store = store
    this.#steps = new Map(steps.map((step) => [step.entry, step]))
    this.#conditions = conditions
    this.#text = text
    for (const { entry, method, type, id, search } of steps) {
      // What an entry deletes by id, no condition finds, whatever the order of the entries.
      if (method === 'DELETE' && id !== undefined) this.#deleted.add(`${type}/${id}`)
      if (method !== 'POST') continue
      this.#posts.set(type, (this.#posts.get(type) ?? 0) + 1)
      const group = search === undefined ? undefined : this.#alike.get(search)
      if (search === undefined) this.fates.set(entry, { ...named(type, newId()), kind: 'put' })
      else if (group === undefined) this.#alike.set(search, [entry])
      else group.push(entry)
    }
  }

  /** Steps come in their order: those before are decided. */
  async decide(step: Step): Promise<void> {
    const { method } = step
    if (this.fates.has(step.entry)) return
    const fate = method === 'DELETE' ? await this.#delete(step) : method === 'POST' ? this.#create(step) : await this.#update(step)
    this.fates.set(step.entry, fate)
    if (fate.kind === 'delete') for (const name of namesOf(fate)) this.#deleted.add(name)
  }

  async #delete(step: Step): Promise<Fate> {
    const { type, conditions } = step
    const [match, ...others] = step.search === undefined ? [] : this.#left(step.search, type)
    if (others.length >= MOST_DELETED) throw fail('conditional.too-many', { type, most: MOST_DELETED })
    const id = step.id ?? match?.id
    if (id === undefined) {
      if (conditions.ifMatch !== undefined) throw nothingToMatch(type)
      return { ...named(type, ''), kind: 'nothing', result: undefined }
    }
    const known = match !== undefined || conditions.ifMatch !== undefined || (await this.#store.read(type, id)) !== undefined
    if (!known) return { ...named(type, id), kind: 'nothing', result: undefined }
    return { ...named(type, id), kind: 'delete', others: others.map((one) => one.id), ...precondition(conditions) }
  }

  /** Conditional create. */
  #create(step: Step): Fate {
    const { type, entry } = step
    const search = step.search!
    const match = this.#only(search, type)
    if (match !== undefined) return { ...named(type, match.id), kind: 'nothing', result: { ...match, outcome: 'unchanged' } }
    const { as, alone } = this.#creator(search, type)
    if (alone || as === entry) return { ...named(type, newId()), kind: 'put' }
    if (this.#steps.get(as)!.search === search && this.#content(as) !== this.#content(entry)) throw fail('conditional.many', { type })
    return { ...named(type, this.fates.get(as)!.id), kind: 'same', as }
  }

  /**
   * Who creates what a condition asks for when the store has none. The outcome must not depend on the order of the entries: entries with the same condition
   * must have the same content, and another entry that answers it must be one that creates in any case.
   */
  #creator(search: string, type: string): Creator {
    let creator = this.#creators.get(search)
    if (creator === undefined) {
      creator = this.#findCreator(search, type)
      this.#creators.set(search, creator)
    }
    return creator
  }

  #findCreator(search: string, type: string): Creator {
    const { entries, unknown } = this.#found(search)
    const alike = this.#alike.get(search)!
    if (unknown !== undefined && this.#posts.get(type)! > 1) throw fail('bundle.condition', { search, reason: unknown })
    const posts = entries.filter((other) => this.#steps.get(other)?.method === 'POST')
    const others = posts.filter((other) => this.#steps.get(other)?.search !== search)
    if (others.length > 1 || others.some((other) => this.#steps.get(other)?.search !== undefined)) throw fail('conditional.many', { type })
    // None has what it asks for: then no entry keeps another from creating.
    return { as: others[0] ?? alike[0]!, alone: posts.length === 0 }
  }

  async #update(step: Step): Promise<Fate> {
    const { type, method, conditions, search } = step
    let { id } = step
    let asked = precondition(conditions)
    if (search !== undefined) {
      const match = this.#only(search, type) ?? this.#created(search, type)
      const own = step.resource?.id
      if (match === undefined && conditions.ifMatch !== undefined) throw nothingToMatch(type)
      if (match === undefined && method === 'PATCH') throw fail('conditional.none', { type })
      if (match !== undefined && conditions.ifNoneMatch === '*') throw fail('resource.exists', { type, id: match.id })
      if (method === 'PUT' && match !== undefined && own !== undefined && own !== match.id) {
        throw fail('conditional.id', { actual: own, expected: match.id }, { expression: `${type}.id` })
      }
      if (match === undefined) {
        if (own !== undefined && (await this.#store.read(type, own))?.deleted === false) {
          throw fail('conditional.taken', { type, id: own }, { expression: `${type}.id` })
        }
        asked = { precondition: { kind: 'absent' } }
      }
      id = match?.id ?? own ?? newId()
    }
    if (method === 'PUT') return { ...named(type, id!), kind: 'put', ...asked }

    const current = await this.#store.read(type, id!)
    if (current === undefined) throw fail('resource.not-found', { type, id: id! })
    if (current.deleted) throw fail('resource.deleted', { type, id: id! })
    checkConditions(current, conditions)
    return { ...named(type, id!), kind: 'put', current, precondition: { kind: 'version', versionId: current.versionId } }
  }

  /** What a condition finds in the store, less what this transaction deletes. Throws conditional.many. */
  #only(search: string, type: string): StoredResource | undefined {
    const left = this.#left(search, type)
    if (left.length > 1) throw fail('conditional.many', { type })
    return left[0]
  }

  #left(search: string, type: string): StoredResource[] {
    return this.#found(search).resources.filter(({ id }) => !this.#deleted.has(`${type}/${id}`))
  }

  /** What this transaction creates and a condition finds: to write it again is then refused as a duplicate. */
  #created(search: string, type: string): { readonly id: string } | undefined {
    const { entries, unknown } = this.#found(search)
    if (unknown !== undefined && this.#posts.has(type)) throw fail('bundle.condition', { search, reason: unknown })
    const ids = new Set(entries.filter((entry) => this.#steps.get(entry)?.method === 'POST').map((entry) => this.fates.get(entry)?.id))
    if (ids.size > 1) throw fail('conditional.many', { type })
    const [id] = ids
    return id === undefined ? undefined : { id }
  }

  #found(search: string): Found {
    return this.#conditions.bySearch.get(search)!
  }

  #content(entry: number): string {
    const { start, end } = this.#steps.get(entry)!.resource!
    return compactJson(this.#text.slice(start, end))
  }
}

/** A resource can appear in a transaction once, whatever the entries call it. */
function checkDuplicates(steps: readonly Step[], fates: Fates): void {
  const first = new Map<string, number>()
  for (const { entry, method } of steps) {
    const fate = fates.get(entry)!
    if (fate.id === '' || fate.kind === 'same' || (fate.kind === 'nothing' && method === 'POST')) continue
    for (const name of namesOf(fate)) {
      const other = first.get(name)
      if (other !== undefined) {
        const entries = [other, entry].sort((a, b) => a - b).map((number) => `Bundle.entry[${number}]`)
        throw fail('bundle.duplicate', { target: name, entries: entries.join(', ') }, { expression: `Bundle.entry[${entry}]` })
      }
      first.set(name, entry)
    }
  }
}

/** `Type/id` of all that a fate is about. */
export function namesOf(fate: Fate): readonly string[] {
  return fate.kind === 'delete' ? [fate.name, ...fate.others.map((id) => `${fate.type}/${id}`)] : [fate.name]
}

function named(type: string, id: string): { type: string; id: string; name: string } {
  return { type, id, name: `${type}/${id}` }
}

function nothingToMatch(type: string): WardbridgeError {
  return fail('http.precondition-failed', { reason: `No ${type} matches the criteria, so none has the version of If-Match` })
}
