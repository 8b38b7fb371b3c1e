/** Conditional values in Cloud Storage: the contract of the port, and faults on the way there and back. */
import t from 'tap'
import { openObjects } from '#wardbridge/files/objects.js'
import { objectsContract } from '../contract/objects.js'
import { type Fault, type SeenRequest, startStorage } from '../support/storage-server.js'

const server = await startStorage(t)
let tests = 0
const fresh = () => `gs://b/test-${++tests}`
/** The next request of a method gets a fault, others do not. */
const once = (method: string, fault: Fault, isMeant: (request: SeenRequest) => boolean = () => true): void => {
  server.fault = (request) => {
    if (request.method !== method || !isMeant(request)) return undefined
    server.fault = () => undefined
    return fault
  }
}

t.test('contract', async (t) =>
  objectsContract(t, () => {
    const location = fresh()
    return () => openObjects(location, server.google)
  })
)

t.test('values stand below the prefix', async (t) => {
  await openObjects('gs://b/state/', server.google).put('x/y', Buffer.from('1'))
  t.equal(server.bucket('b').get('state/x/y')?.bytes.toString(), '1')
  await openObjects('gs://b', server.google).put('at-the-top', Buffer.from('1'))
  t.ok(server.bucket('b').get('at-the-top'))
})

t.test('a put whose answer was lost is known as done', async (t) => {
  const objects = openObjects(fresh(), server.google)
  once('POST', { lost: true })
  const first = await objects.put('a', Buffer.from('1'), 'absent')
  t.equal((await objects.get('a'))?.generation, first)
  once('POST', { lost: true })
  const second = await objects.put('a', Buffer.from('2'), { generation: first! })
  t.strictSame(await objects.get('a'), { bytes: Buffer.from('2'), generation: second })
  once('POST', { lost: true })
  t.equal(await objects.put('a', Buffer.from('3'), 'absent'), undefined, 'one that was refused is not')
  once('DELETE', { lost: true })
  t.equal(await objects.delete('a', { generation: second! }), true)
  t.equal(await objects.get('a'), undefined)
})

t.test('what fails for a moment is done again', async (t) => {
  const objects = openObjects(fresh(), server.google)
  for (const fault of [{ status: 503 }, { status: 429 }, { reset: -1 }] as const) {
    once('POST', fault)
    const generation = await objects.put('a', Buffer.from('a value'))
    t.ok(generation, JSON.stringify(fault))
    once('GET', fault)
    t.equal((await objects.get('a'))?.generation, generation)
    once('GET', fault)
    for await (const { name } of objects.list('')) t.equal(name, 'a')
    once('DELETE', fault)
    t.equal(await objects.delete('a'), true)
  }
})

t.test('a value that comes broken is read again', async (t) => {
  // A connection that gives nothing is given up after a quarter of that.
  const objects = openObjects(fresh(), { ...server.google, callBudget: 4000 })
  const bytes = Buffer.alloc(100_000, 'value ')
  const generation = await objects.put('a', bytes)
  for (const fault of [{ reset: 50_000 }, { truncate: 50_000 }, { flip: 77 }, { reset: 0 }] as const) {
    once('GET', fault)
    t.strictSame(await objects.get('a'), { bytes, generation }, JSON.stringify(fault))
  }
})

t.test('a twentieth of all calls fails somehow, and nothing is lost or doubled', async (t) => {
  const objects = openObjects(fresh(), server.google)
  const faults: readonly Fault[] = [{ status: 503 }, { reset: -1 }, { lost: true }, { status: 429 }, { reset: 1 }]
  let calls = 0
  server.fault = () => (++calls % 20 === 0 ? faults[(calls / 20) % faults.length] : undefined)
  t.teardown(() => {
    server.fault = () => undefined
  })
  const add = async (): Promise<void> => {
    for (;;) {
      const now = await objects.get('count')
      const next = Buffer.from(String(Number(now?.bytes.toString() ?? 0) + 1))
      if ((await objects.put('count', next, now === undefined ? 'absent' : { generation: now.generation })) !== undefined) return
    }
  }
  for (let i = 0; i < 60; i++) await add()
  t.equal((await objects.get('count'))?.bytes.toString(), '60')
})

t.test('errors say what is wrong, and name no object', async (t) => {
  const wrong = openObjects('gs://b/x', { ...server.google, token: 'wrong' })
  await t.rejects(wrong.get('secret-name'), { code: 'bucket.denied', message: /gs:\/\/b \(401\)/ })
  const none = openObjects('gs://none/x', server.google)
  await t.rejects(none.put('a', Buffer.from('1'), 'absent'), { code: 'bucket.missing' })
  server.fault = () => ({ status: 503 })
  t.teardown(() => {
    server.fault = () => undefined
  })
  const short = openObjects('gs://b/x', { ...server.google, callBudget: 300 })
  const error = (await short.get('secret-name').catch((error: unknown) => error)) as { code: string; message: string }
  t.equal(error.code, 'bucket.unavailable')
  t.notMatch(error.message, /secret/)
})
