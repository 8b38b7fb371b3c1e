/** Tables of BigQuery, filled by load jobs through Google's client, which is loaded when it is needed. */
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { BigQuery, Job, Table } from '@google-cloud/bigquery'
import type { GoogleSettings } from '../config-google.js'
import { fail } from '../errors.js'
import { openGcsObjects } from '../files/gcs-objects.js'
import { writeObject } from '../files/gcs-write.js'
import { googleAccess } from '../google/auth.js'
import type { Column } from './columns.js'

/** Milliseconds between two looks at a job: the first, and the most it comes to. */
const FIRST_LOOK = 200
const LONGEST_LOOK = 5000

export interface LoadRequest {
  readonly table: string
  /** An NDJSON file, which is not empty. */
  readonly rows: string
  readonly columns: readonly Column[]
  /** The rows are added, and new columns with them; else they take the place of all that was there. */
  readonly append: boolean
  readonly signal?: AbortSignal | undefined
}

export interface BigQueryDataset {
  /** Columns of a table; none when it is not there. */
  columnsOf(table: string): Promise<readonly Column[]>
  /** One load job: the table changes as a whole or not at all. */
  load(request: LoadRequest): Promise<void>
}

/**
 * A dataset, which must be there. Rows go up with the job, or by way of the staging prefix where there is one. Methods throw bigquery.* and bucket.*.
 */
export async function openBigQuery(project: string, dataset: string, google: GoogleSettings): Promise<BigQueryDataset> {
  const { BigQuery } = await import('@google-cloud/bigquery')
  const { origin, auth } = googleAccess(google, 'bigquery')
  const client = new BigQuery({
    projectId: project,
    ...(origin === undefined ? {} : { apiEndpoint: origin }),
    ...('setCredentials' in auth ? { authClient: auth } : {})
  })
  const refused = (error: unknown) => refusal(error, `${project}.${dataset}`)
  return {
    async columnsOf(table) {
      try {
        const [metadata] = await client.dataset(dataset).table(table).getMetadata()
        return (metadata.schema?.fields ?? []) as readonly Column[]
      } catch (error) {
        if (codeOf(error) === 404) return []
        throw refused(error)
      }
    },
    async load(request) {
      const { table, signal } = request
      const staged = google.staging === undefined ? undefined : await stage(request, google.staging, google)
      try {
        const job = await begin(client, client.dataset(dataset).table(table), request, staged?.uri).catch((error: unknown) => {
          throw refused(error)
        })
        await ended(job, table, signal).catch((error: unknown) => {
          signal?.throwIfAborted()
          throw codeOf(error) === undefined ? error : refused(error)
        })
      } finally {
        await staged?.remove()
      }
    }
  }
}

/** Begins the job. When the answer is lost the job may be there all the same: its id tells. */
async function begin(client: BigQuery, table: Table, { rows, columns, append }: LoadRequest, uri: string | undefined): Promise<Job> {
  const jobId = `wardbridge_export_${randomUUID()}`
  const load = {
    sourceFormat: 'NEWLINE_DELIMITED_JSON',
    schema: { fields: columns as never },
    writeDisposition: append ? 'WRITE_APPEND' : 'WRITE_TRUNCATE',
    ...(append ? { schemaUpdateOptions: ['ALLOW_FIELD_ADDITION'] } : {})
  }
  try {
    if (uri !== undefined) {
      const destinationTable = { projectId: table.dataset.projectId!, datasetId: table.dataset.id!, tableId: table.id! }
      const [job] = await client.createJob({ jobId, configuration: { load: { ...load, destinationTable, sourceUris: [uri] } } })
      return job
    }
    return await upload(table, rows, { ...load, jobId })
  } catch (error) {
    if (codeOf(error) !== undefined && codeOf(error) !== 409) throw error
    const job = client.job(jobId)
    const [isThere] = await job.exists()
    if (!isThere) throw error
    return job
  }
}

/** The rows as the body of the request. The client's own way of sending a file does not hear of a file that cannot be read. */
function upload(table: Table, rows: string, metadata: object): Promise<Job> {
  return new Promise((resolve, reject) => {
    const body = table.createWriteStream_(metadata as never)
    body.on('job', resolve).on('error', reject)
    createReadStream(rows).on('error', reject).pipe(body)
  })
}

async function ended(job: Job, table: string, signal: AbortSignal | undefined): Promise<void> {
  for (let pause = FIRST_LOOK; ; pause = Math.min(LONGEST_LOOK, pause * 2)) {
    const [{ status }] = await job.getMetadata()
    if (status?.errorResult !== undefined && status.errorResult !== null)
      throw fail('bigquery.load', { table, reason: String(status.errorResult.reason ?? 'unknown') })
    if (status?.state === 'DONE') return
    if (signal?.aborted) {
      await job.cancel().catch(() => {})
      signal.throwIfAborted()
    }
    await wait(pause)
  }
}

async function stage({ table, rows }: LoadRequest, staging: string, google: GoogleSettings) {
  const prefix = `${staging.replace(/\/$/, '')}/export-${randomUUID()}`
  const name = `${table}.ndjson`
  const uri = `${prefix}/${name}`
  await writeObject(uri, createReadStream(rows, { highWaterMark: 1 << 20 }), { google, contentType: 'application/x-ndjson' })
  return {
    uri,
    // What cannot be removed now goes by the life cycle rule of the bucket.
    remove: () =>
      openGcsObjects(prefix, google)
        .delete(name)
        .then(
          () => {},
          () => {}
        )
  }
}

function codeOf(error: unknown): number | undefined {
  const { code } = error as { code?: unknown }
  return typeof code === 'number' ? code : undefined
}

/** Nothing of what the service says in words: it may quote rows. */
function refusal(error: unknown, dataset: string): unknown {
  const status = codeOf(error)
  if (status === 404) return fail('bigquery.missing', { dataset }, { cause: error })
  if (status === 401 || status === 403) return fail('bigquery.denied', { dataset, status }, { cause: error })
  if (status !== undefined) return fail('bigquery.unexpected', { dataset, reason: `status ${status}` }, { cause: error })
  return error instanceof Error && 'issue' in error
    ? error
    : fail('bigquery.unexpected', { dataset, reason: 'no answer' }, { cause: error })
}
