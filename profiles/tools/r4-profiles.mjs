/** The invariants of the R4 types, and the profiles and extensions that the specification itself defines, each reduced to what it adds to its type. */
import { readAll, sorted } from './r4-package.mjs'
import { enumerate } from './r4-value-sets.mjs'

const VITAL_SIGNS = 'http://hl7.org/fhir/StructureDefinition/vitalsigns'
const LOINC = 'http://loinc.org'

/** {path: [[key, severity, expression, text]]}: the invariants that a type (or element) adds to those of the types it is made of. */
export function constraintRows(folder) {
  const types = structures(folder).filter((sd) => sd.derivation !== 'constraint')
  const roots = new Map(types.map((sd) => [sd.type, sd.snapshot.element[0]]))
  const result = {}
  for (const sd of types) {
    for (const element of sd.snapshot.element) {
      const given = element.path === sd.type ? [sd.baseDefinition?.split('/').pop()] : (element.type ?? []).map((type) => type.code)
      const inherited = new Set(given.flatMap((type) => (roots.get(type)?.constraint ?? []).map(fingerprint)))
      // ele-1 stands on every element; said once, for Element.
      const own = (element.constraint ?? []).filter(
        (one) => one.expression !== undefined && !inherited.has(fingerprint(one)) && (one.key !== 'ele-1' || element.path === 'Element')
      )
      if (own.length > 0) result[element.path] = own.map((one) => [one.key, one.severity, one.expression, one.human])
    }
  }
  return sorted(result)
}

/** {profiles: {url: structure}, valueSets, vitalSigns: {LOINC code: profile}}; a structure is a StructureDefinition less all that checks nothing. */
export function profileRows(folder) {
  const all = structures(folder)
  const types = new Map(all.filter((sd) => sd.derivation !== 'constraint').map((sd) => [sd.type, sd]))
  const profiles = {}
  const vitalSigns = {}
  const wanted = new Set()
  for (const sd of all.filter((one) => one.derivation === 'constraint' && types.has(one.type))) {
    const base = baseElements(sd, types)
    const element = withAncestors(sd.snapshot.element.map((one) => compact(one, base(one.id))))
    profiles[sd.url] = {
      type: sd.type,
      ...(sd.baseDefinition.endsWith(`/${sd.type}`) ? {} : { baseDefinition: sd.baseDefinition }),
      ...(sd.context === undefined ? {} : { context: sd.context.map(({ type, expression }) => ({ type, expression })) }),
      ...(sd.contextInvariant === undefined ? {} : { contextInvariant: sd.contextInvariant }),
      snapshot: { element }
    }
    for (const { binding } of element) if (binding !== undefined) wanted.add(binding.valueSet.split('|')[0])
    for (const code of vitalSignCodes(sd)) vitalSigns[code] = sd.url
  }
  return { profiles: sorted(profiles), valueSets: sorted(enumerate(folder, wanted)), vitalSigns: sorted(vitalSigns) }
}

function structures(folder) {
  return readAll(folder, 'StructureDefinition').filter((sd) => sd.snapshot !== undefined && sd.kind !== 'logical')
}

function fingerprint({ key, expression }) {
  return `${key} ${expression}`
}

/** Element id in a profile -> the element of the type it stands for, also inside data types: Observation.code.coding:x.system -> Coding.system. */
function baseElements(sd, types) {
  const own = new Map(sd.snapshot.element.map((element) => [element.id, element]))
  const find = (type, path) => types.get(type)?.snapshot.element.find((element) => element.path === path)
  return function base(id) {
    const known = find(sd.type, own.get(id).path)
    const cut = id.lastIndexOf('.')
    if (known !== undefined || cut === -1) return known
    const parent = own.get(id.slice(0, cut))
    const type = parent.contentReference?.slice(1) ?? parent.type[0].code
    return find(type.split('.')[0], `${type}.${own.get(id).path.split('.').pop()}`)
  }
}

/** What an element of a profile says beyond the same element of its type; only the id when that is nothing. */
function compact(element, base) {
  const same = (name) => JSON.stringify(element[name]) === JSON.stringify(base?.[name])
  const known = new Set((base?.constraint ?? []).map(fingerprint))
  const constraint = (element.constraint ?? []).filter((one) => one.expression !== undefined && !known.has(fingerprint(one)))
  const own = constraint.filter((one) => one.key !== 'ele-1' && one.key !== 'ext-1')
  const { slicing, binding, sliceName } = element
  return {
    id: element.id,
    ...(sliceName === undefined ? {} : { sliceName }),
    ...(element.isModifier && element.path === 'Extension' ? { isModifier: true } : {}),
    ...(same('min') && sliceName === undefined ? {} : { min: element.min }),
    ...(same('max') && sliceName === undefined ? {} : { max: element.max }),
    ...(element.type === undefined || same('type') ? {} : { type: element.type.map(compactType) }),
    ...Object.fromEntries(Object.entries(element).filter(([name]) => /^(fixed|pattern)[A-Z]/.test(name))),
    ...(binding?.strength === 'required' && binding.valueSet !== undefined && !same('binding')
      ? { binding: { strength: 'required', valueSet: binding.valueSet } }
      : {}),
    ...(slicing === undefined || (implied(slicing) && base !== undefined)
      ? {}
      : { slicing: { discriminator: slicing.discriminator, ...(slicing.ordered ? { ordered: true } : {}), rules: slicing.rules } }),
    ...(own.length === 0 ? {} : { constraint: own.map(({ key, severity, human, expression }) => ({ key, severity, human, expression })) })
  }
}

function compactType({ code, profile, targetProfile }) {
  return { code, ...(profile === undefined ? {} : { profile }), ...(targetProfile === undefined ? {} : { targetProfile }) }
}

/** Extensions are told apart by url wherever they stand. */
function implied({ rules, discriminator = [] }) {
  return rules === 'open' && discriminator.length === 1 && discriminator[0].type === 'value' && discriminator[0].path === 'url'
}

/** The elements that say something, those above them, and the first. */
function withAncestors(elements) {
  const kept = new Set([elements[0].id])
  for (const { id, ...rest } of elements) {
    if (Object.keys(rest).length === 0) continue
    for (let at = id.length; at !== -1; at = id.lastIndexOf('.', at - 1)) kept.add(id.slice(0, at))
    for (const part of id.matchAll(/:[^.]*/g)) kept.add(id.slice(0, part.index))
  }
  return elements.filter(({ id }) => kept.has(id))
}

/** The LOINC codes that an Observation.code must have in a profile of vital signs. */
function vitalSignCodes(sd) {
  if (sd.baseDefinition !== VITAL_SIGNS) return []
  const fixed = (part, name) =>
    sd.snapshot.element.filter((one) => one[name] !== undefined && new RegExp(`^Observation\\.code\\.coding:\\w+\\.${part}$`).test(one.id))
  if (!fixed('system', 'fixedUri').every((one) => one.fixedUri === LOINC)) throw new Error(`${sd.url}: codes of another system than LOINC`)
  return fixed('code', 'fixedCode').map((one) => one.fixedCode)
}
