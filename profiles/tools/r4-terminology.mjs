/** The code systems, value sets and concept maps of the package, each reduced to what terminology operations look at, as one compressed file. */
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import { readAll } from './r4-package.mjs'

/** Words about a definition, which no answer depends on. */
const LEFT_OUT = new Set([
  'text',
  'meta',
  'contact',
  'publisher',
  'copyright',
  'experimental',
  'immutable',
  'date',
  'description',
  'purpose',
  'identifier',
  'useContext',
  'jurisdiction'
])

/**
 * Lines of JSON: first an index, [[type, url, version or '', id, bytes of its line], ...], for a ConceptMap also the systems it translates from and to;
 * then one resource a line in the order of the index.
 */
export function terminologyLines(folder) {
  const resources = ['CodeSystem', 'ValueSet', 'ConceptMap']
    .flatMap((type) => readAll(folder, type))
    .filter((resource) => resource.url !== undefined)
  const seen = new Set()
  const lines = resources.map((resource) => JSON.stringify(essence(resource)))
  const index = resources.map(({ resourceType, url, version = '', id, group = [] }, n) => {
    const key = `${resourceType} ${url}`
    if (seen.has(key)) throw new Error(`${key} is there twice`)
    seen.add(key)
    const systems = (name) => [...new Set(group.map((one) => one[name]).filter((system) => system !== undefined))]
    const row = [resourceType, url, version, id, Buffer.byteLength(lines[n])]
    return resourceType === 'ConceptMap' ? [...row, systems('source'), systems('target')] : row
  })
  return `${[JSON.stringify(index), ...lines].join('\n')}\n`
}

export function compress(text) {
  const { BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = constants
  return brotliCompressSync(text, { params: { [BROTLI_PARAM_LGWIN]: 24, [BROTLI_PARAM_SIZE_HINT]: Buffer.byteLength(text) } })
}

/** The text is what counts: another release of the library may compress it to other bytes. */
export function decompress(bytes) {
  return brotliDecompressSync(bytes).toString()
}

function essence(value, depth = 0) {
  if (Array.isArray(value)) return value.map((item) => essence(item, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(
    ([name]) => name !== 'extension' && name !== 'modifierExtension' && !name.startsWith('_') && !(depth === 0 && LEFT_OUT.has(name))
  )
  return Object.fromEntries(kept.map(([name, item]) => [name, essence(item, depth + 1)]))
}
