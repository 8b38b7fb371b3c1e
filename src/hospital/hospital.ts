/** The hospital's tables as its interface offers them. What the routes have in common; each subject has a file of its own. */

import { randomUUID } from 'node:crypto'
import { fail, WardbridgeError } from '../errors.js'
import { includesVersion, showVersions, type Versions } from '../fhir/etags.js'
import type { Principal, Service } from '../service/contract.js'
import type { State } from '../state/state.js'
import { readRow, rowJson, type Sent, wrong } from './cells.js'
import { HOSPITAL, nextNumber } from './numbers.js'
import { type HospitalPack, openPack, type PackOptions } from './pack.js'
import { type Row, Rows } from './rows.js'
import { TABLES, type TableName } from './tables.js'

export interface HospitalOptions extends Omit<PackOptions, 'idSecret'> {
  /** What becomes of a patient with clinical data that is to be deleted. */
  readonly archive: boolean
}

/** A row, in the form that is sent. */
export interface RowAnswer {
  readonly key: string
  readonly version: string
  readonly json: string
}

/** Who writes, and from where. */
export interface Caller {
  readonly who: Principal
  /** Address of the FHIR API as this client sees it. */
  readonly base: string
  /** Where the request may come again: remembers the key of the row it makes, so that it makes one only, whatever happened the first time. */
  readonly reservation?: { readonly reserved: string | undefined; readonly reserve: (key: string) => Promise<string> } | undefined
}

/** Loads the pack. Throws config. */
export async function openHospital(service: Service, state: State, options: HospitalOptions): Promise<Hospital> {
  const pack = await openPack({ ...options, idSecret: async () => state.getSecret('ids') })
  return new Hospital(service, state, pack, options.archive)
}

export class Hospital {
  readonly service: Service
  readonly pack: HospitalPack
  readonly rows: Rows
  readonly archive: boolean
  readonly #state: State

  constructor(service: Service, state: State, pack: HospitalPack, archive: boolean) {
    this.service = service
    this.#state = state
    this.pack = pack
    this.rows = new Rows(service, pack)
    this.archive = archive
  }

  /** The row in a body; others: members that may be there beside the columns. Throws json.*, rest.body, rest.column. */
  read(table: TableName, body: string, others: readonly string[] = []): Sent {
    return readRow(body, this.pack.table(table).columns, this.pack.localTime, others)
  }

  answer(row: Row, more: Readonly<Record<string, string>> = {}): RowAnswer {
    return { key: row.key, version: row.version, json: rowJson(row.cells, this.pack.table(row.table).columns, more) }
  }

  /** A row that another one names. Throws rest.unknown. */
  async named(who: Principal, column: string, table: TableName, key: string): Promise<Row> {
    const row = await this.rows.find(who, table, key)
    if (row === undefined) throw fail('rest.unknown', { column, key, table }, { expression: column })
    return row
  }

  /** Makes a row: with the key that was sent, if it is not taken, else with a new one. make: writes it. Throws rest.exists and what make throws. */
  async create(caller: Caller, name: TableName, sent: Sent, make: (key: string) => Promise<void>): Promise<Row> {
    const { who, reservation } = caller
    const table = this.pack.table(name)
    const given = sent.get(table.columns[table.key[0] ?? 0]?.name ?? '') ?? ''
    const known = reservation?.reserved
    const before = known === undefined ? undefined : await this.rows.find(who, name, known)
    // The first request did its work and was lost before it could say so.
    if (before !== undefined) return before
    if (given !== '' && (await this.rows.find(who, name, given)) !== undefined) throw fail('rest.exists', { key: given, table: name })
    // Of the resource that stands for the row; one that rows share may be made by somebody else in between.
    const taken = (error: unknown) =>
      error instanceof WardbridgeError &&
      ['resource.exists', 'conditional.taken'].includes(error.code) &&
      error.params['type'] === table.homes[0]?.type
    for (let tries = 1; ; tries++) {
      const fresh = known ?? (given === '' ? await this.#newKey(name) : given)
      const key = tries === 1 ? ((await reservation?.reserve(fresh)) ?? fresh) : fresh
      try {
        await untilSettled(() => make(key), { not: taken })
        return await this.rows.get(who, name, key)
      } catch (error) {
        if (!taken(error)) throw error
        if (given !== '') throw fail('rest.exists', { key, table: name }, { cause: error })
        if (tries === TRIES) throw error
      }
    }
  }

  /** The cells of a row that is changed; one that somebody made without a number gets one. Throws rest.column when they say another number. */
  async numbered(before: Row, cells: string[]): Promise<string[]> {
    const table = this.pack.table(before.table)
    const key = table.key[0] ?? 0
    if (before.cells[key] === '') return cells.with(key, cells[key] || (await this.#newKey(before.table)))
    this.unchanged(before, cells, table.columns[key]?.name ?? '')
    return cells
  }

  /** Throws rest.column when a column that cannot be changed is. */
  unchanged(before: Row, cells: readonly string[], column: string): void {
    const index = this.pack.column(this.pack.table(before.table), column)
    if (cells[index] !== before.cells[index]) throw wrong(column, `is ${before.cells[index]} and cannot be changed`)
  }

  async #newKey(name: TableName): Promise<string> {
    const table = this.pack.table(name)
    if (table.columns[table.key[0] ?? 0]?.type !== 'integer') return randomUUID()
    const [home] = table.homes
    const id = (number: string) => table.resourcesOf(table.columns.map((_, index) => (table.key.includes(index) ? number : '')))[0]?.id
    return nextNumber({ service: this.service, state: this.#state }, home!.type, this.pack.system(TABLES[name].system), (number) =>
      this.#neverWas(home!.type, id(number))
    )
  }

  /** Also no number of a row that was deleted: somebody may know it as that. */
  async #neverWas(type: string, id: string | undefined): Promise<boolean> {
    try {
      if (id !== undefined) await this.service.read(HOSPITAL, type, id)
      return id === undefined
    } catch (error) {
      if (error instanceof WardbridgeError && error.code === 'resource.not-found') return true
      if (error instanceof WardbridgeError && error.code === 'resource.deleted') return false
      throw error
    }
  }
}

/** Throws resource.conflict when a client asked for another version of a row than the one there is. */
export function checkVersion(row: Row, ifMatch: Versions | undefined): void {
  if (ifMatch === undefined || includesVersion(ifMatch, row.version)) return
  throw fail('resource.conflict', { type: row.table, id: row.key, actual: row.version, expected: showVersions(ifMatch) })
}

/** How often a write is tried while others write the same rows. */
const TRIES = 5

/** Codes of errors that say that somebody else wrote what was read. */
const RACES: readonly string[] = ['resource.conflict', 'resource.exists', 'resource.raced', 'conditional.taken']

/** Reads, decides and writes again when somebody else wrote in between. The work must read anew each time. not: errors that are no such case. */
export async function untilSettled<T>(
  work: () => Promise<T>,
  { not = () => false }: { readonly not?: (error: unknown) => boolean } = {}
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      const raced = error instanceof WardbridgeError && RACES.includes(error.code) && !not(error)
      if (!raced || tries === TRIES) throw error
    }
  }
}
