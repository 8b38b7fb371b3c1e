/** Pieces of one resource found again in another text of it: as the mapping makes it from a row, and as it stands in the store. */
import { type JsonNode, parseJson } from '../fhir/json.js'

export interface Span {
  readonly start: number
  readonly end: number
}

/** The spans that stand in both texts with the same content, moved to where they are in the second. Both are JSON without white space. */
export function align<T extends Span>(spans: readonly T[], from: string, to: string): T[] {
  const moved = new Map<string, Span>()
  const name = ({ start, end }: Span) => `${start}-${end}`
  const note = (one: Span, other: Span) => {
    if (from.slice(one.start, one.end) === to.slice(other.start, other.end)) moved.set(name(one), other)
  }
  const walk = (one: JsonNode, other: JsonNode): void => {
    note(one, other)
    if (one.kind === 'object' && other.kind === 'object') {
      for (const member of one.members) {
        const same = other.members.find((candidate) => candidate.name === member.name)
        if (same === undefined) continue
        const before = (member.source?.length ?? 0) + 1
        note({ start: member.value.start - before, end: member.value.end }, { start: same.value.start - before, end: same.value.end })
        walk(member.value, same.value)
      }
    }
    if (one.kind === 'array' && other.kind === 'array') {
      // Other rows may have added items: equal ones are sought first.
      const rest = [...other.items]
      const text = (of: string, { start, end }: Span) => of.slice(start, end)
      one.items.forEach((item, index) => {
        const equal = rest.findIndex((candidate) => text(to, candidate) === text(from, item))
        const match = equal < 0 ? other.items[index] : rest.splice(equal, 1)[0]
        if (match !== undefined) walk(item, match)
      })
    }
  }
  walk(parseJson(from), parseJson(to))
  return spans.flatMap((span) => {
    const found = moved.get(name(span))
    return found === undefined ? [] : [{ ...span, ...{ start: found.start, end: found.end } }]
  })
}
