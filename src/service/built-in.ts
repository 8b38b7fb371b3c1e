/**
 * Definitions that come with the program: the terminology of R4 (profiles/r4/terminology.br), our own profiles and code systems (profiles/generated)
 * and the code maps of the mapping packs (mappings). All are read when the first of their kind is asked for.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliDecompress } from 'node:zlib'

/** A definition as JSON text. */
export interface BuiltIn {
  readonly type: string
  readonly url: string
  readonly version: string | undefined
  readonly id: string
  readonly body: Buffer
  /** Of a ConceptMap: the code systems it translates from and to. */
  readonly systems?: { readonly sources: readonly string[]; readonly targets: readonly string[] }
}

type IndexRow = readonly [
  type: string,
  url: string,
  version: string,
  id: string,
  bytes: number,
  sources?: readonly string[],
  targets?: readonly string[]
]

const R4 = new URL('../../profiles/r4/terminology.br', import.meta.url)
const GENERATED = fileURLToPath(new URL('../../profiles/generated/', import.meta.url))
const MAPPINGS = fileURLToPath(new URL('../../mappings/', import.meta.url))

let r4: Promise<Map<string, BuiltIn>> | undefined
let maps: Promise<BuiltIn[]> | undefined
let generated: Promise<ReadonlySet<string>> | undefined

/** The built-in definition of a canonical URL without version. */
export async function builtIn(type: string, url: string): Promise<BuiltIn | undefined> {
  const own = await ourOwn(type, url)
  if (own !== undefined) return own
  return (
    (await officialOnes()).get(`${type} ${url}`) ?? (type === 'ConceptMap' ? (await codeMaps()).find((map) => map.url === url) : undefined)
  )
}

/** All built-in concept maps, those of R4 and the code maps of the mapping packs. */
export async function builtInMaps(): Promise<BuiltIn[]> {
  const official = [...(await officialOnes()).values()].filter(({ type }) => type === 'ConceptMap')
  return [...official, ...(await codeMaps())]
}

/** The code systems of R4 that are here, in the order of the package. */
export async function builtInSystems(): Promise<Array<Pick<BuiltIn, 'url' | 'version'>>> {
  return [...(await officialOnes()).values()].filter(({ type }) => type === 'CodeSystem')
}

/** Decompressed off the main thread; the definitions stay bytes, parsed one by one when they are wanted. */
function officialOnes(): Promise<Map<string, BuiltIn>> {
  r4 ??= readFile(R4).then(promisify(brotliDecompress)).then(index)
  return r4
}

function index(bytes: Buffer): Map<string, BuiltIn> {
  let at = bytes.indexOf(0x0a) + 1
  const found = new Map<string, BuiltIn>()
  for (const [type, url, version, id, length, sources, targets] of JSON.parse(bytes.toString('utf8', 0, at)) as IndexRow[]) {
    const systems = sources === undefined ? {} : { systems: { sources, targets: targets ?? [] } }
    found.set(`${type} ${url}`, { type, url, version: version || undefined, id, body: bytes.subarray(at, at + length), ...systems })
    at += length + 1
  }
  return found
}

/** The files of profiles/generated are named by type and id, and the URL of each ends in them. */
async function ourOwn(type: string, url: string): Promise<BuiltIn | undefined> {
  generated ??= readdir(GENERATED).then((names) => new Set(names))
  const name = `${type}-${url.slice(url.lastIndexOf('/') + 1)}.json`
  if (!(await generated).has(name)) return undefined
  const own = read(await readFile(join(GENERATED, name)))
  return own.url === url ? own : undefined
}

function codeMaps(): Promise<BuiltIn[]> {
  maps ??= readMaps()
  return maps
}

async function readMaps(): Promise<BuiltIn[]> {
  const entries = await readdir(MAPPINGS, { withFileTypes: true, recursive: true })
  const files = entries
    .filter(({ name, parentPath }) => name.endsWith('.json') && parentPath.endsWith('maps'))
    .map(({ name, parentPath }) => join(parentPath, name))
  const found = (await Promise.all(files.sort().map((file) => readFile(file)))).map(read)
  return found.filter(({ type }) => type === 'ConceptMap')
}

function read(body: Buffer): BuiltIn {
  const resource = JSON.parse(body.toString()) as {
    resourceType: string
    url: string
    version?: string
    id: string
    group?: ReadonlyArray<{ source?: string; target?: string }>
  }
  const { resourceType: type, url, version, id, group = [] } = resource
  const systems = { sources: distinct(group.map(({ source }) => source)), targets: distinct(group.map(({ target }) => target)) }
  return { type, url, version, id, body, ...(type === 'ConceptMap' ? { systems } : {}) }
}

function distinct(systems: ReadonlyArray<string | undefined>): string[] {
  return [...new Set(systems.filter((system) => system !== undefined))]
}
