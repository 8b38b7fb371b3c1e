import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { resourceTypes } from '#wardbridge/fhir/definitions.js'
import { type Column, countColumns } from '#wardbridge/warehouse/columns.js'
import { knownIn } from '#wardbridge/warehouse/found.js'
import { Table } from '#wardbridge/warehouse/table.js'

interface Case {
  readonly rule: string
  readonly depth?: number
  readonly resources: ReadonlyArray<string | { readonly resourceType: string }>
  readonly columns?: Readonly<Record<string, string>>
  readonly absent?: readonly string[]
  readonly rows?: readonly object[]
  readonly longest?: number
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../test/cases/warehouse/rules.json', import.meta.url)), 'utf8')
)

/** `value.quantity.value` -> `FLOAT NULLABLE`, records included. */
function paths(columns: readonly Column[], above = ''): Map<string, string> {
  return new Map(
    columns.flatMap(({ name, type, mode, fields = [] }) => [
      [above + name, `${type} ${mode}`] as const,
      ...paths(fields, `${above}${name}.`)
    ])
  )
}

for (const { rule, depth, resources, columns = {}, absent = [], rows, longest } of cases) {
  t.test(rule, async (t) => {
    const texts = resources.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
    const type = JSON.parse(texts[0]!).resourceType
    let table = new Table(type, depth)
    let made = texts.map((text) => JSON.stringify(table.row(text)))
    const found = table.found()
    if (!table.agrees(found)) {
      table = new Table(type, depth)
      table.learn(found)
      made = texts.map((text) => JSON.stringify(table.row(text)))
      t.ok(table.agrees(table.found()), 'the second time all names are right')
    }
    const all = paths(table.columns())
    for (const [path, kind] of Object.entries(columns)) t.equal(all.get(path), kind, path)
    for (const path of absent) t.notOk(all.has(path), `no ${path}`)
    if (rows !== undefined)
      t.strictSame(
        made.map((row) => JSON.parse(row)),
        rows
      )
    if (longest !== undefined)
      t.equal(Math.max(...[...all.keys()].map((name) => name.length).filter((length) => length <= longest)), longest)
  })
}

t.test('the columns of every resource type are ones that BigQuery takes', async (t) => {
  for (const type of resourceTypes()) {
    const columns = new Table(type).columns()
    t.ok(countColumns(columns) < 10_000, `${type}: at most 10,000 columns`)
    check(columns, type)
  }
  function check(columns: readonly Column[], at: string): void {
    const names = columns.map(({ name }) => name.toLowerCase())
    if (new Set(names).size !== names.length) t.fail(`${at}: names differ by more than case`)
    for (const { name, type, fields } of columns) {
      if (!/^[A-Za-z_][A-Za-z0-9_]{0,299}$/.test(name)) t.fail(`${at}.${name}: no name of a column`)
      if ((type === 'RECORD') !== (fields !== undefined) || fields?.length === 0)
        t.fail(`${at}.${name}: a record has fields, nothing else has`)
      if (fields !== undefined) check(fields, `${at}.${name}`)
    }
  }
})

t.test('what one thread found is used by another', async (t) => {
  const one = new Table('Patient')
  one.row(
    '{"resourceType":"Patient","extension":[{"url":"http://a.org/x","valueCode":"1"}],"modifierExtension":[{"url":"m","valueString":"s"}]}'
  )
  const other = new Table('Patient')
  other.row('{"resourceType":"Patient","_gender":{"extension":[{"url":"http://a.org/y","valueReference":{"reference":"Basic/1"}}]}}')
  other.learn(one.found())
  one.learn(other.found())
  t.strictSame(one.columns(), other.columns())
  const all = paths(one.columns())
  t.equal(all.get('_gender.y.value.reference.basicId'), 'STRING NULLABLE')
  t.equal(all.get('modifierExtension.value.string'), 'STRING NULLABLE')
})

t.test('extensions keep the names that an earlier table gave them, and their columns when they are gone', async (t) => {
  const extension = (url: string) => `{"resourceType":"Patient","extension":[{"url":"${url}","valueReference":{"reference":"Basic/1"}}]}`
  const first = new Table('Patient')
  first.row(extension('http://a.org/kind'))
  first.row(
    '{"resourceType":"Patient","_birthDate":{"extension":[{"url":"http://a.org/when","extension":[{"url":"x","valueString":"s"}]}]}}'
  )
  const second = new Table('Patient')
  second.learn(knownIn(first.columns()))
  t.strictSame(second.columns(), first.columns(), 'all of them without any data')
  t.strictSame(Object.keys(second.row(extension('http://a.org/kind'))), ['kind'])
  t.strictSame(Object.keys(second.row(extension('http://b.org/kind'))), ['b_org_kind'], 'the other one gives way')
})
