/** The texts that a transaction writes: links between entries and conditional references replaced, patches applied; every other character as it was sent. */
import { fail } from '../errors.js'
import { type Link, splice } from '../fhir/bundle/links.js'
import { readPatch } from '../fhir/bundle/patch.js'
import type { RequestBundle } from '../fhir/bundle/read.js'
import { splitBody } from '../fhir/json.js'
import type { Precondition, ReadResource } from '../store/repository.js'
import type { Checks } from './check.js'
import { applyPatch } from './patch.js'
import { atEntry } from './transaction-errors.js'
import { type Fates, namesOf } from './transaction-fates.js'
import type { Conditions } from './transaction-searches.js'
import type { Step } from './transaction-steps.js'
import { turns } from './turns.js'
import type { Seen } from './view.js'

export interface WriteText {
  readonly text: string
  /** Set when a link names the version that this write makes. */
  readonly precondition?: Precondition
}

export interface TextInput {
  readonly store: Seen
  readonly checks: Checks
  readonly steps: readonly Step[]
  readonly fates: Fates
  readonly bundle: RequestBundle
  readonly conditions: Conditions
  /** Of the bundle. */
  readonly text: string
}

/** Texts made in one turn of the event loop. */
const TURN = 200

/** By entry. Throws bundle.reference, bundle.condition, resource.invalid, and what patches throw, naming the entry. */
export async function writeTexts(input: TextInput): Promise<ReadonlyMap<number, WriteText>> {
  const texts = new Texts(input)
  const turn = turns(TURN)
  for (const { entry } of input.steps) {
    if (input.fates.get(entry)!.kind !== 'put') continue
    try {
      await turn()
      await texts.of(entry)
    } catch (error) {
      throw atEntry(error, entry)
    }
  }
  await checkTexts(input, texts.made)
  return texts.made
}

/** What was not looked at when the bundle was read: patched resources, and everything at level strict. */
async function checkTexts({ checks, steps }: TextInput, texts: ReadonlyMap<number, WriteText>): Promise<void> {
  const looked = steps.filter(({ entry, method }) => texts.has(entry) && (method === 'PATCH' || checks.level === 'strict'))
  const results = await checks.checkAll(looked.map(({ entry, type }) => ({ type, text: texts.get(entry)!.text })))
  const errors = results.flatMap((result, n) => (result instanceof Error ? [atEntry(result, looked[n]!.entry)] : []))
  const all = errors.flatMap((error) => (error instanceof AggregateError ? error.errors : [error]))
  if (all.length === 1) throw all[0]
  if (all.length > 1) throw new AggregateError(all, 'Several resources of the transaction are not valid')
}

class Texts {
  readonly made = new Map<number, WriteText>()
  readonly #input: TextInput
  readonly #steps: ReadonlyMap<number, Step>
  readonly #references = new Map<string, string>()
  readonly #versions = new Map<number, string>()
  /** `Type/id` of what is deleted or replaced: what the store says of it is not so afterwards. */
  readonly #replaced: ReadonlySet<string>

  constructor(input: TextInput) {
    this.#input = input
    this.#steps = new Map(input.steps.map((step) => [step.entry, step]))
    const replaced = input.steps.filter(({ method }) => method === 'DELETE' || method === 'PUT')
    this.#replaced = new Set(replaced.flatMap(({ entry }) => namesOf(input.fates.get(entry)!)))
  }

  async of(entry: number): Promise<string> {
    const known = this.made.get(entry)
    if (known !== undefined) return known.text
    const { bundle, text, fates } = this.#input
    const { links } = bundle.entries[entry]!
    const { start, end } = this.#steps.get(entry)!.resource!
    const replacements = new Map<Link, string>()
    for (const link of links) replacements.set(link, await this.#replacement(link))
    const spliced = splice(text, start, end, links, (link) => replacements.get(link)!)
    const fate = fates.get(entry)!
    const current = fate.kind === 'put' ? fate.current : undefined
    const written = current === undefined ? spliced : await applyPatch(current.body, readPatch(spliced))
    // A version may have been asked for on the way.
    this.made.set(entry, { ...this.made.get(entry), text: written })
    return written
  }

  async #replacement({ entry, search, versioned }: Link): Promise<string> {
    if (search !== undefined) return this.#reference(search)
    const { name } = this.#input.fates.get(entry!)!
    return versioned ? `${name}/_history/${await this.#version(entry!)}` : name
  }

  /** What a conditional reference stands for when the transaction is through. */
  #reference(search: string): string {
    const known = this.#references.get(search)
    if (known !== undefined) return known
    const { conditions, fates } = this.#input
    const { resources, entries, unknown } = conditions.bySearch.get(search)!
    if (unknown !== undefined) throw fail('bundle.condition', { search, reason: unknown })
    const stored = resources.map(({ type, id }) => `${type}/${id}`).filter((name) => !this.#replaced.has(name))
    const found = new Set([...stored, ...entries.flatMap((entry) => fates.get(entry)?.name ?? [])])
    const [name] = found
    if (name === undefined || found.size > 1) {
      const issue = found.size > 1 ? 'multiple-matches' : 'not-found'
      throw fail('bundle.reference', { reference: search, found: found.size > 1 ? 'more than one resource' : 'nothing' }, { issue })
    }
    this.#references.set(search, name)
    return name
  }

  /** The version that an entry has or makes; a precondition sees to it that it does. */
  async #version(entry: number): Promise<string> {
    const known = this.#versions.get(entry)
    if (known !== undefined) return known
    const { fates, store } = this.#input
    const fate = fates.get(entry)!
    if (fate.kind === 'same') return this.#version(fate.as)
    if (fate.kind === 'nothing') return fate.result?.versionId ?? '1'
    const current = await store.read(fate.type, fate.id)
    if (store.capabilities().versionIds !== 'counted')
      throw fail('not-supported', { what: 'A reference to the version that an entry of the same transaction makes' })
    const next = String(Number(current?.versionId ?? 0) + 1)
    // Entries that name each other's versions: both change.
    this.#versions.set(entry, next)
    const text = await this.of(entry)
    const version = current !== undefined && isSame(current, text) ? current.versionId : next
    this.#versions.set(entry, version)
    const precondition: Precondition = current?.deleted === false ? { kind: 'version', versionId: current.versionId } : { kind: 'absent' }
    this.made.set(entry, { text, precondition })
    return version
  }
}

/** True when writing the text makes no version. */
function isSame({ deleted, body, id }: ReadResource, text: string): boolean {
  return !deleted && splitBody(body, id).content === splitBody(text, id).content
}
