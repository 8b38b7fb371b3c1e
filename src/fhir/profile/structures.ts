/**
 * The definitions that validation goes by, read when first asked for: invariants of the R4 types (profiles/r4/constraints.json), profiles and extensions of
 * R4 (profiles/r4/profiles.json) and ours (profiles/generated, one file each); then those that were uploaded. What is shipped cannot be replaced.
 */
import { existsSync, readFileSync } from 'node:fs'
import { codingsOf } from '../definitions.js'
import { uploadedStructure } from './uploaded.js'
import { isObject } from './values.js'

export interface Constraint {
  readonly key: string
  readonly severity: 'error' | 'warning'
  readonly expression?: string
  readonly human: string
}

/** The parts of an ElementDefinition that are checked. Beside these: fixed[x] and pattern[x]. */
export interface ElementRow {
  readonly id: string
  readonly sliceName?: string
  readonly min?: number
  readonly max?: string
  /** Of an extension definition's first element: it may stand as modifierExtension only. */
  readonly isModifier?: boolean
  readonly type?: ReadonlyArray<{ readonly code: string; readonly profile?: readonly string[]; readonly targetProfile?: readonly string[] }>
  readonly binding?: {
    readonly strength: string
    readonly valueSet?: string
    readonly extension?: ReadonlyArray<{ readonly url?: string; readonly valueCanonical?: string; readonly valueUri?: string }>
  }
  readonly slicing?: Slicing
  readonly constraint?: readonly Constraint[]
  /** Characters of a string, at most. Beside it: minValue[x] and maxValue[x]. */
  readonly maxLength?: number
}

export interface Slicing {
  readonly discriminator?: ReadonlyArray<{ readonly type: 'value' | 'pattern' | 'exists' | 'type' | 'profile'; readonly path: string }>
  readonly ordered?: boolean
  readonly rules: 'open' | 'closed' | 'openAtEnd'
}

/** A profile or an extension definition, with its snapshot. */
export interface Structure {
  readonly url: string
  readonly version?: string
  /** The type it constrains. */
  readonly type: string
  readonly context?: ReadonlyArray<{ readonly type: string; readonly expression: string }>
  readonly contextInvariant?: readonly string[]
  /** Why it cannot be used. */
  readonly fault?: string
  readonly snapshot: { readonly element: readonly ElementRow[] }
}

type Codings = ReadonlyMap<string, ReadonlySet<string>>

interface ProfilesFile {
  readonly fhirVersion: string
  readonly profiles: Readonly<Record<string, Omit<Structure, 'url'>>>
  readonly valueSets: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
  readonly vitalSigns: Readonly<Record<string, string>>
}
type ConstraintRow = readonly [key: string, severity: 'error' | 'warning', expression: string, human: string]

const FOLDER = new URL('../../../profiles/', import.meta.url)
const ID = /^[A-Za-z0-9\-.]{1,64}$/

export const OURS = 'https://fhir.wardbridge.dev/'
export const R4 = 'http://hl7.org/fhir/'
/** Where definitions come from that are not shipped, and what is known of codes beyond those listed in R4. */
export interface DefinitionSource {
  /** The parsed StructureDefinition of a canonical, `url` or `url|version`; undefined when there is none. */
  structure(canonical: string): unknown
  /** Whether a value set has a code; system undefined: of whatever system. Undefined when it cannot be told. */
  inValueSet(valueSet: string, system: string | undefined, code: string): boolean | undefined
  /** Whether a code system has a code. Undefined when it cannot be told. */
  inCodeSystem(system: string, code: string): boolean | undefined
}

let source: DefinitionSource = { structure: () => undefined, inValueSet: () => undefined, inCodeSystem: () => undefined }
let profilesFile: ProfilesFile | undefined
let constraintsFile: Readonly<Record<string, readonly ConstraintRow[]>> | undefined
const structures = new Map<string, Structure | undefined>()
const valueSets = new Map<string, Codings | undefined>()

/** Says where definitions come from that are not shipped. */
export function setSource(definitions: DefinitionSource): void {
  source = definitions
  forgetStructures()
}

/** See DefinitionSource. */
export function inCodeSystem(system: string, code: string): boolean | undefined {
  return source.inCodeSystem(system, code)
}

/** Media types, and the short names that R4 allows beside them (CapabilityStatement.format, TestScript). Parameters may be anything. */
const MEDIA_TYPES = `${R4}ValueSet/mimetypes`
const MEDIA_TYPE = /^(?:[\w!#$&^.+-]+\/[\w!#$&^.+*-]+\s*(?:;.*)?|xml|json|ttl|none)$/

/** Whether a value set has a code, as far as this can be told. */
export function inValueSet(valueSet: string, system: string | undefined, code: string): boolean | undefined {
  if (withoutVersion(valueSet) === MEDIA_TYPES) return MEDIA_TYPE.test(code)
  const codings = boundCodings(valueSet)
  if (codings === undefined) return source.inValueSet(valueSet, system, code)
  return system === undefined ? [...codings.values()].some((codes) => codes.has(code)) : codings.get(system)?.has(code) === true
}

/** What was uploaded is looked up again. */
export function forgetStructures(): void {
  structures.clear()
  valueSets.clear()
}

/**
 * The profile or extension that a canonical stands for: of `url|version` exactly that version (R4 references.html#canonical). Undefined when it is not known
 * here. One definition is one object, whether it was asked for with its version or without.
 */
export function structureOf(canonical: string): Structure | undefined {
  if (!structures.has(canonical)) {
    // A definition that is its own base finds nothing.
    structures.set(canonical, undefined)
    structures.set(canonical, readStructure(canonical))
  }
  return structures.get(canonical)
}

/** The invariants that a type, backbone or element of R4 adds to those of the types it is made of. */
export function constraintsAt(path: string): readonly Constraint[] {
  constraintsFile ??= (readJson('r4/constraints.json') as { constraints: typeof constraintsFile }).constraints as NonNullable<
    typeof constraintsFile
  >
  if (!Object.hasOwn(constraintsFile, path)) return []
  return (constraintsFile[path] ?? []).map(([key, severity, expression, human]) => ({ key, severity, expression, human }))
}

/** The R4 profile that an Observation with this LOINC code must meet (R4 observation-vitalsigns.html). */
export function vitalSignProfiles(): Readonly<Record<string, string>> {
  return r4Profiles().vitalSigns
}

/** Codes by system of a value set that can be enumerated from R4 or from our own code systems; undefined when it cannot. */
export function boundCodings(canonical: string): Codings | undefined {
  const url = withoutVersion(canonical)
  if (!valueSets.has(url)) valueSets.set(url, codingsOf(url) ?? r4Codings(url) ?? ourCodings(url))
  return valueSets.get(url)
}

export function withoutVersion(canonical: string): string {
  return canonical.split('|', 1)[0] ?? canonical
}

function readStructure(canonical: string): Structure | undefined {
  const url = withoutVersion(canonical)
  if (url !== canonical) {
    const newest = structureOf(url)
    if (newest?.version === canonical.slice(url.length + 1)) return newest
  } else {
    const { profiles, fhirVersion } = r4Profiles()
    if (Object.hasOwn(profiles, url)) return { url, version: fhirVersion, ...(profiles[url] as Omit<Structure, 'url'>) }
    const own = ours('StructureDefinition', url) as Structure | undefined
    if (own !== undefined) return own
  }
  const found = source.structure(canonical)
  return isObject(found) ? uploadedStructure(url, found, structureOf) : undefined
}

function r4Profiles(): ProfilesFile {
  profilesFile ??= readJson('r4/profiles.json') as ProfilesFile
  return profilesFile
}

function r4Codings(url: string): Codings | undefined {
  const { valueSets } = r4Profiles()
  const short = url.startsWith(`${R4}ValueSet/`) ? url.slice(`${R4}ValueSet/`.length) : url
  if (!Object.hasOwn(valueSets, short)) return undefined
  return new Map(Object.entries(valueSets[short] ?? {}).map(([system, codes]) => [system, new Set(codes)]))
}

interface Concept {
  readonly code: string
  readonly concept?: readonly Concept[]
}
interface Include {
  readonly system: string
  readonly concept?: readonly Concept[]
  readonly filter?: unknown
  readonly valueSet?: unknown
}

/** A value set of ours whose codes are listed in it or in a complete code system of ours. */
function ourCodings(url: string): Codings | undefined {
  const compose = (ours('ValueSet', url) as { compose?: { include: readonly Include[]; exclude?: unknown } } | undefined)?.compose
  if (compose === undefined || compose.exclude !== undefined) return undefined
  const result = new Map<string, Set<string>>()
  for (const { system, concept, filter, valueSet } of compose.include) {
    if (filter !== undefined || valueSet !== undefined) return undefined
    const known = ours('CodeSystem', system) as { content: string; concept?: readonly Concept[] } | undefined
    const concepts = concept ?? (known?.content === 'complete' ? known.concept : undefined)
    if (concepts === undefined) return undefined
    result.set(system, new Set([...(result.get(system) ?? []), ...allCodes(concepts)]))
  }
  return result
}

function allCodes(concepts: readonly Concept[] = []): string[] {
  return concepts.flatMap(({ code, concept }) => [code, ...allCodes(concept)])
}

/** A resource of profiles/generated: its address is made of its type and id (profiles/README.md). */
function ours(type: string, url: string): unknown {
  const start = `${OURS}${type}/`
  const id = url.slice(start.length)
  if (!url.startsWith(start) || !ID.test(id)) return undefined
  const file = `generated/${type}-${id}.json`
  return existsSync(new URL(file, FOLDER)) ? readJson(file) : undefined
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'))
}
