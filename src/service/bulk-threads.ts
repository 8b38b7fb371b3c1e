/**
 * Threads in a load. What happened elsewhere is taken as it is said: any physician may have answered, or nobody knows who. But what is here stays: a question
 * has one answer, questions and answers are not changed, and what was answered here does not wait again. A row whose resources have been as it says is no news.
 */
import { isDeepStrictEqual } from 'node:util'
import { WardbridgeError } from '../errors.js'
import { parseSearch } from '../fhir/search-query.js'
import type { Outcomes, ReadResource, Repository, Write, WriteResult } from '../store/repository.js'
import { ANSWER_QUESTION, answerClaim, kindOf, OPEN, type Resource, TASK_CODE, target, targets } from '../threads/model.js'
import { changes, judge, permanent } from '../threads/permanence.js'
import type { PlacedResource, Principal, Refused } from './contract.js'
import { earlier } from './earlier.js'
import { parse } from './facts.js'
import { onlyIf } from './preconditions.js'
import { alreadyAnswered } from './questions.js'
import { commitSettled } from './ruled-commit.js'

type Store = Pick<Repository, 'capabilities' | 'read' | 'vread' | 'history' | 'search' | 'commit'>

/** Rows that are written in one commit. */
const TOGETHER = 250
/** How often a row is looked at anew after somebody else wrote. */
const ATTEMPTS = 8

export interface LoadedThreads {
  readonly byType: Record<string, Outcomes>
  readonly refused: Refused[]
}

/** Writes the parts of threads of a stage, row by row: all of a row, or nothing of it. */
export async function loadThreads(store: Store, resources: readonly PlacedResource[]): Promise<LoadedThreads> {
  const loaded: LoadedThreads = { byType: {}, refused: [] }
  const byOrigin = new Map<number, PlacedResource[]>()
  for (const one of resources) {
    const row = byOrigin.get(one.origin)
    if (row === undefined) byOrigin.set(one.origin, [one])
    else row.push(one)
  }
  const rows = [...byOrigin.values()]
  for (let at = 0; at < rows.length; at += TOGETHER) {
    const some = rows.slice(at, at + TOGETHER)
    if (!(await loadTogether(store, some, loaded))) for (const row of some) await loadRow(store, row, loaded)
  }
  return loaded
}

/** Most rows are new, and nothing is in their way: these are one commit. False: something is, and nothing was written. */
async function loadTogether(store: Store, rows: ReadonlyArray<readonly PlacedResource[]>, loaded: LoadedThreads): Promise<boolean> {
  try {
    const planned = await Promise.all(rows.flat().map((one) => plan(store, one)))
    const names = planned.map(({ type, id }) => `${type}/${id}`)
    if (new Set(names).size < names.length) return false
    const written = await store.commit(planned.flatMap(({ write }) => write ?? []))
    for (const { type, write } of planned) if (write === undefined) count(loaded, { type, outcome: 'unchanged' })
    for (const one of written) count(loaded, one)
    return true
  } catch (error) {
    if (!(error instanceof WardbridgeError) || !/^(thread|claim|resource)\./.test(error.code)) throw error
    return false
  }
}

async function loadRow(store: Store, row: readonly PlacedResource[], loaded: LoadedThreads): Promise<void> {
  for (let left = ATTEMPTS; ; left--) {
    try {
      const planned = await Promise.all(row.map((one) => plan(store, one)))
      const written = await store.commit(planned.flatMap(({ write }) => write ?? []))
      for (const { type, write } of planned) if (write === undefined) count(loaded, { type, outcome: 'unchanged' })
      for (const one of written) count(loaded, one)
      return
    } catch (error) {
      if (!(error instanceof WardbridgeError)) throw error
      if (/^resource\.(conflict|exists|raced)$/.test(error.code) && left > 1) continue
      const told = error.code === 'claim.taken' ? await overtaken(store, row, error) : error
      if (told === undefined) for (const { type } of row) count(loaded, { type, outcome: 'unchanged' })
      else {
        const { type, id, origin } = row[0]!
        loaded.refused.push({ type, id, origin, rule: told.code, message: told.message })
      }
      return
    }
  }
}

function count({ byType }: LoadedThreads, { type, outcome }: Pick<WriteResult, 'type' | 'outcome'>): void {
  byType[type] ??= { created: 0, updated: 0, unchanged: 0 }
  const outcomes = byType[type]
  if (outcome !== 'deleted') outcomes[outcome]++
}

type ByType = Readonly<Record<string, Outcomes>>

export function sumOutcomes(a: ByType, b: ByType): ByType {
  const all = structuredClone(a) as Record<string, Outcomes>
  for (const [type, { created, updated, unchanged }] of Object.entries(b)) {
    all[type] ??= { created: 0, updated: 0, unchanged: 0 }
    const sum = all[type]
    sum.created += created
    sum.updated += updated
    sum.unchanged += unchanged
  }
  return all
}

interface Planned {
  readonly type: string
  readonly id: string
  /** undefined: there is nothing to write. */
  readonly write: Write | undefined
}

/** What becomes of one resource. Throws thread.permanent, thread.answered. */
async function plan(store: Store, { type, id, text }: PlacedResource): Promise<Planned> {
  const stored = await store.read(type, id)
  const write = onlyIf({ method: 'put', type, id, text }, stored)
  if (stored === undefined || stored.deleted) return { type, id, write }
  const [before, after] = [parse(stored.body), parse(text)]
  if (changes(before, after).length === 0) return { type, id, write }
  if (await wasSo(store, stored, after)) return { type, id, write: undefined }
  const kind = kindOf(before)
  if (kind === undefined || kind !== kindOf(after)) throw permanent(type, id, 'what it is cannot be changed')
  if (kind === 'answer') throw alreadyAnswered(targets(before.inResponseTo)[0] ?? id, before)
  if (judge({ type, id, kind, before, after }) === 'opened') return { type, id, write }
  if (before.status === 'completed' && after.status !== 'completed') throw permanent(type, id, 'it was answered', 'status')
  return { type, id, write }
}

/** Whether an earlier version said the same. */
async function wasSo(store: Store, stored: ReadResource, after: Resource): Promise<boolean> {
  for await (const { deleted, body } of earlier(store, stored))
    if (!deleted && changes(parse(body.toString()), after).length === 0) return true
  return false
}

/** A question that was answered under another id. undefined: with the same words, by the same physician. */
async function overtaken(store: Store, row: readonly PlacedResource[], error: WardbridgeError): Promise<WardbridgeError | undefined> {
  const { claim, holder } = error.params as { claim: string; holder: string }
  const [type, id] = holder.split('/') as [string, string]
  const stored = claim.startsWith(answerClaim('')) ? await store.read(type, id) : undefined
  if (stored === undefined || stored.deleted) return error
  const there = parse(stored.body)
  const own = row.map(({ text }) => parse(text)).find((one) => kindOf(one) === 'answer')
  const same = isDeepStrictEqual(own?.payload, there.payload) && (own?.sender === undefined || target(own.sender) === target(there.sender))
  return same ? undefined : alreadyAnswered(targets(there.inResponseTo)[0] ?? holder, there)
}

const PAGE = 200

/** Brings every thread that waits in step with its answers and with who is responsible now. Returns how many Tasks were looked at. */
export async function settleAll(store: Store, who: Principal): Promise<number> {
  const parameters: Array<readonly [string, string]> = [
    ['status', OPEN.join()],
    ['code', `${TASK_CODE}|${ANSWER_QUESTION}`],
    ['_count', String(PAGE)],
    ['_total', 'none']
  ]
  const query = parseSearch('Task', parameters, { handling: 'strict' })
  let looked = 0
  let cursor: string | undefined
  do {
    const { resources, next } = await store.search({ ...query, cursor })
    for (const { body } of resources) {
      const question = target(parse(body.toString()).focus, 'Communication')
      if (question !== undefined) await commitSettled(store, who, question)
      looked++
    }
    cursor = next
  } while (cursor !== undefined)
  return looked
}
