/** Media and who names them: what a question, an answer or an entry shows must not go before it. */
import { fail } from '../errors.js'
import { parseSearch } from '../fhir/search-query.js'
import type { Repository, StoredResource, Write } from '../store/repository.js'
import { IDENTITY_DOCUMENT } from './access.js'

type Store = Pick<Repository, 'read' | 'search' | 'searchParameters'>

/** Tell about a resource, and are no use of it. */
const RECORDS: readonly string[] = ['AuditEvent', 'Provenance']
const PAGE = 200

interface Identified {
  readonly identifier?: ReadonlyArray<{ readonly system?: string; readonly value?: string }>
  readonly subject?: { readonly reference?: string }
}

interface Reference {
  readonly reference?: string
  readonly identifier?: { readonly system?: string; readonly value?: string }
}

/** Names of the resources that name a Media or a DocumentReference (`Communication/1`), by reference or by identifier; the first that are found. */
export async function namesOf(store: Store, { type, id, body }: Pick<StoredResource, 'type' | 'id' | 'body'>): Promise<readonly string[]> {
  const { identifier = [], subject } = JSON.parse(body.toString()) as Identified
  const isIt = (one: Reference | undefined) =>
    one?.reference === `${type}/${id}` ||
    identifier.some(({ system, value }) => system === one?.identifier?.system && value !== undefined && value === one?.identifier?.value)
  const found = new Set<string>()
  const referring = await ask(store, type, [
    ['_id', id],
    ['_revinclude', '*']
  ])
  for (const one of referring.included) if (!RECORDS.includes(one.type)) found.add(`${one.type}/${one.id}`)
  // R4 has no search parameter for what a Communication carries.
  if (subject?.reference !== undefined)
    for await (const one of all(store, 'Communication', [['subject', subject.reference]])) {
      const { payload = [] } = JSON.parse(one.body.toString()) as { payload?: ReadonlyArray<{ contentReference?: Reference }> }
      if (payload.some(({ contentReference }) => isIt(contentReference))) found.add(`Communication/${one.id}`)
    }
  for (const { system, value } of identifier) {
    if (system === undefined || value === undefined) continue
    const token = [system, value].map((part) => part.replace(/[\\,$|]/g, (special) => `\\${special}`)).join('|')
    const entries = await ask(store, 'Observation', [['derived-from:identifier', token]])
    for (const one of entries.resources) found.add(`Observation/${one.id}`)
  }
  return [...found]
}

/** Throws media.named for a delete of what something names that stays. */
export async function refuseNamed(store: Store, writes: readonly Write[]): Promise<void> {
  const gone = new Set(writes.flatMap(({ method, type, id }) => (method === 'delete' ? [`${type}/${id}`] : [])))
  for (const { method, type, id } of writes) {
    if (method !== 'delete' || (type !== 'Media' && type !== 'DocumentReference')) continue
    const stored = await store.read(type, id)
    if (stored === undefined || stored.deleted) continue
    // Notes and letters come by the million, and no question shows them.
    if (type === 'DocumentReference' && !stored.body.includes(IDENTITY_DOCUMENT.system)) continue
    const by = (await namesOf(store, { type, id, body: Buffer.from(stored.body) })).find((name) => !gone.has(name))
    if (by !== undefined) throw fail('media.named', { type, id, by })
  }
}

function ask(store: Store, type: string, parameters: ReadonlyArray<readonly [string, string]>) {
  return store.search(parseSearch(type, parameters, { handling: 'strict', custom: store.searchParameters() }))
}

async function* all(store: Store, type: string, parameters: ReadonlyArray<readonly [string, string]>): AsyncGenerator<StoredResource> {
  let query = parseSearch(type, [...parameters, ['_count', String(PAGE)]], { handling: 'strict' })
  for (;;) {
    const { resources, next } = await store.search(query)
    yield* resources
    if (next === undefined) return
    query = { ...query, cursor: next }
  }
}
