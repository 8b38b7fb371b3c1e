import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openSqliteStore } from '#wardbridge/store/sqlite/store.js'
import { repositoryContract } from './repository.js'

repositoryContract(t, async (t, options) => {
  const folder = mkdtempSync(join(tmpdir(), 'wardbridge-'))
  const store = await openSqliteStore(join(folder, 'store.db'), { readers: 1, ...options })
  t.teardown(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })
  return store
})
