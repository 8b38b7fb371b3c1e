/** Lineage from the files alone: which column feeds which element, and how. */
import type { CodeMap } from './codemap.js'
import { holdersOf, itemHolder } from './holders.js'
import {
  alternatives,
  type Form,
  type FormMember,
  fileColumns,
  type MergeModel,
  ownColumns,
  type Pack,
  type ResourceModel,
  standingMerges,
  type TableModel
} from './model.js'
import { certainColumns, contextOf, sitesOf } from './sites.js'
import { columnsOf, conditionColumns } from './walk.js'

const UCUM = 'http://unitsofmeasure.org'

export interface LineageRow {
  readonly table: string
  /** Name of the column; of a joined one `name = table.column`. */
  readonly column: string
  /** `Encounter.period.start`; extensions by the end of their URL; where the row's value goes into another row's resource `-> Patient.maritalStatus`. */
  readonly element: string
  /** Id space of the resource. */
  readonly as: string
  /** `as it is`, `code map x`, `reference to patient`, ...; several are joined with commas. */
  readonly how: string
  /** Names of the code maps on the way. */
  readonly maps: readonly string[]
  /** Code systems that a code in the element may come from, beside the pack's own for the column. */
  readonly systems: readonly string[]
}

/** One line per column and element, in the order of the columns and of the file. */
export function explain(pack: Pack, tableName?: string): LineageRow[] {
  return [...pack.tables.values()]
    .filter((table) => tableName === undefined || table.table === tableName)
    .flatMap((table) => explainTable(table, pack))
}

interface Use {
  readonly column: number
  readonly element: string
  readonly as: string
  readonly how: string
  readonly maps?: readonly CodeMap[]
  /** Code maps of computed columns: what they give need not stand in the element. */
  readonly through?: readonly CodeMap[]
  readonly system?: string | undefined
}

function explainTable(table: TableModel, pack: Pack): LineageRow[] {
  const made = [
    ...table.resources.flatMap((resource) => resourceUses(resource, table)),
    ...mergeUses(table, pack),
    ...dictionaryUses(table)
  ]
  const uses = [...made.flatMap((use) => ofCells(use, table)), ...keptUses(table, pack)]
  return table.columns.flatMap((column, index) => {
    const places = new Map<string, Use[]>()
    for (const use of uses.filter((one) => one.column === index)) {
      const place = `${use.as} ${use.element}`
      places.set(place, [...(places.get(place) ?? []), use])
    }
    const join = table.joins[index - ownColumns(table)]
    const name = join === undefined ? column.name : `${column.name} = ${join.from}.${join.get}`
    return [...places.values()].map((same) => ({
      table: table.table,
      column: name,
      element: same[0]!.element,
      as: same[0]!.as,
      how: distinct(same.map(({ how }) => how)).join(', '),
      maps: distinct(same.flatMap(({ maps = [], through = [] }) => [...maps, ...through].map(({ name }) => name))),
      systems: distinct(
        same.flatMap(({ maps = [], system }) => [...maps.flatMap(targetSystems), ...(system === undefined ? [] : [system])])
      )
    }))
  })
}

/** A use of a computed column, told of the columns it is made from: `id, through pressure (code map blood-pressure-part)`. */
function ofCells(use: Use, table: TableModel): Use[] {
  const computed = table.computed[use.column - fileColumns(table)]
  if (computed === undefined) return [use]
  return formUses(computed.form, '').flatMap((part) =>
    ofCells(
      {
        ...use,
        column: part.column,
        how: `${use.how}, through ${computed.name}${part.how === 'as it is' ? '' : ` (${part.how})`}`,
        through: [...(use.through ?? []), ...(part.maps ?? [])]
      },
      table
    )
  )
}

function resourceUses(resource: ResourceModel, table: TableModel): Use[] {
  const { as, type } = resource
  const stands = alternatives(table).length > 1 && alternatives(table).includes(resource)
  return [
    ...resource.key.map((column) => ({ column, element: `${type}.id`, as, how: 'id' })),
    ...(resource.when === undefined ? [] : conditionColumns(resource.when)).map((column) => ({
      column,
      element: type,
      as,
      how: stands ? 'decides whether it stands for the row' : 'decides whether it is made'
    })),
    ...memberUses(resource.members, type).map((use) => ({ ...use, as }))
  ]
}

/** How the values of several rows become one. */
const RULES: Readonly<Record<MergeModel['mode'], string>> = {
  latest: 'latest row wins',
  first: 'first row wins',
  collect: 'every row adds one'
}

function mergeUses(table: TableModel, pack: Pack): Use[] {
  return table.merges.flatMap(({ into, when, mode, standsForRow, slots }) => {
    const type = pack.spaces.get(into.space) ?? ''
    const as = into.space
    const rule = standsForRow ? '' : ` (${RULES[mode]})`
    const made = slots.flatMap((slot) => {
      const path = itemPath(`${type}.${slot.member}`, slot.form)
      const part = slot.part === undefined ? [] : [{ column: slot.part, element: path, how: 'tells the items apart' }]
      return [...part, ...formUses(slot.form, path)].map((use) => ({
        ...use,
        element: `-> ${use.element}`,
        as,
        how: use.how + rule
      }))
    })
    const whose = into.key.map((column) => ({ column, element: `-> ${type}`, as, how: 'says to which it is added' }))
    const whether = (when === undefined ? [] : conditionColumns(when)).map((column) => ({
      column,
      element: `-> ${type}`,
      as,
      how: 'decides whether it is added'
    }))
    return [...whose, ...whether, ...made]
  })
}

function dictionaryUses({ dictionary }: TableModel): Use[] {
  if (dictionary === undefined) return []
  const use = (column: number, part: string): Use => ({ column, element: `CodeSystem.concept.${part}`, as: 'code-system', how: 'as it is' })
  return [
    use(dictionary.code, 'code'),
    use(dictionary.display, 'display'),
    ...dictionary.properties.map((column) => use(column, 'property'))
  ]
}

/** Columns whose text may stand nowhere else, and columns that are not kept. */
function keptUses(table: TableModel, pack: Pack): Use[] {
  const sites = sitesOf(
    table,
    contextOf(pack, (name) => name)
  )
  const leads = alternatives(table).map(({ as, type }, index, all) => ({
    as,
    element: `${type}.extension(source-cell)`,
    certain: certainColumns(sites, holdersOf(all[index]!, table))
  }))
  const items = standingMerges(table).map((merge) => ({
    as: merge.into.space,
    element: `-> ${merge.slots.map((slot) => itemPath(`${pack.spaces.get(merge.into.space)}.${slot.member}`, slot.form))[0]}.extension(source-cell)`,
    certain: new Set([...certainColumns(sites, new Set([itemHolder(table, merge)])), ...merge.into.key])
  }))
  return table.columns.slice(0, fileColumns(table)).flatMap((column, index): Use[] => {
    if (column.lossy !== undefined) return [{ column: index, element: '-', as: '', how: `not kept: ${column.lossy}` }]
    const how = column.derived === undefined ? 'kept where it stands nowhere else' : 'kept where it is not what other columns say'
    return [...leads, ...items].flatMap(({ as, element, certain }) => (certain.has(index) ? [] : [{ column: index, element, as, how }]))
  })
}

type PartUse = Omit<Use, 'as'>

function memberUses(members: readonly FormMember[], path: string): PartUse[] {
  // A code belongs to the system beside it.
  const given = members.find(({ name }) => name === 'system')?.form
  const system = given?.kind === 'literal' ? String(JSON.parse(given.json)) : undefined
  return members.flatMap((member) =>
    member.choice === undefined
      ? formUses(member.form, `${path}.${member.name}`, member.name === 'code' ? system : undefined)
      : memberUses(member.choice, path)
  )
}

/** system: of the code that the form gives. */
function formUses(form: Form, path: string, system?: string): PartUse[] {
  const each = (columns: Iterable<number>, how: string, part = ''): PartUse[] =>
    [...columns].map((column) => ({ column, element: path + part, how, system }))
  switch (form.kind) {
    case 'literal':
    case 'source':
      return []
    case 'object':
      return memberUses(form.members, path)
    case 'array':
      return form.items.flatMap((item) => formUses(item, itemPath(path, item)))
    case 'first':
      return form.items.flatMap((item) => formUses(item, path, system))
    case 'if':
      return [
        ...formUses(form.whenTrue, path, system),
        ...(form.otherwise === undefined ? [] : formUses(form.otherwise, path, system)),
        ...conditionColumns(form.condition).map((column) => ({ column, element: path, how: 'decides' }))
      ]
    case 'map':
      return [
        ...form.from.map((column) => ({ column, element: path, how: `code map ${form.map.name}`, maps: [form.map], system })),
        ...(form.otherwise === undefined ? [] : formUses(form.otherwise, path, system))
      ]
    case 'reference':
      return [
        ...each(form.key, `reference to ${form.space}`),
        ...(form.display === undefined ? [] : formUses(form.display, `${path}.display`))
      ]
    case 'lookup':
      return each(form.key, `looked up in ${form.table}`)
    case 'quantity':
    case 'range':
      return [
        ...each([form.value], form.kind),
        ...each(
          [form.unit, form.unitElse].filter((unit) => typeof unit === 'number'),
          'unit'
        ),
        ...(form.code === undefined ? [] : formUses(form.code, `${path}.code`, UCUM))
      ]
    case 'period':
      return [...each([form.start], 'period', '.start'), ...each([form.end], 'period', '.end')]
    case 'column':
      return each([form.column], 'as it is')
    case 'template':
      return each(columnsOf(form), 'part of a text')
    case 'icd9':
      return each([form.column], 'with its dot')
    case 'trim':
      return each([form.column], 'without blanks at its ends')
    case 'number':
      return each([form.column], 'shortest form of the number')
    case 'base64':
      return each([form.column], 'as base64')
    case 'date':
      return each([form.column], 'date')
    case 'dateTime':
      return each([form.column], 'date and time with offset')
  }
}

/** Target systems of a code map, in the order of its groups. */
function targetSystems(map: CodeMap): string[] {
  return distinct([...map.rows.values()].flat(2).flatMap(({ coding }) => (coding === undefined ? [] : [coding.system])))
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}

/** The path of an item of a list: extensions are told apart by the end of their URL. */
function itemPath(path: string, item: Form): string {
  const bare = item.kind === 'if' ? item.whenTrue : item
  if (bare.kind !== 'object' || !path.endsWith('.extension')) return path
  const url = bare.members.find((member) => member.name === 'url')?.form
  return url?.kind === 'literal' ? `${path}(${String(JSON.parse(url.json)).split('/').at(-1)})` : path
}
