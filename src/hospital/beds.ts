/** Beds: Locations of physical type `bd` that are part of a unit. Who lies where stands in the Encounters (service/claims.ts sees to it that a bed has one). */
import { fail } from '../errors.js'
import { type JsonMember, type JsonNode, parseJson, stringifyJson } from '../fhir/json.js'
import { type EncounterPlaces, IN_HOUSE, isBed, occupiedPlaces } from '../service/claims.js'
import type { Principal, Service } from '../service/contract.js'
import type { StoredResource } from '../store/repository.js'
import { HOSPITAL } from './numbers.js'
import { find, findAll, readIfThere, searchText } from './resources.js'

export interface Bed {
  readonly id: string
  readonly name: string | undefined
  /** Id of the Location it is part of. */
  readonly unit: string | undefined
}

interface LocationLike {
  readonly name?: string
  readonly status?: string
  readonly operationalStatus?: { readonly code?: string }
  readonly physicalType?: { readonly coding?: ReadonlyArray<{ readonly code?: string }> }
  readonly partOf?: { readonly reference?: string }
}

/** Units, rooms in them, beds in these. */
const DEEPEST = 4

/** The id of the Location that a client names by id, by the value of an identifier, or by name. Throws rest.unknown. */
export async function unitNamed(service: Service, who: Principal, unit: string): Promise<string> {
  const id = unit.replace(/^Location\//, '')
  if (/^[A-Za-z0-9\-.]{1,64}$/.test(id) && (await readIfThere(service, who, 'Location', id)) !== undefined) return id
  for (const parameter of ['identifier', 'name:exact']) {
    const { resources } = await find(service, who, 'Location', [
      [parameter, searchText(unit)],
      ['_count', '50']
    ])
    const found = resources.find((one) => !isBed(location(one).physicalType))
    if (found !== undefined) return found.id
  }
  throw fail('rest.unknown', { column: 'unit', key: unit, table: 'the units' }, { expression: 'unit' })
}

/** The beds below a unit that can be given to somebody now, in the order of their names. */
export async function freeBeds(service: Service, who: Principal, unit: string): Promise<string[]> {
  const beds: Array<{ readonly id: string; readonly name: string }> = []
  let places = [unit]
  for (let depth = 0; depth < DEEPEST && places.length > 0; depth++) {
    const next: string[] = []
    for (const place of places) {
      for await (const stored of findAll(service, who, 'Location', [['partof', `Location/${place}`]])) {
        const { name = '', physicalType, ...rest } = location(stored)
        if (!isBed(physicalType)) next.push(stored.id)
        else if (canBeGiven(rest)) beds.push({ id: stored.id, name })
      }
    }
    places = next
  }
  const taken = await occupied(service, beds)
  return beds
    .filter(({ id }) => !taken.has(id))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }) || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id)
}

/** operationalStatus (v2-0116): only an unoccupied bed is given; without one the Encounters alone decide. */
function canBeGiven({ status, operationalStatus }: LocationLike): boolean {
  return (status === undefined || status === 'active') && (operationalStatus?.code === undefined || operationalStatus.code === 'U')
}

/** Beds that somebody lies in, also where the caller may not see who. */
async function occupied(service: Service, beds: ReadonlyArray<{ readonly id: string }>): Promise<Set<string>> {
  const taken = new Set<string>()
  for (let at = 0; at < beds.length; at += 100) {
    const some = beds.slice(at, at + 100).map(({ id }) => `Location/${id}`)
    const parameters = [
      ['status', IN_HOUSE.join(',')],
      ['location', some.join(',')]
    ] as const
    for await (const { body } of findAll(service, HOSPITAL, 'Encounter', parameters)) {
      for (const id of occupiedPlaces(JSON.parse(body.toString()) as EncounterPlaces)) taken.add(id)
    }
  }
  return taken
}

/** The bed that an Encounter occupies. */
export async function bedOf(service: Service, who: Principal, encounter: string): Promise<Bed | undefined> {
  for (const id of occupiedPlaces(JSON.parse(encounter) as EncounterPlaces)) {
    const stored = await readIfThere(service, who, 'Location', id)
    if (stored === undefined) continue
    const { name, physicalType, partOf } = location(stored)
    if (isBed(physicalType)) return { id, name, unit: /^Location\/([^/]+)$/.exec(partOf?.reference ?? '')?.[1] }
  }
  return undefined
}

/**
 * The text of an Encounter whose patient leaves the bed `from` and lies in `to` (ids of Locations), at a FHIR dateTime. Other places stay as they are.
 */
export function withBed(
  encounter: string,
  { from, to, at }: { readonly from: string | undefined; readonly to: string | undefined; readonly at: string }
): string {
  const node = parseJson(encounter)
  if (node.kind !== 'object' || (from === undefined && to === undefined)) return encounter
  const list = node.members.find(({ name }) => name === 'location')?.value
  const items = (list?.kind === 'array' ? list.items : []).map((item) =>
    from !== undefined && isActive(item, from) ? left(item, at) : item
  )
  if (to !== undefined) items.push(parseJson(place(to, at)))
  const value: JsonNode = { kind: 'array', items, start: 0, end: 0 }
  return stringifyJson({ ...node, members: [...node.members.filter(({ name }) => name !== 'location'), { name: 'location', value }] })
}

function place(id: string, start: string): string {
  return JSON.stringify({
    location: { reference: `Location/${id}` },
    status: 'active',
    physicalType: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/location-physical-type', code: 'bd', display: 'Bed' }] },
    period: { start }
  })
}

function isActive(item: JsonNode, id: string): boolean {
  return occupiedPlaces({ status: 'in-progress', location: [JSON.parse(stringifyJson(item))] }).includes(id)
}

/** The place with its end. */
function left(item: JsonNode, end: string): JsonNode {
  if (item.kind !== 'object') return item
  const period = item.members.find(({ name }) => name === 'period')?.value
  const known = period?.kind === 'object' ? period.members.filter(({ name }) => name !== 'end') : []
  const start = known.find(({ name }) => name === 'start')?.value
  // Somebody who leaves before the time at which the bed was given was never in it for long; a period cannot end before it starts.
  const last = start?.kind === 'string' && Date.parse(start.value) > Date.parse(end) ? start.value : end
  const members: JsonMember[] = [
    ...item.members.filter(({ name }) => name !== 'status' && name !== 'period'),
    { name: 'status', value: text('completed') },
    { name: 'period', value: { kind: 'object', members: [...known, { name: 'end', value: text(last) }], start: 0, end: 0 } }
  ]
  return { ...item, members }
}

function text(value: string): JsonNode {
  return { kind: 'string', value, start: 0, end: 0 }
}

function location({ body }: StoredResource): LocationLike {
  return JSON.parse(body.toString()) as LocationLike
}
