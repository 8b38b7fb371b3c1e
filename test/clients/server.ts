/** A server that listens, for clients as they are: they know an address and a token. */
import type { Test } from 'tap'
import { type Built, build } from '../helper.js'

export interface Listening extends Built {
  /** `http://127.0.0.1:12345` */
  readonly root: string
}

export async function listen(t: Test): Promise<Listening> {
  const built = await build(t)
  return { ...built, root: await built.app.listen({ host: '127.0.0.1', port: 0 }) }
}

/** A transaction that creates a patient and an observation of it. */
export const TRANSACTION = {
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    {
      fullUrl: 'urn:uuid:11111111-1111-4111-8111-111111111111',
      resource: { resourceType: 'Patient', name: [{ family: 'Transacted' }] },
      request: { method: 'POST', url: 'Patient' }
    },
    {
      fullUrl: 'urn:uuid:22222222-2222-4222-8222-222222222222',
      resource: {
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'pulse' },
        subject: { reference: 'urn:uuid:11111111-1111-4111-8111-111111111111' }
      },
      request: { method: 'POST', url: 'Observation' }
    }
  ]
} as const
