import { setTimeout as wait } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { claimRun } from '#wardbridge/jobs/claim.js'
import { type ScheduledJob, Scheduler } from '#wardbridge/jobs/scheduler.js'
import { openState, type State } from '#wardbridge/state/state.js'

const SILENT = { info: () => {}, error: () => {} }

async function open(t: Test, folder: string): Promise<State> {
  const state = await openState(folder)
  t.teardown(() => state.close())
  return state
}

function counting(name: string, every: number | undefined, run: ScheduledJob['run'] = async () => ({ counters: {} })) {
  const job = {
    name,
    about: '',
    every,
    runs: 0,
    run: (context: Parameters<ScheduledJob['run']>[0]) => {
      job.runs++
      return run(context)
    }
  }
  return job
}

/** Waits until the last run of a job has ended. */
async function ended(state: State, job: string) {
  for (let n = 0; n < 500; n++) {
    const [run] = await state.runs.of(job, 1)
    if (run !== undefined && run.outcome !== 'running') return run
    await wait(10)
  }
  throw new Error(`${job} does not end`)
}

t.test('what is due runs once over all processes, and again when its time has come', async (t) => {
  const folder = t.testdir()
  const [one, two] = [await open(t, folder), await open(t, folder)]
  const jobs = [counting('often', 3600), counting('often', 3600), counting('asked', undefined)]
  const schedulers = [new Scheduler(one, [jobs[0]!, jobs[2]!], SILENT), new Scheduler(two, [jobs[1]!], SILENT)]
  for (const scheduler of schedulers) scheduler.start()
  await ended(one, 'often')
  for (const scheduler of schedulers) await scheduler.close()
  t.equal(jobs[0]!.runs + jobs[1]!.runs, 1)
  t.equal(jobs[2]!.runs, 0, 'without an interval a job waits to be asked for')
  const [{ last, next } = {}] = (await schedulers[0]!.list()).filter(({ job }) => job.name === 'often')
  t.match(last, { outcome: 'done', by: 'schedule' })
  t.equal(next, last!.began + 3_600_000)
})

t.test('a job that runs is not begun again, in this process or another', async (t) => {
  const folder = t.testdir()
  const [one, two] = [await open(t, folder), await open(t, folder)]
  let finish = () => {}
  const gate = new Promise<void>((resolve) => {
    finish = resolve
  })
  const slow = counting('slow', undefined, async ({ progress }) => {
    progress({ done: 1, total: 4 })
    await gate
    return { counters: { rows: 7 }, result: 'thing' }
  })
  const schedulers = [new Scheduler(one, [slow], SILENT), new Scheduler(two, [slow], SILENT)]
  const { id } = await schedulers[0]!.trigger('slow', 'ada')
  await wait(1)
  t.match(await schedulers[1]!.run(id), { outcome: 'running', by: 'ada', progress: { done: 1, total: 4 } })
  for (const scheduler of schedulers) await t.rejects(scheduler.trigger('slow', 'bob'), { code: 'job.running' })
  await t.rejects(schedulers[0]!.trigger('slower', 'bob'), { code: 'job.unknown' })
  finish()
  t.match(await ended(two, 'slow'), { id, outcome: 'done', counters: { rows: 7 }, result: 'thing' })
  t.equal(slow.runs, 1)
  for (const scheduler of schedulers) await scheduler.close()
})

t.test('the run of a process that died is lost when its lease has ended, and the job is due at once', async (t) => {
  const state = await open(t, t.testdir())
  const now = Date.now()
  // As a process that was killed leaves it: begun, never renewed.
  t.ok(await state.runs.begin({ id: 'dead', job: 'daily', by: 'schedule' }, now - 70_000, 60_000))
  const daily = counting('daily', 86_400)
  const scheduler = new Scheduler(state, [daily], SILENT)
  scheduler.start()
  t.match(await ended(state, 'daily'), { outcome: 'done' })
  t.match(await state.runs.get('dead'), { outcome: 'lost' })
  t.equal(await state.runs.beat('dead', now, 60_000, undefined), false, 'were it alive, it would know')
  await scheduler.close()
  t.ok(await state.runs.begin({ id: 'young', job: 'other', by: 'x' }, now, 60_000))
  t.equal(
    await state.runs.begin({ id: 'next', job: 'other', by: 'x' }, now + 59_000, 60_000),
    undefined,
    'one whose lease has not ended stands'
  )
})

t.test('a run that fails says why by its code, and is tried again before its time', async (t) => {
  const state = await open(t, t.testdir())
  const lines: object[] = []
  const failing = counting('failing', 86_400, async () => {
    throw Object.assign(new Error('Robinson'), { code: 'store.busy' })
  })
  const scheduler = new Scheduler(state, [failing], { info: () => {}, error: (line: object) => void lines.push(line) })
  scheduler.start()
  const run = await ended(state, 'failing')
  t.match(run, { outcome: 'failed', error: 'store.busy' })
  await scheduler.close()
  t.equal((await scheduler.list())[0]!.next, run.began + 15 * 60_000)
  t.match(lines, [{ job: 'failing', code: 'store.busy' }])
  t.notMatch(JSON.stringify(lines), 'Robinson')
})

t.test('stopping tells the work and waits for it', async (t) => {
  const state = await open(t, t.testdir())
  const patient = counting('patient', undefined, async ({ signal }) => {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    signal.throwIfAborted()
    return { counters: {} }
  })
  const scheduler = new Scheduler(state, [patient], SILENT)
  const { id } = await scheduler.trigger('patient', 'x')
  await scheduler.close()
  t.match(await state.runs.get(id), { outcome: 'failed' })
  t.equal(
    (await claimRun(state.runs, { job: 'patient', by: 'x', signal: new AbortController().signal }, async () => ({ counters: {} })))?.run
      .outcome,
    'running'
  )
})

t.test('the last 50 runs of a job are kept', async (t) => {
  const state = await open(t, t.testdir())
  for (let n = 0; n < 60; n++) {
    await state.runs.begin({ id: `${n}`, job: 'many', by: 'x' }, n, 10)
    await state.runs.end(`${n}`, n, { outcome: 'done', counters: {} })
  }
  const runs = await state.runs.of('many', 100)
  t.equal(runs.length, 50)
  t.equal(runs[0]!.id, '59')
})
