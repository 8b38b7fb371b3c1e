/** Profiles, tags and security labels in use, out of the indexes of _profile, _tag and _security: from each value straight to the next one. */
import { fail } from '../../errors.js'
import { pathNumber } from '../../fhir/search-index.js'
import { parametersOf } from '../../fhir/search-parameters.js'
import type { Label, Labels } from '../repository.js'
import type { Dictionary } from './dictionary.js'
import type { Db } from './schema.js'

interface TokenRow {
  readonly code: string
  readonly system: number
}

export class Labeller {
  readonly #dictionary: Dictionary
  readonly #seconds: number
  readonly #sql

  /** seconds: a question that takes longer throws search.too-costly. */
  constructor(db: Db, dictionary: Dictionary, seconds: number) {
    this.#dictionary = dictionary
    this.#seconds = seconds
    this.#sql = {
      token: db.prepare<[number, string, number], TokenRow>(
        'SELECT code, system FROM token WHERE path = ? AND (code, system) > (?, ?) ORDER BY code, system LIMIT 1'
      ),
      uri: db.prepare<[number, string], string>('SELECT value FROM uri WHERE path = ? AND value > ? ORDER BY value LIMIT 1').pluck(),
      system: db.prepare<[number], string>('SELECT uri FROM system WHERE id = ?').pluck()
    }
  }

  /** Each once, sorted. */
  labels(types: readonly string[]): Labels {
    const deadline = performance.now() + this.#seconds * 1000
    return {
      profiles: [...new Set(this.#paths(types, '_profile').flatMap((path) => this.#values(path, deadline)))].sort(),
      tags: this.#labels(types, '_tag', deadline),
      security: this.#labels(types, '_security', deadline)
    }
  }

  #labels(types: readonly string[], parameter: string, deadline: number): Label[] {
    const found = new Map<string, Label>()
    for (const path of this.#paths(types, parameter)) {
      let row: TokenRow | undefined = { code: '', system: -1 }
      while ((row = this.#sql.token.get(path, row.code, row.system)) !== undefined) {
        const system = row.system === 0 ? undefined : this.#sql.system.get(row.system)
        found.set(`${system ?? ''}|${row.code}`, { system, code: row.code })
        this.#checkTime(deadline)
      }
    }
    return [...found.keys()].sort().map((key) => found.get(key)!)
  }

  #values(path: number, deadline: number): string[] {
    const found: string[] = []
    let value: string | undefined = ''
    while ((value = this.#sql.uri.get(path, value)) !== undefined) {
      found.push(value)
      this.#checkTime(deadline)
    }
    return found
  }

  /** The store's numbers of the paths that a parameter has in the types. */
  #paths(types: readonly string[], parameter: string): number[] {
    return types.flatMap((type) => {
      const { kind, paths } = parametersOf(type).get(parameter) ?? { kind: 'token', paths: [] }
      return paths.map(({ name }) => this.#dictionary.paths[pathNumber(kind, name)!]!)
    })
  }

  #checkTime(deadline: number): void {
    if (performance.now() > deadline) throw fail('search.too-costly', { seconds: this.#seconds })
  }
}
