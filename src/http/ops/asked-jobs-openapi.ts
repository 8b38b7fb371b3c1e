/** How jobs that were asked for stand in /docs/json. */
import type { FastifySchema } from 'fastify'

export const JOB_ID = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'string', description: 'UUID of a job that was asked for' } }
}

export const INGEST_BODY = {
  type: 'object',
  required: ['sources', 'mapping'],
  additionalProperties: false,
  properties: {
    sources: {
      type: 'array',
      minItems: 1,
      items: { type: 'string' },
      description: 'gs://bucket/prefix*, and files and folders below WARDBRIDGE_INGEST_SOURCES: .csv, .ndjson, .json, each also .gz'
    },
    mapping: { type: 'string', description: 'Name of a mapping pack' },
    source: { type: 'string', format: 'uri', description: "URI that names the hospital's system, base of all identifiers" },
    options: {
      type: 'object',
      additionalProperties: false,
      properties: {
        timezone: { type: 'string', description: 'Clock of the source: an offset, or an IANA zone' },
        lineage: { type: 'boolean', description: 'Each resource names its row in meta.source' },
        allowErrors: { type: 'boolean', description: 'Go on without tables whose header does not fit' },
        ignoreColumns: { type: 'array', items: { type: 'string' } },
        workers: { type: 'integer', minimum: 1, maximum: 64, description: 'Threads that map; all processors but one when left out' }
      }
    }
  },
  example: {
    sources: ['gs://ward-data/mimic-iii/*'],
    mapping: 'mimic-iii',
    source: 'https://hospital.example.org',
    options: { timezone: '-05:00' }
  }
}

export const EXPORT_BODY = {
  type: 'object',
  required: ['to'],
  additionalProperties: false,
  properties: {
    to: {
      type: 'string',
      description: 'gs://BUCKET/PREFIX (NDJSON), bq://PROJECT.DATASET; ndjson:FOLDER and parquet:FOLDER below WARDBRIDGE_EXPORT_TARGETS'
    },
    types: { type: 'array', minItems: 1, items: { type: 'string' }, description: 'Resource types; all when left out' },
    since: { type: 'string', format: 'date-time', description: 'Only what was written from then on, deletions told' },
    depth: { type: 'integer', minimum: 1, maximum: 5, description: 'recursiveStructureDepth of tables' },
    workers: { type: 'integer', minimum: 1, maximum: 64 }
  },
  example: { to: 'bq://ward-analytics.fhir', types: ['Patient', 'Encounter', 'Observation'] }
}

const EXAMPLE = {
  id: '7f9c24e8-3b12-4a6e-9c55-0e4d2f0b7a11',
  kind: 'ingest',
  status: 'running',
  by: 'ada',
  asked: '2026-01-05T08:00:00.000Z',
  began: '2026-01-05T08:00:00.412Z',
  request: { sources: ['gs://ward-data/mimic-iii/*'], mapping: 'mimic-iii', source: 'https://hospital.example.org', options: {} },
  progress: {
    reading: 'chartevents',
    rows: 420000,
    resources: 388210,
    rejected: 2,
    bytesRead: 31457280,
    bytesTotal: 62914560,
    seconds: 41.5,
    rowsPerSecond: 10120,
    resourcesPerSecond: 9354
  },
  totals: { rowsIn: 420000, mapped: 381004, merged: 24500, dictionary: 14494, unmapped: 0, rejected: 2, resources: 388210 },
  tables: [
    { table: 'patients', rowsIn: 100, mapped: 100, merged: 0, dictionary: 0, unmapped: 0, rejected: 0, resources: { Patient: 100 } }
  ],
  rejects: { byRule: { 'labevents: required': 2 }, first: [{ table: 'labevents', file: 'LABEVENTS.csv.gz', line: 812, rule: 'required' }] },
  runs: [{ id: '0b7a112f-24e8-4a6e-9c55-7f9c0e4d3b12', outcome: 'running', began: '2026-01-05T08:00:00.412Z' }]
}

const JOB = {
  type: 'object',
  additionalProperties: true,
  properties: {
    status: { type: 'string', enum: ['waiting', 'running', 'cancelling', 'done', 'failed', 'cancelled'] },
    progress: { type: 'object', additionalProperties: true, description: 'Rows, resources, bytes of the files, and rates' },
    tables: {
      type: 'array',
      items: { type: 'object', additionalProperties: true },
      description: 'Of each table rowsIn = mapped + merged + dictionary + unmapped + rejected'
    },
    rejects: { type: 'object', additionalProperties: true, description: 'How many by table and rule, and the places of the first hundred' },
    runs: { type: 'array', items: { type: 'object', additionalProperties: true }, description: 'The newest first' }
  }
}

const LIST = { type: 'object', properties: { jobs: { type: 'array', items: JOB } }, example: { jobs: [EXAMPLE] } }

const PROBLEM = {
  description: 'Problem details (RFC 9457)',
  content: { 'application/problem+json': { schema: { type: 'object', additionalProperties: true } } }
}

interface Description {
  readonly summary: string
  readonly params?: object
  readonly body?: object
  readonly answers?: Readonly<Record<number, string>>
  readonly list?: boolean
}

export function describeJob({ summary, params, body, answers = { 200: 'As it is now' }, list = false }: Description): FastifySchema {
  const schema = list ? LIST : { ...JOB, example: EXAMPLE }
  const good = Object.entries(answers).map(([status, description]) => [
    status,
    status === '204' ? { description, type: 'null' } : { description, content: { 'application/json': { schema } } }
  ])
  return {
    tags: ['operations'],
    summary,
    security: [{ token: [] }],
    ...(params === undefined ? {} : { params }),
    ...(body === undefined ? {} : { consumes: ['application/json'], body }),
    response: { ...Object.fromEntries(good), '4xx': PROBLEM }
  } as FastifySchema
}
