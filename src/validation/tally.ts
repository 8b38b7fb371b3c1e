/** What validation found, summed up: by resource type, by profile, and by kind of fault. */
import type { Issue, Validation } from '../fhir/profile/index.js'

export interface Count {
  total: number
  valid: number
}

/** Faults that differ only in the resource, the place in a list, or the value. */
export interface Fault {
  readonly severity: Issue['severity']
  readonly rule: string
  /** FHIRPath without places in lists. */
  readonly expression: string
  readonly profile: string | undefined
  readonly text: string
  /** Resources that have it. */
  count: number
  readonly example: { readonly resource: string; readonly expression: string }
}

/** Structured-clonable. */
export interface Tally {
  readonly types: Map<string, Count>
  readonly profiles: Map<string, Count>
  readonly faults: Map<string, Fault>
}

export function newTally(): Tally {
  return { types: new Map(), profiles: new Map(), faults: new Map() }
}

/** Adds one resource. name: `Patient/1`, or where it stands when it has no id. */
export function addTo(tally: Tally, type: string, name: string, { issues, profiles }: Validation): void {
  const errors = issues.filter(({ severity }) => severity === 'error')
  count(tally.types, type, 1, errors.length === 0 ? 1 : 0)
  for (const profile of profiles) count(tally.profiles, profile, 1, errors.some((issue) => issue.profile === profile) ? 0 : 1)
  const seen = new Set<string>()
  for (const { severity, rule, expression, profile, text } of issues) {
    const place = expression.replace(/\[\d+\]/g, '')
    const key = JSON.stringify([severity, rule, place, profile])
    if (seen.has(key)) continue
    seen.add(key)
    const known = tally.faults.get(key)
    if (known !== undefined) known.count++
    else tally.faults.set(key, { severity, rule, expression: place, profile, text, count: 1, example: { resource: name, expression } })
  }
}

/** Adds the second to the first. */
export function merge(tally: Tally, other: Tally): void {
  for (const [type, { total, valid }] of other.types) count(tally.types, type, total, valid)
  for (const [profile, { total, valid }] of other.profiles) count(tally.profiles, profile, total, valid)
  for (const [key, fault] of other.faults) {
    const known = tally.faults.get(key)
    if (known === undefined) tally.faults.set(key, { ...fault })
    else known.count += fault.count
  }
}

function count(counts: Map<string, Count>, key: string, total: number, valid: number): void {
  const known = counts.get(key)
  if (known === undefined) counts.set(key, { total, valid })
  else {
    known.total += total
    known.valid += valid
  }
}
