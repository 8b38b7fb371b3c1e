/** How the routes of media stand in /docs/json. */
import type { FastifySchema } from 'fastify'
import { MEDIA_TYPES } from '../../files/inspect.js'
import { MEDIA_KINDS } from '../../hospital/media.js'

const text = (description: string) => ({ type: 'string', description })
const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/rest-problem' } } }
})

const ROW = {
  type: 'object',
  properties: {
    media_id: text('Number of the medium: what questions and progress entries name'),
    subject_id: { type: 'integer', description: 'The patient' },
    hadm_id: { type: 'integer', nullable: true, description: 'The admission' },
    kind: { type: 'string', enum: [...MEDIA_KINDS] },
    title: { ...text('What it is called'), nullable: true },
    content_type: { type: 'string', enum: [...MEDIA_TYPES] },
    size: { type: 'integer', description: 'Bytes' },
    created_at: text('When it came'),
    resource: text('Its FHIR resource: a Media or a DocumentReference'),
    binary: text('The Binary with its content'),
    url: text('Its content, for whoever has this address, until url_expires_at; supports Range'),
    url_expires_at: text('Instant, UTC')
  },
  example: {
    media_id: '8c1f3a0e-58f1-4a3e-b1a0-2f5a4f0e8a11',
    subject_id: 10006,
    hadm_id: 142345,
    kind: 'attachment',
    title: 'Left hand',
    content_type: 'image/jpeg',
    size: 184213,
    created_at: '2164-10-25 09:30:00.000',
    resource: 'Media/8c1f3a0e-58f1-4a3e-b1a0-2f5a4f0e8a11',
    binary: 'Binary/8c1f3a0e-58f1-4a3e-b1a0-2f5a4f0e8a11',
    url: 'https://host/files/8c1f3a0e-58f1-4a3e-b1a0-2f5a4f0e8a11?signature=…',
    url_expires_at: '2164-10-25T14:35:00.000Z'
  }
}
const row = (description: string) => ({ description, content: { 'application/json': { schema: ROW } } })
const PARAMS = { type: 'object', required: ['media_id'], properties: { media_id: text('Number of the medium') } }
const COMMON = {
  401: problem('A valid bearer token is needed'),
  403: problem('The caller may not do this'),
  404: problem('Not known, or not for this caller')
}

export const POST_SCHEMA = {
  tags: ['hospital'],
  summary: 'Upload a picture, a video or a PDF: the body is the file',
  operationId: 'post-rest-media',
  security: [{ token: [] }],
  consumes: [...MEDIA_TYPES, 'application/octet-stream'],
  querystring: {
    type: 'object',
    properties: {
      subject_id: text('The patient; a patient who leaves it out means themself'),
      hadm_id: text('The admission'),
      kind: {
        type: 'string',
        enum: [...MEDIA_KINDS],
        default: 'attachment',
        description: 'attachment: for a question or an entry, removed after a day in which nothing named it; record: stays for itself'
      },
      title: text('What it is called')
    }
  },
  body: { type: 'string', format: 'binary' },
  headers: {
    type: 'object',
    properties: { 'Idempotency-Key': text('The same file under the same key is kept once and answered alike for 24 hours') }
  },
  response: {
    201: row('The medium'),
    ...COMMON,
    400: problem('The request is malformed, or the file did not come whole'),
    409: problem('The first request with this Idempotency-Key is being worked on'),
    413: problem('The file is too large'),
    415: problem('The file is of a type that is not taken, or not of the one it is said to be'),
    422: problem('A row that is named is not there, or the Idempotency-Key was used for another file'),
    507: problem('There is no room')
  }
} as FastifySchema

export const GET_SCHEMA = {
  tags: ['hospital'],
  summary: 'What is known of a medium, with an address of its content that works for some minutes',
  operationId: 'get-rest-media-media_id',
  security: [{ token: [] }],
  params: PARAMS,
  response: { 200: row('The medium'), ...COMMON }
} as FastifySchema

export const DELETE_SCHEMA = {
  tags: ['hospital'],
  summary: 'Delete a medium that nothing names, with its content',
  operationId: 'delete-rest-media-media_id',
  security: [{ token: [] }],
  params: PARAMS,
  response: { 204: { description: 'Deleted', type: 'null' }, ...COMMON, 409: problem('Something names it') }
} as FastifySchema
