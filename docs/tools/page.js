/** Writes a generated page of docs/reference. With --check it writes nothing and exits 1 when the page is out of date. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** name: file name below docs/reference; tool: the script that makes it; text: the whole page. */
export function emit(name, tool, text) {
  const file = new URL(`../reference/${name}`, import.meta.url)
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text)
  } else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`docs/reference/${name} is out of date: run node docs/tools/${tool}\n`)
    process.exitCode = 1
  }
}

export function code(text) {
  return '`' + text + '`'
}
