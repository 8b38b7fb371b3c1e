/**
 * Bulk export as FHIR has it (Bulk Data Access): `fhir/$export` and that of a Group, the state of an export, and its end. Errors are OperationOutcomes. The FHIR methods that
 * are not imitated are here, too.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { fail } from '../../errors.js'
import type { Exported, ExportWork } from '../../twin/export.js'
import { datasetOf } from '../../twin/names.js'
import type { Operation } from '../../twin/operations.js'
import { found } from '../../twin/registry.js'
import { errorsOf } from '../errors.js'
import { operator } from '../ops/operator.js'
import { outcomeText, statusOf } from './fhir/errors.js'
import type { FhirMethodOptions } from './fhir/routes.js'
import { EXPORT_METHOD, folderOf, selection } from './transfers.js'

const STORE = '/projects/:project/locations/:location/datasets/:dataset/fhirStores/:store'
const CONTENT_TYPE = 'application/fhir+json;charset=utf-8'
const TAGS = ['Twin of the Cloud Healthcare API']
const WHAT = 'exports of a FHIR store'

/** FHIR methods that answer 501. */
const NOT_IMITATED = [
  ['/fhir/Consent/:id/$consent-enforcement-status', 'the enforcement of consents'],
  ['/fhir/Patient/:id/$consent-enforcement-status', 'the enforcement of consents']
] as const

export async function bulk(app: FastifyInstance, { twin, root }: Pick<FhirMethodOptions, 'twin' | 'root'>): Promise<void> {
  app.setValidatorCompiler(() => () => true)
  app.setErrorHandler((error, request, reply) => {
    const errors = errorsOf(error, request)
    return reply.code(statusOf(errors[0]!)).header('content-type', CONTENT_TYPE).send(outcomeText(errors))
  })

  app.get(`${STORE}/fhir/$export`, { schema: { tags: TAGS, summary: 'Export a store to the bucket of its settings' } }, (request, reply) =>
    begin(request, reply, undefined)
  )

  app.get<{ Params: { id: string } }>(
    `${STORE}/fhir/Group/:id/$export`,
    { schema: { tags: TAGS, summary: 'Export the patients of a group with their compartments' } },
    async (request, reply) => {
      operator(request, WHAT)
      const { organizeOutputBy } = request.query as Readonly<Record<string, string | undefined>>
      if (organizeOutputBy !== 'Patient') throw fail('twin.argument', { reason: 'The export of a group needs organizeOutputBy=Patient' })
      const store = await twin.hold(nameOf(request))
      try {
        await store.service.read(request.principal, 'Group', request.params.id)
      } finally {
        store.release()
      }
      return begin(request, reply, request.params.id)
    }
  )

  app.get<{ Params: { operation: string } }>(
    `${STORE}/operations/:operation`,
    { schema: { tags: TAGS, summary: 'How far an $export is: 202, or 200 with the manifest' } },
    async (request, reply) => {
      const operation = await exportOf(request)
      if (operation.ended === undefined) return reply.code(202).header('x-progress', 'in progress').send()
      if (operation.error !== undefined) throw fail('twin.export', { reason: operation.error.message })
      return reply.header('content-type', 'application/json').send(JSON.stringify(manifest(operation)))
    }
  )

  app.delete<{ Params: { operation: string } }>(
    `${STORE}/operations/:operation`,
    { schema: { tags: TAGS, summary: 'Cancel an $export' } },
    async (request, reply) => {
      const { name, ended, cancelled } = await exportOf(request)
      if (ended !== undefined || cancelled) throw fail('twin.precondition', { reason: `${name} has ended already` })
      await twin.operations.cancel(name)
      return reply.code(202).send()
    }
  )

  for (const [path, what] of NOT_IMITATED)
    app.get(`${STORE}${path}`, { schema: { tags: TAGS, summary: `Not imitated: ${what}` } }, () => {
      throw fail('twin.unimplemented', { what })
    })

  /** group: undefined: the whole store. */
  async function begin(request: FastifyRequest, reply: FastifyReply, group: string | undefined): Promise<FastifyReply> {
    operator(request, WHAT)
    const name = nameOf(request)
    const { settings } = found('stores', await twin.ledger(), name)
    if (!/(?:^|[,;\s])respond-async(?:$|[,;\s])/.test(String(request.headers['prefer'] ?? '')))
      throw fail('twin.argument', { reason: 'An export needs the header Prefer: respond-async' })
    const prefix = settings.bulkExportGcsDestination?.uriPrefix
    if (prefix === undefined) throw fail('twin.precondition', { reason: `${name} has no bulkExportGcsDestination` })
    const query = request.query as Readonly<Record<string, string | undefined>>
    checkFormat(query['_outputFormat'] ?? query['outputFormat'])
    const work: ExportWork = {
      kind: 'export',
      store: name,
      prefix: folderOf(prefix),
      request: `${root(request)}${request.url}`,
      ...(group === undefined ? {} : { group }),
      ...selection(query)
    }
    const { name: operation } = await twin.operations.start(datasetOf(name), EXPORT_METHOD, request.principal, work)
    const id = operation.slice(operation.lastIndexOf('/') + 1)
    return reply
      .code(202)
      .header('content-location', `${root(request)}/v1/${name}/operations/${id}`)
      .send()
  }

  async function exportOf(request: FastifyRequest<{ Params: { operation: string } }>): Promise<Operation> {
    operator(request, WHAT)
    const store = nameOf(request)
    const operation = await twin.operations.get(`${datasetOf(store)}/operations/${request.params.operation}`)
    const { work } = operation
    if (work?.store !== store || (work as ExportWork).request === undefined)
      throw fail('twin.not-found', { name: `${store}/operations/${request.params.operation}` })
    return operation
  }
}

function nameOf({ params }: FastifyRequest): string {
  const { project, location, dataset, store } = params as Readonly<Record<string, string>>
  return `projects/${project}/locations/${location}/datasets/${dataset}/fhirStores/${store}`
}

/** Throws twin.argument. */
function checkFormat(format = 'ndjson'): void {
  if (!['ndjson', 'application/ndjson', 'application/fhir+ndjson'].includes(format.replace(' ', '+')))
    throw fail('twin.argument', { reason: 'An export is NDJSON: _outputFormat=application/fhir+ndjson' })
}

/** Bulk Data Access, complete status. */
function manifest({ made, work, response }: Operation): object {
  const output = (response?.['output'] ?? []) as readonly Exported[]
  return {
    transactionTime: made,
    request: (work as ExportWork).request,
    requiresAccessToken: true,
    ...((work as ExportWork).group === undefined ? {} : { outputOrganizedBy: 'Patient' }),
    output: output.map(({ type, uri, count }) => ({ type, url: uri, count })),
    error: []
  }
}
