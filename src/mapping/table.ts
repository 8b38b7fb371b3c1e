/** One table file to a TableModel: columns, key, resources, merges. */
import { resourceTypes, typeDefinition } from '../fhir/definitions.js'
import { isCode } from './cells.js'
import { FormBuilder } from './forms.js'
import type {
  ComputedModel,
  DictionaryModel,
  FormMember,
  JoinModel,
  MergeModel,
  Problem,
  ResourceModel,
  SlotModel,
  TableColumn,
  TableModel
} from './model.js'
import { keyKind, type Scope, type Space, type TableOutline } from './scope.js'
import { type Entry, get, listOf, type Node, textOf } from './source.js'
import type { ColumnType } from './types.js'

const TYPES: ReadonlySet<string> = new Set(['integer', 'decimal', 'text', 'date', 'midnight', 'timestamp', 'flag'])
const RESOURCE_KEYS = new Set(['as', 'key', 'when', 'resourceType'])
const MERGE_KEYS = new Set(['into', 'when', 'latestBy', 'firstBy', 'collectBy', 'standsForRow', 'part', 'missing'])
const INTO_KEYS = new Set(['ref', 'key'])
const JOIN_KEYS = new Set(['from', 'key', 'get'])
const DICTIONARY_KEYS = new Set(['codeSystem', 'code', 'display', 'properties', 'content'])
const CONTENTS: readonly string[] = ['complete', 'fragment']
const TABLE_KEYS = new Set(['table', 'key', 'columns', 'computed', 'joined', 'resources', 'merge', 'dictionary', 'note'])

const COLUMN_KEYS = new Set(['type', 'required', 'optional', 'lossy', 'derived', 'note'])

/** The id spaces a table file makes. Nothing else is read yet. */
export function spacesOf(node: Node, columns: readonly TableColumn[], problems: Problem[]): Array<readonly [string, Space]> {
  return listOf(get(node, 'resources')).flatMap((resource) => {
    const as = textOf(get(resource, 'as'))
    const type = textOf(get(resource, 'resourceType'))
    if (as === undefined) problems.push({ place: resource.place, message: 'a resource needs "as": the name of its id space' })
    if (type === undefined || !resourceTypes().includes(type)) {
      problems.push({
        place: (get(resource, 'resourceType') ?? resource).place,
        message: `"${type ?? ''}" is not a resource type of FHIR R4`
      })
      return []
    }
    const names = listOf(get(resource, 'key')).map((item) => textOf(item)?.replace(/^\$|\?$/g, ''))
    const key = names.map((name) => keyKind(columns.find((column) => column.name === name)))
    return as === undefined ? [] : [[as, { type, key }] as const]
  })
}

/** A table as other tables see it; joined columns are still without their type. */
export function outlineOf(node: Node, problems: Problem[]): TableOutline {
  return {
    columns: columnsOfFile(node, problems),
    key: listOf(get(node, 'key')).map((item) => textOf(item) ?? ''),
    isDictionary: get(node, 'dictionary') !== undefined
  }
}

/** The columns of a table file, computed and joined ones behind; derived forms are filled in by readTable. */
function columnsOfFile(node: Node, problems: Problem[]): TableColumn[] {
  const specs = get(node, 'columns')
  const seen = new Set<string>()
  const own = (specs?.kind === 'map' ? specs.entries : []).map((entry): TableColumn => {
    const spec = entry.value
    const name = entry.key.toLowerCase()
    const type = spec.kind === 'scalar' ? textOf(spec) : textOf(get(spec, 'type'))
    const problem = (message: string, place = entry.place) => problems.push({ place, message: `column ${entry.key}: ${message}` })
    if (type === undefined || !TYPES.has(type)) problem(`type must be one of ${[...TYPES].join(', ')}`)
    for (const key of spec.kind === 'map' ? spec.entries : []) {
      if (!COLUMN_KEYS.has(key.key)) problem(`unknown setting "${key.key}"`, key.place)
    }
    if (!isCode(name) || /[${}]/.test(name)) problem('a name has no $, {, } and no blanks but single ones inside')
    if (seen.has(name)) problem('is there twice (upper and lower case are one)')
    seen.add(name)
    return {
      name,
      type: (type ?? 'text') as ColumnType,
      required: textOf(get(spec, 'required')) === 'true',
      optional: textOf(get(spec, 'optional')) === 'true',
      lossy: textOf(get(spec, 'lossy')),
      derived: undefined,
      place: entry.place
    }
  })
  const more = [...entriesOf(node, 'computed'), ...entriesOf(node, 'joined')].map((entry): TableColumn => {
    if (seen.has(entry.key)) problems.push({ place: entry.place, message: `column ${entry.key}: is there twice` })
    seen.add(entry.key)
    return { name: entry.key, type: 'text', required: false, optional: true, lossy: undefined, derived: undefined, place: entry.place }
  })
  return [...own, ...more]
}

function entriesOf(node: Node, key: string): readonly Entry[] {
  const found = get(node, key)
  return found?.kind === 'map' ? found.entries : []
}

/** The columns of a table with the types of the columns they are joined from. */
export function withJoinedTypes(node: Node, tables: ReadonlyMap<string, TableOutline>, columns: readonly TableColumn[]): TableColumn[] {
  const entries = new Map(entriesOf(node, 'joined').map((entry) => [entry.key, entry.value]))
  return columns.map((column) => {
    const spec = entries.get(column.name)
    const from = tables.get(textOf(get(spec, 'from')) ?? '')?.columns.find((one) => one.name === textOf(get(spec, 'get')))
    return from === undefined ? column : { ...column, type: from.type }
  })
}

/** Reads a table file whose columns are in scope. */
export function readTable(node: Node, scope: Scope, file: string): TableModel {
  const builder = new FormBuilder(scope)
  const table = (textOf(get(node, 'table')) ?? '').toLowerCase()
  for (const entry of node.kind === 'map' ? node.entries : []) {
    if (!TABLE_KEYS.has(entry.key)) builder.problem(entry, `unknown setting "${entry.key}" (known: ${[...TABLE_KEYS].join(', ')})`)
  }
  if (table === '') builder.problem(node, 'a table file needs "table": the name of the table')
  const specs = get(node, 'columns')
  const columns = scope.columns.map((column) => {
    const derived = get(get(specs, column.name), 'derived')
    return derived === undefined ? column : { ...column, derived: builder.form(derived, 'string', `columns.${column.name}.derived`) }
  })
  const computed = entriesOf(node, 'computed').map(
    ({ key, value }): ComputedModel => ({ name: key, form: builder.form(value, 'string', `computed.${key}`) })
  )
  const dictionary = get(node, 'dictionary')
  const resources = listOf(get(node, 'resources')).flatMap((item) => resource(item, builder))
  const key = listOf(get(node, 'key')).map((item) => builder.columnNamed(textOf(item) ?? '', item))
  if (resources.length > 0 && key.length === 0) builder.problem(node, `table ${table} needs "key": the columns that tell its rows apart`)
  return {
    table,
    file,
    columns,
    computed,
    joins: entriesOf(node, 'joined').flatMap((entry) => joinOf(entry, scope, builder)),
    key,
    resources,
    merges: listOf(get(node, 'merge')).flatMap((item, index) => merge(item, `${table}.${index}`, builder, scope)),
    dictionary: dictionary === undefined ? undefined : dictionaryOf(dictionary, builder, scope),
    unmapped: undefined
  }
}

function resource(node: Node, builder: FormBuilder): ResourceModel[] {
  const as = textOf(get(node, 'as'))
  const type = textOf(get(node, 'resourceType'))
  if (node.kind !== 'map' || as === undefined || type === undefined) return []
  const when = get(node, 'when')
  const { key, open } = builder.keyOf(get(node, 'key'))
  if (key.length === 0) builder.problem(node, `${as}: a resource needs "key": the columns its id is made from`)
  return [
    {
      as,
      type,
      key,
      open,
      when: when === undefined ? undefined : builder.condition(when, as),
      members: builder.whole(node, type, type, RESOURCE_KEYS),
      place: node.place
    }
  ]
}

function merge(node: Node, name: string, builder: FormBuilder, scope: Scope): MergeModel[] {
  const into = get(node, 'into')
  const space = textOf(get(into, 'ref'))
  const type = space === undefined ? undefined : scope.spaces.get(space)?.type
  const collect = get(node, 'collectBy')
  const first = get(node, 'firstBy')
  const order = get(node, 'latestBy') ?? first ?? collect
  if (node.kind !== 'map' || space === undefined || type === undefined) {
    builder.problem(into ?? node, 'a merge needs "into": {ref: <id space>, key: [ ... ]}')
    return []
  }
  if (order === undefined) builder.problem(node, 'a merge needs "latestBy", "firstBy" or "collectBy": the columns that order the rows')
  builder.onlyKeys(into, INTO_KEYS, '"into"')
  const { key, open } = builder.keyOf(get(into, 'key'))
  builder.keyFits(key, space, into ?? node, 'into')
  const mode = collect !== undefined ? 'collect' : first !== undefined ? 'first' : 'latest'
  const when = get(node, 'when')
  const partNode = get(node, 'part')
  const part = partNode === undefined ? undefined : builder.columnOf(partNode)
  const slots = builder.members(node, type, type, MERGE_KEYS).flatMap((member): SlotModel[] => {
    const slotName = (index: number) => `${mode}:${space}:${name}:${member.name}.${index}`
    if (member.choice !== undefined) {
      builder.problem(get(node, member.name), `${member.name} cannot be merged: name one element, such as ${member.choice[0]?.name}`)
      return []
    }
    if (member.form.kind !== 'array')
      return [{ name: slotName(0), member: member.name, item: false, form: member.form, part: undefined, missing: [] }]
    const missing = missingItems(get(node, 'missing'), member.name, type, builder)
    return member.form.items.map((form, index) => ({ name: slotName(index), member: member.name, item: true, form, part, missing }))
  })
  const standsForRow = textOf(get(node, 'standsForRow')) === 'true'
  const [only] = slots
  if (standsForRow && !(slots.length === 1 && only?.item === true && only.form.kind === 'object' && mode === 'collect'))
    builder.problem(node, 'a merge that stands for the row has "collectBy" and one list with one item, an object')
  if (part !== undefined && !standsForRow) builder.problem(partNode, '"part" and "missing" belong to a merge with "standsForRow: true"')
  return [
    {
      into: { space, key, open },
      when: when === undefined ? undefined : builder.condition(when, 'merge'),
      mode,
      standsForRow,
      there: undefined,
      order: builder.columnsOf(order),
      slots,
      place: node.place
    }
  ]
}

/** Items that stand in for parts of a list that no row gives, by part. */
function missingItems(node: Node | undefined, member: string, type: string, builder: FormBuilder): FormMember[] {
  const element = typeDefinition(type)?.members.get(member)
  if (node?.kind !== 'map' || element === undefined) return []
  return node.entries.map(({ key, value }) => ({ name: key, form: builder.form(value, element.type, `missing.${key}`, element, true) }))
}

/** A column of another table's row, found by that table's whole key. */
function joinOf(entry: Entry, scope: Scope, builder: FormBuilder): JoinModel[] {
  const { key: name, value } = entry
  builder.onlyKeys(value, JOIN_KEYS, `joined column ${name}`)
  const from = textOf(get(value, 'from')) ?? ''
  const wanted = textOf(get(value, 'get')) ?? ''
  const key = builder.columnsOf(get(value, 'key'))
  const other = scope.tables.get(from)
  if (other === undefined) {
    builder.problem(get(value, 'from') ?? entry, `joined column ${name}: there is no table ${from}`)
    return []
  }
  const columnOf = (column: string) => other.columns.find((one) => one.name === column)
  if (columnOf(wanted) === undefined) builder.problem(get(value, 'get') ?? entry, `joined column ${name}: ${from} has no column ${wanted}`)
  const [kinds, theirs] = [key.map((column) => keyKind(scope.columns[column])), other.key.map((column) => keyKind(columnOf(column)))]
  if (JSON.stringify(kinds) !== JSON.stringify(theirs))
    builder.problem(
      get(value, 'key') ?? entry,
      `joined column ${name}: the key of ${from} is [${theirs.join(', ')}], not [${kinds.join(', ')}]`
    )
  return [{ name, from, key, get: wanted }]
}

function dictionaryOf(node: Node, builder: FormBuilder, scope: Scope): DictionaryModel {
  builder.onlyKeys(node, DICTIONARY_KEYS, '"dictionary"')
  const named = (key: string) => {
    const item = get(node, key)
    return builder.columnNamed(textOf(item) ?? '', item ?? node)
  }
  const system = textOf(get(node, 'codeSystem')) ?? ''
  const url = system.includes(':') ? system : scope.systems.get(system)
  if (url === undefined)
    builder.problem(get(node, 'codeSystem') ?? node, `unknown system "${system}": name it under systems: in the manifest`)
  const content = textOf(get(node, 'content')) ?? 'complete'
  if (!CONTENTS.includes(content)) builder.problem(get(node, 'content') ?? node, `content must be one of ${CONTENTS.join(', ')}`)
  return {
    codeSystem: url ?? system,
    content: content as DictionaryModel['content'],
    code: named('code'),
    display: named('display'),
    properties: listOf(get(node, 'properties')).map((item) => builder.columnNamed(textOf(item) ?? '', item))
  }
}
