/**
 * docs/mappings/<pack>/: a page per table and per code map, and an index, from the mapping files. What became of the cells of the MIMIC-III demo comes from
 * docs/mappings/<pack>.coverage.json (docs/tools/coverage.js makes it).
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readPack } from '../../dist/files/packs.js'
import { packFingerprint } from '../../dist/lineage/fingerprint.js'
import { systemName } from '../../dist/lineage/systems.js'
import { codeMapTable, conditionText, explain, loadPack } from '../../dist/mapping/index.js'

const TOOL = 'docs/tools/mappings.js'
const check = process.argv.includes('--check')

/** Title of the column, and the counts that it sums up. */
const PLACES = [
  ['standard code', ['coded']],
  ['value', ['value']],
  ['own code or text', ['text']],
  ['source cell only', ['only']],
  ['decides', ['decides']],
  ['follows', ['implied']]
]

for (const name of ['mimic-iii', 'hospital']) await pagesOf(name)

async function pagesOf(name) {
  const texts = await readPack(name)
  const pack = loadPack(texts)
  const own = texts.packs.get(name)
  const file = new URL(`../mappings/${name}.coverage.json`, import.meta.url)
  const coverage = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
  if (coverage !== undefined && coverage.mapping !== packFingerprint(pack))
    fault(`docs/mappings/${name}.coverage.json was counted with another mapping: run node docs/tools/coverage.js`)
  // A pack that extends another one is shown by what it says itself.
  const tables = [...pack.tables.values()].filter(
    ({ table, unmapped }) => own.has(`${table}.yaml`) || (unmapped !== undefined && texts.packs.size === 1)
  )
  const maps = [...own].flatMap(([path, text]) => {
    const [, map] = /^maps\/(.+)\.json$/.exec(path) ?? []
    return map === undefined ? [] : [codeMapTable(map, text)]
  })
  const lineage = explain(pack)
  const pages = new Map([['README.md', index(name, pack, tables, maps, coverage)]])
  for (const table of tables) pages.set(`${table.table}.md`, tablePage(name, table, lineage, own, coverage))
  for (const map of maps) pages.set(`maps/${map.name}.md`, mapPage(name, map, lineage, coverage))
  emit(name, pages)
}

function index(name, pack, tables, maps, coverage) {
  const rows = tables.map((model) => {
    const covered = coverage?.tables[model.table]
    const types = [...new Set(model.resources.map(({ type }) => type))].join(', ')
    const adds = [...new Set(model.merges.map(({ into }) => pack.spaces.get(into.space)))].join(', ')
    const what =
      model.unmapped !== undefined
        ? `not mapped: ${model.unmapped}`
        : model.dictionary !== undefined
          ? 'CodeSystem'
          : [types, adds && `adds to ${adds}`].filter(Boolean).join('; ')
    return [
      `[${model.table}](${model.table}.md)`,
      disposition(model, covered),
      what,
      ...(coverage ? [number(covered?.rows), resources(covered)] : [])
    ]
  })
  return page(
    pack.title,
    'the mapping files',
    `How the tables of \`${name}\` become FHIR R4, column by column. The reasons stand in [${name}.md](../${name}.md), the language in [mapping-language.md](../../reference/mapping-language.md).
${coverage ? `\nFigures: ${coverage.data}.\n` : ''}
${grid(['table', 'disposition', 'becomes', ...(coverage ? ['>rows', 'resources'] : [])], rows)}
## Code maps
${grid(
  ['map', 'rows', 'to'],
  maps.map((map) => [`[${map.name}](maps/${map.name}.md)`, number(map.rows.size), systemsOf(map).map(system).join(', ')])
)}`
  )
}

function tablePage(name, model, lineage, own, coverage) {
  const covered = coverage?.tables[model.table]
  const rows = lineage.filter(({ table }) => table === model.table)
  const parts = [
    `Table of the pack [${name}](README.md). Why it is mapped this way: [${name}.md](../${decisions(name, model.table)}).`,
    what(model, covered, coverage),
    model.resources.length === 0
      ? ''
      : `## Resources\n${grid(
          ['resource', 'name', 'made', 'id from'],
          model.resources.map((one) => [
            one.type,
            code(one.as),
            one.when === undefined ? 'always' : `where ${text(conditionText(one.when, model.columns))}`,
            one.key.map((column) => code(model.columns[column].name)).join(', ')
          ])
        )}`,
    covered?.columns === undefined ? '' : `## Coverage\n${coverageGrid(model, covered)}`,
    rows.length === 0 ? '' : `## Columns\n${columnsGrid(model, rows, own)}`
  ]
  return page(
    model.table.toUpperCase(),
    `mappings/${name}/${own.has(`${model.table}.yaml`) ? `${model.table}.yaml` : 'manifest.yaml'}`,
    parts
      .filter(Boolean)
      .map((part) => part.trimEnd())
      .join('\n\n')
  )
}

function what(model, covered, coverage) {
  if (model.unmapped !== undefined)
    return `**Not mapped:** ${model.unmapped}.${covered ? ` Its ${number(covered.rows)} rows in the demo are counted and left alone.` : ''}`
  if (covered === undefined) return ''
  const parts = ['mapped', 'merged', 'dictionary', 'unmapped', 'rejected']
    .filter((part) => covered[part] > 0)
    .map((part) => `${number(covered[part])} ${part}`)
  return `${coverage.data}: ${number(covered.rows)} rows${parts.length > 0 ? `, ${parts.join(', ')}` : ''}.${covered.resources && resources(covered) ? ` They give ${resources(covered)}.` : ''}`
}

function coverageGrid(model, covered) {
  const columns = model.columns.filter(({ name }) => covered.columns[name] !== undefined)
  const lossy = (column) => column.lossy !== undefined
  const count = (column, names) => names.reduce((sum, name) => sum + (covered.columns[column.name][name] ?? 0), 0)
  const rows = columns.map((column) => [
    code(column.name),
    number(covered.columns[column.name].filled),
    ...PLACES.map(([title, names]) => (lossy(column) && title === 'follows' ? '' : number(count(column, names)))),
    number(covered.columns[column.name].kept),
    number(covered.columns[column.name].missed),
    lossy(column) ? `not kept: ${column.lossy}` : ''
  ])
  return `Filled cells by where they went. *standard code*: gave a code of a standard; *value*: stands in an element; *own code or text*: stands as the
hospital's own code, or as text where a standard code was looked for; *source cell only*: kept in an extension, as no element takes it; *decides*: its text stands nowhere, it
decides what is said; *follows*: other columns say the same. Beside that, *source cell* counts all cells that are kept in an extension (also those whose
element does not surely give them back), *counted* those that each load reports: without a row in a code map, or an end before its start.

${grid(['column', '>filled', ...PLACES.map(([title]) => `>${title}`), '>source cell', '>counted', ''], rows)}`
}

function columnsGrid(model, rows, own) {
  let last
  return grid(
    ['column', 'type', 'resource', 'element', 'how', 'codes'],
    rows.map((row) => {
      const column = model.columns.find(({ name }) => name === row.column.split(' = ')[0])
      const again = row.column === last
      last = row.column
      const how = row.maps.reduce(
        (sum, map) => sum.replace(`code map ${map}`, own.has(`maps/${map}.json`) ? `code map [${map}](maps/${map}.md)` : `code map ${map}`),
        text(row.how)
      )
      return [
        again ? '' : code(row.column),
        again ? '' : column === undefined ? '' : column.type + (column.required ? ', required' : ''),
        row.as,
        code(row.element),
        how,
        row.systems.map(system).join(', ')
      ]
    })
  )
}

function mapPage(name, map, lineage, coverage) {
  const used = [
    ...new Set(lineage.filter(({ maps }) => maps.includes(map.name)).map(({ table, column }) => `[${table}](../${table}.md).${column}`))
  ]
  const counts = coverage?.maps[map.name]
  const rows = [...map.rows].flatMap(([source, targets]) =>
    targets.map((target, at) => [
      at === 0 ? code(source) : '',
      target.condition && code(target.condition),
      target.code === undefined ? 'none' : `${code(target.code)} ${text(target.display ?? '')}`,
      target.code === undefined ? '' : system(target.system),
      target.equivalence ?? '',
      ...(coverage
        ? [targets.findIndex((one) => one.condition === target.condition) === at ? number(counts?.[source]?.[target.condition]) : '']
        : []),
      text(target.comment ?? '')
    ])
  )
  return page(
    map.title,
    `mappings/${name}/maps/${map.name}.json`,
    `Code map \`${map.name}\` of the pack [${name}](../README.md)${used.length > 0 ? `, used by ${used.join(', ')}` : ''}. ${map.description}
${coverage ? '\nThe last figure is how many rows of the demo the row of the map was used for.\n' : ''}
${grid(['value', 'where', 'code', 'system', 'equivalence', ...(coverage ? ['>demo'] : []), 'note'], rows)}`
  )
}

function disposition(model, covered) {
  const counted = ['mapped', 'merged', 'dictionary', 'unmapped'].filter((part) => covered?.[part] > 0)
  if (counted.length > 0) return counted.join(', ')
  if (model.unmapped !== undefined) return 'unmapped'
  if (model.dictionary !== undefined) return 'dictionary'
  return model.resources.length === 0 ? 'merged' : 'mapped'
}

function resources(covered) {
  return Object.entries(covered?.resources ?? {})
    .map(([type, count]) => `${number(count)} ${type}`)
    .join(', ')
}

function systemsOf(map) {
  return [...new Set([...map.rows.values()].flat().flatMap(({ code: target, system: uri }) => (target === undefined ? [] : [uri])))]
}

function system(uri) {
  return text(systemName(uri))
}

function page(title, from, body) {
  return `# ${text(title)}\n\n<!-- Made by ${TOOL} from ${from}. Do not edit. -->\n\n${body.trimEnd()}\n`
}

/** A Markdown table; a title that begins with > is set to the right. */
function grid(titles, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return `${line(titles.map((title) => title.replace(/^>/, '')))}
|${titles.map((title) => (title.startsWith('>') ? '---:|' : '---|')).join('')}
${rows.map(line).join('\n')}
`
}

function number(value) {
  return value === undefined || value === 0 ? '' : value.toLocaleString('en')
}

function code(value) {
  const fence = value.includes('`') ? '``' : '`'
  return `${fence}${value.replaceAll('|', '\\|')}${fence}`
}

function text(value) {
  return value.replaceAll(/[|<*_]/g, '\\$&')
}

/** Writes the pages of a pack and takes away those that are no longer made; with --check it writes nothing and exits 1 where they differ. */
function emit(name, pages) {
  const folder = new URL(`../mappings/${name}/`, import.meta.url)
  if (!check) mkdirSync(new URL('maps/', folder), { recursive: true })
  const there = existsSync(folder)
    ? readdirSync(folder, { recursive: true })
        .map((path) => path.replaceAll('\\', '/'))
        .filter((path) => path.endsWith('.md'))
    : []
  const wrong = []
  for (const [path, body] of pages) {
    const file = new URL(path, folder)
    if (!check) writeFileSync(file, body)
    else if (!there.includes(path) || readFileSync(file, 'utf8') !== body) wrong.push(path)
  }
  for (const path of there.filter((one) => !pages.has(one))) {
    if (!check) rmSync(new URL(path, folder))
    else wrong.push(path)
  }
  if (wrong.length > 0) fault(`docs/mappings/${name}: ${wrong.join(', ')} out of date: run node ${TOOL}`)
}

function fault(message) {
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}

/** Where the hand-written page speaks of a table. */
function decisions(name, table) {
  const written = readFileSync(new URL(`../mappings/${name}.md`, import.meta.url), 'utf8')
  const titles = [...written.matchAll(/^## (.+)$/gm)].map((match) => match[1])
  const title = titles.find((one) => one.toLowerCase().split(/[ ,]+/).includes(table))
  return title === undefined
    ? `${name}.md`
    : `${name}.md#${title
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-')}`
}
