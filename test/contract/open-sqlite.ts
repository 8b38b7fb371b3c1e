import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '#wardbridge/store/sqlite/store.js'
import type { Open } from './repository.js'

/** An embedded store in a folder of its own. */
export const openSqlite: Open = async (t, options) => {
  const folder = mkdtempSync(join(tmpdir(), 'wardbridge-'))
  const store = await openSqliteStore(join(folder, 'store.db'), { readers: 1, ...options })
  t.teardown(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })
  return store
}
