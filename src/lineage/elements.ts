/** Elements of examples: what each column gave, in the words of explain(). */
import type { LineageRow } from '../mapping/index.js'
import type { CellRange } from './cells.js'
import type { Example } from './examples.js'
import { pathAt } from './json-text.js'

/** A piece of JSON that a cell gave, and the element it stands in. */
export interface Given {
  readonly range: CellRange
  /** `Encounter.period.start`; `-> Patient.maritalStatus` where it stands in another row's resource. */
  readonly element: string
  /** Id space of the resource. */
  readonly as: string
  readonly json: string
  /** Which of the resources (from 0), then of the additions, it stands in. */
  readonly part: number
}

/** Everything that the row's own cells gave, in the order of the resources. */
export function givenBy({ table, line, resources, additions }: Example): Given[] {
  const own = resources.flatMap(({ as, type, text, ranges }, part) =>
    ranges
      .filter((range) => range.table === table && range.line === line)
      .map((range) => ({
        range,
        as,
        element: [type, ...pathAt(text, range.start)].join('.'),
        json: text.slice(range.start, range.end),
        part
      }))
  )
  const added = additions.flatMap(({ as, type, member, text, ranges }, index) => {
    // As it will stand in the other resource.
    const before = `{"${member}":[`
    return ranges.map((range) => ({
      range,
      as,
      element: `-> ${[type, ...pathAt(`${before}${text}]}`, before.length + range.start)].join('.')}`,
      json: text.slice(range.start, range.end),
      part: resources.length + index
    }))
  })
  return [...own, ...added]
}

/** Whether an element is another one or lies in it; whole resources do not count. */
function within(element: string, other: string): boolean {
  return element === other || (other.includes('.') && element.startsWith(`${other}.`))
}

/** The cell and the JSON of the first example in which a column fed an element; undefined where none of them did. */
export function exampleOf(row: LineageRow, examples: readonly Example[]): { readonly cell: string; readonly json: string } | undefined {
  const column = row.column.split(' = ')[0] ?? ''
  const decides = /^decides/.test(row.how)
  const fits = ({ range, as, element }: Given) =>
    as === row.as &&
    range.table === row.table &&
    range.column === column &&
    (decides ? range.role === 'decides' && element === row.element : range.role !== 'decides' && within(element, row.element))
  for (const example of examples) {
    const cell = example.cells.get(column)
    const found = cell === '' ? undefined : givenBy(example).find(fits)
    if (found !== undefined) return { cell: cell ?? '', json: found.json }
  }
  return undefined
}
