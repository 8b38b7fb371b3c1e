/** What a patient asks and a physician answers, when it is written for the first time: see src/threads/README.md. */
import { fail, type WardbridgeError } from '../errors.js'
import { idOf, kindOf, type Resource, target, targets } from '../threads/model.js'
import type { Principal } from './contract.js'
import type { Draft } from './facts.js'
import { practitionerBehind, responsibleFor } from './responsible.js'
import type { ThreadCommit } from './thread-commit.js'
import { addHeader, concerned, isAmong, recipients } from './thread-state.js'

/** Roles that write down what others said. */
const CLERKS = ['administrator', 'data-entry', 'system']

function invalid(reason: string, member: string): WardbridgeError {
  return fail('thread.invalid', { reason }, { expression: `Communication.${member}` })
}

function notTheirs(reason: string, member: string): WardbridgeError {
  return fail('thread.not-theirs', { reason }, { expression: `Communication.${member}` })
}

/** A header that a client begins a thread with. Throws thread.invalid, thread.not-theirs. */
export function checkHeader({ who }: ThreadCommit, { after }: Draft): void {
  if (after?.payload !== undefined) throw invalid('The header of a thread has no payload: that is in its questions and answers', 'payload')
  if (after?.partOf !== undefined || after?.inResponseTo !== undefined) throw invalid('The header of a thread is part of nothing', 'partOf')
  checkPatient(who, after?.subject, 'begin a thread')
}

/** Whose it is: a patient's own; or written down by a clerk. */
function checkPatient(who: Principal, subject: Resource['subject'], what: string): string {
  const patient = target(subject, 'Patient')
  if (patient === undefined) throw invalid('subject must name the patient (Patient/ID)', 'subject')
  if (who.role === 'patient' ? patient !== who.fhirUser : !CLERKS.includes(who.role))
    throw notTheirs(`Only ${who.role === 'patient' ? 'this patient' : 'the patient'} may ${what} about themself`, 'subject')
  return patient
}

/**
 * A question: checks it, adds what the client left out, and a header when it is part of none. Throws thread.invalid, thread.not-theirs, thread.state.
 */
export async function ask(commit: ThreadCommit, draft: Draft): Promise<void> {
  const { who, facts } = commit
  const patient = checkPatient(who, draft.after?.subject, 'ask')
  const { sender, status, inResponseTo, payload, received, partOf, encounter, sent, recipient } = draft.after!
  if (sender !== undefined && target(sender) !== patient) throw notTheirs('A question is sent by the patient it is about', 'sender')
  if (status !== 'completed') throw invalid('A question that was sent is completed', 'status')
  if (inResponseTo !== undefined) throw invalid('A question answers nothing', 'inResponseTo')
  if (payload === undefined) throw invalid('A question has a payload', 'payload')
  if (received !== undefined && who.role === 'patient')
    throw notTheirs('That a question was opened is for its recipient to say', 'received')
  commit.set(draft, {
    ...(sender === undefined ? { sender: { reference: patient } } : {}),
    ...(sent === undefined ? { sent: commit.now } : {})
  })
  if (partOf !== undefined) await joinThread(commit, draft, patient, encounter)
  await checkEncounter(commit, draft.after!, patient)
  if (partOf === undefined) commit.set(draft, { partOf: [{ reference: await addHeader(commit, draft.name, draft.after!) }] })
  const responsible = await responsibleFor(facts, draft.after!, commit.at)
  if (recipient === undefined && responsible !== undefined) commit.set(draft, { recipient: recipients(responsible) })
  if (recipient !== undefined && responsible !== undefined && !(await isAmong(commit, recipient, responsible))) {
    const reason = `the responsible physician is ${responsible}`
    throw fail('thread.state', { type: 'Communication', id: idOf(draft.name), reason }, { expression: 'Communication.recipient' })
  }
}

async function joinThread(commit: ThreadCommit, draft: Draft, patient: string, encounter: Resource['encounter']): Promise<void> {
  const [name, ...more] = targets(draft.after?.partOf, 'Communication')
  const header = await commit.facts.read(name)
  if (kindOf(header) !== 'thread' || target(header?.subject) !== patient || more.length > 0)
    throw invalid('partOf must name one thread of the patient', 'partOf')
  if (encounter === undefined && header?.encounter !== undefined) commit.set(draft, { encounter: header.encounter })
  else if (target(encounter) !== target(header?.encounter)) throw invalid('encounter is not that of the thread', 'encounter')
}

/** Says the same of an admission that is not known and of one of another patient. */
async function checkEncounter({ facts }: ThreadCommit, { encounter }: Resource, patient: string): Promise<void> {
  if (encounter === undefined) return
  const stay = await facts.read(target(encounter, 'Encounter'))
  if (target(stay?.subject) !== patient) throw notTheirs('encounter is not an admission of the patient', 'encounter')
}

/**
 * An answer: checks it and its author, and adds what the client left out. Returns the question. Throws thread.invalid, thread.not-theirs,
 * thread.not-responsible, thread.answered.
 */
export async function answer(commit: ThreadCommit, draft: Draft): Promise<string> {
  const { who, facts } = commit
  const { status, payload, subject, encounter, recipient, sent, partOf, received } = draft.after!
  const [question, ...more] = targets(draft.after?.inResponseTo, 'Communication')
  const asked = await facts.read(question)
  const isAbout = kindOf(asked) === 'question' && (subject === undefined || target(subject) === target(asked?.subject))
  if (question === undefined || more.length > 0 || !isAbout)
    throw invalid('inResponseTo must name one question of the patient', 'inResponseTo')
  await checkAuthor(commit, draft, await concerned(commit, asked!))
  const there = await answered(commit, question, draft.name)
  if (there !== undefined) throw there
  if (status !== 'completed') throw invalid('An answer that was sent is completed', 'status')
  if (payload === undefined) throw invalid('An answer has a payload', 'payload')
  const header = targets(asked?.partOf, 'Communication')[0]
  if (partOf !== undefined && (targets(partOf).length !== 1 || targets(partOf)[0] !== header))
    throw invalid('partOf is not the thread of the question', 'partOf')
  if (encounter !== undefined && target(encounter) !== target(asked?.encounter))
    throw invalid('encounter is not that of the question', 'encounter')
  if (received !== undefined && CLERKS.includes(who.role) === false) throw notTheirs('received is for the patient to say', 'received')
  if (recipient !== undefined && !targets(recipient).includes(target(asked?.subject) ?? ''))
    throw invalid('recipient must name the patient who asked', 'recipient')
  commit.set(draft, {
    ...(partOf === undefined && header !== undefined ? { partOf: [{ reference: header }] } : {}),
    ...(subject === undefined ? { subject: asked!.subject } : {}),
    ...(encounter === undefined && asked?.encounter !== undefined ? { encounter: asked.encounter } : {}),
    ...(sent === undefined ? { sent: commit.now } : {}),
    ...(recipient === undefined ? { recipient: recipients(target(asked!.subject)) } : {})
  })
  return question
}

async function checkAuthor(commit: ThreadCommit, draft: Draft, asked: Resource): Promise<void> {
  const { who, facts } = commit
  const given = draft.after?.sender
  const responsible = await responsibleFor(facts, asked, commit.at)
  const refuse = (sender: string) =>
    fail('thread.not-responsible', { sender, responsible: responsible ?? 'nobody' }, { expression: 'Communication.sender' })
  if (who.role !== 'physician' && !CLERKS.includes(who.role))
    throw fail('thread.not-theirs', { reason: 'Only the responsible physician may answer' }, { expression: 'Communication.sender' })
  if (given === undefined && who.role !== 'physician') throw invalid('sender must name the physician who answers', 'sender')
  const sender = given === undefined ? who.fhirUser : await practitionerBehind(facts, given)
  if (who.role === 'physician' && (sender === undefined || sender !== who.fhirUser))
    throw notTheirs('A physician answers in their own name only', 'sender')
  if (sender === undefined || sender !== responsible) throw refuse(sender ?? 'This sender')
  if (given === undefined) commit.set(draft, { sender: { reference: sender } })
}

/** That a question is answered already, by another resource than `besides`; undefined: it waits. */
async function answered(commit: ThreadCommit, question: string, besides: string): Promise<WardbridgeError | undefined> {
  const asked = await commit.facts.read(question)
  const header = targets(asked?.partOf, 'Communication')[0]
  const parts = header === undefined ? [] : await commit.parts(header)
  const own = commit.drafts.flatMap(({ name, after }) => (after === undefined ? [] : [{ name, resource: after }]))
  const other = [...parts, ...own].find(
    ({ name, resource }) => name !== besides && kindOf(resource) === 'answer' && targets(resource.inResponseTo).includes(question)
  )
  const stored = commit.draft(besides)?.was
  const found = other?.resource ?? stored
  return found === undefined ? undefined : alreadyAnswered(question, found)
}

/** answer: the one that is there. */
export function alreadyAnswered(question: string, answer: Pick<Resource, 'sender' | 'sent'>): WardbridgeError {
  const who = target(answer.sender) ?? 'somebody'
  return fail(
    'thread.answered',
    { question, who, when: answer.sent ?? 'a time that is not known' },
    { expression: 'Communication.inResponseTo' }
  )
}
