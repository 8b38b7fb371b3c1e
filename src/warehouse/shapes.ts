/** What a record holds: the elements of a type, a reference, an extension. A shape makes rows and knows the columns these need. */
import { type ElementDefinition, isResourceType, typeDefinition } from '../fhir/definitions.js'
import type { Column } from './columns.js'
import { containedField } from './contained.js'
import { ExtensionSet } from './extension-set.js'
import { ChoiceField, fieldOf, PrimitiveField } from './fields.js'
import { type Found, idColumn } from './found.js'
import { type Depth, type Field, foundIn, isFull, type Put, type Row, type Shape, type Shapes } from './record.js'

/** Named fields and extensions; the base of all shapes. */
abstract class FieldsShape implements Shape {
  readonly #depth: Depth
  #fields: readonly Field[] | undefined
  #puts: ReadonlyMap<string, Put> | undefined
  #extensions: ExtensionSet | undefined

  constructor(depth: Depth) {
    this.#depth = depth
  }

  protected abstract makeFields(depth: Depth): readonly Field[]

  row(value: Row): Row {
    this.#puts ??= this.makePuts()
    const row: Row = {}
    for (const member in value) this.#puts.get(member)?.(value[member], row)
    // Last, for a name that is taken in any case.
    if (value['extension'] !== undefined) this.extensions().put(value['extension'], row)
    return row
  }

  columns(): readonly Column[] {
    return [...this.fields().flatMap((field) => field.columns()), ...(this.#extensions?.columns() ?? [])]
  }

  found(): Found | undefined {
    const fields = this.#fields === undefined ? undefined : foundIn(this.#fields)
    const extensions = this.#extensions?.found()
    return extensions === undefined ? fields : { ...fields, extensions }
  }

  learn({ fields: deeper = {}, extensions }: Found): void {
    for (const field of this.fields()) if (deeper[field.name] !== undefined) field.learn(deeper[field.name]!)
    if (extensions !== undefined) this.extensions().learn(extensions)
  }

  agrees({ fields: deeper = {}, extensions }: Found): boolean {
    return (
      this.fields().every((field) => deeper[field.name] === undefined || field.agrees(deeper[field.name]!)) &&
      (extensions === undefined || this.extensions().agrees(extensions))
    )
  }

  protected makePuts(): Map<string, Put> {
    return new Map(this.fields().flatMap((field) => [...field.puts()]))
  }

  protected fields(): readonly Field[] {
    this.#fields ??= this.makeFields(this.#depth)
    return this.#fields
  }

  protected extensions(): ExtensionSet {
    this.#extensions ??= new ExtensionSet(this.#depth, new Set(this.fields().map(({ name }) => name)))
    return this.#extensions
  }
}

/** The elements of a data type, a backbone element or a resource. */
class ElementShape extends FieldsShape {
  readonly #type: string

  constructor(type: string, depth: Depth) {
    super(depth)
    this.#type = type
  }

  protected makeFields(depth: Depth): readonly Field[] {
    const { elements, kind } = typeDefinition(this.#type)!
    return elements.flatMap((element) => {
      const { name, types } = element
      if (name === 'extension' || (name === 'id' && kind !== 'resource')) return []
      if (name === 'modifierExtension') return [new ModifierField(depth)]
      if (name === 'contained') return [containedField(depth)]
      if (name.endsWith('[x]')) {
        const inner = depth.enter(name.slice(0, -3))
        return inner === undefined ? [] : [new ChoiceField(element, inner)]
      }
      return fieldOf(name, types[0]!, element, depth, element.max > 1) ?? []
    })
  }
}

/** Of a primitive: its extensions, and nothing else. */
class BareShape extends FieldsShape {
  protected makeFields(): readonly Field[] {
    return []
  }
}

const VALUE = (): ElementDefinition => typeDefinition('Extension')!.elements.find(({ name }) => name === 'value[x]')!

/** An extension: its value, of the types that are found, and its own extensions. */
class ExtensionShape extends FieldsShape {
  protected makeFields(depth: Depth): readonly Field[] {
    return [new ChoiceField(VALUE(), depth, true)]
  }
}

/** The same with its URL in a column. */
class ModifierShape extends FieldsShape {
  protected makeFields(depth: Depth): readonly Field[] {
    return [new PrimitiveField('url', 'uri', false, depth), new ChoiceField(VALUE(), depth, true)]
  }
}

/** modifierExtension is a list of extensions; it has columns where there are some. */
class ModifierField implements Field {
  readonly name = 'modifierExtension'
  readonly #shape: ModifierShape
  #seen = false

  constructor(depth: Depth) {
    this.#shape = new ModifierShape(depth)
  }

  puts(): Iterable<readonly [string, Put]> {
    return [
      [
        this.name,
        (value, row) => {
          if (!Array.isArray(value)) return
          const rows = value.map((one) => this.#shape.row(one as Row)).filter(isFull)
          if (rows.length === 0) return
          row[this.name] = rows
          this.#seen = true
        }
      ]
    ]
  }

  columns(): Column[] {
    return this.#seen ? [{ name: this.name, type: 'RECORD', mode: 'REPEATED', fields: this.#shape.columns() }] : []
  }

  found(): Found | undefined {
    return this.#seen ? (this.#shape.found() ?? {}) : undefined
  }

  learn(found: Found): void {
    this.#seen = true
    this.#shape.learn(found)
  }

  agrees(found: Found): boolean {
    return this.#shape.agrees(found)
  }
}

const RELATIVE = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/

/** A column for the id of each type it may lead to, and `reference` for whatever else it says. */
class ReferenceShape extends FieldsShape {
  readonly #targets: ReadonlySet<string>
  readonly #open: boolean

  /** targets: none, or Resource, for a reference to anything; then there are columns for the types that are found. */
  constructor(targets: readonly string[], depth: Depth) {
    super(depth)
    this.#open = targets.length === 0 || targets.includes('Resource')
    this.#targets = new Set(this.#open ? [] : targets)
  }

  protected makeFields(depth: Depth): readonly Field[] {
    const ids = this.#open ? new OpenIds() : undefined
    const texts = ['reference', 'fragment', 'type', 'display'].map((name) => new PrimitiveField(name, 'string', false, depth))
    return [
      ...(ids === undefined ? [...this.#targets].map((type) => new PrimitiveField(idColumn(type), 'id', false, depth)) : [ids]),
      ...texts
    ]
  }

  protected override makePuts(): Map<string, Put> {
    const ids = this.fields().find((field) => field instanceof OpenIds)
    const puts = super.makePuts()
    puts.delete('fragment')
    puts.set('reference', (value, row) => {
      if (typeof value !== 'string') return
      const [, type = '', id] = RELATIVE.exec(value) ?? []
      if (id !== undefined && (ids === undefined ? this.#targets.has(type) : isResourceType(type))) {
        row[idColumn(type)] = id
        ids?.add(type)
      } else if (value.startsWith('#')) row['fragment'] = value.slice(1)
      else row['reference'] = value
    })
    return puts
  }
}

/** The ids of a reference that may lead anywhere. */
class OpenIds implements Field {
  readonly name = 'Id'
  readonly #types = new Set<string>()

  add(type: string): void {
    this.#types.add(type)
  }

  puts(): Iterable<readonly [string, Put]> {
    return []
  }

  columns(): Column[] {
    return [...this.#types].sort().map((type) => ({ name: idColumn(type), type: 'STRING', mode: 'NULLABLE' }))
  }

  found(): Found | undefined {
    return this.#types.size === 0 ? undefined : { types: [...this.#types].sort() }
  }

  learn({ types = [] }: Found): void {
    for (const type of types) this.#types.add(type)
  }

  agrees(): boolean {
    return true
  }
}

export const SHAPES: Shapes = {
  element: (type, depth) => new ElementShape(type, depth),
  reference: (targets, depth) => new ReferenceShape(targets, depth),
  extension: (depth) => new ExtensionShape(depth),
  bare: (depth) => new BareShape(depth)
}
