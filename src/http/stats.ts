/** GET /stats/waiting-times for people, GET /metrics for Prometheus. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { fail } from '../errors.js'
import { isLoopback } from '../loopback.js'
import type { Principal, Service } from '../service/contract.js'
import type { Waits } from '../threads/waiting.js'
import { bearerToken } from './auth.js'

export interface StatsOptions {
  readonly service: Service
  readonly version: string
}

/** The program itself: numbers for whoever runs it. */
const SYSTEM: Principal = { subject: 'metrics', role: 'system' }
const OPERATORS = ['administrator', 'analyst', 'system']
/** A diagnosis is named in metrics when so many questions about it were answered: fewer could point to a person. */
const FEWEST = 5

export async function stats(app: FastifyInstance, { service, version }: StatsOptions): Promise<void> {
  app.get(
    '/stats/waiting-times',
    { schema: { tags: ['threads'], summary: 'How long questions wait: by physician and by diagnosis; physicians see their own' } },
    async (request, reply) => {
      reply.header('cache-control', 'private, no-cache')
      return service.waitingTimes(request.principal)
    }
  )

  const metrics = new Metrics(service, version)
  app.get(
    '/metrics',
    { config: { public: true }, schema: { tags: ['operations'], summary: 'Metrics for Prometheus; without a token on this machine only' } },
    async (request, reply) => {
      if (!isLocal(request)) {
        const token = bearerToken(request)
        if (token === undefined) throw fail('auth.missing')
        const { role } = await app.holderOf(token, request.ip)
        if (!OPERATORS.includes(role)) throw fail('auth.forbidden', { role, interaction: 'read', type: 'metrics' })
      }
      reply.header('cache-control', 'no-store').type(metrics.contentType)
      return metrics.text()
    }
  )
}

/** From this machine, asked for by a name of it, and not handed on by a proxy that runs here. */
function isLocal({ ip, headers }: FastifyRequest): boolean {
  const host = (headers.host ?? '').replace(/:\d+$/, '')
  const isForwarded = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'].some((name) => headers[name] !== undefined)
  return isLoopback(ip) && isLoopback(host) && !isForwarded
}

type Label = 'physician' | 'diagnosis'

class Metrics {
  readonly #service: Service
  readonly #registry = new Registry()
  readonly #gauges: ReadonlyMap<keyof Waits, Gauge<Label>>
  #started = false

  constructor(service: Service, version: string) {
    this.#service = service
    const registers = [this.#registry]
    new Gauge({ name: 'wardbridge_info', help: 'Version of the software', labelNames: ['version'], registers }).set({ version }, 1)
    const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: ['physician', 'diagnosis'] as const, registers })
    this.#gauges = new Map<keyof Waits, Gauge<Label>>([
      ['answered', gauge('wardbridge_questions_answered', 'Questions that were answered')],
      ['waiting', gauge('wardbridge_questions_waiting', 'Questions that wait for an answer')],
      ['median_seconds', gauge('wardbridge_question_wait_median_seconds', 'Time from question to answer, median')],
      ['p90_seconds', gauge('wardbridge_question_wait_p90_seconds', 'Time from question to answer, 90th percentile')],
      ['longest_waiting_seconds', gauge('wardbridge_question_longest_waiting_seconds', 'How long the oldest question waits')]
    ])
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  async text(): Promise<string> {
    // Watching the process costs a little, so it begins when somebody asks.
    if (!this.#started) collectDefaultMetrics({ register: this.#registry })
    this.#started = true
    const { overall, physicians, diagnoses } = await this.#service.waitingTimes(SYSTEM)
    for (const gauge of this.#gauges.values()) gauge.reset()
    this.#set({}, overall)
    for (const { physician, ...waits } of physicians) this.#set({ physician }, waits)
    for (const { diagnosis, ...waits } of diagnoses) if (waits.answered >= FEWEST) this.#set({ diagnosis }, waits)
    return this.#registry.metrics()
  }

  #set(labels: Partial<Record<Label, string>>, waits: Waits): void {
    for (const [name, gauge] of this.#gauges) {
      const value = waits[name]
      if (value !== null) gauge.set(labels, value)
    }
  }
}
