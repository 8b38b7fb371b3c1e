/** What is asked of an ingest job, as it comes in and as it is kept. */
import { installedPacks } from '../../files/packs.js'
import { isTexts, isWhole, members, refuse } from '../members.js'

export interface IngestRequest {
  /** Files, folders, `gs://bucket/prefix*`. */
  readonly sources: readonly string[]
  /** Name of an installed mapping pack. */
  readonly mapping: string
  /** URI naming the hospital's system; the pack's own when undefined. */
  readonly source?: string
  readonly options: IngestRequestOptions
}

export interface IngestRequestOptions {
  readonly timezone?: string
  readonly lineage?: boolean
  readonly allowErrors?: boolean
  readonly ignoreColumns?: readonly string[]
  /** Threads that map. */
  readonly workers?: number
}

const MEMBERS = ['sources', 'mapping', 'source', 'options']
const MOST_SOURCES = 1000
const MOST_WORKERS = 64

/** Reads a request. Throws job.request. */
export async function readIngestRequest(body: unknown): Promise<IngestRequest> {
  const { sources, mapping, source, options = {} } = members(body, 'The request', MEMBERS)
  if (!isTexts(sources) || sources.length === 0 || sources.length > MOST_SOURCES)
    throw refuse(`"sources" is a list of 1 to ${MOST_SOURCES} files, folders or gs:// prefixes`, 'sources')
  if (typeof mapping !== 'string') throw refuse('"mapping" names the mapping pack', 'mapping')
  const packs = await installedPacks()
  if (!packs.includes(mapping)) throw refuse(`"mapping" is one of ${packs.join(', ')}`, 'mapping')
  if (source !== undefined && (typeof source !== 'string' || !URL.canParse(source)))
    throw refuse(`"source" is an absolute URI that names the hospital's system`, 'source')
  return { sources, mapping, ...(source === undefined ? {} : { source }), options: optionsOf(options) }
}

const OPTIONS: Readonly<Record<keyof IngestRequestOptions, { readonly is: (value: unknown) => boolean; readonly text: string }>> = {
  timezone: { is: (value) => typeof value === 'string' && value.length <= 64, text: 'an offset such as -05:00, or an IANA zone' },
  lineage: { is: (value) => typeof value === 'boolean', text: 'true or false' },
  allowErrors: { is: (value) => typeof value === 'boolean', text: 'true or false' },
  ignoreColumns: { is: isTexts, text: 'a list of names' },
  workers: {
    is: (value) => isWhole(value, 1, MOST_WORKERS),
    text: `a whole number from 1 to ${MOST_WORKERS}`
  }
}

function optionsOf(value: unknown): IngestRequestOptions {
  const given = members(value, '"options"', Object.keys(OPTIONS))
  for (const [name, one] of Object.entries(given)) {
    const { is, text } = OPTIONS[name as keyof IngestRequestOptions]
    if (!is(one)) throw refuse(`"${name}" is ${text}`, `options.${name}`)
  }
  return given
}
