/** Work that somebody asked for; the runs of what is forgotten go with it. */
import type { AskedJob, AskedJobs } from '../asked.js'
import type { Records } from './records.js'

const KEPT = 200

export function openAsked(records: Records): AskedJobs {
  const nameOf = (id: string) => records.name('asked', id)
  const newest = async () => {
    const all: AskedJob[] = []
    for await (const { value } of records.all<AskedJob>('asked')) all.push(value)
    return all.sort((a, b) => b.asked - a.asked || (a.id < b.id ? -1 : 1))
  }
  const remove = async ({ id, kind }: AskedJob) => {
    const isGone = await records.delete(nameOf(id))
    await records.delete(records.name('runs', `${kind}/${id}`))
    return isGone
  }
  return {
    async add(job) {
      await records.put(nameOf(job.id), job)
      for (const old of (await newest()).slice(KEPT)) if (old.status === 'held') await remove(old)
    },
    get: (id) => records.get<AskedJob>(nameOf(id)),
    list: async () => (await newest()).slice(0, KEPT),
    change: (id, { status, since }) =>
      records.change<AskedJob, boolean>(nameOf(id), (job) =>
        job === undefined ? { answer: false } : { put: { ...job, status: status ?? job.status, since: since ?? job.since }, answer: true }
      ),
    async remove(id) {
      const job = await records.get<AskedJob>(nameOf(id))
      return job !== undefined && (await remove(job))
    }
  }
}
