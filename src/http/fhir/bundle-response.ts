/** The Bundle that answers a batch or transaction (R4 http.html#transaction-response), put together from stored bytes without reading them. */
import { STATUS_CODES } from 'node:http'
import { operationOutcome, type WardbridgeError } from '../../errors.js'
import { turns } from '../../service/turns.js'
import type { WriteResult } from '../../store/repository.js'
import { etag, type Preference, parsePrefer } from './headers.js'
import type { FhirResponse } from './interaction.js'
import { deletedText, informed } from './respond.js'

/** An entry of the answer. */
export interface EntryAnswer {
  readonly status: number
  /** `Type/id/_history/vid` */
  readonly location?: string | undefined
  readonly etag?: string | undefined
  /** Milliseconds since 1970 UTC. */
  readonly lastModified?: number | undefined
  /** OperationOutcome as JSON. */
  readonly outcome?: string | undefined
  readonly fullUrl?: string | undefined
  /** JSON of a resource. */
  readonly resource?: Buffer | string | undefined
}

/** How a door writes down what became of the entries of a bundle. */
export interface BundleForms {
  /** The Bundle that answers; base: service base URL as the client sees it. */
  readonly response: (type: 'batch-response' | 'transaction-response', answers: readonly EntryAnswer[], base: string) => Promise<Buffer>
  /** The entry of a request that failed. */
  readonly error: (errors: readonly WardbridgeError[]) => EntryAnswer
}

/** What a client wants to see of what was written: without a preference nothing but where it is, as a bundle may be large. */
export function preferredReturn(header: string | undefined): Preference['return'] {
  return /\breturn\s*=/i.test(header ?? '') ? parsePrefer(header).return : 'minimal'
}

/** Entries put together in one turn of the event loop. */
const TURN = 500

async function bundleResponse(type: 'batch-response' | 'transaction-response', answers: readonly EntryAnswer[]): Promise<Buffer> {
  const pieces: Buffer[] = []
  let text = `{"resourceType":"Bundle","type":"${type}"`
  const flush = () => {
    pieces.push(Buffer.from(text))
    text = ''
  }
  const turn = turns(TURN)
  for (const [n, { fullUrl, resource, ...response }] of answers.entries()) {
    // An empty array is not FHIR: without entries there is no `entry`.
    text += n === 0 ? ',"entry":[{' : ',{'
    if (resource !== undefined) {
      text += `${fullUrl === undefined ? '' : `"fullUrl":${JSON.stringify(fullUrl)},`}"resource":`
      if (typeof resource === 'string') text += resource
      else {
        flush()
        pieces.push(resource)
      }
      text += ','
    }
    text += `"response":${responseText(response)}}`
    await turn()
  }
  text += answers.length === 0 ? '}' : ']}'
  flush()
  return Buffer.concat(pieces)
}

function responseText({ status, location, etag, lastModified, outcome }: EntryAnswer): string {
  const text = JSON.stringify({
    status: `${status} ${STATUS_CODES[status] ?? ''}`.trim(),
    location,
    etag,
    lastModified: lastModified === undefined ? undefined : new Date(lastModified).toISOString()
  })
  return outcome === undefined ? text : `${text.slice(0, -1)},"outcome":${outcome}}`
}

/** What became of a write: of a delete any number of resources, else one. */
export function writeAnswer(
  results: readonly WriteResult[],
  isDelete: boolean,
  preferred: Preference['return'],
  base: string
): EntryAnswer {
  const tell = (text: string) => (preferred === 'OperationOutcome' ? { outcome: informed(text) } : {})
  const [result] = results
  if (result === undefined || results.length > 1) return { status: 204, ...tell(deletedText(results)) }
  const { type, id, versionId, lastUpdated, outcome, body } = result
  const version = { etag: etag(versionId), lastModified: lastUpdated }
  if (isDelete) return { status: 204, ...version, ...tell(deletedText(results)) }
  const told = tell(`${type}/${id} ${outcome}, version ${versionId}`)
  return {
    status: outcome === 'created' ? 201 : 200,
    location: `${type}/${id}/_history/${versionId}`,
    ...version,
    ...told,
    ...(preferred === 'representation' ? { fullUrl: `${base}/${type}/${id}`, resource: body } : {})
  }
}

/** What became of a request within a batch, or of a read within a transaction. name: `Type/id` of what was read. */
export function responseAnswer({ status, headers, body }: FhirResponse, base: string, name: string | undefined): EntryAnswer {
  const location = headers['location']
  return {
    status,
    location: location?.startsWith(`${base}/`) ? location.slice(base.length + 1) : location,
    etag: headers['etag'],
    lastModified: lastModified(headers, body),
    ...(body === undefined ? {} : { resource: body, fullUrl: name === undefined ? undefined : `${base}/${name}` })
  }
}

/** Last-Modified has no fractions of a second; the resource has them. */
function lastModified(headers: FhirResponse['headers'], body: FhirResponse['body']): number | undefined {
  const header = headers['last-modified']
  if (header === undefined) return undefined
  const second = Date.parse(header)
  const exact = /"meta":\{"versionId":"[^"]+","lastUpdated":"([^"]+)"/.exec(body?.toString() ?? '')?.[1]
  const instant = exact === undefined ? Number.NaN : Date.parse(exact)
  return Math.floor(instant / 1000) * 1000 === second ? instant : second
}

function errorAnswer(errors: readonly WardbridgeError[]): EntryAnswer {
  return { status: errors[0]!.status, outcome: operationOutcome(errors) }
}

/** As /fhir does it. */
export const R4_FORMS: BundleForms = { response: bundleResponse, error: errorAnswer }
