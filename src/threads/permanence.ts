/** What may be changed of a part of a thread once it is there. */
import { isDeepStrictEqual } from 'node:util'
import { fail, type WardbridgeError } from '../errors.js'
import { type Kind, type Note, type Resource, target } from './model.js'

/** A part of a thread before and after a write, with who makes it (`Practitioner/1`), where it is a person. */
export interface Change {
  readonly type: string
  readonly id: string
  readonly kind: Kind
  readonly before: Resource
  readonly after: Resource
}

/** Members that are facts of a header and of a Task; the others follow the thread, or are notes about it. */
const FACTS: Readonly<Record<'thread' | 'task', ReadonlyArray<keyof Resource>>> = {
  thread: ['category', 'subject', 'encounter', 'sender', 'partOf', 'inResponseTo', 'payload', 'sent'],
  task: ['code', 'intent', 'focus', 'for', 'encounter', 'authoredOn']
}

export function permanent(type: string, id: string, reason: string, member?: string): WardbridgeError {
  return fail('thread.permanent', { type, id, reason }, member === undefined ? {} : { expression: `${type}.${member}` })
}

/** Names of the members that differ; meta is no content. */
export function changes(before: Resource, after: Resource): string[] {
  const [a, b] = [before, after] as unknown as Array<Record<string, unknown>>
  return [...new Set([...Object.keys(a!), ...Object.keys(b!)])].filter(
    (name) => name !== 'meta' && name !== 'id' && !isDeepStrictEqual(a![name], b![name])
  )
}

/**
 * What kind of change it is: `none`, `opened` (a question's first `received`), `corrected` (an answer's payload, with a new note that says why), or
 * `state` (of a header or a Task). Throws thread.permanent for any other.
 */
export function judge({ type, id, kind, before, after }: Change): 'none' | 'opened' | 'corrected' | 'state' {
  const changed = changes(before, after)
  if (changed.length === 0) return 'none'
  if (kind === 'thread' || kind === 'task') {
    const fact = FACTS[kind].find((name) => changed.includes(name))
    if (fact !== undefined) throw permanent(type, id, `${fact} cannot be changed`, fact)
    return 'state'
  }
  if (kind === 'question') {
    if (before.received === undefined && changed.every((name) => name === 'received' || name === '_received')) return 'opened'
    throw permanent(type, id, `${changed[0]} of a question cannot be changed`, changed[0])
  }
  const other = changed.find((name) => name !== 'payload' && name !== 'note')
  if (other !== undefined) throw permanent(type, id, `${other} of an answer cannot be changed`, other)
  if (after.payload === undefined) throw permanent(type, id, 'an answer cannot be taken back', 'payload')
  if (reasonsOf(before, after).length === 0)
    throw permanent(type, id, 'an answer is corrected with a new note that says why, behind those it has', 'note')
  return 'corrected'
}

/** The notes that were added behind those that were there; none when one of these was changed. */
export function reasonsOf(before: Resource, after: Resource): Note[] {
  const [old = [], now = []] = [before.note, after.note]
  if (!isDeepStrictEqual(now.slice(0, old.length), old)) return []
  const added = now.slice(old.length)
  return added.every(({ text }) => typeof text === 'string' && text.trim() !== '') ? added : []
}

/** Whether somebody else is named as the author of a correction. */
export function isSignedBy(notes: readonly Note[], author: string): boolean {
  return notes.every(({ authorReference }) => authorReference === undefined || target(authorReference) === author)
}
