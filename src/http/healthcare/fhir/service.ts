/**
 * The service as the Cloud Healthcare API would show it: what goes out has its forms (forms.ts), and versions that come in are understood. So the handlers of
 * /fhir answer under /v1, too. Who may see and do what is decided underneath, as at every other door.
 */
import { type ErrorCode, fail, WardbridgeError } from '../../../errors.js'
import type { RequestEntry } from '../../../fhir/bundle/read.js'
import { isWrite, parseTarget } from '../../../fhir/bundle/request.js'
import type { Versions } from '../../../fhir/etags.js'
import { parseParameters } from '../../../fhir/parameters.js'
import { type Criteria, criteriaQuery } from '../../../fhir/search-condition.js'
import type { Principal, Service } from '../../../service/contract.js'
import { over } from '../../../service/over.js'
import type { WriteConditions } from '../../../service/preconditions.js'
import { atEntry } from '../../../service/transaction-errors.js'
import { turns } from '../../../service/turns.js'
import type { ReadResource, StoredResource, WriteResult } from '../../../store/repository.js'
import type { FhirStoreSettings } from '../../../twin/settings.js'
import { etag, parseConditions } from '../../fhir/headers.js'
import { withFaults } from './bundle.js'
import { instantIn, opaqueId, resourceText } from './forms.js'

/** A version that no resource has. */
const NONE = '-'

/** Resources written anew in one turn of the event loop. */
const TURN = 20

export function shownService(service: Service, settings: FhirStoreSettings): Service {
  const canCreate = settings.enableUpdateCreate === true

  /** The versions of the store that the tags of a client name; those that the resource does not have now match nothing. */
  const counted = async (who: Principal, type: string, id: string, versions: Versions): Promise<Versions> => {
    if (versions === '*') return '*'
    const current = await service.read(who, type, id).catch(orNone)
    const named = current !== undefined && [versions].flat().includes(opaqueId(current))
    return named ? current.versionId : NONE
  }
  const conditions = async (
    who: Principal,
    type: string,
    id: string,
    { ifMatch, ifNoneMatch }: WriteConditions = {}
  ): Promise<WriteConditions> => ({
    ...(ifMatch === undefined ? {} : { ifMatch: await counted(who, type, id, ifMatch) }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch: await counted(who, type, id, ifNoneMatch) })
  })
  /** The id of the one resource that the criteria select now. Throws conditional.many. */
  const matchOf = async (who: Principal, criteria: Criteria): Promise<string | undefined> => {
    const { resources } = await service.search(who, criteriaQuery(criteria))
    if (resources.length > 1) throw fail('conditional.many', { type: criteria.type })
    return resources[0]?.id
  }
  /** conditions() for the resource that the criteria select. Throws twin.update-create when there is none and a client chose an id. */
  const conditionsOfMatch = async (who: Principal, criteria: Criteria, given: WriteConditions = {}, choosesId = false) => {
    const isNamed = (one: Versions | undefined) => one !== undefined && one !== '*'
    const mustExist = choosesId && !canCreate
    if (!mustExist && !isNamed(given.ifMatch) && !isNamed(given.ifNoneMatch)) return given
    const id = await matchOf(who, criteria)
    if (id === undefined && mustExist) throw fail('twin.update-create')
    return conditions(who, criteria.type, id ?? NONE, given)
  }
  /** What must hold for an update: without enableUpdateCreate that there is something. */
  const updateConditions = async (who: Principal, type: string, id: string, given: WriteConditions = {}): Promise<WriteConditions> => {
    if (canCreate || given.ifMatch !== undefined) return conditions(who, type, id, given)
    if (given.ifNoneMatch === undefined) return { ifMatch: '*' }
    if ((await service.read(who, type, id).catch(orNone)) === undefined) throw fail('twin.update-create')
    return conditions(who, type, id, given)
  }
  /** An entry of a transaction whose conditions are those of the store. */
  const countedEntry = async (who: Principal, entry: RequestEntry, baseUrl: string): Promise<RequestEntry> => {
    const target = isWrite(entry) && entry.method !== 'POST' ? parseTarget(entry.url) : undefined
    if (target === undefined) return entry
    const { type, id, query = '' } = target
    const given = parseConditions({ 'if-match': entry.ifMatch, 'if-none-match': entry.ifNoneMatch })
    if (id === undefined) {
      const criteria = { type, parameters: parseParameters(query), baseUrl }
      if (entry.method === 'DELETE') await matchOf(who, criteria)
      const choosesId = entry.method === 'PUT' && entry.resource?.id !== undefined
      return { ...entry, ...tags(await conditionsOfMatch(who, criteria, given, choosesId)) }
    }
    const settle = entry.method === 'PUT' ? updateConditions : conditions
    return { ...entry, ...tags(await settle(who, type, id, given)) }
  }

  return over<Service>(service, {
    contents: service.contents,
    read: async (who, type, id) => shown(await service.read(who, type, id)),
    async vread(who, type, id, opaque) {
      if (settings.disableResourceVersioning) throw fail('twin.versions')
      return shown(await versionOf(service, who, { type, id }, opaque))
    },
    async history(who, query) {
      if (settings.disableResourceVersioning) throw fail('twin.versions')
      const page = await service.history(who, query)
      return { ...page, versions: await allShown(page.versions) }
    },
    async search(who, query) {
      const page = await service.search(who, query)
      return { ...page, resources: await allShown(page.resources), included: await allShown(page.included) }
    },
    create: async (who, type, text, options) => written(await service.create(who, type, text, options)),
    update: async (who, type, id, text, options) =>
      written(await service.update(who, type, id, text, await updateConditions(who, type, id, options))),
    updateMatch: async (who, criteria, text, options) =>
      written(await service.updateMatch(who, criteria, text, await conditionsOfMatch(who, criteria, options, hasId(text)))),
    patch: async (who, type, id, patch, options) =>
      written(await service.patch(who, type, id, patch, await conditions(who, type, id, options))),
    patchMatch: async (who, criteria, patch, options) =>
      written(await service.patchMatch(who, criteria, patch, await conditionsOfMatch(who, criteria, options))),
    async delete(who, type, id, options) {
      const result = await service.delete(who, type, id, await conditions(who, type, id, options))
      return result === undefined ? undefined : written(result)
    },
    async deleteMatches(who, criteria, options) {
      const given = await conditionsOfMatch(who, criteria, options)
      return (await service.deleteMatches(who, criteria, { ...given, most: 1 })).map(written)
    },
    readBundle: async (text, base) => withFaults(await service.readBundle(text, base), text),
    async transact(who, { text, bundle }, options) {
      const entries = await Promise.all(
        bundle.entries.map((entry, number) =>
          countedEntry(who, entry, options.base).catch((error: unknown) => {
            throw atEntry(error, number)
          })
        )
      )
      const results = await service.transact(who, { text, bundle: { ...bundle, entries } }, options)
      const turn = turns(TURN)
      const answers = new Map<number, readonly WriteResult[]>()
      for (const [entry, of] of results) {
        answers.set(entry, of.map(written))
        await turn()
      }
      return answers
    }
  })
}

/** A version under the name that the API shows, which holds the last digits of its count. Throws as vread does. */
async function versionOf(service: Service, who: Principal, { type, id }: Named, opaque: string): Promise<ReadResource> {
  const digits = instantIn(opaque)?.micros
  if (digits !== undefined)
    // Of more than a thousand versions several have these digits.
    for (let count = Number(digits) || 1000; ; count += 1000) {
      // A deletion is told as such.
      const version = await service.vread(who, type, id, String(count)).catch(orNoVersion)
      if (version === undefined) break
      if (opaqueId(version) === opaque) return version
    }
  // Says what is wrong: no such resource, or no such version.
  return service.vread(who, type, id, opaque)
}

interface Named {
  readonly type: string
  readonly id: string
}

/** As an entry of a bundle has them. */
function tags({ ifMatch, ifNoneMatch }: WriteConditions): Pick<RequestEntry, 'ifMatch' | 'ifNoneMatch'> {
  const tag = (versions: Versions | undefined) =>
    versions === undefined || versions === '*' ? versions : [versions].flat().map(etag).join()
  return { ifMatch: tag(ifMatch), ifNoneMatch: tag(ifNoneMatch) }
}

function shown(resource: ReadResource): ReadResource {
  return { ...resource, versionId: opaqueId(resource), body: resourceText(resource.body, resource) }
}

function written(result: WriteResult): WriteResult {
  return { ...result, versionId: opaqueId(result), body: Buffer.from(resourceText(result.body.toString(), result)) }
}

async function allShown<T extends StoredResource>(resources: readonly T[]): Promise<T[]> {
  const turn = turns(TURN)
  const all: T[] = []
  for (const one of resources) {
    all.push({ ...one, versionId: opaqueId(one), body: Buffer.from(resourceText(one.body.toString(), one)) })
    await turn()
  }
  return all
}

const orNone = unless('resource.not-found', 'resource.deleted')
const orNoVersion = unless('resource.not-found', 'resource.version-not-found')

function unless(...codes: readonly ErrorCode[]): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof WardbridgeError && codes.includes(error.code)) return undefined
    throw error
  }
}

/** Whether the text of a resource has an id; what is no JSON is the service's to refuse. */
function hasId(text: string): boolean {
  try {
    return (JSON.parse(text) as { readonly id?: unknown } | null)?.id !== undefined
  } catch {
    return false
  }
}
