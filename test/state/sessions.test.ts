import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { openState, type State } from '#wardbridge/state/state.js'
import { account } from '../contract/state.js'

const MODULE = import.meta.resolve('#wardbridge/state/state.js')

async function open(t: Test): Promise<{ readonly state: State; readonly folder: string }> {
  const folder = t.testdir()
  const state = await openState(folder)
  t.teardown(() => state.close())
  return { state, folder }
}

/** Runs `work` (a function of the state, as text) in several processes that begin at the same moment; gives what each printed. */
async function together(folder: string, work: string, count = 5): Promise<string[]> {
  const script = `
    import { openState } from ${JSON.stringify(MODULE)}
    const state = await openState(${JSON.stringify(folder)})
    process.stdin.once('data', async () => {
      console.log(String(await (${work})(state)))
      state.close()
      process.exit(0)
    })
    console.log('ready')`
  const children = Array.from({ length: count }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  )
  const texts = children.map(() => '')
  for (const [i, child] of children.entries()) {
    child.stdout.on('data', (chunk) => {
      texts[i] += String(chunk)
    })
  }
  await Promise.all(children.map((child) => once(child.stdout, 'data')))
  for (const child of children) child.stdin.write('go\n')
  await Promise.all(children.map((child) => once(child, 'close')))
  return texts.map((text) => text.trim().split('\n').at(-1)!)
}

t.test('of processes that come with the same refresh token, one gets the next; the session has ended', async (t) => {
  const { state, folder } = await open(t)
  const ada = account('ada')
  await state.accounts.add(ada)
  const session = { id: 's1', account: ada.id, client: undefined, scope: undefined, until: Date.now() + 60_000 }
  t.equal(await state.sessions.open(session, Buffer.from('first'), 'kept'), true)
  t.match(await state.sessions.get('s1'), session)
  const outcomes = await together(
    folder,
    `(state) => state.sessions.rotate(Buffer.from('first'), Buffer.from('next' + process.pid), Date.now()).outcome`
  )
  t.strictSame(
    outcomes.filter((outcome) => outcome === 'rotated'),
    ['rotated']
  )
  t.strictSame(
    outcomes.filter((outcome) => outcome === 'reused'),
    ['reused'],
    'the second ends it, the others find nothing'
  )
  t.equal(await state.sessions.get('s1'), undefined)
})

t.test('a key is the first of its kind in one process only', async (t) => {
  const { folder } = await open(t)
  const answers = await together(folder, `(state) => state.limits.once(Buffer.from('jti'), Date.now() + 60000, Date.now())`)
  t.strictSame(answers.sort(), ['false', 'false', 'false', 'false', 'true'])
})

t.test('attempts of all processes are counted together', async (t) => {
  const { folder, state } = await open(t)
  const attempt = `(state) => state.limits.attempt([{ key: Buffer.from('ada'), most: 3, length: 60000 }], Date.now()) === 0`
  const answers = await together(folder, attempt)
  t.strictSame(answers.sort(), ['false', 'false', 'true', 'true', 'true'])
  await state.limits.forget(Buffer.from('ada'))
  t.equal(await state.limits.attempt([{ key: Buffer.from('ada'), most: 3, length: 60_000 }], Date.now()), 0)
})

t.test('the first account is made by one process', async (t) => {
  const { folder, state } = await open(t)
  const made = await together(
    folder,
    `(state) => state.accounts.add({ ...${JSON.stringify(account('admin'))}, id: 'a' + process.pid }, { first: true })`
  )
  t.strictSame(made.sort(), ['false', 'false', 'false', 'false', 'true'])
  t.equal((await state.accounts.list()).length, 1)
  t.equal(await state.accounts.add(account('other'), { first: true }), false)
  t.equal(await state.accounts.add(account('admin')), false, 'the username is taken')
  t.equal(await state.accounts.add(account('other')), true)
})

t.test('two administrators that disable each other at once: one stays', async (t) => {
  const { state, folder } = await open(t)
  const [one, two] = [account('one', { role: 'administrator' }), account('two', { role: 'administrator' })]
  for (const each of [one, two]) await state.accounts.add(each)
  const ids = JSON.stringify([one.id, two.id])
  const outcomes = await together(
    folder,
    `(state) => ${ids}.map((id) => state.accounts.change(process.pid % 2 ? id : ${ids}.at(-1 - ${ids}.indexOf(id)), { status: 'disabled' }))`,
    4
  )
  t.ok(outcomes.some((outcome) => outcome.includes('last-administrator')))
  t.equal((await state.accounts.list()).filter(({ status }) => status === 'active').length, 1)
})
