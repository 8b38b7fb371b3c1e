/** Joining what several rows give to one resource: independent of the order of rows, files and workers. */
import type { Contribution, MergedValues } from './types.js'

/** Compares sort keys (JSON arrays) part by part: numbers as numbers, text as text. */
export function compareKeys(left: string, right: string): number {
  if (left === right) return 0
  const a = JSON.parse(left) as Array<string | number>
  const b = JSON.parse(right) as Array<string | number>
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const [x, y] = [a[index] ?? '', b[index] ?? '']
    if (x === y) continue
    if (typeof x === 'number' && typeof y === 'number') return x - y
    return String(x) < String(y) ? -1 : 1
  }
  return 0
}

/** Contributions by target id. `latest` slots keep the value with the highest key, `first` slots that with the lowest, `collect` slots all of them in order. */
export function mergeContributions(contributions: Iterable<Contribution>): Map<string, MergedValues> {
  const grouped = new Map<string, Map<string, Contribution[]>>()
  for (const contribution of contributions) {
    const slots = grouped.get(contribution.target) ?? new Map<string, Contribution[]>()
    grouped.set(contribution.target, slots)
    const list = slots.get(contribution.slot) ?? []
    slots.set(contribution.slot, list)
    list.push(contribution)
  }
  return new Map(
    [...grouped].map(([target, slots]) => [
      target,
      new Map(
        [...slots].map(([slot, list]) => {
          const sorted = list.sort((a, b) => compareKeys(a.order, b.order) || (a.value < b.value ? -1 : a.value > b.value ? 1 : 0))
          const values = slot.startsWith('latest:') ? sorted.slice(-1) : slot.startsWith('first:') ? sorted.slice(0, 1) : sorted
          return [slot, values.map((one) => one.value)] as const
        })
      )
    ])
  )
}
