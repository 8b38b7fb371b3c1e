/** /jobs/ingest, /jobs/export and what was asked for there: long work for administrators, written down before it begins and gone on with until it is done. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Settings } from '../../config.js'
import { fail } from '../../errors.js'
import type { AskedView, AskedWork } from '../../jobs/asked.js'
import { placeOf, readExportRequest } from '../../jobs/export/request.js'
import { readIngestRequest } from '../../jobs/ingest/request.js'
import { checkPlaces, EXPORT_TARGETS, INGEST_SOURCES } from '../../jobs/places.js'
import type { JobStatus, Scheduler } from '../../jobs/scheduler.js'
import type { Service } from '../../service/contract.js'
import type { Run } from '../../state/runs.js'
import { acceptJson } from '../auth/body.js'
import { describeJob, EXPORT_BODY, INGEST_BODY, JOB_ID } from './asked-jobs-openapi.js'
import { operator } from './operator.js'

export interface AskedJobsOptions {
  readonly jobs: Scheduler
  readonly service: Pick<Service, 'note'>
  readonly settings: Pick<Settings, 'ingestSources' | 'exportTargets'>
}

interface One {
  Params: { id: string }
}

const ENDED = ['done', 'failed', 'cancelled']

export async function askedJobRoutes(app: FastifyInstance, { jobs, service, settings }: AskedJobsOptions): Promise<void> {
  // Schemas describe the routes in /docs; request.ts reads what comes in.
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  acceptJson(app)

  const work = (): AskedWork => {
    if (jobs.asked === undefined) throw fail('not-supported', { what: 'Asking for jobs' })
    return jobs.asked
  }
  const note = ({ principal, ip }: FastifyRequest, { job: { id, kind } }: AskedView, what: string) =>
    service.note({ ...principal, from: ip }, { do: kind === 'export' ? 'export' : 'load', detail: `job ${id} (${kind}) ${what}` })

  const begin = async (request: FastifyRequest, reply: FastifyReply, kind: 'ingest' | 'export', asked: Record<string, unknown>) => {
    const { subject, role } = request.principal
    const view = await work().ask(kind, asked, { by: subject, role })
    note(request, view, 'asked for')
    return reply.code(202).header('location', `/jobs/${view.job.id}`).send(viewOf(view))
  }

  app.post(
    '/jobs/ingest',
    {
      schema: describeJob({
        summary: 'Load tables and FHIR files; the job goes on by itself, also after a crash, until it is done',
        body: INGEST_BODY,
        answers: { 202: 'It was written down; Location says where to see how it goes' }
      })
    },
    async (request, reply) => {
      operator(request, 'jobs')
      const asked = await readIngestRequest(request.body)
      await checkPlaces(asked.sources, settings.ingestSources, INGEST_SOURCES)
      return begin(request, reply, 'ingest', { ...asked })
    }
  )

  app.post(
    '/jobs/export',
    {
      schema: describeJob({
        summary: 'Export the store, as it is at one moment, to files or tables for analysts',
        body: EXPORT_BODY,
        answers: { 202: 'It was written down; Location says where to see how it goes' }
      })
    },
    async (request, reply) => {
      operator(request, 'jobs')
      const asked = readExportRequest(request.body)
      await checkPlaces([placeOf(asked.to)], settings.exportTargets, EXPORT_TARGETS)
      return begin(request, reply, 'export', { ...asked })
    }
  )

  app.get(
    '/jobs',
    { schema: describeJob({ summary: 'The jobs: those asked for, the newest first, then those that run again and again', list: true }) },
    async (request) => {
      operator(request, 'jobs')
      const asked = (await jobs.asked?.list()) ?? []
      const scheduled = await jobs.list()
      return { jobs: [...asked.map(headOf), ...scheduled.map(statusOf)] }
    }
  )

  app.get<One>(
    '/jobs/:id',
    {
      schema: describeJob({
        summary: 'How a job goes: rows, resources, bytes and rate, counters by table, what was rejected',
        params: JOB_ID
      })
    },
    async (request) => {
      operator(request, 'jobs')
      const scheduled = await jobs.status(request.params.id)
      return scheduled === undefined ? viewOf(await work().get(request.params.id)) : statusOf(scheduled)
    }
  )

  app.post<One>(
    '/jobs/:id/cancel',
    {
      schema: describeJob({
        summary: 'It does not go on; what it has loaded stays',
        params: JOB_ID,
        answers: { 200: 'It has ended', 202: 'It is being stopped' }
      })
    },
    async (request, reply) => {
      operator(request, 'jobs')
      const view = await work().cancel(request.params.id)
      note(request, view, 'cancelled')
      return reply.code(ENDED.includes(view.status) ? 200 : 202).send(viewOf(view))
    }
  )

  app.post<One>(
    '/jobs/:id/resume',
    {
      schema: describeJob({
        summary: 'Go on with a job that failed or was cancelled',
        params: JOB_ID,
        answers: { 202: 'It goes on; Location says where to see how' }
      })
    },
    async (request, reply) => {
      operator(request, 'jobs')
      const view = await work().resume(request.params.id)
      note(request, view, 'resumed')
      return reply.code(202).header('location', `/jobs/${view.job.id}`).send(viewOf(view))
    }
  )

  app.delete<One>(
    '/jobs/:id',
    {
      schema: describeJob({
        summary: 'Cancel a job; forget one that has ended',
        params: JOB_ID,
        answers: { 202: 'It is being stopped, or will not begin', 204: 'It is forgotten' }
      })
    },
    async (request, reply) => {
      operator(request, 'jobs')
      const { id } = request.params
      const found = await work().get(id)
      if (ENDED.includes(found.status)) {
        await work().remove(id)
        note(request, found, 'forgotten')
        return reply.code(204).send()
      }
      const view = await work().cancel(id)
      note(request, view, 'cancelled')
      return reply.code(202).send(viewOf(view))
    }
  )
}

/** As it stands in a list. */
function headOf({ job, status, runs }: AskedView): object {
  const [last] = runs
  const { progress, error } = (last?.detail ?? {}) as { progress?: unknown; error?: unknown }
  return {
    id: job.id,
    kind: job.kind,
    status,
    by: job.by,
    asked: iso(job.asked),
    ...(last === undefined ? {} : { began: iso(runs.at(-1)!.began) }),
    ...(last?.ended === undefined || !ENDED.includes(status) ? {} : { ended: iso(last.ended) }),
    request: job.request,
    ...(progress === undefined ? {} : { progress }),
    ...(status !== 'failed' ? {} : { error: error ?? { code: last?.error } })
  }
}

function viewOf(view: AskedView): object {
  const [last] = view.runs
  const { progress: _progress, error: _error, checkpoint: _checkpoint, ...more } = (last?.detail ?? {}) as Record<string, unknown>
  const runs = view.runs.map(({ id, outcome, began, ended, error }) => ({
    ...{ id, outcome, began: iso(began) },
    ...(ended === undefined ? {} : { ended: iso(ended) }),
    ...(error === undefined ? {} : { error })
  }))
  return { ...headOf(view), ...more, runs }
}

/** A run as it is answered: times in ISO 8601. */
export function runOf({ began, ended, process: _process, detail: _detail, ...run }: Run): object {
  return { ...run, began: iso(began), ...(ended === undefined ? {} : { ended: iso(ended) }) }
}

function statusOf({ job: { name, about, every }, last, next }: JobStatus): object {
  return {
    id: name,
    kind: 'scheduled',
    status: last?.outcome === 'running' ? 'running' : 'waiting',
    name,
    about,
    ...(every === undefined ? {} : { every }),
    ...(next === undefined ? {} : { next: iso(Math.max(next, Date.now())) }),
    ...(last === undefined ? {} : { last: runOf(last) })
  }
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
