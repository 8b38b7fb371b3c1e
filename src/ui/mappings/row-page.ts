/** From which row a resource of the store comes. Real data: only ever made for who may read it. */
import { compactJson } from '../../fhir/json.js'
import type { StoredResources } from '../../ingest/sink.js'
import { findSource, type LoadedWith, type ResourceText, type SourceRow } from '../../lineage/source-row.js'
import { storedExample } from '../../lineage/stored-example.js'
import type { CompileOptions } from '../../mapping/index.js'
import { type Html, html } from '../html.js'
import { jsonView } from './json-view.js'
import { pair } from './pair.js'

/** Rows of one resource that are named. */
const MOST = 60

export interface RowQuestion {
  readonly loaded: LoadedWith
  readonly options: CompileOptions
  readonly stored: StoredResources
  readonly resource: ResourceText
  /** Which of the rows is shown, from 0. */
  readonly chosen: number
}

/** Throws what reading throws. */
export async function rowPage({ loaded, options, stored, resource, chosen }: RowQuestion): Promise<Html> {
  const { rows, shared, dictionary } = await findSource(loaded, stored, resource)
  const name = `${resource.type}/${resource.id}`
  const row = rows[chosen] ?? rows[0]
  const { model, source } = loaded
  const head = html`<h2>${name} <span class="sum">mapping ${model.name}, source ${source}</span></h2>`
  if (row === undefined) {
    return html`<section class="card">${head}<p>${withoutRow(shared, dictionary)}</p>
<pre class="json"><code>${jsonView('r', compactJson(resource.text), [], () => undefined)}</code></pre></section>`
  }
  const example = await storedExample(model, options, stored, row, resource)
  return html`<section class="card">${head}
<p>${row.role === 'own' ? 'It comes from the row' : 'The row is an item of it:'} <b>${rowName(row)}</b>. The line of the file is not kept in the store.</p>
${rows.length > 1 ? choice(rows, rows.indexOf(row)) : undefined}
${pair(example, row.table.columns, keyText(row))}
${beside(row, name)}</section>`
}

function withoutRow(shared: ReadonlyArray<{ readonly table: string; readonly as: string }>, dictionary: string | undefined): Html {
  if (dictionary !== undefined) return html`It holds the whole dictionary <b>${dictionary}</b>.`
  if (shared.length === 0)
    return html`It was not made by this mapping from a row under this source: it was written by a client, or loaded as FHIR.`
  return html`No row has it for itself. Several rows make such a resource alike: ${shared.map(({ table, as }) => html`<b>${table}</b> (<code>${as}</code>) `)}`
}

/** Buttons that belong to the form in which the token stands. */
function choice(rows: readonly SourceRow[], chosen: number): Html {
  return html`<p class="soft">${rows.length} rows stand in it.</p>
<div class="rows">
${rows.slice(0, MOST).map(
  (
    row,
    index
  ) => html`<button class="chip" form="ask" name="row" value="${index}"${index === chosen ? html` aria-current="true"` : undefined}>${rowName(row)}</button>
`
)}</div>`
}

/** The other resources of the row. */
function beside({ table, cells }: SourceRow, name: string): Html | undefined {
  const others = table.resourcesOf(cells).map(({ type, id }) => `${type}/${id}`)
  const rest = others.filter((one) => one !== name)
  if (rest.length === 0) return undefined
  return html`<p class="soft">Made from the same row, where their conditions held:</p>
<div class="rows">${rest.map(
    (one) => html`<button class="chip" form="ask" name="other" value="${one}">${one}</button>
`
  )}</div>`
}

function rowName(row: SourceRow): string {
  return `${row.table.table} ${keyText(row)}`
}

function keyText({ table, cells }: SourceRow): string {
  return table.key.map((index) => `${table.columns[index]?.name} ${cells[index]}`).join(', ')
}
