/** The forms that one key names: `{ref: ...}`, `{map: ...}`, `{if: ...}` and the others. */
import type { Member } from '../fhir/definitions.js'
import { dependencies } from './codemap.js'
import { list, requiredCodes, targetsOf } from './codes.js'
import { type Form, URI_TYPES } from './model.js'
import { ScopeReader } from './scope.js'
import { type Entry, get, listOf, type MapNode, type Node, textOf } from './source.js'

/** The forms of the language: the key that names one, and the settings it takes beside it. */
export const FORMS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    ref: ['key', 'identifier', 'display'],
    source: [],
    map: ['from', 'only', 'quiet', 'else'],
    date: [],
    dateTime: [],
    period: [],
    quantity: ['unit', 'unitElse', 'code', 'thousands'],
    range: ['unit', 'code'],
    icd9: ['of'],
    number: ['digits'],
    trim: [],
    base64: [],
    if: ['then', 'else'],
    first: [],
    lookup: ['key', 'get']
  }).map(([form, settings]) => [form, new Set([form, ...settings])])
)

/** Stands in for a form that has been complained about. */
export const EMPTY: Form = { kind: 'literal', json: '' }

export abstract class SpecialForms extends ScopeReader {
  /** Any value. type: the FHIR type expected; inList: the value is an item of a repeating element. */
  abstract form(node: Node, type: string, path: string, member?: Member, inList?: boolean): Form

  protected special(node: MapNode, entry: Entry, type: string, path: string, member: Member | undefined, inList: boolean): Form {
    switch (entry.key) {
      case 'ref':
        return this.#reference(node, entry, type, path, member)
      case 'source':
        return this.#source(entry, type, path)
      case 'map':
        return this.#map(node, entry, type, path, member, inList)
      case 'date':
      case 'dateTime':
        return this.#date(entry, type, path)
      case 'period':
        this.#gives(entry, type, ['Period'], path)
        this.onlyKeys(entry.value, new Set(['start', 'end']), `${path}: "period"`)
        this.#times([get(entry.value, 'start'), get(entry.value, 'end')], path)
        return { kind: 'period', start: this.columnOf(get(entry.value, 'start')), end: this.columnOf(get(entry.value, 'end')) }
      case 'quantity':
      case 'range':
        return this.#quantity(node, entry, type, path, member)
      case 'icd9':
        this.#gives(entry, type, ['code', 'string'], path)
        return { kind: 'icd9', column: this.columnOf(entry.value), procedure: textOf(get(node, 'of')) === 'procedure' }
      case 'number':
        if (!path.endsWith('.derived') && !path.startsWith('computed.')) this.#gives(entry, type, ['decimal'], path)
        return { kind: 'number', column: this.columnOf(entry.value), digits: this.#digits(node, path) }
      case 'trim':
        this.#gives(entry, type, ['string', 'markdown', 'code'], path)
        return { kind: 'trim', column: this.columnOf(entry.value), type }
      case 'base64':
        this.#gives(entry, type, ['base64Binary'], path)
        return { kind: 'base64', column: this.columnOf(entry.value) }
      case 'if': {
        const then = get(node, 'then')
        const otherwise = get(node, 'else')
        if (then === undefined) this.problem(entry, `${path}: "if" needs "then"`)
        return {
          kind: 'if',
          condition: this.condition(entry.value, path),
          whenTrue: then === undefined ? EMPTY : this.form(then, type, path, member, inList),
          otherwise: otherwise === undefined ? undefined : this.form(otherwise, type, path, member, inList)
        }
      }
      case 'first':
        return { kind: 'first', items: listOf(entry.value).map((item) => this.form(item, type, path, member, inList)) }
      default:
        return this.#lookup(node, entry, type, path)
    }
  }

  /** How many significant digits a number keeps; undefined: all. */
  #digits(node: MapNode, path: string): number | undefined {
    const given = get(node, 'digits')
    if (given === undefined) return undefined
    const digits = Number(textOf(given))
    if (!(Number.isInteger(digits) && digits >= 1 && digits <= 17)) this.problem(given, `${path}: "digits" is a whole number from 1 to 17`)
    return digits
  }

  #reference(node: MapNode, entry: Entry, type: string, path: string, member?: Member): Form {
    const space = textOf(entry.value) ?? ''
    const target = this.scope.spaces.get(space)?.type
    this.#gives(entry, type, ['Reference'], path)
    if (target === undefined)
      this.problem(entry, `${path}: no resource is made "as: ${space}" (known: ${[...this.scope.spaces.keys()].join(', ')})`)
    const allowed = member?.element.targets ?? []
    if (target !== undefined && allowed.length > 0 && !allowed.includes(target))
      this.problem(entry, `${path} may refer to ${allowed.join(', ')}, not to ${target}`)
    const display = get(node, 'display')
    const { key, open } = this.keyOf(get(node, 'key'))
    if (get(node, 'identifier') !== undefined && open.has(key[0] ?? -1))
      this.problem(entry, `${path}: the first key column stands as identifier and cannot be empty`)
    if (key.length === 0) this.problem(entry, `${path}: "ref" needs "key": the columns the id of the other resource is made from`)
    else this.keyFits(key, space, get(node, 'key') ?? node, path)
    return {
      kind: 'reference',
      space,
      key,
      open,
      identifier: textOf(get(node, 'identifier')),
      display: display === undefined ? undefined : this.form(display, 'string', `${path}.display`)
    }
  }

  #map(node: MapNode, entry: Entry, type: string, path: string, member: Member | undefined, inList: boolean): Form {
    const map = this.scope.maps.get(textOf(entry.value) ?? '')
    const from = this.columnsOf(get(node, 'from'))
    const results: Record<string, 'CodeableConcept' | 'Coding' | 'code'> = {
      CodeableConcept: 'CodeableConcept',
      Coding: 'Coding',
      code: 'code',
      string: 'code',
      uri: 'code',
      canonical: 'code'
    }
    const result = results[type]
    if (map === undefined) this.problem(entry, `${path}: there is no code map "${textOf(entry.value)}" (maps/${textOf(entry.value)}.json)`)
    if (result === undefined) this.problem(entry, `${path}: a code map gives a code, Coding or CodeableConcept, not ${type}`)
    if (from.length === 0) this.problem(entry, `${path}: "map" needs "from"`)
    if (map === undefined || result === undefined) return EMPTY
    for (const name of dependencies(map)) {
      if (!from.some((column) => this.scope.columns[column]?.name === name))
        this.problem(entry, `${path}: code map ${map.name} depends on the column ${name}: add it to "from"`)
    }
    const codes = type === 'code' ? requiredCodes(member) : undefined
    for (const code of codes === undefined ? [] : targetsOf(map)) {
      if (!codes?.has(code)) this.problem(entry, `${path}: code map ${map.name} gives "${code}", which is not one of ${list(codes)}`)
    }
    const otherwise = get(node, 'else')
    const standard = textOf(get(node, 'only')) === 'standard'
    return {
      kind: 'map',
      map,
      from,
      result: result !== 'Coding' ? result : inList ? 'codings' : standard ? 'standard' : 'Coding',
      quiet: textOf(get(node, 'quiet')) === 'true',
      otherwise: otherwise === undefined ? undefined : this.form(otherwise, type, path, member, inList)
    }
  }

  #date(entry: Entry, type: string, path: string): Form {
    const column = this.columnOf(entry.value)
    const kind = entry.key === 'date' ? 'date' : 'dateTime'
    const columnType = this.scope.columns[column]?.type
    this.#gives(entry, type, ['date', 'dateTime', 'instant'], path)
    if (kind === 'dateTime' && type === 'date') this.problem(entry, `${path} is of type date: use {date: ...}`)
    if (kind === 'date' && type === 'instant') this.problem(entry, `${path} is of type instant: use {dateTime: ...}`)
    this.#times([entry.value], path)
    if (kind === 'dateTime' && type === 'instant' && columnType !== 'timestamp')
      this.problem(entry, `${path}: an instant needs a timestamp`)
    return { kind, column }
  }

  #quantity(node: MapNode, entry: Entry, type: string, path: string, member: Member | undefined): Form {
    const unit = get(node, 'unit')
    const code = get(node, 'code')
    const kind = entry.key === 'range' ? 'range' : 'quantity'
    const quantities = ['Quantity', 'SimpleQuantity', 'Age', 'Duration', 'Count', 'Distance', 'MoneyQuantity']
    this.#gives(entry, type, kind === 'range' ? ['Range'] : quantities, path)
    const columnOrText = (given: Node | undefined) => (textOf(given)?.startsWith('$') === true ? this.columnOf(given) : textOf(given))
    const unitElse = get(node, 'unitElse')
    if (unitElse !== undefined && textOf(unit)?.startsWith('$') !== true)
      this.problem(unitElse, `${path}: "unitElse" stands in for an empty unit column`)
    return {
      kind,
      value: this.columnOf(entry.value),
      unit: columnOrText(unit),
      unitElse: columnOrText(unitElse),
      code: code === undefined ? undefined : this.form(code, 'code', `${path}.code`),
      simple: member?.element.simpleQuantity === true,
      thousands: textOf(get(node, 'thousands')) === 'true'
    }
  }

  #lookup(node: MapNode, entry: Entry, type: string, path: string): Form {
    const table = textOf(entry.value) ?? ''
    const dictionaries = [...this.scope.tables].filter(([, outline]) => outline.isDictionary)
    const columns = dictionaries.find(([name]) => name === table)?.[1].columns.map((column) => column.name)
    const key = this.columnsOf(get(node, 'key'))
    const wanted = textOf(get(node, 'get')) ?? ''
    if (columns === undefined)
      this.problem(entry, `${path}: "${table}" is no dictionary table (known: ${dictionaries.map(([name]) => name).join(', ')})`)
    else if (!columns.includes(wanted)) this.problem(entry, `${path}: dictionary ${table} has no column "${wanted}"`)
    if (key.length !== 1) this.problem(entry, `${path}: "lookup" needs "key": one column`)
    this.#gives(entry, type, ['string', 'markdown', 'code'], path)
    return { kind: 'lookup', table, key, get: columns?.indexOf(wanted) ?? 0, type }
  }

  #source(entry: Entry, type: string, path: string): Form {
    const name = textOf(entry.value) ?? ''
    this.#gives(entry, type, [...URI_TYPES, 'string'], path)
    if (!/^[\w.-]+$/.test(name)) this.problem(entry, `${path}: "source" needs a name of letters, digits, - _ and .`)
    return { kind: 'source', name }
  }

  #gives(entry: Entry, type: string, types: readonly string[], path: string): void {
    if (!types.includes(type)) this.problem(entry, `${path} is of type ${type}: "${entry.key}" gives ${types.join(' or ')}`)
  }

  /** Complains about columns that hold no dates. */
  #times(nodes: ReadonlyArray<Node | undefined>, path: string): void {
    for (const node of nodes) {
      const name = textOf(node)?.slice(1)
      const column = this.scope.columns.find((one) => one.name === name)
      if (column !== undefined && !['date', 'midnight', 'timestamp'].includes(column.type))
        this.problem(node, `${path}: the column ${name} is of type ${column.type}, not date, midnight or timestamp`)
    }
  }
}
