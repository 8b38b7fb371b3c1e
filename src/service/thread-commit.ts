/** The writes of one commit as the rules of threads see them, with what they add: resources by name, and what belongs to a thread. */
import type { ReadResource, Write } from '../store/repository.js'
import { withMembers } from '../threads/edit.js'
import { ANSWER_QUESTION, CATEGORY, idOf, kindOf, partId, type Resource, TASK_CODE, target, targets } from '../threads/model.js'
import type { Principal } from './contract.js'
import { type Draft, Facts, parse, type Searched } from './facts.js'

export class ThreadCommit {
  readonly who: Principal
  readonly facts: Facts
  /** Milliseconds since 1970: the moment that the rules are asked for. */
  readonly at = Date.now()
  readonly #drafts = new Map<string, Draft>()

  constructor(store: Searched, who: Principal) {
    this.who = who
    this.facts = new Facts(store, this.#drafts)
  }

  get drafts(): Draft[] {
    return [...this.#drafts.values()]
  }

  get now(): string {
    return new Date(this.at).toISOString()
  }

  /** added: the rules' own. */
  add(write: Write, before: ReadResource | undefined, added = false): Draft {
    const { type, id } = write
    const name = `${type}/${id}`
    const living = before?.deleted === false ? before : undefined
    const after = write.method === 'put' ? { ...parse(write.text), id } : undefined
    const draft = { write, name, before, was: living && parse(living.body), after, added }
    this.#drafts.set(name, draft)
    return draft
  }

  draft(name: string): Draft | undefined {
    return this.#drafts.get(name)
  }

  /** Sets members of what is written. */
  set(draft: Draft, members: Readonly<Record<string, unknown>>): void {
    const { write } = draft
    if (write.method !== 'put' || Object.keys(members).length === 0) return
    const text = withMembers(write.text, members)
    draft.write = { ...write, text }
    draft.after = { ...parse(text), id: write.id }
  }

  /** The questions and answers of a thread, as they will be. header: `Communication/1`. */
  async parts(header: string): Promise<Part[]> {
    // Nothing in the store can be part of what is new.
    const isNew = this.draft(header) !== undefined && this.draft(header)!.was === undefined
    const stored = isNew ? [] : await this.facts.find('Communication', [['part-of', header]])
    const left = stored.flatMap(({ id, body }) =>
      this.#drafts.has(`Communication/${id}`) ? [] : [{ name: `Communication/${id}`, resource: parse(body.toString()) }]
    )
    const own = this.drafts.flatMap(({ name, after }) =>
      after !== undefined && targets(after.partOf).includes(header) ? [{ name, resource: after }] : []
    )
    return [...left, ...own]
  }

  /** The answer to a question; undefined while it waits. question: `Communication/1`. */
  async answerTo(question: string, asked: Resource | undefined): Promise<Part | undefined> {
    const answers = ({ resource }: Part) => kindOf(resource) === 'answer' && targets(resource.inResponseTo).includes(question)
    const header = targets(asked?.partOf, 'Communication')[0]
    const parts = header === undefined ? [] : await this.parts(header)
    return (
      parts.find(answers) ??
      this.drafts.flatMap(({ name, after }) => (after === undefined ? [] : [{ name, resource: after }])).find(answers)
    )
  }

  /** The Task of a question: written in this commit, in the store, or undefined. */
  async taskOf(question: string): Promise<Draft | undefined> {
    const isOf = (resource: Resource | undefined) => kindOf(resource) === 'task' && target(resource?.focus) === question
    const own = this.drafts.find(({ after }) => isOf(after))
    if (own !== undefined) return own
    const computed = `Task/${partId('task', idOf(question))}`
    const direct = await this.facts.stored(computed)
    if (direct !== undefined && isOf(parse(direct.body))) return this.#adopt(direct)
    const found = await this.facts.find('Task', [
      ['focus', question],
      ['code', `${TASK_CODE}|${ANSWER_QUESTION}`]
    ])
    const [first] = found
    return first === undefined ? undefined : this.#adopt({ ...first, body: first.body.toString() })
  }

  /** What is stored, to be written again if it is changed (see `changed`). */
  #adopt(stored: ReadResource): Draft {
    const { type, id, body } = stored
    return this.draft(`${type}/${id}`) ?? this.add({ method: 'put', type, id, text: body }, stored, true)
  }

  /** A stored resource, to be written again if it is changed. */
  async adopt(name: string): Promise<Draft | undefined> {
    const stored = this.draft(name) === undefined ? await this.facts.stored(name) : undefined
    return this.draft(name) ?? (stored && this.#adopt(stored))
  }
}

export interface Part {
  readonly name: string
  readonly resource: Resource
}

/** category of a part of a thread. */
export function categoryOf(code: 'thread' | 'question' | 'answer'): object[] {
  return [{ coding: [{ system: CATEGORY, code }] }]
}
