/** What it is that a store refuses which guards references: the API says only that it does. */
import { fail, type WardbridgeError } from '../../errors.js'
import { eachReference } from '../../fhir/literal-references.js'
import type { Answer } from './caller.js'
import type { Change } from './plan.js'
import type { Reads } from './reads.js'

/** The error of the first reference that leads to nothing; undefined: all that they refer to is there now. */
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

/** The error of a deletion that was refused because of references to it, which the API may name; undefined: nothing was to be deleted. */
export function referenced(changes: readonly Change[], { text }: Answer): WardbridgeError | undefined {
  const gone = changes.flatMap(({ write: { type, id }, kind }) => (kind === 'delete' ? [{ type, id }] : []))
  const named = [...new Set(text.match(/\b[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}/g))]
  const refused = gone.find(({ type, id }) => named.includes(`${type}/${id}`)) ?? gone[0]
  if (refused === undefined) return undefined
  const by = named.filter((name) => !gone.some(({ type, id }) => name === `${type}/${id}`)).join(', ') || 'other resources'
  return fail('resource.referenced', { ...refused, by })
}
