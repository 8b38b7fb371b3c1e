/** How the routes of /rest stand in /docs/json. What a row has in it is the mapping's to say: its schemas are made when the mapping is there. */
import type { FastifySchema } from 'fastify'
import { shownColumns } from '../../hospital/cells.js'
import type { Hospital } from '../../hospital/hospital.js'
import type { TableName } from '../../hospital/tables.js'
import type { Column } from '../../mapping/index.js'
import { DEFAULT_LIMIT, MOST, type RestRoute } from './route.js'

const PROBLEM = 'rest-problem'
const text = (description: string) => ({ type: 'string', description })
const json = (name: string) => ({ content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } } })
const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: `#/components/schemas/${PROBLEM}` } } }
})
const header = (description: string) => ({ schema: { type: 'string' }, description })

/** `post-patients-id-question` */
function nameOf({ method, url }: RestRoute): string {
  return [method.toLowerCase(), 'rest', ...url.split('/').filter(Boolean)].join('-').replaceAll(':', '')
}

const hasBody = ({ method, takes }: RestRoute) => (method === 'POST' || method === 'PUT') && takes?.length !== 0

export function openApi(route: RestRoute): FastifySchema {
  const { method, url, summary, query = {}, list = false } = route
  const name = nameOf(route)
  const parameters = [...url.matchAll(/:(\w+)/g)].map(([, parameter = '']) => parameter)
  const paging = { limit: { type: 'integer', minimum: 1, maximum: MOST, default: DEFAULT_LIMIT }, cursor: text('Of the next link') }
  const asked = { ...Object.fromEntries(Object.entries(query).map(([key, says]) => [key, text(says)])), ...(list ? paging : {}) }
  return {
    tags: ['hospital'],
    summary,
    operationId: name,
    security: [{ token: [] }],
    ...(parameters.length === 0
      ? {}
      : {
          params: { type: 'object', required: parameters, properties: Object.fromEntries(parameters.map((one) => [one, PARAMETERS[one]])) }
        }),
    ...(Object.keys(asked).length === 0 ? {} : { querystring: { type: 'object', properties: asked } }),
    ...(hasBody(route) ? { consumes: ['application/json'], body: { $ref: `#/components/schemas/${name}-body` } } : {}),
    ...(method === 'POST' ? { headers: { type: 'object', properties: { 'Idempotency-Key': text(KEYED) } } } : {}),
    ...(method === 'PUT' || method === 'DELETE'
      ? { headers: { type: 'object', properties: { 'If-Match': text('ETag of the row that was read') } } }
      : {}),
    response: responses(route, name)
  } as FastifySchema
}

const KEYED = 'The same request under the same key is worked on once and answered alike for 24 hours'

const PARAMETERS: Readonly<Record<string, object>> = {
  id: text('Number of the row: subject_id or physician_id; also the id of its FHIR resource'),
  hadm_id: text('Number of the admission; also the id of its Encounter'),
  progress_id: text('Number of the entry; also the id of its Observation'),
  qid: text('Number of the question; also the id of its thread, a Communication')
}

function responses({ method, url, list = false }: RestRoute, name: string): Record<string, unknown> {
  const etag = { ETag: header('Version of the row') }
  const made = method === 'POST' && !url.endsWith('/opened')
  const success = list
    ? { 200: { description: 'Rows', headers: { Link: header('rel="next": the next page, when there is one') }, ...json(`${name}-rows`) } }
    : method === 'DELETE'
      ? { 204: { description: 'Deleted, or made inactive', type: 'null' } }
      : made
        ? { 201: { description: 'The row', headers: { ...etag, Location: header('Address of the row') }, ...json(`${name}-row`) } }
        : { 200: { description: 'The row', headers: etag, ...json(`${name}-row`) } }
  return {
    ...success,
    400: problem('The request is malformed'),
    401: problem('A valid bearer token is needed'),
    403: problem('The caller may not do this'),
    404: problem('Not known, or not for this caller'),
    ...(method === 'GET' ? {} : { 409: problem('What is there does not allow it: see code') }),
    ...(method === 'PUT' || method === 'DELETE' ? { 412: problem('If-Match names another version') } : {}),
    ...(method === 'POST' || method === 'PUT' ? { 415: problem('Not JSON'), 422: problem('The row is not valid') } : {})
  }
}

/** The schemas that openApi() refers to, by name. */
export function schemas(hospital: Hospital, routes: readonly RestRoute[]): Record<string, object> {
  const found: Record<string, object> = { [PROBLEM]: PROBLEM_SCHEMA }
  for (const route of routes) {
    const name = nameOf(route)
    const columns = shownColumns(hospital.pack.table(route.table).columns)
    if (hasBody(route)) found[`${name}-body`] = bodySchema(hospital, route, columns)
    if (route.method === 'DELETE') continue
    const row = rowSchema(route, columns)
    found[`${name}-${route.list === true ? 'rows' : 'row'}`] = route.list === true ? { type: 'array', items: row } : row
  }
  return found
}

/** What is in an answer only. */
const TOLD = ['opened_at', 'waiting_seconds', 'unread']

function bodySchema(hospital: Hospital, route: RestRoute, columns: readonly Column[]): object {
  const taken = route.takes === undefined ? columns : columns.filter(({ name }) => route.takes?.includes(name))
  const also = Object.entries(route.also ?? {}).filter(([name]) => !TOLD.includes(name))
  const table = hospital.pack.table(route.table)
  const key = table.key.map((index) => table.columns[index]?.name)
  const needed =
    route.needs ??
    (route.method === 'PUT' ? [] : taken.filter(({ name, required }) => required && !key.includes(name)).map(({ name }) => name))
  return {
    type: 'object',
    additionalProperties: false,
    ...(needed.length === 0 ? {} : { required: needed }),
    properties: Object.fromEntries([
      ...taken.map((column) => [column.name, columnSchema(column)]),
      ...also.map(([name, says]) => [name, { ...text(says), nullable: true }])
    ]),
    ...(route.example === undefined ? {} : { example: route.example })
  }
}

function rowSchema(route: RestRoute, columns: readonly Column[]): object {
  const also = Object.entries(route.also ?? {}).filter(([name]) => name !== 'reason')
  const nothing = Object.fromEntries([...columns.map(({ name }) => [name, null]), ...also.map(([name]) => [name, null])])
  return {
    type: 'object',
    required: columns.map(({ name }) => name),
    properties: Object.fromEntries([
      ...columns.map((column) => [column.name, columnSchema(column)]),
      ...also.map(([name, says]) => [name, { ...typeOf(name), description: says, nullable: true }])
    ]),
    example: { ...nothing, ...EXAMPLES[route.table] }
  }
}

function typeOf(name: string): object {
  if (name === 'waiting_seconds' || name === 'hadm_id') return { type: 'integer' }
  return { type: name === 'unread' ? 'boolean' : 'string' }
}

function columnSchema({ type, required }: Column): object {
  return { ...TYPES[type], nullable: !required }
}

const TYPES: Readonly<Record<Column['type'], object>> = {
  text: { type: 'string' },
  integer: { type: 'integer', format: 'int64' },
  decimal: { type: 'number' },
  date: { type: 'string', format: 'date' },
  midnight: { type: 'string', description: 'A day: 1970-02-03 00:00:00; a request may leave the time out', example: '1970-02-03 00:00:00' },
  timestamp: {
    type: 'string',
    description: 'As the clock of the source shows it; a request may have ISO 8601 with an offset instead',
    example: '2164-10-23 21:09:00'
  },
  flag: { type: 'integer', enum: [0, 1] }
}

const EXAMPLES: Readonly<Record<TableName, object>> = {
  patients: { subject_id: 10006, gender: 'F', dob: '1970-02-03 00:00:00', expire_flag: 0, identity_doc: 'ID-4711' },
  admissions: {
    subject_id: 10006,
    hadm_id: 142345,
    admittime: '2164-10-23 21:09:00',
    admission_type: 'EMERGENCY',
    insurance: 'Medicare',
    diagnosis: 'SEPSIS',
    hospital_expire_flag: 0,
    has_chartevents_data: 1,
    physician_id: 'P01',
    unit: 'micu',
    bed: 'micu-3',
    bed_name: 'MICU 3'
  },
  progress: {
    subject_id: 10006,
    progress_id: '5d1f2c3e-0a5b-4a55-9a5e-6a4c3d3d1b11',
    description: 'At rest',
    timestamp: '2164-10-24 08:00:00',
    hadm_id: 142345,
    code: 'Heart rate',
    value: '72',
    unit: 'bpm'
  },
  questions: {
    id: '0b8c2a70-8f3e-4d3a-9a0f-6d2f7f0a4c21',
    subject_id: 10006,
    hadm_id: 142345,
    diagnosis: 'SEPSIS',
    question: 'May I drive after the operation?',
    created_at: '2164-10-25 09:30:00.000',
    waiting_seconds: 5400
  },
  physicians: { physician_id: 'P01', name: 'Ada Ardent', specialty: 'Internal medicine' }
}

const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'Problem details (RFC 9457)',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: text('Address of the kind of problem'),
    title: text('Phrase of the status'),
    status: { type: 'integer' },
    detail: text('What is wrong'),
    code: text('Row of the table of errors'),
    help: text('What to do'),
    reference: text('Id of the request, as the log has it'),
    expression: text('The column or element at fault'),
    errors: { type: 'array', items: { type: 'object' }, description: 'All errors, where there are several' }
  },
  example: {
    type: 'https://fhir.wardbridge.dev/errors/rest.no-bed',
    title: 'Conflict',
    status: 409,
    detail: 'No bed is free in MICU',
    code: 'rest.no-bed',
    help: 'Ask for another unit, or admit without one; beds become free by discharge and transfer.'
  }
}
