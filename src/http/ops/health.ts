/** For those who run the server: /livez (the process answers), /readyz (the store answers a read), /version. Public, and nothing of the data in them. */
import type { FastifyInstance } from 'fastify'
import type { Service } from '../../service/contract.js'
import { describeFault } from '../errors.js'

export interface HealthOptions {
  readonly service: Service
  readonly version: string
}

/** Longest that a readiness probe waits for the store, in milliseconds. */
const PATIENCE = 2000

export async function health(app: FastifyInstance, { service, version }: HealthOptions): Promise<void> {
  const open = (summary: string) => ({ config: { public: true }, schema: { tags: ['operations'], summary } })

  app.get('/livez', open('The process is alive'), async () => ({ status: 'ok' }))

  app.get('/readyz', open('The store answers; 503 when it does not'), async (request, reply) => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('timeout')), PATIENCE)
    })
    try {
      await Promise.race([service.getNote('readyz'), late])
      return { status: 'ok' }
    } catch (error) {
      request.log.error({ fault: describeFault(error) }, 'the store does not answer')
      return reply.code(503).send({ status: 'unavailable' })
    } finally {
      clearTimeout(timer)
    }
  })

  app.get('/version', open('Version of the software'), async () => ({ name: 'wardbridge', version, fhirVersion: '4.0.1' }))
}
