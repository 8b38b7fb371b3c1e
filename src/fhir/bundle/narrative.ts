/** Links in the narrative: the href of `a` and the src of `img` (R4 http.html#trules). */

/** A link in the JSON source of a string. start/end: offsets into that source; url: what stands there, escapes of JSON and XML resolved. */
export interface NarrativeLink {
  readonly url: string
  readonly start: number
  readonly end: number
}

const LINK = /<(?:a|img)\b[^<>]*?\s(?:href|src)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/gi
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** source: JSON string literal, quotes included. value: the string it stands for. */
export function narrativeLinks(source: string, value: string): NarrativeLink[] {
  if (!/(?:href|src)\s*=/i.test(value)) return []
  const links: NarrativeLink[] = []
  let offsets: Uint32Array | undefined
  for (const match of value.matchAll(LINK)) {
    const raw = match[1] ?? match[2] ?? ''
    const at = match.index + match[0].length - 1 - raw.length
    offsets ??= sourceOffsets(source, value.length)
    links.push({ url: unescapeXml(raw), start: offsets[at]!, end: offsets[at + raw.length]! })
  }
  return links
}

/** Where each UTF-16 unit of the value starts in the source, and where the last one ends. */
function sourceOffsets(source: string, length: number): Uint32Array {
  const offsets = new Uint32Array(length + 1)
  let at = 1
  for (let unit = 0; unit < length; unit++) {
    offsets[unit] = at
    at += source.charCodeAt(at) !== 0x5c ? 1 : source.charCodeAt(at + 1) === 0x75 ? 6 : 2
  }
  offsets[length] = at
  return offsets
}

function unescapeXml(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return Object.hasOwn(ENTITIES, name) ? ENTITIES[name]! : whole
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
