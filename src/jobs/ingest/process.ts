/**
 * The process of one ingest job: a child of the server, so that a load neither takes the server's memory nor its main thread. It ends with the server, however
 * that ends, and leaves what was merged by then.
 */
import { availableParallelism, setPriority } from 'node:os'
import type { Settings } from '../../config.js'
import { readPack } from '../../files/packs.js'
import { auditing } from '../../identity/auditing.js'
import { type Checkpoint, type CheckpointOptions, ingest, threadError } from '../../ingest/index.js'
import { isPublic } from '../../mapping/index.js'
import type { Service } from '../../service/contract.js'
import { openService } from '../../service/service.js'
import type { AskedJob } from '../../state/asked.js'
import { openState } from '../../state/state.js'
import { SYSTEM } from '../reindex.js'
import { checkSources } from './allowed.js'
import { Follow, type RejectsState } from './follow.js'
import type { FromJob, ToJob } from './messages.js'
import type { IngestRequest } from './request.js'

/** Milliseconds. */
const TELL_EVERY = 500
/** Below the server: whoever reads goes first. */
const NICE = 5

const stop = new AbortController()

process.on('disconnect', () => process.exit(1))
// What the terminal of the server sends to its whole group; the server says itself when to stop.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})
process.on('message', (message: ToJob) => {
  if (message.kind === 'stop') stop.abort()
  else void work(message.settings, message.job).then(end)
})

async function work(settings: Settings, job: AskedJob): Promise<FromJob> {
  const follow = new Follow()
  const tell = (more: object = {}) => send({ kind: 'progress', progress: { ...follow.bytes, detail: { ...follow.detail(), ...more } } })
  const timer = setInterval(tell, TELL_EVERY)
  try {
    try {
      setPriority(NICE)
    } catch {
      // Not allowed here: then it has to share.
    }
    const report = await load(settings, job, follow)
    const [first] = report.errors
    const { created, updated, unchanged, ...rows } = report.totals
    const counters = { ...rows, created, updated, unchanged }
    if (first !== undefined && asked(job).options.allowErrors !== true) {
      const { code, message } = first
      tell({ error: { code, message } })
      return { kind: 'failed', error: { ...NO_ERROR, code, message } }
    }
    return { kind: 'done', result: { counters, detail: follow.detail() } }
  } catch (error) {
    // The text of an error of ours names files, tables and columns.
    const { code, message } = threadError(error)
    tell(stop.signal.aborted || code === undefined ? {} : { error: { code, message } })
    return stop.signal.aborted ? { kind: 'stopped' } : { kind: 'failed', error: threadError(error) }
  } finally {
    clearInterval(timer)
  }
}

const NO_ERROR = { stack: undefined, params: undefined, expression: undefined, place: undefined }

async function load(settings: Settings, job: AskedJob, follow: Follow) {
  const { sources, mapping, source, options: given } = asked(job)
  await checkSources(sources, settings.ingestSources)
  const pack = await readPack(mapping)
  const state = await openState(settings.state, settings)
  try {
    const service = await openService({ ...settings, audit: await auditing(state, settings) })
    try {
      const { workers = Math.max(1, availableParallelism() - 1), ...others } = given
      const who = { subject: job.by, role: job.role }
      const idSecret = isPublic(pack) ? undefined : await state.getSecret('ids')
      const checkpoints = await checkpointsOf(service, job.id, follow)
      const { google } = settings
      const options = {
        ...others,
        ...follow.options,
        sources,
        google,
        pack,
        source,
        idSecret,
        jobs: workers,
        signal: stop.signal,
        checkpoints
      }
      return await ingest(options, service, who)
    } finally {
      await service.close()
    }
  } finally {
    await state.close()
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

function asked({ request }: AskedJob): IngestRequest {
  return request as unknown as IngestRequest
}

function send(message: FromJob): void {
  if (process.connected) process.send?.(message)
}

/** The last message, then the end. */
function end(message: FromJob): void {
  if (process.connected) process.send?.(message, () => process.exit(0))
  else process.exit(1)
}
