/** $meta-add and $meta-delete (R4 resource-operation-meta-add.html): profiles, tags and security labels of a resource as sets. */
import type { JsonNode } from '../json.js'
import { type Element, elementsOf, withElements } from './elements.js'
import { memberOf, type ObjectNode, objectNode, stringOf } from './tree.js'

export type MetaChange = 'add' | 'delete'

const SETS = ['profile', 'security', 'tag'] as const

/**
 * The resource with the profiles, tags and security labels of `meta` added or taken away. A profile is known by its URL, a label by system and code;
 * one that is there already stays as it is. Other members of `meta` do not count.
 */
export function changeMeta(resource: ObjectNode, change: MetaChange, meta: ObjectNode): ObjectNode {
  const own = memberOf(resource, 'meta')
  const before = own?.kind === 'object' ? own : objectNode([])
  const after = SETS.reduce((changed, name) => {
    const known = elementsOf(before, name)
    const given = elementsOf(meta, name)
    const keys = new Set((change === 'add' ? known : given).map(keyOf))
    const rest = (elements: Element[]) => elements.filter((one) => !keys.has(keyOf(one)))
    if (change === 'delete') return withElements(changed, name, rest(known), true)
    // Of several equal ones given at once the first counts.
    const added = rest(given).filter((one, n, all) => all.findIndex((other) => keyOf(other) === keyOf(one)) === n)
    return added.length === 0 ? changed : withElements(changed, name, [...known, ...added], true)
  }, before)
  return withElements(resource, 'meta', after.members.length === 0 ? [] : [{ value: after }], false)
}

function keyOf({ value }: Element): string {
  return value?.kind === 'object' ? `${stringOf(value, 'system') ?? ''}|${stringOf(value, 'code') ?? ''}` : textOf(value)
}

function textOf(node: JsonNode | undefined): string {
  return node?.kind === 'string' ? node.value : ''
}
