/** The v1 surface of the Cloud Healthcare API, below /v1: what is asked of the twin. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Twin } from '../../twin/registry.js'

export interface HealthcareOptions {
  readonly twin: Twin
  /** Root of all addresses as this client sees it, without a slash at the end. */
  readonly root: (request: FastifyRequest) => string
}

export async function healthcare(_app: FastifyInstance, _options: HealthcareOptions): Promise<void> {}
