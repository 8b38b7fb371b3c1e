/** A running server: store, state, service and HTTP, opened in this order and closed in the other. */
import type { FastifyBaseLogger } from 'fastify'
import { buildApp } from './app.js'
import type { Settings } from './config.js'
import { fail } from './errors.js'
import { secret, signingKey } from './identity/issue.js'
import { runJobs } from './jobs/jobs.js'
import { reindexing } from './jobs/reindex.js'
import { openService } from './service/service.js'

export interface RunningServer {
  /** Address it listens on: `http://127.0.0.1:8080`. */
  readonly url: string
  /** Finishes the requests under way, then closes the store. */
  close(): Promise<void>
}

/** Starts to serve. Throws `config` when the address cannot be listened on, and the errors of opening store and state. */
export async function startServer(settings: Settings, logger: FastifyBaseLogger): Promise<RunningServer> {
  const key = signingKey(settings.state)
  const service = await openService({ ...settings, cursorKey: secret(settings.state, 'cursors') })
  try {
    const app = await buildApp({ settings, service, key, logger })
    const close = async () => {
      await app.close()
      await service.close()
    }
    try {
      const url = await app.listen({ host: settings.host, port: settings.port })
      const jobs = runJobs([reindexing(service)], logger)
      return { url, close: () => jobs.close().then(close) }
    } catch (error) {
      await app.close()
      throw listenFailure(error, settings)
    }
  } catch (error) {
    await service.close()
    throw error
  }
}

function listenFailure(error: unknown, { host, port }: Settings): unknown {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program listens there already; choose another --port',
    EACCES: 'this user may not use that port',
    EADDRNOTAVAIL: 'this machine does not have that address',
    ENOTFOUND: 'that host is not known'
  }
  const reason = reasons[(error as { code?: string }).code ?? '']
  return reason === undefined ? error : fail('config', { reason: `Cannot listen on ${host}:${port}: ${reason}` }, { cause: error })
}
