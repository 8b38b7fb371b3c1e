/** Indexes until it is killed or done; says on stdout how far it is after each step. argv: store file. */
import { writeSync } from 'node:fs'
import { openSqliteStore } from '#wardbridge/store/sqlite/store.js'

const store = await openSqliteStore(process.argv[2]!, { readers: 1 })
for (let progress = await store.reindex(); progress !== undefined; progress = await store.reindex()) writeSync(1, `${progress.done}\n`)
await store.close()
