/** Whose physician somebody is: the patients in their care. */
import type { Awaitable } from '../awaitable.js'
import { parseSearch, type SearchQuery } from '../fhir/search-query.js'
import type { Repository } from '../store/repository.js'
import type { Principal } from './contract.js'

/** Milliseconds for which an answer is taken as true; what this process writes is seen at once. */
const FRESH = 1000
const PAGE = 1000
const LOOKED_AT = ['Encounter', 'Patient', 'PractitionerRole']
const NOBODY: readonly string[] = []

interface Known {
  readonly until: number
  readonly patients: Promise<readonly string[]>
}

interface Participation {
  readonly status?: unknown
  readonly subject?: { readonly reference?: unknown }
  readonly participant?: ReadonlyArray<{
    readonly individual?: { readonly reference?: unknown }
    readonly period?: { readonly end?: unknown }
  }>
}

export class Care {
  readonly #store: Repository
  readonly #known = new Map<string, Known>()
  #last = new Map<string, readonly string[]>()
  readonly #opened: (who: Principal) => Awaitable<readonly string[]>
  readonly #joined = new WeakMap<readonly string[], { readonly opened: readonly string[]; readonly both: readonly string[] }>()

  /** opened: ids of the patients that somebody sees by break-glass now, the same array while nothing changed. */
  constructor(store: Repository, opened: (who: Principal) => Awaitable<readonly string[]> = () => NOBODY) {
    this.#store = store
    this.#opened = opened
    store.watch((types) => {
      if (LOOKED_AT.some((type) => types.has(type))) this.#known.clear()
    })
  }

  /** Ids of the patients that a physician may look at: those in their care, and those by break-glass. The same array as before while nothing changed. */
  async seenBy(who: Principal): Promise<readonly string[]> {
    const care = await this.patientsOf(who.fhirUser ?? '')
    const opens = this.#opened(who)
    const opened = opens instanceof Promise ? await opens : opens
    if (opened.length === 0) return care
    const known = this.#joined.get(care)
    if (known?.opened === opened) return known.both
    const both = [...new Set([...care, ...opened])].sort()
    this.#joined.set(care, { opened, both })
    return both
  }

  /**
   * Ids of the patients in the care of a practitioner (`Practitioner/1`): those with an Encounter that was neither cancelled nor entered in error and in
   * which they take part, unless their part has ended; and those whose general practitioner they are, also by a PractitionerRole. The same array as before
   * while nothing changed. What another process writes counts within a second.
   */
  patientsOf(practitioner: string): Promise<readonly string[]> {
    if (!/^Practitioner\/[A-Za-z0-9.-]{1,64}$/.test(practitioner)) return Promise.resolve(NOBODY)
    const known = this.#known.get(practitioner)
    if (known !== undefined && known.until > Date.now()) return known.patients
    const patients = this.#find(practitioner)
    this.#known.set(practitioner, { until: Date.now() + FRESH, patients })
    patients.catch(() => this.#known.delete(practitioner))
    return patients
  }

  /** Somebody else wrote: what was known may not be so any more. */
  forget(): void {
    this.#known.clear()
  }

  async #find(practitioner: string): Promise<readonly string[]> {
    const found = new Set<string>()
    for await (const { body } of this.#all('Encounter', [['participant', practitioner]])) {
      const patient = inCareOf(JSON.parse(body.toString()) as Participation, practitioner)
      if (patient !== undefined) found.add(patient)
    }
    for (const parameter of ['general-practitioner', 'general-practitioner:PractitionerRole.practitioner'])
      for await (const { id } of this.#all('Patient', [[parameter, practitioner]])) found.add(id)
    const patients = [...found].sort()
    const last = this.#last.get(practitioner)
    if (last !== undefined && last.length === patients.length && last.every((id, n) => id === patients[n])) return last
    this.#last.set(practitioner, patients)
    return patients
  }

  async *#all(type: string, parameters: ReadonlyArray<readonly [string, string]>) {
    let query: SearchQuery = parseSearch(type, [...parameters, ['_count', String(PAGE)], ['_total', 'none']], { handling: 'strict' })
    for (;;) {
      const { resources, next } = await this.#store.search(query)
      yield* resources
      if (next === undefined) return
      query = { ...query, cursor: next }
    }
  }
}

function inCareOf({ status, subject, participant }: Participation, practitioner: string): string | undefined {
  if (status === 'cancelled' || status === 'entered-in-error') return undefined
  const takesPart = participant?.some(
    ({ individual, period }) =>
      individual?.reference === practitioner && !(typeof period?.end === 'string' && Date.parse(period.end) < Date.now())
  )
  const [type, id] = typeof subject?.reference === 'string' ? subject.reference.split('/') : []
  return takesPart && type === 'Patient' ? id : undefined
}
