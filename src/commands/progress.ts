/** Progress of a load on stderr: a bar on a terminal, a JSON line per second otherwise. */
import type { Progress } from '../ingest/index.js'

const INTERVAL = 1000
const TERMINAL_INTERVAL = 100
const BAR = 24

export interface ProgressDisplay {
  readonly show: (progress: Progress) => void
  /** Shows the last state and leaves the line. */
  readonly end: () => void
}

export function progressDisplay(quiet: boolean, out: NodeJS.WriteStream = process.stderr): ProgressDisplay {
  if (quiet) return { show: () => {}, end: () => {} }
  const interval = out.isTTY ? TERMINAL_INTERVAL : INTERVAL
  let shown = performance.now()
  let last: Progress | undefined
  const write = (progress: Progress): void => {
    out.write(
      out.isTTY ? `\r\x1b[2K${progressLine(progress).slice(0, (out.columns ?? 80) - 1)}` : `${JSON.stringify(progressRecord(progress))}\n`
    )
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
  const share = bytesTotal === 0 ? 1 : Math.min(1, bytesRead / bytesTotal)
  const filled = Math.round(share * BAR)
  const bar = `[${'#'.repeat(filled)}${' '.repeat(BAR - filled)}]`
  const rate = `${group(seconds > 0 ? resources / seconds : 0)} resources/s`
  const rejections = rejected === 0 ? [] : [`${group(rejected)} rejected`]
  return [`${bar} ${Math.floor(share * 100)} % ${table}`, `${group(rows)} rows`, rate, ...rejections].join(' · ')
}

function progressRecord({ seconds, ...progress }: Progress): object {
  return { ...progress, seconds: Math.round(seconds * 10) / 10 }
}

/** A whole number with thousands separated. */
export function group(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}
