/** Ids that the server gives to what is created. */
import { randomUUID } from 'node:crypto'

/**
 * A UUID of version 7 (RFC 9562): 48 bits of time in milliseconds, then 74 random ones. Ids made one after the other are neighbours in an index, so that a
 * store writes a few pages of it and not one for each resource; what they tell of the time of creation, meta.lastUpdated says as well.
 */
export function newId(): string {
  const time = Date.now().toString(16).padStart(12, '0')
  // Behind its version, a random UUID has the variant and the random bits that are wanted.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}
