/** One table file to a TableModel: columns, key, resources, merges. */
import { resourceTypes } from '../fhir/definitions.js'
import { FormBuilder } from './forms.js'
import type { DictionaryModel, MergeModel, Problem, ResourceModel, SlotModel, TableColumn, TableModel } from './model.js'
import type { Scope } from './scope.js'
import { type Entry, get, listOf, type Node, textOf } from './source.js'
import type { ColumnType } from './types.js'

const TYPES: ReadonlySet<string> = new Set(['integer', 'decimal', 'text', 'date', 'midnight', 'timestamp', 'flag'])
const RESOURCE_KEYS = new Set(['as', 'key', 'when', 'resourceType'])
const MERGE_KEYS = new Set(['into', 'latestBy', 'collectBy'])
const TABLE_KEYS = new Set(['table', 'key', 'columns', 'joined', 'resources', 'merge', 'dictionary', 'note'])

/** The id spaces a table file makes, before anything else is read. */
export function spacesOf(node: Node, problems: Problem[]): Array<readonly [string, string]> {
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
    return as === undefined ? [] : [[as, type] as const]
  })
}

/** The columns of a table file; derived columns are filled in by readTable. */
export function columnsOfFile(node: Node, problems: Problem[]): TableColumn[] {
  const columns = get(node, 'columns')
  if (columns?.kind !== 'map') return []
  const own = columns.entries.map((entry): TableColumn => {
    const spec = entry.value
    const type = spec.kind === 'scalar' ? textOf(spec) : textOf(get(spec, 'type'))
    if (type === undefined || !TYPES.has(type))
      problems.push({ place: entry.place, message: `column ${entry.key}: type must be one of ${[...TYPES].join(', ')}` })
    for (const key of spec.kind === 'map' ? spec.entries : []) {
      if (!['type', 'required', 'optional', 'lossy', 'derived', 'note'].includes(key.key))
        problems.push({ place: key.place, message: `column ${entry.key}: unknown setting "${key.key}"` })
    }
    return {
      name: entry.key.toLowerCase(),
      type: (type ?? 'text') as ColumnType,
      required: textOf(get(spec, 'required')) === 'true',
      optional: textOf(get(spec, 'optional')) === 'true',
      lossy: textOf(get(spec, 'lossy')),
      derived: undefined,
      place: entry.place
    }
  })
  return [...own, ...joinEntries(node).map((entry) => ({ ...JOINED, name: entry.key, place: entry.place }))]
}

const JOINED = { type: 'text', required: false, optional: true, lossy: undefined, derived: undefined } as const

function joinEntries(node: Node): readonly Entry[] {
  const joined = get(node, 'joined')
  return joined?.kind === 'map' ? joined.entries : []
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
  const columns = (scope.columns as readonly TableColumn[]).map((column) => {
    const derived = get(get(specs, column.name), 'derived')
    return derived === undefined ? column : { ...column, derived: builder.form(derived, 'string', `columns.${column.name}.derived`) }
  })
  const dictionary = get(node, 'dictionary')
  return {
    table,
    file,
    columns,
    joins: joinEntries(node).map((entry) => ({
      name: entry.key,
      from: textOf(get(entry.value, 'from')) ?? '',
      key: builder.columnsOf(get(entry.value, 'key')),
      get: textOf(get(entry.value, 'get')) ?? ''
    })),
    key: listOf(get(node, 'key')).map((item) => builder.columnNamed(textOf(item) ?? '', item)),
    resources: listOf(get(node, 'resources')).flatMap((item) => resource(item, builder)),
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
  const key = builder.columnsOf(get(node, 'key'))
  if (key.length === 0) builder.problem(node, `${as}: a resource needs "key": the columns its id is made from`)
  return [
    {
      as,
      type,
      key,
      when: when === undefined ? undefined : builder.condition(when, as),
      members: builder.members(node, type, type, RESOURCE_KEYS),
      place: node.place
    }
  ]
}

function merge(node: Node, name: string, builder: FormBuilder, scope: Scope): MergeModel[] {
  const into = get(node, 'into')
  const space = textOf(get(into, 'ref'))
  const type = space === undefined ? undefined : scope.spaces.get(space)
  const collect = get(node, 'collectBy')
  const order = get(node, 'latestBy') ?? collect
  if (node.kind !== 'map' || space === undefined || type === undefined) {
    builder.problem(into ?? node, 'a merge needs "into": {ref: <id space>, key: [ ... ]}')
    return []
  }
  if (order === undefined) builder.problem(node, 'a merge needs "latestBy" or "collectBy": the columns that order the rows')
  const mode = collect === undefined ? 'latest' : 'collect'
  const slots = builder.members(node, type, type, MERGE_KEYS).flatMap((member): SlotModel[] => {
    const slotName = (index: number) => `${mode}:${space}:${name}:${member.name}.${index}`
    if (member.choice !== undefined) return []
    if (member.form.kind !== 'array') return [{ name: slotName(0), member: member.name, item: false, form: member.form }]
    return member.form.items.map((form, index) => ({ name: slotName(index), member: member.name, item: true, form }))
  })
  return [{ into: { space, key: builder.columnsOf(get(into, 'key')) }, mode, order: builder.columnsOf(order), slots }]
}

function dictionaryOf(node: Node, builder: FormBuilder, scope: Scope): DictionaryModel {
  const named = (key: string) => {
    const item = get(node, key)
    return builder.columnNamed(textOf(item) ?? '', item ?? node)
  }
  const system = textOf(get(node, 'codeSystem')) ?? ''
  const url = system.includes(':') ? system : scope.systems.get(system)
  if (url === undefined)
    builder.problem(get(node, 'codeSystem') ?? node, `unknown system "${system}": name it under systems: in the manifest`)
  return {
    codeSystem: url ?? system,
    code: named('code'),
    display: named('display'),
    properties: listOf(get(node, 'properties')).map((item) => builder.columnNamed(textOf(item) ?? '', item))
  }
}
