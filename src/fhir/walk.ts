/** A walk through the elements of a resource that says what is wrong at the place where it is. */
export class Walk<Issue> {
  readonly root: string
  /** Names of elements, and indexes into lists, from the root to where the walk is. */
  readonly path: Array<string | number> = []
  readonly issues: Issue[] = []
  readonly #limit: number

  /** root: the resource type. limit: issues after which nothing more is said. */
  constructor(root: string, limit: number) {
    this.root = root
    this.#limit = limit
  }

  /** True when enough has been said. */
  get full(): boolean {
    return this.issues.length >= this.#limit
  }

  /** FHIRPath of the place: `Observation.component[1].code`; of a step below it when there is one. */
  expression(child?: string): string {
    const steps = this.path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
    return `${this.root}${steps}${child === undefined ? '' : `.${child}`}`
  }
}
