/** What a client would search for to find a resource: values that FHIRPath takes from it by the definition of a parameter, as search text. */
import fhirpath from 'fhirpath'

export interface ParameterDefinition {
  readonly url: string
  readonly code: string
  readonly base: readonly string[]
  readonly type: string
  readonly expression?: string
  readonly component?: ReadonlyArray<{ readonly definition: string; readonly expression: string }>
}

/** One `name=value` of a search. */
export interface Criterion {
  readonly name: string
  readonly value: string
}

type Model = Parameters<typeof fhirpath.compile>[1]
// biome-ignore lint/suspicious/noExplicitAny: values of elements of every type
type Value = any

interface Typed {
  readonly type: string
  readonly value: Value
}

const compiled = new Map<string, (input: object, resource: object) => Typed[]>()

/**
 * The values of an expression with their types. `as` is written ofType, because R4 uses it on collections; what a reference resolves to is told
 * from its text.
 */
function evaluate(expression: string, base: string | undefined, model: Model, input: object, resource: object): Typed[] {
  const key = `${base} ${expression}`
  let run = compiled.get(key)
  if (run === undefined) {
    const text = expression
      .replace(/\((\S+) as (\w+)\)/g, '$1.ofType($2)')
      .replace(/\.as\((\w+)\)/g, '.ofType($1)')
      .replace(/\.where\(resolve\(\) is (\w+)\)/g, (_, type) => `.where(reference.matches('(^|/)${type}/'))`)
    const path = fhirpath.compile(base === undefined ? text : { base, expression: text }, model, { resolveInternalTypes: false })
    run = (one, whole) => {
      const values = path(one as never, { resource: whole }) as Value[]
      const types = fhirpath.types(values)
      return (fhirpath.resolveInternalTypes(values) as Value[]).map((value, n) => ({ type: types[n]!.replace(/^\w+\./, ''), value }))
    }
    compiled.set(key, run)
  }
  return run(input, resource)
}

const escaped = (text: string) => text.replace(/[\\,$|]/g, '\\$&')
const joined = (system: unknown, code: unknown) =>
  code === undefined ? [] : [system === undefined ? escaped(String(code)) : `${escaped(String(system))}|${escaped(String(code))}`]

/** Texts of a value, each of which finds it. */
function texts(kind: string, { type, value }: Typed): string[] {
  if (value === null || value === undefined) return []
  switch (kind) {
    case 'token':
      if (type === 'CodeableConcept') return (value.coding ?? []).flatMap((coding: Value) => joined(coding.system, coding.code))
      if (type === 'Coding') return joined(value.system, value.code)
      if (type === 'Identifier') return joined(value.system, value.value)
      if (type === 'ContactPoint') return joined(undefined, value.value)
      return typeof value === 'object' ? [] : [escaped(String(value))]
    case 'string':
      if (type === 'HumanName') return [value.family, value.given?.[0], value.text].filter((part) => part !== undefined).map(escaped)
      if (type === 'Address')
        return [value.city, value.line?.[0], value.text, value.country].filter((part) => part !== undefined).map(escaped)
      return typeof value === 'string' ? [escaped(value)] : []
    case 'reference':
      if (typeof value === 'string') return value.startsWith('#') ? [] : [escaped(value)]
      if (value.resourceType !== undefined) return value.id === undefined ? [] : [`${value.resourceType}/${value.id}`]
      return value.reference === undefined || value.reference.startsWith('#') ? [] : [escaped(value.reference)]
    case 'date':
      if (type === 'Period') return [...from(value.start, 'ge'), ...from(value.end, 'le')]
      if (type === 'Timing') return [...from(value.event?.[0], 'ge'), ...from(value.event?.at(-1), 'le')]
      return ['date', 'dateTime', 'instant'].includes(type) ? [value] : []
    case 'number':
      if (type === 'Range') return from(value.low?.value, 'ge')
      return [String(value)]
    case 'quantity':
      if (type === 'Range')
        return value.low === undefined ? [] : texts(kind, { type: 'Quantity', value: value.low }).map((text) => `ge${text}`)
      if (type === 'Money') return from(value.value, '').map((text) => `${text}|urn:iso:std:iso:4217|${value.currency ?? ''}`)
      if (value.value === undefined) return []
      if (value.code === undefined) return value.unit === undefined ? [String(value.value)] : [`${value.value}||${escaped(value.unit)}`]
      return [`${value.value}|${escaped(value.system ?? '')}|${escaped(value.code)}`]
    case 'uri':
      return [escaped(String(value))]
    case 'special':
      return value.latitude === undefined ? [] : [`${value.latitude}|${value.longitude}|1|km`]
    default:
      return []
  }
}

const from = (value: unknown, prefix: string): string[] => (value === undefined ? [] : [`${prefix}${value}`])

/** Everything that finds the resource by a parameter. `known`: the parameters of its type, among them those that components name. */
export function criteria(
  definition: ParameterDefinition,
  resource: object,
  known: readonly ParameterDefinition[],
  model: Model
): Criterion[] {
  const { code, type, expression, component } = definition
  if (expression === undefined) return []
  const { resourceType } = resource as { resourceType: string }
  const roots = new RegExp(`^\\(?(${resourceType}|Resource|DomainResource|[a-z]\\w*)\\b`)
  const values = expression
    .split('|')
    .map((branch) => branch.trim())
    .filter((branch) => roots.test(branch))
    .flatMap((branch) => evaluate(branch, undefined, model, resource, resource).map((value) => ({ branch, value })))
  if (type === 'composite') {
    return values.flatMap(({ branch, value: { value } }) => {
      const parts = (component ?? []).map((part) => {
        const kind = known.find(({ url }) => url === part.definition)?.type ?? ''
        return part.expression
          .split('|')
          .flatMap((one) => evaluate(one.trim(), branch, model, value, resource).flatMap((found) => texts(kind, found)))
      })
      return parts.every((some) => some.length > 0) ? [{ name: code, value: parts.map(([first]) => first).join('$') }] : []
    })
  }
  return values.flatMap(({ value }) => texts(type, value)).map((value) => ({ name: code, value }))
}
