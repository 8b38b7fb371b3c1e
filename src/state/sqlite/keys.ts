/** Secrets and signing keys. */
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import type Database from 'better-sqlite3'
import type { SigningKey, State } from '../state.js'
import type { Ended } from './sessions.js'

/** The expiry that a key is known to have signed is written in steps of this, so that not every token costs a write. */
const STEP = 86_400_000

interface KeyRow extends SigningKey {
  readonly made: number
  readonly signedUntil: number
}

export function openKeys(
  db: Database.Database,
  ended: Ended
): Pick<State, 'getSecret' | 'getSigningKey' | 'verificationKeys' | 'rotateSigningKey'> {
  const secret = db.prepare<[string], Buffer>('SELECT value FROM secret WHERE name = ?').pluck()
  const addSecret = db.prepare('INSERT INTO secret VALUES (?, ?)')
  // A key that signs no more has no private part.
  const columns = 'kid, private AS privateKey, public AS publicKey, made, signed_until AS signedUntil'
  const current = db.prepare<[], KeyRow>(`SELECT ${columns} FROM signing_key WHERE private <> '' ORDER BY made DESC, kid LIMIT 1`)
  const add = db.prepare('INSERT INTO signing_key VALUES (?, ?, ?, max(?, (SELECT coalesce(max(made), 0) + 1 FROM signing_key)), ?)')
  const extend = db.prepare('UPDATE signing_key SET signed_until = max(signed_until, ?) WHERE kid = ?')
  const retire = db.prepare("UPDATE signing_key SET private = '' WHERE kid <> ? AND private <> ''")
  const drop = db.prepare("DELETE FROM signing_key WHERE private = '' AND signed_until <= ?")
  const valid = db.prepare<[number], KeyRow>(
    `SELECT ${columns} FROM signing_key WHERE private <> '' OR signed_until > ? ORDER BY made DESC, kid`
  )

  const getSecret = db.transaction((name: string): Buffer => {
    const known = secret.get(name)
    if (known !== undefined) return known
    addSecret.run(name, randomBytes(32))
    return secret.get(name)!
  })
  const rotate = db.transaction((oldest: number, until: number, now: number): KeyRow => {
    let key = current.get()
    if (key === undefined || key.made < oldest) {
      const made = makeKey()
      add.run(made.kid, made.privateKey, made.publicKey, now, 0)
      retire.run(made.kid)
      key = current.get()!
    }
    drop.run(now)
    if (key.signedUntil < until) extend.run(until + STEP, key.kid)
    return key
  })
  const publicPart = ({ kid, publicKey }: KeyRow) => ({ kid, publicKey })
  return {
    // Immediate: of two processes that ask at once, the second waits and finds what the first made.
    getSecret: (name) => secret.get(name) ?? getSecret.immediate(name),
    getSigningKey({ until = 0, oldest = 0 } = {}) {
      const known = current.get()
      const key =
        known !== undefined && known.made >= oldest && known.signedUntil >= until ? known : rotate.immediate(oldest, until, Date.now())
      return { kid: key.kid, privateKey: key.privateKey, publicKey: key.publicKey }
    },
    verificationKeys: (now) => valid.all(now).map(publicPart),
    rotateSigningKey: db.transaction(({ forget }: { forget: boolean }) => {
      const { kid } = rotate(Number.MAX_SAFE_INTEGER, 0, Date.now())
      if (forget) {
        db.prepare('DELETE FROM signing_key WHERE kid <> ?').run(kid)
        ended()
      }
      return kid
    }).immediate
  }
}

function makeKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const { crv, kty, x } = publicKey.export({ format: 'jwk' })
  return {
    kid: createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url'),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString()
  }
}
