import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const run = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'validate', ...args], { encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

t.test('says per type how many are valid and what is wrong; exit code 1 when something is', async (t) => {
  const folder = t.testdir()
  writeFileSync(`${folder}/a.ndjson`, '{"resourceType":"Patient","id":"a"}\n{"resourceType":"Patient","id":"b","birthDate":"70"}\n')
  const wrong = run(folder, '--quiet')
  t.equal(wrong.code, 1)
  t.match(wrong.out, /^Patient +1 of 2 valid, 1 not$/m)
  t.match(wrong.out, /1 × error at Patient\.birthDate: "70" is not a valid date\n +for example Patient\/b at Patient\.birthDate/)
  t.match(wrong.out, /2 × warning at Patient: dom-6/)

  writeFileSync(`${folder}/a.ndjson`, '{"resourceType":"Patient","id":"a"}\n')
  const right = run(folder, '--json')
  t.equal(right.code, 0)
  t.match(JSON.parse(right.out), { resources: 1, valid: 1, stopped: false, types: { Patient: { total: 1, valid: 1 } } })
  t.match(JSON.parse(right.err.trim().split('\n').at(-1) ?? ''), { resources: 1, invalid: 0 })
})

t.test('wrong usage has exit code 2', async (t) => {
  t.equal(run(t.testdir(), '--jobs', 'x').code, 2)
  t.equal(run(t.testdir()).code, 2)
})
