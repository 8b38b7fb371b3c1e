/** The worker side of a dry run: resources are checked as the worker of a store does it, and told by name, with what they refer to. */
import { eachReference } from '../fhir/literal-references.js'
import type { StagedResource } from '../service/contract.js'
import { fingerprint } from './fingerprints.js'
import type { CheckedResource, NamedReference, Output } from './protocol.js'
import type { WorkerSink } from './worker-sink.js'

/** check: gives the parsed resource, and throws what is wrong with it. */
export class CheckWorker implements WorkerSink {
  readonly #check: (resource: StagedResource) => object
  #resources: CheckedResource[] = []
  #references = new Map<string, { target: string; count: number; from: string }>()

  constructor(check: (resource: StagedResource) => object) {
    this.#check = check
  }

  addAll(resources: readonly StagedResource[], origin: number, kept = resources): void {
    const parsed = resources.map(this.#check)
    const print = new Uint32Array(2)
    for (const [i, resource] of resources.entries()) {
      if (kept !== resources && !kept.includes(resource)) continue
      const { type, id, text } = resource
      fingerprint(text, print, 0)
      // As many bits as a number holds.
      this.#resources.push({ type, id, content: print[0]! * 2 ** 20 + (print[1]! >>> 12), origin })
      eachReference(parsed[i] as { resourceType: string }, (toType, toId, place) => {
        const target = `${toType}/${toId}`
        const known = this.#references.get(target)
        if (known !== undefined) known.count++
        else this.#references.set(target, { target, count: 1, from: `${type}/${id} ${place.path()}` })
      })
    }
  }

  async take(): Promise<Output[]> {
    const references: NamedReference[] = [...this.#references.values()]
    const resources = this.#resources
    this.#resources = []
    this.#references = new Map()
    return resources.length === 0 ? [] : [{ kind: 'checked', resources, references }]
  }
}
