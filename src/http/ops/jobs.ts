/** Runs of the jobs of the server, for administrators; an outside scheduler may run them with an OIDC token of its own. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { SchedulerTokens } from '../../identity/scheduler-tokens.js'
import type { Scheduler } from '../../jobs/scheduler.js'
import { bearerToken } from '../auth.js'
import { runOf } from './asked-jobs.js'
import { asker, describe, operator } from './operator.js'

export interface JobsOptions {
  readonly jobs: Scheduler
  readonly schedulers: SchedulerTokens
}

const RUN = 'id, job, by, outcome (running, done, failed, lost), began, ended, progress, counters, result, error'

export async function jobRoutes(app: FastifyInstance, { jobs, schedulers }: JobsOptions): Promise<void> {
  app.get<{ Params: { id: string } }>('/jobs/runs/:id', { schema: describe('A run of a job', 200, RUN) }, async (request) => {
    operator(request, 'jobs')
    return runOf(await jobs.run(request.params.id))
  })

  app.get<{ Params: { name: string } }>(
    '/jobs/:name/runs',
    { schema: describe('The last runs of a job, the newest first', 200, `runs: ${RUN} of each`) },
    async (request) => {
      operator(request, 'jobs')
      return { runs: (await jobs.runsOf(request.params.name, 50)).map(runOf) }
    }
  )

  app.post<{ Params: { name: string } }>(
    '/jobs/:name/run',
    // Public for the hook that knows our own tokens only: callerOf asks instead.
    { config: { public: true }, schema: describe('Run a job now; Location says where to see how it goes', 202, RUN) },
    async (request, reply) => {
      const run = await jobs.trigger(request.params.name, await callerOf(request))
      return reply.code(202).header('location', `/jobs/runs/${run.id}`).send(runOf(run))
    }
  )

  async function callerOf(request: FastifyRequest): Promise<string> {
    const token = bearerToken(request)
    if (token !== undefined && schedulers.isTheirs(token)) return schedulers.callerOf(token)
    return operator({ principal: await asker(app, request) }, 'jobs')
  }
}
