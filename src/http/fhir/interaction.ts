/**
 * The shape of one FHIR interaction or operation: routes, CapabilityStatement and /docs are all made from it. Handlers know nothing of the web
 * framework: a request comes over HTTP (routes.ts) or is an entry of a batch (dispatch.ts).
 */
import type { WardbridgeError } from '../../errors.js'
import type { Content } from '../../service/contents.js'
import type { Principal, Service } from '../../service/contract.js'
import type { BundleForms } from './bundle-response.js'
import type { Dispatch } from './dispatch.js'

export interface FhirContext {
  readonly service: Service
  /** Answers a request that comes as an entry of a bundle. */
  readonly dispatch: Dispatch
  /** How the answers to bundles are written down. */
  readonly bundles: BundleForms
}

export interface FhirRequest {
  readonly principal: Principal
  /** Service base URL as this client sees it, without a slash at the end: `https://host/fhir`. */
  readonly base: string
  /** Of the address; '' or undefined where the route has none. */
  /** target: the type searched in a compartment. */
  readonly params: { readonly type: string; readonly id: string; readonly vid: string; readonly target?: string }
  /** Query parameters in their order, decoded. */
  readonly parameters: ReadonlyArray<readonly [string, string]>
  readonly headers: FhirHeaders
  /** Text of the body; '' without one. */
  readonly body: string
  /** What a client is told of an error, at least one; an unexpected one is logged. */
  readonly errorsOf: (error: unknown) => readonly WardbridgeError[]
}

/** Request headers that FHIR gives a meaning, as they were sent. */
export type FhirHeaders = {
  readonly [Name in 'if-match' | 'if-none-match' | 'if-modified-since' | 'if-none-exist' | 'prefer' | 'content-type' | 'accept']?:
    | string
    | undefined
}

export interface FhirResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Compact FHIR JSON, or what a content-type among the headers says; undefined for an answer without a body. */
  readonly body?: Buffer | string
  /** What a Binary has in a file: sent instead of the body, or as its `data`. An entry of a bundle goes without. */
  readonly content?: { readonly file: Content; readonly as: 'itself' | 'data' }
}

export type Handler = (request: FhirRequest) => Promise<FhirResponse>

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below /fhir. */
  readonly url: string
  /** What the body may be; `nothing` for routes without one. */
  readonly body: 'resource' | 'patch' | 'form' | 'nothing'
  readonly summary: string
}

export interface Interaction {
  /** Code of http://hl7.org/fhir/restful-interaction. */
  readonly code:
    | 'read'
    | 'vread'
    | 'create'
    | 'update'
    | 'patch'
    | 'delete'
    | 'history-instance'
    | 'history-type'
    | 'history-system'
    | 'search-type'
    | 'search-system'
    | 'batch'
    | 'transaction'
    | 'capabilities'
  readonly routes: readonly Route[]
  /** Makes the handler of the routes. */
  readonly handler: (context: FhirContext) => Handler
}

/** An operation (R4 operations.html). Its routes follow from where it may be called. */
export interface Operation {
  /** Without the dollar sign: `everything`. */
  readonly name: string
  /** Canonical URL of the OperationDefinition. */
  readonly definition: string
  readonly summary: string
  /** [base]/$name */
  readonly system?: boolean
  /** [base]/[type]/$name: these types, or all. */
  readonly type?: readonly string[] | 'all'
  /** [base]/[type]/[id]/$name: these types, or all. */
  readonly instance?: readonly string[] | 'all'
  /** [base]/[type]/[id]/_history/[vid]/$name */
  readonly version?: readonly string[] | 'all'
  /** True: POST only, as R4 wants it. False: GET too. */
  readonly affectsState: boolean
  /** Reads its parameters with operation-input.ts: from the address, or from a Parameters resource in the body. */
  readonly handler: (context: FhirContext) => Handler
}
