/** How a member of a FHIR element becomes columns: primitives, records, choices, and the extensions of a primitive. */
import type { ElementDefinition } from '../fhir/definitions.js'
import { typeDefinition } from '../fhir/definitions.js'
import type { Column } from './columns.js'
import { Exact } from './exact.js'
import type { Found } from './found.js'
import { type Depth, type Field, foundIn, isFull, isObject, type Put, type Row, type Shape } from './record.js'

const PRIMITIVES = { string: 'STRING', boolean: 'BOOLEAN' } as const
const WHOLE = ['integer', 'positiveInt', 'unsignedInt']

/** Text, number or truth value; what is said about it by extensions stands beside it: `birthDate` and `_birthDate`. */
export class PrimitiveField implements Field {
  readonly name: string
  readonly #type: 'STRING' | 'BOOLEAN' | 'INTEGER' | 'FLOAT'
  readonly #repeated: boolean
  readonly #depth: Depth
  #about: Shape | undefined

  constructor(name: string, type: string, repeated: boolean, depth: Depth) {
    this.name = name
    const json = typeDefinition(type)?.json ?? 'string'
    this.#type = json === 'number' ? (WHOLE.includes(type) ? 'INTEGER' : 'FLOAT') : PRIMITIVES[json]
    this.#repeated = repeated
    this.#depth = depth
  }

  puts(): Iterable<readonly [string, Put]> {
    return this.putsAs(this.name)
  }

  /** For a choice, whose members have longer names. */
  putsAs(member: string): Array<readonly [string, Put]> {
    const { name } = this
    return [
      [member, this.#repeated ? (value, row) => this.#putAll(value, row) : (value, row) => this.#put(value, row)],
      [
        `_${member}`,
        (value, row) => {
          const about = this.#repeated
            ? Array.isArray(value) && value.map((one) => (isObject(one) ? this.#shape().row(one) : {}))
            : isObject(value) && this.#shape().row(value)
          if (about !== false && (Array.isArray(about) ? about.some(isFull) : isFull(about))) row[`_${name}`] = about
        }
      ]
    ]
  }

  columns(): Column[] {
    const mode = this.#repeated ? 'REPEATED' : 'NULLABLE'
    const about = this.#about?.columns() ?? []
    const own: Column = { name: this.name, type: this.#type, mode }
    return about.length === 0 ? [own] : [own, { name: `_${this.name}`, type: 'RECORD', mode, fields: about }]
  }

  found(): Found | undefined {
    return this.#about?.found()
  }

  learn(found: Found): void {
    this.#shape().learn(found)
  }

  agrees(found: Found): boolean {
    return this.#shape().agrees(found)
  }

  #shape(): Shape {
    this.#about ??= this.#depth.shapes.bare(this.#depth)
    return this.#about
  }

  #put(value: unknown, row: Row): void {
    const taken = this.#take(value)
    if (taken !== undefined) row[this.name] = taken
  }

  /** BigQuery has no empty places in lists. */
  #putAll(values: unknown, row: Row): void {
    if (!Array.isArray(values)) return
    const taken = values.map((value) => this.#take(value)).filter((value) => value !== undefined)
    if (taken.length > 0) row[this.name] = taken
  }

  #take(value: unknown): unknown {
    if (this.#type === 'STRING') return typeof value === 'string' ? value : undefined
    if (this.#type === 'BOOLEAN') return typeof value === 'boolean' ? value : undefined
    if (value instanceof Exact) return this.#type === 'FLOAT' || /^-?\d+$/.test(value.text) ? value : undefined
    return typeof value === 'number' && (this.#type === 'FLOAT' || Number.isSafeInteger(value)) ? value : undefined
  }
}

/** An element with elements of its own. */
export class RecordField implements Field {
  readonly name: string
  readonly #repeated: boolean
  readonly #make: () => Shape
  #shape: Shape | undefined

  constructor(name: string, repeated: boolean, make: () => Shape) {
    this.name = name
    this.#repeated = repeated
    this.#make = make
  }

  puts(): Iterable<readonly [string, Put]> {
    return this.putsAs(this.name)
  }

  putsAs(member: string): Array<readonly [string, Put]> {
    return [[member, this.#repeated ? (value, row) => this.#putAll(value, row) : (value, row) => this.#put(value, row)]]
  }

  columns(): Column[] {
    const fields = this.#known().columns()
    return fields.length === 0 ? [] : [{ name: this.name, type: 'RECORD', mode: this.#repeated ? 'REPEATED' : 'NULLABLE', fields }]
  }

  found(): Found | undefined {
    return this.#shape?.found()
  }

  learn(found: Found): void {
    this.#known().learn(found)
  }

  agrees(found: Found): boolean {
    return this.#known().agrees(found)
  }

  #known(): Shape {
    this.#shape ??= this.#make()
    return this.#shape
  }

  #put(value: unknown, row: Row): void {
    if (!isObject(value)) return
    const inner = this.#known().row(value)
    if (isFull(inner)) row[this.name] = inner
  }

  /** What comes to nothing keeps its place. */
  #putAll(values: unknown, row: Row): void {
    if (!Array.isArray(values)) return
    const shape = this.#known()
    const rows = values.filter(isObject).map((value) => shape.row(value))
    if (rows.some(isFull)) row[this.name] = rows
  }
}

/** `value[x]`: a record with a field for each type. open: only of the types that are found. */
export class ChoiceField implements Field {
  readonly name: string
  readonly #fields: ReadonlyArray<readonly [member: string, PrimitiveField | RecordField]>
  readonly #seen: Set<string> | undefined

  constructor(element: ElementDefinition, depth: Depth, open = false) {
    this.name = element.name.slice(0, -3)
    this.#seen = open ? new Set() : undefined
    this.#fields = element.types.flatMap((type) => {
      const field = fieldOf(type.charAt(0).toLowerCase() + type.slice(1), type, element, depth, false)
      return field === undefined ? [] : [[this.name + type.charAt(0).toUpperCase() + type.slice(1), field] as const]
    })
  }

  *puts(): Iterable<readonly [string, Put]> {
    for (const [member, field] of this.#fields)
      for (const [name, put] of field.putsAs(member))
        yield [
          name,
          (value, row) => {
            const inner = (row[this.name] as Row | undefined) ?? {}
            put(value, inner)
            if (!isFull(inner)) return
            row[this.name] = inner
            this.#seen?.add(field.name)
          }
        ]
  }

  columns(): Column[] {
    const fields = this.#fields.filter(([, { name }]) => this.#seen?.has(name) !== false).flatMap(([, field]) => field.columns())
    return fields.length === 0 ? [] : [{ name: this.name, type: 'RECORD', mode: 'NULLABLE', fields }]
  }

  found(): Found | undefined {
    const found = foundIn(this.#fields.map(([, field]) => field))
    if (this.#seen === undefined || this.#seen.size === 0) return found
    return { ...found, types: [...this.#seen].sort() }
  }

  learn(found: Found): void {
    for (const type of found.types ?? []) this.#seen?.add(type)
    for (const [, field] of this.#fields) if (found.fields?.[field.name] !== undefined) field.learn(found.fields[field.name]!)
  }

  agrees(found: Found): boolean {
    return this.#fields.every(([, field]) => found.fields?.[field.name] === undefined || field.agrees(found.fields[field.name]!))
  }
}

/** The field of an element of a type; undefined where it is nested too deeply, or has no column. */
export function fieldOf(
  name: string,
  type: string,
  element: ElementDefinition,
  depth: Depth,
  repeated: boolean
): PrimitiveField | RecordField | undefined {
  const kind = typeDefinition(type)?.kind
  if (kind === 'primitive') return new PrimitiveField(name, type, repeated, depth)
  const inner = depth.enter(name)
  // A resource within another one, other than a contained one, has no columns.
  if (inner === undefined || kind === 'resource' || kind === undefined) return undefined
  if (type === 'Reference') return new RecordField(name, repeated, () => inner.shapes.reference(element.targets, inner))
  return new RecordField(name, repeated, () => inner.shapes.element(type, inner))
}
