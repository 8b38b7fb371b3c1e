/**
 * What a validation worker knows of definitions that are not shipped with the validator: uploaded profiles, and the terminology of R4 and of the store.
 * Validation runs without waiting: a question that has no answer yet is noted, answered by fetch(), and asked again.
 */
import { type DefinitionSource, forgetDefinitions, useDefinitions } from '../fhir/profile/index.js'
import { CodeSystem } from '../fhir/terminology/code-system.js'
import { grammar } from '../fhir/terminology/grammars.js'
import type { CodeSystemResource, Source, ValueSetResource } from '../fhir/terminology/resources.js'
import { Evaluation } from '../fhir/terminology/value-set.js'

/** Type and canonical: `ValueSet http://example.org/sizes`. */
export type DefinitionName = `${'StructureDefinition' | 'ValueSet' | 'CodeSystem'} ${string}`

/** Definitions and answers that are remembered, those that say no included: anybody can ask for what is not there. */
const MOST = 50_000

export class WorkerDefinitions {
  readonly #ask: (names: readonly DefinitionName[]) => void
  /** Parsed; a CodeSystem as the class of terminology. */
  readonly #known = new Map<DefinitionName, unknown>()
  readonly #waiting = new Map<DefinitionName, Array<() => void>>()
  readonly #answers = new Map<string, boolean | undefined>()
  #epoch = 0
  /** Questions without an answer, by name; each gives its answer to the maps above. */
  readonly #open = new Map<string, () => Promise<void>>()

  /** ask: sends for definitions, which then come by take(). Makes itself what the validator asks. */
  constructor(ask: (names: readonly DefinitionName[]) => void) {
    this.#ask = ask
    useDefinitions({
      structure: (url) => this.#structure(url),
      inValueSet: (valueSet, system, code) =>
        this.#answer(`in ${valueSet} ${system ?? ''} ${code}`, () => this.#inValueSet(valueSet, system, code)),
      inCodeSystem: (system, code) => this.#inCodeSystem(system, code)
    } satisfies DefinitionSource)
  }

  /** Whether something was asked that had no answer. */
  get missing(): boolean {
    return this.#open.size > 0
  }

  /** Answers what was asked. */
  async fetch(): Promise<void> {
    const open = [...this.#open.values()]
    this.#open.clear()
    for (const answer of open) await answer()
  }

  /** Definitions that were sent for; undefined when there is none. */
  take(found: ReadonlyMap<DefinitionName, string | undefined>): void {
    for (const [name, text] of found) {
      this.#known.set(name, text === undefined ? undefined : read(text))
      for (const go of this.#waiting.get(name) ?? []) go()
      this.#waiting.delete(name)
    }
  }

  forget(): void {
    this.#epoch++
    this.#known.clear()
    this.#answers.clear()
    forgetDefinitions()
  }

  #structure(url: string): unknown {
    const name = `StructureDefinition ${url}` as const
    if (!this.#known.has(name)) {
      this.#open.set(name, async () => {
        // That there is none has been taken for granted already.
        if ((await this.#find(name)) !== undefined) forgetDefinitions()
      })
    }
    return this.#known.get(name)
  }

  #answer(question: string, find: () => Promise<boolean | undefined>): boolean | undefined {
    if (!this.#answers.has(question)) {
      this.#open.set(question, async () => {
        if (this.#answers.size + this.#known.size > MOST) this.forget()
        const epoch = this.#epoch
        // What cannot be found out, or a definition that is not sound, says nothing.
        const answer = await find().catch(() => undefined)
        if (epoch === this.#epoch) this.#answers.set(question, answer)
      })
    }
    return this.#answers.get(question)
  }

  #inCodeSystem(system: string, code: string): boolean | undefined {
    const name = `CodeSystem ${system}` as const
    if (!this.#known.has(name)) {
      this.#open.set(name, async () => void (await this.#find(name)))
      return undefined
    }
    const known = this.#known.get(name)
    if (known instanceof CodeSystem) return known.get(code) !== undefined || (known.complete ? false : undefined)
    const rules = grammar(system)
    if (rules === undefined) return undefined
    const question = `of ${system} ${code}`
    if (!this.#answers.has(question)) this.#answers.set(question, rules.display(code) !== undefined)
    return this.#answers.get(question)
  }

  async #inValueSet(url: string, system: string | undefined, code: string): Promise<boolean | undefined> {
    const valueSet = await this.#source.valueSet(url)
    if (valueSet === undefined) return undefined
    const evaluation = new Evaluation(this.#source)
    if (system !== undefined) return (await evaluation.member(valueSet, system, code)) !== undefined
    const includes = valueSet.compose?.include ?? []
    if (includes.length === 0 || includes.some((include) => include.system === undefined)) return undefined
    for (const one of new Set(includes.map((include) => include.system as string)))
      if ((await evaluation.member(valueSet, one, code)) !== undefined) return true
    return false
  }

  readonly #source: Source = {
    codeSystem: async (canonical) => (await this.#find(`CodeSystem ${canonical}`)) as CodeSystem | undefined,
    valueSet: async (canonical) => (await this.#find(`ValueSet ${canonical}`)) as ValueSetResource | undefined,
    conceptMap: async () => undefined,
    structure: async () => undefined,
    mapsOf: async () => []
  }

  async #find(name: DefinitionName): Promise<unknown> {
    if (!this.#known.has(name)) {
      await new Promise<void>((resolve) => {
        const waiting = this.#waiting.get(name)
        this.#waiting.set(name, [...(waiting ?? []), resolve])
        if (waiting === undefined) this.#ask([name])
      })
    }
    return this.#known.get(name)
  }
}

/** A code system whose form is not sound counts as none. */
function read(text: string): unknown {
  try {
    const resource = JSON.parse(text) as { resourceType?: string }
    return resource.resourceType === 'CodeSystem' ? new CodeSystem(resource as CodeSystemResource) : resource
  } catch {
    return undefined
  }
}
