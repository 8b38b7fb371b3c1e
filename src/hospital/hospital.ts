/** The hospital's tables as its interface offers them. What the routes have in common; each subject has a file of its own. */

import { randomUUID } from 'node:crypto'
import { fail, WardbridgeError } from '../errors.js'
import { includesVersion, showVersions, type Versions } from '../fhir/etags.js'
import type { Principal, Service } from '../service/contract.js'
import type { State } from '../state/state.js'
import { readRow, rowJson, type Sent } from './cells.js'
import { nextNumber } from './numbers.js'
import { type HospitalPack, openPack, type PackOptions } from './pack.js'
import { readIfThere } from './resources.js'
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

/** Who writes, and from where: base is the address of the FHIR API as this client sees it. */
export interface Caller {
  readonly who: Principal
  readonly base: string
}

/** Loads the pack. Throws config. */
export async function openHospital(service: Service, state: State, options: HospitalOptions): Promise<Hospital> {
  const pack = await openPack({ ...options, idSecret: () => state.getSecret('ids') })
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

  /** The key of a new row: the one that was sent, if it is not taken, else a new one. Throws rest.exists. */
  async newKey(who: Principal, name: TableName, sent: Sent): Promise<string> {
    const table = this.pack.table(name)
    const column = table.columns[table.key[0] ?? 0]
    const wanted = sent.get(column?.name ?? '') ?? ''
    if (wanted !== '') {
      if ((await this.rows.find(who, name, wanted)) !== undefined) throw fail('rest.exists', { key: wanted, table: name })
      return wanted
    }
    if (column?.type !== 'integer') return randomUUID()
    const [home] = table.homes
    const id = (number: string) => table.resourcesOf(table.columns.map((_, index) => (table.key.includes(index) ? number : '')))[0]?.id
    return nextNumber({ service: this.service, state: this.#state }, home!.type, this.pack.system(TABLES[name].system), (number) =>
      this.#neverWas(home!.type, id(number))
    )
  }

  async #neverWas(type: string, id: string | undefined): Promise<boolean> {
    if (id === undefined) return true
    const who: Principal = { subject: 'hospital', role: 'system' }
    try {
      return (await readIfThere(this.service, who, type, id)) === undefined && (await this.#history(who, type, id)) === 0
    } catch {
      return false
    }
  }

  async #history(who: Principal, type: string, id: string): Promise<number> {
    try {
      return (await this.service.history(who, { type, id, count: 1 })).versions.length
    } catch (error) {
      if (error instanceof WardbridgeError && error.code === 'resource.not-found') return 0
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

/** Reads, decides and writes again when somebody else wrote in between. The work must read anew each time. */
export async function untilSettled<T>(work: () => Promise<T>, { once = false } = {}): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      const raced = error instanceof WardbridgeError && RACES.includes(error.code)
      if (!raced || once || tries === TRIES) throw error
    }
  }
}
