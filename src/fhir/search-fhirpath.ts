/**
 * What an uploaded SearchParameter may say in FHIRPath: a list of functions that give the same values each time they are asked about a resource, and
 * that reach for nothing outside it. Run it where it can be killed: an expression of two lines may never end.
 */
import { createRequire } from 'node:module'
import type Fhirpath from 'fhirpath'

/** A value that an expression found, and its type: `Coding`, `dateTime`, `string`. */
export interface TypedValue {
  readonly type: string
  readonly value: unknown
}

const require = createRequire(import.meta.url)

/** Loaded when it is needed: most stores have no parameter that does, and it takes longer to load than everything else. */
const fhirpath = (): typeof Fhirpath => require('fhirpath')

/** Longest expression that is taken. */
export const MOST_EXPRESSION = 2000
/** Values of one resource that are kept. */
const MOST_VALUES = 1000

const FUNCTIONS: ReadonlySet<string> = new Set(
  `abs all allFalse allTrue anyFalse anyTrue as ceiling children combine contains convertsToBoolean convertsToDate convertsToDateTime
   convertsToDecimal convertsToInteger convertsToQuantity convertsToString convertsToTime count descendants distinct empty endsWith exclude exists
   extension first floor getValue hasExtension hasValue iif indexOf intersect is isDistinct join last length lower matches not ofType repeat replace
   replaceMatches round select single skip split startsWith subsetOf substring sum supersetOf tail take toBoolean toChars toDate toDateTime toDecimal
   toInteger toQuantity toString toTime trim truncate type union upper where`.split(/\s+/)
)
const VARIABLES: ReadonlySet<string> = new Set(['resource', 'context'])

interface Syntax {
  readonly type: string
  readonly text?: string
  readonly children?: readonly Syntax[]
}

/** What keeps an expression from being used; undefined when it can be. */
export function expressionFault(expression: string): string | undefined {
  if (expression.length > MOST_EXPRESSION) return `longer than ${MOST_EXPRESSION} characters`
  // The parser goes down one level for each bracket.
  if ((expression.match(/[([{]/g) ?? []).length > 100) return 'more than 100 brackets'
  let tree: Syntax
  try {
    tree = fhirpath().parse(expression) as Syntax
  } catch {
    return 'it is not FHIRPath'
  }
  return fault(tree)
}

function fault({ type, text, children = [] }: Syntax): string | undefined {
  if (type === 'FunctionInvocation' && !FUNCTIONS.has(text ?? '')) return `the function ${text}() is not allowed here`
  if (type === 'ExternalConstant' && !children.every((child) => VARIABLES.has((child.text ?? '').replace(/`/g, ''))))
    return 'it has a variable other than %resource and %context'
  for (const child of children) {
    const found = fault(child)
    if (found !== undefined) return found
  }
  return undefined
}

type Run = (resource: object) => TypedValue[]

/** An expression ready to run on parsed resources. Running it throws what FHIRPath throws: several values where one is asked for, say. */
export function compileExpression(expression: string): Run {
  const { compile, types, resolveInternalTypes } = fhirpath()
  const path = compile(expression, require('fhirpath/fhir-context/r4'), { resolveInternalTypes: false })
  return (resource) => {
    const found = (path(resource, { resource }) as unknown[]).slice(0, MOST_VALUES)
    const names = types(found)
    const values = resolveInternalTypes(found) as unknown[]
    return values.map((value, n) => ({ type: elementType(names[n] ?? ''), value }))
  }
}

/** `FHIR.Coding` and `System.String` as R4 names its types. */
function elementType(type: string): string {
  const name = type.replace(/^\w+\./, '')
  return type.startsWith('System.') ? name.charAt(0).toLowerCase() + name.slice(1) : name
}
