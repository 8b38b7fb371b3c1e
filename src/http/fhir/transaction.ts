/** transaction (R4 http.html#trules): all entries or none. POST [base] takes batches, too: Bundle.type tells which it is. */
import { fail } from '../../errors.js'
import type { RequestBundle, RequestEntry } from '../../fhir/bundle/read.js'
import { isWrite } from '../../fhir/bundle/request.js'
import { atEntry } from '../../service/transaction-errors.js'
import { turns } from '../../service/turns.js'
import { content, nameOf, runBatch } from './batch.js'
import { type EntryAnswer, preferredReturn, responseAnswer, writeAnswer } from './bundle-response.js'
import type { FhirContext, FhirRequest, FhirResponse, Interaction } from './interaction.js'
import { answer, PRIVATE } from './respond.js'

export const transaction: Interaction = {
  code: 'transaction',
  routes: [{ method: 'POST', url: '/', body: 'resource', summary: 'A batch, or a transaction: a Bundle of requests' }],
  handler: (context) => async (request) => {
    const bundle = await context.service.readBundle(request.body, request.base)
    return bundle.type === 'batch' ? runBatch(context, request, bundle) : runTransaction(context, request, bundle)
  }
}

/** Reads that run at the same time. */
const AT_ONCE = 8

async function runTransaction(context: FhirContext, request: FhirRequest, bundle: RequestBundle): Promise<FhirResponse> {
  const { principal, base, body: text, headers } = request
  const { entries } = bundle
  const wanted = preferredReturn(headers['prefer'])
  const answers: EntryAnswer[] = []
  const reads = [...entries.keys()].filter((number) => !isWrite(entries[number]!))
  const prepare = (written: ReadonlyMap<string, 'put' | 'delete'>) => readBefore(context, request, entries, reads, written, answers)
  const results = await context.service.transact(principal, { text, bundle }, { base, prepare })
  for (const [number, result] of results) answers[number] = writeAnswer(result, entries[number]!.method === 'DELETE', wanted, base)
  if (results.size > 0) await readAfter(context, request, entries, reads, answers)
  return answer(await context.bundles.response('transaction-response', answers, base), PRIVATE)
}

/**
 * R4 reads last, but a read that fails must keep everything from being written: each one is tried before. Reads of what is only being written have to wait;
 * operations by POST are called now, once.
 */
async function readBefore(
  context: FhirContext,
  request: FhirRequest,
  entries: readonly RequestEntry[],
  reads: readonly number[],
  written: ReadonlyMap<string, 'put' | 'delete'>,
  answers: EntryAnswer[]
): Promise<void> {
  await each(reads, async (number) => {
    const entry = entries[number]!
    try {
      const { params, operation } = context.dispatch.find(entry)
      if (operation?.affectsState) throw fail('bundle.operation', { operation: `$${operation.name}` })
      const fate = written.get(`${params.type}/${params.id}`)
      if (fate === 'put') return
      if (fate === 'delete' && params.vid === undefined) throw fail('resource.deleted', { type: params.type, id: params.id })
      answers[number] = await read(context, request, entry)
    } catch (error) {
      throw atEntry(error, number)
    }
  })
}

/** Reads see what the transaction wrote. What fails now, as somebody else was quicker, does so alone: the rest is done. */
async function readAfter(
  context: FhirContext,
  request: FhirRequest,
  entries: readonly RequestEntry[],
  reads: readonly number[],
  answers: EntryAnswer[]
): Promise<void> {
  await each(reads, async (number) => {
    const entry = entries[number]!
    if (entry.method === 'POST' && answers[number] !== undefined) return
    try {
      answers[number] = await read(context, request, entry)
    } catch (error) {
      answers[number] = context.bundles.error(request.errorsOf(error))
    }
  })
}

async function read({ dispatch }: FhirContext, request: FhirRequest, entry: RequestEntry): Promise<EntryAnswer> {
  const { method, url } = entry
  const { principal, base, errorsOf } = request
  const { params, operation } = dispatch.find(entry)
  const response = await dispatch({ method, url, principal, base, errorsOf, ...content(entry, request) })
  return responseAnswer(response, base, operation === undefined ? nameOf(params, response, base) : undefined)
}

async function each(numbers: readonly number[], work: (number: number) => Promise<void>): Promise<void> {
  const left = numbers.values()
  const turn = turns(1)
  const worker = async () => {
    for (const number of left) {
      await turn()
      await work(number)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}
