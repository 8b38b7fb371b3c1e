import t from 'tap'
import { newId } from '#wardbridge/service/new-id.js'

t.test('an id is a UUID of version 7 (RFC 9562): the time in its first 48 bits, and never the same twice', async (t) => {
  const before = Date.now()
  const ids = Array.from({ length: 1000 }, newId)
  const after = Date.now()
  for (const id of ids) {
    if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) t.fail(id)
    const time = Number.parseInt(id.replace('-', '').slice(0, 12), 16)
    if (time < before || time > after) t.fail(`${id} is not of ${before} to ${after}`)
  }
  t.equal(new Set(ids).size, 1000)
})
