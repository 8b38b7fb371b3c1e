/** Hands an entry of a bundle to the handler that answers the same request over HTTP. */
import { fail } from '../../errors.js'
import { isResourceType } from '../../fhir/definitions.js'
import { parseParameters } from '../../fhir/parameters.js'
import type { FhirContext, FhirRequest, FhirResponse, Handler, Interaction, Operation, Route } from './interaction.js'
import { operationRoutes } from './operation-routes.js'

/** A request within a request. */
export interface InnerRequest extends Pick<FhirRequest, 'principal' | 'base' | 'headers' | 'body' | 'errorsOf'> {
  readonly method: string
  /** Relative to the base, without a slash in front; with its query. */
  readonly url: string
}

export interface Dispatch {
  /** Throws http.not-found, http.method, resource.unknown-type, http.bad-request, and what the handler throws. */
  (request: InnerRequest): Promise<FhirResponse>
  /** What a request would come to; the same errors. */
  find(request: Pick<InnerRequest, 'method' | 'url'>): Found
}

export interface Found {
  readonly handler: Handler
  readonly params: FhirRequest['params']
  readonly operation: Operation | undefined
}

interface Row {
  readonly method: Route['method']
  readonly steps: readonly string[]
  readonly handler: Handler
  readonly operation: Operation | undefined
}

/** Interactions and operations as the routes have them. */
export function makeDispatch(interactions: readonly Interaction[], operations: readonly Operation[], context: FhirContext): Dispatch {
  const row = (route: Route, handler: Handler, operation?: Operation): Row => ({
    method: route.method,
    steps: stepsOf(route.url),
    handler,
    operation
  })
  const rows: Row[] = []
  for (const { routes, handler } of interactions) {
    const handle = handler(context)
    // A bundle in a bundle is no interaction of R4.
    for (const route of routes) if (route.url !== '/') rows.push(row(route, handle))
  }
  for (const operation of operations) {
    const handle = operation.handler(context)
    for (const route of operationRoutes(operation)) rows.push(row(route, handle, operation))
  }
  // As the router does it: names win over parameters, the first step counts most.
  rows.sort((a, b) => rank(a).localeCompare(rank(b)))

  const find: Dispatch['find'] = ({ method, url }) => {
    const path = url.split('?', 1)[0]!
    const steps = stepsOf(path).map(decode)
    const wanted = method === 'HEAD' ? 'GET' : method
    const here = rows.filter((one) => matches(one.steps, steps))
    const found = here.find((one) => one.method === wanted)
    if (found === undefined) throw fail(here.length > 0 ? 'http.method' : 'http.not-found', { method, path: `/${path}`.slice(0, 200) })
    const params = Object.fromEntries(found.steps.flatMap((step, n) => (step.startsWith(':') ? [[step.slice(1), steps[n]!]] : [])))
    const { type } = params as { type?: string }
    if (type !== undefined && !isResourceType(type)) throw fail('resource.unknown-type', { type: type.slice(0, 100) })
    return { handler: found.handler, operation: found.operation, params: params as unknown as FhirRequest['params'] }
  }
  const dispatch = async ({ method, url, ...request }: InnerRequest): Promise<FhirResponse> => {
    const { handler, params } = find({ method, url })
    const at = url.indexOf('?')
    const response = await handler({ ...request, params, parameters: at < 0 ? [] : parseParameters(url.slice(at + 1)) })
    return method === 'HEAD' ? { status: response.status, headers: response.headers } : response
  }
  return Object.assign(dispatch, { find })
}

function stepsOf(path: string): string[] {
  return path.split('/').filter((step) => step !== '')
}

function rank({ steps }: Row): string {
  return steps.map((step) => (step.startsWith(':') ? '1' : '0')).join('')
}

function matches(route: readonly string[], steps: readonly string[]): boolean {
  return route.length === steps.length && route.every((step, n) => step.startsWith(':') || step === steps[n])
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step)
  } catch (error) {
    throw fail('http.bad-request', { reason: 'The address cannot be decoded' }, { cause: error })
  }
}
