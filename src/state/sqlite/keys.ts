/** Secrets and signing keys. */
import { randomBytes } from 'node:crypto'
import type Database from 'better-sqlite3'
import { makeKey, makeKeyAside } from '../signing-key.js'
import type { KeyAlgorithm, SigningKey, State } from '../state.js'
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
  const columns = 'kid, alg, private AS privateKey, public AS publicKey, made, signed_until AS signedUntil'
  const current = db.prepare<[KeyAlgorithm], KeyRow>(
    `SELECT ${columns} FROM signing_key WHERE alg = ? AND private <> '' ORDER BY made DESC, kid LIMIT 1`
  )
  const add = db.prepare(
    `INSERT INTO signing_key(kid, alg, private, public, made)
     VALUES (@kid, @alg, @privateKey, @publicKey, max(@now, (SELECT coalesce(max(made), 0) + 1 FROM signing_key)))`
  )
  const extend = db.prepare('UPDATE signing_key SET signed_until = max(signed_until, ?) WHERE kid = ?')
  const retire = db.prepare("UPDATE signing_key SET private = '' WHERE alg = ? AND kid <> ? AND private <> ''")
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
  // fresh: used when a new one is still wanted by then.
  const rotate = db.transaction((alg: KeyAlgorithm, oldest: number, until: number, now: number, fresh?: SigningKey): KeyRow => {
    let key = current.get(alg)
    if (key === undefined || key.made < oldest) {
      const made = fresh ?? makeKey(alg)
      add.run({ ...made, now })
      retire.run(alg, made.kid)
      key = current.get(alg)!
    }
    drop.run(now)
    if (key.signedUntil < until) extend.run(until + STEP, key.kid)
    return key
  })
  const whole = (key: KeyRow): SigningKey => ({ ...publicPart(key), privateKey: key.privateKey })
  const publicPart = ({ kid, alg, publicKey }: KeyRow) => ({ kid, alg, publicKey })
  return {
    // Immediate: of two processes that ask at once, the second waits and finds what the first made.
    getSecret: (name) => secret.get(name) ?? getSecret.immediate(name),
    getSigningKey({ alg = 'EdDSA', until = 0, oldest = 0 } = {}) {
      const known = current.get(alg)
      const isYoung = known !== undefined && known.made >= oldest
      if (isYoung && known.signedUntil >= until) return whole(known)
      if (isYoung || alg === 'EdDSA') return whole(rotate.immediate(alg, oldest, until, Date.now()))
      return makeKeyAside(alg).then((fresh) => whole(rotate.immediate(alg, oldest, until, Date.now(), fresh)))
    },
    verificationKeys: (now) => valid.all(now).map(publicPart),
    rotateSigningKey: db.transaction(({ forget }: { forget: boolean }) => {
      const now = Date.now()
      if (current.get('RS256') !== undefined) rotate('RS256', Number.MAX_SAFE_INTEGER, 0, now)
      const { kid } = rotate('EdDSA', Number.MAX_SAFE_INTEGER, 0, now)
      if (forget) {
        db.prepare("DELETE FROM signing_key WHERE private = ''").run()
        ended()
      }
      return kid
    }).immediate
  }
}
