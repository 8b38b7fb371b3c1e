/** The extensions of one element, each a column of its own: a list of records, named after its URL (names.ts). */
import { type Column, describeExtension } from './columns.js'
import type { Found, FoundExtension } from './found.js'
import { extensionNames } from './names.js'
import { type Depth, isFull, isObject, type Row, type Shape } from './record.js'

interface Known {
  readonly shape: Shape
  /** Rows were written under these. */
  readonly names: Set<string>
  /** By an earlier table. */
  given: string | undefined
}

export class ExtensionSet {
  readonly #depth: Depth
  readonly #taken: ReadonlySet<string>
  readonly #known = new Map<string, Known>()
  #names: ReadonlyMap<string, string> | undefined

  /** taken: names of the other columns of the element. */
  constructor(depth: Depth, taken: ReadonlySet<string>) {
    this.#depth = depth
    this.#taken = taken
  }

  put(extensions: unknown, row: Row): void {
    if (!Array.isArray(extensions)) return
    const told: Array<readonly [string, Known, Row]> = []
    for (const extension of extensions) {
      if (!isObject(extension)) continue
      const { url } = extension
      if (typeof url !== 'string' || url === '') continue
      const inner = this.#shapeOf(url).shape.row(extension)
      if (isFull(inner)) told.push([url, this.#shapeOf(url), inner])
    }
    for (const [url, { names }, inner] of told) {
      const name = this.#nameOf(url)
      names.add(name)
      const rows = (row[name] ??= []) as Row[]
      rows.push(inner)
    }
  }

  columns(): Column[] {
    const columns = [...this.#known].flatMap(([url, { shape }]): Column[] => {
      const fields = shape.columns()
      const name = this.#nameOf(url)
      return fields.length === 0 ? [] : [{ name, type: 'RECORD', mode: 'REPEATED', fields, description: describeExtension(url) }]
    })
    return columns.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  found(): Readonly<Record<string, FoundExtension>> | undefined {
    if (this.#known.size === 0) return undefined
    return Object.fromEntries(
      [...this.#known].map(([url, { shape, names, given }]) => [url, { ...shape.found(), names: [...names], ...(given && { given }) }])
    )
  }

  learn(found: Readonly<Record<string, FoundExtension>>): void {
    for (const [url, one] of Object.entries(found)) {
      const known = this.#shapeOf(url)
      known.shape.learn(one satisfies Found)
      known.given ??= one.given
    }
    this.#names = undefined
  }

  agrees(found: Readonly<Record<string, FoundExtension>>): boolean {
    return Object.entries(found).every(([url, one]) => {
      const name = this.#nameOf(url)
      return one.names.every((used) => used === name) && this.#shapeOf(url).shape.agrees(one)
    })
  }

  #shapeOf(url: string): Known {
    let known = this.#known.get(url)
    if (known === undefined) {
      known = { shape: this.#depth.shapes.extension(this.#depth), names: new Set(), given: undefined }
      this.#known.set(url, known)
      this.#names = undefined
    }
    return known
  }

  #nameOf(url: string): string {
    this.#names ??= extensionNames(this.#known.keys(), this.#taken, this.#given())
    return this.#names.get(url)!
  }

  #given(): Map<string, string> {
    return new Map([...this.#known].flatMap(([url, { given }]) => (given === undefined ? [] : [[url, given] as const])))
  }
}
