import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { openService } from '#wardbridge/service/service.js'
import { openState } from '#wardbridge/state/state.js'
import { ADMIN } from '../helper.js'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'wardbridge-backups-'))
const at = (...names: string[]) => join(folder, ...names)
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

const service = await openService({ store: at('ward.db') })
for (let n = 0; n < 300; n++)
  await service.update(ADMIN, 'Basic', `b${n}`, `{"resourceType":"Basic","id":"b${n}","code":{"text":"${'x'.repeat(5000)}"}}`)
await service.close()

function run(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [CLI, ...words], { encoding: 'utf8', env: { PATH: process.env['PATH'], ...env }, cwd: folder })
}

const restore = (from: string, to: string, ...more: string[]) => run(['restore', from, '--store', at(to, 'ward.db'), '--quiet', ...more])

t.test('backup into a folder, restore the newest one of it, verify: the same digest', async (t) => {
  const made = run(['backup', '--store', at('ward.db'), '--to', at('backups/'), '--json'])
  t.equal(made.status, 0, made.stderr)
  const { file, store } = JSON.parse(made.stdout)
  t.match(file, /backups\/wardbridge-\d{8}T\d{9}Z\.tar$/)
  t.equal(store.resources, 300)
  const back = restore(at('backups'), 'back')
  t.equal(back.status, 0, back.stderr)
  const verified = JSON.parse(run(['verify', '--store', at('back/ward.db'), '--json']).stdout)
  t.match(verified, { digest: store.digest, problems: [] })
  t.equal(restore(file, 'back').status, 1, 'not over what is there')
  t.match(restore(file, 'back').stderr, 'is there already')
  t.equal(restore(file, 'elsewhere', '--check').status, 0)
  t.notOk(existsSync(at('elsewhere')), '--check puts nothing there')
})

t.test('an encrypted backup asks for its passphrase, from a file or the environment', async (t) => {
  writeFileSync(at('passphrase'), 'correct horse\n')
  t.equal(run(['backup', '--store', at('ward.db'), '--encrypt']).status, 2, '--encrypt without one')
  const made = run([
    'backup',
    '--store',
    at('ward.db'),
    '--to',
    at('sealed'),
    '--encrypt',
    '--passphrase-file',
    at('passphrase'),
    '--quiet'
  ])
  t.equal(made.status, 0, made.stderr)
  t.match(restore(at('sealed'), 'open').stderr, 'encrypted')
  const wrong = run(['restore', at('sealed'), '--store', at('open/ward.db'), '--quiet'], { WARDBRIDGE_BACKUP_PASSPHRASE: 'wrong' })
  t.equal(wrong.status, 1)
  t.match(wrong.stderr, 'passphrase')
  const right = run(['restore', at('sealed'), '--store', at('open/ward.db'), '--quiet'], { WARDBRIDGE_BACKUP_PASSPHRASE: 'correct horse' })
  t.equal(right.status, 0, right.stderr)
})

t.test('a store that is not there is not made by a backup of it; what is no backup is refused', async (t) => {
  t.equal(run(['backup', '--store', at('none.db')]).status, 1)
  t.notOk(existsSync(at('none.db')))
  writeFileSync(at('rubbish'), 'x'.repeat(3000))
  t.match(restore(at('rubbish'), 'rubble').stderr, 'cannot be used')
  t.match(restore(at('absent'), 'rubble').stderr, 'does not exist')
  t.notOk(existsSync(at('rubble')))
})

t.test('while one is made another is refused, also from another process', async (t) => {
  const state = await openState(folder)
  const now = Date.now()
  state.runs.begin({ id: 'other', job: 'backup', by: 'x' }, now, 60_000)
  const second = run(['backup', '--store', at('ward.db'), '--to', at('second.tar'), '--quiet'])
  t.equal(second.status, 1)
  t.match(second.stderr, 'is running')
  t.notOk(existsSync(at('second.tar')))
  state.runs.end('other', now, { outcome: 'done', counters: {} })
  state.close()
})

t.test('killed at any moment, a backup leaves no file that restore would take', async (t) => {
  const began = performance.now()
  t.equal(run(['backup', '--store', at('ward.db'), '--to', at('whole.tar'), '--quiet']).status, 0)
  const took = performance.now() - began
  for (let n = 0; n < 6; n++) {
    // What a killed one leaves of its claim is not waited for: each has a state of its own.
    const child = spawn(
      process.execPath,
      [CLI, 'backup', '--store', at('ward.db'), '--state', at(`s${n}`), '--to', at(`killed-${n}`), '--quiet'],
      {
        stdio: 'ignore'
      }
    )
    const ended = new Promise((resolve) => child.on('close', resolve))
    await wait(took * (0.45 + n * 0.08))
    child.kill('SIGKILL')
    await ended
    const names = readdirSync(folder).filter((name) => name.includes(`killed-${n}`))
    for (const name of names) {
      const path = at(name)
      if (name === `killed-${n}`) t.equal(restore(path, `r${n}`).status, 0, 'one that has its name is whole')
      else
        for (const inner of readdirSync(path)) {
          // Whole, but that it was not renamed yet; anything else is refused.
          const isWhole = readFileSync(join(path, inner)).length === statSync(at('whole.tar')).size
          if (!isWhole) t.equal(restore(join(path, inner), `r${n}`).status, 1, inner)
        }
    }
  }
})
