/** What every adapter of the state must do. `several` opens the same state more than once, as several processes have it. */
import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { Account } from '#wardbridge/state/accounts.js'
import type { BreakGlass } from '#wardbridge/state/audit.js'
import type { State } from '#wardbridge/state/state.js'

/** A state of its own, opened so many times; closed when the test ends. */
export type Several = (t: Test, times: number) => Promise<readonly State[]>

export function account(username: string, more: Partial<Account> = {}): Account {
  const now = Date.now()
  const plain = {
    role: 'analyst',
    fhirUser: undefined,
    status: 'active',
    password: 'kept',
    oneTimeUntil: undefined,
    made: now,
    changed: now
  } as const
  return { id: randomUUID(), username, ...plain, ...more }
}

const sessionOf = ({ id }: Account, session: string, more: object = {}) => ({
  id: session,
  account: id,
  client: undefined,
  scope: undefined,
  until: Date.now() + 60_000,
  ...more
})

const count = <T>(all: readonly T[], wanted: T) => all.filter((one) => one === wanted).length

export async function stateContract(t: Test, several: Several): Promise<void> {
  await t.test('secrets and keys', (t) => secretsAndKeys(t, several))
  await t.test('accounts', (t) => accounts(t, several))
  await t.test('sessions', (t) => sessions(t, several))
  await t.test('clients', (t) => clients(t, several))
  await t.test('what happens once, and too often', (t) => limits(t, several))
  await t.test('numbers and keys of requests', (t) => requests(t, several))
  await t.test('runs of jobs', (t) => runs(t, several))
  await t.test('what stands beside the audit log', (t) => beside(t, several))
  await t.test('what has expired is taken away, and nothing else', (t) => expiry(t, several))
}

async function secretsAndKeys(t: Test, several: Several): Promise<void> {
  await t.test('a secret is 32 random bytes, the same for all that ask, another one for another name', async (t) => {
    const states = await several(t, 4)
    const secrets = await Promise.all(states.map(async (state) => (await state.getSecret('ids')).toString('hex')))
    t.equal(new Set(secrets).size, 1)
    t.equal(secrets[0]!.length, 64)
    t.not((await states[0]!.getSecret('codes')).toString('hex'), secrets[0])
  })

  await t.test('the signing key is made once, also for all that ask at the same moment, and its tokens verify everywhere', async (t) => {
    const states = await several(t, 4)
    const keys = await Promise.all(states.map(async (state) => state.getSigningKey({ until: Date.now() + 1000 })))
    t.equal(new Set(keys.map(({ kid }) => kid)).size, 1)
    for (const state of states)
      t.match(
        (await state.verificationKeys(Date.now(), keys[0]!.kid)).map(({ kid, alg }) => ({ kid, alg })),
        [{ kid: keys[0]!.kid, alg: 'EdDSA' }]
      )
  })

  await t.test('a key that another made a moment ago is known when it is asked for by name', async (t) => {
    const [one, two] = (await several(t, 2)) as [State, State]
    await one.getSigningKey()
    await two.verificationKeys(Date.now())
    const kid = await one.rotateSigningKey({ forget: false })
    t.ok((await two.verificationKeys(Date.now(), kid)).some((key) => key.kid === kid))
  })

  await t.test('a key that was replaced verifies until the last token it signed has expired; one that is forgotten does not', async (t) => {
    const [state] = (await several(t, 1)) as [State]
    const until = Date.now() + 3_600_000
    const first = await state.getSigningKey({ until })
    t.same(await state.getSigningKey(), first)
    const second = await state.getSigningKey({ oldest: Date.now() + 1 })
    t.not(second.kid, first.kid)
    const kids = async (now: number) => (await state.verificationKeys(now)).map(({ kid }) => kid)
    t.strictSame(await kids(until), [second.kid, first.kid])
    t.strictSame(await kids(until + 2 * 86_400_000), [second.kid])
    const third = await state.rotateSigningKey({ forget: true })
    t.strictSame(await kids(Date.now()), [third])
  })

  await t.test('keys of both algorithms stand side by side', async (t) => {
    const [state] = (await several(t, 1)) as [State]
    const [own, rsa] = [await state.getSigningKey(), await state.getSigningKey({ alg: 'RS256' })]
    t.match(rsa.privateKey, /BEGIN PRIVATE KEY/)
    t.equal((await state.getSigningKey()).kid, own.kid)
    t.equal((await state.getSigningKey({ alg: 'RS256' })).kid, rsa.kid)
  })
}

async function accounts(t: Test, several: Several): Promise<void> {
  await t.test('of several that take the same username at once one has it', async (t) => {
    const states = await several(t, 5)
    const made = await Promise.all(states.map(async (state) => state.accounts.add(account('ada'))))
    t.equal(count(made, true), 1)
    t.equal((await states[0]!.accounts.list()).length, 1)
    t.equal((await states[1]!.accounts.named('ada'))?.username, 'ada')
    t.equal(await states[2]!.accounts.named('bob'), undefined)
  })

  await t.test('the first account is made by one', async (t) => {
    const states = await several(t, 5)
    const made = await Promise.all(states.map(async (state, n) => state.accounts.add(account(`admin${n}`), { first: true })))
    t.equal(count(made, true), 1)
    const [state] = states as [State]
    t.equal((await state.accounts.list()).length, 1)
    t.equal(await state.accounts.add(account('other'), { first: true }), false)
    t.equal(await state.accounts.add(account('other')), true)
    t.strictSame(
      (await state.accounts.list()).map(({ username }) => username),
      [...(await state.accounts.list()).map(({ username }) => username)].sort()
    )
  })

  await t.test('administrators that disable each other at once: one stays', async (t) => {
    const [one, two] = (await several(t, 2)) as [State, State]
    const all = ['a', 'b'].map((name) => account(name, { role: 'administrator' }))
    for (const each of all) await one.accounts.add(each)
    const outcomes = await Promise.all([
      one.accounts.change(all[0]!.id, { status: 'disabled' }),
      two.accounts.change(all[1]!.id, { role: 'analyst' })
    ])
    t.strictSame(outcomes.sort(), ['changed', 'last-administrator'])
    const left = (await one.accounts.list()).filter(({ role, status }) => role === 'administrator' && status === 'active')
    t.equal(left.length, 1)
    // Made one again, the other may go.
    const gone = all.find(({ id }) => id !== left[0]!.id)!
    t.equal(await two.accounts.change(gone.id, { status: 'active', role: 'administrator' }), 'changed')
    t.equal(await one.accounts.change(left[0]!.id, { status: 'disabled' }), 'changed')
    t.equal(await one.accounts.change(gone.id, { status: 'disabled' }), 'last-administrator')
  })

  await t.test('a password is set only in the place of the one it was to replace', async (t) => {
    const [one, two] = (await several(t, 2)) as [State, State]
    const ada = account('ada')
    await one.accounts.add(ada)
    const set = await Promise.all(
      [one, two].map(async (state, n) => state.accounts.setPassword(ada.id, `new${n}`, { oneTimeUntil: undefined, unless: 'kept' }))
    )
    t.equal(count(set, true), 1)
    t.equal((await one.accounts.get(ada.id))?.password, `new${set.indexOf(true)}`)
    t.equal(await one.accounts.setPassword('nobody', 'x', { oneTimeUntil: undefined }), false)
    await two.accounts.rehash(ada.id, 'kept', 'old')
    t.equal((await one.accounts.get(ada.id))?.password, `new${set.indexOf(true)}`, 'a hash of the password of before is not kept')
    t.equal(await one.accounts.setPassword(ada.id, 'once', { oneTimeUntil: 5 }), true)
    t.match(await two.accounts.get(ada.id), { password: 'once', oneTimeUntil: 5 })
  })

  await t.test('a change keeps the rest, and takes away what it says is undefined', async (t) => {
    const [state] = (await several(t, 1)) as [State]
    const ada = account('ada', { fhirUser: 'Practitioner/1' })
    await state.accounts.add(ada)
    t.equal(await state.accounts.change(ada.id, { role: 'data-entry' }), 'changed')
    t.match(await state.accounts.get(ada.id), { role: 'data-entry', fhirUser: 'Practitioner/1', password: 'kept' })
    await state.accounts.change(ada.id, { fhirUser: undefined })
    t.equal((await state.accounts.get(ada.id))?.fhirUser, undefined)
    t.equal(await state.accounts.change('nobody', { role: 'analyst' }), 'unknown')
  })
}

async function sessions(t: Test, several: Several): Promise<void> {
  const make = async (t: Test, times = 2) => {
    const states = await several(t, times)
    const ada = account('ada')
    await states[0]!.accounts.add(ada)
    return { states: states as [State, ...State[]], state: states[0]!, other: states.at(-1)!, ada }
  }

  await t.test('of several that come with the same refresh token at once one gets the next; the session has ended', async (t) => {
    const { states, state, ada } = await make(t, 5)
    const session = sessionOf(ada, 's1')
    t.equal(await state.sessions.open(session, Buffer.from('first'), 'kept'), true)
    t.match(await states[1]!.sessions.get('s1'), { id: 's1', account: ada.id })
    const rotations = await Promise.all(
      states.map(async (one, n) => (await one.sessions.rotate(Buffer.from('first'), Buffer.from(`next${n}`), Date.now())).outcome)
    )
    t.equal(count(rotations, 'rotated'), 1)
    t.ok(count(rotations, 'reused') >= 1)
    t.equal(await state.sessions.get('s1'), undefined)
    for (let n = 0; n < 5; n++)
      t.equal(
        (await state.sessions.rotate(Buffer.from(`next${n}`), Buffer.from('x'), Date.now())).outcome,
        'unknown',
        'also for who was first'
      )
  })

  await t.test('refresh tokens follow each other; one that was used before ends the session', async (t) => {
    const { state, other, ada } = await make(t)
    await state.sessions.open(sessionOf(ada, 's1'), Buffer.from('r1'), 'kept')
    t.match(await other.sessions.rotate(Buffer.from('r1'), Buffer.from('r2'), Date.now()), { outcome: 'rotated', session: { id: 's1' } })
    t.match(await state.sessions.rotate(Buffer.from('r2'), Buffer.from('r3'), Date.now()), { outcome: 'rotated' })
    t.match(await other.sessions.of(Buffer.from('r1')), { id: 's1' }, 'a used one still tells whose it was')
    t.match(await other.sessions.rotate(Buffer.from('r1'), Buffer.from('r4'), Date.now()), { outcome: 'reused' })
    t.match(await state.sessions.rotate(Buffer.from('r3'), Buffer.from('r5'), Date.now()), { outcome: 'unknown' })
    t.match(await state.sessions.rotate(Buffer.from('never'), Buffer.from('r5'), Date.now()), { outcome: 'unknown' })
  })

  await t.test('a refresh token is good until its session ends', async (t) => {
    const { state, ada } = await make(t)
    const { until } = sessionOf(ada, 's1')
    await state.sessions.open(sessionOf(ada, 's1', { until }), Buffer.from('r1'), 'kept')
    t.match(await state.sessions.rotate(Buffer.from('r1'), Buffer.from('r2'), until), { outcome: 'unknown' })
    t.match(await state.sessions.rotate(Buffer.from('r1'), Buffer.from('r2'), until - 1), { outcome: 'rotated' })
  })

  await t.test('a session is opened only for an active account that has the password still', async (t) => {
    const { state, other, ada } = await make(t)
    t.equal(await state.sessions.open(sessionOf(ada, 's1'), Buffer.from('a'), 'another'), false)
    await other.accounts.change(ada.id, { status: 'disabled' })
    t.equal(await state.sessions.open(sessionOf(ada, 's1'), Buffer.from('a'), 'kept'), false)
    t.equal(await state.sessions.of(Buffer.from('a')), undefined)
    t.equal(await state.sessions.open(sessionOf(account('x'), 's1'), Buffer.from('a'), 'kept'), false)
  })

  await t.test('whatever changes an account ends all its sessions, and none of another', async (t) => {
    const { state, other, ada } = await make(t)
    const bob = account('bob')
    await state.accounts.add(bob)
    await state.sessions.open(sessionOf(bob, 'b'), Buffer.from('b'), 'kept')
    for (const change of [
      async () => other.accounts.change(ada.id, { role: 'data-entry' }),
      async () => other.accounts.setPassword(ada.id, 'kept', { oneTimeUntil: undefined })
    ]) {
      const id = randomUUID()
      for (const n of [1, 2]) await state.sessions.open(sessionOf(ada, `${id}-${n}`), Buffer.from(`${id}-${n}`), 'kept')
      t.ok(await other.sessions.get(`${id}-1`))
      await change()
      for (const n of [1, 2]) {
        t.equal(await state.sessions.get(`${id}-${n}`), undefined)
        t.match(await state.sessions.rotate(Buffer.from(`${id}-${n}`), Buffer.from('z'), Date.now()), { outcome: 'unknown' })
      }
    }
    t.ok(await state.sessions.get('b'))
    await state.sessions.open(sessionOf(ada, 'goes-on'), Buffer.from('g'), 'kept')
    await other.accounts.rehash(ada.id, 'kept', 'dearer')
    t.ok(await state.sessions.get('goes-on'), 'the same password under another cost ends none')
  })

  await t.test('sessions end once; access tokens are refused one by one', async (t) => {
    const { state, other, ada } = await make(t)
    await state.sessions.open(sessionOf(ada, 's1'), Buffer.from('r1'), 'kept')
    t.equal(await other.sessions.end('s1'), true)
    t.equal(await state.sessions.end('s1'), false)
    t.equal(await state.sessions.of(Buffer.from('r1')), undefined)
    t.equal(await state.sessions.isRevoked('j'), false)
    await state.sessions.revoke('j', Date.now() + 60_000)
    t.equal(await other.sessions.isRevoked('j'), true)
  })

  await t.test('the revision changes when something ends, and not for logins', async (t) => {
    const { state, ada } = await make(t)
    // One moment: it may change with time, too.
    const moment = Date.now()
    const now = () => state.sessions.revision(moment)
    const begin = now()
    for (const id of ['s1', 's2']) await state.sessions.open(sessionOf(ada, id), Buffer.from(id), 'kept')
    await state.sessions.rotate(Buffer.from('s1'), Buffer.from('s1b'), Date.now())
    t.equal(now(), begin)
    await state.getSigningKey()
    const ends: ReadonlyArray<() => unknown> = [
      () => state.sessions.end('s1'),
      () => state.sessions.revoke('jti', Date.now() + 1000),
      async () => {
        await state.sessions.rotate(Buffer.from('s2'), Buffer.from('s2b'), Date.now())
        await state.sessions.rotate(Buffer.from('s2'), Buffer.from('s2c'), Date.now())
      },
      () => state.accounts.change(ada.id, { role: 'data-entry' }),
      () => state.accounts.setPassword(ada.id, 'other', { oneTimeUntil: undefined }),
      () => state.rotateSigningKey({ forget: true })
    ]
    for (const end of ends) {
      const before = now()
      await end()
      t.not(now(), before, String(end).slice(0, 60))
    }
    const before = now()
    await state.accounts.rehash(ada.id, 'other', 'dearer')
    t.equal(now(), before)
    t.equal((await state.accounts.get(ada.id))?.password, 'dearer')
  })
}

async function clients(t: Test, several: Several): Promise<void> {
  const client = (id: string, name: string) => ({
    ...{ id, name, role: undefined, scope: 'user/*.rs', jwks: undefined, jwksUri: undefined },
    ...{ redirectUris: ['https://app.example.org/back'], made: 1 }
  })
  await t.test('clients are listed by name; the sessions of one that is removed end', async (t) => {
    const [one, two] = (await several(t, 2)) as [State, State]
    await one.clients.add(client('c2', 'Beta'))
    await two.clients.add(client('c1', 'Alpha'))
    t.strictSame(
      (await one.clients.list()).map(({ id }) => id),
      ['c1', 'c2']
    )
    t.match(await two.clients.get('c2'), { name: 'Beta', scope: 'user/*.rs', redirectUris: ['https://app.example.org/back'] })
    t.equal(await one.clients.get('c3'), undefined)
    const ada = account('ada')
    await one.accounts.add(ada)
    for (const [id, app] of [
      ['s1', 'c1'],
      ['s2', 'c2']
    ] as const)
      await one.sessions.open(sessionOf(ada, id, { client: app, scope: 'user/*.rs' }), Buffer.from(id), 'kept')
    t.match(await two.sessions.get('s1'), { client: 'c1', scope: 'user/*.rs' })
    const revision = two.sessions.revision(Date.now())
    t.equal(await two.clients.remove('c1'), true)
    t.not(two.sessions.revision(Date.now()), revision)
    t.equal(await one.clients.remove('c1'), false)
    t.equal(await one.sessions.get('s1'), undefined)
    t.match(await one.sessions.rotate(Buffer.from('s1'), Buffer.from('n'), Date.now()), { outcome: 'unknown' })
    t.ok(await one.sessions.get('s2'))
  })
}

async function limits(t: Test, several: Several): Promise<void> {
  await t.test('a key is the first of its kind for one of all that come at once, until its time is over', async (t) => {
    const states = await several(t, 5)
    const first = await Promise.all(states.map(async (state) => state.limits.once(Buffer.from('jti'), Date.now() + 60_000, Date.now())))
    t.equal(count(first, true), 1)
    const [state] = states as [State]
    t.equal(await state.limits.once(Buffer.from('k'), 1000, 0), true)
    t.equal(await state.limits.once(Buffer.from('k'), 2000, 999), false)
    t.equal(await state.limits.once(Buffer.from('k'), 2000, 1000), true, 'its time is over')
  })

  await t.test('attempts of all are counted together', async (t) => {
    const states = await several(t, 5)
    const ada = { key: Buffer.from('ada'), most: 3, length: 60_000 }
    const waits = await Promise.all(states.map(async (state) => state.limits.attempt([ada], Date.now())))
    t.equal(count(waits, 0), 3)
    await states[0]!.limits.forget(ada.key)
    t.equal(await states[1]!.limits.attempt([ada], Date.now()), 0)
  })

  await t.test('whoever filled a count waits for the whole of it; under several keys all are counted or none', async (t) => {
    const [state] = (await several(t, 1)) as [State]
    const window = { key: Buffer.from('k'), most: 2, length: 100 }
    t.equal(await state.limits.attempt([window], 0), 0)
    t.equal(await state.limits.attempt([window], 50), 0)
    t.equal(await state.limits.attempt([window], 60), 90, 'the one that filled it began the wait')
    t.equal(await state.limits.attempt([window], 150), 0)
    await state.limits.refund(window.key)
    t.equal(await state.limits.attempt([window], 151), 0)
    t.equal(await state.limits.attempt([window], 152), 0)
    t.ok((await state.limits.attempt([window], 153)) > 0)
    const wide = { key: Buffer.from('wide'), most: 2, length: 1000 }
    t.ok((await state.limits.attempt([wide, window], 154)) > 0)
    t.ok((await state.limits.attempt([window, wide], 154)) > 0)
    t.equal(await state.limits.attempt([wide], 155), 0)
    t.equal(await state.limits.attempt([wide], 156), 0, 'what was refused for the sake of another was not counted')
  })
}

async function requests(t: Test, several: Several): Promise<void> {
  await t.test('numbers are given once, and at least the least asked for', async (t) => {
    const states = await several(t, 4)
    const given = (
      await Promise.all(
        states.map(async (state) => {
          const mine: number[] = []
          for (let n = 0; n < 5; n++) mine.push(await state.takeNumbers('a', 1, 1))
          return mine
        })
      )
    ).flat()
    t.strictSame(
      given.sort((a, b) => a - b),
      Array.from({ length: 20 }, (_, n) => n + 1)
    )
    const [one, two] = states as [State, State]
    t.equal(await one.takeNumbers('a', 500, 3), 500)
    t.equal(await two.takeNumbers('a', 3, 1), 503)
    t.equal(await two.takeNumbers('b', 7, 1), 7)
  })

  await t.test('a request is begun once; its answer is kept for its caller, its reservation until it ends', async (t) => {
    const [one, two] = (await several(t, 2)) as [State, State]
    const [print, other] = [Buffer.from('a'), Buffer.from('b')]
    t.strictSame((await Promise.all([one.beginRequest('me', 'k', print), two.beginRequest('me', 'k', print)])).sort(), ['new', 'running'])
    t.equal(await two.beginRequest('me', 'k', other), 'other')
    t.equal(await two.beginRequest('you', 'k', print), 'new')
    t.equal(await one.reserved('me', 'k'), undefined)
    const reserved = await Promise.all([one.reserve('me', 'k', '17'), two.reserve('me', 'k', '18')])
    t.equal(reserved[0], reserved[1])
    t.equal(await one.reserved('me', 'k'), reserved[0])
    const answer = { status: 201, headers: { etag: 'W/"1"' }, body: '{}' }
    await one.endRequest('me', 'k', answer)
    t.strictSame(await two.beginRequest('me', 'k', print), answer)
    t.equal(await two.beginRequest('me', 'k', other), 'other')
    await two.reserve('you', 'k', '5')
    await two.endRequest('you', 'k')
    t.equal(await one.beginRequest('you', 'k', print), 'new')
    t.equal(await one.reserved('you', 'k'), undefined)
  })
}

async function runs(t: Test, several: Several): Promise<void> {
  await t.test('one run of a job at a time; a lease that ended gives it to the next', async (t) => {
    const states = await several(t, 4)
    const [one, two] = states as [State, State]
    const begun = await Promise.all(states.map(async (state, n) => state.runs.begin({ id: `r${n}`, job: 'j', by: 'x' }, 1000, 60)))
    t.equal(begun.filter((run) => run !== undefined).length, 1)
    const { id } = begun.find((run) => run !== undefined)!
    t.ok(await two.runs.begin({ id: 'other', job: 'k', by: 'x' }, 1000, 60), 'another job')
    t.equal(await two.runs.beat(id, 1050, 60, { done: 1, total: 2 }), true)
    t.match(await two.runs.get(id), { id, job: 'j', by: 'x', outcome: 'running', progress: { done: 1, total: 2 }, ended: undefined })
    t.equal(await two.runs.begin({ id: 'early', job: 'j', by: 'x' }, 1109, 60), undefined)
    t.equal(await two.runs.begin({ id: 'not-due', job: 'j', by: 'x' }, 1110, 60, (last) => last?.outcome !== 'lost'), undefined)
    t.ok(await two.runs.begin({ id: 'late', job: 'j', by: 'y' }, 1110, 60, (last) => last?.outcome === 'lost'))
    t.match(await one.runs.get(id), { outcome: 'lost', ended: 1110 })
    t.equal(await one.runs.beat(id, 1111, 60, undefined), false, 'were it alive, it would know')
    await two.runs.end('late', 1120, { outcome: 'done', counters: { rows: 7 }, result: 'thing' })
    t.match(await one.runs.get('late'), { outcome: 'done', ended: 1120, counters: { rows: 7 }, result: 'thing', error: undefined })
    t.strictSame(
      (await one.runs.of('j', 10)).map((run) => run.id),
      ['late', id]
    )
    t.equal(await one.runs.get('nothing'), undefined)
  })

  await t.test('the last 50 runs of a job are kept', async (t) => {
    const [state] = (await several(t, 1)) as [State]
    for (let n = 0; n < 60; n++) {
      await state.runs.begin({ id: `${n}`, job: 'many', by: 'x' }, n, 10)
      await state.runs.end(`${n}`, n, { outcome: 'failed', counters: {}, error: 'store.busy' })
    }
    const all = await state.runs.of('many', 100)
    t.equal(all.length, 50)
    t.match(all[0], { id: '59', outcome: 'failed', error: 'store.busy' })
  })
}

async function beside(t: Test, several: Several): Promise<void> {
  await t.test('an anchor moves on, never back', async (t) => {
    const [one, two] = (await several(t, 2)) as [State, State]
    t.equal((await one.audit.anchors()).size, 0)
    await one.audit.setAnchor('log', { seq: 5, hash: Buffer.from('five') })
    await two.audit.setAnchor('log', { seq: 4, hash: Buffer.from('four') })
    t.same(await one.audit.anchor('log'), { seq: 5, hash: Buffer.from('five') })
    await two.audit.setAnchor('log', { seq: 6, hash: Buffer.from('six') })
    t.equal((await one.audit.anchor('log'))?.seq, 6)
    t.equal(await one.audit.anchor('another'), undefined)
    await one.audit.setAnchor('another', { seq: 0, hash: Buffer.alloc(0) })
    t.strictSame([...(await two.audit.anchors())].map(([chain, { seq }]) => `${chain} ${seq}`).sort(), ['another 0', 'log 6'])
  })

  await t.test('break-glass is open until its time is over or somebody ends it, once', async (t) => {
    const [one, two] = (await several(t, 2)) as [State, State]
    const glass = (id: string, until: number): BreakGlass => ({
      ...{ id, subject: 'ada', patient: `p-${id}`, reason: 'emergency', made: 100 + until, until },
      ...{ from: undefined, ended: undefined, endedBy: undefined }
    })
    for (const [n, id] of ['a', 'b', 'c'].entries()) await one.audit.addBreakGlass(glass(id, 1000 - n))
    await two.audit.addBreakGlass({ ...glass('d', 1000), subject: 'bob' })
    t.strictSame(
      (await two.audit.openBreakGlass('ada', 998)).map(({ id }) => id),
      ['b', 'a']
    )
    const ended = await Promise.all([one.audit.endBreakGlass('a', 'x', 998), two.audit.endBreakGlass('a', 'y', 998)])
    t.equal(count(ended, true), 1)
    t.strictSame(
      (await one.audit.openBreakGlass('ada', 998)).map(({ id }) => id),
      ['b']
    )
    t.match(await two.audit.getBreakGlass('a'), { patient: 'p-a', ended: 998, endedBy: ended[0] ? 'x' : 'y' })
    t.equal(await two.audit.endBreakGlass('c', 'x', 998), false, 'its time is over')
    t.equal(await two.audit.endBreakGlass('nothing', 'x', 998), false)
    t.strictSame(
      (await one.audit.listBreakGlass()).map(({ id }) => id),
      ['a', 'd', 'b', 'c']
    )
  })

  await t.test('an alert is kept once for an account and a span of time', async (t) => {
    const [one, two] = (await several(t, 2)) as [State, State]
    const alert = (id: string, made: number, subject = 'ada') => ({
      ...{ id, subject, role: 'analyst', patients: 9 },
      ...{ seconds: 60, made, from: undefined }
    })
    const kept = await Promise.all([one.audit.addAlert(alert('a', 100), 40), two.audit.addAlert(alert('b', 101), 41)])
    t.equal(count(kept, true), 1)
    t.equal(await one.audit.addAlert(alert('c', 170), 110), true)
    t.equal(await one.audit.addAlert(alert('d', 171, 'bob'), 111), true)
    t.strictSame((await two.audit.listAlerts()).map(({ id }) => id).slice(0, 2), ['d', 'c'])
  })
}

async function expiry(t: Test, several: Several): Promise<void> {
  const [state, other] = (await several(t, 2)) as [State, State]
  const now = Date.now()
  const ada = account('ada')
  await state.accounts.add(ada)
  const both = [
    ['old', now + 30_000],
    ['new', now + 1_000_000]
  ] as const
  for (const [name, until] of both) {
    await state.sessions.open(sessionOf(ada, name, { until }), Buffer.from(name), 'kept')
    await state.sessions.revoke(name, until)
    await state.limits.once(Buffer.from(name), until, now)
    await state.limits.attempt([{ key: Buffer.from(name), most: 1, length: until - now }], now)
  }
  await state.beginRequest('me', 'k', Buffer.from('a'))
  t.match(await other.expire(now + 30_000), { sessions: 1, revocations: 1, onceKeys: 1, attempts: 1, idempotencyKeys: 0, signingKeys: 0 })
  t.equal(await state.sessions.get('old'), undefined)
  t.ok(await state.sessions.get('new'))
  t.strictSame([await state.sessions.isRevoked('old'), await state.sessions.isRevoked('new')], [false, true])
  t.strictSame(await state.sessions.of(Buffer.from('old')), undefined)
  t.match(await state.sessions.rotate(Buffer.from('new'), Buffer.from('newer'), now), { outcome: 'rotated' })
  t.ok((await state.limits.attempt([{ key: Buffer.from('new'), most: 1, length: 1 }], now)) > 0)
  t.equal(await state.beginRequest('me', 'k', Buffer.from('a')), 'running')
  t.match(await state.expire(now + 86_400_001 + 60_000), { idempotencyKeys: 1 })
  t.equal(await state.beginRequest('me', 'k', Buffer.from('b')), 'new')
  t.strictSame(await state.check(), [])
}
