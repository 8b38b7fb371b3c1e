/** Locations and datasets. */
import { fail } from '../../errors.js'
import type { Dataset } from '../../twin/ledger.js'
import { applyMask, type Json, message, parseMask, text } from '../../twin/message.js'
import { idOf, isId, locationOf } from '../../twin/names.js'
import { found } from '../../twin/registry.js'
import { DATASET, DATASETS, LOCATION, LOCATIONS, type Method } from './method.js'
import { operationAnswer } from './operations.js'
import { inOrder, pageOf } from './pages.js'

const DATASET_MESSAGE = message({ name: text, timeZone: text, encryptionSpec: message({ kmsKeyName: text }) })
const SERVICE = 'google.cloud.healthcare.v1.dataset.DatasetService'
const TYPE = 'type.googleapis.com/google.cloud.healthcare.v1.dataset.Dataset'

export const DATASET_METHODS: readonly Method[] = [
  {
    id: 'list',
    verb: 'GET',
    path: LOCATIONS,
    query: ['filter', 'pageSize', 'pageToken', 'extraLocationTypes'],
    summary: 'The locations of a project that hold a dataset',
    async handle({ twin, name, query }) {
      if (query['filter']) throw fail('twin.unimplemented', { what: 'filters of locations' })
      const project = name.slice(0, name.lastIndexOf('/locations'))
      const { items, nextPageToken } = pageOf(
        (await twin.locations(project)).map((one) => [one, location(one)] as const),
        { query }
      )
      return { locations: items.map(([, one]) => one), ...(nextPageToken === undefined ? {} : { nextPageToken }) }
    }
  },
  { id: 'get', verb: 'GET', path: LOCATION, summary: 'A location: any name is one', handle: async ({ name }) => location(name) },
  {
    id: 'datasets.create',
    verb: 'POST',
    path: DATASETS,
    query: ['datasetId'],
    body: DATASET_MESSAGE,
    summary: 'Create a dataset: an operation that is done',
    async handle({ twin, who, name: parentPath, query: { datasetId = '' }, body, base }) {
      if (!isId(datasetId)) throw fail('twin.argument', { reason: 'datasetId has 1 to 256 characters out of A-Z a-z 0-9 _ - and .' })
      const name = `${parentPath}/${datasetId}`
      const dataset = checked(body)
      await twin.createDataset(name, dataset)
      const response = { '@type': TYPE, ...answer(name, dataset) }
      return operationAnswer(await twin.operations.record(name, `${SERVICE}.CreateDataset`, who, response), base)
    }
  },
  {
    id: 'datasets.list',
    verb: 'GET',
    path: DATASETS,
    query: ['pageSize', 'pageToken'],
    summary: 'The datasets of a location',
    async handle({ twin, name, query }) {
      const parent = name.slice(0, name.lastIndexOf('/datasets'))
      const all = Object.entries((await twin.ledger()).datasets).filter(([one]) => locationOf(one) === parent)
      const { items, nextPageToken } = pageOf(inOrder(all), { query })
      return {
        ...(items.length === 0 ? {} : { datasets: items.map(([one, dataset]) => answer(one, dataset)) }),
        ...(nextPageToken === undefined ? {} : { nextPageToken })
      }
    }
  },
  {
    id: 'datasets.get',
    verb: 'GET',
    path: DATASET,
    summary: 'A dataset',
    handle: async ({ twin, name }) => answer(name, found('datasets', await twin.ledger(), name))
  },
  {
    id: 'datasets.patch',
    verb: 'PATCH',
    path: DATASET,
    query: ['updateMask'],
    body: DATASET_MESSAGE,
    summary: 'Change a dataset',
    async handle({ twin, name, query: { updateMask = '' }, body }) {
      if (updateMask === '') throw fail('twin.argument', { reason: 'updateMask is required' })
      const paths = parseMask(DATASET_MESSAGE, updateMask, ['timeZone'])
      if (paths.some(([field]) => field !== 'timeZone'))
        throw fail('twin.argument', { reason: 'Of a dataset timeZone can be changed, nothing else' })
      const changed = await twin.edit('datasets', name, ({ policy, ...old }) => ({
        ...checked(applyMask(paths, old as Json, body)),
        ...(policy === undefined ? {} : { policy })
      }))
      return answer(name, changed)
    }
  },
  {
    id: 'datasets.delete',
    verb: 'DELETE',
    path: DATASET,
    summary: 'Delete a dataset with all its stores',
    async handle({ twin, name }) {
      await twin.deleteDataset(name)
      return {}
    }
  }
]

function location(name: string): object {
  return { name, locationId: idOf(name) }
}

function answer(name: string, { timeZone }: Dataset): object {
  return { name, ...(timeZone === undefined ? {} : { timeZone }) }
}

/** Throws twin.argument, twin.unimplemented. */
function checked({ timeZone, encryptionSpec }: Json): Dataset {
  if (encryptionSpec !== undefined && Object.keys(encryptionSpec as object).length > 0)
    throw fail('twin.unimplemented', { what: 'encryptionSpec of a dataset' })
  if (timeZone === undefined || timeZone === '') return {}
  try {
    new Intl.DateTimeFormat('en', { timeZone: timeZone as string })
  } catch (error) {
    throw fail('twin.argument', { reason: 'timeZone is no IANA time zone' }, { cause: error })
  }
  return { timeZone: timeZone as string }
}
