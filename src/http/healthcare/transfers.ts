/** fhirStores.import and fhirStores.export: operations that move resources in bulk. */
import { fail } from '../../errors.js'
import { isResourceType } from '../../fhir/definitions.js'
import { isPattern } from '../../files/gcs-transfer.js'
import type { ExportWork } from '../../twin/export.js'
import type { ImportWork } from '../../twin/import.js'
import { STRUCTURES, type Structure } from '../../twin/import-protocol.js'
import { any, choice, type Json, message, text } from '../../twin/message.js'
import { datasetOf } from '../../twin/names.js'
import { found } from '../../twin/registry.js'
import { type Method, STORE } from './method.js'
import { operationAnswer } from './operations.js'

const SERVICE = 'google.cloud.healthcare.v1.fhir.FhirService'
export const EXPORT_METHOD = `${SERVICE}.ExportResources`

const IMPORT_REQUEST = message({
  contentStructure: choice('CONTENT_STRUCTURE_UNSPECIFIED', ...STRUCTURES),
  gcsSource: message({ uri: text })
})
const EXPORT_REQUEST = message({ gcsDestination: message({ uriPrefix: text }), bigqueryDestination: any, _since: text, _type: text })

export const TRANSFER_METHODS: readonly Method[] = [
  {
    id: 'datasets.fhirStores.import',
    verb: 'POST',
    path: `${STORE}:import`,
    body: IMPORT_REQUEST,
    summary: 'Import objects of Cloud Storage: an operation',
    async handle({ twin, who, name, body, base }) {
      found('stores', await twin.ledger(), name)
      const { uri } = (body['gcsSource'] ?? {}) as { uri?: string }
      if (uri === undefined) throw fail('twin.argument', { reason: 'gcsSource.uri is required' })
      if (!isPattern(uri))
        throw fail('twin.argument', {
          reason: 'gcsSource.uri is not of the form gs://bucket/name, with * and ?, or ** as the last thing or before an extension'
        })
      const given = body['contentStructure'] as Structure | 'CONTENT_STRUCTURE_UNSPECIFIED' | undefined
      const structure = given === undefined || given === 'CONTENT_STRUCTURE_UNSPECIFIED' ? 'BUNDLE' : given
      const work: ImportWork = { kind: 'import', store: name, uri, structure }
      return operationAnswer(await twin.operations.start(datasetOf(name), `${SERVICE}.ImportResources`, who, work), base)
    }
  },
  {
    id: 'datasets.fhirStores.export',
    verb: 'POST',
    path: `${STORE}:export`,
    body: EXPORT_REQUEST,
    summary: 'Export to Cloud Storage, an NDJSON object for each type: an operation',
    async handle({ twin, who, name, body, base }) {
      found('stores', await twin.ledger(), name)
      if (body['bigqueryDestination'] !== undefined)
        throw fail('twin.unimplemented', {
          what: 'exports to BigQuery; docs/guides/analytics.md tells of tables with the same columns'
        })
      const { uriPrefix } = (body['gcsDestination'] ?? {}) as { uriPrefix?: string }
      if (uriPrefix === undefined) throw fail('twin.argument', { reason: 'gcsDestination.uriPrefix is required' })
      const work: ExportWork = { kind: 'export', store: name, prefix: folderOf(uriPrefix), ...selection(body) }
      return operationAnswer(await twin.operations.start(datasetOf(name), EXPORT_METHOD, who, work), base)
    }
  }
]

/** With a slash at the end. Throws twin.argument. */
export function folderOf(uriPrefix: string): string {
  if (!/^gs:\/\/[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?(?:\/.*)?$/s.test(uriPrefix))
    throw fail('twin.argument', { reason: 'The destination is not of the form gs://bucket/folder' })
  return uriPrefix.endsWith('/') ? uriPrefix : `${uriPrefix}/`
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

/** `_type` and `_since`. Throws twin.argument. */
export function selection({ _type, _since }: Json): Pick<ExportWork, 'types' | 'since'> {
  const types = ((_type as string | undefined) ?? '').split(',').filter((type) => type !== '')
  for (const type of types)
    if (!isResourceType(type)) throw fail('twin.argument', { reason: `_type: "${type.slice(0, 100)}" is no resource type of R4` })
  const since = (_since as string | undefined) ?? ''
  if (since !== '' && (!INSTANT.test(since) || Number.isNaN(Date.parse(since))))
    throw fail('twin.argument', { reason: '_since is no instant with seconds and a time zone: 2024-01-01T00:00:00Z' })
  return { ...(types.length === 0 ? {} : { types }), ...(since === '' ? {} : { since: Date.parse(since) }) }
}
