/** From YAML nodes to forms, each checked against the R4 element it stands for. Faults are collected, not thrown: a pack shows all of them at once. */
import { type Member, typeDefinition } from '../fhir/definitions.js'
import { isLiteral, list, requiredCodes } from './codes.js'
import { type Form, type FormMember, URI_TYPES } from './model.js'
import { type Entry, listOf, type MapNode, type Node, textOf } from './source.js'
import { EMPTY, FORMS, SpecialForms } from './special-forms.js'

export class FormBuilder extends SpecialForms {
  /** The members of an object of a FHIR type. skip: keys that are not elements (as, key, when ...). */
  members(node: MapNode, type: string, path: string, skip: ReadonlySet<string> = new Set()): FormMember[] {
    const entries = node.entries.filter((entry) => !skip.has(entry.key))
    this.#choicesOnce(entries, type, path)
    const members = entries.flatMap((entry) => this.#member(entry, type, path))
    // A decimal writes its own neighbour where its text differs from the cell.
    for (const { name, form } of members) {
      const neighbour = entries.find((entry) => entry.key === `_${name}`)
      if (form.kind === 'column' && form.type === 'decimal' && neighbour !== undefined)
        this.problem(neighbour, `${path}._${name} cannot stand beside a decimal column`)
    }
    return members
  }

  /** An object with all that its type requires. */
  whole(node: MapNode, type: string, path: string, skip?: ReadonlySet<string>): FormMember[] {
    for (const element of typeDefinition(type)?.elements ?? []) {
      const stem = element.name.replace('[x]', '')
      const given = node.entries.some(({ key }) =>
        stem === element.name ? key.replace(/^_/, '') === stem : key.replace(/^_/, '').startsWith(stem)
      )
      if (element.min > 0 && !given) this.problem(node, `${path} needs "${element.name}"`)
    }
    return this.members(node, type, path, skip)
  }

  #choicesOnce(entries: readonly Entry[], type: string, path: string): void {
    const seen = new Map<string, string>()
    for (const entry of entries) {
      const element = typeDefinition(type)?.members.get(entry.key)?.element.name
      if (element?.endsWith('[x]') !== true) continue
      if (seen.has(element))
        this.problem(
          entry,
          `${path}.${entry.key} stands beside ${seen.get(element)}: write ${element}: [ ... ], the first that is filled is taken`
        )
      seen.set(element, entry.key)
    }
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
      return [
        {
          name: key,
          form: {
            kind: 'array',
            items: listOf(value).map((item, index) => this.form(item, 'canonical', `${here}[${index}]`, member, true))
          }
        }
      ]
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
    if (special !== undefined) {
      this.onlyKeys(node, FORMS.get(special.key) ?? new Set(), `${path}: "${special.key}"`)
      return this.special(node, special, type, path, member, inList)
    }
    if (definition === undefined || definition.kind === 'primitive') {
      this.problem(node, `${path}: ${type} takes a value, not an object`)
      return EMPTY
    }
    return { kind: 'object', members: this.whole(node, type, path) }
  }

  #scalar(node: Node & { kind: 'scalar' }, type: string, path: string, member?: Member): Form {
    const primitive = typeDefinition(type)
    if (primitive?.kind !== 'primitive') {
      this.problem(node, `${path}: ${type} takes an object, not "${node.text}"`)
      return EMPTY
    }
    if (typeof node.value === 'string' && node.value.startsWith('$') && !node.value.startsWith('$$') && !node.value.startsWith('${')) {
      return this.#column(node, type, path, member)
    }
    const codes = type === 'code' ? requiredCodes(member) : undefined
    if (typeof node.value === 'string' && node.value.includes('${')) {
      if (codes !== undefined) this.problem(node, `${path} takes only ${list(codes)}: use a code map`)
      return this.#template(node, type, path)
    }
    if (type === 'canonical') return this.#alias(node, 'StructureDefinition')
    const text = node.text.startsWith('$$') ? node.text.slice(1) : node.text
    const expected = primitive.json ?? 'string'
    if (expected !== typeof node.value && !(expected === 'string' && node.value !== null)) {
      this.problem(node, `${path}: ${type} takes a ${expected}, not ${node.text === '' ? 'nothing' : `"${node.text}"`}`)
      return EMPTY
    }
    if (!isLiteral(text, type, expected)) this.problem(node, `${path}: "${text}" is not a valid ${type}`)
    if (codes !== undefined && !codes.has(text)) this.problem(node, `${path}: "${text}" is not one of ${list(codes)}`)
    return { kind: 'literal', json: expected === 'string' ? JSON.stringify(text) : text }
  }

  #column(node: Node, type: string, path: string, member: Member | undefined): Form {
    const column = this.columnOf(node)
    const columnType = this.scope.columns[column]?.type
    if (column < 0 || columnType === undefined) return EMPTY
    const wrong =
      (['date', 'dateTime', 'instant', 'time'].includes(type) &&
        `use {${type === 'date' ? 'date' : 'dateTime'}: $${this.scope.columns[column]?.name}}`) ||
      (type === 'decimal' && columnType !== 'decimal' && columnType !== 'integer' && 'the column must be decimal or integer') ||
      (['integer', 'positiveInt', 'unsignedInt'].includes(type) && columnType !== 'integer' && 'the column must be integer') ||
      (type === 'boolean' && columnType !== 'flag' && 'the column must be a flag') ||
      (type === 'code' && requiredCodes(member) !== undefined && `it takes only ${list(requiredCodes(member))}: use a code map`)
    if (wrong) this.problem(node, `${path} is of type ${type}: ${wrong}`)
    return { kind: 'column', column, type }
  }

  #template(node: Node & { kind: 'scalar' }, type: string, path: string): Form {
    if (!['string', 'markdown', 'code', ...URI_TYPES].includes(type))
      this.problem(node, `${path}: ${type} is not made from text with columns in it`)
    const parts = node.text.split(/\$\{([^}]*)\}/).map((part, index) => (index % 2 === 0 ? part : this.columnNamed(part, node)))
    return { kind: 'template', parts: parts.filter((part) => part !== ''), type }
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

  #hint(key: string, type: string): string {
    const names = [...(typeDefinition(type)?.members.keys() ?? [])]
    const near = names.find((name) => name.toLowerCase() === key.toLowerCase() || name.startsWith(key) || key.startsWith(name))
    return near === undefined ? '' : ` (did you mean "${near}"?)`
  }
}

function isPrimitive(type: string | undefined): boolean {
  return type !== undefined && typeDefinition(type)?.kind === 'primitive'
}
