/**
 * What a resource holds as long as it is as it is: keys that only one resource can hold, taken and given back in the commit that writes it. A bed is held by
 * the Encounter of the patient who lies in it, a question by its one answer, whichever door these come through.
 */
import type { Repository, Write } from '../store/repository.js'
import { answerClaim, idOf, kindOf, type Resource, target, targets, taskClaim } from '../threads/model.js'
import { over } from './over.js'

/** Encounter.status of a patient who is in the house (R4 valueset-encounter-status). */
export const IN_HOUSE: readonly string[] = ['arrived', 'triaged', 'in-progress', 'onleave']

interface CodeableConcept {
  readonly coding?: ReadonlyArray<{ readonly code?: string }>
}

export interface EncounterPlaces {
  readonly status?: string
  readonly location?: ReadonlyArray<{
    readonly location?: { readonly reference?: string }
    readonly status?: string
    readonly physicalType?: CodeableConcept
    readonly period?: { readonly start?: string; readonly end?: string }
  }>
}

/** Ids of the Locations that an Encounter occupies now; what the status of a place leaves open, its period says. */
export function occupiedPlaces({ status = '', location = [] }: EncounterPlaces): string[] {
  if (!IN_HOUSE.includes(status)) return []
  return location.flatMap((place) => {
    const occupied = place.status === undefined ? place.period?.end === undefined : place.status === 'active'
    const id = /^Location\/([A-Za-z0-9\-.]{1,64})$/.exec(place.location?.reference ?? '')?.[1]
    return occupied && id !== undefined ? [id] : []
  })
}

/** location-physical-type: bed. */
export function isBed(type: CodeableConcept | undefined): boolean {
  return type?.coding?.some(({ code }) => code === 'bd') === true
}

export function bedClaim(location: string): string {
  return `bed:Location/${location}`
}

/** The claims that follow from the text of a resource; undefined for types that hold nothing. */
export async function claimsOf(store: Pick<Repository, 'read'>, type: string, text: string): Promise<readonly string[] | undefined> {
  if (type === 'Communication' || type === 'Task') return threadClaims(JSON.parse(text) as Resource)
  if (type !== 'Encounter') return undefined
  const encounter = JSON.parse(text) as EncounterPlaces
  const named = new Set((encounter.location ?? []).flatMap((place) => (isBed(place.physicalType) ? [place.location?.reference] : [])))
  const claims: string[] = []
  for (const id of new Set(occupiedPlaces(encounter))) {
    if (named.has(`Location/${id}`) || (await isBedThere(store, id))) claims.push(bedClaim(id))
  }
  return claims
}

/** A question has one answer, and one Task. */
function threadClaims(resource: Resource): readonly string[] {
  const kind = kindOf(resource)
  if (kind === 'answer') return targets(resource.inResponseTo, 'Communication').map((question) => answerClaim(idOf(question)))
  const question = kind === 'task' ? target(resource.focus, 'Communication') : undefined
  return question === undefined ? [] : [taskClaim(idOf(question))]
}

async function isBedThere(store: Pick<Repository, 'read'>, id: string): Promise<boolean> {
  const stored = await store.read('Location', id)
  if (stored === undefined || stored.deleted) return false
  return isBed((JSON.parse(stored.body.toString()) as { physicalType?: CodeableConcept }).physicalType)
}

const CLAIMING = ['Encounter', 'Communication', 'Task']

/** The writes with the claims that follow from what is written. */
export async function withClaims(store: Pick<Repository, 'read'>, writes: readonly Write[]): Promise<readonly Write[]> {
  if (!writes.some(({ method, type }) => method === 'put' && CLAIMING.includes(type))) return writes
  return Promise.all(
    writes.map(async (write) => {
      const claims = write.method === 'put' ? await claimsOf(store, write.type, write.text) : undefined
      return claims === undefined || write.method === 'delete' ? write : { ...write, claims: [...(write.claims ?? []), ...claims] }
    })
  )
}

/** The store, but that what is written through it claims what it holds. */
export function claiming(store: Repository): Repository {
  return over(store, {
    commit: async (writes, expectations, by) => store.commit(await withClaims(store, writes), expectations, by)
  })
}
