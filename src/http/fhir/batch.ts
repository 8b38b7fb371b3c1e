/** batch (R4 http.html#brules): every entry on its own, as if it had come alone. Bundle.type tells it from a transaction: both are POST [base]. */
import { readPatch } from '../../fhir/bundle/patch.js'
import { faultErrors, type RequestBundle, type RequestEntry } from '../../fhir/bundle/read.js'
import { isWrite } from '../../fhir/bundle/request.js'
import { turns } from '../../service/turns.js'
import { type EntryAnswer, preferredReturn, responseAnswer } from './bundle-response.js'
import { parsePrefer } from './headers.js'
import type { FhirContext, FhirHeaders, FhirRequest, FhirResponse, Interaction } from './interaction.js'
import { answer, informed, PRIVATE } from './respond.js'

export const batch: Interaction = {
  code: 'batch',
  // That of transaction.ts.
  routes: [],
  handler: (context) => async (request) => runBatch(context, request, await context.service.readBundle(request.body, request.base))
}

/** Entries that are answered at the same time: commits made together share one write to the disk. */
const AT_ONCE = 32
/** R4: a batch is executed in the same order as a transaction. */
const ORDER: Readonly<Record<RequestEntry['method'], number>> = { DELETE: 0, POST: 1, PUT: 2, PATCH: 2, GET: 3, HEAD: 3 }

export async function runBatch(context: FhirContext, request: FhirRequest, { entries }: RequestBundle): Promise<FhirResponse> {
  const answers: EntryAnswer[] = []
  const numbers = [...entries.keys()]
  const turn = turns(1)
  for (const phase of [0, 1, 2, 3]) {
    const targets = new Map<string, Promise<void>>()
    const left = numbers.filter((number) => ORDER[entries[number]!.method] === phase).values()
    const work = async () => {
      for (const number of left) {
        // Entries that are refused never wait for the store: without this they would hold up everybody.
        await turn()
        const entry = entries[number]!
        // Entries for the same address come one after the other.
        const before = phase === 3 || entry.method === 'POST' ? undefined : targets.get(entry.url)
        const done = (async () => {
          await before
          answers[number] = await answerEntry(context, request, entry)
        })()
        targets.set(entry.url, done)
        await done
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  }
  return answer(await context.bundles.response('batch-response', answers, request.base), PRIVATE)
}

/** Answers one entry; its errors are the answer. */
async function answerEntry({ dispatch, bundles }: FhirContext, request: FhirRequest, entry: RequestEntry): Promise<EntryAnswer> {
  try {
    if (entry.faults.length > 0) return bundles.error(faultErrors(entry.faults))
    const { method, url } = entry
    const { principal, base, errorsOf } = request
    const found = dispatch.find({ method, url })
    const response = await dispatch({ method, url, principal, base, errorsOf, ...content(entry, request) })
    return present(response, entry, request, found.operation === undefined ? nameOf(found.params, response, base) : undefined)
  } catch (error) {
    return bundles.error(request.errorsOf(error))
  }
}

/** Body and headers as they would be if the entry had come alone. Writes are asked for the resource: it tells when it was changed. */
export function content(entry: RequestEntry, request: FhirRequest): { readonly body: string; readonly headers: FhirHeaders } {
  const { resource, method } = entry
  const text = resource === undefined ? '' : request.body.slice(resource.start, resource.end)
  const { handling } = parsePrefer(request.headers['prefer'])
  const headers = {
    'if-match': entry.ifMatch,
    'if-none-match': entry.ifNoneMatch,
    'if-modified-since': entry.ifModifiedSince === undefined ? undefined : httpDate(entry.ifModifiedSince),
    'if-none-exist': entry.ifNoneExist,
    prefer: `return=representation; handling=${handling}`,
    'content-type': 'application/fhir+json'
  }
  if (method !== 'PATCH') return { body: text, headers }
  const patch = readPatch(text)
  return {
    body: patch.text,
    headers: patch.format === 'json-patch' ? { ...headers, 'content-type': 'application/json-patch+json' } : headers
  }
}

/** Bundle.entry.request.ifModifiedSince is an instant, the header of the name an HTTP date. */
function httpDate(instant: string): string {
  const time = Date.parse(instant)
  return Number.isNaN(time) ? instant : new Date(time).toUTCString()
}

/** `Type/id` of the resource in the response, where it is one. */
export function nameOf({ type, id }: FhirRequest['params'], { headers }: FhirResponse, base: string): string | undefined {
  const location = headers['location']
  if (location !== undefined) return location.slice(base.length + 1).replace(/\/_history\/.*$/, '')
  return type !== undefined && id !== undefined && headers['etag'] !== undefined ? `${type}/${id}` : undefined
}

/** The answer as Prefer: return asks. */
function present(response: FhirResponse, entry: RequestEntry, request: FhirRequest, name: string | undefined): EntryAnswer {
  const whole = responseAnswer(response, request.base, name)
  if (!isWrite(entry)) return whole
  const version = /"(.+)"/.exec(whole.etag ?? '')?.[1]
  const location = entry.method === 'DELETE' || name === undefined || version === undefined ? undefined : `${name}/_history/${version}`
  const wanted = preferredReturn(request.headers['prefer'])
  if (wanted === 'representation') return { ...whole, location }
  const { resource: _, fullUrl: __, ...rest } = { ...whole, location }
  return wanted === 'minimal' ? rest : { ...rest, outcome: informed(`${entry.method} ${name ?? entry.url}: done`) }
}
