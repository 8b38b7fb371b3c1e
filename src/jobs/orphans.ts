/**
 * The job that removes what nothing will ever show: attachments that nothing named within a day, and contents whose Binary is gone or never came. An
 * attachment is looked at once: the note `media.orphans` of the store says how far, for all processes.
 */
import { WardbridgeError } from '../errors.js'
import { parseSearch } from '../fhir/search-query.js'
import { IDENTITY_DOCUMENT } from '../service/access.js'
import type { Principal, Service } from '../service/contract.js'
import type { StoredResource } from '../store/repository.js'
import type { Job, Progress } from './jobs.js'

/** The program itself. */
const SYSTEM: Principal = { subject: 'jobs', role: 'system' }
const NOTE = 'media.orphans'
/** Things looked at in a step. */
const STEP = 50
const HOUR = 3_600_000

export interface OrphansOptions {
  /** Milliseconds after which what nothing names is taken away. */
  readonly age?: number
  /** Milliseconds from one look at everything to the next, and to the first one. */
  readonly every?: number
}

type Parts = Pick<Service, 'search' | 'read' | 'delete' | 'namesOf' | 'getNote' | 'setNote' | 'contents' | 'searchParameters'>

export function orphans(service: Parts, { age = 24 * HOUR, every = HOUR }: OrphansOptions = {}): Job {
  let next = Date.now() + every
  let round: AsyncGenerator<Progress> | undefined
  return {
    name: 'orphans',
    pending: () => round !== undefined || Date.now() >= next,
    async step() {
      round ??= sweep(service, Date.now() - age)
      try {
        const { value, done } = await round.next()
        if (!done) return value
      } catch (error) {
        next = Date.now() + every
        round = undefined
        throw error
      }
      next = Date.now() + every
      round = undefined
      return undefined
    }
  }
}

/** before: milliseconds since 1970; what is younger is left alone. */
async function* sweep(service: Parts, before: number): AsyncGenerator<Progress> {
  let done = 0
  for await (const media of attachments(service, before)) {
    if ((await service.namesOf(SYSTEM, 'Media', media.id)).length === 0) await remove(service, 'Media', media.id)
    if (++done % STEP === 0) yield { done, total: done }
  }
  await service.setNote(SYSTEM, NOTE, JSON.stringify({ before }))
  for await (const { key, made } of service.contents.list()) {
    if (made < before) await removeLost(service, key)
    if (++done % STEP === 0) yield { done, total: done }
  }
  await service.contents.tidy(before)
}

/** Those that came since the last look. */
async function* attachments(service: Parts, before: number): AsyncGenerator<StoredResource> {
  const { before: since = 0 } = JSON.parse((await service.getNote(NOTE)) ?? '{}') as { before?: number }
  let query = parseSearch(
    'Media',
    [
      ['_tag', `${IDENTITY_DOCUMENT.system}|attachment`],
      ['_lastUpdated', `ge${new Date(since).toISOString()}`],
      ['_lastUpdated', `lt${new Date(before).toISOString()}`],
      ['_count', String(STEP)]
    ],
    { handling: 'strict', custom: service.searchParameters() }
  )
  for (;;) {
    const { resources, next } = await service.search(SYSTEM, query)
    yield* resources
    if (next === undefined) return
    query = { ...query, cursor: next }
  }
}

/** A file without a Binary, or with one whose Media or DocumentReference is gone. */
async function removeLost(service: Parts, key: string): Promise<void> {
  const binary = await living(service, 'Binary', key)
  if (binary === undefined) return service.contents.drop(key)
  const { securityContext } = JSON.parse(binary) as { readonly securityContext?: { readonly reference?: string } }
  const [type = '', id = ''] = securityContext?.reference?.split('/') ?? []
  if (!['Media', 'DocumentReference'].includes(type) || (await living(service, type, id)) !== undefined) return
  await remove(service, 'Binary', key)
}

async function living(service: Parts, type: string, id: string): Promise<string | undefined> {
  try {
    return (await service.read(SYSTEM, type, id)).body.toString()
  } catch (error) {
    if (error instanceof WardbridgeError && ['resource.not-found', 'resource.deleted'].includes(error.code)) return undefined
    throw error
  }
}

/** Of a Media also its content: removeLost finds it in the same round. */
async function remove(service: Parts, type: string, id: string): Promise<void> {
  try {
    await service.delete(SYSTEM, type, id)
  } catch (error) {
    // Named in the meantime.
    if (!(error instanceof WardbridgeError && error.code === 'media.named')) throw error
  }
}
