/** FHIR stores: what they are, what they hold, who has a say by their policy. */
import { fail } from '../../errors.js'
import { datasetOf, isId } from '../../twin/names.js'
import { found } from '../../twin/registry.js'
import { FHIR_STORE, type FhirStoreSettings, levelOf, newSettings, patchedSettings } from '../../twin/settings.js'
import { labelFilter } from './filters.js'
import { type Method, STORE, STORES } from './method.js'
import { inOrder, pageOf } from './pages.js'

export const STORE_METHODS: readonly Method[] = [
  {
    id: 'datasets.fhirStores.create',
    verb: 'POST',
    path: STORES,
    query: ['fhirStoreId'],
    body: FHIR_STORE,
    summary: 'Create a FHIR store',
    async handle({ twin, name: parent, query: { fhirStoreId = '' }, body }) {
      if (!isId(fhirStoreId)) throw fail('twin.argument', { reason: 'fhirStoreId has 1 to 256 characters out of A-Z a-z 0-9 _ - and .' })
      const name = `${parent}/${fhirStoreId}`
      const settings = newSettings(body)
      await twin.createStore(name, settings)
      return answer(name, settings)
    }
  },
  {
    id: 'datasets.fhirStores.list',
    verb: 'GET',
    path: STORES,
    query: ['pageSize', 'pageToken', 'filter'],
    summary: 'The FHIR stores of a dataset; filter: labels.key=value',
    async handle({ twin, name, query }) {
      const dataset = name.slice(0, name.lastIndexOf('/fhirStores'))
      const ledger = await twin.ledger()
      found('datasets', ledger, dataset)
      const meets = labelFilter(query['filter'])
      const all = Object.entries(ledger.stores).filter(([one, { settings }]) => datasetOf(one) === dataset && meets(settings.labels ?? {}))
      const { items, nextPageToken } = pageOf(inOrder(all), { query })
      return {
        ...(items.length === 0 ? {} : { fhirStores: items.map(([one, { settings }]) => answer(one, settings)) }),
        ...(nextPageToken === undefined ? {} : { nextPageToken })
      }
    }
  },
  {
    id: 'datasets.fhirStores.get',
    verb: 'GET',
    path: STORE,
    summary: 'The settings of a FHIR store',
    handle: async ({ twin, name }) => answer(name, found('stores', await twin.ledger(), name).settings)
  },
  {
    id: 'datasets.fhirStores.patch',
    verb: 'PATCH',
    path: STORE,
    query: ['updateMask'],
    body: FHIR_STORE,
    summary: 'Change the settings of a FHIR store',
    async handle({ twin, name, query: { updateMask }, body }) {
      const { settings } = await twin.edit('stores', name, (old) => {
        const next = patchedSettings(old.settings, body, updateMask)
        if (name === twin.ownName && levelOf(next) !== levelOf(old.settings))
          throw fail('twin.precondition', { reason: `How ${name} is validated is said when its server is started (WARDBRIDGE_VALIDATION)` })
        return { ...old, settings: next }
      })
      return answer(name, settings)
    }
  },
  {
    id: 'datasets.fhirStores.delete',
    verb: 'DELETE',
    path: STORE,
    summary: 'Delete a FHIR store with all it holds',
    async handle({ twin, name }) {
      await twin.deleteStore(name)
      return {}
    }
  },
  {
    id: 'datasets.fhirStores.getFHIRStoreMetrics',
    verb: 'GET',
    path: `${STORE}:getFHIRStoreMetrics`,
    summary: 'Resources and bytes per resource type',
    async handle({ twin, who, name }) {
      const store = await twin.open(name)
      if (store === undefined) throw fail('twin.not-found', { name })
      const sizes = await store.service.sizes(who)
      const metrics = Object.entries(sizes).map(([resourceType, { resources, bytes }]) => ({
        resourceType,
        count: String(resources),
        structuredStorageSizeBytes: String(bytes)
      }))
      return { name, ...(metrics.length === 0 ? {} : { metrics }) }
    }
  }
]

function answer(name: string, settings: FhirStoreSettings): object {
  return { name, ...settings }
}
