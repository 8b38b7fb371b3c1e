import type Database from 'better-sqlite3'
import type { Run, RunOutcome, Runs } from '../runs.js'

export const RUNS_SCHEMA = `
  CREATE TABLE run(
    id TEXT PRIMARY KEY, job TEXT NOT NULL, asked_by TEXT NOT NULL, began INTEGER NOT NULL, ended INTEGER, lease INTEGER NOT NULL, outcome TEXT NOT NULL,
    done INTEGER, total INTEGER, counters TEXT NOT NULL, result TEXT, error TEXT) WITHOUT ROWID;
  CREATE INDEX run_job ON run(job, began);`

const KEPT = 50

interface Row {
  readonly id: string
  readonly job: string
  readonly asked_by: string
  readonly began: number
  readonly ended: number | null
  readonly lease: number
  readonly outcome: RunOutcome
  readonly done: number | null
  readonly total: number | null
  readonly counters: string
  readonly result: string | null
  readonly error: string | null
  readonly detail: string | null
  readonly process: string
}

export function openRuns(db: Database.Database): Runs {
  const lose = db.prepare("UPDATE run SET outcome = 'lost', ended = lease WHERE job = ? AND outcome = 'running' AND lease <= ?")
  const of = db.prepare<[string, number], Row>('SELECT * FROM run WHERE job = ? ORDER BY began DESC, id LIMIT ?')
  const get = db.prepare<[string], Row>('SELECT * FROM run WHERE id = ?')
  const add = db.prepare(
    "INSERT INTO run(id, job, asked_by, began, lease, outcome, counters, process) VALUES (?, ?, ?, ?, ?, 'running', '{}', ?)"
  )
  const forget = db.prepare(
    'DELETE FROM run WHERE job = @job AND id NOT IN (SELECT id FROM run WHERE job = @job ORDER BY began DESC, id LIMIT @kept)'
  )
  const beat = db.prepare("UPDATE run SET lease = ?, done = ?, total = ?, detail = ifnull(?, detail) WHERE id = ? AND outcome = 'running'")
  const end = db.prepare(
    "UPDATE run SET outcome = ?, ended = ?, counters = ?, result = ?, error = ?, detail = ifnull(?, detail) WHERE id = ? AND outcome IN ('running', 'lost')"
  )
  const loseOne = db.prepare("UPDATE run SET outcome = 'lost', ended = ?, lease = 0 WHERE id = ? AND outcome = 'running'")

  const begin = db.transaction(
    (
      run: Pick<Run, 'id' | 'job' | 'by'> & Partial<Pick<Run, 'process'>>,
      now: number,
      lease: number,
      isDue: (last: Run | undefined) => boolean
    ): Run | undefined => {
      lose.run(run.job, now)
      const [last] = of.all(run.job, 1)
      if (last?.outcome === 'running' || !isDue(last && read(last))) return undefined
      add.run(run.id, run.job, run.by, now, now + lease, run.process ?? '')
      forget.run({ job: run.job, kept: KEPT })
      return read(get.get(run.id)!)
    }
  )
  return {
    begin: (run, now, lease, isDue = () => true) => begin.immediate(run, now, lease, isDue),
    beat: (id, now, lease, progress) =>
      beat.run(now + lease, progress?.done ?? null, progress?.total ?? null, textOf(progress?.detail), id).changes === 1,
    end: (id, now, { outcome, counters, result, error, detail }) =>
      void end.run(outcome, now, JSON.stringify(counters), result ?? null, error ?? null, textOf(detail), id),
    lose: (id, now) => void loseOne.run(now, id),
    get: (id) => {
      const row = get.get(id)
      return row && read(row)
    },
    of: (job, most) => of.all(job, most).map(read)
  }
}

function textOf(detail: Run['detail']): string | null {
  return detail === undefined ? null : JSON.stringify(detail)
}

function read({ id, job, asked_by, process, began, ended, outcome, done, total, detail, counters, result, error }: Row): Run {
  return {
    id,
    job,
    by: asked_by,
    process,
    began,
    ended: ended ?? undefined,
    outcome,
    progress: done === null || total === null ? undefined : { done, total },
    detail: detail === null ? undefined : (JSON.parse(detail) as NonNullable<Run['detail']>),
    counters: JSON.parse(counters) as Record<string, number>,
    result: result ?? undefined,
    error: error ?? undefined
  }
}
