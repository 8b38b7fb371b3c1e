/**
 * Analyses that come with the program: one SQL template each (folder `analyses/`), whose marks stand for what BigQuery and DuckDB write differently.
 *
 * | mark | is |
 * |---|---|
 * | `{{table Encounter}}` | the table of a resource type |
 * | `{{each e.account a}}` | the items of a list as a table, called `a` |
 * | `{{first x.coding}}` | the first item of a list, or null |
 * | `{{seconds x}}` | a FHIR dateTime as seconds since 1970; null unless it names a day |
 * | `{{now}}` | this moment, in the same seconds |
 * | `{{median x}}` | the middle value; of BigQuery one of the two in the middle, or near it |
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fail } from '../errors.js'

export type Dialect = 'duckdb' | 'bigquery'

const FOLDER = new URL('../../analyses/', import.meta.url)

type Marks = Readonly<Record<string, (...words: string[]) => string>>

const WRITE: Readonly<Record<Dialect, (place: string) => Marks>> = {
  duckdb: (folder) => ({
    table: (type) => `read_parquet('${`${folder}/${type}.parquet`.replaceAll("'", "''")}')`,
    each: (list, name) => `(SELECT UNNEST(${list}) AS ${name}) AS ${name}_of`,
    first: (list) => `${list}[1]`,
    seconds: (time) => `EPOCH(TRY_CAST(${quotedEnd(time, '"')} AS TIMESTAMPTZ))`,
    now: () => 'EPOCH(NOW())',
    median: (value) => `MEDIAN(${value})`
  }),
  bigquery: (dataset) => ({
    table: (type) => `\`${dataset}.${type}\``,
    each: (list, name) => `UNNEST(${list}) AS ${name}`,
    first: (list) => `${list}[SAFE_OFFSET(0)]`,
    seconds: (time) => `UNIX_SECONDS(SAFE_CAST(${quotedEnd(time, '`')} AS TIMESTAMP))`,
    now: () => 'UNIX_SECONDS(CURRENT_TIMESTAMP())',
    median: (value) => `APPROX_QUANTILES(${value}, 2)[OFFSET(1)]`
  })
}

/** `e.period.end` -> `e.period."end"`: the last word may be one of SQL. */
function quotedEnd(path: string, quote: string): string {
  const at = path.lastIndexOf('.') + 1
  return `${path.slice(0, at)}${quote}${path.slice(at)}${quote}`
}

/** Names of the analyses, sorted. */
export function analyses(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.sql'))
    .map((name) => name.slice(0, -4))
    .sort()
}

/** The resource types whose tables an analysis reads. Throws cli.usage for a name that is not known. */
export function analysisTables(name: string): string[] {
  return [...new Set([...template(name).matchAll(/\{\{table (\w+)\}\}/g)].map(([, type]) => type!))].sort()
}

/**
 * The SQL of an analysis. place: the folder of an export to Parquet, or `project.dataset` of BigQuery. The form for BigQuery was not run there. Throws
 * cli.usage for a name that is not known.
 */
export function analysisSql(name: string, dialect: Dialect, place: string): string {
  const marks = WRITE[dialect](place)
  return template(name).replace(/\{\{(\w+)((?: [\w.]+)*)\}\}/g, (_, mark: string, words: string) =>
    marks[mark]!(...words.trim().split(' '))
  )
}

function template(name: string): string {
  if (!analyses().includes(name)) throw fail('cli.usage', { reason: `There is no analysis "${name}"; there are ${analyses().join(', ')}` })
  return readFileSync(new URL(`${name}.sql`, FOLDER), 'utf8')
}
