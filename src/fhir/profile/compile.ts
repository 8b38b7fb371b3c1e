/** A profile as a plan, compiled once: what its snapshot asks for beyond the type, and nothing where it asks for no more. */
import { type ElementDefinition, typeDefinition } from '../definitions.js'
import { type Check, checksOf } from './element-checks.js'
import type { Scope } from './invariants.js'
import type { Trace } from './issues.js'
import { checkValue } from './run.js'
import { type Belongs, belongsTo, type Conforms } from './slices.js'
import type { ElementRow, Structure } from './structures.js'
import { type Node, treeOf } from './tree.js'
import { type MemberNames, memberNames } from './values.js'

/** What a profile asks of one element. */
export interface ElementPlan {
  /** Step in FHIRPath: `value` for `value[x]`. */
  readonly step: string
  readonly members: MemberNames
  readonly min: number
  readonly max: number
  readonly value: ValuePlan
  readonly slicing: SlicingPlan | undefined
}

/** What it asks of each value: of the value itself and of its members. */
export interface ValuePlan {
  readonly checks: readonly Check[]
  readonly children: readonly ElementPlan[]
}

export interface SlicingPlan {
  readonly rules: 'open' | 'closed' | 'openAtEnd'
  readonly ordered: boolean
  readonly slices: readonly SlicePlan[]
}

export interface SlicePlan {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly belongs: Belongs
  readonly value: ValuePlan
}

export interface ProfilePlan {
  readonly type: string
  /** How often an extension may stand at one element; Infinity for what is no extension. */
  readonly max: number
  /** Checks a resource, extension or other value of the type. */
  check(value: unknown, trace: Trace, scope: Scope): void
}

/** Compiles a profile. conforms: asks whether a value meets another profile. Throws Error for a definition that is not sound. */
export function compileProfile(structure: Structure, conforms: Conforms): ProfilePlan {
  const { type } = structure
  const root = treeOf(structure)
  const plan = new Compiler(conforms).value(root, [type], undefined, type)
  return {
    type,
    max: maxOf(root.row),
    check: (value, trace, scope) => checkValue(plan, { value, half: undefined, type, index: -1 }, trace, scope)
  }
}

class Compiler {
  readonly #conforms: Conforms

  constructor(conforms: Conforms) {
    this.#conforms = conforms
  }

  value(node: Node, types: readonly string[], base: ElementDefinition | undefined, path: string): ValuePlan {
    return {
      checks: checksOf(node.row, { types, base, path, conforms: this.#conforms }),
      children: [...node.children.values()].map((child) => this.#element(child, types)).filter((child) => child !== undefined)
    }
  }

  #element(node: Node, parentTypes: readonly string[]): ElementPlan | undefined {
    const base = elementOf(parentTypes, node.name)
    const types = typesOf(node.row, base)
    const step = node.name.replace('[x]', '')
    const path = `${parentTypes[0] ?? ''}.${step}`
    const min = node.row.min ?? 0
    const max = maxOf(node.row)
    const plan = {
      step,
      members: memberNames(parentTypes, node.name),
      // What the type asks for already is not said twice.
      min: base !== undefined && min <= base.min ? 0 : min,
      max: base !== undefined && max >= base.max ? Number.POSITIVE_INFINITY : max,
      value: this.value(node, types, base, path),
      slicing: this.#slicing(node, types, base, path)
    }
    const { checks, children } = plan.value
    const asks = plan.min > 0 || plan.max < Number.POSITIVE_INFINITY || checks.length + children.length > 0 || plan.slicing !== undefined
    return asks ? plan : undefined
  }

  #slicing(node: Node, types: readonly string[], base: ElementDefinition | undefined, path: string): SlicingPlan | undefined {
    const slices = [...node.slices].map(([name, slice]) => ({
      name,
      min: slice.row.min ?? 0,
      max: maxOf(slice.row),
      belongs: belongsTo(node, slice, this.#conforms),
      value: this.value(slice, slice.row.type === undefined ? types : typesOf(slice.row, base), base, path)
    }))
    const { rules = 'open', ordered = false } = node.row.slicing ?? {}
    return slices.length === 0 ? undefined : { rules, ordered, slices }
  }
}

function maxOf({ max = '*' }: ElementRow): number {
  return max === '*' ? Number.POSITIVE_INFINITY : Number(max)
}

function elementOf(parentTypes: readonly string[], name: string): ElementDefinition | undefined {
  for (const type of parentTypes) {
    const found = typeDefinition(type)?.elements.find((element) => element.name === name)
    if (found !== undefined) return found
  }
  return undefined
}

/** The types of an element: those of the profile; a backbone keeps the path that the definitions know it by. */
function typesOf({ type = [] }: ElementRow, base: ElementDefinition | undefined): readonly string[] {
  const named = type.map(({ code }) => code).filter((code) => !code.includes('/') && code !== 'BackboneElement' && code !== 'Element')
  return named.length > 0 || base === undefined ? named : base.types
}
