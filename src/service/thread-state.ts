/** Keeps the header and the Tasks of a thread in step with its questions, its answers and the responsible physician. */
import { fail, type WardbridgeError } from '../errors.js'
import { ANSWER_QUESTION, idOf, kindOf, OPEN, partId, type Resource, TASK_CODE, target, targets } from '../threads/model.js'
import type { Draft } from './facts.js'
import { practitionerBehind, responsibleFor } from './responsible.js'
import { categoryOf, type Part, type ThreadCommit } from './thread-commit.js'

/** Why a header or Task that a client wrote is refused. */
function disagrees({ name }: Draft, reason: string, member: string): WardbridgeError {
  const [type, id] = name.split('/') as [string, string]
  return fail('thread.state', { type, id, reason }, { expression: `${type}.${member}` })
}

/** The header of a question that has none: added. Returns `Communication/1`. */
export async function addHeader(commit: ThreadCommit, question: string, asked: Resource): Promise<string> {
  const id = partId('thread', idOf(question))
  const responsible = await responsibleFor(commit.facts, asked, commit.at)
  const { topic, reasonCode } = asked as { topic?: unknown; reasonCode?: unknown }
  const header = {
    resourceType: 'Communication',
    id,
    status: 'in-progress',
    category: categoryOf('thread'),
    topic,
    subject: asked.subject,
    encounter: asked.encounter,
    sent: asked.sent,
    recipient: recipients(responsible, target(asked.subject)),
    reasonCode
  }
  commit.add({ method: 'put', type: 'Communication', id, text: JSON.stringify(header), verb: 'POST' }, undefined, true)
  return `Communication/${id}`
}

export function recipients(...names: ReadonlyArray<string | undefined>): object[] {
  return names.flatMap((reference) => (reference === undefined ? [] : [{ reference }]))
}

/** The Task of a question: checked where a client wrote it, else made or changed. question: `Communication/1`. Throws thread.state. */
export async function settleTask(commit: ThreadCommit, question: string): Promise<void> {
  const asked = await commit.facts.read(question)
  if (asked === undefined) return
  const answer = await commit.answerTo(question, asked)
  const responsible = await responsibleFor(commit.facts, await concerned(commit, asked), commit.at)
  const task = (await commit.taskOf(question)) ?? addTask(commit, question, asked)
  if (!task.added) await checkTask(commit, task, { asked, answer, responsible })
  const { after } = task
  const members: Record<string, unknown> = {}
  if (answer === undefined) {
    if (target(after?.owner) !== responsible) members['owner'] = responsible === undefined ? undefined : { reference: responsible }
  } else {
    if (after?.status !== 'completed') {
      members['status'] = 'completed'
      const sender = await practitionerBehind(commit.facts, answer.resource.sender)
      if (sender !== undefined && target(after?.owner) !== sender) members['owner'] = { reference: sender }
    }
    if (!outputs(after).includes(answer.name))
      members['output'] = [...(after?.output ?? []), { type: taskCode(), valueReference: { reference: answer.name } }]
  }
  if (Object.keys(members).length > 0 && task.was !== undefined) members['lastModified'] = commit.now
  commit.set(task, members)
}

/** A question may leave its admission to the header. */
export async function concerned(commit: ThreadCommit, asked: Resource): Promise<Resource> {
  if (asked.encounter !== undefined) return asked
  const header = await commit.facts.read(targets(asked.partOf, 'Communication')[0])
  return header?.encounter === undefined ? asked : { ...asked, encounter: header.encounter }
}

function outputs(task: Resource | undefined): string[] {
  return (task?.output ?? []).flatMap(({ valueReference }) => target(valueReference) ?? [])
}

function taskCode(): object {
  return { coding: [{ system: TASK_CODE, code: ANSWER_QUESTION }] }
}

function addTask(commit: ThreadCommit, question: string, asked: Resource): Draft {
  const id = partId('task', idOf(question))
  const task = {
    resourceType: 'Task',
    id,
    status: 'requested',
    intent: 'order',
    code: taskCode(),
    focus: { reference: question },
    for: asked.subject,
    encounter: asked.encounter,
    authoredOn: asked.sent ?? commit.now,
    lastModified: asked.sent ?? commit.now
  }
  return commit.add({ method: 'put', type: 'Task', id, text: JSON.stringify(task), verb: 'POST' }, undefined, true)
}

async function checkTask(
  commit: ThreadCommit,
  task: Draft,
  { asked, answer, responsible }: { asked: Resource; answer: Part | undefined; responsible: string | undefined }
): Promise<void> {
  const { after, was } = task
  if (target(after?.for) !== target(asked.subject)) throw disagrees(task, 'it is for another patient than the question', 'for')
  if (after?.encounter !== undefined && asked.encounter !== undefined && target(after.encounter) !== target(asked.encounter))
    throw disagrees(task, 'it is about another admission than the question', 'encounter')
  const owner = target(after?.owner)
  if (answer === undefined) {
    if (!OPEN.includes(after?.status ?? '')) throw disagrees(task, 'the question waits for its answer', 'status')
    if (owner !== undefined && owner !== responsible && owner !== target(was?.owner))
      throw disagrees(task, `the responsible physician is ${responsible ?? 'nobody'}`, 'owner')
    return
  }
  if (after?.status !== 'completed') throw disagrees(task, 'the question is answered', 'status')
  if (outputs(after).some((name) => name !== answer.name)) throw disagrees(task, `the answer is ${answer.name}`, 'output')
  const sender = await practitionerBehind(commit.facts, answer.resource.sender)
  if (owner !== undefined && sender !== undefined && owner !== sender && owner !== target(was?.owner))
    throw disagrees(task, `${sender} answered`, 'owner')
}

/** The header of a thread: checked where a client wrote it, else changed. header: `Communication/1`. Throws thread.state. */
export async function settleHeader(commit: ThreadCommit, name: string): Promise<void> {
  const header = await commit.adopt(name)
  if (header?.after === undefined || kindOf(header.after) !== 'thread') return
  const parts = await commit.parts(name)
  const questions = parts.filter(({ resource }) => kindOf(resource) === 'question')
  const answered = new Set(parts.flatMap(({ resource }) => (kindOf(resource) === 'answer' ? targets(resource.inResponseTo) : [])))
  const isOpen = questions.length === 0 || questions.some((question) => !answered.has(question.name))
  const status = isOpen ? 'in-progress' : 'completed'
  const isOwn = !header.added
  if (isOwn && header.after.status !== status)
    throw disagrees(header, isOpen ? 'it waits for an answer: in-progress' : 'it is answered: completed', 'status')
  const members: Record<string, unknown> = header.after.status === status ? {} : { status }
  const responsible = isOpen ? await responsibleFor(commit.facts, header.after, commit.at) : undefined
  const given = header.after.recipient
  const knows = responsible === undefined || (await isAmong(commit, given, responsible))
  if (given === undefined && header.was === undefined) members['recipient'] = recipients(responsible, target(header.after.subject))
  else if (!knows && isOwn && header.was === undefined) throw disagrees(header, `the responsible physician is ${responsible}`, 'recipient')
  else if (!knows) members['recipient'] = [...(given ?? []), { reference: responsible }]
  commit.set(header, members)
}

/** Whether a practitioner is among the recipients, also by a PractitionerRole. */
export async function isAmong(commit: ThreadCommit, references: Resource['recipient'], practitioner: string): Promise<boolean> {
  for (const reference of references ?? []) if ((await practitionerBehind(commit.facts, reference)) === practitioner) return true
  return false
}
