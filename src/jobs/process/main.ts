/**
 * The process of one job that was asked for: a child of the server, so that the work neither takes the server's memory nor its main thread. It ends with the
 * server, however that ends, and leaves what was done by then.
 */
import { setPriority } from 'node:os'
import type { Settings } from '../../config.js'
import { auditing } from '../../identity/auditing.js'
import { threadError } from '../../ingest/index.js'
import { openService } from '../../service/service.js'
import type { AskedJob } from '../../state/asked.js'
import { openState } from '../../state/state.js'
import type { FromJob, ToJob } from './messages.js'
import type { OpenWork, Work } from './work.js'

/** Loaded when it is to be done. */
const KINDS: Readonly<Record<string, () => Promise<OpenWork>>> = {
  ingest: async () => (await import('../ingest/work.js')).ingestWork,
  export: async () => (await import('../export/work.js')).exportWork
}

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
  let under: Work | undefined
  const tell = (error?: object) => {
    const { detail, ...progress } = under?.progress() ?? { done: 0, total: 0 }
    send({ kind: 'progress', progress: { ...progress, detail: { ...detail, ...(error && { error }) } } })
  }
  const timer = setInterval(tell, TELL_EVERY)
  try {
    yieldToServer()
    // Words that a load has left go on being indexed here: the server looks for them only when it starts. An export would be slower by them.
    const result = await withService({ ...settings, indexesWords: job.kind !== 'export' }, async (parts) => {
      const open = await KINDS[job.kind]!()
      under = open({ ...parts, settings, job })
      return under.run(stop.signal)
    })
    return { kind: 'done', result }
  } catch (error) {
    // The text of an error of ours names files, tables and columns.
    const { code, message } = threadError(error)
    tell(stop.signal.aborted || code === undefined ? undefined : { code, message })
    return stop.signal.aborted ? { kind: 'stopped' } : { kind: 'failed', error: threadError(error) }
  } finally {
    clearInterval(timer)
  }
}

async function withService<T>(
  settings: Settings & { readonly indexesWords: boolean },
  work: (parts: Pick<Parameters<OpenWork>[0], 'service' | 'state'>) => Promise<T>
): Promise<T> {
  const state = await openState(settings.state, settings)
  try {
    const service = await openService({ ...settings, audit: await auditing(state, settings) })
    try {
      return await work({ service, state })
    } finally {
      await service.close()
    }
  } finally {
    await state.close()
  }
}

function yieldToServer(): void {
  try {
    setPriority(NICE)
  } catch {
    // Not allowed here: then it has to share.
  }
}

function send(message: FromJob): void {
  if (process.connected) process.send?.(message)
}

/** The last message, then the end. */
function end(message: FromJob): void {
  if (process.connected) process.send?.(message, () => process.exit(0))
  else process.exit(1)
}
