import { setTimeout as wait } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { AskedWork, type JobKind } from '#wardbridge/jobs/asked.js'
import { openState, type State } from '#wardbridge/state/state.js'

const SILENT = { info: () => {}, error: () => {} }
const BY = { by: 'ada', role: 'administrator' }

async function open(t: Test, folder: string): Promise<State> {
  const state = await openState(folder)
  t.teardown(() => state.close())
  return state
}

/** Work that waits until it is told to go on; what ran at the same time. */
function gated() {
  const gates: Array<() => void> = []
  const kind = { name: 'ingest', under: 0, most: 0, runs: 0 }
  const run: JobKind['run'] = async (_job, { signal }) => {
    kind.runs++
    kind.most = Math.max(kind.most, ++kind.under)
    try {
      await new Promise<void>((resolve, reject) => {
        gates.push(resolve)
        signal.addEventListener('abort', () => reject(signal.reason))
      })
      return { counters: { rows: 1 }, detail: { told: 'all' } }
    } finally {
      kind.under--
    }
  }
  return { kind: { name: 'ingest', run }, seen: kind, go: () => gates.splice(0).forEach((open) => void open()) }
}

async function until(isThere: () => Promise<boolean> | boolean): Promise<void> {
  for (let n = 0; n < 2000; n++) {
    if (await isThere()) return
    await wait(10)
  }
  throw new Error('it does not come')
}

t.test('of two processes one does a job, and what was asked for later waits for its turn', async (t) => {
  const folder = t.testdir()
  const { kind, seen, go } = gated()
  const [one, two] = [await open(t, folder), await open(t, folder)]
  const works = [new AskedWork(one, [kind], SILENT), new AskedWork(two, [kind], SILENT)]
  const [first] = works
  const { job } = await first!.ask('ingest', { n: 1 }, BY)
  for (const work of works) work.start()
  await until(() => seen.runs === 1)
  await wait(1200)
  t.equal(seen.runs, 1, 'the other one leaves it alone')
  for (const work of works) t.match(await work.get(job.id), { status: 'running', job: { request: { n: 1 } } })
  go()
  await until(async () => (await works[1]!.get(job.id)).status === 'done')
  t.match((await works[1]!.get(job.id)).runs, [{ outcome: 'done', counters: { rows: 1 }, detail: { told: 'all' } }])
  for (const work of works) await work.close()
  t.equal(seen.runs, 1)
})

t.test('one that another process has is cancelled there', async (t) => {
  const folder = t.testdir()
  const { kind, seen } = gated()
  const [one, two] = [await open(t, folder), await open(t, folder)]
  const [here, there] = [new AskedWork(one, [], SILENT), new AskedWork(two, [kind], SILENT)]
  const { job } = await here.ask('ingest', {}, BY)
  there.start()
  await until(() => seen.runs === 1)
  t.match(await here.cancel(job.id), { status: 'cancelling' })
  await t.rejects(here.resume(job.id), { code: 'job.not-resumable' })
  await t.rejects(here.remove(job.id), { code: 'job.not-ended' })
  await until(async () => (await here.get(job.id)).status === 'cancelled')
  t.match(await here.resume(job.id), { status: 'waiting', runs: [] })
  await until(() => seen.runs === 2)
  await there.close()
})

t.test('a job that its server stopped with goes on with the next one; so does one whose process is dead', async (t) => {
  const folder = t.testdir()
  const { kind, seen, go } = gated()
  const state = await open(t, folder)
  const first = new AskedWork(state, [kind], SILENT)
  const { job } = await first.ask('ingest', {}, BY)
  first.start()
  await until(() => seen.runs === 1)
  await first.close()
  t.match(await first.get(job.id), { status: 'waiting', runs: [{ outcome: 'stopped' }] })
  const [run] = await state.runs.of(`ingest/${job.id}`, 1)
  const dead = (run?.process ?? '').replace(/\/\d+\/\d+$/, '/999999999/1')
  await state.runs.begin({ id: 'dead', job: `ingest/${job.id}`, by: 'ada', process: dead }, Date.now(), 60_000)
  const second = new AskedWork(state, [kind], SILENT)
  t.match((await second.get(job.id)).status, 'running', 'as far as anybody knows')
  second.start()
  await until(() => seen.runs === 2)
  go()
  await until(async () => (await second.get(job.id)).status === 'done')
  t.strictSame(
    (await second.get(job.id)).runs.map(({ outcome }) => outcome),
    ['done', 'lost', 'stopped']
  )
  await second.remove(job.id)
  await t.rejects(second.get(job.id), { code: 'job.unknown' })
  t.strictSame(await state.runs.of(`ingest/${job.id}`, 1), [], 'its runs are forgotten with it')
  await second.close()
  t.equal(seen.most, 1)
})
