/**
 * _sort as SQL. Each key is one value per resource: the smallest of all, in descending order the largest; resources without one come last either way,
 * and ties follow in the order of rid. A page starts behind the values and the rid that the last one ended with.
 */
import { type IndexSink, indexResource } from '../../fhir/search-index.js'
import type { SortKey } from '../../fhir/search-result.js'
import type { Dictionary } from './dictionary.js'
import { unpackId } from './pack.js'
import type { Db } from './schema.js'
import type { DateBounds } from './search-ranges.js'
import { join, name, type Parameter, type Sql, sql } from './sql.js'

export type SortValue = number | string | null

/** The end of a page: the values of its last resource, and its rid. */
export interface Position {
  readonly values: readonly SortValue[]
  readonly rid: number
}

/**
 * An index in the order of a key. `SELECT <key> FROM <from> WHERE <where>` gives r (the resource) and the value it has here, in the order of <column>;
 * `alone` lets through only the place at which the resource is to be found.
 */
export interface Walk {
  readonly from: Sql
  readonly where: Sql
  readonly column: Sql
  readonly key: Sql
  readonly alone: Sql | undefined
  /** The value in the index that stands for a value of the key; undefined: there is none, start at the beginning. */
  readonly start: (value: string | number) => Parameter | undefined
}

/** Columns of the tables that hold the values. */
const COLUMNS = {
  token: 'code',
  reference: 'target',
  uri: 'value',
  string: 'folded',
  date: 'start',
  number: 'value',
  quantity: 'value'
} as const
const UUID_TEXT = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** Kinds whose index has a way from the resource to its values. */
const BY_RESOURCE: readonly string[] = ['string', 'date', 'number', 'quantity', 'id', 'lastUpdated']

export class Sorter {
  readonly #dictionary: Dictionary

  constructor(db: Db, dictionary: Dictionary) {
    this.#dictionary = dictionary
    db.function('idtext', { deterministic: true }, (id) => unpackId(id as Buffer | string))
    db.function('sortvalue', { deterministic: true }, (body, wanted) =>
      sortValue(String(body), JSON.parse(String(wanted)) as Wanted, dictionary)
    )
  }

  /** True when values are looked up in an index; else bodies must be read. */
  isCheap(keys: readonly SortKey[]): boolean {
    return keys.every(({ kind }) => BY_RESOURCE.includes(kind))
  }

  /** `value AS k0, ...` of the resource r. first: the value of the first key where it is known already. */
  columns(keys: readonly SortKey[], first?: Sql): Sql {
    return join(
      keys.map((key, n) => sql`${n === 0 && first !== undefined ? first : this.#value(key)} AS ${column(n)}`),
      ', '
    )
  }

  /** ORDER BY over the columns and rid. walked: the column that the first key is in the order of already; without: the first key is left out. */
  order(keys: readonly SortKey[], rid: Sql, walked?: { readonly by: Sql | undefined }): Sql {
    const terms = keys.flatMap(({ descending }, n) => {
      const direction = descending ? 'DESC' : 'ASC'
      if (n > 0 || walked === undefined) return [sql`${column(n)} ${name(direction)} NULLS LAST`]
      return walked.by === undefined ? [] : [sql`${walked.by} ${name(direction)}`]
    })
    return join([...terms, rid], ', ')
  }

  /** True for rows behind a position. */
  after(keys: readonly SortKey[], rid: Sql, position: Position | undefined): Sql {
    if (position === undefined) return name('1')
    const { values } = position
    let condition = sql`${rid} > ${position.rid}`
    for (let n = keys.length - 1; n >= 0; n--) {
      const value = values[n] ?? null
      const k = column(n)
      if (value === null) condition = sql`(${k} IS NULL AND ${condition})`
      else condition = sql`(${k} ${name(keys[n]!.descending ? '<' : '>')} ${value} OR ${k} IS NULL OR (${k} = ${value} AND ${condition}))`
    }
    return condition
  }

  /** The indexes that together hold every resource with a value for the key, each in its order. types: numbers of those searched; updated: bounds. */
  walks(key: SortKey, types: readonly number[], updated: DateBounds | undefined): Walk[] {
    if (key.kind === 'lastUpdated')
      return types.map((type) => ({
        from: name('resource r INDEXED BY resource_updated'),
        where: sql`r.type = ${type}${updated === undefined ? name('') : sql` AND r.updated >= ${updated.from} AND r.updated < ${updated.to}`}`,
        column: name('r.updated'),
        key: name('r.updated'),
        alone: undefined,
        start: (value) => value
      }))
    if (key.kind === 'id') {
      return types.flatMap((type) =>
        halves('r.id', { from: name('resource r INDEXED BY sqlite_autoindex_resource_1'), where: sql`r.type = ${type}`, alone: undefined })
      )
    }
    return key.paths.flatMap((one) => this.#walk(key, one.path, one.targets))
  }

  /** True for a resource r without a value for the key. */
  missing(key: SortKey): Sql {
    const { kind, paths } = key
    if (kind === 'id' || kind === 'lastUpdated') return name('0')
    const table = name(kind)
    if (BY_RESOURCE.includes(kind))
      return sql`NOT EXISTS (SELECT 1 FROM ${table} i INDEXED BY ${table}_rid WHERE i.path IN (${this.#numbers(key)}) AND i.rid = r.rid)`
    const rids = paths.map(
      ({ path, targets }) => sql`SELECT rid FROM ${table} WHERE path = ${this.#number(path)}${this.#of('type', targets)}`
    )
    return sql`r.rid NOT IN (${join(rids, ' UNION ALL ')})`
  }

  #walk(key: SortKey, path: number, targets: readonly string[] | undefined): Walk[] {
    const kind = key.kind as keyof typeof COLUMNS
    const table = name(kind)
    const number = this.#number(path)
    const value = name(`x.${COLUMNS[kind]}`)
    const where = sql`x.path = ${number}${this.#of('x.type', targets)} AND r.rid = x.rid`
    const from = sql`${table} x CROSS JOIN resource r`
    if (kind === 'reference')
      return halves('x.target', { from, where, alone: key.single ? undefined : sql`idtext(x.target) = ${this.#value(key)}` })
    const base = { from, where, column: value, key: value, start: (start: string | number) => start }
    if (key.single) return [{ ...base, alone: undefined }]
    if (!BY_RESOURCE.includes(kind)) return [{ ...base, alone: sql`${value} = ${this.#value(key)}` }]
    const better = sql`i.${name(COLUMNS[kind])} ${name(key.descending ? '>' : '<')} ${value}`
    const first = sql`NOT EXISTS (SELECT 1 FROM ${table} i INDEXED BY ${table}_rid WHERE i.path IN (${this.#numbers(key)}) AND i.rid = x.rid AND ${better})`
    // Narrow dates are the only ones of their resource and path.
    return [{ ...base, alone: kind === 'date' && key.paths.length === 1 ? sql`(x.wide = 0 OR ${first})` : first }]
  }

  #value(key: SortKey): Sql {
    const { kind, descending } = key
    if (kind === 'id') return name('idtext(r.id)')
    if (kind === 'lastUpdated') return name('r.updated')
    if (!BY_RESOURCE.includes(kind)) {
      const wanted: Wanted = { paths: key.paths, descending }
      return sql`sortvalue((SELECT v.body FROM version v WHERE v.seq = r.seq), ${JSON.stringify(wanted)})`
    }
    const table = name(kind)
    const best = name(`${descending ? 'max' : 'min'}(i.${COLUMNS[kind]})`)
    return sql`(SELECT ${best} FROM ${table} i INDEXED BY ${table}_rid WHERE i.path IN (${this.#numbers(key)}) AND i.rid = r.rid)`
  }

  #numbers({ paths }: SortKey): Sql {
    return join(
      paths.map(({ path }) => sql`${this.#number(path)}`),
      ', '
    )
  }

  #number(path: number): number {
    return this.#dictionary.paths[path]!
  }

  /** ` AND <column> IN (types)` */
  #of(column: string, targets: readonly string[] | undefined): Sql {
    if (targets === undefined) return name('')
    const numbers = targets.map((type) => sql`${this.#dictionary.types.get(type) ?? -1}`)
    return sql` AND ${name(column)} IN (${join(numbers, ', ')})`
  }
}

/** Ids stand in an index as text, behind them UUIDs as bytes: each half is in the order of the ids it holds. */
function halves(column: string, { from, where, alone }: Pick<Walk, 'from' | 'where' | 'alone'>): Walk[] {
  const id = name(column)
  const half = (range: Sql, start: Walk['start']): Walk => ({
    from,
    where: sql`${where} AND ${range}`,
    column: id,
    key: sql`idtext(${id})`,
    alone,
    start
  })
  const bytes = (value: string | number) =>
    UUID_TEXT.test(String(value)) ? Buffer.from(String(value).replaceAll('-', ''), 'hex') : undefined
  return [half(sql`${id} < x''`, (value) => value), half(sql`${id} >= x''`, bytes)]
}

function column(n: number): Sql {
  return name(`k${n}`)
}

interface Wanted {
  readonly paths: SortKey['paths']
  readonly descending: boolean
}

/** The value of a token, reference or uri key, made again from the body: these indexes have no way from resources to rows. */
function sortValue(body: string, { paths, descending }: Wanted, { custom }: Dictionary): string | null {
  let best: Buffer | undefined
  const take = (path: number, text: string, type?: string) => {
    if (!paths.some((one) => one.path === path && (type === undefined || (one.targets?.includes(type) ?? true)))) return
    const bytes = Buffer.from(text)
    if (best === undefined || Buffer.compare(bytes, best) < 0 !== descending) best = bytes
  }
  const none = () => {}
  const sink: IndexSink = {
    token: (path, _, code) => take(path, code),
    reference: (path, type, id) => take(path, id, type),
    uri: (path, value) => take(path, value),
    string: none,
    date: none,
    number: none,
    quantity: none,
    patient: none
  }
  indexResource(JSON.parse(body), sink, custom)
  return best?.toString() ?? null
}
