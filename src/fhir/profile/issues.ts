/** What validation says, and the place it is at while it walks through a resource. */
import type { IssueType } from '../../errors.js'
import { Walk } from '../walk.js'

export type Severity = 'error' | 'warning'

export interface Issue {
  readonly severity: Severity
  readonly code: IssueType
  /** What was broken, in a word that does not change with the value: key of an invariant (`obs-6`), else one of the rules in README.md (`min`, `slicing`). */
  readonly rule: string
  /** FHIRPath of the element: `Observation.component[1].code`; a choice without its type: `Observation.value`. */
  readonly expression: string
  readonly text: string
  /** The profile or extension definition that asks for it; absent for R4 itself. */
  readonly profile?: string
}

/** Where the walk is, and what it has found. */
export class Trace extends Walk<Issue> {
  /** Set while a profile is being checked. */
  profile: string | undefined
  readonly #said = new Set<string>()

  /** child: a step below the place where the walk is. */
  report(rule: string, code: IssueType, text: string, { severity = 'error', child }: { severity?: Severity; child?: string } = {}): void {
    if (this.full) return
    const { profile } = this
    const expression = this.expression(child)
    // A slice repeats what is asked of every value.
    const key = `${rule} ${expression} ${profile ?? ''} ${text}`
    if (this.#said.has(key)) return
    this.#said.add(key)
    this.issues.push({ severity, code, rule, expression, text, ...(profile === undefined ? {} : { profile }) })
  }

  /** Steps one down for the length of `work`; index -1: not in a list. */
  at(step: string, index: number, work: () => void): void {
    this.path.push(step)
    if (index >= 0) this.path.push(index)
    work()
    if (index >= 0) this.path.pop()
    this.path.pop()
  }
}
