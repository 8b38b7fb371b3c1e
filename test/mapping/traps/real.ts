/** Rows of the MIMIC-III demo, read from ../shared, and what the pack makes of them. Nothing of the data stands in the repository but the numbers of the rows. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import Papa from 'papaparse'
import { validateResource } from '#wardbridge/fhir/validate.js'
import type { CompiledPack } from '#wardbridge/mapping/index.js'
import { accepted, comesBack, expectedBack, installed, mapRow, type Row, tableOf } from '../support.js'

const folder = fileURLToPath(new URL('../../../../shared/data/mimic-iii-demo/', import.meta.url))

export const absent = existsSync(folder) ? false : 'needs the MIMIC-III demo in ../shared/data/mimic-iii-demo'

/** The rows of a table, by lower-case column. */
export function read(name: string): Row[] {
  const text = gunzipSync(readFileSync(join(folder, `${name.toUpperCase()}.csv.gz`))).toString()
  const [header = [], ...rows] = Papa.parse<string[]>(text, { skipEmptyLines: true }).data
  const names = header.map((column) => column.toLowerCase())
  return rows.map((row) => Object.fromEntries(names.map((column, index) => [column, row[index] ?? ''])))
}

export interface Made {
  /** The resources by id space. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into resources of every shape
  readonly [as: string]: any
}

export class Demo {
  private readonly tables = new Map<string, Row[]>()
  readonly pack: CompiledPack

  constructor(pack: CompiledPack) {
    this.pack = pack
  }

  rows(table: string): Row[] {
    const known = this.tables.get(table) ?? read(table)
    this.tables.set(table, known)
    return known
  }

  /** The row whose column holds the value. */
  row(table: string, column: string, value: string): Row {
    const found = this.rows(table).find((row) => row[column] === value)
    if (found === undefined) throw new Error(`${table} has no row with ${column} ${value}`)
    return found
  }

  /** What a row becomes, with what `others` give it. Throws where a resource is invalid, a value is in no code map, or the row does not come back. */
  make(table: string, row: Row, others: ReadonlyArray<{ table: string; row: Row }> = []): Made {
    const outcome = mapRow(this.pack, table, row, others)
    const made = accepted(outcome)
    for (const { text } of made) {
      const issues = validateResource(JSON.parse(text))
      if (issues.length > 0) throw new Error(`${text}: ${JSON.stringify(issues[0])}`)
    }
    const [back, wanted] = [comesBack(tableOf(this.pack, table), made), expectedBack(tableOf(this.pack, table), row)]
    if (JSON.stringify(back) !== JSON.stringify(wanted)) throw new Error(`${JSON.stringify(wanted)} came back as ${JSON.stringify(back)}`)
    if (Object.keys(outcome.unmapped).length > 0) throw new Error(`in no code map: ${Object.keys(outcome.unmapped).join(', ')}`)
    return Object.fromEntries(made.map(({ as, text }) => [as, JSON.parse(text)]))
  }
}

/** The pack mimic-iii over the demo, with these dictionaries. */
export async function demo(dictionaries: readonly string[] = []): Promise<Demo> {
  const real = new Demo(await installed('mimic-iii', { source: 'urn:example:mimic-iii-demo' }))
  for (const name of dictionaries) {
    const columns = tableOf(real.pack, name).columns
    real.pack.setDictionary(
      name,
      real.rows(name).map((row) => columns.map((column) => row[column.name] ?? ''))
    )
  }
  return real
}

/** The value of an extension by the end of its URL. */
// biome-ignore lint/suspicious/noExplicitAny: any element has extensions
export function extension(element: any, url: string): any {
  return element?.extension?.find((one: { url: string }) => one.url.endsWith(url))
}
