/** Patient/$match: candidates by indexed searches, then a score for each (fhir/match). */
import { fail } from '../errors.js'
import { blocks } from '../fhir/match/blocks.js'
import { type Person, readPerson } from '../fhir/match/person.js'
import { type Assessment, assess, type Grade } from '../fhir/match/score.js'
import { parseSearch } from '../fhir/search-query.js'
import type { StoredResource } from '../store/repository.js'
import type { Seen } from './view.js'

export interface MatchOptions {
  readonly onlyCertain: boolean
  /** Most to give. */
  readonly count: number
}

export interface Match extends Assessment {
  readonly patient: StoredResource
}

export interface Matches {
  /** Best first. */
  readonly matches: readonly Match[]
  /** Why there are none although some came close; a limit that was met. */
  readonly remarks: readonly string[]
}

/** Patients that one search may give, and patients scored before other work gets its turn. */
const MOST_FOUND = 200
const TURN = 50
const GIVEN: readonly Grade[] = ['certain', 'probable', 'possible']

/**
 * The patients of the store that may be the one described (a Patient or a part of one, parsed). Records that were replaced by another are left out.
 * Throws http.bad-request when there is nothing in it to look for.
 */
export async function findMatches(store: Seen, described: unknown, { onlyCertain, count }: MatchOptions): Promise<Matches> {
  const person = readPerson(described)
  const searches = blocks(described)
  if (searches.length === 0)
    throw fail('http.bad-request', {
      reason: 'A match needs an identifier, a name with a birth date, two names, a telephone number or an email'
    })
  const pages = await Promise.all(
    searches.map((parameters) =>
      store.search(parseSearch('Patient', [...parameters, ['_count', String(MOST_FOUND)]], { handling: 'strict' }))
    )
  )
  const candidates = new Map(pages.flatMap(({ resources }) => resources).map((resource) => [resource.id, resource]))
  const remarks = pages.some(({ next }) => next !== undefined)
    ? ['Not all patients that have something in common were looked at: give more of the name, the birth date or an identifier']
    : []
  const found = (await score(person, [...candidates.values()])).filter(({ grade }) => GIVEN.includes(grade))
  found.sort((a, b) => b.score - a.score || (a.patient.id < b.patient.id ? -1 : 1))
  if (!onlyCertain) return { matches: found.slice(0, count), remarks }
  const certain = found.filter(({ grade }) => grade === 'certain')
  if (certain.length === 1) return { matches: certain.slice(0, count), remarks }
  if (certain.length > 1)
    return { matches: [], remarks: [...remarks, `${certain.length} patients match with certainty, so that none can be told to be the one`] }
  return { matches: [], remarks: found.length === 0 ? remarks : [...remarks, `${found.length} patients match without certainty`] }
}

async function score(person: Person, candidates: readonly StoredResource[]): Promise<Match[]> {
  const matches: Match[] = []
  for (const [n, patient] of candidates.entries()) {
    if (n > 0 && n % TURN === 0) await new Promise((resolve) => setImmediate(resolve))
    const body: unknown = JSON.parse(patient.body.toString())
    if (!isReplaced(body)) matches.push({ patient, ...assess(person, readPerson(body)) })
  }
  return matches
}

function isReplaced(patient: unknown): boolean {
  const { link } = patient as { link?: ReadonlyArray<{ type?: unknown }> }
  return Array.isArray(link) && link.some((one) => one?.type === 'replaced-by')
}
