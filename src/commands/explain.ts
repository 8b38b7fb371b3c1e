import { fail } from '../errors.js'
import { readPack } from '../files/packs.js'
import { exampleOf } from '../lineage/elements.js'
import { ExampleHospital } from '../lineage/examples.js'
import { systemName } from '../lineage/systems.js'
import { conditionText, explain, type LineageRow, type Pack, type TableModel } from '../mapping/index.js'

/** Narrower than this no terminal makes the table. */
const LEAST = 100
/** A cell or a piece of JSON is cut where it is longer. */
const LONGEST = 72

/** A line of lineage with a cell of a generated hospital and the JSON it became, where an example has both. */
type ExplainedRow = LineageRow & { readonly cell?: string; readonly gives?: string }

/**
 * `wardbridge map --explain PACK[/TABLE]`: which column feeds which element, from the mapping files, with examples from a generated hospital.
 * Prints a table per table, or JSON lines. Throws mapping.unknown-pack, mapping.check, cli.usage (unknown table).
 */
export async function explainPack(target: string, json: boolean): Promise<void> {
  const [, name = target, table] = /^(.+?)\/([\w]+)$/.exec(target) ?? []
  const known = table !== undefined && (await isPack(name))
  // A folder path has slashes of its own: then the whole target is the pack.
  const hospital = await ExampleHospital.open(known ? name : target)
  const { model } = hospital
  const wanted = known ? table.toLowerCase() : undefined
  if (wanted !== undefined && !model.tables.has(wanted)) {
    throw fail('cli.usage', { reason: `pack ${model.name} has no table ${wanted} (known: ${[...model.tables.keys()].join(', ')})` })
  }
  const tables = [...model.tables.values()].filter((one) => wanted === undefined || one.table === wanted)
  const print = (text: string) => process.stdout.write(`${text}\n`)
  for (const one of tables) {
    const examples = hospital.of(one.table)
    const rows = explain(model, one.table).map((row): ExplainedRow => {
      const example = exampleOf(row, examples)
      return example === undefined ? row : { ...row, cell: example.cell, gives: example.json }
    })
    if (json) for (const row of rows) print(JSON.stringify(row))
    else if (one.unmapped === undefined) print(`${heading(one, model)}\n${grid(one, rows).join('\n')}\n`)
  }
  const reasons = tables.filter((one) => one.unmapped !== undefined)
  if (json || reasons.length === 0) return
  print('not mapped')
  for (const one of reasons) print(`  ${one.table}  ${one.unmapped}`)
}

async function isPack(name: string): Promise<boolean> {
  return readPack(name).then(
    () => true,
    () => false
  )
}

/** `admissions: Encounter encounter; Coverage coverage (where insurance is filled); adds to Patient patient`. */
function heading(table: TableModel, pack: Pack): string {
  const made = table.resources.map(({ as, type, when }) => {
    const condition = when === undefined ? '' : ` (where ${conditionText(when, table.columns)})`
    return `${type} ${as}${condition}`
  })
  const added = new Set(
    table.merges.map(({ into, standsForRow }) => `${standsForRow ? 'items of' : 'adds to'} ${pack.spaces.get(into.space)} ${into.space}`)
  )
  const dictionary = table.dictionary === undefined ? [] : [`CodeSystem ${systemName(table.dictionary.codeSystem)}`]
  return `${table.table}: ${[...dictionary, ...made, ...added].join('; ')}`
}

/** The lines of the table. On a terminal cells are folded until it fits. */
function grid(table: TableModel, rows: readonly ExplainedRow[]): string[] {
  const cells = rows.map((row, index) => {
    const again = rows[index - 1]?.column === row.column
    const { type = '', required = false } = table.columns.find(({ name }) => name === row.column.split(' = ')[0]) ?? {}
    const example = row.gives === undefined ? '' : `${short(row.cell ?? '')} -> ${short(row.gives)}`
    return [again ? '' : row.column, again ? '' : type + (required ? ' *' : ''), row.as, row.element, row.how + codes(row), example]
  })
  const all = [['COLUMN', 'TYPE', 'AS', 'ELEMENT', 'HOW', 'EXAMPLE'], ...cells]
  const widths = all[0]!.map((_, index) => Math.max(...all.map((line) => line[index]?.length ?? 0)))
  const most = process.stdout.isTTY ? Math.max(LEAST, process.stdout.columns) : Number.POSITIVE_INFINITY
  while (widths.reduce((sum, width) => sum + width + 2, 0) > most) widths[widths.indexOf(Math.max(...widths))]!--
  return all.flatMap((line) => {
    const folded = line.map((cell, index) => fold(cell, widths[index] ?? 0))
    const height = Math.max(...folded.map((parts) => parts.length))
    return Array.from({ length: height }, (_, at) =>
      `  ${folded.map((parts, index) => (parts[at] ?? '').padEnd(widths[index] ?? 0)).join('  ')}`.trimEnd()
    )
  })
}

/** A text in lines of at most `width` characters, broken behind a blank, a comma or a dot where there is one. */
function fold(text: string, width: number): string[] {
  const lines: string[] = []
  let rest = text
  while (rest.length > width) {
    const at = Math.max(...[' ', ',', '.'].map((mark) => rest.lastIndexOf(mark, width - 1))) + 1
    const end = at > width / 2 ? at : width
    lines.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end)
  }
  return [...lines, rest]
}

/** ` -> LOINC, UCUM`: the code systems of what comes out. */
function codes({ systems }: LineageRow): string {
  return systems.length === 0 ? '' : ` -> ${systems.map(systemName).join(', ')}`
}

/** On one line, URIs cut to their end, ids to their beginning. */
function short(text: string): string {
  const line = text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/"https?:[^"]*\/([^"/]+)"/g, '"…/$1"')
    .replaceAll(/([\da-f]{8})(-[\da-f]{4}){3}-[\da-f]{12}/g, '$1…')
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line
}
