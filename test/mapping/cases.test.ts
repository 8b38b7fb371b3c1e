/** Runs test/cases/mapping/*.yaml: every case also proves that its resources are valid and that the row comes back from them. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import t, { type Test } from 'tap'
import { isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml'
import { type JsonNode, parseJson } from '#wardbridge/fhir/json.js'
import { validateResource } from '#wardbridge/fhir/validate.js'
import { readPack } from '#wardbridge/files/packs.js'
import { idMaker } from '#wardbridge/mapping/ids.js'
import { compilePack, loadPack, type MappedResource, type Pack } from '#wardbridge/mapping/index.js'
import { below } from '#wardbridge/mapping/link.js'
import { accepted, cellsOf, comesBack, expectedBack, mapRow, type Row, SECRET, tableOf } from './support.js'

const folder = new URL('../../test/cases/mapping/', import.meta.url)
const schema = new Ajv().compile(JSON.parse(readFileSync(new URL('schema.json', folder), 'utf8')))

/** Numbers stand as `number <source text>`, so that 10.0 is not 10. */
type Plain = string | boolean | null | Plain[] | { [name: string]: Plain }
type Members = { [name: string]: Plain }

interface Case {
  readonly name: string
  readonly table: string
  readonly row: Row
  readonly others?: ReadonlyArray<{ table: string; row: Row }>
  readonly resources?: readonly Members[]
  readonly contains?: readonly Members[]
  readonly absent?: readonly string[]
  readonly rejected?: { readonly column: string; readonly rule: string }
  readonly unmapped?: Readonly<Record<string, string>>
}

interface CaseFile {
  readonly title: string
  readonly pack: string
  readonly source: string
  readonly uris?: Readonly<Record<string, string>>
  readonly dictionaries?: Readonly<Record<string, readonly Row[]>>
  readonly cases: readonly Case[]
}

for (const name of readdirSync(fileURLToPath(folder))
  .filter((name) => name.endsWith('.yaml'))
  .sort()) {
  const document = parseDocument(readFileSync(new URL(name, folder), 'utf8'))
  const file = exact(document.contents as Node) as unknown as CaseFile
  t.test(`${name}: ${file.title}`, async (t) => {
    t.same([...document.errors, ...(schema(document.toJS()) ? [] : (schema.errors ?? []))], [], 'is as the schema wants it')
    await runFile(t, file)
  })
}

async function runFile(t: Test, file: CaseFile): Promise<void> {
  const model = loadPack(await readPack(file.pack))
  const pack = compilePack(model, { source: file.source, idSecret: SECRET })
  for (const [name, rows] of Object.entries(file.dictionaries ?? {})) {
    const table = tableOf(pack, name)
    t.same(
      pack.setDictionary(
        name,
        rows.map((row) => cellsOf(table, cells(row)))
      ),
      [],
      `dictionary ${name}`
    )
  }
  const written = new Expected(file, model)
  for (const one of file.cases) {
    t.test(one.name, async (t) => {
      const others = (one.others ?? []).map((other) => ({ table: other.table, row: cells(other.row) }))
      const row = cells(one.row)
      const outcome = mapRow(pack, one.table, row, others)
      if (one.rejected !== undefined) {
        t.match(outcome.made, one.rejected)
        return
      }
      const made = accepted(outcome)
      const counted = Object.fromEntries(Object.entries(outcome.unmapped).map(([key, count]) => [key, `number ${count}`]))
      t.same(counted, one.unmapped ?? {}, 'values without a row in their code map')
      for (const { text, type } of made) t.same(validateResource(JSON.parse(text)), [], `the ${type} is valid`)
      const table = tableOf(pack, one.table)
      t.same(comesBack(table, made), expectedBack(table, row), 'the row comes back')
      const given = made.map(({ text }) => plain(parseJson(text)) as Members)
      if (one.resources !== undefined)
        compareWhole(
          t,
          given,
          one.resources.map((resource) => written.resource(resource))
        )
      for (const part of one.contains ?? []) comparePart(t, given, made, written.resource(part))
      for (const type of one.absent ?? [])
        t.notOk(
          made.some((resource) => resource.type === type),
          `no ${type}`
        )
    })
  }
}

/** Every resource against its expectation, in the order of the mapping file. */
function compareWhole(t: Test, given: readonly Members[], expected: readonly Members[]): void {
  const shown = given.map((resource, index) => {
    const { id, meta, ...rest } = resource
    const wanted = expected[index] ?? {}
    return { ...rest, ...('id' in wanted ? { id } : {}), ...('meta' in wanted ? { meta } : {}) }
  })
  t.strictSame(shown, expected)
}

/** The named elements of one resource: the first of its type that has the same identifier and category, where these are given. */
function comparePart(t: Test, given: readonly Members[], made: readonly MappedResource[], expected: Members): void {
  const known = ['resourceType', 'identifier', 'category'].filter((name) => name in expected)
  const found = given.find((one) => known.every((name) => JSON.stringify(one[name]) === JSON.stringify(expected[name])))
  if (found === undefined) {
    t.fail(`a ${known.map((name) => JSON.stringify(expected[name])).join(' ')} among ${made.map(({ text }) => text).join('\n')}`)
    return
  }
  for (const [name, value] of Object.entries(expected)) {
    if (value === null) t.notOk(name in found, `${expected['resourceType']}.${name} is absent`)
    else t.strictSame(found[name], value, `${expected['resourceType']}.${name}`)
  }
}

/** What a case file writes short: `@patient[10006]` for a reference, `source:hadm_id` and the names under `uris` for a system or url. */
class Expected {
  readonly #file: CaseFile
  readonly #pack: Pack

  constructor(file: CaseFile, pack: Pack) {
    this.#file = file
    this.#pack = pack
  }

  resource(value: Members): Members {
    return this.#value(value, '') as Members
  }

  #value(value: Plain, name: string): Plain {
    if (Array.isArray(value)) return value.map((item) => this.#value(item, name))
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, this.#value(member, key)]))
    }
    if (typeof value !== 'string') return value
    if (name === 'reference') return this.#reference(value)
    return name === 'system' || name === 'url' ? this.#uri(value) : value
  }

  #uri(text: string): string {
    if (text.startsWith('source:')) return below(this.#file.source, text.slice('source:'.length))
    return this.#file.uris?.[text] ?? text
  }

  #reference(text: string): string {
    const [, space = '', key = ''] = /^@([\w-]+)(\[.*\])$/.exec(text) ?? []
    const type = this.#pack.spaces.get(space)
    if (type === undefined) throw new Error(`no id space in ${text}`)
    return `${type}/${idMaker(this.#file.source, this.#pack.public ? undefined : SECRET)(space, key)}`
  }
}

/** Cells as text: what YAML takes for a number is meant as it is written. */
function cells(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, cell === null ? '' : String(cell).replace(/^number /, '')]))
}

/** A YAML tree with numbers as they are written. */
function exact(node: Node | null): Plain {
  if (isMap(node))
    return Object.fromEntries(node.items.map((pair) => [String((pair.key as { value?: unknown }).value), exact(pair.value as Node)]))
  if (isSeq(node)) return node.items.map((item) => exact(item as Node))
  if (!isScalar(node)) return null
  return typeof node.value === 'number' ? `number ${node.source}` : (node.value as Plain)
}

function plain(node: JsonNode): Plain {
  switch (node.kind) {
    case 'object':
      return Object.fromEntries(node.members.map((member) => [member.name, plain(member.value)]))
    case 'array':
      return node.items.map(plain)
    case 'number':
      return `number ${node.text}`
    default:
      return node.value
  }
}
