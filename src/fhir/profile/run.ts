/** A plan carried out on a value. */
import type { ElementPlan, SlicePlan, SlicingPlan, ValuePlan } from './compile.js'
import type { Scope } from './invariants.js'
import type { Trace } from './issues.js'
import { type Item, isObject, itemsOf, type Members } from './values.js'

/** Checks one value, and its members by those plans that the profile has for them. */
export function checkValue({ checks, children }: ValuePlan, item: Item, trace: Trace, scope: Scope): void {
  for (const check of checks) check(item, trace, scope)
  const object = isObject(item.value) ? item.value : isObject(item.half) ? item.half : undefined
  if (object !== undefined) for (const child of children) checkElement(child, object, trace, scope)
}

function checkElement(plan: ElementPlan, parent: Members, trace: Trace, scope: Scope): void {
  if (trace.full) return
  const { step, members, min, max, value, slicing } = plan
  const items = itemsOf(parent, members)
  if (items.length < min) {
    if (min === 1) trace.report('min', 'required', 'is required', { child: step })
    else trace.report('min', 'required', `must be given ${min} times at least`, { child: step })
  }
  if (items.length > max) {
    trace.report('max', 'structure', max === 0 ? 'is not allowed' : `may be given ${max} times at most`, { child: step })
  }
  for (const item of items) trace.at(step, item.index, () => checkValue(value, item, trace, scope))
  if (slicing !== undefined) checkSlices(slicing, step, min, items, trace, scope)
}

function checkSlices(
  { rules, ordered, slices }: SlicingPlan,
  step: string,
  min: number,
  items: readonly Item[],
  trace: Trace,
  scope: Scope
): void {
  const members = slices.map((): Item[] => [])
  let uncertain = false
  let last = 0
  let open = false
  for (const item of items) {
    const answers = slices.map(({ belongs }) => belongs(item, scope))
    const found = answers.indexOf(true)
    if (found === -1) {
      const unknown = answers.includes(undefined)
      uncertain ||= unknown
      if (rules === 'closed' && !unknown) {
        trace.at(step, item.index, () =>
          trace.report('slicing', 'structure', `belongs to none of the slices ${slices.map(({ name }) => name).join(', ')}`)
        )
      }
      open = true
      continue
    }
    members[found]?.push(item)
    if ((ordered && found < last) || (rules === 'openAtEnd' && open)) {
      trace.at(step, item.index, () => trace.report('slicing', 'structure', `the slice ${slices[found]?.name} stands in the wrong place`))
    }
    last = Math.max(last, found)
    trace.at(step, item.index, () => checkValue((slices[found] as SlicePlan).value, item, trace, scope))
  }
  for (const [i, { slicing }] of slices.entries()) {
    const own = members[i] as Item[]
    if (slicing !== undefined && own.length > 0) checkSlices(slicing, step, 0, own, trace, scope)
  }
  // An element that is not there at all has been missed already.
  if (uncertain || (items.length === 0 && min > 0)) return
  for (const [i, slice] of slices.entries()) {
    const count = (members[i] as Item[]).length
    if (count < slice.min)
      trace.report('slice-min', 'required', `the slice ${slice.name} must be given ${times(slice.min)}`, { child: step })
    if (count > slice.max) {
      trace.report(
        'slice-max',
        'structure',
        slice.max === 0 ? `the slice ${slice.name} is not allowed` : `the slice ${slice.name} may be given ${times(slice.max)} at most`,
        {
          child: step
        }
      )
    }
  }
}

function times(n: number): string {
  return n === 1 ? 'once' : `${n} times`
}
