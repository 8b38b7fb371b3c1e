/** Long-running operations of a dataset. */
import type { Operation } from '../../twin/operations.js'
import { found } from '../../twin/registry.js'
import { doneFilter } from './filters.js'
import { type Method, OPERATION, OPERATIONS } from './method.js'
import { pageOf } from './pages.js'

export const OPERATION_METHODS: readonly Method[] = [
  {
    id: 'datasets.operations.get',
    verb: 'GET',
    path: OPERATION,
    summary: 'How far an operation is',
    handle: async ({ twin, name, base }) => operationAnswer(await twin.operations.get(name), base)
  },
  {
    id: 'datasets.operations.list',
    verb: 'GET',
    path: OPERATIONS,
    query: ['filter', 'pageSize', 'pageToken', 'returnPartialSuccess'],
    summary: 'The operations of a dataset; filter: done=true',
    async handle({ twin, name, query, base }) {
      const dataset = name.slice(0, name.lastIndexOf('/operations'))
      found('datasets', await twin.ledger(), dataset)
      const meets = doneFilter(query['filter'])
      const all = (await twin.operations.list(dataset)).filter(({ ended }) => meets(ended !== undefined))
      const { items, nextPageToken } = pageOf(
        all.map((one) => [one.name, one] as const),
        { query }
      )
      return {
        ...(items.length === 0 ? {} : { operations: items.map(([, one]) => operationAnswer(one, base)) }),
        ...(nextPageToken === undefined ? {} : { nextPageToken })
      }
    }
  },
  {
    id: 'datasets.operations.cancel',
    verb: 'POST',
    path: `${OPERATION}:cancel`,
    body: { kind: 'message', fields: {} },
    summary: 'Ask an operation to end; what it did so far stays',
    async handle({ twin, name }) {
      await twin.operations.cancel(name)
      return {}
    }
  }
]

/** google.longrunning.Operation. base: address of /v1. */
export function operationAnswer({ name, method, made, ended, cancelled, counter, work, response, error }: Operation, base: string): object {
  const counters = Object.entries(counter).filter(([, count]) => count > 0)
  return {
    name,
    metadata: {
      '@type': 'type.googleapis.com/google.cloud.healthcare.v1.OperationMetadata',
      apiMethodName: method,
      createTime: made,
      ...(ended === undefined ? {} : { endTime: ended }),
      ...(cancelled ? { cancelRequested: true } : {}),
      ...(work === undefined ? {} : { logsUrl: `${base}/${name}/errors` }),
      ...(counters.length === 0 ? {} : { counter: Object.fromEntries(counters.map(([key, count]) => [key, String(count)])) })
    },
    ...(ended === undefined ? {} : { done: true }),
    ...(response === undefined ? {} : { response }),
    ...(error === undefined ? {} : { error })
  }
}
