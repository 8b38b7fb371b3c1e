/** The live feed: what one may see, as it happens, from wherever one left off. */
import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { signToken } from '#wardbridge/identity/tokens.js'
import { openService } from '#wardbridge/service/service.js'
import { ADMIN, build } from '../helper.js'

interface Event {
  readonly id: string | undefined
  readonly event: string
  // biome-ignore lint/suspicious/noExplicitAny: resources of every shape
  readonly data: any
}

const category = (code: string) => [{ coding: [{ system: 'https://fhir.wardbridge.dev/CodeSystem/communication-category', code }] }]
const question = (patient: string, text: string) => ({
  resourceType: 'Communication',
  status: 'completed',
  category: category('question'),
  subject: { reference: `Patient/${patient}` },
  payload: [{ contentString: text }]
})

async function hospital(t: Test) {
  const built = await build(t)
  const { app, ask, key, settings } = built
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  for (const id of ['house', 'cox']) await ask('PUT', `/fhir/Practitioner/${id}`, { body: { resourceType: 'Practitioner', id } })
  for (const [id, physician] of [
    ['ann', 'house'],
    ['bob', 'cox']
  ]) {
    const body = { resourceType: 'Patient', id, generalPractitioner: [{ reference: `Practitioner/${physician}` }] }
    await ask('PUT', `/fhir/Patient/${id}`, { body })
  }
  const token = (role: string, fhirUser: string, lifetime = 3600) => signToken(key, { subject: fhirUser, role, fhirUser }, lifetime)
  const house = token('physician', 'Practitioner/house')
  const listen = async (bearer: string, headers: Record<string, string> = {}) => {
    const stop = new AbortController()
    t.teardown(() => stop.abort())
    const response = await fetch(`${url}/feed`, { headers: { authorization: `Bearer ${bearer}`, ...headers }, signal: stop.signal })
    t.equal(response.status, 200)
    t.match(response.headers.get('content-type'), /^text\/event-stream/)
    const read = events(response.body!)[Symbol.asyncIterator]()
    return { next: async () => (await read.next()).value as Event, ended: async () => (await read.next()).done === true, stop }
  }
  return { ...built, url, token, house, listen, settings }
}

async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<Event, void> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n')
      text = text.slice(end + 2)
      const field = (name: string) => lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2))
      const data = field('data').join('\n')
      if (data !== '') yield { id: field('id')[0], event: field('event')[0] ?? '', data: JSON.parse(data) }
    }
  }
}

t.test('the feed', async (t) => {
  const { ask, token, house, listen, settings, state, key, url } = await hospital(t)
  const asAnn = { token: token('patient', 'Patient/ann') }
  const asBob = { token: token('patient', 'Patient/bob') }

  await t.test('shows what happens in the threads one may see, and nothing else', async (t) => {
    const [theirs, others, own] = await Promise.all([listen(house), listen(token('physician', 'Practitioner/cox')), listen(asAnn.token)])
    for (const one of [theirs, others, own]) t.equal((await one.next()).event, 'ready')
    await ask('POST', '/fhir/Communication', { ...asAnn, body: question('ann', 'first') })
    await ask('POST', '/fhir/Communication', { ...asBob, body: question('bob', 'second') })
    for (const one of [theirs, own]) {
      const seen = [await one.next(), await one.next(), await one.next()]
      t.strictSame(seen.map(({ event }) => event).sort(), ['question', 'task', 'thread'])
      t.match(seen.find(({ event }) => event === 'question')?.data, { payload: [{ contentString: 'first' }] })
    }
    const seen = [await others.next(), await others.next(), await others.next()]
    for (const { data } of seen) t.notMatch(JSON.stringify(data), 'Patient/ann')
  })

  await t.test('goes on where the client left off', async (t) => {
    const first = await listen(house)
    const { id } = await first.next()
    first.stop.abort()
    await ask('POST', '/fhir/Communication', { ...asAnn, body: question('ann', 'missed') })
    const again = await listen(house, { 'last-event-id': id! })
    t.match(await again.next(), { event: 'ready', id })
    const seen = [await again.next(), await again.next(), await again.next()]
    t.match(seen.find(({ event }) => event === 'question')?.data, { payload: [{ contentString: 'missed' }] })
    const places = seen.map((one) => Number(one.id))
    t.strictSame(
      places,
      [...places].sort((a, b) => a - b),
      'in order'
    )
    const rest = await listen(house, { 'last-event-id': seen[1]!.id! })
    await rest.next()
    t.equal((await rest.next()).id, seen[2]!.id)
  })

  await t.test('shows what another process writes', async (t) => {
    const one = await listen(house)
    await one.next()
    const other = await openService(settings)
    t.teardown(() => other.close())
    const who = { subject: 'ann', role: 'patient', fhirUser: 'Patient/ann' }
    await other.create(who, 'Communication', JSON.stringify(question('ann', 'from elsewhere')))
    const seen = [await one.next(), await one.next(), await one.next()]
    t.match(seen.find(({ event }) => event === 'question')?.data, { payload: [{ contentString: 'from elsewhere' }] })
    await other.update(
      ADMIN,
      'Patient',
      'ann',
      JSON.stringify({ resourceType: 'Patient', id: 'ann', generalPractitioner: [{ reference: 'Practitioner/cox' }] })
    )
    t.match(await one.next(), { event: 'gone', data: { resourceType: 'Task', id: String } }, 'what went to somebody else is gone')
  })

  await t.test('ends when the token does', async (t) => {
    const short = await listen(token('physician', 'Practitioner/house', 2))
    await short.next()
    t.equal((await short.next()).event, 'end')
    t.ok(await short.ended())
    const jti = JSON.parse(Buffer.from(house.split('.')[1]!, 'base64url').toString()).jti as string
    const long = await listen(house)
    await long.next()
    state.sessions.revoke(jti, Date.now() + 3_600_000)
    t.equal((await long.next()).event, 'end')
    t.ok(await long.ended())
  })

  await t.test('ends when the server does', async (t) => {
    const other = await build(t)
    const url = await other.app.listen({ port: 0, host: '127.0.0.1' })
    const response = await fetch(`${url}/feed`, { headers: { authorization: `Bearer ${other.token()}` } })
    const read = events(response.body!)
    t.equal(((await read.next()).value as Event).event, 'ready')
    await other.app.close()
    t.equal((await read.next()).done, true)
  })

  await t.test('waits for a client that does not read, and keeps nothing for it', async (t) => {
    const { port } = new URL(url)
    const socket = connect(Number(port), '127.0.0.1')
    t.teardown(() => socket.destroy())
    const bearer = token('administrator', 'Practitioner/cox')
    socket.write(`GET /feed?after=0 HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${bearer}\r\n\r\n`)
    socket.pause()
    const long = 'x'.repeat(500_000)
    for (let n = 0; n < 20; n++) await ask('POST', '/fhir/Communication', { ...asBob, body: question('bob', `${n} ${long}`) })
    const one = await listen(bearer)
    t.equal((await one.next()).event, 'ready', 'others are served')
    let received = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => (received += chunk))
    socket.resume()
    while (!received.includes('"19 xxx')) await once(socket, 'data')
    for (let n = 0; n < 20; n++) if (!received.includes(`"${n} xxx`)) t.fail(`${n} is missing`)
  })

  await t.test('is refused without a token, to roles that see no threads, and from places that are none', async (t) => {
    t.equal((await ask('GET', '/feed', { token: false })).status, 401)
    t.equal((await ask('GET', '/feed', { token: signToken(key, { subject: 'x', role: 'auditor' }, 60) })).status, 403)
    t.equal((await ask('GET', '/feed', { headers: { 'last-event-id': 'x' } })).status, 400)
  })
})
