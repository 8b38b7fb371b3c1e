/** CodeSystem/$lookup: what is known of a code (R4 codesystem-operation-lookup.html). */
import { fail } from '../../errors.js'
import type { CodeSystem, Concept } from './code-system.js'
import { displayOf } from './expand.js'
import { grammar } from './grammars.js'
import { type ParameterPart, type Parameters, parametersOf, part } from './parameters.js'
import type { ConceptProperty, Designation, Source } from './resources.js'

export interface LookupOptions {
  readonly displayLanguage?: string
  /** Which properties to give; none: all there are. */
  readonly properties?: readonly string[]
}

/** canonical: of the code system. Throws terminology.unknown for a system and terminology.unknown-code for a code that is not here. */
export async function lookup(
  source: Source,
  canonical: string,
  code: string,
  { displayLanguage, properties = [] }: LookupOptions
): Promise<Parameters> {
  const system = canonical.split('|', 1)[0]!
  const known = await source.codeSystem(canonical)
  if (known === undefined) {
    const rules = grammar(system)
    if (rules === undefined) throw fail('terminology.unknown', { type: 'CodeSystem', url: canonical })
    const display = rules.display(code)
    if (display === undefined) throw fail('terminology.unknown-code', { code, system })
    return parametersOf([...part('name', 'String', rules.name), ...part('display', 'String', display)])
  }
  const concept = known.get(code)
  if (concept === undefined) throw fail('terminology.unknown-code', { code, system })
  const wanted = (name: string) => properties.length === 0 || properties.includes(name)
  return parametersOf([
    ...part('name', 'String', known.name),
    ...part('version', 'String', known.version),
    ...part('display', 'String', displayOf(concept, displayLanguage) ?? concept.code),
    ...concept.designation
      .filter(({ language }) => wanted('designation') || (language !== undefined && wanted(`lang.${language}`)))
      .map(designation),
    ...concepts(known, concept)
      .filter(([name]) => wanted(name))
      .map(([, parts]) => ({ name: 'property', part: parts }))
  ])
}

function designation({ language, use, value }: Designation): ParameterPart {
  return {
    name: 'designation',
    part: [...part('language', 'Code', language), ...part('use', 'Coding', use), ...part('value', 'String', value)]
  }
}

/** The properties of a concept by name: those R4 defines for all systems, then its own. */
function concepts(system: CodeSystem, concept: Concept): Array<[string, ParameterPart[]]> {
  const own = (name: string) => concept.property.some(({ code }) => code === name || system.standardNames.get(code) === name)
  const relatives = (name: string, others: readonly Concept[]) =>
    others.map(({ code, display }): [string, ParameterPart[]] => [
      name,
      [...property(name, 'Code', code), ...part('description', 'String', display)]
    ])
  return [
    ...(concept.definition === undefined
      ? []
      : [['definition', property('definition', 'String', concept.definition)] as [string, ParameterPart[]]]),
    ...(own('inactive') || !concept.inactive ? [] : [['inactive', property('inactive', 'Boolean', true)] as [string, ParameterPart[]]]),
    ...relatives('parent', concept.parents),
    ...relatives('child', concept.children),
    ...concept.property.flatMap((one): Array<[string, ParameterPart[]]> => {
      const name = system.standardNames.get(one.code) ?? one.code
      return name === 'parent' || name === 'child' ? [] : [[one.code, ownProperty(system, one)]]
    })
  ]
}

function ownProperty(system: CodeSystem, { code, ...rest }: ConceptProperty): ParameterPart[] {
  const member = Object.keys(rest).find((name) => name.startsWith('value'))
  if (member === undefined) return part('code', 'Code', code)
  const value = rest[member]
  const description = member === 'valueCode' ? system.get(String(value))?.display : undefined
  return [...property(code, member.slice('value'.length), value), ...part('description', 'String', description)]
}

function property(code: string, type: string, value: unknown): ParameterPart[] {
  return [...part('code', 'Code', code), ...part('value', type, value)]
}
