/** Bundles as the Cloud Healthcare API answers them: the texts of their resources as they are, the rest parsed. */
import { type JsonNode, parseJson } from '../../fhir/json.js'

export interface AnsweredEntry {
  /** Exact text of the resource; undefined: there is none. */
  readonly text: string | undefined
  readonly fullUrl?: string
  readonly search?: { readonly mode?: string }
  readonly request?: { readonly method?: string; readonly url?: string }
  readonly response?: { readonly status?: string; readonly location?: string; readonly etag?: string; readonly lastModified?: string }
}

export interface AnsweredBundle {
  readonly type: string | undefined
  readonly total: number | undefined
  /** URLs by relation. */
  readonly links: Readonly<Record<string, string>>
  readonly entries: readonly AnsweredEntry[]
}

/** text: JSON of a Bundle. */
export function readAnswer(text: string): AnsweredBundle {
  const root = parseJson(text)
  const entries = items(member(root, 'entry')).map((entry) => {
    const resource = member(entry, 'resource')
    const rest = entry.kind === 'object' ? entry.members.filter(({ name }) => name !== 'resource') : []
    return {
      ...Object.fromEntries(rest.map(({ name, value }) => [name, JSON.parse(text.slice(value.start, value.end))])),
      text: resource && text.slice(resource.start, resource.end)
    } as AnsweredEntry
  })
  const links = items(member(root, 'link')).map((link) => [string(member(link, 'relation')), string(member(link, 'url'))])
  const total = member(root, 'total')
  return {
    type: string(member(root, 'type')),
    total: total?.kind === 'number' ? Number(total.text) : undefined,
    links: Object.fromEntries(links) as Record<string, string>,
    entries
  }
}

/** The versionId in an entity tag of the API, `W/"…"`. */
export function versionOf(etag: string | null | undefined): string | undefined {
  return /^(?:W\/)?"(.+)"$/.exec(etag ?? '')?.[1]
}

function member(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return node?.kind === 'object' ? node.members.find((one) => one.name === name)?.value : undefined
}

function items(node: JsonNode | undefined): readonly JsonNode[] {
  return node?.kind === 'array' ? node.items : []
}

function string(node: JsonNode | undefined): string | undefined {
  return node?.kind === 'string' ? node.value : undefined
}
