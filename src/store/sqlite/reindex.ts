/**
 * Building index rows from bodies that are there already, one short transaction after the other, so that other writes get their turn and a crash loses
 * nothing but the last one: how far it came is committed with the rows. Several processes may do it together.
 */
import type { ReindexProgress } from '../repository.js'
import { INDEX_TABLES, indexRows } from './index-rows.js'
import { type IndexPass, sinkNumbers } from './index-state.js'
import { copyIndexRows } from './merge.js'
import type { Db } from './schema.js'
import { mapShapes, setShapes } from './shapes.js'
import { indexTables, StageRows } from './stage.js'
import type { ResourceWriter } from './write.js'

/** A transaction ends after this time, in milliseconds, or when it has indexed so many resources or looked at so many rows. */
const SLICE_TIME = 100
const SLICE_RESOURCES = 1000
const SLICE_ROWS = 50_000
/** Rows of an abandoned path that are removed in one transaction. */
const SLICE_REMOVED = 20_000

interface ResourceBody {
  readonly rid: number
  readonly body: string
}

/** Does the next piece of work; undefined when there is none left. */
export function reindex(db: Db, writer: ResourceWriter): ReindexProgress | undefined {
  db.exec("ATTACH ':memory:' AS stage")
  try {
    db.exec(indexTables('stage'))
    return db.transaction(() => slice(db, writer)).immediate()
  } catch (error) {
    writer.rolledBack()
    throw error
  } finally {
    db.exec('DETACH stage')
  }
}

function slice(db: Db, writer: ResourceWriter): ReindexProgress | undefined {
  writer.begin()
  const { index } = writer
  const pass = index.pass ?? newPass(writer)
  if (pass === undefined) {
    const [path] = index.definition.abandoned
    return path === undefined ? undefined : clean(db, writer, path)
  }
  const position = pass.position < pass.last ? indexSome(db, writer, pass) : pass.last
  writer.end()
  if (position < pass.last) index.setPass({ ...pass, position })
  else finishPass(writer, pass.paths)
  return { done: position, total: pass.last }
}

/** Parameters that wait are added together. */
function newPass({ index, lastRid }: ResourceWriter): IndexPass | undefined {
  const paths = index.definition.parameters.flatMap((one) => (one.state === 'waiting' ? one.paths : []))
  return paths.length === 0 ? undefined : { paths, position: 0, last: lastRid }
}

/** Returns the rid up to which everything is indexed now. */
function indexSome(db: Db, writer: ResourceWriter, { paths, position, last }: IndexPass): number {
  const { dictionary, index } = writer
  const end = Math.min(last, position + SLICE_ROWS)
  const types = index.definition.parameters.flatMap((one) => (one.paths.some((path) => paths?.includes(path)) ? one.types : []))
  const filter = paths === undefined ? '' : `AND r.type IN (${[0, ...types.map((type) => dictionary.types.get(type)!)].join(', ')})`
  const bodies = db.prepare<[number, number, number], ResourceBody>(
    `SELECT r.rid, v.body FROM main.resource r CROSS JOIN main.version v ON v.seq = r.seq
     WHERE r.rid > ? AND r.rid <= ? AND r.deleted = 0 ${filter} ORDER BY r.rid LIMIT ?`
  )
  const only = paths === undefined ? undefined : sinkNumbers(paths)
  const rows = new StageRows(db, 'stage')
  const stop = performance.now() + SLICE_TIME
  const some = bodies.all(position, end, SLICE_RESOURCES)
  let reached = some.length < SLICE_RESOURCES ? end : some.at(-1)!.rid
  for (const { rid, body } of some) {
    rows.add(
      rid,
      indexRows(JSON.parse(body), dictionary, (uri) => writer.systems.number(uri), only)
    )
    if (performance.now() < stop) continue
    reached = rid
    break
  }
  rows.flush()
  db.exec(`CREATE TEMP TABLE IF NOT EXISTS stage_system(id INTEGER PRIMARY KEY, number INTEGER); DELETE FROM temp.stage_system;
    INSERT INTO temp.stage_system SELECT 0, 0 UNION ALL SELECT id, id FROM main.system`)
  copyIndexRows(db, 0, '')
  mapShapes(db)
  setShapes(db)
  return reached
}

/** Everything is indexed by these paths (undefined: by all): parameters that waited for it can be used. */
export function finishPass({ index }: ResourceWriter, paths: readonly number[] | undefined): void {
  index.setPass(undefined)
  const done = (path: number) => paths === undefined || paths.includes(path)
  const parameters = index.definition.parameters.map((one) =>
    one.state === 'waiting' && one.paths.every(done) ? ({ ...one, state: 'active' } as const) : one
  )
  index.change({ parameters, complete: true })
}

/** Removes rows of a parameter that is gone. */
function clean(db: Db, { index }: ResourceWriter, path: number): ReindexProgress {
  let left = SLICE_REMOVED
  for (const { name, columns } of INDEX_TABLES) {
    if (!(columns as readonly string[]).includes('path')) continue
    const key = [...columns, 'rid'].join(', ')
    const remove = db.prepare(`DELETE FROM main.${name} WHERE (${key}) IN (SELECT ${key} FROM main.${name} WHERE path = ? LIMIT ?)`)
    left -= remove.run(path, left).changes
    if (left <= 0) return { done: 0, total: 0 }
  }
  index.change({ abandoned: index.definition.abandoned.filter((one) => one !== path) })
  return { done: 0, total: 0 }
}
