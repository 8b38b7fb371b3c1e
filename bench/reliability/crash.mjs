/**
 * A server that many clients write to over HTTP is killed with SIGKILL, again and again, on the same store. After each time everything that any client
 * was ever told is looked up in the store.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { parseSearch } from '../../dist/fhir/search-query.js'
import { openSqliteStore } from '../../dist/store/sqlite/store.js'
import { send, startServer } from './server.mjs'

const ENTRIES = 5
/** Longest time between the first answer and the end, in milliseconds. */
const LONGEST = 1500
const SYSTEM = 'urn:reliability'

/** What clients were told, and what they asked for without being told. */
class Ledger {
  /** Acknowledged versions: `Patient/1/2` -> mark. */
  versions = new Map()
  deleted = new Set()
  /** Every transaction that was sent: the ids it creates, and whether it was acknowledged. */
  transactions = []
  /** Identifier -> ids that its conditional creates were answered with. */
  once = new Map()
  acknowledged = 0

  said(id, version, mark) {
    this.acknowledged++
    this.versions.set(`Patient/${id}/${version}`, mark)
  }
}

const patient = (mark, more = {}) => ({ resourceType: 'Patient', language: 'en', name: [{ text: mark }], ...more })

/** Throws on an answer that the writers below never expect. */
function expect({ status, body }, ...statuses) {
  if (!statuses.includes(status)) throw new Error(`Unexpected ${status}: ${JSON.stringify(body)}`, { cause: 'answer' })
}

/** Each writes one after the other until the server is gone. */
const WRITERS = {
  async create({ url, ledger }) {
    const mark = randomUUID()
    const answer = await send(url, 'POST', '/Patient', patient(mark))
    expect(answer, 201)
    ledger.said(answer.id, answer.version, mark)
  },
  async update({ url, ledger, name }) {
    const mark = randomUUID()
    const answer = await send(url, 'PUT', `/Patient/u-${name}`, patient(mark, { id: `u-${name}` }))
    expect(answer, 200, 201)
    ledger.said(`u-${name}`, answer.version, mark)
  },
  async createOnce({ url, ledger, round, step }) {
    const value = `${round}-${step}`
    const headers = { 'if-none-exist': `identifier=${SYSTEM}|${value}` }
    const answer = await send(url, 'POST', '/Patient', patient(value, { identifier: [{ system: SYSTEM, value }] }), headers)
    expect(answer, 200, 201)
    ledger.acknowledged++
    ledger.once.set(value, (ledger.once.get(value) ?? new Set()).add(answer.id))
  },
  async remove({ url, ledger, name, round, step }) {
    const id = `d-${round}-${name}-${step}`
    expect(await send(url, 'PUT', `/Patient/${id}`, patient(id, { id })), 201)
    const answer = await send(url, 'DELETE', `/Patient/${id}`)
    expect(answer, 200, 204)
    ledger.acknowledged += 2
    ledger.deleted.add(id)
  },
  async transaction({ url, ledger, name, round, step }) {
    const mark = randomUUID()
    const ids = Array.from({ length: ENTRIES }, (_, n) => `t-${round}-${name}-${step}-${n}`)
    const shared = `t-${name}`
    const sent = { ids, mark, shared, acknowledged: false }
    ledger.transactions.push(sent)
    const answer = await send(url, 'POST', '', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [...ids, shared].map((id) => ({
        fullUrl: `${url}/Patient/${id}`,
        resource: patient(mark, { id }),
        request: { method: 'PUT', url: `Patient/${id}` }
      }))
    })
    expect(answer, 200)
    ledger.acknowledged++
    sent.acknowledged = true
  }
}

/** name -> how many of them write at once; those of createOnce send the same identifiers. */
const CROWD = { create: 6, update: 4, createOnce: 4, remove: 2, transaction: 4 }

/** Writes until the server is killed. Throws when it answers what it must not. */
async function write(kind, context) {
  for (let step = 0; ; step++) {
    try {
      await WRITERS[kind]({ ...context, step })
    } catch (error) {
      if (error.cause === 'answer') throw error
      return
    }
  }
}

/** Looks up everything in the ledger. Gives one line per contradiction. */
async function check(store, ledger) {
  const problems = []
  const markOf = (stored) => JSON.parse(stored.body.toString()).name[0].text
  for (const [place, mark] of ledger.versions) {
    const [type, id, version] = place.split('/')
    const stored = await store.vread(type, id, version)
    if (stored === undefined || stored.deleted || markOf(stored) !== mark) problems.push(`${place} was acknowledged and is not there`)
  }
  for (const id of ledger.deleted) if (!(await store.read('Patient', id))?.deleted) problems.push(`${id} was deleted and is there`)
  const shared = new Map()
  for (const { shared: id } of ledger.transactions) {
    if (shared.has(id)) continue
    const versions = (await store.history({ type: 'Patient', id, count: 1_000_000 }))?.versions ?? []
    shared.set(id, new Set(versions.map(markOf)))
  }
  for (const { ids, mark, shared: id, acknowledged } of ledger.transactions) {
    const stored = await Promise.all(ids.map((one) => store.read('Patient', one)))
    const there = stored.filter((one) => one !== undefined && markOf(one) === mark).length + (shared.get(id).has(mark) ? 1 : 0)
    const whole = there === ids.length + 1
    if (!whole && (acknowledged || there > 0))
      problems.push(`transaction ${ids[0]}: ${there} of ${ids.length + 1} entries, acknowledged ${acknowledged}`)
  }
  for (const [value, ids] of ledger.once) {
    const query = parseSearch('Patient', [['identifier', `${SYSTEM}|${value}`]], { handling: 'strict' })
    const found = (await store.search(query)).resources.map(({ id }) => id)
    if (found.length !== 1 || ids.size !== 1 || !ids.has(found[0]))
      problems.push(`identifier ${value}: ${found.length} resources, ${ids.size} ids in answers`)
  }
  return problems
}

/**
 * kills: how often. random(): 0 to 1. Resolves with what was acknowledged and every contradiction found, after each kill and in the end.
 */
export async function crash(file, { kills, random, progress = () => {} }) {
  const ledger = new Ledger()
  const problems = []
  for (let round = 1; round <= kills; round++) {
    const server = await startServer(file)
    const writers = Object.entries(CROWD).flatMap(([kind, many]) =>
      Array.from({ length: many }, (_, n) => write(kind, { url: server.url, ledger, round, name: String(n) }))
    )
    const all = Promise.all(writers)
    const before = ledger.acknowledged
    let over = false
    const moment = async () => {
      // From the first answer on: a server that is still starting has nothing to lose.
      while (!over && ledger.acknowledged === before) await wait(5)
      await wait(random() * LONGEST)
    }
    await Promise.race([all, moment()]).finally(() => {
      over = true
      return server.kill()
    })
    await all
    const store = await openSqliteStore(file, { readers: 1 })
    try {
      // Everything, after every kill: what an earlier round acknowledged must survive the later ones.
      problems.push(...(await check(store, ledger)).map((line) => `kill ${round}: ${line}`))
      problems.push(...(await store.verify({ rebuild: false })).problems.map((line) => `kill ${round}: verify: ${line}`))
      progress({ round, acknowledged: ledger.acknowledged, problems: problems.length })
    } finally {
      await store.close()
    }
  }
  const started = ledger.transactions.length
  const done = ledger.transactions.filter(({ acknowledged }) => acknowledged).length
  return { kills, acknowledged: ledger.acknowledged, transactions: started, transactionsAcknowledged: done, problems }
}
