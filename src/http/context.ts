/** What Wardbridge adds to Fastify's requests and routes. */
import type { Principal } from '../service/contract.js'

/** JSON media types that FHIR lets a client ask for. */
export type JsonType = 'application/fhir+json' | 'application/json' | 'text/json'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set before any handler of a route that is not public runs. */
    principal: Principal
    /** Query parameters in their order, decoded; filled for routes under /fhir. */
    parameters: ReadonlyArray<readonly [string, string]>
    /** Media type of the answer; filled for routes under /fhir. */
    format: JsonType
    pretty: boolean
  }
  interface FastifyInstance {
    /** Who an access token belongs to, for pages that are given one in a form; from: address of the caller. Throws auth.invalid, auth.provider. */
    holderOf(token: string, from: string): Principal | Promise<Principal>
  }
  interface FastifyContextConfig {
    /** Answers without a token. */
    public?: boolean
    /** Code of the FHIR interaction, or `$name` of the operation. */
    interaction?: string
  }
}
