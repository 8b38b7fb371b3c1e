/** Kinds of work that can be asked for, each job done in a process of its own. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Settings } from '../../config.js'
import { fail } from '../../errors.js'
import { revive } from '../../ingest/index.js'
import type { AskedJob } from '../../state/asked.js'
import type { JobKind } from '../asked.js'
import type { JobContext, JobResult } from '../claim.js'
import type { FromJob, ToJob } from './messages.js'

const PROCESS = fileURLToPath(new URL('./main.js', import.meta.url))
/** How often a process that crashed is begun anew within one run. */
const TRIES = 3
/** Milliseconds after which one that was told to stop is killed: between two merges it looks. */
const PATIENCE = 20_000

/** name: a key of KINDS in main.ts. */
export function processKind(name: string, settings: Settings): JobKind {
  return {
    name,
    async run(job, context) {
      for (let tries = 1; ; tries++) {
        const result = await runOnce(settings, job, context)
        if (result !== undefined) return result
        context.signal.throwIfAborted()
        if (tries === TRIES) throw fail('job.crashed', { tries })
      }
    }
  }
}

/** Undefined: the process crashed. Throws what the load throws, and the reason of the signal when that was why it stopped. */
function runOnce(settings: Settings, job: AskedJob, { signal, progress }: JobContext): Promise<JobResult | undefined> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const child = fork(PROCESS, [], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    let last: FromJob | undefined
    let timer: NodeJS.Timeout | undefined
    const stop = () => {
      say(child, { kind: 'stop' })
      timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE)
    }
    signal.addEventListener('abort', stop)
    child.on('message', (message: FromJob) => {
      if (message.kind === 'progress') progress(message.progress)
      else last = message
    })
    child.on('error', reject)
    child.on('exit', () => {
      signal.removeEventListener('abort', stop)
      clearTimeout(timer)
      if (last?.kind === 'done') resolve(last.result)
      else if (signal.aborted) reject(signal.reason)
      else if (last?.kind === 'failed') reject(revive(last.error))
      else resolve(undefined)
    })
    say(child, { kind: 'start', settings, job })
  })
}

/** A process that is gone hears nothing; its exit tells. */
function say(child: ChildProcess, message: ToJob): void {
  child.send(message, () => {})
}
