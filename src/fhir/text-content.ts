/** The words of a resource that `_text` and `_content` find (R4 search.html#content): those of its narrative, and those of all its other texts. */
import { typeDefinition } from './definitions.js'
import { fold } from './fold.js'

export interface ResourceWords {
  /** Of Narrative.div, without tags. */
  readonly narrative: string
  /** Of every other string and markdown, contained resources and extensions included; no ids, codes, URIs and references. Words are folded, a space apart. */
  readonly content: string
}

/** Elements of type string that say what something is called by machines. */
const NOT_TEXT: readonly string[] = ['id', 'Reference.reference', 'Meta.versionId']
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

/** The words of a text: runs of letters and digits, folded as in string searches. */
export function wordsOf(text: string): string[] {
  return text.split(/[^\p{L}\p{N}\p{M}]+/u).flatMap((word) => {
    const folded = word === '' ? '' : fold(word)
    return folded === '' ? [] : folded.split(' ')
  })
}

/** Of a parsed resource; content of any form is taken. */
export function resourceWords(resource: { resourceType: string }): ResourceWords {
  const narrative: string[] = []
  const content: string[] = []
  collect(resource.resourceType, resource, (type, text) => {
    if (type === 'xhtml') narrative.push(...wordsOf(plain(text)))
    else content.push(...wordsOf(text))
  })
  return { narrative: narrative.join(' '), content: content.join(' ') }
}

type Take = (type: string, text: string) => void

function collect(type: string, value: object, take: Take): void {
  const members = typeDefinition(type)?.members
  if (members === undefined) return
  for (const [name, member] of Object.entries(value)) {
    const known = members.get(name)
    if (known !== undefined) {
      if (NOT_TEXT.includes(known.element.path) || NOT_TEXT.includes(name)) continue
      for (const item of Array.isArray(member) ? member : [member]) visit(known.type, item, take)
    } else if (name.startsWith('_')) for (const item of Array.isArray(member) ? member : [member]) visit('Element', item, take)
  }
}

function visit(type: string, value: unknown, take: Take): void {
  if (typeof value === 'string') {
    if (type === 'string' || type === 'markdown' || type === 'xhtml') take(type, value)
  } else if (typeof value === 'object' && value !== null) {
    const { resourceType } = value as { resourceType?: unknown }
    collect(typeof resourceType === 'string' ? resourceType : type, value, take)
  }
}

/** XHTML without tags; an entity that is not known stays. */
function plain(xhtml: string): string {
  return xhtml.replace(/<[^>]*>/g, ' ').replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|([a-z]+));/g, (whole, decimal, hex, name) => {
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
    if (Number.isNaN(code)) return ENTITIES[name] ?? whole
    return code <= 0x10ffff ? String.fromCodePoint(code) : ' '
  })
}
