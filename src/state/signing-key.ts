/** New keys to sign tokens with. */
import { createHash, generateKeyPair, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { KeyAlgorithm, SigningKey } from './state.js'

interface Pair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** An RSA key takes a quarter of a second: see makeKeyAside. */
export function makeKey(alg: KeyAlgorithm): SigningKey {
  return named(alg, alg === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('rsa', { modulusLength: 2048 }))
}

/** The same off this thread, which goes on answering. */
export async function makeKeyAside(alg: KeyAlgorithm): Promise<SigningKey> {
  const pair = alg === 'EdDSA' ? promisify(generateKeyPair)('ed25519') : promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return named(alg, await pair)
}

function named(alg: KeyAlgorithm, { privateKey, publicKey }: Pair): SigningKey {
  const { crv, e, kty, n, x } = publicKey.export({ format: 'jwk' })
  return {
    // RFC 7638: the members that make the key, in the order of the alphabet.
    kid: createHash('sha256')
      .update(JSON.stringify(alg === 'EdDSA' ? { crv, kty, x } : { e, kty, n }))
      .digest('base64url'),
    alg,
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString()
  }
}
