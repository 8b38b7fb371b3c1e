/** Generated requests over every route there is. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { Route } from '#wardbridge/http/fhir/interaction.js'
import { operationRoutes } from '#wardbridge/http/fhir/operation-routes.js'
import { INTERACTIONS, OPERATIONS } from '#wardbridge/http/fhir/registry.js'
import { build, patient } from '../helper.js'
import * as words from './fuzz-words.js'

const ROUNDS = 10_000
const WARM_UP = 2000
/** Bytes that the heap may grow by after the warm-up. */
const GROWTH = 32 * 1024 * 1024

/** Seeded: every run sends the same requests. */
function generator(seed: number) {
  const next = (limit: number) => (seed = (seed * 48_271) % 2_147_483_647) % limit
  return { next, pick: <T>(items: readonly T[]): T => items[next(items.length)]! }
}
const { next, pick } = generator(20_100_101)

const FHIR_ROUTES: ReadonlyArray<Pick<Route, 'method' | 'url' | 'body'>> = [
  ...INTERACTIONS.flatMap(({ routes }) => routes),
  ...OPERATIONS.flatMap(operationRoutes),
  { method: 'GET', url: '/metadata', body: 'nothing' }
]
const PAGES = [
  '',
  'livez',
  'readyz',
  'version',
  'docs',
  'docs/json',
  'docs/static/%2e%2e/x',
  'assets/%2e%2e%2fx',
  'assets/',
  'fhir',
  'fhir/',
  'x/%'
]
const TYPES = ['Patient', 'Patient', 'Observation', 'ValueSet', 'Bundle', 'StructureDefinition', 'SearchParameter']
const SENT: Readonly<Record<Route['body'], readonly string[]>> = {
  resource: ['application/fhir+json', 'application/json'],
  patch: ['application/json-patch+json', 'application/fhir+json'],
  form: ['application/x-www-form-urlencoded'],
  nothing: ['application/fhir+json']
}

/** A route with its places filled, half of the time with what stands at them in a good request; own: the type of the body. */
function path(url: string, own: string | undefined): string {
  return url.replace(/:(type|id|vid|[a-z]+)/g, (_, place: string) => {
    if (place === 'type' && own !== undefined && next(4) > 0) return own
    if (place === 'type') return next(4) > 0 ? pick(TYPES) : pick(words.TYPES)
    if (place === 'vid') return next(2) === 0 ? '1' : pick(words.VERSIONS)
    return next(2) === 0 ? 'p1' : pick(words.IDS)
  })
}

function query(): string {
  const pairs = Array.from({ length: next(5) }, () => {
    const name = pick(next(2) === 0 ? words.NAMES : words.OPERATION_NAMES)
    const value = pick(next(3) === 0 ? words.OPERATION_VALUES : words.VALUES)
    return `${name}=${value.replace(/[ #&]/g, '+')}`
  })
  return pairs.join(pick(['&', '&', '&', '&&', ';']))
}

/** Up to three members or items of a copy are replaced, taken out, doubled or put elsewhere. */
function damaged(sound: unknown): string {
  const copy = structuredClone(sound)
  for (let left = next(4); left > 0; left--) {
    let node = copy as Record<string, unknown>
    for (let depth = next(6); depth > 0; depth--) {
      const inner = Object.values(node).filter((value) => typeof value === 'object' && value !== null)
      if (inner.length > 0) node = pick(inner) as Record<string, unknown>
    }
    const names = Object.keys(node)
    if (names.length === 0) continue
    const name = pick(names)
    const change = next(4)
    if (change === 0) node[name] = pick(words.ODD)
    else if (change === 1) delete node[name]
    else if (change === 2) node[name] = node[pick(names)]
    else node[pick(['extra', 'id', 'url', 'extension', 'contained', 'value', 'resource'])] = node[name]
  }
  let text: string
  try {
    text = JSON.stringify(copy)
  } catch {
    // It was put into itself.
    text = JSON.stringify(sound)
  }
  if (next(8) > 0) return text
  const at = next(text.length)
  return text.slice(0, at) + pick(['', '"', '{', ',', '\\u12', '\u0007', '1e', '\ud800']) + text.slice(at + next(3))
}

function bodyOf({ body, url }: Pick<Route, 'body' | 'url'>): string | Buffer | undefined {
  if (body === 'nothing') return next(8) === 0 ? pick(words.BODIES) : undefined
  if (body === 'form') return next(2) === 0 ? query() : pick(words.BODIES)
  if (next(3) === 0) return pick(words.BODIES)
  if (body === 'patch') return damaged(pick(words.SOUND.patch))
  if (url.includes('$')) return damaged(pick(next(2) === 0 ? words.SOUND.parameters : words.SOUND.resource))
  if (url === '/') return damaged(pick(words.SOUND.bundle))
  return damaged(pick(pick([words.SOUND.resource, words.SOUND.definition, words.SOUND.bundle])))
}

interface Request {
  readonly method: string
  readonly url: string
  readonly headers: Record<string, string>
  readonly body: string | Buffer | undefined
}

function request(): Request {
  const route = next(20) === 0 ? undefined : pick(FHIR_ROUTES)
  let body = route === undefined ? undefined : bodyOf(route)
  const own = typeof body === 'string' ? /"resourceType":"([A-Za-z]+)"/.exec(body)?.[1] : undefined
  const address = route === undefined ? `/${pick(PAGES)}` : `/fhir${path(route.url, own)}`
  const parameters = query()
  const url = encodeURI(parameters === '' ? address : `${address}?${parameters}`).replaceAll('%25', '%')
  const headers: Record<string, string> = {}
  for (let count = next(3); count > 0; count--) {
    const [name, values] = pick(words.HEADERS)
    headers[name] = pick(values)
  }
  const method = route !== undefined && next(5) > 0 ? route.method : pick(words.METHODS)
  if (body !== undefined) headers['content-type'] = next(5) > 0 ? pick(SENT[route!.body]) : pick(words.CONTENT_TYPES)
  if (body !== undefined && headers['content-encoding'] === 'gzip' && next(2) === 0) body = gzipSync(body)
  return { method, url, headers, body }
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heap(): number {
  collect()
  return process.memoryUsage().heapUsed
}

t.test(
  '10,000 malformed requests over all routes: never 5xx but for what is told beforehand, a 4xx is an OperationOutcome, the server goes on, its memory does not grow',
  { timeout: 1_800_000 },
  async (t) => {
    const { ask, log } = await build(t)
    await ask('PUT', '/fhir/Patient/p1', { body: patient({ id: 'p1' }) })
    await ask('PUT', '/fhir/Basic/untouched', { body: { resourceType: 'Basic', id: 'untouched', code: { text: 'x' } } })
    const statuses = new Map<number, number>()
    let before = Number.POSITIVE_INFINITY

    for (let round = 0; round < ROUNDS; round++) {
      if (round === WARM_UP) before = heap()
      const { method, url, headers, body } = request()
      const answer = await ask(method, url, { headers, ...(body === undefined ? {} : { body }) })
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
      const asked = () =>
        `round ${round}: ${method} ${url.slice(0, 300)} ${JSON.stringify(headers).slice(0, 200)} ${String(body).slice(0, 600)}`
      // A plain no (501), and a search that took too long (503), say so; anything else is a failure.
      const told = answer.status === 501 || (answer.status === 503 && answer.text.includes('too-costly'))
      if (answer.status >= 500 && !told) t.fail(`${answer.status} to ${asked()}: ${log.at(-2)}`)
      const isPage = !url.startsWith('/fhir')
      if (answer.status >= 400 && method !== 'HEAD' && !isPage && !answer.text.startsWith('{"resourceType":"OperationOutcome"')) {
        // With _pretty it has lines.
        if (!/^\{\s*"resourceType":\s*"OperationOutcome"/.test(answer.text))
          t.fail(`no OperationOutcome to ${asked()}: ${answer.text.slice(0, 200)}`)
      }
      // The log of the test would be all that grows.
      if (round % 100 === 99) (log as string[]).length = 0
    }
    t.comment(JSON.stringify([...statuses].sort(([one], [other]) => one - other)))
    for (const status of [200, 400, 404, 405, 415, 422]) t.ok((statuses.get(status) ?? 0) > 20, `the requests reach what answers ${status}`)
    const grown = heap() - before
    t.ok(grown < GROWTH, `the heap grew by ${Math.round(grown / 1024)} KiB`)
    t.equal((await ask('GET', '/fhir/Basic/untouched')).status, 200)
    t.equal((await ask('GET', '/readyz')).status, 200)
  }
)
