/** The page at `/`: what this is, what is loaded, how to talk to it. Counts only: never a resource, a token or a path. */
import { type Html, html } from './html.js'
import { DISPOSITIONS, type LoadSummary } from './load-report.js'

export interface HomeModel {
  /** Root URL as the visitor sees it. */
  readonly root: string
  /** Current resources per type; undefined where the page must not show them. */
  readonly counts: Readonly<Record<string, number>> | undefined
  readonly lastLoad: LoadSummary | undefined
}

export function home({ root, counts, lastLoad }: HomeModel): Html {
  return html`<section class="hero">
<h1>Hospital tables in, FHIR out, and back.</h1>
<p>Wardbridge maps the tables of a hospital onto FHIR R4 resources, keeps them in an embedded store and serves them to
hospital systems, clinicians’ apps and analysts.</p>
<p class="actions"><a class="button" href="/docs">Browse the API</a>
<a class="button quiet" href="/fhir/metadata?_pretty=true&amp;_format=application/json">CapabilityStatement</a></p>
</section>
${counts === undefined ? closed() : [resources(counts), lastLoad && load(lastLoad)]}
${talk(root)}`
}

function closed(): Html {
  return html`<section class="card"><h2>What is loaded</h2>
<p>This server can be reached from other machines, so the page shows no counts. Ask with a token:
<code>GET /fhir/Patient?_summary=count</code></p></section>`
}

function resources(counts: Readonly<Record<string, number>>): Html {
  const rows = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort((one, other) => other[1] - one[1] || one[0].localeCompare(other[0]))
  const total = rows.reduce((sum, [, count]) => sum + count, 0)
  if (total === 0) {
    return html`<section class="card"><h2>What is loaded</h2>
<p>Nothing yet. Load tables, NDJSON or Bundles with <code>wardbridge ingest</code>, or try <code>wardbridge demo</code>.</p></section>`
  }
  const most = rows[0]![1]
  return html`<section class="card"><h2>What is loaded <span class="sum">${number(total)} resources</span></h2>
<table class="counts"><thead class="hidden"><tr><th scope="col">Type</th><th scope="col">Share</th><th scope="col">Resources</th></tr></thead>
<tbody>${rows.map(
    ([
      type,
      count
    ]) => html`<tr><th scope="row">${type}</th><td class="chart">${bar([['resources', count]], most)}</td><td class="n">${number(count)}</td></tr>
`
  )}</tbody></table></section>`
}

function load({ tables, mapping, source, finishedAt }: LoadSummary): Html {
  const rowsIn = tables.reduce((sum, table) => sum + table.rowsIn, 0)
  const accounted = tables.every((table) => table.rowsIn === DISPOSITIONS.reduce((sum, name) => sum + table.rows[name], 0))
  const used = DISPOSITIONS.filter((name) => name === 'rejected' || tables.some((table) => table.rows[name] > 0))
  return html`<section class="card"><h2>Last load <span class="sum">${number(rowsIn)} rows${accounted ? ', each accounted for' : ', not all accounted for'}</span></h2>
${mapping && source && html`<p class="origin">Mapped with <code>${mapping}</code> from <code>${source}</code>${finishedAt && html`, ended <time datetime="${finishedAt}">${finishedAt.slice(0, 16).replace('T', ' ')} UTC</time>`}</p>`}
<ul class="legend" aria-hidden="true">${used.map((name) => html`<li><svg width="12" height="12"><rect class="${name}" width="12" height="12" rx="3"/></svg>${name}</li>`)}</ul>
<div class="scroll" tabindex="0" role="region" aria-label="Rows of the last load by table">
<table class="load"><thead><tr><th scope="col">Table</th><th scope="col" class="chart"><span class="hidden">Share</span></th><th scope="col" class="n">Rows</th>
${used.map((name) => html`<th scope="col" class="n">${name}</th>`)}<th scope="col" class="n">Resources</th></tr></thead>
<tbody>${tables.map(
    (table) => html`<tr><th scope="row">${table.table}</th>
<td class="chart">${bar(
      used.map((name) => [name, table.rows[name]] as const),
      table.rowsIn
    )}</td><td class="n">${number(table.rowsIn)}</td>
${used.map((name) => html`<td class="n ${table.rows[name] === 0 ? 'zero' : `some-${name}`}">${number(table.rows[name])}</td>`)}<td class="n">${number(table.resources)}</td></tr>
`
  )}</tbody></table></div></section>`
}

function talk(root: string): Html {
  const lines = [
    'TOKEN=$(wardbridge token --store wardbridge.db --role administrator)',
    `curl ${root}/fhir/metadata`,
    `curl -H "Authorization: Bearer $TOKEN" '${root}/fhir/Patient?_count=5&_pretty=true'`,
    `curl -H "Authorization: Bearer $TOKEN" '${root}/fhir/Observation?category=laboratory&_count=20'`
  ]
  return html`<section class="card"><h2>Talk to it</h2>
<p>Health, the CapabilityStatement and the API pages are public. Everything else asks for a bearer token, made on the machine that holds the store
(name your store’s file):</p>
<pre tabindex="0"><code>${lines.join('\n')}</code></pre></section>`
}

/** Least width of a part that is there, in percent: four rejected rows among a million must not vanish. */
const LEAST = 1

/** Horizontal bar of parts of `whole`. Widths are attributes, as the security policy allows no inline style; the numbers stand beside it. */
function bar(parts: ReadonlyArray<readonly [string, number]>, whole: number): Html {
  const widths = parts.filter(([, size]) => size > 0).map(([name, size]) => [name, Math.max((100 * size) / whole, LEAST)] as const)
  const sum = widths.reduce((total, [, width]) => total + width, 0)
  const scale = sum > 100 ? 100 / sum : 1
  let at = 0
  const shapes = widths.map(([name, width]) => {
    const shape = html`<rect class="${name}" x="${round(at * scale)}%" width="${round(width * scale)}%" height="100%"/>`
    at += width
    return shape
  })
  return html`<svg class="parts" width="100%" height="12" aria-hidden="true">${shapes}</svg>`
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

function number(value: number): string {
  return value.toLocaleString('en')
}
