/** ConceptMap/$translate (R4 conceptmap-operation-translate.html). */
import { type ParameterPart, type Parameters, parametersOf, part } from './parameters.js'
import type { Coding, ConceptMapResource, MapElement, MapGroup, MapTarget, Source } from './resources.js'

export interface TranslateOptions {
  readonly codings: readonly Coding[]
  /** Code system that is wanted. */
  readonly targetSystem?: string
  /** True: from target to source. */
  readonly reverse?: boolean
  /** Values of other elements that a mapping may depend on, by the URI of the element. */
  readonly dependencies?: ReadonlyArray<{ readonly element: string; readonly codings: readonly Coding[]; readonly text?: string }>
}

interface Match {
  readonly equivalence: string
  readonly concept: Coding
  readonly products: readonly MapElement[]
  readonly source: string | undefined
}

/** R4 ConceptMapEquivalence, seen from the other side. */
const REVERSED: Readonly<Record<string, string>> = {
  wider: 'narrower',
  narrower: 'wider',
  subsumes: 'specializes',
  specializes: 'subsumes'
}
const NO_TRANSLATION: readonly string[] = ['unmatched', 'disjoint']
/** Maps that refer to others for what they do not have. */
const DEEPEST = 10

/** Every translation that the maps have, in their order. */
export async function translate(source: Source, maps: readonly ConceptMapResource[], options: TranslateOptions): Promise<Parameters> {
  const matches: Match[] = []
  for (const map of maps) for (const coding of options.codings) matches.push(...(await translations(source, map, coding, options, 0)))
  const distinct = [...new Map(matches.map((match) => [JSON.stringify(match), match])).values()]
  const result = distinct.some(({ equivalence }) => !NO_TRANSLATION.includes(equivalence))
  const asked = options.codings.map(({ system = '', code = '' }) => `${system}|${code}`).join(', ')
  return parametersOf([
    ...part('result', 'Boolean', result),
    ...(result ? [] : part('message', 'String', `No translation of ${asked} is known`)),
    ...distinct.map(({ equivalence, concept, products, source }) => ({
      name: 'match',
      part: [
        ...part('equivalence', 'Code', equivalence),
        ...(concept.code === undefined ? [] : part('concept', 'Coding', concept)),
        ...products.map(product),
        ...part('source', 'Uri', source)
      ]
    }))
  ])
}

async function translations(
  source: Source,
  map: ConceptMapResource,
  coding: Coding,
  options: TranslateOptions,
  depth: number
): Promise<Match[]> {
  const found: Match[] = []
  for (const group of map.group ?? []) {
    if (!fits(group, coding, options)) continue
    const own = options.reverse ? backward(map, group, coding) : forward(map, group, coding, options)
    if (own !== undefined) found.push(...own)
    else if (!options.reverse) found.push(...(await unmapped(source, map, group, coding, options, depth)))
  }
  return found
}

function fits(group: MapGroup, { system, version }: Coding, { targetSystem, reverse = false }: TranslateOptions): boolean {
  const from = reverse ? group.target : group.source
  const fromVersion = reverse ? group.targetVersion : group.sourceVersion
  const to = reverse ? group.source : group.target
  return (
    from === system &&
    (version === undefined || fromVersion === undefined || version === fromVersion) &&
    (targetSystem === undefined || to === targetSystem)
  )
}

/** Undefined when the group does not have the code. */
function forward(map: ConceptMapResource, group: MapGroup, { code }: Coding, options: TranslateOptions): Match[] | undefined {
  const element = group.element?.find((one) => one.code === code)
  if (element === undefined) return undefined
  const targets = (element.target ?? []).filter(({ dependsOn = [] }) => dependsOn.every((one) => isMet(one, options)))
  return targets.map((target) => match(map, group, target))
}

function match(map: ConceptMapResource, group: MapGroup, { code, display, equivalence = 'relatedto', product = [] }: MapTarget): Match {
  return { equivalence, concept: codingOf(group.target, group.targetVersion, code, display), products: product, source: map.url }
}

function backward(map: ConceptMapResource, group: MapGroup, { code }: Coding): Match[] {
  return (group.element ?? []).flatMap((element) =>
    (element.target ?? [])
      .filter((target) => target.code === code)
      .map(({ equivalence = 'relatedto' }) => ({
        equivalence: REVERSED[equivalence] ?? equivalence,
        concept: codingOf(group.source, group.sourceVersion, element.code, element.display),
        products: [],
        source: map.url
      }))
  )
}

/** What a group says of codes it does not list. */
async function unmapped(
  source: Source,
  map: ConceptMapResource,
  group: MapGroup,
  coding: Coding,
  options: TranslateOptions,
  depth: number
): Promise<Match[]> {
  const { mode, code, display, url = '' } = group.unmapped ?? {}
  if (mode === 'provided') return [match(map, group, { ...coding, equivalence: 'equal' })]
  if (mode === 'fixed' && code !== undefined)
    return [match(map, group, { code, ...(display === undefined ? {} : { display }), equivalence: 'relatedto' })]
  if (mode !== 'other-map' || depth >= DEEPEST) return []
  const other = await source.conceptMap(url)
  return other === undefined ? [] : translations(source, other, coding, options, depth + 1)
}

function isMet({ property, system, value }: MapElement, { dependencies = [] }: TranslateOptions): boolean {
  return dependencies.some(
    ({ element, codings, text }) =>
      element === property &&
      (text === value || codings.some((one) => one.code === value && (system === undefined || one.system === system)))
  )
}

function product({ property, system, value, display }: MapElement): ParameterPart {
  return {
    name: 'product',
    part: [...part('element', 'Uri', property), ...part('concept', 'Coding', codingOf(system, undefined, value, display))]
  }
}

function codingOf(system: string | undefined, version: string | undefined, code: string | undefined, display: string | undefined): Coding {
  return {
    ...(system === undefined ? {} : { system }),
    ...(version === undefined ? {} : { version }),
    ...(code === undefined ? {} : { code }),
    ...(display === undefined ? {} : { display })
  }
}
