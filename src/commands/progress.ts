/** Progress of a load on stderr: a bar on a terminal, a JSON line per second otherwise. */
import type { Progress } from '../ingest/index.js'

const INTERVAL = 1000
const TERMINAL_INTERVAL = 100
const BAR = 24

export interface ProgressDisplay<P> {
  readonly show: (progress: P) => void
  /** Shows the last state and leaves the line. */
  readonly end: () => void
}

/** The display of a load. */
export function progressDisplay(quiet: boolean, out?: NodeJS.WriteStream): ProgressDisplay<Progress> {
  return display(quiet, { line: progressLine, record: progressRecord }, out)
}

/** The display of any work: how its state looks as a line and as a JSON record. */
export function display<P>(
  quiet: boolean,
  { line, record }: { readonly line: (progress: P) => string; readonly record: (progress: P) => object },
  out: NodeJS.WriteStream = process.stderr
): ProgressDisplay<P> {
  if (quiet) return { show: () => {}, end: () => {} }
  const interval = out.isTTY ? TERMINAL_INTERVAL : INTERVAL
  let shown = performance.now()
  let last: P | undefined
  const write = (progress: P): void => {
    out.write(out.isTTY ? `\r\x1b[2K${line(progress).slice(0, (out.columns ?? 80) - 1)}` : `${JSON.stringify(record(progress))}\n`)
    shown = performance.now()
  }
  return {
    show(progress) {
      last = progress
      if (performance.now() - shown >= interval) write(progress)
    },
    end() {
      if (last !== undefined) write(last)
      if (out.isTTY && last !== undefined) out.write('\n')
    }
  }
}

/** `[########      ] 33 % labevents · 25,000 rows · 12,000 resources/s` */
export function progressLine({ table, rows, resources, rejected, bytesRead, bytesTotal, seconds }: Progress): string {
  const rate = `${group(seconds > 0 ? resources / seconds : 0)} resources/s`
  const rejections = rejected === 0 ? [] : [`${group(rejected)} rejected`]
  return [`${progressBar(bytesRead, bytesTotal)} ${table}`, `${group(rows)} rows`, rate, ...rejections].join(' · ')
}

/** `[########      ] 33 %` */
export function progressBar(done: number, total: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total)
  const filled = Math.round(share * BAR)
  return `[${'#'.repeat(filled)}${' '.repeat(BAR - filled)}] ${Math.floor(share * 100)} %`
}

function progressRecord({ seconds, ...progress }: Progress): object {
  return { ...progress, seconds: Math.round(seconds * 10) / 10 }
}

/** A whole number with thousands separated. */
export function group(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}
