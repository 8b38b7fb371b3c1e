/** Which reference it is that leads to nothing: the API says only that there is one. */
import { fail, type WardbridgeError } from '../../errors.js'
import { eachReference } from '../../fhir/literal-references.js'
import type { Change } from './plan.js'
import type { Reads } from './reads.js'

/** The error of the first one; undefined: all that they refer to is there now. */
export async function danglingReference(reads: Reads, changes: readonly Change[]): Promise<WardbridgeError | undefined> {
  const kinds = new Map(changes.map(({ write: { type, id }, kind }) => [`${type}/${id}`, kind]))
  const isThere = new Map<string, boolean>()
  for (const { write } of changes) {
    if (write.method === 'delete') continue
    const references: Array<{ readonly type: string; readonly id: string; readonly path: string }> = []
    eachReference(JSON.parse(write.text), (type, id, place) => void references.push({ type, id, path: place.path() }))
    for (const { type, id, path } of references) {
      const target = `${type}/${id}`
      const kind = kinds.get(target)
      if (kind === 'put') continue
      if (kind !== 'delete' && !isThere.has(target)) isThere.set(target, (await reads.current(type, id))?.deleted === false)
      if (kind === 'delete' || !isThere.get(target))
        return fail('reference.dangling', { type: write.type, id: write.id, target }, { expression: path })
    }
  }
  return undefined
}
