/**
 * `_filter` (R4 search_filter.html): `given eq "peter" and not (birthdate ge 2014-10-10 or subject.name co "x")` as a Criterion.
 * `and` binds closer than `or`. A filter in brackets is taken after references only: `subject[active eq true].name sw "a"`.
 */
import { fail } from '../errors.js'
import { chainTargets, targetsOf } from './search-chain.js'
import { type CriteriaContext, clause, commonParameter, parseValue } from './search-clause.js'
import type { Criterion, Modifier, Prefix, SearchClause, SearchValue } from './search-criterion.js'

/** Parses a parameter of the ordinary form, name and value. */
type ParseOther = (name: string, value: string) => Criterion | undefined

const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|([()[\]])|([^\s()[\]"]+))/y
const OPERATORS = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'lt', 'ge', 'le', 'ap', 'sa', 'eb', 'pr', 'po', 'ss', 'sb', 'in', 'ni', 're']
const COMPARING: readonly string[] = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'ap', 'sa', 'eb']
const MOST_DEPTH = 50

/** Throws search.value and search.unsupported-modifier; a parameter that is not known is search.value. */
export function filterCriterion(text: string, context: CriteriaContext, other: ParseOther): Criterion {
  const parser = new FilterParser(text, context, other)
  const criterion = parser.filter(context.types, 0)
  parser.end()
  return criterion
}

class FilterParser {
  readonly #tokens: string[] = []
  readonly #context: CriteriaContext
  readonly #other: ParseOther
  #at = 0

  constructor(text: string, context: CriteriaContext, other: ParseOther) {
    this.#context = context
    this.#other = other
    TOKEN.lastIndex = 0
    while (TOKEN.lastIndex < text.trimEnd().length) {
      const at = TOKEN.lastIndex
      const match = TOKEN.exec(text)
      if (match === null) throw bad(`it cannot be read from "${text.slice(at, at + 20)}"`)
      this.#tokens.push(match[1] ?? match[2] ?? match[3]!)
    }
  }

  /** or-list of and-lists. */
  filter(types: readonly string[], depth: number): Criterion {
    if (depth > MOST_DEPTH) throw bad('too many parentheses')
    const some: Criterion[] = []
    do {
      const all = [this.#term(types, depth)]
      while (this.#take('and')) all.push(this.#term(types, depth))
      some.push(all.length === 1 ? all[0]! : { kind: 'group', operator: 'and', criteria: all })
    } while (this.#take('or'))
    return some.length === 1 ? some[0]! : { kind: 'group', operator: 'or', criteria: some }
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw bad(`"${this.#tokens[this.#at]}" is not expected`)
  }

  #term(types: readonly string[], depth: number): Criterion {
    if (this.#tokens[this.#at] === 'not' && this.#tokens[this.#at + 1] === '(') {
      this.#at++
      return { kind: 'group', operator: 'not', criteria: [this.#term(types, depth)] }
    }
    if (!this.#take('(')) return this.#comparison(types, depth)
    const inner = this.filter(types, depth + 1)
    this.#expect(')')
    return inner
  }

  /** path, operator and value; `a.b` goes through a reference. */
  #comparison(types: readonly string[], depth: number, path = this.#next('a parameter')): Criterion {
    if (this.#take('[')) return this.#bracket(path, types, depth)
    const operator = this.#next('an operator')
    if (!OPERATORS.includes(operator)) throw bad(`"${operator}" is no operator`)
    const value = this.#next('a value')
    return this.#compare(path, operator, value.startsWith('"') ? unquoted(value) : value, types)
  }

  /** `subject[active eq true].name eq x`: one target meets both. */
  #bracket(path: string, types: readonly string[], depth: number): Criterion {
    const parameter = commonParameter(path, types)
    if (parameter?.kind !== 'reference') throw bad(`brackets can stand after a reference only, and ${path} is none`)
    const from = this.#at
    let after = from
    // What stands in the brackets and after them is read once for each type that the reference may point to.
    const to = chainTargets(targetsOf(parameter), (type): Criterion => {
      this.#at = from
      const inner = this.filter([type], depth + 1)
      this.#expect(']')
      const rest = this.#next('a dot and a parameter')
      if (!rest.startsWith('.')) throw bad(`"${rest}" is not expected after brackets`)
      const criteria = [inner, this.#comparison([type], depth + 1, rest.slice(1))]
      after = this.#at
      return { kind: 'group', operator: 'and', criteria }
    })
    this.#at = after
    return { kind: 'chain', parameter: path, paths: parameter.paths, to }
  }

  #compare(path: string, operator: string, value: string, types: readonly string[]): Criterion {
    const dot = path.indexOf('.')
    if (dot > 0) {
      const [code = '', type] = path.slice(0, dot).split(':')
      const parameter = commonParameter(code, types)
      if (parameter?.kind !== 'reference') throw bad(`${code} is no reference parameter here`)
      const to = chainTargets(type === undefined ? targetsOf(parameter) : [type], (target) =>
        this.#compare(path.slice(dot + 1), operator, value, [target])
      )
      return { kind: 'chain', parameter: code, paths: parameter.paths, to }
    }
    const parameter = commonParameter(path, types)
    if (parameter === undefined) return this.#kept(path, operator, value)
    const { code, kind, paths } = parameter
    const clauseOf = (modifier: Modifier | undefined, ...values: SearchValue[]): SearchClause => ({
      parameter: code,
      kind,
      paths,
      modifier,
      values
    })
    const parsed = (modifier?: Modifier, prefix = '') =>
      parseValue(parameter, modifier, prefix + value.replace(/\\/g, '\\\\'), undefined, this.#context.baseUrl)
    const refuse = () => bad(`${operator} does not apply to ${path}, which is a ${kind}`)

    if (operator === 'pr') {
      if (value !== 'true' && value !== 'false') throw bad(`${path} pr must be true or false`)
      return clauseOf('missing', { kind: 'token', system: undefined, code: value === 'true' ? 'false' : 'true' })
    }
    if (kind === 'date' || kind === 'number' || kind === 'quantity') {
      if (operator === 'po' && kind === 'date')
        return clauseOf(undefined, { ...(parsed() as Extract<SearchValue, { kind: 'date' }>), prefix: 'po' })
      if (!COMPARING.includes(operator)) throw refuse()
      return clauseOf(undefined, parsed(undefined, operator as Prefix))
    }
    if (operator === 're' && kind !== 'reference') throw refuse()
    if (operator === 'eq' || operator === 're')
      return kind === 'string' ? clauseOf(undefined, whole(parsed())) : clauseOf(undefined, parsed())
    if (operator === 'ne') return clauseOf('unequal', kind === 'string' ? whole(parsed()) : parsed())
    if (kind === 'string') {
      if (operator === 'sw') return clauseOf(undefined, parsed())
      if (operator === 'co') return clauseOf('contains', parsed())
      if (operator === 'ew') return clauseOf(undefined, { ...(parsed() as Extract<SearchValue, { kind: 'string' }>), match: 'end' })
    }
    const modifier = MODIFIERS[operator]
    if (modifier === undefined || (kind !== 'token' && kind !== 'uri')) throw refuse()
    return clause(parameter, modifier, value.replace(/[\\,]/g, '\\$&'), this.#context.baseUrl)
  }

  /** _id and _lastUpdated. */
  #kept(path: string, operator: string, value: string): Criterion {
    const plain = value.replace(/[\\,|$]/g, '\\$&')
    if (path === '_lastUpdated' && COMPARING.includes(operator)) return this.#other(path, operator + plain)!
    if (path === '_id' && (operator === 'eq' || operator === 'ne')) return this.#other(operator === 'eq' ? path : '_id:not', plain)!
    throw bad(`${path} is not known, or ${operator} does not apply to it`)
  }

  #next(what: string): string {
    const token = this.#tokens[this.#at++]
    if (token === undefined) throw bad(`it ends where ${what} should be`)
    return token
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false
    this.#at++
    return true
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw bad(`${token} is missing`)
  }
}

/** ss: the value subsumes one in the resource; sb: it is subsumed by one. */
const MODIFIERS: Readonly<Record<string, Modifier | undefined>> = { ss: 'below', sb: 'above', in: 'in', ni: 'not-in' }

function whole(value: SearchValue): SearchValue {
  return value.kind === 'string' ? { ...value, match: 'whole' } : value
}

function unquoted(text: string): string {
  try {
    return JSON.parse(text) as string
  } catch {
    throw bad(`${text} is no JSON string`)
  }
}

function bad(reason: string): Error {
  return fail('search.value', { parameter: '_filter', reason })
}
