import t from 'tap'
import { packId, unpackId } from '#wardbridge/store/sqlite/pack.js'

t.test('canonical lower-case UUIDs take 16 bytes, every other id stays text; both come back the same', async (t) => {
  const alphabet = 'abcdef0123456789-.ABCXYZxyz'
  let state = 1
  const pick = (below: number) => (state = (Math.imul(state, 1103515245) + 12345) >>> 1) % below
  for (let n = 0; n < 2000; n++) {
    const uuid = '00000000-0000-0000-0000-000000000000'.replaceAll('0', () => 'abcdef0123456789'[pick(16)]!)
    const mutated = uuid.slice(0, pick(36)) + alphabet[pick(alphabet.length)] + uuid.slice(pick(36))
    for (const id of [uuid, mutated, uuid.toUpperCase()]) t.equal(unpackId(packId(id)), id) || t.bailout()
    if ((packId(uuid) as Buffer).length !== 16) t.fail(uuid)
  }
  for (const id of ['', 'a', '0'.repeat(36), 'x'.repeat(64)]) t.equal(packId(id), id)
})
