/** Once told to: 50 conditional creates of one identifier and 16 writers that count one resource up with If-Match. argv: store file, name. */
import { openSqliteStore } from '#wardbridge/store/sqlite/store.js'
import { countUp, createOnce } from '../../contract/repository-commit.js'

const [, , file, name] = process.argv as [string, string, string, string]
const store = await openSqliteStore(file, { readers: 1 })
process.send!('ready')
await new Promise((resolve) => process.once('message', resolve))
const creates = Array.from({ length: 50 }, (_, n) => {
  const text = JSON.stringify({ resourceType: 'Patient', id: `${name}-${n}`, identifier: [{ system: 'urn:mrn', value: '1' }] })
  return createOnce(store, { method: 'put', type: 'Patient', id: `${name}-${n}`, text }, 'identifier=urn:mrn|1')
})
const got = await Promise.all(creates)
await Promise.all(Array.from({ length: 16 }, () => countUp(store, 'counted', 10)))
await store.close()
process.send!(got)
process.disconnect()
