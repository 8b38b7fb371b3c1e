/** Runs of jobs: those of a job in one record, the newest first. */
import type { Run, RunProgress, Runs } from '../runs.js'
import type { Records, Step } from './records.js'

const KEPT = 50

interface KeptRun extends Run {
  /** Until when its process counts as alive. */
  readonly lease: number
}

interface RunsRecord {
  readonly runs: readonly KeptRun[]
}

export function openRuns(records: Records): Runs {
  const nameOf = (job: string) => records.name('runs', job)
  /** By the id of a run, so that not all jobs need be looked through. */
  const jobs = new Map<string, string>()

  const find = async (id: string): Promise<{ readonly name: string; readonly run: KeptRun } | undefined> => {
    const last = jobs.get(id)
    const near = last === undefined ? undefined : (await records.get<RunsRecord>(last))?.runs.find((run) => run.id === id)
    if (near !== undefined) return { name: last!, run: near }
    for await (const { name, value } of records.all<RunsRecord>('runs')) {
      const run = value.runs.find((one) => one.id === id)
      if (run !== undefined) return { name, run }
    }
    return undefined
  }
  /** undefined as an answer of `next`: nothing is changed. */
  const changeOne = async (id: string, next: (run: KeptRun) => KeptRun | undefined): Promise<boolean> => {
    const name = jobs.get(id) ?? (await find(id))?.name
    if (name === undefined) return false
    return records.change<RunsRecord, boolean>(name, (known): Step<RunsRecord, boolean> => {
      const runs = known?.runs ?? []
      const changed = runs.map((run) => (run.id === id ? next(run) : run))
      if (!runs.some((run) => run.id === id) || changed.includes(undefined)) return { answer: false }
      return { put: { runs: changed as KeptRun[] }, answer: true }
    })
  }

  return {
    async begin({ id, job, by, process = '' }, now, lease, isDue = () => true) {
      const begun = await records.change<RunsRecord, Run | undefined>(nameOf(job), (known): Step<RunsRecord, Run | undefined> => {
        const runs = (known?.runs ?? []).map((run) => (run.outcome === 'running' && run.lease <= now ? lost(run) : run))
        const [last] = runs
        if (last?.outcome === 'running' || !isDue(last && plain(last))) return { answer: undefined }
        const run: Run = {
          ...{ id, job, by, process, began: now, ended: undefined, outcome: 'running', counters: {} },
          ...{ progress: undefined, detail: undefined, result: undefined, error: undefined }
        }
        const all = [{ ...run, lease: now + lease }, ...runs].sort((a, b) => b.began - a.began || (a.id < b.id ? -1 : 1))
        return { put: { runs: all.slice(0, KEPT) }, answer: run }
      })
      if (begun !== undefined) jobs.set(id, nameOf(job))
      return begun
    },
    beat: (id, now, lease, progress) =>
      changeOne(id, (run) => {
        if (run.outcome !== 'running') return undefined
        const { detail = run.detail, ...place } = progress ?? {}
        return { ...run, lease: now + lease, detail, progress: progress === undefined ? run.progress : (place as RunProgress) }
      }),
    async end(id, now, { outcome, counters, result, error, detail }) {
      await changeOne(id, (run) =>
        run.outcome === 'running' || run.outcome === 'lost'
          ? { ...run, outcome, ended: now, counters, result, error, detail: detail ?? run.detail }
          : undefined
      )
      jobs.delete(id)
    },
    async lose(id, now) {
      await changeOne(id, (run) => (run.outcome === 'running' ? { ...run, outcome: 'lost', ended: now, lease: 0 } : undefined))
    },
    async get(id) {
      const found = await find(id)
      return found && plain(found.run)
    },
    of: async (job, most) => ((await records.get<RunsRecord>(nameOf(job)))?.runs ?? []).slice(0, most).map(plain)
  }
}

function lost(run: KeptRun): KeptRun {
  return { ...run, outcome: 'lost', ended: run.lease }
}

/** As it was kept: members without a value are not in JSON. */
function plain({ lease: _, ...run }: KeptRun): Run {
  const { ended, progress, detail, result, error } = run
  return { ...run, ended, progress, detail, result, error }
}
