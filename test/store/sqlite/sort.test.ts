import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openSqliteStore } from '#wardbridge/store/sqlite/store.js'
import { resultsContract } from '../../contract/repository-results.js'

// The same order must come out when nothing is sorted as a whole, but the index of the first key is walked.
resultsContract(t, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'wardbridge-'))
  const store = await openSqliteStore(join(folder, 'store.db'), { readers: 1, mostSorted: 0 })
  t.teardown(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })
  return store
})
