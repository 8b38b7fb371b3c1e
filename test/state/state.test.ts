import { spawnSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { openState } from '#wardbridge/state/state.js'

t.test('a secret is 32 random bytes, the same ever after, another one for another name and folder', async (t) => {
  const folder = t.testdir({ a: {}, b: {} })
  const first = await openState(join(folder, 'a'))
  const ids = await first.getSecret('ids')
  t.equal(ids.length, 32)
  t.strictSame(await first.getSecret('ids'), ids)
  t.notSame(await first.getSecret('pages'), ids)
  first.close()
  const again = await openState(join(folder, 'a'))
  t.strictSame(await again.getSecret('ids'), ids)
  again.close()
  const other = await openState(join(folder, 'b'))
  t.notSame(await other.getSecret('ids'), ids)
  other.close()
})

t.test('the signing key is made once, is named by its thumbprint, and signs', async (t) => {
  const folder = join(t.testdir(), 'new', 'folder')
  const state = await openState(folder)
  const key = await state.getSigningKey()
  t.strictSame(await state.getSigningKey(), key)
  const text = Buffer.from('claims')
  t.ok(verify(null, text, createPublicKey(key.publicKey), sign(null, text, createPrivateKey(key.privateKey))))
  t.match(key.kid, /^[\w-]{43}$/)
  state.close()
  const again = await openState(folder)
  t.strictSame(await again.getSigningKey(), key)
  again.close()
})

t.test('files are readable by their owner only, also while they are in use', async (t) => {
  const folder = join(t.testdir(), 'state')
  const state = await openState(folder)
  await state.getSecret('ids')
  const modes = readdirSync(folder).map((name) => [name, (statSync(join(folder, name)).mode & 0o777).toString(8)])
  t.strictSame(Object.fromEntries(modes), { 'service.db': '600', 'service.db-shm': '600', 'service.db-wal': '600' })
  t.equal((statSync(folder).mode & 0o777).toString(8), '700')
  state.close()
})

t.test('processes that ask at the same moment get the same key and secret', async (t) => {
  const folder = t.testdir()
  const module = new URL(import.meta.resolve('#wardbridge/state/state.js')).href
  const child = `
    import { openState } from ${JSON.stringify(module)}
    const state = await openState(${JSON.stringify(folder)})
    console.log((await state.getSecret('ids')).toString('hex') + ' ' + (await state.getSigningKey()).kid)`
  writeFileSync(join(folder, 'child.mjs'), child)
  const script = `${Array(6).fill('"$0" "$1" &').join(' ')} wait`
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', script, process.execPath, join(folder, 'child.mjs')], { encoding: 'utf8' })
  const lines = stdout.trim().split('\n')
  t.equal(lines.length, 6, stderr)
  t.equal(new Set(lines).size, 1)
})

t.test('a newer file and what is no state are refused', async (t) => {
  const folder = t.testdir({ bad: { 'service.db': 'no database'.repeat(200) }, file: 'x' })
  ;(await openState(folder)).close()
  const db = new Database(join(folder, 'service.db'))
  db.pragma('user_version = 99')
  db.close()
  await t.rejects(openState(folder), { code: 'store.version' })
  await t.rejects(openState(join(folder, 'bad')), { code: 'store.open' })
  await t.rejects(openState(join(folder, 'file')), { code: 'store.open' })
})

t.test('a file of the first schema is brought up to date, its secrets and key as they were, its tokens valid', async (t) => {
  const folder = t.testdir()
  const pair = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' }
  })
  const db = new Database(join(folder, 'service.db'))
  db.exec(`CREATE TABLE secret(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE signing_key(kid TEXT PRIMARY KEY, private TEXT NOT NULL, public TEXT NOT NULL, made INTEGER NOT NULL) WITHOUT ROWID;`)
  db.prepare('INSERT INTO secret VALUES (?, ?)').run('ids', Buffer.alloc(32, 7))
  db.prepare('INSERT INTO signing_key VALUES (?, ?, ?, ?)').run('old', pair.privateKey, pair.publicKey, 1000)
  db.pragma('user_version = 1')
  db.close()

  const state = await openState(folder)
  t.teardown(() => state.close())
  t.strictSame(await state.getSecret('ids'), Buffer.alloc(32, 7))
  t.strictSame(await state.getSigningKey(), { kid: 'old', alg: 'EdDSA', ...pair })
  const kid = await state.rotateSigningKey({ forget: false })
  const year = 365 * 86_400_000
  t.strictSame(
    (await state.verificationKeys(Date.now() + year)).map((key) => key.kid),
    [kid, 'old'],
    'for as long as tokens could be made'
  )
  t.strictSame(await state.accounts.list(), [])
})

t.test('a state of an older release is copied before it is brought up to date, or refused', async (t) => {
  const folder = t.testdir()
  const file = join(folder, 'service.db')
  // As the first release made it.
  const db = new Database(file)
  db.exec(`CREATE TABLE secret(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE signing_key(kid TEXT PRIMARY KEY, private TEXT NOT NULL, public TEXT NOT NULL, made INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO secret VALUES ('ids', zeroblob(32)); PRAGMA user_version = 1`)
  db.close()
  await t.rejects(openState(folder, { upgrade: 'refuse' }), { code: 'store.old' })
  const state = await openState(folder)
  t.ok((await state.getSecret('ids')).equals(Buffer.alloc(32)))
  state.close()
  const copy = new Database(`${file}.schema-1.bak`, { readonly: true })
  t.equal(copy.pragma('user_version', { simple: true }), 1)
  copy.close()
  t.strictSame(
    readdirSync(folder).filter((name) => name.endsWith('.bak')),
    ['service.db.schema-1.bak']
  )
})
