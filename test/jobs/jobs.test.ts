import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { type Job, type Progress, runJobs } from '#wardbridge/jobs/jobs.js'

/** A job of some steps that are kept outside it, as a store keeps them. */
function counting(store: { left: number; failures?: number }, name = 'count'): Job & { steps: number } {
  return {
    name,
    steps: 0,
    pending: () => store.left > 0,
    async step(): Promise<Progress | undefined> {
      this.steps++
      if ((store.failures ?? 0) > 0) {
        store.failures!--
        throw Object.assign(new Error('no'), { code: 'store.full' })
      }
      if (store.left === 0) return undefined
      store.left--
      return { done: 1, total: 2 }
    }
  }
}

const until = async (test: () => boolean) => {
  while (!test()) await wait(10)
}

t.test('a job runs to its end whenever there is something to do, and says when it begins and ends', async (t) => {
  const lines: unknown[] = []
  const store = { left: 3 }
  const jobs = runJobs([counting(store)], { info: (line: unknown) => void lines.push(line), error: () => t.fail() } as never)
  await until(() => lines.length === 2)
  t.match(lines, [{ job: 'count' }, { job: 'count', ms: Number }])
  store.left = 2
  await until(() => lines.length === 4)
  t.equal(store.left, 0)
  await jobs.close()
})

t.test('closing waits for the step under way and begins no other; what is left is done by the next run', async (t) => {
  const store = { left: 1000 }
  const slow: Job = {
    ...counting(store),
    async step() {
      await wait(5)
      store.left--
      return { done: 0, total: 1 }
    }
  }
  const log = { info: () => {}, error: () => t.fail() } as never
  const first = runJobs([slow], log)
  await until(() => store.left < 998)
  await first.close()
  const left = store.left
  await wait(50)
  t.equal(store.left, left)
  store.left = 2
  const second = runJobs([counting(store)], log)
  await until(() => store.left === 0)
  await second.close()
})

t.test('a step that fails is told with its code and does not stop other jobs', async (t) => {
  const errors: unknown[] = []
  const [bad, good] = [{ left: 1, failures: 1 }, { left: 1 }]
  const log = { info: () => {}, error: (line: unknown) => void errors.push(line) } as never
  const jobs = runJobs([counting(bad, 'bad'), counting(good, 'good')], log)
  await until(() => errors.length === 1 && good.left === 0)
  t.match(errors, [{ job: 'bad', code: 'store.full' }])
  await jobs.close()
})
