/**
 * The part of FHIRPath that the R4 SearchParameters use: dotted paths, unions, `as`, `.as()`, `.ofType()`, `.where(a = 'b')`, `.where(resolve() is T)`,
 * `.extension('url')`, `[n]`, and `x.exists() and x != false`. A test proves that every expression of R4 falls into it and gives what fhirpath.js gives.
 */

export type Step =
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'where'; readonly member: string; readonly equals: string }
  | { readonly kind: 'item'; readonly index: number }
  /** True when there is a value and it is not false; false otherwise. */
  | { readonly kind: 'exists' }

export interface Branch {
  readonly steps: readonly Step[]
  /** Types of `where(resolve() is T)`, which looks at the target of a reference and is therefore asked at search time; undefined: any. */
  readonly targets: readonly string[] | undefined
}

/** Strings keep the quote before them, so that they are not taken for names. */
const TOKEN = /\s*(?:([A-Za-z_]\w*)|('[^'\\]*)'|(\d+)|(!=|[.()[\]=]))/y
const NAME = /^[A-Za-z_]\w*$/
const COMMON_BASES: readonly string[] = ['Resource', 'DomainResource']

type RootedBranch = Branch & { readonly root: string }

/** Expressions are shared by many types (clinical-patient by 33). */
const parsed = new Map<string, readonly RootedBranch[]>()

/** The branches of a SearchParameter expression that concern a resource type. Throws Error on FHIRPath outside the part named above. */
export function parseExpression(expression: string, type: string): readonly Branch[] {
  let branches = parsed.get(expression)
  if (branches === undefined) {
    branches = expression.split('|').map((text) => new Parser(text).branch())
    parsed.set(expression, branches)
  }
  // InsurancePlan-name is `name | alias`: the root is left out.
  return branches.filter(({ root }) => root === type || root === '' || COMMON_BASES.includes(root))
}

/** The canonical text of a path: the same for `(X.a as T)`, `X.a.as(T)` and `X.a.ofType(T)`. */
export function pathName(type: string, steps: readonly Step[]): string {
  return type + steps.map(stepText).join('')
}

function stepText(step: Step): string {
  switch (step.kind) {
    case 'member':
      return `.${step.name}`
    case 'type':
      return `.ofType(${step.type})`
    case 'where':
      return `.where(${step.member}='${step.equals}')`
    case 'item':
      return `[${step.index}]`
    case 'exists':
      return '.exists()'
  }
}

class Parser {
  readonly text: string
  readonly tokens: string[]
  at = 0
  targets: string[] | undefined

  constructor(text: string) {
    this.text = text
    this.tokens = tokenize(text)
  }

  branch(): RootedBranch {
    const { root, steps } = this.path()
    if (this.take('and')) {
      // The only conjunction in R4: x.exists() and x != false
      const other = this.path()
      const last = steps.at(-1)
      if (last?.kind !== 'exists' || pathName(root, steps.slice(0, -1)) !== pathName(other.root, other.steps)) throw this.error()
      this.expect('!=')
      this.expect('false')
    } else if (steps.at(-1)?.kind === 'exists') throw this.error()
    if (this.at < this.tokens.length) throw this.error()
    return { root, steps, targets: this.targets }
  }

  path(): { root: string; steps: Step[] } {
    let root: string
    let steps: Step[]
    if (this.take('(')) {
      ;({ root, steps } = this.path())
      this.expect(')')
    } else {
      const first = this.name()
      const isType = /^[A-Z]/.test(first)
      root = isType ? first : ''
      steps = isType ? [] : [{ kind: 'member', name: first }]
    }
    for (;;) {
      if (this.take('.')) this.step(steps)
      else if (this.take('[')) {
        steps.push({ kind: 'item', index: this.number() })
        this.expect(']')
      } else if (this.take('as')) steps.push({ kind: 'type', type: this.name() })
      else return { root, steps }
    }
  }

  step(steps: Step[]): void {
    const name = this.name()
    if (!this.take('(')) {
      steps.push({ kind: 'member', name })
      return
    }
    if (name === 'as' || name === 'ofType') steps.push({ kind: 'type', type: this.name() })
    else if (name === 'where') this.where(steps)
    else if (name === 'extension') steps.push({ kind: 'member', name }, { kind: 'where', member: 'url', equals: this.string() })
    else if (name === 'exists') steps.push({ kind: 'exists' })
    else throw this.error()
    this.expect(')')
  }

  where(steps: Step[]): void {
    const member = this.name()
    if (member === 'resolve' && this.take('(')) {
      this.expect(')')
      this.expect('is')
      this.targets = [this.name()]
    } else {
      this.expect('=')
      steps.push({ kind: 'where', member, equals: this.string() })
    }
  }

  name(): string {
    return this.next(NAME)
  }

  string(): string {
    return this.next(/^'/).slice(1)
  }

  number(): number {
    return Number(this.next(/^\d+$/))
  }

  next(form: RegExp): string {
    const token = this.tokens[this.at++]
    if (token === undefined || !form.test(token)) throw this.error()
    return token
  }

  take(token: string): boolean {
    if (this.tokens[this.at] !== token) return false
    this.at++
    return true
  }

  expect(token: string): void {
    if (!this.take(token)) throw this.error()
  }

  error(): Error {
    return new Error(`FHIRPath outside the part that is compiled, at token ${this.at}: ${this.text.trim()}`)
  }
}

function tokenize(text: string): string[] {
  const tokens: string[] = []
  const source = text.trim()
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < source.length) {
    const match = TOKEN.exec(source)
    if (match === null) throw new Error(`FHIRPath that cannot be read: ${source}`)
    tokens.push(match[1] ?? match[2] ?? match[3] ?? match[4] ?? '')
  }
  return tokens
}
