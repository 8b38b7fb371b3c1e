/** Builds all index tables anew from the bodies: index rows are staged, then copied sorted, as in a bulk load. */
import { rmSync } from 'node:fs'
import { INDEX_TABLES, indexRows } from './index-rows.js'
import { copyIndexRows } from './merge.js'
import { finishPass } from './reindex.js'
import type { Db } from './schema.js'
import { listShapes, mapShapes, setShapes } from './shapes.js'
import { indexTables, StageRows } from './stage.js'
import type { ResourceWriter } from './write.js'

const PAGE = 500

/** One transaction: other writers wait, readers see the old indexes until it is done. Needs free disk space of the size of the indexes, twice. */
export function rebuild(db: Db, file: string, writer: ResourceWriter): void {
  const stage = `${file}-rebuild`
  rmSync(stage, { force: true })
  db.prepare('ATTACH ? AS stage').run(stage)
  try {
    db.pragma('stage.journal_mode = OFF')
    db.pragma('stage.synchronous = OFF')
    db.exec(indexTables('stage'))
    db.transaction(() => {
      writer.begin()
      stageAll(db, writer)
      for (const { name } of INDEX_TABLES) db.exec(`DELETE FROM main.${name}`)
      db.exec('CREATE TEMP TABLE IF NOT EXISTS stage_system(id INTEGER PRIMARY KEY, number INTEGER); DELETE FROM temp.stage_system')
      db.exec('INSERT INTO temp.stage_system SELECT 0, 0 UNION ALL SELECT id, id FROM main.system')
      copyIndexRows(db, 0, '')
      listShapes(db)
      mapShapes(db)
      setShapes(db)
      db.exec('UPDATE main.resource SET shape = 0 WHERE shape <> 0 AND NOT EXISTS (SELECT 1 FROM stage.shaped s WHERE s.n = resource.rid)')
      writer.fullText.forget()
      db.exec(`DELETE FROM main.history;
        INSERT INTO main.history SELECT r.type, v.updated, v.seq FROM main.version v CROSS JOIN main.resource r ON r.rid = v.rid ORDER BY 1, 2, 3`)
      writer.end()
      finishPass(writer, undefined)
    }).immediate()
  } catch (error) {
    writer.rolledBack()
    throw error
  } finally {
    db.exec('DETACH stage')
    rmSync(stage, { force: true })
  }
}

function stageAll(db: Db, writer: ResourceWriter): void {
  const page = db.prepare<[number, number], { rid: number; body: string }>(
    `SELECT r.rid, v.body FROM main.resource r JOIN main.version v ON v.seq = r.seq
     WHERE r.rid > ? AND r.deleted = 0 ORDER BY r.rid LIMIT ?`
  )
  const rows = new StageRows(db, 'stage')
  let resources: Array<{ rid: number; body: string }>
  let last = 0
  do {
    resources = page.all(last, PAGE)
    for (const { rid, body } of resources)
      rows.add(
        rid,
        indexRows(JSON.parse(body), writer.dictionary, (uri) => writer.systems.number(uri))
      )
    last = resources.at(-1)?.rid ?? last
  } while (resources.length === PAGE)
  rows.flush()
}
