import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'

const ENV = { PATH: process.env['PATH'] }

/** Does what a shell does with one of the printed lines: options and address stand in single quotes. */
async function paste(line: string): Promise<{ resourceType: string; entry?: { resource: { resourceType: string } }[] }> {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2]!)
  const at = words.indexOf('-H')
  const [name, value] = at < 0 ? [] : words[at + 1]!.split(': ', 2)
  const answer = await fetch(words.at(-1)!, name === undefined ? {} : { headers: { [name]: value! } })
  return (await answer.json()) as { resourceType: string }
}

t.test('demo generates, loads, serves, and prints curl lines that work when pasted', async (t) => {
  const args = ['dist/cli.js', 'demo', '--patients', '3', '--data', `${t.testdir()}/data`, '--port', '0']
  const child = spawn(process.execPath, args, { env: ENV, stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      text += String(chunk)
      if (text.includes('Ctrl+C')) resolve()
    })
    child.on('exit', (code) => reject(new Error(`exit ${code}: ${text}`)))
  })
  t.match(text, /^patients +3 /m, 'reconciliation table')
  t.match(text, /http:\/\/127\.0\.0\.1:\d+/)
  const lines = text.split('\n').filter((line) => line.trim().startsWith('curl '))
  t.equal(lines.length, 4)
  const [metadata, patients, labs, inbox] = await Promise.all(lines.map(paste))
  t.equal(metadata?.resourceType, 'CapabilityStatement')
  t.match(patients, { resourceType: 'Bundle', entry: [{ resource: { resourceType: 'Patient' } }] })
  t.match(labs, { resourceType: 'Bundle', entry: [{ resource: { resourceType: 'Observation' } }] })
  t.match(
    inbox,
    { resourceType: 'Bundle', entry: [{ resource: { resourceType: 'Task', status: 'requested' } }] },
    'as the physician sees it'
  )
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  t.strictSame(await exit, [0, null])

  const again = spawnSync(process.execPath, [...args, '--no-serve'], { encoding: 'utf8', env: ENV })
  t.equal(again.status, 0, again.stderr)
  t.match(again.stdout, /\n0 created, 0 updated, [1-9]/, 'the second time changes nothing')
})
