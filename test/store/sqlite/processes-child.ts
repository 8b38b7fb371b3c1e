/** Opens the store and, once told to, creates with claims that others want, too. argv: store file, name. Says what it won, as JSON. */
import { openSqliteStore } from '#wardbridge/store/sqlite/store.js'

const [, , file, name] = process.argv as [string, string, string, string]
const store = await openSqliteStore(file, { readers: 1 })
process.send!('ready')
await new Promise((resolve) => process.once('message', resolve))
const attempts = Array.from({ length: 200 }, async (_, n) => {
  const id = `${name}-${n}`
  // Both name the same new systems at the same time, and both take rids and seqs.
  const text = JSON.stringify({ resourceType: 'Patient', id, identifier: [{ system: `urn:${n}`, value: id }] })
  return store.commit([{ method: 'put', type: 'Patient', id, text, claims: [`bed:${n}`] }])
})
const settled = await Promise.allSettled(attempts)
const won = settled.flatMap(({ status }, n) => (status === 'fulfilled' ? [n] : []))
const others = settled.flatMap((one) => (one.status === 'rejected' && one.reason.code !== 'claim.taken' ? [String(one.reason)] : []))
await store.close()
process.send!({ won, others })
process.disconnect()
