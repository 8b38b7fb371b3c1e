/** The v1 surface of the Cloud Healthcare API, below /v1: what is asked of the twin. See README.md. */
import type { FastifyInstance } from 'fastify'
import { admin } from './admin.js'
import { type FhirMethodOptions, fhirMethods } from './fhir/routes.js'

export type HealthcareOptions = FhirMethodOptions

export async function healthcare(app: FastifyInstance, { twin, root, lag, version }: HealthcareOptions): Promise<void> {
  await app.register(admin, { twin, root })
  await app.register(fhirMethods, { twin, root, lag, version })
}
