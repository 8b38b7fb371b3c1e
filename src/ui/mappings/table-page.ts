/** One table of a pack: an example, where its columns go, the code maps on the way. */
import type { Example } from '../../lineage/examples.js'
import { systemName } from '../../lineage/systems.js'
import { type CodeMapTable, type CodeMapTarget, conditionText, type LineageRow, type Pack, type TableModel } from '../../mapping/index.js'
import { type Html, html } from '../html.js'
import { pair } from './pair.js'

export interface TablePage {
  readonly pack: Pack
  readonly table: TableModel
  readonly lineage: readonly LineageRow[]
  readonly maps: readonly CodeMapTable[]
  readonly examples: readonly Example[]
  /** Which of the examples is shown. */
  readonly shown: Example | undefined
}

export function tablePage(page: TablePage): Html {
  const { pack, table, shown } = page
  return html`<section class="card"><h2>${table.table} <span class="sum">${pack.title}</span></h2>
${what(table, pack)}</section>
${shown === undefined ? undefined : example(page, shown)}
${page.lineage.length === 0 ? undefined : columns(page)}
${page.maps.map(codeMap)}`
}

function what(table: TableModel, pack: Pack): Html {
  if (table.unmapped !== undefined) return html`<p><b>Not mapped:</b> ${table.unmapped}. Its rows are counted and left alone.</p>`
  if (table.dictionary !== undefined)
    return html`<p>A dictionary: other tables look things up in it, and its rows become one CodeSystem (<code>${table.dictionary.codeSystem}</code>).</p>`
  const standing = table.merges.filter(({ standsForRow }) => standsForRow)
  const adding = table.merges.filter(({ standsForRow }) => !standsForRow)
  const types = (merges: TableModel['merges']) => [...new Set(merges.map(({ into }) => pack.spaces.get(into.space)))].join(', ')
  return html`<ul class="becomes">${table.resources.map(
    ({ as, type, when }) => html`<li><b>${type}</b> <code>${as}</code>${when && html`, where ${conditionText(when, table.columns)}`}</li>
`
  )}${standing.length > 0 ? html`<li>an item of <b>${types(standing)}</b>, where no resource of its own stands for it</li>` : undefined}${adding.length > 0 ? html`<li>adds to <b>${types(adding)}</b></li>` : undefined}</ul>`
}

function example({ pack, table, examples }: TablePage, shown: Example): Html {
  const columns = table.columns.slice(0, shown.cells.size)
  return html`<section class="card"><h2>Example <span class="sum">rows of a generated hospital, of no real patient</span></h2>
<nav class="examples" aria-label="Example rows">${examples.map(
    ({
      line,
      key
    }) => html`<a href="/mappings?table=${pack.name}/${table.table}&amp;line=${line}"${line === shown.line ? html` aria-current="page"` : undefined}>line ${line} <span>${key.map(([, cell]) => cell).join(', ')}</span></a>
`
  )}</nav>
${pair(shown, columns, `line ${shown.line} of ${table.table.toUpperCase()}.csv`)}</section>`
}

function columns({ table, lineage, maps }: TablePage): Html {
  const known = new Set(maps.map(({ name }) => name))
  return html`<section class="card"><h2>Columns</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Columns and elements">
<table class="lines"><thead><tr><th scope="col">Column</th><th scope="col">Type</th><th scope="col">Resource</th><th scope="col">Element</th><th scope="col">How</th><th scope="col">Codes</th></tr></thead>
<tbody>${lineage.map((row, index) => {
    const again = lineage[index - 1]?.column === row.column
    const column = table.columns.find(({ name }) => name === row.column.split(' = ')[0])
    return html`<tr${again ? undefined : html` class="begins"`}>${again ? html`<td></td><td></td>` : html`<th scope="row">${row.column}</th><td>${column?.type}${column?.required ? ', required' : undefined}</td>`}
<td>${row.as}</td><td><code>${row.element}</code></td><td class="how">${how(row, known)}</td><td class="codes">${row.systems.map(systemName).join(', ')}</td></tr>
`
  })}</tbody></table></div></section>`
}

/** How a column feeds an element; the code maps that are shown below are links. */
function how({ how: text }: LineageRow, known: ReadonlySet<string>): Html {
  const parts = text.split(/(?<=code map )([\w-]+)/)
  return html`${parts.map((part) => (known.has(part) ? html`<a href="#map-${part}">${part}</a>` : part))}`
}

function codeMap(map: CodeMapTable): Html {
  return html`<section class="card" id="map-${map.name}"><details${map.rows.size <= 40 ? html` open` : undefined}><summary><h2>${map.title} <span class="sum">code map ${map.name}, ${map.rows.size} rows</span></h2></summary>
<p>${map.description}</p>
<div class="scroll" tabindex="0" role="region" aria-label="Rows of the code map ${map.name}">
<table class="lines"><thead><tr><th scope="col">Value</th><th scope="col">Where</th><th scope="col">Code</th><th scope="col">System</th><th scope="col">Equivalence</th><th scope="col">Note</th></tr></thead>
<tbody>${[...map.rows].flatMap(([source, targets]) => targets.map((target, index) => codeRow(source, target, index)))}</tbody></table></div></details></section>`
}

function codeRow(source: string, { condition, code, display, system, equivalence, comment }: CodeMapTarget, index: number): Html {
  return html`<tr${index === 0 ? html` class="begins"` : undefined}>${index === 0 ? html`<th scope="row"><code>${source}</code></th>` : html`<td></td>`}<td>${condition}</td>
<td>${code === undefined ? html`<span class="empty">none</span>` : html`<code>${code}</code> ${display}`}</td><td>${code === undefined ? undefined : systemName(system)}</td><td>${equivalence}</td><td class="note">${comment}</td></tr>
`
}
