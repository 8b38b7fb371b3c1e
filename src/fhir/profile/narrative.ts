/** The XHTML of a narrative (R4 narrative.html#xhtml): what txt-1 and txt-2 ask for, which their expression `htmlChecks()` leaves to the validator. */

/** HTML 4.0, chapters 7 to 11 (without 9.4) and 15. */
const ELEMENTS = new Set(
  `div h1 h2 h3 h4 h5 h6 address span bdo br p em strong dfn code samp kbd var cite abbr acronym blockquote q sub sup pre ul ol li dl dt dd
  table caption thead tfoot tbody colgroup col tr th td tt i b big small hr a img map area`.split(/\s+/)
)
const ATTRIBUTES = new Set(
  `xmlns xml:lang lang dir id class style title accesskey tabindex name href hreflang rel rev charset type shape coords nohref target cite
  datetime src alt longdesc height width usemap ismap border summary frame rules cellspacing cellpadding align valign char charoff abbr axis
  headers scope rowspan colspan span start value compact clear size noshade hspace vspace bgcolor nowrap`.split(/\s+/)
)
const ENTITIES = new Set(['amp', 'lt', 'gt', 'quot', 'apos'])
const NAMESPACE = 'http://www.w3.org/1999/xhtml'
const DEEPEST = 500

const TAG = /<(\/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g
/** A reference, or an & that is none. */
const REFERENCE = /&(?:([A-Za-z]\w*);|#\d+;|#x[0-9a-fA-F]+;)?/g
const SPACES = /&#(?:32|160|xa0|x20);/gi

/** What keeps the text from being the XHTML that a narrative may have (txt-1); undefined when nothing does. */
export function narrativeFault(div: string): string | undefined {
  const open: string[] = []
  let at = div.search(/\S/)
  let ended = false
  while (at < div.length && at !== -1) {
    if (div.charCodeAt(at) !== 0x3c) {
      const end = div.indexOf('<', at)
      const text = div.slice(at, end === -1 ? div.length : end)
      if (open.length === 0 && text.trim() !== '') return 'text stands outside the div'
      const fault = referenceFault(text)
      if (fault !== undefined) return fault
      at += text.length
      continue
    }
    const hidden = div.startsWith('<!--', at) ? '-->' : div.startsWith('<![CDATA[', at) && open.length > 0 ? ']]>' : undefined
    const end = hidden === undefined ? -1 : div.indexOf(hidden, at + 4)
    if (hidden !== undefined && end !== -1) {
      at = end + 3
      continue
    }
    TAG.lastIndex = at
    const match = TAG.exec(div)
    if (match === null) return `it is not well-formed at ${JSON.stringify(div.slice(at, at + 20))}`
    at = TAG.lastIndex
    const [, slash, name = '', attributes = '', empty] = match
    if (slash === '/') {
      if (open.pop() !== name || attributes !== '') return `</${name}> does not close what is open`
      ended = open.length === 0
      continue
    }
    if (ended || (open.length === 0 && name !== 'div')) return 'it is not one div'
    const fault = elementFault(name, attributes, open.length === 0)
    if (fault !== undefined) return fault
    if (empty === '/') ended = open.length === 0
    else if (open.push(name) > DEEPEST) return `it is nested deeper than ${DEEPEST} levels`
  }
  return ended ? undefined : 'it is not one div'
}

/** Whether a narrative says anything: text that is not white space, or an image (txt-2). */
export function hasContent(div: string): boolean {
  for (let at = 0; at < div.length; ) {
    const tag = div.indexOf('<', at)
    if (
      div
        .slice(at, tag === -1 ? div.length : tag)
        .replace(SPACES, '')
        .trim() !== ''
    )
      return true
    if (tag === -1) return false
    if (/^<img[\s/>]/.test(div.slice(tag, tag + 5))) return true
    const end = div.startsWith('<!--', tag) ? div.indexOf('-->', tag) + 2 : div.indexOf('>', tag)
    if (end <= tag) return false
    at = end + 1
  }
  return false
}

function elementFault(name: string, attributes: string, outermost: boolean): string | undefined {
  if (!ELEMENTS.has(name)) return `the element ${name} is not allowed`
  const seen = new Set<string>()
  let namespace: string | undefined
  for (const [, key = '', double, single] of attributes.matchAll(ATTRIBUTE)) {
    const value = double ?? single ?? ''
    if (seen.has(key)) return `the attribute ${key} is given twice`
    seen.add(key)
    if (!ATTRIBUTES.has(key)) return `the attribute ${key} is not allowed`
    if (key === 'xmlns') namespace = value
    if ((key === 'href' || key === 'src') && /^\s*(?:javascript|vbscript):/i.test(value)) return 'scripts are not allowed'
    const fault = referenceFault(value)
    if (fault !== undefined) return fault
  }
  if ((outermost || namespace !== undefined) && namespace !== NAMESPACE) return `the namespace must be ${NAMESPACE}`
  return undefined
}

/** XML knows five entities; those of HTML are to be written as characters. */
function referenceFault(text: string): string | undefined {
  if (!text.includes('&')) return undefined
  for (const [whole, name] of text.matchAll(REFERENCE)) {
    if (whole === '&') return 'an & stands for itself'
    if (name !== undefined && !ENTITIES.has(name)) return `the entity ${whole} is not known in XML`
  }
  return undefined
}
