/** The v1 surface of the Cloud Healthcare API, below /v1: what is asked of the twin. See README.md. */
import type { FastifyInstance } from 'fastify'
import { fail } from '../../errors.js'
import { isPersonal } from '../../service/rights.js'
import { admin } from './admin.js'
import { bulk } from './bulk.js'
import { type FhirMethodOptions, fhirMethods } from './fhir/routes.js'

export type HealthcareOptions = FhirMethodOptions

export async function healthcare(app: FastifyInstance, { twin, root, lag, version }: HealthcareOptions): Promise<void> {
  // Who somebody is, and who is in their care, is known of the server's own store only: another one may have other people under the same ids.
  app.addHook('preHandler', async ({ principal, params }) => {
    const { project, location, dataset, store } = params as Readonly<Record<string, string | undefined>>
    if (store === undefined || !isPersonal(principal)) return
    if (`projects/${project}/locations/${location}/datasets/${dataset}/fhirStores/${store}` !== twin.ownName)
      throw fail('auth.forbidden', { role: principal.role, interaction: 'work in', type: `another store than ${twin.ownName}` })
  })
  await app.register(admin, { twin, root })
  await app.register(bulk, { twin, root })
  await app.register(fhirMethods, { twin, root, lag, version })
}
