/** What the benchmarks share: temporary folders, generated tables, running the command, medians. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
export const SOURCE = 'urn:wardbridge:bench'

/** Runs `wardbridge ...` and gives its last line of stdout as JSON; fails when the command does. */
export async function wardbridge(...words) {
  const child = spawn(process.execPath, [CLI, ...words.map(String)], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text))
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`wardbridge ${words.join(' ')} ended with ${code}: ${err}`)
  const last = out.trim().split('\n').at(-1)
  return last?.startsWith('{') ? JSON.parse(last) : last
}

/** A folder that is gone afterwards. */
export async function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'wardbridge-bench-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const generated = new Map()

/** Tables of a generated hospital, made once per run of the benchmarks. */
export async function hospital(folder, patients) {
  const known = generated.get(patients)
  if (known !== undefined) return known
  const out = join(folder, `hospital-${patients}`)
  mkdirSync(out, { recursive: true })
  await wardbridge('generate', '--patients', patients, '--seed', 1, '--charting', 720, '--out', out)
  generated.set(patients, out)
  return out
}

/** runs times, one after the other. */
export async function repeat(runs, work) {
  const results = []
  for (let run = 0; run < runs; run++) results.push(await work(run))
  return results
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** `130,000 (121,000 to 134,000)`: median and range. */
export function spread(numbers, digits = 0) {
  const show = (number) => number.toLocaleString('en-US', { maximumFractionDigits: digits })
  return `${show(median(numbers))} (${show(Math.min(...numbers))} to ${show(Math.max(...numbers))})`
}
