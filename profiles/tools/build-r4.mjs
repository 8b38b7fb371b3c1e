#!/usr/bin/env node
/**
 * Makes the files of profiles/r4 from the official package hl7.fhir.r4.examples 4.0.1: definitions.json (types and the codes they are bound to),
 * constraints.json (their invariants), profiles.json (profiles and extensions of the specification), search-parameters.json, terminology.br (code
 * systems, value sets and concept maps).
 *
 *   node profiles/tools/build-r4.mjs [FOLDER] [--check]
 *
 * FOLDER: an unpacked copy of the package (default: $WARDBRIDGE_R4_EXAMPLES, else fetched with `npm pack`).
 * --check: write nothing, exit with 1 when the committed files differ from what the package gives.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { FHIR, r4Package, readAll, shorten, sorted } from './r4-package.mjs'
import { constraintRows, profileRows } from './r4-profiles.mjs'
import { compress, decompress, terminologyLines } from './r4-terminology.mjs'
import { enumerate } from './r4-value-sets.mjs'

const OUT = fileURLToPath(new URL('../r4/', import.meta.url))

// ---------------------------------------------------------------------------------------------------------------- types

/**
 * Patterns of the specification that take exponential time on hostile text, or that mean ASCII white space where JavaScript's \s is wider.
 * What they leave to be checked by hand is in src/fhir/primitives.ts.
 */
const PATTERNS = {
  string: '[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f]+',
  markdown: '[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f]+',
  xhtml: '[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f]+',
  base64Binary: '[0-9a-zA-Z+/=\\s]+'
}
const STRENGTHS = { required: 'r', extensible: 'e', preferred: 'p', example: 'x' }
const JSON_FORM = { boolean: 'boolean', integer: 'number', unsignedInt: 'number', positiveInt: 'number', decimal: 'number' }

function definitions(folder) {
  const structures = readAll(folder, 'StructureDefinition').filter((sd) => sd.derivation !== 'constraint' && sd.kind !== 'logical')
  const types = {}
  const valueSets = new Set()
  // Bases before what derives from them.
  const depth = (sd) => (sd.baseDefinition ? 1 + depth(structures.find((other) => other.url === sd.baseDefinition)) : 0)
  for (const sd of structures.sort((a, b) => depth(a) - depth(b) || (a.name < b.name ? -1 : 1))) {
    if (sd.kind === 'primitive-type') types[sd.name] = primitive(sd)
    else Object.assign(types, complex(sd, types, valueSets))
  }
  const codes = enumerate(folder, valueSets)
  return lines({ fhirVersion: '4.0.1', types: sorted(types), valueSets: sorted(codes) })
}

function primitive(sd) {
  const value = sd.snapshot.element.find((element) => element.path === `${sd.name}.value`)
  const regex = value.type[0].extension?.find((extension) => extension.url.endsWith('/regex'))?.valueString
  const pattern = PATTERNS[sd.name] ?? regex
  if (pattern === undefined) throw new Error(`no pattern for ${sd.name}`)
  return { kind: 'primitive', base: sd.baseDefinition.split('/').pop(), json: JSON_FORM[sd.name] ?? 'string', pattern }
}

/** The type itself and its backbones, each with the elements that its base does not already have. */
function complex(sd, known, valueSets) {
  const types = {}
  const elements = sd.snapshot.element
  const parents = [...new Set(elements.slice(1).map((element) => element.path.slice(0, element.path.lastIndexOf('.'))))]
  for (const parent of parents) {
    const head = elements.find((element) => element.path === parent)
    const own = elements.filter(
      (element) => element.max !== '0' && element.path.startsWith(`${parent}.`) && !element.path.slice(parent.length + 1).includes('.')
    )
    const root = parent === sd.type
    const base = root ? sd.baseDefinition?.split('/').pop() : head.type[0].code
    const inherited = allElements({ ...known, ...types }, base)
    types[parent] = {
      kind: root ? (sd.kind === 'resource' ? 'resource' : 'complex') : 'backbone',
      ...(sd.abstract && root ? { abstract: true } : {}),
      ...(base === undefined ? {} : { base }),
      elements: own.map((element) => compact(element, elements, valueSets)).filter((element) => !inherited.has(JSON.stringify(element)))
    }
  }
  return types
}

function allElements(types, name) {
  const found = new Set()
  for (let type = types[name]; type !== undefined; type = types[type.base])
    for (const element of type.elements) found.add(JSON.stringify(element))
  return found
}

/**
 * [name, cardinality, types, flags, reference targets, binding], empty ones at the end left out.
 * flags: S in the summary, A an XML attribute (no sibling with an underscore), Q quantities have no comparator (SimpleQuantity).
 * binding: letter of the strength, colon, value set.
 */
function compact(element, elements, valueSets) {
  const name = element.path.split('.').pop()
  const children = elements.some((other) => other.path.startsWith(`${element.path}.`))
  let types =
    element.contentReference !== undefined ? [element.contentReference.slice(1)] : children ? [element.path] : element.type.map(typeName)
  const attribute = element.type?.[0].code.startsWith('http://hl7.org/fhirpath/') ?? false
  // The specification's StructureDefinitions call it string; the text and its JSON schema say id.
  if (element.base.path === 'Resource.id') types = ['id']
  const simple = element.type?.some((type) => type.profile?.includes(`${FHIR}StructureDefinition/SimpleQuantity`)) ?? false
  const targets = (element.type ?? [])
    .flatMap((type) => (type.code === 'Reference' ? (type.targetProfile ?? []) : []))
    .map((url) => url.split('/').pop())
  const valueSet = element.binding?.valueSet?.split('|')[0]
  if (element.binding?.strength === 'required' && valueSet !== undefined) valueSets.add(valueSet)
  const row = [
    name,
    `${element.min}..${element.max}`,
    types.join('|'),
    `${element.isSummary ? 'S' : ''}${attribute ? 'A' : ''}${simple ? 'Q' : ''}`,
    targets.includes('Resource') ? '' : targets.join('|'),
    valueSet === undefined ? '' : `${STRENGTHS[element.binding.strength]}:${shorten(valueSet, 'ValueSet/')}`
  ]
  while (row.at(-1) === '') row.pop()
  return row
}

function typeName(type) {
  if (!type.code.startsWith('http://hl7.org/fhirpath/')) return type.code
  return type.extension.find((extension) => extension.url.endsWith('/structuredefinition-fhir-type')).valueUrl
}

// ---------------------------------------------------------------------------------------------------- search parameters

const COMPARTMENTS = ['Device', 'Encounter', 'Patient', 'Practitioner', 'RelatedPerson']

/** The official list (Bundle searchParams: 1,375 parameters, extensions and examples left out) and the compartments. */
function searchParameters(folder) {
  const bundle = JSON.parse(readFileSync(join(folder, 'Bundle-searchParams.json'), 'utf8'))
  const parameters = new Map()
  for (const { resource } of bundle.entry) {
    if (parameters.has(resource.url)) continue
    parameters.set(resource.url, {
      url: shorten(resource.url, 'SearchParameter/'),
      code: resource.code,
      base: resource.base,
      type: resource.type,
      ...(resource.expression === undefined ? {} : { expression: resource.expression }),
      ...(resource.target === undefined ? {} : { target: resource.target }),
      ...(resource.component === undefined ? {} : { component: resource.component.map(part) })
    })
  }
  const rows = [...parameters.values()].sort((a, b) => (a.url < b.url ? -1 : 1))
  return lines({
    fhirVersion: '4.0.1',
    parameters: rows,
    compartments: Object.fromEntries(COMPARTMENTS.map((type) => [type, compartment(folder, type)]))
  })
}

/** A part of a composite parameter: the parameter it is one of, and where it stands below the element. */
function part({ definition, expression }) {
  return { parameter: shorten(definition, 'SearchParameter/'), expression }
}

/** Codes of the reference parameters that put a resource into the compartment, by type; {def}: the type itself. */
function compartment(folder, type) {
  const name = type[0].toLowerCase() + type.slice(1)
  const { resource } = JSON.parse(readFileSync(join(folder, `CompartmentDefinition-${name}.json`), 'utf8'))
  return sorted(Object.fromEntries(resource.filter((entry) => entry.param !== undefined).map((entry) => [entry.code, entry.param])))
}

// ---------------------------------------------------------------------------------------------------------------- text

/** JSON with one line per entry of each top-level member, so that a difference can be read. */
function lines(object) {
  const block = (value) => {
    if (typeof value !== 'object') return JSON.stringify(value)
    const entries = Array.isArray(value)
      ? value.map((item) => JSON.stringify(item))
      : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${JSON.stringify(item)}`)
    return Array.isArray(value) ? `[\n${entries.join(',\n')}\n]` : `{\n${entries.join(',\n')}\n}`
  }
  return `{\n${Object.entries(object)
    .map(([key, value]) => `${JSON.stringify(key)}:${block(value)}`)
    .join(',\n')}\n}\n`
}

const { values, positionals } = parseArgs({ options: { check: { type: 'boolean', default: false } }, allowPositionals: true })
const work = mkdtempSync(join(tmpdir(), 'r4-'))
try {
  const folder = r4Package(positionals[0], work)
  const files = {
    'definitions.json': definitions(folder),
    'constraints.json': lines({ fhirVersion: '4.0.1', constraints: constraintRows(folder) }),
    'profiles.json': lines({ fhirVersion: '4.0.1', ...profileRows(folder) }),
    'search-parameters.json': searchParameters(folder),
    'terminology.br': terminologyLines(folder)
  }
  for (const [name, text] of Object.entries(files)) {
    const packed = name.endsWith('.br')
    if (!values.check) writeFileSync(OUT + name, packed ? compress(text) : text)
    else if ((packed ? decompress(readFileSync(OUT + name)) : readFileSync(OUT + name, 'utf8')) !== text) {
      console.error(`profiles/r4/${name} differs from what the official package gives`)
      process.exitCode = 1
    }
    console.log(`${name}: ${text.length} characters`)
  }
} finally {
  rmSync(work, { recursive: true })
}
