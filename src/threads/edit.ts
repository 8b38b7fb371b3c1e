/** Changes of single members in the text of a resource; all else stays as it was written. */
import { type JsonNode, parseJson, stringifyJson } from '../fhir/json.js'

/** members: by name; undefined takes one away. Members that are there keep their place. */
export function withMembers(text: string, members: Readonly<Record<string, unknown>>): string {
  const node = parseJson(text)
  if (node.kind !== 'object') return text
  const left = new Map(Object.entries(members))
  const kept = node.members.flatMap((member) => {
    if (!left.has(member.name)) return [member]
    const value = left.get(member.name)
    left.delete(member.name)
    return value === undefined ? [] : [{ ...member, value: nodeOf(value) }]
  })
  const added = [...left].flatMap(([name, value]) => (value === undefined ? [] : [{ name, value: nodeOf(value) }]))
  return stringifyJson({ ...node, members: [...kept, ...added] })
}

function nodeOf(value: unknown): JsonNode {
  return parseJson(JSON.stringify(value))
}
