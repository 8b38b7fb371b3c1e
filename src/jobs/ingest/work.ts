/** A load, as the work of a job. */
import { availableParallelism } from 'node:os'
import { readPack } from '../../files/packs.js'
import { type Checkpoint, type CheckpointOptions, ingest, revive } from '../../ingest/index.js'
import { isPublic } from '../../mapping/index.js'
import type { Service } from '../../service/contract.js'
import { checkPlaces, INGEST_SOURCES } from '../places.js'
import type { Work, WorkParts } from '../process/work.js'
import { SYSTEM } from '../reindex.js'
import { Follow, type RejectsState } from './follow.js'
import type { IngestRequest } from './request.js'

export function ingestWork({ settings, job, service, state }: WorkParts): Work {
  const { sources, mapping, source, options: given } = job.request as unknown as IngestRequest
  const follow = new Follow()
  return {
    progress: () => ({ ...follow.bytes, detail: follow.detail() }),
    async run(signal) {
      // Again: links may have changed since it was asked for.
      await checkPlaces(sources, settings.ingestSources, INGEST_SOURCES)
      const pack = await readPack(mapping)
      const { workers = Math.max(1, availableParallelism() - 1), ...others } = given
      const { totals, errors } = await ingest(
        {
          ...{ ...others, ...follow.options, sources, google: settings.google, pack, source, signal },
          idSecret: isPublic(pack) ? undefined : await state.getSecret('ids'),
          jobs: workers,
          checkpoints: await checkpointsOf(service, job.id, follow)
        },
        service,
        { subject: job.by, role: job.role }
      )
      const [first] = errors
      if (first !== undefined && given.allowErrors !== true) {
        const where = { stack: undefined, expression: undefined, place: undefined }
        throw revive({ ...where, code: first.code, message: first.message, params: { reason: first.message } })
      }
      return { counters: { ...totals }, detail: follow.detail() }
    }
  }
}

/** Kept with the store: another store, or one that was put back from a backup, knows nothing of what this one holds. */
async function checkpointsOf(service: Service, id: string, follow: Follow): Promise<CheckpointOptions> {
  const key = `job.${id}`
  const last = JSON.parse((await service.getNote(key)) ?? '{}') as { checkpoint?: Checkpoint; rejects?: RejectsState }
  return {
    last: last.checkpoint,
    onResume: () => follow.restore(last.rejects),
    keep: (checkpoint) => service.setNote(SYSTEM, key, JSON.stringify({ checkpoint, rejects: follow.rejects() }))
  }
}
