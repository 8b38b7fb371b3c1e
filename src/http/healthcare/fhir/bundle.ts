/** executeBundle: what the API asks of entries, and how it writes down what became of them. */
import { STATUS_CODES } from 'node:http'
import { WardbridgeError } from '../../../errors.js'
import type { Fault, RequestBundle, RequestEntry } from '../../../fhir/bundle/read.js'
import { parseTarget } from '../../../fhir/bundle/request.js'
import { parseParameters } from '../../../fhir/parameters.js'
import { turns } from '../../../service/turns.js'
import type { BundleForms, EntryAnswer } from '../../fhir/bundle-response.js'
import { checkIfNoneExist, identifiersOf } from './conditions.js'
import { outcomeText, statusOf } from './errors.js'
import { instantOf } from './forms.js'
import { RESOURCE_LIMIT } from './limits.js'

/** The bundle, with what the API does not take among the faults of its entries. text: that it was read from. */
export function withFaults(bundle: RequestBundle, text: string): RequestBundle {
  return {
    ...bundle,
    entries: bundle.entries.map((entry, number) => {
      const reason = faultOf(entry, text)
      if (reason === undefined) return entry
      const fault: Fault = { code: 'bundle.invalid', expression: `Bundle.entry[${number}].${reason.at}`, reason: reason.text }
      return { ...entry, faults: [...entry.faults, fault] }
    })
  }
}

function faultOf(
  { method, url, ifNoneExist, resource }: RequestEntry,
  text: string
): { readonly at: string; readonly text: string } | undefined {
  if (resource !== undefined && isLarge(text, resource)) return { at: 'resource', text: `is larger than ${RESOURCE_LIMIT} bytes` }
  const target = method === 'GET' || method === 'HEAD' ? undefined : parseTarget(url)
  try {
    if (target?.query !== undefined && target.id === undefined) identifiersOf(parseParameters(target.query))
    if (target !== undefined) checkIfNoneExist(target.type, ifNoneExist)
  } catch (error) {
    if (error instanceof WardbridgeError) return { at: 'request', text: error.message }
    throw error
  }
  return undefined
}

function isLarge(text: string, { start, end }: { readonly start: number; readonly end: number }): boolean {
  // No character takes more than three bytes for each unit it has in a string.
  return (end - start) * 3 > RESOURCE_LIMIT && Buffer.byteLength(text.slice(start, end)) > RESOURCE_LIMIT
}

/** Entries put together in one turn of the event loop. */
const TURN = 500

export const FORMS: BundleForms = {
  async response(type, answers, base) {
    const pieces: Buffer[] = []
    const turn = turns(TURN)
    for (const [n, answer] of answers.entries()) {
      pieces.push(Buffer.from(n === 0 ? '{"entry":[' : ','), ...entryText(answer, base))
      await turn()
    }
    const tail = `"resourceType":"Bundle","type":"${type}"}`
    return Buffer.concat([...pieces, Buffer.from(answers.length === 0 ? `{${tail}` : `],${tail}`)])
  },
  error: (errors) => ({ status: statusOf(errors[0]!), outcome: outcomeText(errors) })
}

/** fullUrl, resource, response: members in the order of the alphabet. */
function entryText({ fullUrl, resource, ...answer }: EntryAnswer, base: string): Buffer[] {
  const response = Buffer.from(`"response":${responseText(answer, base)}}`)
  if (resource === undefined) return [Buffer.from('{'), response]
  const head = fullUrl === undefined ? '{"resource":' : `{"fullUrl":${JSON.stringify(fullUrl)},"resource":`
  return [Buffer.from(head), Buffer.from(resource), Buffer.from(','), response]
}

function responseText({ status, location, etag, outcome }: Omit<EntryAnswer, 'fullUrl' | 'resource'>, base: string): string {
  const version = /"(.+)"/.exec(etag ?? '')?.[1]
  // A delete is 200 here.
  const code = status === 204 ? 200 : status
  const head = JSON.stringify({
    etag,
    lastModified: version === undefined ? undefined : instantOf(version),
    location: location === undefined ? undefined : `${base}/${location}`
  })
  const told = `"status":${JSON.stringify(`${code} ${STATUS_CODES[code] ?? ''}`.trim())}`
  const members = [head.slice(1, -1), ...(outcome === undefined ? [] : [`"outcome":${outcome}`]), told]
  return `{${members.filter((one) => one !== '').join(',')}}`
}
