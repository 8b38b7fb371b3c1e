/**
 * What Cloud Storage's public API description knows of the methods that the test server answers: the discovery document of `storage` v1
 * (googleapis/google-api-nodejs-client, discovery/storage-v1.json), its paths, query parameters and the properties of the schema `Object`. `generation`
 * and the preconditions are int64.
 */

/** Parameters of every method. */
const COMMON = ['alt', 'fields', 'key', 'oauth_token', 'prettyPrint', 'quotaUser', 'uploadType', 'userIp', 'userProject']
const PRECONDITIONS = ['ifGenerationMatch', 'ifGenerationNotMatch', 'ifMetagenerationMatch', 'ifMetagenerationNotMatch']

export const METHODS = {
  'buckets.get': [...COMMON, 'ifMetagenerationMatch', 'ifMetagenerationNotMatch', 'projection'],
  'buckets.testIamPermissions': [...COMMON, 'permissions'],
  'objects.list': [
    ...COMMON,
    ...[
      'delimiter',
      'endOffset',
      'includeTrailingDelimiter',
      'matchGlob',
      'maxResults',
      'pageToken',
      'prefix',
      'projection',
      'startOffset'
    ],
    'versions'
  ],
  'objects.get': [...COMMON, ...PRECONDITIONS, 'generation', 'projection'],
  'objects.delete': [...COMMON, ...PRECONDITIONS, 'generation'],
  'objects.patch': [...COMMON, ...PRECONDITIONS, 'generation', 'predefinedAcl', 'projection'],
  'objects.insert': [...COMMON, ...PRECONDITIONS, 'contentEncoding', 'kmsKeyName', 'name', 'predefinedAcl', 'projection']
} as const
export type Method = keyof typeof METHODS

/** Of these the server does nothing: a test that needs one must first teach it. */
const NOT_IMITATED = ['fields', 'key', 'oauth_token', 'userProject', 'includeTrailingDelimiter', 'kmsKeyName', 'predefinedAcl']

const INTEGERS = [...PRECONDITIONS, 'generation', 'maxResults']
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  alt: ['json', 'media'],
  prettyPrint: ['true', 'false'],
  projection: ['full', 'noAcl'],
  uploadType: ['media', 'multipart', 'resumable'],
  versions: ['true', 'false']
}

/** Properties of an Object that a client may send. */
export const OBJECT_PROPERTIES = [
  ...[
    'acl',
    'bucket',
    'cacheControl',
    'componentCount',
    'contentDisposition',
    'contentEncoding',
    'contentLanguage',
    'contentType',
    'crc32c'
  ],
  ...['customTime', 'customerEncryption', 'etag', 'eventBasedHold', 'generation', 'id', 'kind', 'kmsKeyName', 'md5Hash', 'mediaLink'],
  ...['metadata', 'metageneration', 'name', 'owner', 'retentionExpirationTime', 'selfLink', 'size', 'storageClass', 'temporaryHold'],
  ...['timeCreated', 'timeDeleted', 'timeStorageClassUpdated', 'updated']
]

/** What a request asks for; upload: its content comes, or will come, with it. */
export interface Call {
  readonly method: Method
  readonly bucket: string
  readonly object: string | undefined
  readonly upload: boolean
}

/**
 * The method behind a verb and a path, percent-encoding undone. Names of objects are one path segment. Where STORAGE_EMULATOR_HOST is set, the client
 * leaves `/storage/v1` out of all paths but those of uploads.
 */
export function callOf(verb: string, path: string): Call | undefined {
  const upload = path.startsWith('/upload/storage/v1/')
  const rest = /^(?:\/upload)?(?:\/storage\/v1)?\/b\/([^/]+)(?:\/(o|iam\/testPermissions)(?:\/([^/]+))?)?$/.exec(path)
  if (rest === null) return undefined
  const [bucket, object] = [decodeURIComponent(rest[1]!), rest[3] === undefined ? undefined : decodeURIComponent(rest[3])]
  const kind = `${verb} ${upload ? 'upload' : object !== undefined ? 'object' : rest[2] === 'o' ? 'objects' : (rest[2] ?? 'bucket')}`
  const method = BY_KIND[kind]
  return method === undefined || (upload && (object !== undefined || rest[2] !== 'o')) ? undefined : { method, bucket, object, upload }
}

const BY_KIND: Readonly<Record<string, Method>> = {
  'GET bucket': 'buckets.get',
  'GET iam/testPermissions': 'buckets.testIamPermissions',
  'GET objects': 'objects.list',
  'GET object': 'objects.get',
  'DELETE object': 'objects.delete',
  'PATCH object': 'objects.patch',
  'POST upload': 'objects.insert',
  'PUT upload': 'objects.insert',
  'DELETE upload': 'objects.insert'
}

/** What is wrong with the query of a call; undefined when nothing is. upload_id is no parameter of the method but part of the address of a session. */
export function queryFault(method: Method, query: URLSearchParams): string | undefined {
  const known: readonly string[] = METHODS[method]
  for (const [name, value] of query) {
    if (name === 'upload_id' && method === 'objects.insert') continue
    if (!known.includes(name)) return `${method} has no parameter ${name}`
    if (NOT_IMITATED.includes(name)) return `${name} of ${method} is not imitated`
    if (name !== 'permissions' && query.getAll(name).length > 1) return `${name} is given more than once`
    if (INTEGERS.includes(name) && !/^\d+$/.test(value)) return `${name}=${value} is no whole number`
    if (CHOICES[name] !== undefined && !CHOICES[name].includes(value)) return `${name}=${value} is none of ${CHOICES[name].join(', ')}`
  }
  return undefined
}

/** What is wrong with an Object that was sent; undefined when nothing is. */
export function objectFault(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'the body is no JSON object'
  for (const [name, property] of Object.entries(value)) {
    if (!OBJECT_PROPERTIES.includes(name)) return `an Object has no property ${name}`
    if (name === 'metadata' && Object.values(property ?? {}).some((one) => typeof one !== 'string' && one !== null))
      return 'metadata holds strings only'
  }
  return undefined
}
