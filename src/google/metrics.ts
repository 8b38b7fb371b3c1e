/** What the calls of Google's services come to, for Prometheus. No names of resources: services and methods only. */
import { Counter, Histogram, type Metric, type Registry } from 'prom-client'

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

const imported = new Counter({
  name: 'wardbridge_healthcare_imported_total',
  help: 'Resources that imports of the Cloud Healthcare API took (success) or did not take (failure)',
  labelNames: ['outcome'] as const,
  registers: []
})
const importedBytes = new Counter({
  name: 'wardbridge_healthcare_imported_bytes_total',
  help: 'Bytes of objects that were imported into the Cloud Healthcare API',
  registers: []
})
const importSeconds = new Histogram({
  name: 'wardbridge_healthcare_import_seconds',
  help: 'How long an import took, from its begin to its end',
  buckets: [1, 10, 60, 300, 900, 3600, 14_400],
  registers: []
})

/** Makes the numbers show in a registry. */
export function googleMetrics(registry: Registry): void {
  const all: readonly Metric[] = [calls, retries, seconds, imported, importedBytes, importSeconds] as never
  for (const metric of all) registry.registerMetric(metric)
}

/** One try ended. took: milliseconds. */
export function noteCall(labels: Readonly<Record<Label, string>>, outcome: string, took: number): void {
  calls.inc({ ...labels, outcome })
  seconds.observe({ ...labels }, took / 1000)
}

export function noteRetry(labels: Readonly<Record<Label, string>>, reason: string): void {
  retries.inc({ ...labels, reason })
}

/** An import ended. success, failure: resources; took: milliseconds. */
export function noteImport({ success, failure, bytes, took }: Readonly<Record<'success' | 'failure' | 'bytes' | 'took', number>>): void {
  imported.inc({ outcome: 'success' }, success)
  imported.inc({ outcome: 'failure' }, failure)
  importedBytes.inc(bytes)
  importSeconds.observe(took / 1000)
}
