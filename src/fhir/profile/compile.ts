/** A profile as a plan, compiled once: what its snapshot asks for beyond the type, and nothing where it asks for no more. */
import { type ElementDefinition, typeDefinition } from '../definitions.js'
import { type Check, checksOf } from './element-checks.js'
import type { Scope } from './invariants.js'
import type { Trace } from './issues.js'
import { checkValue } from './run.js'
import { type Belongs, belongsTo, type Conforms } from './slices.js'
import type { ElementRow, Slicing, Structure } from './structures.js'
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
  /** The slices of the slice. */
  readonly slicing: SlicingPlan | undefined
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
  const plan = new Compiler(conforms, root).value(root, [type], undefined, type)
  return {
    type,
    max: maxOf(root.row),
    check: (value, trace, scope) => checkValue(plan, { value, half: undefined, type, index: -1 }, trace, scope)
  }
}

class Compiler {
  readonly #conforms: Conforms
  readonly #root: Node
  /** Elements that are referred to as the content of others, which may be inside them. */
  readonly #shared = new Map<Node, readonly ElementPlan[]>()

  constructor(conforms: Conforms, root: Node) {
    this.#conforms = conforms
    this.#root = root
  }

  value(node: Node, types: readonly string[], base: ElementDefinition | undefined, path: string): ValuePlan {
    const content = node.children.size === 0 ? this.#contentOf(types, path) : undefined
    return {
      checks: checksOf(node.row, { types, base, path, conforms: this.#conforms }),
      children: content === undefined ? this.#children(node, types) : this.#sharedChildren(content, types)
    }
  }

  #children(node: Node, types: readonly string[]): ElementPlan[] {
    const children = [...node.children.values(), ...this.#referring(node, types)]
    return children.map((child) => this.#element(child, types)).filter((child) => child !== undefined)
  }

  /** Elements that a differential does not name but that have their content from one it names: `Questionnaire.item.item`. */
  #referring({ children }: Node, [type = '']: readonly string[]): Node[] {
    if (type !== this.#root.name && !type.startsWith(`${this.#root.name}.`)) return []
    const names = (typeDefinition(type)?.elements ?? [])
      .filter(({ name, types }) => !children.has(name) && (this.#contentOf(types, `${type}.${name}`)?.children.size ?? 0) > 0)
      .map(({ name }) => name)
    return names.map((name) => ({ name, row: { id: '' }, children: new Map(), slices: new Map() }))
  }

  #sharedChildren(node: Node, types: readonly string[]): readonly ElementPlan[] {
    let children = this.#shared.get(node)
    if (children === undefined) {
      const growing: ElementPlan[] = []
      this.#shared.set(node, growing)
      growing.push(...this.#children(node, types))
      children = growing
    }
    return children
  }

  /** Where an element has its content from another one (R4 elementdefinition.html, contentReference: all its rules), that one. */
  #contentOf([type = '', ...others]: readonly string[], path: string): Node | undefined {
    if (others.length > 0 || type === path || !type.startsWith(`${this.#root.name}.`)) return undefined
    const steps = type.split('.').slice(1)
    return steps.reduce<Node | undefined>((node, step) => node?.children.get(step), this.#root)
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
      slicing: this.#slicing(node, types, base, path, node.row.slicing)
    }
    const { checks, children } = plan.value
    // Shared children may still be growing: inside themselves they count as if there were some.
    const shared = [...this.#shared.values()].includes(children)
    const asks =
      shared || plan.min > 0 || plan.max < Number.POSITIVE_INFINITY || checks.length + children.length > 0 || plan.slicing !== undefined
    return asks ? plan : undefined
  }

  /** slicing: of the element; slices of slices are told apart by the same, where the slice says nothing of its own. */
  #slicing(
    node: Node,
    types: readonly string[],
    base: ElementDefinition | undefined,
    path: string,
    slicing: Slicing | undefined
  ): SlicingPlan | undefined {
    const slices = [...node.slices].map(([name, slice]) => {
      const own = slice.row.type === undefined ? types : typesOf(slice.row, base)
      return {
        name,
        min: slice.row.min ?? 0,
        max: maxOf(slice.row),
        belongs: belongsTo(node.name, slicing, slice, this.#conforms),
        value: this.value(slice, own, base, path),
        slicing: this.#slicing(slice, own, base, path, slice.row.slicing ?? { ...slicing, rules: 'open' })
      }
    })
    return slices.length === 0 ? undefined : { rules: slicing?.rules ?? 'open', ordered: slicing?.ordered ?? false, slices }
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
