/**
 * An export, as the work of a job. One that was interrupted begins anew: it reads another moment of the store, and every file, object or table is replaced as a
 * whole, so nothing of the first try stays beside it. Except changes (since) in BigQuery: they are added to the tables, and what the first try had added is there
 * twice then; id and meta.versionId tell it.
 */
import { availableParallelism } from 'node:os'
import { type ExportProgress, runExport } from '../../export/export.js'
import { parseTarget } from '../../export/target.js'
import { checkPlaces, EXPORT_TARGETS } from '../places.js'
import type { Work, WorkParts } from '../process/work.js'
import { type ExportRequest, placeOf, sinceOf } from './request.js'

export function exportWork({ settings, job, service }: WorkParts): Work {
  const request = job.request as unknown as ExportRequest
  const { to, types, depth, workers = Math.max(1, availableParallelism() - 1) } = request
  let now: ExportProgress | undefined
  return {
    progress() {
      if (now === undefined) return { done: 0, total: 0 }
      const { type, done, total, seconds } = now
      const resourcesPerSecond = seconds > 0 ? Math.round(done / seconds) : 0
      return { done, total, detail: { progress: { writing: type, resources: done, total, seconds, resourcesPerSecond } } }
    },
    async run(signal) {
      await checkPlaces([placeOf(to)], settings.exportTargets, EXPORT_TARGETS)
      const report = await runExport({
        ...{ service, signal, types, depth, google: settings.google },
        who: { subject: job.by, role: job.role },
        to: parseTarget(to),
        since: sinceOf(request),
        jobs: workers,
        progress: (progress) => {
          now = progress
        }
      })
      const { resources, deleted, bytes } = report
      return { counters: { resources, deleted, bytes }, detail: { ...this.progress().detail, report } }
    }
  }
}
