/**
 * Invariants that only ask which elements are there, such as `dataAbsentReason.empty() or value.empty()`, as plain functions: the greater part of R4's, and
 * thirty times as fast as FHIRPath. Every term is true or false, never empty, so that two-valued logic gives what FHIRPath gives.
 */
import { typeDefinition } from '../definitions.js'
import { isThere, type Members } from './values.js'

type Term = (object: Members) => boolean

const TOKEN = /\s*(!=|[=().]|[A-Za-z][A-Za-z0-9]*)/y
const OPERATORS: ReadonlyArray<Readonly<Record<string, (a: boolean, b: boolean) => boolean>>> = [
  { implies: (a, b) => !a || b },
  { or: (a, b) => a || b, xor: (a, b) => a !== b },
  { and: (a, b) => a && b },
  { '=': (a, b) => a === b, '!=': (a, b) => a !== b }
]

/** The function of an expression over the members of a type; undefined when the expression has anything but exists(), empty(), not() and logic. */
export function existenceTest(expression: string, type: string): Term | undefined {
  const tokens = tokenize(expression)
  if (tokens === undefined) return undefined
  const parser = new Parser(tokens, type)
  const term = parser.operation(0)
  return parser.done ? term : undefined
}

function tokenize(expression: string): string[] | undefined {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  const end = expression.trimEnd().length
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(expression)
    if (match === null) return undefined
    tokens.push(match[1] as string)
  }
  return tokens
}

class Parser {
  readonly #tokens: readonly string[]
  readonly #type: string
  #at = 0

  constructor(tokens: readonly string[], type: string) {
    this.#tokens = tokens
    this.#type = type
  }

  get done(): boolean {
    return this.#at === this.#tokens.length
  }

  /** Operators of this level and those that bind more closely; all are left-associative. */
  operation(level: number): Term | undefined {
    const operators = OPERATORS[level]
    if (operators === undefined) return this.#operand()
    let left = this.operation(level + 1)
    for (let apply = operators[this.#next ?? '']; apply !== undefined && left !== undefined; apply = operators[this.#next ?? '']) {
      this.#at++
      const [a, b, operator] = [left, this.operation(level + 1), apply]
      left = b === undefined ? undefined : (object) => operator(a(object), b(object))
    }
    return left
  }

  get #next(): string | undefined {
    return this.#tokens[this.#at]
  }

  #operand(): Term | undefined {
    if (this.#take('(')) {
      const inner = this.operation(0)
      return this.#take(')') ? this.#negated(inner) : undefined
    }
    const name = this.#tokens[this.#at++]
    const exists = name === undefined ? undefined : existsTerm(this.#type, name)
    if (exists === undefined || !this.#take('.')) return undefined
    const call = this.#tokens[this.#at++]
    if (!this.#take('(') || !this.#take(')')) return undefined
    if (call === 'exists') return this.#negated(exists)
    return call === 'empty' ? this.#negated((object) => !exists(object)) : undefined
  }

  #negated(term: Term | undefined): Term | undefined {
    if (this.#next !== '.') return term
    this.#at++
    const ok = this.#take('not') && this.#take('(') && this.#take(')')
    return ok && term !== undefined ? (object) => !term(object) : undefined
  }

  #take(token: string): boolean {
    if (this.#next !== token) return false
    this.#at++
    return true
  }
}

function existsTerm(type: string, name: string): Term | undefined {
  const members = [...(typeDefinition(type)?.members ?? [])].filter(
    ([, { element }]) => element.name === name || element.name === `${name}[x]`
  )
  const names = members.flatMap(([member]) => [member, `_${member}`])
  if (names.length === 0) return undefined
  if (names.length === 2) {
    const [whole, half] = names as [string, string]
    return (object) => isThere(object[whole]) || isThere(object[half])
  }
  const known = new Set(names)
  return (object) => {
    for (const member in object) if (known.has(member) && isThere(object[member])) return true
    return false
  }
}
