/** Resources as they are in the store, as NDJSON; and deletions as Bundles, as R4 bulk data tells them. */
import type { DeletedResource, SnapshotPage } from '../store/snapshot.js'

/** The texts of a page, each with a line end. They hold none: texts are stored compact. */
export function lines({ bytes, lengths }: SnapshotPage): Buffer {
  const from = Buffer.from(bytes)
  const all = Buffer.allocUnsafe(from.length + lengths.length)
  let at = 0
  let to = 0
  for (const length of lengths) {
    to += from.copy(all, to, at, at + length)
    all[to++] = 0x0a
    at += length
  }
  return all
}

/** One Bundle of type transaction for each deletion (Bulk Data Access, `deleted` of the manifest). */
export function deletions(deleted: readonly DeletedResource[]): string {
  return deleted
    .map(({ type, id, lastUpdated }) => {
      const meta = { lastUpdated: new Date(lastUpdated).toISOString() }
      const entry = [{ request: { method: 'DELETE', url: `${type}/${id}` } }]
      return `${JSON.stringify({ resourceType: 'Bundle', meta, type: 'transaction', entry })}\n`
    })
    .join('')
}
