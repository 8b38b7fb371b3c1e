/** Waiting times: GET /stats/waiting-times for people, gauges for Prometheus. */
import type { FastifyInstance } from 'fastify'
import { Gauge, type Registry } from 'prom-client'
import type { Principal, Service } from '../service/contract.js'
import type { Waits } from '../threads/waiting.js'

export interface StatsOptions {
  readonly service: Service
}

/** The program itself: numbers for whoever runs it. */
const SYSTEM: Principal = { subject: 'metrics', role: 'system' }
/** A diagnosis is named in metrics when so many questions about it were answered: fewer could point to a person. */
const FEWEST = 5

export async function stats(app: FastifyInstance, { service }: StatsOptions): Promise<void> {
  app.get(
    '/stats/waiting-times',
    { schema: { tags: ['threads'], summary: 'How long questions wait: by physician and by diagnosis; physicians see their own' } },
    async (request, reply) => {
      reply.header('cache-control', 'private, no-cache')
      return service.waitingTimes(request.principal)
    }
  )
}

type Label = 'physician' | 'diagnosis'

/** The same for Prometheus, worked out when it asks. */
export function waitingGauges(service: Service): (registry: Registry) => void {
  return (registry) => {
    const registers = [registry]
    let asked: Promise<void> | undefined
    // Prometheus asks all of them at once: they share one answer.
    const collect = () => (asked ??= refresh().finally(() => (asked = undefined)))
    const gauge = (name: string, help: string) =>
      new Gauge({ name, help, labelNames: ['physician', 'diagnosis'] as const, registers, collect })
    const gauges = new Map<keyof Waits, Gauge<Label>>()
    const set = (labels: Partial<Record<Label, string>>, waits: Waits) => {
      for (const [name, one] of gauges) {
        const value = waits[name]
        if (value !== null) one.set(labels, value)
      }
    }
    const refresh = async () => {
      const { overall, physicians, diagnoses } = await service.waitingTimes(SYSTEM)
      for (const one of gauges.values()) one.reset()
      set({}, overall)
      for (const { physician, ...waits } of physicians) set({ physician }, waits)
      for (const { diagnosis, ...waits } of diagnoses) if (waits.answered >= FEWEST) set({ diagnosis }, waits)
    }
    gauges.set('answered', gauge('wardbridge_questions_answered', 'Questions that were answered'))
    gauges.set('waiting', gauge('wardbridge_questions_waiting', 'Questions that wait for an answer'))
    gauges.set('median_seconds', gauge('wardbridge_question_wait_median_seconds', 'Time from question to answer, median'))
    gauges.set('p90_seconds', gauge('wardbridge_question_wait_p90_seconds', 'Time from question to answer, 90th percentile'))
    gauges.set('longest_waiting_seconds', gauge('wardbridge_question_longest_waiting_seconds', 'How long the oldest question waits'))
  }
}
