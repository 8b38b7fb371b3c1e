/** What the export of a group holds: its patients one after the other, each with their compartment (Bulk Data Access, organizeOutputBy=Patient). */
import { parseSearch } from '../fhir/search-query.js'
import type { Principal, Service } from '../service/contract.js'
import type { StoredResource } from '../store/repository.js'

/** Most resources of a patient that are asked for at a time. */
const PAGE = 1000

/** Ids of the patients that a Group names as members now; those that are inactive are not. Throws resource.not-found, resource.deleted. */
export async function membersOf(service: Service, who: Principal, group: string): Promise<readonly string[]> {
  const { body } = await service.read(who, 'Group', group)
  const { member = [] } = JSON.parse(body) as {
    readonly member?: ReadonlyArray<{ readonly entity?: { readonly reference?: string }; readonly inactive?: boolean }>
  }
  const ids = member.flatMap(({ entity, inactive }) => {
    const id = /^Patient\/([A-Za-z0-9.-]{1,64})$/.exec(entity?.reference ?? '')?.[1]
    return id === undefined || inactive === true ? [] : [id]
  })
  return [...new Set(ids)]
}

/** The Patient first, where there is one, then all else in the compartment. types: undefined: all. */
export async function* compartmentOf(
  service: Service,
  who: Principal,
  id: string,
  types: readonly string[] | undefined
): AsyncGenerator<StoredResource> {
  const options = { handling: 'strict', custom: service.searchParameters() } as const
  const isWanted = ({ type }: StoredResource) => types === undefined || types.includes(type)
  const own = await service.search(who, parseSearch('Patient', [['_id', id]], options))
  yield* own.resources.filter(isWanted)
  let cursor: string | undefined
  do {
    const parameters: ReadonlyArray<readonly [string, string]> = [
      ['_count', String(PAGE)],
      ['_total', 'none'],
      ...(cursor === undefined ? [] : [['_cursor', cursor] as const])
    ]
    const page = await service.search(who, parseSearch(undefined, parameters, { ...options, compartment: { type: 'Patient', id } }))
    yield* page.resources.filter((one) => isWanted(one) && !(one.type === 'Patient' && one.id === id))
    cursor = page.next
  } while (cursor !== undefined)
}

/** The line before the resources of a patient. */
export function headerOf(id: string): string {
  return `${JSON.stringify({ resourceType: 'Parameters', parameter: [{ name: 'header', valueReference: { reference: `Patient/${id}` } }] })}\n`
}
