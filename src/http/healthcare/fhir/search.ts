/** search and search-type: by GET and by POST, with the parameters in the query either way. */
import { fail } from '../../../errors.js'
import { CURSOR, parseSearch } from '../../../fhir/search-query.js'
import { parsePrefer } from '../../fhir/headers.js'
import type { FhirRequest, FhirResponse } from '../../fhir/interaction.js'
import { answer, PRIVATE } from '../../fhir/respond.js'
import type { MethodContext } from './context.js'
import { toMillis } from './forms.js'
import { lateSearch } from './lag.js'
import { isSynchronous, isUnknown, refuse, refuseSort, withoutPlatform } from './search-parameters.js'
import { PAGE_TOKEN, searchset } from './searchset.js'

const DEFAULT_COUNT = '100'

export async function search(context: MethodContext, request: FhirRequest): Promise<FhirResponse> {
  const { principal, base, headers } = request
  const named = typeInBody(request)
  const type = request.params.type || named
  const asked = withoutPlatform(request.parameters)
  const handling = handlingOf(context, headers['prefer'])
  const unknown = asked.filter((one) => isUnknown(type, one))
  if (handling === 'strict' && unknown.length > 0)
    throw fail('search.unknown-parameter', { parameter: unknown[0]![0], type: type ?? 'several types' })
  const known = asked.filter((one) => !unknown.includes(one))
  refuse(known)
  const token = known.findLast(([name]) => name === PAGE_TOKEN)?.[1]
  const given = known
    .filter(([name]) => name !== PAGE_TOKEN)
    .map(([name, value]) => [name, isTime(name) ? toMillis(value) : value] as const)
  const position = readToken(token)
  const until =
    position.until ?? (context.lag === 0 || isSynchronous(type, known) ? undefined : new Date(Date.now() - context.lag).toISOString())
  const own = ownParameters(given, position.cursor)
  const query = parseSearch(type, [...given, ...own], { handling, baseUrl: base })
  refuseSort(query)
  const found = await (until === undefined
    ? context.service.search(principal, query)
    : lateSearch(context.service, principal, query, until))
  const page = { ...found, total: position.total ?? found.total }
  const next = found.next === undefined ? undefined : [until ?? '', page.total, found.next].join('~')
  const applied = query.applied.slice(0, query.applied.length - own.filter(([name]) => name !== CURSOR).length)
  const place = type === undefined ? '/' : `/${type}/`
  return answer(searchset({ base, place, applied: asIs(applied, known), token, next }, page), PRIVATE)
}

/** A page token. until: all pages show what was written up to the same instant. total: counted for the first page, as it may take longer than the page. */
function readToken(token: string | undefined): { readonly until?: string; readonly total?: number; readonly cursor?: string } {
  if (token === undefined) return {}
  const [, until, total, cursor] = /^(\d{4}-[\d:.TZ-]+)?~(\d{1,15})~(.+)$/.exec(token) ?? []
  if (cursor === undefined) throw fail('search.page')
  return { ...(until === undefined ? {} : { until }), total: Number(total), cursor }
}

/** What the API does when nobody says otherwise, after what the client sent. */
function ownParameters(
  given: ReadonlyArray<readonly [string, string]>,
  cursor: string | undefined
): ReadonlyArray<readonly [string, string]> {
  const has = (name: string) => given.some((one) => one[0] === name && one[1] !== '')
  return [
    ...(has('_count') ? [] : [['_count', DEFAULT_COUNT] as const]),
    ...(has('_sort') ? [] : [['_sort', '-_lastUpdated'] as const]),
    ['_total', cursor === undefined ? 'accurate' : 'none'],
    ...(cursor === undefined ? [] : [[CURSOR, cursor] as const])
  ]
}

function handlingOf({ settings }: MethodContext, prefer: string | undefined): 'strict' | 'lenient' {
  const asked = /\bhandling\s*=/i.test(prefer ?? '') ? parsePrefer(prefer).handling : undefined
  return asked ?? (settings.defaultSearchHandlingStrict ? 'strict' : 'lenient')
}

function isTime(name: string): boolean {
  return name === '_lastUpdated'
}

/** The pairs as the client wrote them. */
function asIs(applied: ReadonlyArray<readonly [string, string]>, sent: ReadonlyArray<readonly [string, string]>) {
  return sent.filter(([name, value]) => applied.some(([one, other]) => one === name && other === (isTime(name) ? toMillis(value) : value)))
}

/** fhir.search: the body may name the type. Throws http.bad-request for a form. */
function typeInBody({ headers, body }: FhirRequest): string | undefined {
  if (/^application\/x-www-form-urlencoded/i.test(headers['content-type'] ?? '') && body !== '')
    throw fail('twin.not-imitated', { what: 'A form as the body of a search' })
  if (body === '') return undefined
  try {
    const { resourceType } = JSON.parse(body) as { readonly resourceType?: unknown }
    return typeof resourceType === 'string' && resourceType !== '' ? resourceType : undefined
  } catch (error) {
    throw fail('http.bad-request', { reason: 'The body of a search is no JSON' }, { cause: error })
  }
}
