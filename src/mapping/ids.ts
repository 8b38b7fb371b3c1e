/** Deterministic ids: the same key under the same source is the same resource, on every machine and in every run. */
import { createHmac, hash } from 'node:crypto'

/** Makes the id of a resource from its id space and the JSON text of its key. */
export type IdMaker = (space: string, key: string) => string

const URL_NAMESPACE = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex')

/**
 * uuid5(uuid5(uuid5(URL, source), space), key) (RFC 9562, version 5). With a secret the last step is an HMAC-SHA-256, written as version 8: an unkeyed hash of
 * a nine-digit record number can be tried out in minutes.
 */
export function idMaker(source: string, secret?: Buffer): IdMaker {
  const base = digest(URL_NAMESPACE, source)
  const namespaces = new Map<string, Buffer>()
  return (space, key) => {
    let namespace = namespaces.get(space)
    if (namespace === undefined) {
      namespace = Buffer.from(uuid(digest(Buffer.from(uuid(base, '5').replaceAll('-', ''), 'hex'), space), '5').replaceAll('-', ''), 'hex')
      namespaces.set(space, namespace)
    }
    if (secret === undefined) return uuid(digest(namespace, key), '5')
    return uuid(createHmac('sha256', secret).update(namespace).update(key).digest('hex'), '8')
  }
}

function digest(namespace: Buffer, name: string): string {
  const length = Buffer.byteLength(name)
  const bytes = Buffer.allocUnsafe(16 + length)
  namespace.copy(bytes)
  bytes.write(name, 16)
  return hash('sha1', bytes, 'hex')
}

const VARIANT = ['8', '9', 'a', 'b']

const SCRATCH = Buffer.alloc(36)

/** The first 128 bits of a hex digest with version and variant set. */
function uuid(hex: string, version: '5' | '8'): string {
  const variant = VARIANT[Number.parseInt(hex.charAt(16), 16) & 3]
  // By way of bytes: a text put together from pieces keeps its pieces, and ids are kept by the thousand.
  SCRATCH.write(
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${version}${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`,
    'latin1'
  )
  return SCRATCH.toString('latin1')
}
