/** Links between the entries of a transaction, and conditional references (R4 http.html#trules, bundle.html#references). */
import { isResourceType, typeDefinition } from '../definitions.js'
import type { JsonNode } from '../json.js'
import { parseReference } from '../references.js'
import { narrativeLinks } from './narrative.js'

/** A piece of the text that stands for a resource: what is between start and end is replaced by `Type/id`, or by `Type/id/_history/vid`. */
export interface Link {
  readonly start: number
  readonly end: number
  /** Number of the entry it points to; undefined for a conditional reference. */
  readonly entry?: number
  /** A conditional reference: `Patient?identifier=a|b`, relative to the base. */
  readonly search?: string
  /** It names a version, so what replaces it does too. */
  readonly versioned: boolean
}

/** What names an entry. */
export interface Named {
  readonly fullUrl: string | undefined
  /** Canonical URL of the resource, where it has one. */
  readonly url?: string | undefined
  /** `Type/id` that the entry writes to, where its request says so. */
  readonly target?: string | undefined
}

const VERSION = /\/_history\/[A-Za-z0-9\-.]{1,64}$/
const CONDITIONAL = /^([A-Z][A-Za-z]+)\?./
const URI_TYPES: readonly string[] = ['uri', 'url', 'oid', 'uuid', 'canonical']

type Kind = 'reference' | 'uri' | 'canonical' | 'narrative'

/** The fullUrls of a Bundle. base: address of this server's FHIR API, without a slash at the end. */
export class Names {
  readonly base: string
  readonly #entries = new Map<string, number>()
  /** Entries whose fullUrl is the address that they have here: an absolute link to them is right already. */
  readonly #here = new Set<number>()
  /** Entries whose fullUrl is also the canonical URL of their resource: in a uri it is a name, not an address. */
  readonly #canonical = new Set<number>()

  constructor(entries: readonly Named[], base: string) {
    this.base = base
    for (const [number, { fullUrl, url, target }] of entries.entries()) {
      if (fullUrl === undefined) continue
      this.#entries.set(fullUrl, number)
      if (target !== undefined && fullUrl === `${base}/${target}`) this.#here.add(number)
      if (fullUrl === url) this.#canonical.add(number)
    }
  }

  get empty(): boolean {
    return this.#entries.size === 0
  }

  /**
   * What a link means; length: of the piece to be replaced. root: base of the entry that holds the link, for relative ones. Undefined when it points to
   * nothing in this Bundle, or is right already.
   */
  find(value: string, root: string, kind: Kind): (Omit<Link, 'start' | 'end'> & { length: number }) | undefined {
    const address = value.slice(0, value.search(kind === 'canonical' ? /[|#]|$/ : /#|$/))
    if (address === '') return undefined
    if (kind === 'canonical') return this.#canonicalLink(address)
    const exact = this.#entries.get(address)
    const entry = exact ?? (kind === 'uri' && !address.includes('/_history/') ? undefined : this.#unversioned(address, root))
    if (entry !== undefined) {
      const versioned = exact === undefined && VERSION.test(address)
      if (kind === 'uri' && this.#canonical.has(entry)) return undefined
      if (this.#here.has(entry) && !versioned && address.startsWith(this.base)) return undefined
      return { entry, versioned, length: address.length }
    }
    if (kind !== 'reference') return undefined
    const search = value.startsWith(`${this.base}/`) ? value.slice(this.base.length + 1) : value
    const type = CONDITIONAL.exec(search)?.[1]
    return type !== undefined && isResourceType(type) ? { search, versioned: false, length: value.length } : undefined
  }

  /** A canonical names a resource by its url. It can only mean an entry whose fullUrl is made up for this Bundle and is not that url. */
  #canonicalLink(address: string): (Omit<Link, 'start' | 'end'> & { length: number }) | undefined {
    const entry = address.startsWith('urn:') ? this.#entries.get(address) : undefined
    return entry === undefined || this.#canonical.has(entry) ? undefined : { entry, versioned: false, length: address.length }
  }

  /** An address without its version, or a relative one seen from its root. */
  #unversioned(address: string, root: string): number | undefined {
    const plain = address.replace(VERSION, '')
    return this.#entries.get(plain) ?? (parseReference(plain)?.kind === 'relative' ? this.#entries.get(`${root}/${plain}`) : undefined)
  }
}

/**
 * The links in a resource, in the order of the text. Looked at are Reference.reference, elements of type uri, url, oid, uuid and canonical, and
 * narratives, also in extensions and contained resources. source: the text that the node was read from.
 */
export function findLinks(source: string, resource: JsonNode, fullUrl: string | undefined, names: Names): Link[] {
  const own = fullUrl === undefined ? undefined : parseReference(fullUrl)
  const root = (own?.kind === 'absolute' ? own.target?.base : undefined) ?? names.base
  const links: Link[] = []
  const path: string[] = []

  const add = (value: string, at: number, length: number, kind: Kind) => {
    const found = names.find(value, root, kind)
    // Escapes make the source longer than the value: then the whole of it is replaced, and a fragment cannot be kept apart.
    if (found === undefined || (length !== value.length && found.length !== value.length)) return
    const { length: piece, ...link } = found
    links.push({ ...link, start: at, end: at + (length === value.length ? piece : length) })
  }
  const visit = (node: JsonNode): void => {
    if (node.kind === 'array') for (const item of node.items) visit(item)
    else if (node.kind === 'object') {
      const type = node.members.find(({ name }) => name === 'resourceType')?.value
      const outer = type?.kind === 'string' ? path.splice(0, path.length, type.value) : undefined
      for (const { name, value } of node.members) {
        // A Bundle that is stored as a resource is a world of its own: its references are for its own entries.
        if (name === 'entry' && path.length === 1 && path[0] === 'Bundle') continue
        path.push(name)
        visit(value)
        path.pop()
      }
      if (outer !== undefined) path.splice(0, path.length, ...outer)
    } else if (node.kind === 'string') {
      const { value, start, end } = node
      const name = path.at(-1)
      if (name === 'reference') {
        if (typeAt(path, path.length - 1) === 'Reference') add(value, start + 1, end - start - 2, 'reference')
      } else if (name === 'div') {
        for (const link of narrativeLinks(source.slice(start, end), value)) {
          add(link.url, start + link.start, link.end - link.start, 'narrative')
        }
      } else if (
        !names.empty &&
        value.includes(':') &&
        (names.find(value, root, 'uri') ?? names.find(value, root, 'canonical')) !== undefined
      ) {
        const type = typeAt(path) ?? ''
        if (URI_TYPES.includes(type)) add(value, start + 1, end - start - 2, type === 'canonical' ? 'canonical' : 'uri')
      }
    }
  }
  visit(resource)
  return links
}

/** The FHIR type of the element at the first `length` names of a path that begins with a resource type. */
function typeAt(path: readonly string[], length = path.length): string | undefined {
  let type = path[0]
  for (let step = 1; step < length && type !== undefined; step++) {
    const name = path[step]!
    // The other half of a primitive: `_birthDate`.
    type = name.startsWith('_') ? 'Element' : typeDefinition(type)?.members.get(name)?.type
  }
  return type
}

/** text from start to end with pieces replaced; all else to the character. links: in the order of the text. */
export function splice(text: string, start: number, end: number, links: readonly Link[], replace: (link: Link) => string): string {
  let spliced = ''
  let from = start
  for (const link of links) {
    spliced += text.slice(from, link.start) + replace(link)
    from = link.end
  }
  return spliced + text.slice(from, end)
}
