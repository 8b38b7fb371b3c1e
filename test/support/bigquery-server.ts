/**
 * A small BigQuery for tests: real HTTP, tables in memory, load jobs as @google-cloud/bigquery asks for them. Any request that the public API description
 * does not know is refused, and fails the test that made it. Rows are loaded as BigQuery loads NDJSON: each value must fit its column.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import type { GoogleSettings } from '#wardbridge/config-google.js'
import { type Field, newFields, rowFault, schemaFault } from './bigquery-rows.js'

export interface LoadedTable {
  schema: readonly Field[]
  readonly rows: Array<Record<string, unknown>>
}

export interface BigQueryServer {
  readonly url: string
  /** As loadSettings gives them, for this server. */
  readonly google: GoogleSettings
  /** Of the dataset `p.d`, by name. */
  readonly tables: Map<string, LoadedTable>
  /** `POST /bigquery/v2/projects/p/jobs`, without queries. */
  readonly requests: readonly string[]
  /** Requests that the API description does not know. A test that makes them on purpose empties this. */
  readonly complaints: string[]
  /** Asked about every request; what goes wrong with it: a status with nothing done, or (`lost`) all is done and no answer comes. */
  fault: (request: string) => number | 'lost' | undefined
}

const LOAD = words(
  `allowJaggedRows allowQuotedNewlines autodetect clustering columnNameCharacterMap connectionProperties copyFilesOnly createDisposition createSession
  dateFormat datetimeFormat decimalTargetTypes destinationEncryptionConfiguration destinationTable destinationTableProperties encoding fieldDelimiter
  fileSetSpecType hivePartitioningOptions ignoreUnknownValues jsonExtension maxBadRecords nullMarker nullMarkers parquetOptions
  preserveAsciiControlCharacters projectionFields quote rangePartitioning referenceFileSchemaUri schema schemaInline schemaInlineFormat
  schemaUpdateOptions skipLeadingRows sourceColumnMatch sourceFormat sourceUris timeFormat timePartitioning timeZone timestampFormat
  timestampTargetPrecision useAvroLogicalTypes writeDisposition`
)
const CONFIGURATION = words('copy dryRun extract jobTimeoutMs jobType labels load maxSlots query reservation')
const JOB = words('configuration etag id jobReference kind selfLink statistics status user_email')
const REFERENCE = words('jobId location projectId')

interface Load {
  readonly schema?: { readonly fields?: readonly Field[] }
  readonly destinationTable?: { readonly projectId: string; readonly datasetId: string; readonly tableId: string }
  readonly sourceFormat?: string
  readonly sourceUris?: readonly string[]
  readonly writeDisposition?: string
  readonly schemaUpdateOptions?: readonly string[]
}

interface Request {
  readonly jobReference?: { readonly jobId?: string; readonly projectId?: string }
  readonly configuration?: { readonly load?: Load }
}

/** The request is not one of the API. */
class Unknown extends Error {}

/**
 * Starts a server on a free port of this machine; it stops when the test ends. It has the dataset `p.d`. object: what sourceUris name; token: what it asks for.
 */
export async function startBigQuery(
  t: Test,
  { object = () => undefined, token = 'bigquery-test-token' }: { object?: (uri: string) => Buffer | undefined; token?: string } = {}
): Promise<BigQueryServer> {
  const tables = new Map<string, LoadedTable>()
  const jobs = new Map<string, { looks: number; readonly job: object }>()
  const requests: string[] = []
  const complaints: string[] = []

  /** Loads rows; gives the error that the job ends with, or undefined. */
  function load({ schema, destinationTable, writeDisposition = 'WRITE_APPEND', schemaUpdateOptions = [] }: Load, text: string) {
    const fields = schema?.fields ?? []
    const invalid = (message: string) => ({ reason: 'invalid', message })
    const fault = schemaFault(fields)
    if (fault !== undefined) return invalid(fault)
    const rows = text.split('\n').filter((line) => line !== '')
    const parsed: Array<Record<string, unknown>> = []
    for (const row of rows) {
      const one = JSON.parse(row) as Record<string, unknown>
      const wrong = rowFault(one, fields)
      if (wrong !== undefined) return invalid(wrong)
      parsed.push(one)
    }
    const before = tables.get(destinationTable!.tableId)
    if (before === undefined || writeDisposition === 'WRITE_TRUNCATE') {
      tables.set(destinationTable!.tableId, { schema: fields, rows: parsed })
      return undefined
    }
    if (writeDisposition === 'WRITE_EMPTY') return { reason: 'duplicate', message: 'Already Exists' }
    const added = newFields(before.schema, fields)
    if (added === undefined) return invalid('Provided Schema does not match')
    if (added && !schemaUpdateOptions.includes('ALLOW_FIELD_ADDITION')) return invalid('Cannot add fields')
    before.schema = fields
    before.rows.push(...parsed)
    return undefined
  }

  function insert(project: string, request: Request, content: string | undefined): object {
    only(request, JOB)
    only(request.jobReference ?? {}, REFERENCE)
    only(request.configuration ?? {}, CONFIGURATION)
    const one = request.configuration?.load
    if (one === undefined) throw new Unknown('a job without load')
    only(one, LOAD)
    const { jobId } = request.jobReference ?? {}
    if (jobId === undefined || !/^[A-Za-z0-9_-]{1,1024}$/.test(jobId)) throw new Unknown('a job without a jobId')
    if (one.sourceFormat !== 'NEWLINE_DELIMITED_JSON') throw new Unknown(`sourceFormat ${one.sourceFormat}`)
    const { datasetId } = one.destinationTable ?? {}
    if (jobs.has(jobId)) return failure(409, 'duplicate')
    if (datasetId !== 'd') return failure(404, 'notFound')
    const texts = content === undefined ? (one.sourceUris ?? []).map((uri) => object(uri)?.toString()) : [content]
    if (texts.length === 0) throw new Unknown('neither content nor sourceUris')
    const error = texts.includes(undefined) ? { reason: 'notFound', message: 'Not found: URI' } : load(one, texts.join('\n'))
    const job = { kind: 'bigquery#job', id: `${project}:US.${jobId}`, jobReference: { projectId: project, jobId, location: 'US' }, error }
    jobs.set(jobId, { looks: 0, job })
    return stateOf(jobId)
  }

  /** A job is done at the second look. */
  function stateOf(jobId: string): object {
    const known = jobs.get(jobId)
    if (known === undefined) return failure(404, 'notFound')
    const { error, ...job } = known.job as { error?: object }
    const isDone = known.looks++ > 1
    return { ...job, status: isDone ? { state: 'DONE', ...(error && { errorResult: error, errors: [error] }) } : { state: 'RUNNING' } }
  }

  async function answer(message: IncomingMessage): Promise<object> {
    const url = new URL(message.url ?? '', 'http://x')
    const path = `${message.method} ${url.pathname}`
    if (message.headers.authorization !== `Bearer ${token}`) return failure(401, 'authError')
    const query = (...known: string[]) => {
      for (const name of url.searchParams.keys()) if (!known.includes(name)) throw new Unknown(`query parameter ${name}`)
    }
    const body = await textOf(message)
    const table = /^GET \/bigquery\/v2\/projects\/p\/datasets\/(\w+)\/tables\/(\w+)$/.exec(path)
    if (table !== null) {
      query('prettyPrint', 'view', 'selectedFields')
      const found = table[1] === 'd' ? tables.get(table[2]!) : undefined
      return found === undefined ? failure(404, 'notFound') : { kind: 'bigquery#table', schema: { fields: found.schema } }
    }
    const look = /^GET \/bigquery\/v2\/projects\/p\/jobs\/([\w-]+)$/.exec(path)
    if (look !== null) {
      query('prettyPrint', 'location')
      return stateOf(look[1]!)
    }
    if (path === 'POST /bigquery/v2/projects/p/jobs') {
      query('prettyPrint')
      return insert('p', JSON.parse(body), undefined)
    }
    if (path === 'POST /upload/bigquery/v2/projects/p/jobs') {
      query('uploadType', 'prettyPrint')
      if (url.searchParams.get('uploadType') !== 'multipart') throw new Unknown('another uploadType')
      const [metadata, content] = parts(body, message.headers['content-type'] ?? '')
      return insert('p', JSON.parse(metadata), content)
    }
    throw new Unknown('another path')
  }

  const handle = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const seen = `${message.method} ${new URL(message.url ?? '', 'http://x').pathname}`
    requests.push(seen)
    const fault = server.fault(seen)
    let given: object
    try {
      given = typeof fault === 'number' ? failure(fault, 'backendError') : await answer(message)
    } catch (error) {
      complaints.push(`${seen}: ${(error as Error).message}`)
      given = failure(400, 'invalid')
    }
    if (fault === 'lost') return void message.socket.destroy()
    const status = (given as { error?: { code?: number } }).error?.code ?? 200
    response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(given))
  }

  const http = createServer((message, response) => void handle(message, response))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const google: GoogleSettings = {
    ...{ healthcareUrl: undefined, storageUrl: undefined, bigqueryUrl: url, token, staging: undefined, callBudget: 10_000 }
  }
  const server: BigQueryServer = { url, google, tables, requests, complaints, fault: () => undefined }
  t.teardown(async () => {
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
    if (complaints.length > 0) throw new Error(`requests that the API does not know: ${complaints.join('; ')}`)
  })
  return server
}

function failure(code: number, reason: string): object {
  return { error: { code, message: reason, errors: [{ reason, domain: 'global', message: reason }], status: reason } }
}

function words(text: string): readonly string[] {
  return text.split(/\s+/)
}

function only(value: object, known: readonly string[]): void {
  for (const name of Object.keys(value)) if (!known.includes(name)) throw new Unknown(`field ${name}`)
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** Metadata and content of a multipart/related body. */
function parts(body: string, type: string): readonly [string, string] {
  const boundary = /boundary="?([^";]+)/.exec(type)?.[1]
  if (boundary === undefined) throw new Unknown('no boundary')
  const [, metadata, content] = body.split(`--${boundary}`)
  const inner = (part = '') => part.slice(part.indexOf('\r\n\r\n') + 4).replace(/\r\n$/, '')
  return [inner(metadata), inner(content)]
}
