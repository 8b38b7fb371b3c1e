/** A running server: store, state, service and HTTP, opened in this order and closed in the other. */
import type { FastifyBaseLogger } from 'fastify'
import { type AppParts, buildApp } from './app.js'
import type { Settings } from './config.js'
import { fail } from './errors.js'
import { describeFault } from './http/errors.js'
import { resourceText } from './http/healthcare/fhir/forms.js'
import { auditing, observer } from './identity/auditing.js'
import { Identity } from './identity/identity.js'
import { openJobs } from './jobs/index.js'
import { runJobs } from './jobs/jobs.js'
import { reindexing } from './jobs/reindex.js'
import { openService } from './service/service.js'
import { openState } from './state/state.js'
import { openTwin } from './twin/registry.js'

export interface RunningServer {
  /** Address it listens on: `http://127.0.0.1:8080`. */
  readonly url: string
  /** Finishes the requests under way, then closes the store. */
  close(): Promise<void>
}

/** Starts to serve. Throws `config` when the address cannot be listened on, and the errors of opening store and state. */
export async function startServer(settings: Settings, logger: FastifyBaseLogger): Promise<RunningServer> {
  const state = await openState(settings.state, settings)
  try {
    const audit = await auditing(state, settings, (facts, text) => logger.warn(facts, text))
    const [cursorKey, linkKey] = [await state.getSecret('cursors'), await state.getSecret('files')]
    const service = await openService({ ...settings, cursorKey, linkKey, audit })
    try {
      const note = observer(service, state)
      // What happened and how it went, but not to whom: names are for the audit.
      const identity = new Identity(state, settings, (event) => {
        const { action, outcome } = event
        if (outcome === 'success' || outcome === 'failure') logger.info({ action, outcome }, 'identity')
        else logger.warn({ action, outcome }, 'identity')
        note(event)
      })
      // Made aside: nobody waits for it, and who needs it before it is there has it made.
      void identity.keys
        .prepareIdTokens()
        .catch((error: unknown) => logger.warn({ code: (error as { code?: unknown }).code }, 'no key for id_tokens could be made yet'))
      const jobs = openJobs({ settings, service, state, logger })
      const twin = await openTwin({
        ...{ settings, service, auditing: audit, cursorKey, linkKey, form: resourceText },
        onFault: (error) => logger.error({ fault: describeFault(error) }, 'an operation of the twin failed')
      })
      return await listen({ settings, service, identity, state, jobs, twin, logger }, async () => {
        await twin?.close()
        await service.close()
        state.close()
      })
    } catch (error) {
      await service.close()
      throw error
    }
  } catch (error) {
    state.close()
    throw error
  }
}

/** closeParts: called when HTTP is closed. */
async function listen(parts: AppParts, closeParts: () => Promise<void>): Promise<RunningServer> {
  const { settings, service, jobs, logger } = parts
  const app = await buildApp(parts)
  try {
    const url = await app.listen({ host: settings.host, port: settings.port })
    const loops = runJobs([reindexing(service)], logger)
    jobs.start()
    parts.twin?.begin()
    return {
      url,
      async close() {
        await loops.close()
        await jobs.close()
        await app.close()
        await closeParts()
      }
    }
  } catch (error) {
    await app.close()
    throw listenFailure(error, settings)
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
