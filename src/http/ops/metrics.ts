/**
 * /metrics in the text format of Prometheus: requests, durations, sizes of the store, job runs, the event loop. No patient data: routes are classes, types
 * of resources are numbers of them. A token of an administrator or an analyst is asked for; WARDBRIDGE_METRICS=loopback lets programs on this machine in
 * without one.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Settings } from '../../config.js'
import { fail, WardbridgeError } from '../../errors.js'
import type { Scheduler } from '../../jobs/scheduler.js'
import { isLoopback } from '../../loopback.js'
import type { Service } from '../../service/contract.js'
import { asker, describe } from './operator.js'

/** Adds metrics to those of the server; what they cost is paid when somebody asks for them. */
export type Register = (registry: Registry) => void

export interface MetricsOptions {
  readonly settings: Pick<Settings, 'metrics'>
  readonly service: Pick<Service, 'counts' | 'size'>
  readonly jobs: Scheduler
  readonly version: string
  readonly register?: readonly Register[]
}

const ROLES = ['administrator', 'analyst', 'system']
/** Seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]
/** Counts of resources are asked for again after this, in milliseconds: a scan of an index. */
const KEEP_COUNTS = 60_000

export const metrics = fp(async (app: FastifyInstance, options: MetricsOptions) => {
  const registry = new Registry()
  countRequests(app, registry)
  describeStore(registry, options.service)
  describeJobs(registry, options.jobs)
  describeProcess(registry, options.version)
  for (const register of options.register ?? []) register(registry)

  app.get(
    '/metrics',
    { config: { public: true }, schema: describe('Metrics in the text format of Prometheus', 200, 'text/plain; version=0.0.4') },
    async (request, reply) => {
      if (!isOpen(request, options.settings)) {
        const { role } = await asker(app, request)
        if (!ROLES.includes(role)) throw fail('auth.forbidden', { role, interaction: 'read', type: 'metrics' })
      }
      return reply
        .type(registry.contentType)
        .header('cache-control', 'no-store')
        .serializer(String)
        .send(await registry.metrics())
    }
  )
})

/** A program on this machine, which no proxy speaks for. */
function isOpen({ socket, headers }: FastifyRequest, { metrics: mode }: Pick<Settings, 'metrics'>): boolean {
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  return mode === 'loopback' && isLoopback(address) && headers['x-forwarded-for'] === undefined && headers['forwarded'] === undefined
}

function countRequests(app: FastifyInstance, registry: Registry): void {
  const requests = new Counter({
    name: 'wardbridge_http_requests_total',
    help: 'Requests by class of route and status',
    labelNames: ['route', 'status'],
    registers: [registry]
  })
  const durations = new Histogram({
    name: 'wardbridge_http_request_duration_seconds',
    help: 'Seconds from a request to its answer, by class of route',
    labelNames: ['route'],
    buckets: BUCKETS,
    registers: [registry]
  })
  app.addHook('onResponse', (request, reply, done) => {
    const route = classOf(request)
    requests.inc({ route, status: reply.statusCode })
    durations.observe({ route }, reply.elapsedTime / 1000)
    done()
  })
}

/** `fhir read`, `fhir $everything`, `rest`, `auth`, `other`: few, and none that a client makes up. */
function classOf(request: FastifyRequest): string {
  if (request.is404) return 'unknown'
  const { url = '/', config } = request.routeOptions
  const [, first = ''] = url.split('/')
  if (first === 'fhir') return `fhir ${config.interaction ?? 'other'}`
  return first === '' || first.includes(':') || first.includes('*') ? 'page' : first
}

function describeStore(registry: Registry, service: Pick<Service, 'counts' | 'size'>): void {
  let counts: Record<string, number> = {}
  let countedAt = Number.NEGATIVE_INFINITY
  new Gauge({
    name: 'wardbridge_store_resources',
    help: 'Current resources by type, at most a minute old',
    labelNames: ['type'],
    registers: [registry],
    async collect() {
      const now = performance.now()
      if (now - countedAt > KEEP_COUNTS) {
        counts = await service.counts({ subject: 'metrics', role: 'system' })
        countedAt = now
      }
      this.reset()
      for (const [type, count] of Object.entries(counts)) this.set({ type }, count)
    }
  })
  new Gauge({
    name: 'wardbridge_store_bytes',
    help: 'Bytes of the store on the disk',
    registers: [registry],
    async collect() {
      try {
        this.set(await service.size())
      } catch (error) {
        // A store elsewhere does not say.
        if (!(error instanceof WardbridgeError) || error.code !== 'not-supported') throw error
      }
    }
  })
}

function describeJobs(registry: Registry, jobs: Scheduler): void {
  const runs = new Counter({
    name: 'wardbridge_job_runs_total',
    help: 'Runs of jobs that ended in this process, by outcome',
    labelNames: ['job', 'outcome'],
    registers: [registry]
  })
  jobs.observe = ({ job, outcome }) => runs.inc({ job, outcome })
  const last = (name: string, help: string, of: (run: { began: number; ended: number; isGood: boolean }) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['job'],
      registers: [registry],
      async collect() {
        const all = await jobs.list()
        this.reset()
        for (const { job, last } of all)
          if (last?.ended !== undefined)
            this.set({ job: job.name }, of({ began: last.began, ended: last.ended, isGood: last.outcome === 'done' }))
      }
    })
  last('wardbridge_job_last_run_timestamp_seconds', 'When the last run ended, in any process', ({ ended }) => ended / 1000)
  last('wardbridge_job_last_run_duration_seconds', 'How long the last run took', ({ began, ended }) => (ended - began) / 1000)
  last('wardbridge_job_last_run_success', '1 when the last run did its work', ({ isGood }) => (isGood ? 1 : 0))
}

function describeProcess(registry: Registry, version: string): void {
  new Gauge({ name: 'wardbridge_info', help: 'The version', labelNames: ['version'], registers: [registry] }).set({ version }, 1)
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  new Gauge({
    name: 'wardbridge_event_loop_delay_seconds',
    help: 'Delay of the event loop since it was asked for last',
    labelNames: ['quantile'],
    registers: [registry],
    collect() {
      for (const quantile of [0.5, 0.99, 1]) this.set({ quantile }, delay.percentile(quantile * 100) / 1e9)
      delay.reset()
    }
  })
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory',
    registers: [registry],
    collect() {
      this.set(process.memoryUsage.rss())
    }
  })
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Processor time, user and system',
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    }
  })
}
