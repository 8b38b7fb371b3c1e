/** Both packs over random rows: what a row becomes is valid, and the row comes back from it. */
import t from 'tap'
import { validateResource } from '#wardbridge/fhir/validate.js'
import { readPack } from '#wardbridge/files/packs.js'
import { compilePack, loadPack, mergeContributions } from '#wardbridge/mapping/index.js'
import type { CompiledPack, CompiledTable, Contribution, MappedResource, Rejection } from '#wardbridge/mapping/types.js'
import { anyRow, Random, wrongCell } from './random.js'
import { mergedFor, SECRET, SOURCE } from './support.js'

const ROWS = 400

interface Definition {
  readonly url: string
  readonly type: string
  readonly snapshot?: { readonly element: ReadonlyArray<{ readonly path: string; readonly min: number; readonly sliceName?: string }> }
}

for (const name of ['mimic-iii', 'hospital']) {
  const texts = await readPack(name)
  const model = loadPack(texts)
  const definitions = new Map([...texts.profiles.values()].map((text) => JSON.parse(text) as Definition).map((one) => [one.url, one]))
  /** Values that the code maps know, and the values that conditions ask for. */
  const words = wordsOf([...texts.packs.values()].flatMap((files) => [...files]))

  const numbers = words.filter((word) => /^(0|[1-9]\d*)$/.test(word))

  for (const timezone of ['-05:00', 'Europe/Paris']) {
    const pack = compilePack(model, { source: SOURCE, idSecret: SECRET, timezone })
    fillDictionaries(pack)
    for (const table of pack.tables.values()) {
      if (table.disposition !== 'mapped') continue
      t.test(`${name} ${table.table} at ${timezone}: ${ROWS} random rows become valid resources and come back`, async (t) => {
        const random = new Random(table.table.length * 7919 + timezone.length)
        for (let count = 0; count < ROWS; count++) {
          // Codes of items are whole numbers that the code maps know.
          const row = anyRow(random, table, () => words).map((cell, index) =>
            table.columns[index]?.type === 'integer' && random.chance(0.3) ? random.pick(numbers) : cell
          )
          const { made, around } = mapped(pack, table, row, random)
          if (!Array.isArray(made)) return t.fail(`refused: ${JSON.stringify(made)} for ${JSON.stringify(row)}`)
          for (const { text, as } of [...made, ...around]) {
            const issues = [...validateResource(JSON.parse(text)), ...profileIssues(text, definitions), ...unknownUrls(text, definitions)]
            if (issues.length > 0) return t.same({ row, as, text, issues }, {}, 'is valid')
          }
          const [back] = table.isMerged(made)
            ? [...made, ...around].flatMap(({ text, id }) => table.rowsIn(text, id, true).map(({ cells }) => cells))
            : [table.invert(new Map(made.map(({ as, text }) => [as, text])))]
          const wanted = row.map((cell, index) => (table.columns[index]?.lossy === undefined ? cell : ''))
          if (JSON.stringify(back) !== JSON.stringify(wanted))
            return t.same({ back, texts: [...made, ...around].map(({ text }) => text) }, { back: wanted }, 'comes back')
          const first = table.isMerged(made) ? undefined : made[0]
          if (first !== undefined) {
            const key = table.rowsIn(first.text, first.id)[0]?.cells
            if (key === undefined || table.key.some((column) => key[column] !== row[column])) return t.fail(`no key in ${first.text}`)
            const ids = table.resourcesOf(row).map((resource) => resource.id)
            const owned = made.filter((resource) => !table.shared.has(resource.as))
            if (owned.some((resource) => !ids.includes(resource.id))) return t.fail('resourcesOf names every resource of the row')
          }
        }
        t.pass()
      })
    }
  }

  t.test(`${name}: a cell of the wrong type is refused with its column and the rule`, async (t) => {
    const pack = compilePack(model, { source: SOURCE, idSecret: SECRET })
    const random = new Random(4711)
    for (const table of pack.tables.values()) {
      if (table.disposition !== 'mapped') continue
      for (const [index, column] of table.columns.entries()) {
        for (let count = 0; count < 12; count++) {
          const wrong = wrongCell(random, column.type)
          const row = anyRow(random, table)
          if (wrong !== undefined) refuses(t, table, row.with(index, wrong), column.name, column.type)
          if (column.required) refuses(t, table, row.with(index, ''), column.name, 'required')
        }
      }
    }
  })
}

/** The resources of a row, and around it those of other tables' rows of which it may be an item. */
function mapped(pack: CompiledPack, table: CompiledTable, row: string[], random: Random) {
  const holders = new Set(table.homes.filter(({ item }) => item).map(({ as }) => as))
  const owners = [...pack.tables.values()].filter((one) => one !== table && one.homes.some(({ as, item }) => !item && holders.has(as)))
  const parents = owners.map((owner) => {
    const cells = anyRow(random, owner)
    // Both tables call the columns of the key alike.
    for (const column of owner.key) {
      const same = table.columns.findIndex(({ name }) => name === owner.columns[column]?.name)
      cells[column] = row[same] ?? cells[column] ?? ''
    }
    return { owner, cells }
  })
  const given = [{ owner: table, cells: row }, ...parents].flatMap(({ owner, cells }) => {
    const one = owner.contribute(cells)
    return Array.isArray(one) ? (one as Contribution[]) : []
  })
  const merged = mergeContributions(given)
  const apply = (owner: CompiledTable, cells: string[]) => owner.apply(cells, mergedFor(owner, cells, merged), () => {})
  return { made: apply(table, row), around: parents.flatMap(({ owner, cells }) => apply(owner, cells) as MappedResource[]) }
}

function refuses(t: Tap, table: CompiledTable, row: readonly string[], column: string, rule: string): void {
  for (const given of [table.apply(row, undefined, () => {}), table.contribute(row)]) {
    const { column: at, rule: why, message } = given as Rejection
    if (Array.isArray(given) || at !== column || why !== rule || !message.startsWith(column))
      t.same({ row, given }, { column, rule }, table.table)
  }
  t.pass()
}

type Tap = { same(found: unknown, wanted: unknown, message: string): boolean; pass(): boolean }

/** Required top-level elements of the profiles a resource names. */
function profileIssues(text: string, definitions: ReadonlyMap<string, Definition>): string[] {
  const resource = JSON.parse(text) as { resourceType: string; meta?: { profile?: string[] } }
  const names = Object.keys(resource).map((name) => name.replace(/^_/, ''))
  return (resource.meta?.profile ?? []).flatMap((url) => {
    const definition = definitions.get(url)
    if (definition === undefined) return url.startsWith('http://hl7.org/') ? [] : [`${url} is not defined`]
    return (definition.snapshot?.element ?? [])
      .filter((element) => element.min > 0 && element.sliceName === undefined && element.path.split('.').length === 2)
      .map((element) => element.path.split('.')[1] ?? '')
      .filter((wanted) => !names.some((name) => (wanted.endsWith('[x]') ? name.startsWith(wanted.slice(0, -3)) : name === wanted)))
      .map((missing) => `${url} needs ${missing}`)
  })
}

/** Profiles, extensions and code systems of ours that nobody defined. */
function unknownUrls(text: string, definitions: ReadonlyMap<string, Definition>): string[] {
  const urls = [...text.matchAll(/"(?:url|system)":"(https:\/\/fhir\.wardbridge\.dev\/[^"]+)"/g)].map((match) => match[1] ?? '')
  return urls.filter((url) => !definitions.has(url)).map((url) => `${url} is not defined`)
}

function wordsOf(files: ReadonlyArray<readonly [string, string]>): string[] {
  const maps = files
    .filter(([path]) => path.startsWith('maps/'))
    .map(([, text]) => JSON.parse(text) as { group: Array<{ element: Array<{ code: string }> }> })
  const conditions = files.flatMap(([, text]) =>
    [...text.matchAll(/equals: \[\$\w+, \[?([^\]]+)\]/g)].flatMap((match) => (match[1] ?? '').split(', '))
  )
  return [...new Set([...maps.flatMap((map) => map.group.flatMap((group) => group.element.map((element) => element.code))), ...conditions])]
}

/** Codes that the random rows will hit. */
function fillDictionaries(pack: CompiledPack): void {
  for (const table of pack.tables.values()) {
    if (table.disposition !== 'dictionary') continue
    const code = table.columns.findIndex((column, index) => column.required && index > 0)
    const rows = ['0', '7', '10006', '1', '50868', 'NEG'].map((value) =>
      table.columns.map((_, index) => (index === code ? value : index === 0 ? '' : `text ${value}`))
    )
    pack.setDictionary(table.table, rows)
  }
}
