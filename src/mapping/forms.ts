/** From YAML nodes to forms, each checked against the R4 element it stands for. Faults are collected, not thrown: a pack shows all of them at once. */
import { codesOf, type Member, typeDefinition } from '../fhir/definitions.js'
import { dependencies } from './codemap.js'
import { type Form, type FormMember, URI_TYPES } from './model.js'
import { ScopeReader } from './scope.js'
import { type Entry, get, listOf, type MapNode, type Node, textOf } from './source.js'

const FORMS = new Set([
  'ref',
  'source',
  'map',
  'date',
  'dateTime',
  'period',
  'quantity',
  'range',
  'icd9',
  'number',
  'if',
  'first',
  'lookup'
])
const EMPTY: Form = { kind: 'literal', json: '' }

export class FormBuilder extends ScopeReader {
  /** The members of an object of a FHIR type. skip: keys that are not elements (as, key, when ...). */
  members(node: MapNode, type: string, path: string, skip: ReadonlySet<string> = new Set()): FormMember[] {
    return node.entries.filter((entry) => !skip.has(entry.key)).flatMap((entry) => this.#member(entry, type, path))
  }

  #member(entry: Entry, type: string, path: string): FormMember[] {
    const { key, value } = entry
    const definition = typeDefinition(type)
    const here = `${path}.${key}`
    if (key.endsWith('[x]')) return this.#choice(entry, type, path)
    if (key.startsWith('_') && isPrimitive(definition?.members.get(key.slice(1))?.type)) {
      return [{ name: key, form: this.form(value, 'Element', here) }]
    }
    const member = definition?.members.get(key)
    if (member === undefined) {
      this.problem(entry, `${here}: ${type} has no element "${key}"${this.#hint(key, type)}`)
      return []
    }
    if (key === 'url' && type === 'Extension') return [{ name: key, form: this.#alias(value, 'StructureDefinition') }]
    if (key === 'profile' && type === 'Meta')
      return [{ name: key, form: { kind: 'array', items: listOf(value).map((item) => this.#alias(item, 'StructureDefinition')) } }]
    if (key === 'system' && textOf(value) !== undefined && !textOf(value)?.startsWith('$'))
      return [{ name: key, form: this.#system(value, type) }]
    if (member.element.max === 1) {
      if (value.kind === 'seq') this.problem(value, `${here} is not a list: at most one value is allowed`)
      return [{ name: key, form: this.form(value.kind === 'seq' ? (value.items[0] ?? value) : value, member.type, here, member) }]
    }
    if (value.kind !== 'seq') {
      this.problem(value, `${here} is a list: write it as [ ... ]`)
      return []
    }
    return [{ name: key, form: { kind: 'array', items: value.items.map((item, index) => this.#item(item, member, `${here}[${index}]`)) } }]
  }

  /** One item of a repeating element. A code map in a list of codings gives several. */
  #item(node: Node, member: Member, path: string): Form {
    return this.form(node, member.type, path, member, true)
  }

  /** `value[x]: [{valueQuantity: ...}, {valueString: ...}]`: the first that is not empty. */
  #choice(entry: Entry, type: string, path: string): FormMember[] {
    const stem = entry.key.slice(0, -3)
    const choice = listOf(entry.value).flatMap((item) => {
      const only = item.kind === 'map' && item.entries.length === 1 ? item.entries[0] : undefined
      if (only === undefined || !only.key.startsWith(stem)) {
        this.problem(item, `${path}.${entry.key} is a list of alternatives, each with one key that starts with "${stem}"`)
        return []
      }
      return this.#member(only, type, path)
    })
    return choice.length === 0 ? [] : [{ name: entry.key, form: EMPTY, choice }]
  }

  /** Any value. type: the FHIR type expected; inList: the value is an item of a repeating element. */
  form(node: Node, type: string, path: string, member?: Member, inList = false): Form {
    if (node.kind === 'seq') {
      this.problem(node, `${path}: a list is not expected here`)
      return EMPTY
    }
    if (node.kind === 'scalar') return this.#scalar(node, type, path, member)
    const definition = typeDefinition(type)
    const special = node.entries.find((entry) => FORMS.has(entry.key) && !definition?.members.has(entry.key))
    if (special !== undefined) return this.#special(node, special, type, path, member, inList)
    if (definition === undefined || definition.kind === 'primitive') {
      this.problem(node, `${path}: ${type} takes a value, not an object`)
      return EMPTY
    }
    return { kind: 'object', members: this.members(node, type, path) }
  }

  #scalar(node: Node & { kind: 'scalar' }, type: string, path: string, member?: Member): Form {
    const primitive = typeDefinition(type)
    if (primitive?.kind !== 'primitive') {
      this.problem(node, `${path}: ${type} takes an object, not "${node.text}"`)
      return EMPTY
    }
    if (typeof node.value === 'string' && node.value.startsWith('$') && !node.value.startsWith('$$') && !node.value.startsWith('${')) {
      return this.#column(node, type, path)
    }
    if (typeof node.value === 'string' && node.value.includes('${')) return this.#template(node, type, path)
    const text = node.text.startsWith('$$') ? node.text.slice(1) : node.text
    const expected = primitive.json ?? 'string'
    if (expected !== typeof node.value && !(expected === 'string' && node.value !== null)) {
      this.problem(node, `${path}: ${type} takes a ${expected}, not ${node.text === '' ? 'nothing' : `"${node.text}"`}`)
      return EMPTY
    }
    if (expected === 'string' && primitive.pattern !== undefined && !primitive.pattern.test(text))
      this.problem(node, `${path}: "${text}" is not a valid ${type}`)
    const binding = member?.element.binding
    const codes = binding?.strength === 'required' && type === 'code' ? codesOf(binding.valueSet) : undefined
    if (codes !== undefined && !codes.has(text))
      this.problem(node, `${path}: "${text}" is not one of ${[...codes].slice(0, 12).join(', ')}`)
    return { kind: 'literal', json: expected === 'string' ? JSON.stringify(text) : text }
  }

  #column(node: Node, type: string, path: string): Form {
    const column = this.columnOf(node)
    const columnType = this.scope.columns[column]?.type
    if (column < 0 || columnType === undefined) return EMPTY
    const wrong =
      (['date', 'dateTime', 'instant', 'time'].includes(type) &&
        `use {${type === 'date' ? 'date' : 'dateTime'}: $${this.scope.columns[column]?.name}}`) ||
      (type === 'decimal' && columnType !== 'decimal' && columnType !== 'integer' && 'the column must be decimal or integer') ||
      (['integer', 'positiveInt', 'unsignedInt'].includes(type) && columnType !== 'integer' && 'the column must be integer') ||
      (type === 'boolean' && columnType !== 'flag' && 'the column must be a flag')
    if (wrong) this.problem(node, `${path} is of type ${type}: ${wrong}`)
    return { kind: 'column', column, type }
  }

  #template(node: Node & { kind: 'scalar' }, type: string, path: string): Form {
    if (!['string', 'markdown', 'code', ...URI_TYPES].includes(type)) this.problem(node, `${path}: ${type} is not made from text with columns in it`)
    const parts = node.text.split(/\$\{([^}]*)\}/).map((part, index) => (index % 2 === 0 ? part : this.columnNamed(part, node)))
    return { kind: 'template', parts: parts.filter((part) => part !== ''), type }
  }

  #special(node: MapNode, entry: Entry, type: string, path: string, member: Member | undefined, inList: boolean): Form {
    switch (entry.key) {
      case 'ref':
        return this.#reference(node, entry, type, path, member)
      case 'source':
        return { kind: 'source', name: textOf(entry.value) ?? '' }
      case 'map':
        return this.#map(node, entry, type, path, inList)
      case 'date':
      case 'dateTime':
        return this.#date(entry, type, path)
      case 'period':
        this.#expect(node, type, 'Period', path)
        return { kind: 'period', start: this.columnOf(get(entry.value, 'start')), end: this.columnOf(get(entry.value, 'end')) }
      case 'quantity':
      case 'range':
        return this.#quantity(node, entry, type, path, member)
      case 'icd9':
        return { kind: 'icd9', column: this.columnOf(entry.value), procedure: textOf(get(node, 'of')) === 'procedure' }
      case 'number':
        return { kind: 'number', column: this.columnOf(entry.value) }
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

  #reference(node: MapNode, entry: Entry, type: string, path: string, member?: Member): Form {
    const space = textOf(entry.value) ?? ''
    const target = this.scope.spaces.get(space)
    this.#expect(node, type, 'Reference', path)
    if (target === undefined)
      this.problem(entry, `${path}: no resource is made "as: ${space}" (known: ${[...this.scope.spaces.keys()].join(', ')})`)
    const allowed = member?.element.targets ?? []
    if (target !== undefined && allowed.length > 0 && !allowed.includes(target))
      this.problem(entry, `${path} may refer to ${allowed.join(', ')}, not to ${target}`)
    const display = get(node, 'display')
    return {
      kind: 'reference',
      space,
      key: this.columnsOf(get(node, 'key')),
      identifier: textOf(get(node, 'identifier')),
      display: display === undefined ? undefined : this.form(display, 'string', `${path}.display`)
    }
  }

  #map(node: MapNode, entry: Entry, type: string, path: string, inList: boolean): Form {
    const map = this.scope.maps.get(textOf(entry.value) ?? '')
    const from = this.columnsOf(get(node, 'from'))
    const results: Record<string, 'CodeableConcept' | 'Coding' | 'code'> = {
      CodeableConcept: 'CodeableConcept',
      Coding: 'Coding',
      code: 'code',
      string: 'code',
      uri: 'code'
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
    const otherwise = get(node, 'else')
    const standard = textOf(get(node, 'only')) === 'standard'
    return {
      kind: 'map',
      map,
      from,
      result: result !== 'Coding' ? result : inList ? 'codings' : standard ? 'standard' : 'Coding',
      quiet: textOf(get(node, 'quiet')) === 'true',
      otherwise: otherwise === undefined ? undefined : this.form(otherwise, type, path, undefined, inList)
    }
  }

  #date(entry: Entry, type: string, path: string): Form {
    const column = this.columnOf(entry.value)
    const kind = entry.key === 'date' ? 'date' : 'dateTime'
    const columnType = this.scope.columns[column]?.type
    if (!['date', 'dateTime', 'instant'].includes(type)) this.problem(entry, `${path} is of type ${type}: "${entry.key}" gives a date`)
    if (kind === 'dateTime' && type === 'date') this.problem(entry, `${path} is of type date: use {date: ...}`)
    if (columnType !== undefined && !['date', 'midnight', 'timestamp'].includes(columnType))
      this.problem(entry, `${path}: the column is of type ${columnType}`)
    if (kind === 'dateTime' && type === 'instant' && columnType !== 'timestamp')
      this.problem(entry, `${path}: an instant needs a timestamp`)
    return { kind, column }
  }

  #quantity(node: MapNode, entry: Entry, type: string, path: string, member: Member | undefined): Form {
    const unit = get(node, 'unit')
    const code = get(node, 'code')
    const kind = entry.key === 'range' ? 'range' : 'quantity'
    const quantities = ['Quantity', 'SimpleQuantity', 'Age', 'Duration', 'Count', 'Distance', 'MoneyQuantity']
    if (kind === 'range' ? type !== 'Range' : !quantities.includes(type))
      this.problem(entry, `${path} is of type ${type}: "${entry.key}" does not give that`)
    const unitText = textOf(unit)
    return {
      kind,
      value: this.columnOf(entry.value),
      unit: unitText === undefined ? undefined : unitText.startsWith('$') ? this.columnOf(unit) : unitText,
      code: code === undefined ? undefined : this.form(code, 'code', `${path}.code`),
      simple: member?.element.simpleQuantity === true
    }
  }

  #lookup(node: MapNode, entry: Entry, type: string, path: string): Form {
    const table = textOf(entry.value) ?? ''
    const columns = this.scope.dictionaries.get(table)
    const wanted = textOf(get(node, 'get')) ?? ''
    if (columns === undefined)
      this.problem(entry, `${path}: "${table}" is no dictionary table (known: ${[...this.scope.dictionaries.keys()].join(', ')})`)
    else if (!columns.includes(wanted)) this.problem(entry, `${path}: dictionary ${table} has no column "${wanted}"`)
    return { kind: 'lookup', table, key: this.columnsOf(get(node, 'key')), get: columns?.indexOf(wanted) ?? 0, type }
  }

  /** A short name of one of our own definitions, or a URL as it stands. */
  #alias(node: Node, kind: string): Form {
    const text = textOf(node)
    if (text === undefined) {
      this.problem(node, 'a name or URL is expected here')
      return EMPTY
    }
    // The parts of a complex extension are named by plain words (`ombCategory`): a name without a hyphen is not one of ours.
    const url = text.includes(':') || !text.includes('-') ? text : `${this.scope.canonical}/${kind}/${text}`
    return { kind: 'literal', json: JSON.stringify(url) }
  }

  /** A system: an alias of the manifest or a URI. Elements called system that are codes (ContactPoint) are taken as they stand. */
  #system(node: Node, type: string): Form {
    const text = textOf(node) ?? ''
    const isCode = typeDefinition(type)?.members.get('system')?.type === 'code'
    if (isCode || text.includes(':')) return { kind: 'literal', json: JSON.stringify(text) }
    const url = this.scope.systems.get(text)
    if (url === undefined)
      this.problem(
        node,
        `unknown system "${text}": name it under systems: in the manifest (known: ${[...this.scope.systems.keys()].join(', ')})`
      )
    return { kind: 'literal', json: JSON.stringify(url ?? text) }
  }

  #expect(node: Node, actual: string, expected: string, path: string): void {
    if (actual !== expected) this.problem(node, `${path} is of type ${actual}, not ${expected}`)
  }

  #hint(key: string, type: string): string {
    const names = [...(typeDefinition(type)?.members.keys() ?? [])]
    const near = names.find((name) => name.toLowerCase() === key.toLowerCase() || name.startsWith(key) || key.startsWith(name))
    return near === undefined ? '' : ` (did you mean "${near}"?)`
  }
}

function isPrimitive(type: string | undefined): boolean {
  return type !== undefined && typeDefinition(type)?.kind === 'primitive'
}
