import t from 'tap'
import { loadSettings } from '#wardbridge/config.js'
import { Identity } from '#wardbridge/identity/identity.js'
import { networkOf } from '#wardbridge/identity/login.js'
import { checkPassword, oneTimePassword, Passwords } from '#wardbridge/identity/passwords.js'
import { openState } from '#wardbridge/state/state.js'

t.test('a password is kept as scrypt with a salt of its own, and verified', async (t) => {
  const passwords = new Passwords(12)
  const [one, two] = await Promise.all([passwords.hash('four little words'), passwords.hash('four little words')])
  t.match(one, /^scrypt\$12\$8\$3\$[\w-]{22}\$[\w-]{43}$/)
  t.not(one, two)
  t.equal(await passwords.verify('four little words', one), true)
  t.equal(await passwords.verify('four little word', one), false)
  t.equal(await passwords.verify('four little words', undefined), false)
})

t.test('hashing leaves the event loop free', async (t) => {
  const passwords = new Passwords(14)
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  await Promise.all(Array.from({ length: 6 }, () => passwords.hash('x')))
  clearInterval(timer)
  t.ok(turns > 6, `${turns} turns`)
})

t.test('of a flood of logins the ones beyond the queue are told to come again', async (t) => {
  const passwords = new Passwords(12)
  const cheap = `scrypt$4$8$3$AAAA$${'A'.repeat(43)}`
  const results = await Promise.allSettled(Array.from({ length: 1100 }, () => passwords.verify('x', cheap)))
  const refused = results.filter(({ status }) => status === 'rejected')
  // A thousand wait, beside the one or two that run.
  t.ok(refused.length === 98 || refused.length === 99, `${refused.length} refused`)
  for (const result of refused) t.match(result, { reason: { code: 'auth.busy' } })
  t.ok(await passwords.hash('x'), 'and goes on')
})

t.test('after a change of cost a password is hashed anew at the next login, and sessions go on', async (t) => {
  const folder = t.testdir()
  const settings = loadSettings({ store: `${folder}/ward.db`, passwordCost: 12 }, {})
  const state = await openState(settings.state)
  t.teardown(() => state.close())
  const before = new Identity(state, settings)
  const { id } = await before.accounts.create(
    { username: 'ada', role: 'analyst', password: 'four little words' },
    { subject: 'x', from: 'x' }
  )
  const { access_token } = await before.login.login({ username: 'ada', password: 'four little words' }, 'x')
  const after = new Identity(state, { ...settings, passwordCost: 13 })
  await after.login.login({ username: 'ada', password: 'four little words' }, 'x')
  t.match((await state.accounts.get(id))?.password, /^scrypt\$13\$/)
  t.ok(after.verify(access_token))
  t.ok(await after.login.login({ username: 'ada', password: 'four little words' }, 'x'))
})

t.test('what is guessed first is refused', async (t) => {
  for (const password of ['short', 'x'.repeat(257), 'abababababab', 'my name is ADA!']) {
    t.throws(() => checkPassword(password, 'ada'), { code: 'auth.password' }, password.slice(0, 20))
  }
  checkPassword('four little words', 'ada')
  checkPassword('密码是四个小词加上一个', 'ada')
})

t.test('one-time passwords have 99 bits and no look-alikes', async (t) => {
  const made = Array.from({ length: 200 }, oneTimePassword)
  t.equal(new Set(made).size, 200)
  for (const password of made) t.match(password, /^([abcdefghjkmnpqrstuvwxyz2-9]{5}-){3}[abcdefghjkmnpqrstuvwxyz2-9]{5}$/)
})

t.test('everything that happens is observed, without secrets', async (t) => {
  const settings = loadSettings({ store: `${t.testdir()}/ward.db`, passwordCost: 12, loginFailures: 2 }, {})
  const state = await openState(settings.state)
  t.teardown(() => state.close())
  const events: object[] = []
  const identity = new Identity(state, settings, (event) => void events.push(event))
  const by = { subject: 'operator', from: 'command line' }
  const { id } = await identity.accounts.create({ username: 'ada', role: 'analyst', password: 'four little words' }, by)
  const grant = await identity.login.login({ username: 'ada', password: 'four little words' }, '10.0.0.1')
  const next = await identity.sessions.refresh(grant.refresh_token!, '10.0.0.1')
  await t.rejects(identity.sessions.refresh(grant.refresh_token!, '10.0.0.2'), { code: 'auth.refresh' })
  for (let i = 0; i < 3; i++) await identity.login.login({ username: 'ada', password: 'wrong' }, '10.0.0.2').catch(() => undefined)
  t.strictSame(events, [
    { action: 'account-create', outcome: 'success', subject: 'operator', target: id, from: 'command line' },
    { action: 'login', outcome: 'success', subject: id, from: '10.0.0.1' },
    { action: 'refresh', outcome: 'success', subject: id, from: '10.0.0.1' },
    { action: 'refresh', outcome: 'reused', subject: id, from: '10.0.0.2' },
    { action: 'login', outcome: 'failure', subject: 'ada', from: '10.0.0.2' },
    { action: 'login', outcome: 'failure', subject: 'ada', from: '10.0.0.2' },
    { action: 'login', outcome: 'locked', subject: 'ada', from: '10.0.0.2' }
  ])
  const text = JSON.stringify(events)
  for (const secret of ['four little', 'wrong', grant.access_token, next.refresh_token!]) t.notOk(text.includes(secret))
})

t.test('addresses are counted by the network that one holder of IPv6 has', async (t) => {
  t.equal(networkOf('10.0.0.1'), '10.0.0.1')
  t.equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2')
  t.equal(networkOf('2001:db8:1:2::9'), networkOf('2001:db8:1:2:ffff::1'))
  t.not(networkOf('2001:db8:1:2::9'), networkOf('2001:db8:1:3::9'))
  t.equal(networkOf('::1'), '0:0:0:0')
  t.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0')
  t.not(networkOf('::ffff:10.0.0.1'), networkOf('::ffff:10.0.0.2'))
})
