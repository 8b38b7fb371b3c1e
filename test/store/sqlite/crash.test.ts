import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { openSqliteStore } from '#wardbridge/store/sqlite/store.js'
import { newFolder } from './folder.js'

const CHILD = fileURLToPath(new URL('./crash-child.js', import.meta.url))

/** Runs the child, kills it `delay` ms after its first acknowledgement; resolves with what it acknowledged. */
async function killedAfter(file: string, round: number, delay: number): Promise<string[]> {
  const child = spawn(process.execPath, [CHILD, file, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  let ready = () => {}
  const started = new Promise<void>((resolve) => (ready = resolve))
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk
    if (output.includes('/')) ready()
  })
  const ended = new Promise((resolve) => child.on('close', resolve))
  await started
  await wait(delay)
  child.kill('SIGKILL')
  await ended
  // The last line may be half written: then it was not said.
  return output.split('\n').slice(1, -1)
}

t.test('killed at ten moments of single and bulk writes: every acknowledged write is there, and the store is clean', async (t) => {
  const file = join(newFolder(t), 'store.db')
  let seed = 20260101
  const acknowledged = new Map<string, number>()
  for (let round = 1; round <= 10; round++) {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    const lines = await killedAfter(file, round, 30 + (seed % 400))
    for (const line of lines) {
      const [name, version] = line.split(' ') as [string, string]
      acknowledged.set(name, Math.max(acknowledged.get(name) ?? 0, Number(version)))
    }
    const store = await openSqliteStore(file, { readers: 1 })
    try {
      const missing: string[] = []
      for (const [name, version] of acknowledged) {
        const [type, id] = name.split('/') as [string, string]
        const stored = await store.read(type, id)
        if (stored === undefined || Number(stored.versionId) < version) missing.push(`${name} ${version}`)
      }
      t.strictSame(missing, [], `round ${round}: ${lines.length} lines`)
      const { problems, resources } = await store.verify({ rebuild: false })
      t.strictSame(problems, [])
      t.ok(resources >= acknowledged.size)
      await (await store.bulk({ refuseRepeats: true })).abort()
      t.notOk(existsSync(`${file}-stage`), 'the next bulk session removes what the dead one left')
    } finally {
      await store.close()
    }
  }
  t.ok(acknowledged.size > 0, `${acknowledged.size} resources acknowledged`)
  t.strictSame(
    readdirSync(join(file, '..')).filter((name) => !name.startsWith('store.db')),
    []
  )
})
