/**
 * transaction (R4 http.html#trules): the writes of a bundle, all or nothing. What conditions select is searched first, every entry's fate is decided, and
 * all of it is committed with the expectation that the searches still find the same.
 */
import { faultErrors, type RequestBundle } from '../fhir/bundle/read.js'
import type { Expectation, Write, WriteResult } from '../store/repository.js'
import type { Interaction } from './access.js'
import { faulty } from './body.js'
import type { Checks } from './check.js'
import { untilNotRaced } from './conditional.js'
import { entryError } from './transaction-errors.js'
import { decideFates, type Fate, namesOf } from './transaction-fates.js'
import { findConditions } from './transaction-searches.js'
import { type Step, writeSteps } from './transaction-steps.js'
import { type WriteText, writeTexts } from './transaction-texts.js'
import type { Seen } from './view.js'

export interface TransactionOptions {
  /** Base URL of this server as the client sees it. */
  readonly base: string
  /** Called once, before anything is written, with `Type/id` of what will be. When it throws, nothing is written. */
  readonly prepare?: (written: ReadonlyMap<string, 'put' | 'delete'>) => Promise<void>
}

/** What an entry that writes came to, by the number of the entry: one resource; of a delete any number. */
export type TransactionResult = ReadonlyMap<number, readonly WriteResult[]>

/**
 * Writes the entries of a transaction that create, update, patch or delete; the others are left to the caller. text: that the bundle was read from.
 * Every error names its entry (`Bundle.entry[3]`); several are an AggregateError. Throws bundle.*, conditional.*, resource.*, auth.forbidden and what
 * searches throw.
 */
export async function transact(
  store: Seen,
  checks: Checks,
  allow: (interaction: Interaction, type: string) => void,
  { text, bundle }: { readonly text: string; readonly bundle: RequestBundle },
  { base, prepare }: TransactionOptions
): Promise<TransactionResult> {
  const faults = bundle.entries.flatMap((entry) => entry.faults)
  if (faults.length > 0) throw faulty(faultErrors(faults))
  const steps = writeSteps(bundle.entries)
  for (const step of steps) {
    allow(step.interaction, step.type)
    for (const { type } of step.searches) allow('search', type)
  }
  let prepared = false
  return untilNotRaced(async () => {
    const conditions = await findConditions(store, steps, bundle, base)
    const fates = await decideFates(store, steps, conditions, text)
    const texts = await writeTexts({ store, checks, steps, fates, bundle, conditions, text })
    if (!prepared)
      await prepare?.(
        new Map(
          [...fates.values()].flatMap((fate) =>
            fate.kind === 'put' || fate.kind === 'delete' ? namesOf(fate).map((name) => [name, fate.kind] as const) : []
          )
        )
      )
    prepared = true
    const results = await commit(store, steps, fates, texts, conditions.expectations)
    return new Map(steps.map(({ entry }) => [entry, results.get(entry) ?? []]))
  })
}

async function commit(
  store: Seen,
  steps: readonly Step[],
  fates: ReadonlyMap<number, Fate>,
  texts: ReadonlyMap<number, WriteText>,
  expectations: readonly Expectation[]
): Promise<TransactionResult> {
  const written: number[] = []
  const writes: Write[] = []
  for (const { entry, method } of steps) {
    const fate = fates.get(entry)!
    const { type, id } = fate
    const precondition = fate.precondition ?? texts.get(entry)?.precondition
    const guarded = precondition === undefined ? {} : { precondition }
    if (fate.kind === 'nothing' || fate.kind === 'same') continue
    if (fate.kind === 'delete') {
      for (const one of [id, ...fate.others]) {
        written.push(entry)
        writes.push({ method: 'delete', type, id: one, ...guarded })
      }
      continue
    }
    written.push(entry)
    writes.push({ method: 'put', type, id, text: texts.get(entry)!.text, verb: method === 'DELETE' ? 'PUT' : method, ...guarded })
  }
  try {
    const committed = writes.length === 0 && expectations.length === 0 ? [] : await store.commit(writes, expectations)
    const results = new Map<number, WriteResult[]>()
    for (const [n, entry] of written.entries()) results.set(entry, [...(results.get(entry) ?? []), committed[n]!])
    for (const [entry, fate] of fates) {
      if (fate.kind === 'nothing') results.set(entry, fate.result === undefined ? [] : [fate.result])
      else if (fate.kind === 'same') results.set(entry, [{ ...results.get(fate.as)![0]!, outcome: 'unchanged' }])
    }
    return results
  } catch (error) {
    throw entryError(error, steps, fates)
  }
}
