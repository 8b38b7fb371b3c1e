/** What the calls of Google's services come to, for Prometheus. No names of resources: services and methods only. */
import { Counter, Histogram, type Registry } from 'prom-client'

type Label = 'service' | 'method'

/** Seconds. */
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

const calls = new Counter({
  name: 'wardbridge_google_calls_total',
  help: 'Calls of Google services, each try counted, by how they ended: HTTP status, or reset, timeout, truncated, cancelled',
  labelNames: ['service', 'method', 'outcome'] as const,
  registers: []
})
const retries = new Counter({
  name: 'wardbridge_google_retries_total',
  help: 'Tries after the first one, by what went wrong before',
  labelNames: ['service', 'method', 'reason'] as const,
  registers: []
})
const seconds = new Histogram({
  name: 'wardbridge_google_call_seconds',
  help: 'How long one try took',
  labelNames: ['service', 'method'] as const,
  buckets: BUCKETS,
  registers: []
})

/** Makes the numbers show in a registry. */
export function googleMetrics(registry: Registry): void {
  for (const metric of [calls, retries, seconds]) registry.registerMetric(metric)
}

/** One try ended. took: milliseconds. */
export function noteCall(labels: Readonly<Record<Label, string>>, outcome: string, took: number): void {
  calls.inc({ ...labels, outcome })
  seconds.observe({ ...labels }, took / 1000)
}

export function noteRetry(labels: Readonly<Record<Label, string>>, reason: string): void {
  retries.inc({ ...labels, reason })
}
