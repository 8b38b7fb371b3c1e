import type Database from 'better-sqlite3'
import type { AskedJob, AskedJobs } from '../asked.js'

export const ASKED_SCHEMA = `
  ALTER TABLE run ADD COLUMN detail TEXT;
  ALTER TABLE run ADD COLUMN process TEXT NOT NULL DEFAULT '';
  CREATE TABLE asked_job(
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, asked_by TEXT NOT NULL, role TEXT NOT NULL, asked INTEGER NOT NULL, since INTEGER NOT NULL,
    request TEXT NOT NULL, status TEXT NOT NULL) WITHOUT ROWID;`

const KEPT = 200

type Row = Omit<AskedJob, 'by' | 'request'> & { readonly asked_by: string; readonly request: string }

export function openAsked(db: Database.Database): AskedJobs {
  const add = db.prepare('INSERT INTO asked_job VALUES (@id, @kind, @by, @role, @asked, @since, @request, @status)')
  const forget = db.prepare(
    "DELETE FROM asked_job WHERE status = 'held' AND id NOT IN (SELECT id FROM asked_job ORDER BY asked DESC, id LIMIT ?)"
  )
  const runs = db.prepare("DELETE FROM run WHERE job LIKE '%/%' AND substr(job, instr(job, '/') + 1) NOT IN (SELECT id FROM asked_job)")
  const get = db.prepare<[string], Row>('SELECT * FROM asked_job WHERE id = ?')
  const list = db.prepare<[number], Row>('SELECT * FROM asked_job ORDER BY asked DESC, id LIMIT ?')
  const change = db.prepare('UPDATE asked_job SET status = ifnull(@status, status), since = ifnull(@since, since) WHERE id = @id')
  const remove = db.prepare('DELETE FROM asked_job WHERE id = ?')

  const addOne = db.transaction((job: AskedJob) => {
    add.run({ ...job, request: JSON.stringify(job.request) })
    if (forget.run(KEPT).changes > 0) runs.run()
  })
  const removeOne = db.transaction((id: string) => {
    const { changes } = remove.run(id)
    if (changes > 0) runs.run()
    return changes > 0
  })
  return {
    add: (job) => addOne.immediate(job),
    get: (id) => {
      const row = get.get(id)
      return row && read(row)
    },
    list: () => list.all(KEPT).map(read),
    change: (id, { status = null, since = null }: { status?: string | null; since?: number | null }) =>
      change.run({ id, status, since }).changes > 0,
    remove: (id) => removeOne.immediate(id)
  }
}

function read({ asked_by, request, ...job }: Row): AskedJob {
  return { ...job, by: asked_by, request: JSON.parse(request) as AskedJob['request'] }
}
