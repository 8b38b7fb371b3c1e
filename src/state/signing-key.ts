/** New keys to sign tokens with. */
import { createHash, generateKeyPairSync } from 'node:crypto'
import type { KeyAlgorithm, SigningKey } from './state.js'

/** An RSA key takes a quarter of a second. */
export function makeKey(alg: KeyAlgorithm): SigningKey {
  const { privateKey, publicKey } = alg === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('rsa', { modulusLength: 2048 })
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
