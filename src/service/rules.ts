/**
 * The rules of threads, asked at every commit that somebody makes: only the responsible physician answers, once; patients ask about themselves; questions
 * and answers stay. They refuse a commit, or add to it what keeps the thread in step, and make what they looked at a condition of it.
 * src/threads/README.md says them in full.
 */
import { fail, WardbridgeError } from '../errors.js'
import type { Expectation, Repository, Write } from '../store/repository.js'
import { withMembers } from '../threads/edit.js'
import { ANSWER_QUESTION, attending, idOf, type Kind, kindOf, OPEN, partId, TASK_CODE, target, targets } from '../threads/model.js'
import { isSignedBy, judge, permanent, reasonsOf } from '../threads/permanence.js'
import type { Principal } from './contract.js'
import { type Draft, type Facts, parse, type Searched } from './facts.js'
import { onlyIf } from './preconditions.js'
import { alreadyAnswered, answer, ask, checkHeader } from './questions.js'
import { practitionerBehind, responsibleFor } from './responsible.js'
import { ThreadCommit } from './thread-commit.js'
import { concerned, settleHeader, settleTask } from './thread-state.js'

/** What the rules make of a commit. */
export interface Ruled {
  /** Those of the client in their order, then the added ones. */
  readonly writes: readonly Write[]
  readonly expectations: readonly Expectation[]
  /** `Type/id` or types of what the commit depends on by the rules: when one of them was written meanwhile, they are to be asked anew. */
  readonly watched: ReadonlySet<string>
}

/** What says who is responsible. */
export const CARE = ['Encounter', 'Patient', 'PractitionerRole']
const THREADS = ['Communication', 'Task']

/** Undefined: the rules have nothing to say. Throws thread.*. */
export async function rule(store: Searched, who: Principal, writes: readonly Write[]): Promise<Ruled | undefined> {
  if (!writes.some(({ type }) => THREADS.includes(type) || CARE.includes(type))) return undefined
  return new Rules(store, who, writes).run()
}

export class Rules {
  readonly #store: Searched
  readonly #writes: readonly Write[]
  readonly #commit: ThreadCommit
  readonly #facts: Facts
  /** `Communication/id` of questions and headers whose Task or status may have to follow. */
  readonly #questions = new Set<string>()
  readonly #headers = new Set<string>()
  readonly #sent = new Map<Draft, Write>()
  /** `Type/id` of what the rules looked at before they let it be written. */
  readonly #guarded = new Set<string>()

  constructor(store: Searched, who: Principal, writes: readonly Write[]) {
    this.#store = store
    this.#writes = writes
    this.#commit = new ThreadCommit(store, who)
    this.#facts = this.#commit.facts
  }

  /** What a thread needs that waits, without anybody having written. question: `Communication/1`. */
  async settle(question: string): Promise<Ruled> {
    this.#questions.add(question)
    for (const header of targets((await this.#facts.read(question))?.partOf, 'Communication')) this.#headers.add(header)
    await this.#settle()
    return this.#ruled([])
  }

  async #settle(): Promise<void> {
    for (const question of this.#questions) await settleTask(this.#commit, question)
    for (const header of this.#headers) await settleHeader(this.#commit, header)
  }

  async run(): Promise<Ruled> {
    const own = await this.#drafts()
    for (const draft of own) this.#keep(draft)
    for (const kind of ['thread', 'question', 'answer', 'task'] as const)
      for (const draft of own) if (kindOf(draft.after) === kind) await this.#naming(draft, () => this.#write(draft, kind))
    for (const draft of own) await this.#naming(draft, () => this.#other(draft))
    await this.#settle()
    return this.#ruled(own)
  }

  /** What is written, with what is there before. An answer that is posted gets the id that is computed from its question's. */
  async #drafts(): Promise<Draft[]> {
    const renamed = renames(this.#writes)
    const drafts: Draft[] = []
    for (const [n, sent] of this.#writes.entries()) {
      const write = renamed.length === 0 ? sent : rename(sent, renamed)
      if (!THREADS.includes(write.type) && !CARE.includes(write.type)) continue
      if (renamed.some(({ at, to }) => at !== n && `Communication/${to}` === `${write.type}/${write.id}`))
        throw fail('thread.invalid', { reason: 'A transaction has one answer to a question' })
      const draft = this.#commit.add(write, await this.#store.read(write.type, write.id))
      this.#sent.set(draft, sent)
      drafts.push(draft)
    }
    return drafts
  }

  /** What is refused names the resource as the client sent it, so that a transaction can name its entry. */
  async #naming(draft: Draft, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof WardbridgeError) || !error.code.startsWith('thread.')) throw error
      const { type, id } = this.#sent.get(draft) ?? draft.write
      const { code, params, expression } = error
      throw fail(code, { type, id, ...params }, { ...(expression === undefined ? {} : { expression }), cause: error })
    }
  }

  /** Parts of threads are not deleted, and do not become something else. */
  #keep({ write, was, after }: Draft): void {
    const kind = kindOf(was)
    if (kind === undefined) return
    const { type, id } = write
    if (after === undefined) throw permanent(type, id, 'it cannot be deleted')
    if (kindOf(after) !== kind) throw permanent(type, id, 'what it is cannot be changed', type === 'Task' ? 'code' : 'category')
  }

  /** A part of a thread. */
  async #write(draft: Draft, kind: Kind): Promise<void> {
    const { name, was, after } = draft
    this.#guarded.add(name)
    if (was !== undefined && kind === 'answer' && draft.write.method === 'put' && draft.write.verb === 'POST') {
      // What is posted is new: that its computed id is taken says that the question is answered.
      const { type, id } = draft.write
      throw kindOf(was) === undefined ? fail('resource.exists', { type, id }) : alreadyAnswered(targets(was.inResponseTo)[0] ?? id, was)
    }
    if (kindOf(was) !== undefined) {
      await this.#change(draft, kind)
    } else if (kind === 'thread') checkHeader(this.#commit, draft)
    else if (kind === 'question') await ask(this.#commit, draft)
    else if (kind === 'answer') this.#questions.add(await answer(this.#commit, draft))
    if (kind === 'task') {
      const question = target(after?.focus, 'Communication')
      if (kindOf(await this.#facts.read(question)) !== 'question')
        throw fail('thread.invalid', { reason: 'focus must name a question' }, { expression: 'Task.focus' })
      this.#questions.add(question!)
      const task = await this.#commit.taskOf(question!)
      if (task !== undefined && task.name !== name) throw permanent('Task', idOf(task.name), 'a question has one Task', 'focus')
    }
    if (kind === 'thread') this.#headers.add(name)
    if (kind === 'question' && was === undefined) this.#questions.add(name)
    if ((kind === 'question' || kind === 'answer') && was === undefined)
      for (const header of targets(draft.after?.partOf, 'Communication')) this.#headers.add(header)
  }

  async #change({ write, was, after }: Draft, kind: Kind): Promise<void> {
    const { who } = this.#commit
    const { type, id } = write
    const what = judge({ type, id, kind, before: was!, after: after! })
    if (what === 'opened') {
      const responsible = await responsibleFor(this.#facts, await concerned(this.#commit, was!), this.#commit.at)
      const recipients = await Promise.all((was?.recipient ?? []).map((one) => practitionerBehind(this.#facts, one)))
      if (who.role !== 'physician' || who.fhirUser === undefined || ![responsible, ...recipients].includes(who.fhirUser))
        throw fail('thread.not-theirs', { reason: 'Only its recipient opens a question' }, { expression: 'Communication.received' })
    }
    if (what === 'corrected') {
      const author = await practitionerBehind(this.#facts, was?.sender)
      if (
        who.role !== 'physician' ||
        who.fhirUser === undefined ||
        author !== who.fhirUser ||
        !isSignedBy(reasonsOf(was!, after!), who.fhirUser)
      )
        throw fail(
          'thread.not-theirs',
          { reason: 'Only its author may correct an answer, in their own name' },
          { expression: 'Communication' }
        )
    }
  }

  /** What is no part of a thread. */
  async #other(draft: Draft): Promise<void> {
    const { write, was, after } = draft
    if (kindOf(after) !== undefined) return
    if (write.type === 'Communication') return this.#plain(draft)
    if (!CARE.includes(write.type)) return
    this.#guarded.add(draft.name)
    for (const question of await this.#waiting(draft)) {
      this.#questions.add(question)
      for (const header of targets((await this.#facts.read(question))?.partOf, 'Communication')) this.#headers.add(header)
    }
    if (was === undefined && after === undefined) this.#guarded.delete(draft.name)
  }

  /** A Communication without our category must not pass for a part of a thread; a patient writes nothing else than questions. */
  async #plain({ after }: Draft): Promise<void> {
    if (after === undefined) return
    const related = [...targets(after.partOf, 'Communication'), ...targets(after.inResponseTo, 'Communication')]
    const kinds = await Promise.all(related.map(async (name) => kindOf(await this.#facts.read(name))))
    if (this.#commit.who.role === 'patient' || kinds.some((kind) => kind !== undefined)) {
      const reason = 'The category must say what it is in the thread: question or answer'
      throw fail('thread.invalid', { reason }, { expression: 'Communication.category' })
    }
  }

  /** Questions that wait, where it may have changed who is responsible for them. */
  async #waiting({ write, was, after, name }: Draft): Promise<string[]> {
    const { at } = this.#commit
    const before = { attending: attending(was, at), gp: was?.generalPractitioner, role: was?.practitioner, subject: was?.subject }
    const now = { attending: attending(after, at), gp: after?.generalPractitioner, role: after?.practitioner, subject: after?.subject }
    if (JSON.stringify(before) === JSON.stringify(now)) return []
    const by: Readonly<Record<string, readonly string[]>> = {
      Encounter: ['encounter', name],
      Patient: ['patient', name],
      PractitionerRole: ['owner', target(was?.practitioner) ?? '']
    }
    const [parameter, value] = by[write.type] as [string, string]
    if (value === '') return []
    const found = await this.#facts.find('Task', [
      [parameter, value],
      ['status', OPEN.join()],
      ['code', `${TASK_CODE}|${ANSWER_QUESTION}`]
    ])
    return found.flatMap(({ body }) => target(parse(body.toString()).focus, 'Communication') ?? [])
  }

  #ruled(own: readonly Draft[]): Ruled {
    const drafts = new Map(own.map((draft) => [draft.name, draft]))
    const renamed = renames(this.#writes)
    const writes = this.#writes.map((sent) => {
      const write = renamed.length === 0 ? sent : rename(sent, renamed)
      const draft = drafts.get(`${write.type}/${write.id}`)
      if (draft === undefined || !this.#guarded.has(draft.name)) return write
      return onlyIf(draft.write, draft.before)
    })
    const added = this.#commit.drafts.filter(
      ({ added, write, before }) => added && !(before !== undefined && write.method === 'put' && write.text === before.body)
    )
    for (const { name } of added) this.#guarded.add(name)
    return {
      writes: [...writes, ...added.map(({ write, before }) => onlyIf(write, before))],
      expectations: this.#facts.expectations,
      watched: new Set([...this.#guarded, ...this.#facts.watched])
    }
  }
}

/**
 * An answer that does not say whom it is about is about whom its question is; a question about whom it is from. So that who may write it can be told before
 * the rules are asked.
 */
export async function withSubjects(store: Pick<Repository, 'read'>, who: Principal, writes: readonly Write[]): Promise<readonly Write[]> {
  if (!writes.some(({ type }) => type === 'Communication')) return writes
  return Promise.all(writes.map((write) => withSubject(store, who, write)))
}

async function withSubject(store: Pick<Repository, 'read'>, who: Principal, write: Write): Promise<Write> {
  if (write.method !== 'put' || write.type !== 'Communication') return write
  const resource = parse(write.text)
  const kind = kindOf(resource)
  if (resource.subject !== undefined || (kind !== 'answer' && kind !== 'question')) return write
  if (kind === 'question') {
    const reference = target(resource.sender, 'Patient') ?? (who.role === 'patient' ? who.fhirUser : undefined)
    return reference === undefined ? write : { ...write, text: withMembers(write.text, { subject: { reference } }) }
  }
  const question = targets(resource.inResponseTo, 'Communication')[0]
  const stored = question === undefined ? undefined : await store.read('Communication', idOf(question))
  const subject = stored?.deleted === false ? parse(stored.body).subject : undefined
  return subject === undefined ? write : { ...write, text: withMembers(write.text, { subject }) }
}

interface Rename {
  /** Number of the write. */
  readonly at: number
  readonly from: string
  readonly to: string
}

function renames(writes: readonly Write[]): Rename[] {
  return writes.flatMap((write, at) => {
    if (write.method !== 'put' || write.verb !== 'POST' || write.type !== 'Communication') return []
    const resource = parse(write.text)
    const question = kindOf(resource) === 'answer' ? targets(resource.inResponseTo, 'Communication')[0] : undefined
    return question === undefined ? [] : [{ at, from: write.id, to: partId('answer', idOf(question)) }]
  })
}

/** The ids that are replaced were made for this commit: nothing else has them. */
function rename(write: Write, renamed: readonly Rename[]): Write {
  const to = renamed.find(({ from }) => write.type === 'Communication' && write.id === from)?.to ?? write.id
  if (write.method === 'delete') return write
  const text = renamed.reduce((all, one) => all.replaceAll(`Communication/${one.from}`, `Communication/${one.to}`), write.text)
  return { ...write, id: to, text }
}
