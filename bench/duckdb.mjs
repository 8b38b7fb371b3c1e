/** DuckDB as a yardstick. It is large and used here only, so it is installed on first use into bench/.cache. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const PACKAGE = '@duckdb/node-api@1.5.5-r.5'
const cache = fileURLToPath(new URL('.cache/', import.meta.url))

/** A connection to an empty database; undefined when it cannot be installed. */
export async function duckdb() {
  try {
    if (!existsSync(`${cache}node_modules/@duckdb`)) {
      mkdirSync(cache, { recursive: true })
      execFileSync('npm', ['install', '--prefix', cache, '--no-save', '--no-package-lock', '--silent', PACKAGE], { stdio: 'ignore' })
    }
    const { DuckDBInstance } = createRequire(`${cache}package.json`)('@duckdb/node-api')
    return await (await DuckDBInstance.create(':memory:')).connect()
  } catch {
    return undefined
  }
}
