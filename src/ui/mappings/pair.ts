/** A row beside what it becomes. Choosing a cell shows what it made, choosing a piece of JSON the cells it comes from: with CSS alone (highlight-css.ts). */
import { givenBy } from '../../lineage/elements.js'
import type { Example, ExampleRange, ExampleResource } from '../../lineage/examples.js'
import type { Column } from '../../mapping/index.js'
import { type Html, html } from '../html.js'
import { jsonView, type Mark, pieceId } from './json-view.js'

/** columns: of the table. where: of the row, such as `line 5`. */
export function pair(example: Example, columns: readonly Column[], where: string): Html {
  const number = new Map(columns.map(({ name }, index) => [name, index]))
  const mark = (range: ExampleRange): Mark | undefined => {
    if (range.table !== example.table || range.line !== example.line)
      return range.role === 'decides'
        ? undefined
        : { other: `from ${range.table}${range.line === undefined ? '' : `, line ${range.line}`}` }
    const column = number.get(range.column)
    return column === undefined ? undefined : { column, decides: range.role === 'decides' }
  }
  const figure = (title: Html, { text, ranges }: Pick<ExampleResource, 'text' | 'ranges'>, id: string) =>
    html`<figure><figcaption>${title} ${rowName(example)}</figcaption>
<pre class="json"><code>${jsonView(id, text, ranges, mark)}</code></pre>${others(ranges, example)}</figure>
`
  return html`<div class="pair">
<section class="row" aria-labelledby="row-title"><h3 id="row-title">The row <span class="sum">${example.table}, ${where}</span></h3>
${cells(example, columns)}</section>
<section class="made" aria-labelledby="made-title"><h3 id="made-title">What it becomes</h3>
${example.resources.map((one, index) => figure(html`<b>${one.type}</b> ${one.as && html`<code>${one.as}</code>`}`, one, `p${index}`))}
${example.additions.map((one, index) =>
  figure(
    html`${one.standsForRow ? 'stands for the row in' : 'adds to'} <b>${one.type}</b>.${one.member}`,
    one,
    `p${example.resources.length + index}`
  )
)}
</section></div>`
}

function cells(example: Example, columns: readonly Column[]): Html {
  const given = givenBy(example)
  const spaces = new Map<string, Set<string>>()
  for (const { as, element } of given) spaces.set(typeOf(element), (spaces.get(typeOf(element)) ?? new Set()).add(as))
  /** Elements with the piece in which each stands first; where a row makes several resources of a type, with their names. */
  const elements = (name: string, decides: boolean) => {
    const found = new Map<string, string>()
    for (const { range, as, element, part } of given) {
      if (range.column !== name || (range.role === 'decides') !== decides) continue
      const shown = (spaces.get(typeOf(element))?.size ?? 0) > 1 ? `${as}: ${element}` : element
      // What is added to a resource that is shown anyway is shown there.
      if (!found.has(shown) && !found.has(shown.replace('-> ', ''))) found.set(shown, pieceId(`p${part}`, range.start))
    }
    return found
  }
  const none = html`<label class="none"><input type="radio" name="column" id="column-none" checked> no cell</label>`
  return html`<fieldset><legend>Choose a cell to see what it made, or a piece of the JSON to see where it comes from. ${none}</legend>
<table class="cells"><colgroup><col class="names"><col></colgroup><thead class="hidden"><tr><th scope="col">Column</th><th scope="col">Cell</th></tr></thead><tbody>${columns.map(
    ({ name, lossy }, index) => {
      const cell = example.cells.get(name) ?? ''
      const made = elements(name, false)
      const decided = new Map([...elements(name, true)].filter(([element]) => !made.has(element)))
      return html`<tr class="c${index}"><th scope="row"><label for="column-${index}"><input type="radio" name="column" id="column-${index}" aria-label="${name}">${breakable(name)}</label></th>
<td><label for="column-${index}">${cell === '' ? html`<span class="empty">empty</span>` : html`<span class="cell">${cell}</span>`}
${[...made].map(([element, id]) => html` <a class="to" href="#${id}">${breakable(element)}</a>`)}${[...decided].map(([element, id]) => html` <a class="to" href="#${id}">decides ${breakable(element)}</a>`)}${lossy === undefined ? undefined : html`<span class="to">not kept: ${lossy}</span>`}${cell !== '' && example.whose.has(name) ? html`<span class="to">says to whose resource the row adds</span>` : cell !== '' && lossy === undefined && made.size + decided.size === 0 ? html`<span class="to">nothing of its own: it follows from the others</span>` : undefined}</label></td></tr>
`
    }
  )}</tbody></table></fieldset>${example.unmapped.length === 0 ? undefined : html`<p class="soft">Counted, as no code map has it: ${example.unmapped.map((one) => html`<code>${one}</code> `)}</p>`}`
}

/** `Encounter` of `-> Encounter.period`. */
function typeOf(element: string): string {
  return element.replace(/^-> /, '').split('.')[0] ?? ''
}

/** A name or path that may be broken behind its dots and underscores. */
function breakable(element: string): Html {
  return html`${element.split(/(?<=[._])/).map((part, index) => (index === 0 ? html`${part}` : html`<wbr>${part}`))}`
}

/** `from labevents line 41, row_id 40`. */
function rowName({ table, line, key }: Example): Html {
  const cells = key.map(([column, cell]) => `${column} ${cell}`).join(', ')
  return html`<span class="from">from ${table}${line > 0 ? ` line ${line}` : ''}, ${cells}</span>`
}

/** The other rows that a resource comes from. */
function others(ranges: readonly ExampleRange[], example: Example): Html | undefined {
  const lines = new Map<string, Set<number>>()
  for (const { table, line, role } of ranges) {
    if (role === 'decides' || line === undefined || (table === example.table && line === example.line)) continue
    lines.set(table, (lines.get(table) ?? new Set()).add(line))
  }
  if (lines.size === 0) return undefined
  const texts = [...lines].map(
    ([table, set]) =>
      `${table} line ${[...set]
        .sort((a, b) => a - b)
        .slice(0, 12)
        .join(', ')}${set.size > 12 ? ' …' : ''}`
  )
  return html`<p class="soft"><span class="other">Marked like this</span>: from other rows, ${texts.join('; ')}</p>`
}
