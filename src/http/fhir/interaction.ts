/** The shape of one FHIR interaction: the routes, the CapabilityStatement and /docs are all made from it. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Service } from '../../service/contract.js'

export interface FhirContext {
  readonly service: Service
  /** Service base URL as this client sees it, without a slash at the end: `https://host/fhir`. */
  readonly base: (request: FastifyRequest) => string
}

export type FhirRequest = FastifyRequest<{ Params: { type: string; id: string; vid: string }; Body: string | undefined }>

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below /fhir. */
  readonly url: string
  /** What the body may be; `nothing` for routes without one. */
  readonly body: 'resource' | 'form' | 'nothing'
  readonly summary: string
}

export interface Interaction {
  /** Code of http://hl7.org/fhir/restful-interaction. */
  readonly code: 'read' | 'vread' | 'create' | 'update' | 'delete' | 'search-type' | 'capabilities'
  readonly routes: readonly Route[]
  /** Makes the handler of the routes. */
  readonly handler: (context: FhirContext) => (request: FhirRequest, reply: FastifyReply) => Promise<FastifyReply>
}
