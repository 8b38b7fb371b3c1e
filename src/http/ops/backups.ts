/** /admin/backups: backups in the folder of the settings, for administrators. Restoring is done on the command line: a server cannot replace what it serves. */
import type { FastifyInstance } from 'fastify'
import { findBackups } from '../../backup/names.js'
import type { Settings } from '../../config.js'
import { fail } from '../../errors.js'
import { BACKUP } from '../../jobs/backup.js'
import type { Scheduler } from '../../jobs/scheduler.js'
import { runOf } from './asked-jobs.js'
import { describe, operator } from './operator.js'

export interface BackupsOptions {
  readonly settings: Pick<Settings, 'backupFolder'>
  readonly jobs: Scheduler
}

const FILE = 'name, bytes, made, sealed'
const STATUS =
  'id, outcome (running, done, failed, lost), progress (bytes done and total), began, ended, counters, result (name of the file), error'

export async function backupRoutes(app: FastifyInstance, { settings: { backupFolder }, jobs }: BackupsOptions): Promise<void> {
  const folder = (): string => {
    if (backupFolder === undefined) throw fail('backup.no-folder')
    return backupFolder
  }

  app.post(
    '/admin/backups',
    { schema: describe('Make a backup now; Location says where to see how far it is', 202, STATUS) },
    async (request, reply) => {
      const by = operator(request, 'backups')
      folder()
      const run = await jobs.trigger(BACKUP, by)
      return reply.code(202).header('location', `/admin/backups/${run.id}`).send(runOf(run))
    }
  )

  app.get(
    '/admin/backups',
    {
      schema: describe(
        'The backups there are, the newest first, and the last runs',
        200,
        `backups: ${FILE} of each; runs: ${STATUS} of each`
      )
    },
    async (request) => {
      operator(request, 'backups')
      return { backups: await findBackups(folder()), runs: (await jobs.runsOf(BACKUP, 10)).map(runOf) }
    }
  )

  app.get<{ Params: { id: string } }>(
    '/admin/backups/:id',
    { schema: describe('How far a backup is, by the id of its run; or a backup, by its name', 200, `${STATUS}; or ${FILE}`) },
    async (request) => {
      operator(request, 'backups')
      const { id } = request.params
      const found = (await findBackups(folder())).find(({ name }) => name === id)
      if (found !== undefined) return found
      const run = (await jobs.runsOf(BACKUP, 50)).find((one) => one.id === id)
      if (run === undefined) throw fail('backup.unknown', { backup: id.slice(0, 60) })
      return runOf(run)
    }
  )
}
