/** The versions before one, whatever a store calls them. */
import type { Repository, StoredResource } from '../store/repository.js'

/** At a time. */
const PAGE = 50

type Before = Omit<StoredResource, 'body'> & { readonly body: Buffer | string }

/** Newest first; what was removed from the history is left out. */
export async function* earlier(
  store: Pick<Repository, 'capabilities' | 'vread' | 'history'>,
  { type, id, versionId }: { readonly type: string; readonly id: string; readonly versionId: string }
): AsyncIterable<Before> {
  const { versionIds, versioning } = store.capabilities()
  if (versioning === 'no-version') return
  if (versionIds === 'counted') {
    for (let n = Number(versionId) - 1; n > 0; n--) {
      const version = await store.vread(type, id, String(n))
      if (version !== undefined) yield version
    }
    return
  }
  let isPast = false
  for (let cursor: string | undefined, more = true; more; ) {
    const page = await store.history({ type, id, count: PAGE, ...(cursor === undefined ? {} : { cursor }) })
    for (const version of page?.versions ?? []) {
      if (isPast) yield version
      isPast ||= version.versionId === versionId
    }
    cursor = page?.next
    more = cursor !== undefined
  }
}

/** The one right before it; undefined: there is none, or it is not kept. */
export async function versionBefore(
  store: Pick<Repository, 'capabilities' | 'vread' | 'history'>,
  version: { readonly type: string; readonly id: string; readonly versionId: string }
): Promise<Before | undefined> {
  const { type, id, versionId } = version
  if (store.capabilities().versionIds === 'counted') return store.vread(type, id, String(Number(versionId) - 1))
  for await (const before of earlier(store, version)) return before
  return undefined
}
