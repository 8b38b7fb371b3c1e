/** Runs the server in this process until a signal ends it; shared by serve and demo. */
import closeWithGrace from 'close-with-grace'
import type { Settings } from '../config.js'
import { describeFault } from '../http/errors.js'
import { makeLogger } from '../http/log.js'
import { type RunningServer, startServer } from '../server.js'

/** Longest that requests under way may take to end, in milliseconds. */
const GRACE = 10_000

/** Returns once the server listens; `started` is called with it. The process ends after SIGTERM, SIGINT or an uncaught error. */
export async function serveUntilStopped(settings: Settings, started: (server: RunningServer) => void | Promise<void>): Promise<void> {
  const logger = makeLogger(settings.logLevel)
  const server = await startServer(settings, logger)
  closeWithGrace({ delay: GRACE, logger: false }, async ({ signal, err }) => {
    if (err) logger.fatal({ fault: describeFault(err) }, 'stopped by an unexpected error')
    else logger.info({ signal }, 'stopping')
    await server.close()
  })
  await started(server)
}
