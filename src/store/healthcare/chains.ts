/**
 * Chains and _has. Where the API has them and the asker may see all they go through, they are passed on; else they are answered step by step: the resources
 * at the other end are searched first, under the asker's limits, and their ids take the place of the chain.
 */
import { type Criterion, type HasCriterion, isClause, type SearchValue } from '../../fhir/search-criterion.js'
import type { Limits } from '../../fhir/search-limits.js'
import type { SearchQuery } from '../../fhir/search-query.js'
import type { StoredResource } from '../repository.js'
import { holdsChain, isChained, passed } from './alternatives.js'
import { linksOf } from './links.js'

type Question = Pick<SearchQuery, 'types' | 'criteria' | 'limits' | 'baseUrl'>
/** All resources that meet a question; throws search.too-broad for more than `most`. */
export type FindAll = (question: Question, most: number) => Promise<readonly StoredResource[]>

/** Resources at the end of one step, and those that refer to them. */
const MOST_STEP = 2000

export class ChainResolver {
  readonly #find: FindAll
  readonly #isRefused: (type: string, name: string) => boolean

  constructor(find: FindAll, isRefused: (type: string, name: string) => boolean) {
    this.#find = find
    this.#isRefused = isRefused
  }

  /** The criteria; what is left of chains in them can be passed on. Throws search.too-broad. */
  async resolve(question: Question): Promise<Criterion[]> {
    const resolved: Criterion[] = []
    for (const criterion of question.criteria.flatMap(taken)) {
      const pass = !holdsChain(criterion) || (isChained(criterion) && this.#isPassed(criterion, question))
      resolved.push(pass ? criterion : await this.#answered(criterion, question))
    }
    return resolved
  }

  #isPassed(criterion: Criterion, { types, limits }: Question): boolean {
    if (!isFree(criterion, limits)) return false
    return types.every((type) => {
      const param = isChained(criterion) ? passed(criterion, type) : undefined
      return param !== undefined && !this.#isRefused(type, param[0])
    })
  }

  async #answered(criterion: Criterion, question: Question): Promise<Criterion> {
    if (!holdsChain(criterion) || isClause(criterion)) return criterion
    switch (criterion.kind) {
      case 'group': {
        const criteria: Criterion[] = []
        for (const one of criterion.criteria) criteria.push(await this.#answered(one, question))
        return { ...criterion, criteria }
      }
      case 'chain': {
        const { limits, baseUrl } = question
        const values: SearchValue[] = []
        for (const { type, criterion: inner } of criterion.to) {
          const found = await this.#find({ types: [type], criteria: [inner], limits, baseUrl }, MOST_STEP)
          values.push(...found.map(({ id }) => ({ kind: 'reference', type, id }) as const))
        }
        const { parameter, paths } = criterion
        return values.length === 0 ? NOTHING : { parameter, kind: 'reference', paths, modifier: undefined, values }
      }
      case 'has':
        return this.#referred(criterion, question)
      default:
        return criterion
    }
  }

  /** The resources that what is found refers to, as ids. */
  async #referred({ from, paths, criterion, parameter }: HasCriterion, { types, limits, baseUrl }: Question): Promise<Criterion> {
    const found = await this.#find({ types: [from], criteria: [criterion], limits, baseUrl }, MOST_STEP)
    const targets = new Map(paths.map(({ path, targets }) => [path, targets]))
    const values = new Map<string, SearchValue>()
    for (const { body } of found)
      for (const { type, id } of linksOf(JSON.parse(body.toString()) as { resourceType: string }, targets, undefined))
        if (types.includes(type)) values.set(`${type}/${id}`, { kind: 'token', system: type, code: id })
    return values.size === 0 ? NOTHING : { parameter, kind: 'id', paths: [], modifier: undefined, values: [...values.values()] }
  }
}

const NOTHING: Criterion = { kind: 'group', operator: 'or', criteria: [] }

function taken(criterion: Criterion): readonly Criterion[] {
  return criterion.kind === 'group' && criterion.operator === 'and' ? criterion.criteria.flatMap(taken) : [criterion]
}

/** True when the asker may see every resource of the types that a chain goes through. */
function isFree(criterion: Criterion, limits: Limits | undefined): boolean {
  if (limits === undefined || isClause(criterion)) return true
  if (criterion.kind === 'chain') return criterion.to.every((one) => limits[one.type] === true && isFree(one.criterion, limits))
  if (criterion.kind === 'has') return limits[criterion.from] === true && isFree(criterion.criterion, limits)
  return true
}
