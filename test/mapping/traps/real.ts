/** Rows of the demo, what the pack makes of them, and the checks that every one of them must pass. */
import { validateResource } from '#wardbridge/fhir/validate.js'
import type { CompiledPack } from '#wardbridge/mapping/index.js'
import { accepted, comesBack, expectedBack, installed, mapRow, type Row, tableOf } from '../support.js'
import { demoDictionary, demoTable, type Resource } from './demo.js'

export { absent, extensionOf as extension } from './demo.js'

export class Demo {
  readonly pack: CompiledPack

  constructor(pack: CompiledPack) {
    this.pack = pack
  }

  rows(table: string): Row[] {
    return demoTable(table)
  }

  /** The row whose column holds the value. */
  row(table: string, column: string, value: string): Row {
    const found = demoTable(table).find((row) => row[column] === value)
    if (found === undefined) throw new Error(`${table} has no row with ${column} ${value}`)
    return found
  }

  /** What a row becomes by id space, with what `others` give it. Throws where a resource is invalid, a value is in no code map, or the row does not come back. */
  make(table: string, row: Row, others: ReadonlyArray<{ table: string; row: Row }> = []): Readonly<Record<string, Resource>> {
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
  for (const name of dictionaries) demoDictionary(real.pack, name)
  return real
}
