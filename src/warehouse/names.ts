/** Names of the columns that extensions become: the last part of their URL, or the whole URL where that is taken. */

const LONGEST = 300

/** `http://hl7.org/fhir/us/core/StructureDefinition/us-core-race` -> `us_core_race`. */
export function shortName(url: string): string {
  const trimmed = url.replace(/\/+$/, '')
  return columnName(trimmed.slice(trimmed.lastIndexOf('/') + 1))
}

/** The URL without its scheme: `hl7_org_fhir_us_core_StructureDefinition_us_core_race`. */
export function fullName(url: string): string {
  return columnName(url.replace(/^[A-Za-z][A-Za-z0-9+.-]*:\/\//, ''))
}

function columnName(text: string): string {
  const name = text.replace(/[^A-Za-z0-9_]/g, '_')
  return (/^\d/.test(name) ? `_${name}` : name).slice(0, LONGEST)
}

/**
 * The column names of the extensions of one element, by URL. Names differ by more than case. urls: all there are; taken: names of other columns; given:
 * names that earlier tables have used, which stay.
 */
export function extensionNames(
  urls: Iterable<string>,
  taken: ReadonlySet<string>,
  given: ReadonlyMap<string, string> = new Map()
): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  const used = new Set([...taken].map((name) => name.toLowerCase()))
  const sorted = [...urls].sort()
  for (const url of sorted) {
    const name = given.get(url)
    if (name === undefined || used.has(name.toLowerCase())) continue
    names.set(url, name)
    used.add(name.toLowerCase())
  }
  const rest = sorted.filter((url) => !names.has(url))
  const shorts = new Map<string, number>()
  for (const url of rest) count(shorts, shortName(url).toLowerCase())
  for (const url of rest) {
    const short = shortName(url)
    const isFree = short !== '' && shorts.get(short.toLowerCase()) === 1 && !used.has(short.toLowerCase())
    const name = isFree ? short : free(fullName(url), used)
    names.set(url, name)
    used.add(name.toLowerCase())
  }
  return names
}

/** Two URLs that differ in nothing a column name can show: the later one gets a number. */
function free(name: string, used: ReadonlySet<string>): string {
  const base = name === '' ? 'extension' : name
  if (!used.has(base.toLowerCase())) return base
  for (let n = 2; ; n++) {
    const numbered = `${base.slice(0, LONGEST - 6)}_${n}`
    if (!used.has(numbered.toLowerCase())) return numbered
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
