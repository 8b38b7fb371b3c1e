/** A load that writes nothing: every row is mapped and every resource checked as a load does it, and what it would come to is told. */
import type { Principal, Service } from '../service/contract.js'
import { Fingerprints, fingerprint } from './fingerprints.js'
import { type LoadOptions, load } from './load.js'
import type { Output } from './protocol.js'
import type { FhirFile, LoadReport } from './report.js'
import type { Accepted, LoadSink, StoredResources } from './sink.js'
import { storedResources } from './stored.js'

/** A resource that is named and not there. */
export interface Dangling {
  /** `Type/id`. */
  readonly target: string
  /** References to it. */
  readonly count: number
  /** The first of them: `Observation/1 Observation.subject`. */
  readonly from: string
}

/** A row or resource that would be rejected; --rejects writes all of them with the reason. Without a value of the data. */
export interface Invalid {
  readonly table: string
  readonly file: string
  readonly line: number
  readonly column: string | undefined
  readonly rule: string
}

export interface DryRunReport extends LoadReport {
  readonly dryRun: true
  /** NDJSON files and Bundles, as fhirStores.import names their structure. */
  readonly files: readonly FhirFile[]
  /** Resources that a store would hold of this load, by type; each counted once. */
  readonly resources: Readonly<Record<string, number>>
  readonly withoutId: number
  readonly invalid: {
    /** `table: rule` and how often. */
    readonly byRule: Readonly<Record<string, number>>
    readonly examples: readonly Invalid[]
  }
  readonly references: {
    /** Literal references of the form `Type/id`. */
    readonly total: number
    /** Those among them whose target is neither in the load nor in the store. */
    readonly dangling: number
    /** How many targets these have, by type. */
    readonly missing: Readonly<Record<string, number>>
    /** The targets named most often. */
    readonly examples: readonly Dangling[]
  }
}

const EXAMPLES = 20

/** service: the store that the load is meant for, where it is there already; it is only read. Errors as load(). */
export async function dryRun(options: LoadOptions, service: Service | undefined, who: Principal): Promise<DryRunReport> {
  const sink = new CheckSink(service === undefined ? undefined : storedResources(service, who))
  const files = new Map<string, FhirFile>()
  const byRule: Record<string, number> = {}
  const examples: Invalid[] = []
  const report = await load(
    {
      ...options,
      onFhirFile: (file) => void files.set(file.file, file),
      onRejects(table, file, rows) {
        for (const { line, column, rule } of rows) {
          const name = `${table}: ${rule}`
          byRule[name] = (byRule[name] ?? 0) + 1
          if (examples.length < EXAMPLES) examples.push({ table, file, line, column, rule })
        }
      }
    },
    async () => sink
  )
  const references = await sink.references()
  const withoutId = [...files.values()].reduce((sum, file) => sum + file.withoutId, 0)
  return {
    ...report,
    dryRun: true,
    files: [...files.values()],
    resources: sink.resources(),
    withoutId,
    invalid: { byRule, examples },
    references
  }
}

/** Counts what comes, and remembers what it is called: 16 bytes per resource, and a text per target that is not there. */
class CheckSink implements LoadSink {
  readonly worker = { kind: 'check' } as const
  readonly countsRepeats = false
  readonly stored: StoredResources | undefined
  readonly #seen = new Fingerprints()
  readonly #byType = new Map<string, number>()
  readonly #missing = new Map<string, { count: number; readonly from: string }>()
  #total = 0

  constructor(stored: StoredResources | undefined) {
    this.stored = stored
  }

  async accept(output: Output): Promise<Accepted> {
    if (output.kind !== 'checked') throw new Error('a dry run takes checked resources only')
    const { resources, references } = output
    const byType: Record<string, { created: number; updated: number; unchanged: number }> = {}
    const repeats: Array<Accepted['repeats'][number]> = []
    for (const { type, id, content, origin } of resources) {
      const before = this.#seen.addOrGet(...printOfName(`${type}/${id}`), content)
      if (before === undefined) {
        byType[type] ??= { created: 0, updated: 0, unchanged: 0 }
        byType[type].created++
        this.#byType.set(type, (this.#byType.get(type) ?? 0) + 1)
      } else if (before !== content) repeats.push({ type, id, origin })
    }
    for (const { target, count, from } of references) {
      this.#total += count
      const known = this.#missing.get(target)
      if (known !== undefined) known.count += count
      else if (!this.#seen.has(printOfName(target))) this.#missing.set(target, { count, from })
    }
    return { byType, repeats }
  }

  async remove(): Promise<void> {}
  async finish(): Promise<readonly []> {
    return []
  }
  async abort(): Promise<void> {}

  resources(): Record<string, number> {
    return Object.fromEntries([...this.#byType].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** Once all has come. */
  async references(): Promise<DryRunReport['references']> {
    const dangling: Dangling[] = []
    const missing: Record<string, number> = {}
    for (const [target, { count, from }] of this.#missing) {
      const [type = '', id = ''] = target.split('/')
      if (this.#seen.has(printOfName(target)) || (await this.stored?.read(type, id)) !== undefined) continue
      dangling.push({ target, count, from })
      missing[type] = (missing[type] ?? 0) + 1
    }
    dangling.sort((a, b) => b.count - a.count || (a.target < b.target ? -1 : 1))
    return {
      total: this.#total,
      dangling: dangling.reduce((sum, { count }) => sum + count, 0),
      missing,
      examples: dangling.slice(0, EXAMPLES)
    }
  }
}

function printOfName(name: string): [number, number] {
  const print = new Uint32Array(2)
  fingerprint(name, print, 0)
  return [print[0]!, print[1]!]
}
