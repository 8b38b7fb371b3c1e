/** Where the references of a resource lead. */
import { parseReference } from '../../fhir/references.js'
import { type IndexSink, indexResource } from '../../fhir/search-index.js'

/** type '': an absolute or canonical URL in id. */
export interface Link {
  readonly type: string
  readonly id: string
  readonly version: string | undefined
}

/**
 * The references of a resource, each once. paths: those that count, with the types they may lead to; undefined: all. baseUrl: the address below which
 * absolute references lead to resources of this store.
 */
export function linksOf(
  resource: { readonly resourceType: string },
  paths: ReadonlyMap<number, readonly string[] | undefined> | undefined,
  baseUrl: string | undefined
): Link[] {
  const links = new Map<string, Link>()
  const none = () => {}
  const sink: IndexSink = {
    reference(path, type, id, version) {
      if (paths !== undefined && !paths.has(path)) return
      const isOwn = type === '' && baseUrl !== undefined && id.startsWith(`${baseUrl}/`)
      const own = isOwn ? parseReference(id.slice(baseUrl.length + 1)) : undefined
      const link = own?.kind === 'relative' ? { type: own.type, id: own.id, version: own.versionId } : { type, id, version }
      const targets = paths?.get(path)
      if (targets === undefined || targets.includes(link.type)) links.set(`${link.type}/${link.id}/${link.version ?? ''}`, link)
    },
    token: none,
    string: none,
    date: none,
    number: none,
    quantity: none,
    uri: none,
    patient: none
  }
  indexResource(resource, sink)
  // A canonical with a version is indexed without it, too.
  for (const { type, id } of links.values()) if (type === '' && id.includes('|')) links.delete(`/${id.slice(0, id.indexOf('|'))}/`)
  return [...links.values()]
}
