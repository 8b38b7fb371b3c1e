/** The list of packs and tables, and the two forms: which table, and whose row. */
import type { Pack, TableModel } from '../../mapping/index.js'
import { type Html, html } from '../html.js'

/** chosen: `pack/table`. */
export function chooseTable(packs: readonly Pack[], chosen: string): Html {
  return html`<form class="choose" method="get" action="/mappings"><label for="table">Pack and table</label>
<select id="table" name="table">${packs.map(
    (pack) =>
      html`<optgroup label="${pack.name}: ${pack.title}">${[...pack.tables.keys()].map((table) => {
        const value = `${pack.name}/${table}`
        return html`<option value="${value}"${value === chosen ? html` selected` : undefined}>${table}</option>`
      })}</optgroup>`
  )}</select>
<button class="button">Show</button></form>`
}

/** resource: `Type/id` asked for last; token: given with it; both '' at first. withToken: the server asks for one. */
export function askForRow(resource: string, token: string, withToken: boolean): Html {
  return html`<section class="card" id="row"><h2>From which row?</h2>
<form class="choose" id="ask" method="post" action="/mappings/row"><label for="resource">A resource of the store, as Type/id</label>
<input id="resource" name="resource" value="${resource}" placeholder="Observation/…" required pattern="[A-Za-z]+/[A-Za-z0-9.\\-]{1,64}" spellcheck="false" autocomplete="off">
${withToken ? html`<label for="token">Access token</label><input id="token" name="token" type="password" value="${token}" required autocomplete="off">` : undefined}
<button class="button">Find its row</button></form>
<p class="soft">${withToken ? 'Only for those who may read the resource: the token goes to this server and is not kept.' : 'This server answers this machine without a token.'}</p></section>`
}

export function tableList(packs: readonly Pack[]): Html {
  return html`${packs.map(
    (pack) => html`<section class="card"><h2>${pack.name} <span class="sum">${pack.title}</span></h2>
<div class="scroll" tabindex="0" role="region" aria-label="Tables of ${pack.name}">
<table class="lines"><thead><tr><th scope="col">Table</th><th scope="col">Disposition</th><th scope="col">Becomes</th></tr></thead>
<tbody>${[...pack.tables.values()].map(
      (
        table
      ) => html`<tr class="begins"><th scope="row"><a href="/mappings?table=${pack.name}/${table.table}">${table.table}</a></th><td>${disposition(table)}</td><td>${becomes(table, pack)}</td></tr>
`
    )}</tbody></table></div></section>
`
  )}`
}

function disposition({ unmapped, dictionary, resources }: TableModel): string {
  if (unmapped !== undefined) return 'unmapped'
  if (dictionary !== undefined) return 'dictionary'
  return resources.length === 0 ? 'merged' : 'mapped'
}

function becomes(table: TableModel, pack: Pack): string {
  if (table.unmapped !== undefined) return table.unmapped
  if (table.dictionary !== undefined) return 'CodeSystem'
  const types = [...new Set(table.resources.map(({ type }) => type))]
  const added = [...new Set(table.merges.map(({ into }) => pack.spaces.get(into.space) ?? ''))]
  return [...types, ...added.map((type) => `adds to ${type}`)].join(', ')
}
